#include <headroom/policies/any_policy.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

using erased = any_policy<double, int>;

// Correctable, and movable but not copyable.
struct diary {
  std::unique_ptr<std::vector<std::string>> own = std::make_unique<std::vector<std::string>>();
  std::vector<std::string>* shared;

  explicit diary(std::vector<std::string>& lines) : shared(&lines) {}
  int start(double o) { return note("start " + std::to_string(o), 11); }
  int step(double o) { return note("step " + std::to_string(o), 12); }
  void stop(double o, episode end) {
    note("stop " + std::to_string(o) + (end == episode::terminated ? " terminated" : " truncated"), 0);
  }
  void executed(int a) { note("executed " + std::to_string(a), 0); }
  int note(const std::string& line, int answer) const {
    own->push_back(line);
    shared->push_back(line);
    return answer;
  }
};

struct plain {
  int start(double) { return 1; }
  int step(double) { return ++calls; }
  void stop(double, episode) {}
  int calls = 1;
};

}  // namespace

TEST_CASE("an erased policy forwards everything, corrections too") {
  static_assert(Policy<erased, double, int>);
  static_assert(CorrectablePolicy<erased, double, int>);
  std::vector<std::string> lines;
  erased policy = diary(lines);
  CHECK(policy.start(1.5) == 11);
  CHECK(policy.step(2.5) == 12);
  policy.executed(-4);
  policy.stop(3.5, episode::truncated);
  policy.stop(4.5, episode::terminated);
  CHECK(lines == std::vector<std::string>{"start 1.500000", "step 2.500000", "executed -4", "stop 3.500000 truncated",
                                          "stop 4.500000 terminated"});
}

TEST_CASE("an erased policy that cannot be corrected ignores corrections") {
  static_assert(!CorrectablePolicy<plain, double, int>);
  erased policy = plain{};
  CHECK(policy.start(0) == 1);
  CHECK(policy.step(0) == 2);
  policy.executed(9);
  CHECK(policy.step(0) == 3);
}

TEST_CASE("an erased policy moves and keeps its state, and cannot be copied") {
  static_assert(!std::is_copy_constructible_v<erased>);
  static_assert(!std::is_copy_assignable_v<erased>);
  static_assert(std::is_nothrow_move_constructible_v<erased>);
  static_assert(std::is_nothrow_move_assignable_v<erased>);
  static_assert(!std::is_constructible_v<erased, int>);  // not a policy
  erased one = plain{};
  one.step(0);
  erased two = std::move(one);
  CHECK(two.step(0) == 3);
  erased three = plain{};
  three = std::move(two);
  CHECK(three.step(0) == 4);

  std::vector<erased> mixed;
  std::vector<std::string> lines;
  mixed.emplace_back(plain{});
  mixed.emplace_back(diary(lines));
  mixed.emplace_back(std::move(three));
  CHECK(mixed[0].step(0) == 2);
  CHECK(mixed[1].step(0) == 12);
  CHECK(mixed[2].step(0) == 5);
}

TEST_CASE("an erased policy takes memory when it is made, not when it decides") {
  erased policy = plain{};
  CHECK(allocations_in([&] {
          policy.start(0);
          for (int k = 0; k < 100; ++k) policy.step(1);
          policy.executed(1);
          policy.stop(2, episode::truncated);
        }) == 0);
}

TEST_CASE("moving an erased policy hands it over, and destroys what the target held, once") {
  std::vector<std::string> one, other;
  const auto alive = std::make_shared<int>(0);
  struct counted : diary {
    counted(std::vector<std::string>& lines, std::shared_ptr<int> a) : diary(lines), life(std::move(a)) {}
    std::shared_ptr<int> life;
  };
  {
    erased a = counted(one, alive), b = counted(other, alive);
    CHECK(alive.use_count() == 3);
    erased c(std::move(a));
    CHECK(alive.use_count() == 3);
    b = std::move(c);
    CHECK(b.step(1) == 12);
    CHECK(one.size() == 1);
    CHECK(other.empty());
    b = erased(counted(other, alive));
    CHECK(b.step(1) == 12);
    CHECK(other.size() == 1);
  }
  CHECK(alive.use_count() == 1);
  static_assert(!std::is_copy_constructible_v<erased>);
  static_assert(std::is_nothrow_move_constructible_v<erased>);
}
