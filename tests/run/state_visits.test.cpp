#include <headroom/run/state_visits.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <headroom/encoders/bins.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct water {
  double level = 0;
};

// An episode shows the given levels: the first one at the reset, and ends with the last one.
struct shown_levels {
  using observation_type = water;
  using action_type = int;
  water reset() {
    at = 0;
    return {levels[at]};
  }
  step_result<water> step(int) {
    ++at;
    return {{levels[at]}, at + 1 == levels.size() ? episode::terminated : episode::ongoing};
  }
  std::vector<double> levels{};
  std::size_t at = 0;
};

struct idle {
  int start(const water&) { return 0; }
  int step(const water&) { return 0; }
  void stop(const water&, episode) {}
};

// Whether the level rose since the observation before; at the beginning of an episode it did not.
struct rising {
  using state_type = state_index;
  state_index operator()(const water& o) {
    const bool rose = known && o.level > last;
    last = o.level;
    known = true;
    return state_index{rose ? std::size_t{1} : std::size_t{0}};
  }
  [[nodiscard]] std::size_t size() const { return 2; }
  void begin_episode() { known = false; }
  double last = 0;
  bool known = false;
};

struct without_states {
  using state_type = state_index;
  state_index operator()(const water&) { return no_state; }
  [[nodiscard]] std::size_t size() const { return 0; }
};

}  // namespace

TEST_CASE("the states in which decisions were made are counted, and not the last one of an episode") {
  shown_levels world{.levels = {0.5, 0.5, 1.5, 1.7, 0.1, 3.5}};
  idle policy;
  state_visits seen{bins{cut{&water::level, {1, 2, 3}}}};
  run_episodes(world, policy, 2, seen);
  CHECK(seen.counts() == std::vector<std::uint64_t>{6, 4, 0, 0});
  const visit_summary s = seen.summarized();
  CHECK(s.states == 4);
  CHECK(s.met == 2);
  CHECK(s.coverage() == 0.5);
  CHECK(s.visits == 10);
  CHECK(s.refused == 0);
  CHECK(s.most == 6);
  CHECK(s.least == 4);
  CHECK(s.mean == 5);
  CHECK(s.median == 5);
}

TEST_CASE("an odd number of met states has its middle one as median, and a refused observation is told") {
  shown_levels world{.levels = {0.5, 1.5, std::numeric_limits<double>::quiet_NaN(), 3.5, 3.5, 3.5, 3.5, 1.5, 0.5}};
  idle policy;
  state_visits seen{bins{cut{&water::level, {1, 2, 3}}}};
  run_episodes(world, policy, 1, seen);
  CHECK(seen.counts() == std::vector<std::uint64_t>{1, 2, 0, 4});
  const visit_summary s = seen.summarized();
  CHECK(s.refused == 1);
  CHECK(s.visits == 7);
  CHECK(s.median == 2);
  CHECK(s.mean == Approx(7.0 / 3));
}

TEST_CASE("an encoder with history is told where an episode begins, and sees every observation once") {
  // The second episode begins below the end of the first and above its own beginning: no rise either way.
  shown_levels world{.levels = {1, 2, 3, 2, 5}};
  idle policy;
  state_visits seen{rising{}};
  run_episodes(world, policy, 3, seen);
  CHECK(seen.counts() == std::vector<std::uint64_t>{6, 6});
}

TEST_CASE("before anything was met nothing is covered, and an encoder without states is refused") {
  const state_visits seen{bins{cut{&water::level, {1, 2, 3}}}};
  const visit_summary s = seen.summarized();
  CHECK(s.coverage() == 0);
  CHECK(s.most == 0);
  CHECK(s.mean == 0);
  CHECK(visit_summary{}.coverage() == 0);
  CHECK_THROWS_WITH(state_visits{without_states{}}, Catch::Contains("states of the encoder"));
}
