#include <headroom/explorations/ucb.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(StateExploration<ucb, state_index>);
static_assert(TabularExploration<ucb, state_index>);
static_assert(!Exploration<ucb>);

namespace {

constexpr state_index here{1};
constexpr std::array values{0.5, 0.4, 0.0};

void visit(ucb& x, std::array<int, 3> times) {
  for (std::size_t a = 0; a < 3; ++a) {
    for (int k = 0; k < times[a]; ++k) x.visited(here, action_index{a});
  }
}

}  // namespace

TEST_CASE("ucb: an action that was never tried comes first, drawn among several, and only if it is legal") {
  ucb x{2, 3, 1.0};
  engine random(1);
  std::array<int, 3> chosen{};
  for (int k = 0; k < 3'000; ++k) ++chosen[to_size(x(here, values, {}, random))];
  for (const int n : chosen) CHECK(std::abs(n - 1'000) < 120);
  visit(x, {5, 0, 0});
  chosen = {};
  for (int k = 0; k < 2'000; ++k) ++chosen[to_size(x(here, values, {}, random))];
  CHECK(chosen[0] == 0);
  CHECK(std::abs(chosen[1] - 1'000) < 120);
  const std::uint64_t only[] = {0b001};
  CHECK(to_size(x(here, values, action_mask{only}, random)) == 0);
  // Another state was never visited: its counts are its own.
  CHECK(x.visits(state_index{0}, action_index{0}) == 0);
  CHECK(x.visits(here, action_index{0}) == 5);
}

TEST_CASE("ucb: the bound is the value and the root of ln n(s) / n(s, a), scaled") {
  engine random(1);
  for (const double scale : {0.0, 0.05, 0.1, 0.5, 2.0}) {
    for (const auto& times : {std::array{10, 10, 10}, std::array{50, 4, 1}, std::array{3, 40, 2}}) {
      ucb x{2, 3, scale};
      visit(x, times);
      std::size_t best = 0;
      double top = -std::numeric_limits<double>::infinity();
      for (std::size_t a = 0; a < 3; ++a) {
        const double bound = values[a] + scale * std::sqrt(std::log(times[0] + times[1] + times[2]) / times[a]);
        if (bound > top) {
          top = bound;
          best = a;
        }
      }
      INFO(scale << ": " << times[0] << ", " << times[1] << ", " << times[2]);
      CHECK(to_size(x(here, values, {}, random)) == best);
    }
  }
}

TEST_CASE("ucb: the logarithm is that of the visits, to the last one") {
  // sqrt(ln 4) - sqrt(ln 4 / 3) is 0.4976, and 0.5362 for five visits.
  engine random(1);
  ucb x{2, 3, 1};
  visit(x, {3, 1, 0});
  const std::uint64_t first_two[] = {0b011};
  CHECK(to_size(x(here, std::array{0.51, 0.0, 0.0}, action_mask{first_two}, random)) == 0);
  CHECK(to_size(x(here, std::array{0.49, 0.0, 0.0}, action_mask{first_two}, random)) == 1);
}

TEST_CASE("ucb: equal bounds are settled as it was told") {
  engine random(1);
  constexpr std::array same{1.0, 1.0, 1.0};
  CHECK(to_size(ucb{2, 3, 1, tie_break::smallest_index}(here, same, {}, random)) == 0);
  CHECK(to_size(ucb{2, 3, 1, tie_break::largest_index}(here, same, {}, random)) == 2);
}

TEST_CASE("ucb: an agent counts each action whose consequence it has learned, and no other") {
  q_learning agent{2, 3, {}, 1, ucb{2, 3, 1, tie_break::smallest_index}};
  const auto visits = [&agent](std::size_t s, std::size_t a) {
    return agent.exploration().visits(state_index{s}, action_index{a});
  };
  CHECK(to_size(agent.start(here)) == 0);
  CHECK(visits(1, 0) == 0);  // chosen, and nothing learned yet
  CHECK(to_size(agent.step(0, here)) == 1);
  CHECK(visits(1, 0) == 1);
  agent.executed(action_index{2});  // overridden
  agent.step(0, state_index{0});
  CHECK(visits(1, 1) == 0);
  CHECK(visits(1, 2) == 1);
  agent.truncate(0, here);
  CHECK(visits(0, 0) == 1);
  CHECK(visits(1, 1) == 0);  // looked at for the target, not done
  agent.start(state_index{0});
  agent.terminate(1);
  CHECK(visits(0, 1) == 1);
}

TEST_CASE("ucb: it tries what is little known, and settles on the best arm of a bandit") {
  const ucb explore{1, 3, 0.5};
  sarsa agent{1, 3, {.learning_rate = 0.1, .discount = 0}, 7, explore};
  engine world(3);
  constexpr std::array means{0.2, 0.8, 0.5};
  action_index a = agent.start(state_index{0});
  for (int k = 0; k < 5'000; ++k) a = agent.step(means[to_size(a)] + world.uniform() - 0.5, state_index{0});
  const auto visits = [&](std::size_t i) { return agent.exploration().visits(state_index{0}, action_index{i}); };
  CHECK(visits(1) > 4'000);
  CHECK(visits(0) > 4);
  CHECK(visits(2) > visits(0));
  CHECK(visits(0) + visits(1) + visits(2) == 5'000);
}

TEST_CASE("ucb: counts are stored with the agent, and the agent goes on bit for bit") {
  const auto make = [] { return sarsa{2, 3, {}, 5, ucb{2, 3, 1}}; };
  auto whole = make();
  whole.start(here);
  for (int k = 0; k < 50; ++k) whole.step(k % 3, state_index{static_cast<std::size_t>(k % 2)});
  checkpoint file;
  store(whole, file, "agent");
  auto resumed = make();
  restore(resumed, file, "agent");
  for (int k = 0; k < 50; ++k) {
    const state_index s{static_cast<std::size_t>(k % 2)};
    REQUIRE(resumed.step(k % 5, s) == whole.step(k % 5, s));
  }
  CHECK(resumed.exploration().visits(here, action_index{1}) == whole.exploration().visits(here, action_index{1}));
}

TEST_CASE("ucb: impossible numbers are refused, and a table of another shape than the agent's") {
  CHECK_THROWS_WITH(ucb(0, 3), "ucb: number of states is 0, must be at least 1");
  CHECK_THROWS_WITH(ucb(3, 0), "ucb: number of actions is 0, must be at least 1");
  CHECK_THROWS_WITH(ucb(std::size_t{1} << 39U, 3),
                    "ucb: number of states is 549755813888, must leave at most 2^40 entries");
  CHECK_THROWS_WITH(ucb(3, 3, -1), "ucb: scale is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH((sarsa{2, 3, {}, 1, ucb{3, 3}}), "sarsa: number of states of the exploration is 3, must be 2");
  CHECK_THROWS_WITH((q_learning{2, 3, {}, 1, ucb{2, 2}}),
                    "q_learning: number of actions of the exploration is 2, must be 3");
}

TEST_CASE("ucb: a choice and a visit take no memory") {
  sarsa agent{2, 3, {}, 1, ucb{2, 3}};
  agent.start(here);
  CHECK(allocations_in([&] {
          for (int k = 0; k < 100; ++k) agent.step(1, here);
        }) == 0);
}
