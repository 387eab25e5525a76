#include <headroom/run/evaluate.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include <headroom/run/observers.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// An episode as long as its seed says.
struct fuse {
  using observation_type = int;
  using action_type = int;
  explicit fuse(std::uint64_t s) : seed(s) {}
  int reset() { return burned = 0; }
  step_result<int> step(int) {
    return {++burned, burned == static_cast<int>(seed) ? episode::terminated : episode::ongoing};
  }
  std::uint64_t seed;
  int burned = 0;
};

struct hold {
  int start(int) { return starts++; }
  int step(int) { return 0; }
  void stop(int, episode) { ++stops; }
  int starts = 0;
  int stops = 0;
};

struct length {
  static constexpr std::array<std::string_view, 2> names{"steps", "square"};
  double n = 0;
  void on_start(int) { n = 0; }
  void on_step(const step_record<int, int>&) { ++n; }
  [[nodiscard]] std::array<double, 2> values() const { return {n, n * n}; }
};
static_assert(Score<length>);

struct wrong_size {
  static constexpr std::array<std::string_view, 2> names{"steps", "square"};
  [[nodiscard]] std::array<double, 1> values() const { return {0}; }
};
static_assert(!Score<wrong_size>);

constexpr auto make = [](std::uint64_t seed) { return fuse(seed); };

}  // namespace

TEST_CASE("an evaluation plays one episode a seed, in order, and scores each by itself") {
  hold policy;
  const std::vector<std::uint64_t> seeds{4, 1, 7};
  const evaluation e = evaluate(make, policy, seeds, length{});
  CHECK(e.names == std::vector<std::string_view>{"steps", "square"});
  CHECK(e.seeds == seeds);
  CHECK(e.of("steps") == std::vector<double>{4, 1, 7});
  CHECK(e.of("square") == std::vector<double>{16, 1, 49});
  CHECK_FALSE(e.stopped);
  CHECK(policy.starts == 3);
  CHECK(policy.stops == 3);
  CHECK(e.summarized("steps").mean == 4);
  CHECK(e.summarized("steps").deviation == 3);
  CHECK(e.summarized("steps").count == 3);
  CHECK(e.index("square") == 1);
}

TEST_CASE("a stopped evaluation keeps only episodes that are whole") {
  hold policy;
  const std::vector<std::uint64_t> seeds{4, 3, 7};
  struct breaker {
    int at;
    int n = 0;
    bool on_step(const step_record<int, int>&) { return ++n == at; }
  };
  SECTION("in the middle of the second") {
    const evaluation e = evaluate(make, policy, seeds, length{}, breaker{6});
    CHECK(e.stopped);
    CHECK(e.seeds == std::vector<std::uint64_t>{4});
    CHECK(e.of("steps") == std::vector<double>{4});
    CHECK(policy.stops == 2);
  }
  SECTION("in the middle of the first") {
    const evaluation e = evaluate(make, policy, seeds, length{}, breaker{1});
    CHECK(e.stopped);
    CHECK(e.seeds.empty());
    CHECK(e.of("steps").empty());
    CHECK(e.summarized("steps").count == 0);
  }
  SECTION("in the last step of the second, which is then whole") {
    const evaluation e = evaluate(make, policy, seeds, length{}, breaker{7});
    CHECK(e.stopped);
    CHECK(e.seeds == std::vector<std::uint64_t>{4, 3});
    CHECK(e.of("square") == std::vector<double>{16, 9});
  }
  SECTION("in the very last step: nothing is missing, and yet somebody asked") {
    const evaluation e = evaluate(make, policy, seeds, length{}, breaker{14});
    CHECK(e.stopped);
    CHECK(e.seeds == seeds);
  }
}

TEST_CASE("other observers see the evaluation too") {
  hold policy;
  const std::vector<std::uint64_t> seeds{2, 3};
  std::vector<std::uint64_t> done;
  evaluate(make, policy, seeds, length{}, on_progress{1, [&](std::uint64_t n) { done.push_back(n); }});
  CHECK(done == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("an evaluation of nothing, and a metric that is not there") {
  hold policy;
  CHECK_THROWS_WITH(evaluate(make, policy, std::vector<std::uint64_t>{}, length{}),
                    "evaluate: number of seeds is 0, must be at least 1");
  CHECK(policy.starts == 0);
  const evaluation e = evaluate(make, policy, std::vector<std::uint64_t>{1}, length{});
  CHECK_THROWS_WITH(e.of("speed"), "evaluation: metric is speed, must be one of the score's names");
  CHECK_THROWS_WITH(e.summarized(""), "evaluation: metric is , must be one of the score's names");
}

TEST_CASE("a range of seeds") {
  CHECK(seed_range(1000, 3) == std::vector<std::uint64_t>{1000, 1001, 1002});
  CHECK(seed_range(7, 0).empty());
  CHECK(seed_range(std::numeric_limits<std::uint64_t>::max(), 2).front() == std::numeric_limits<std::uint64_t>::max());
}
