#include <headroom/testing/problems.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/environments/time_limit.hpp>
#include <headroom/testing/check_environment.hpp>

#include "catch.hpp"
#include "first_failure.hpp"

using namespace headroom;

static_assert(Environment<constant_reward>);
static_assert(Environment<two_state>);
static_assert(Environment<random_walk>);
static_assert(Environment<cliff>);
static_assert(Reward<problem_reward, problem_observation, int>);
static_assert(DiscreteEncoder<problem_state, problem_observation>);

TEST_CASE("the reward and the state are read from the observation") {
  CHECK(problem_reward{}({1, 5}, 0, {2, -3}) == -3);
  problem_state encode{4};
  CHECK(encode({3, 0}) == state_index{3});
  CHECK(encode.size() == 4);
}

TEST_CASE("constant_reward pays 1 for ever and is only cut") {
  constant_reward world(10);
  for (int round = 0; round < 2; ++round) {
    world.reset();
    for (int k = 1; k <= 10; ++k) {
      const auto r = world.step(0);
      CHECK(r.observation == problem_observation{0, 1});
      CHECK(r.status == (k == 10 ? episode::truncated : episode::ongoing));
    }
  }
  CHECK(constant_reward::action_value(0.9) == Approx(10).epsilon(1e-14));
  double sum = 0;  // the series itself
  for (int k = 0; k < 2000; ++k) sum += std::pow(0.99, k);
  CHECK(constant_reward::action_value(0.99) == Approx(sum).epsilon(1e-8));
  CHECK_THROWS_WITH(constant_reward(0), "constant_reward: cut_every is 0, must be at least 1");
}

TEST_CASE("two_state's action values solve its Bellman equations, greedy and not") {
  two_state world;
  for (const double discount : {0.5, 0.9, 0.99}) {
    for (const double exploration : {0.0, 0.1, 0.3}) {
      INFO("discount " << discount << ", exploration " << exploration);
      const auto q = [&](std::size_t s, int a) { return two_state::action_value(s, a, discount, exploration); };
      for (std::size_t s = 0; s < two_state::states; ++s) {
        for (int a = 0; a < 2; ++a) {
          world.start_at(s);
          const auto r = world.step(a);
          const std::size_t next = r.observation.state;
          // Epsilon-greedy for the values themselves, not for a policy that is known beforehand.
          const double best = std::max(q(next, 0), q(next, 1));
          const double value = (1 - exploration) * best + exploration * (q(next, 0) + q(next, 1)) / 2;
          CHECK(q(s, a) == Approx(r.observation.reward + discount * value).epsilon(1e-12));
          CHECK(r.status == episode::ongoing);
        }
      }
    }
  }
  CHECK(two_state::action_value(1, 0, 0.9) == Approx(20).epsilon(1e-14));
  CHECK(two_state::action_value(0, 1, 0.9) == Approx(17).epsilon(1e-14));
  CHECK(two_state::action_value(0, 0, 0.9) == Approx(15.3).epsilon(1e-14));
  CHECK(two_state::action_value(1, 1, 0.9) == Approx(15.3).epsilon(1e-14));
}

TEST_CASE("two_state does not answer where its policy would not be greedy") {
  CHECK_THROWS_WITH(two_state::action_value(0, 0, 0.25),
                    "two_state: discount is 0.25, must exceed 1 / (3 (1 - exploration / 2))");
  CHECK_THROWS_WITH(two_state::action_value(0, 0, 1), "two_state: discount is 1, must be in [0, 1)");
  CHECK_THROWS_WITH(two_state::action_value(0, 0, 0.9, 2), "two_state: exploration is 2, must be in [0, 1]");
}

TEST_CASE("the random walks have the values of the book") {
  const random_walk five = random_walk::five(1);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(five.action_value(i) == Approx(static_cast<double>(i + 1) / 6).epsilon(1e-15));
  const random_walk nineteen = random_walk::nineteen(1);
  CHECK(nineteen.states() == 19);
  for (std::size_t i = 0; i < 19; ++i) {
    CHECK(nineteen.action_value(i) == Approx((static_cast<double>(i) - 9) / 10).margin(1e-15));
  }
}

TEST_CASE("a random walk's mean return is its value") {
  constexpr int n = 20'000;
  for (random_walk world : {random_walk::five(3), random_walk::nineteen(4)}) {
    for (const std::size_t start : {std::size_t{0}, world.states() / 2, world.states() - 1}) {
      const double value = world.action_value(start);
      double mean = 0;
      double square = 0;
      first_failure begins_there;
      for (int i = 0; i < n; ++i) {
        begins_there.same(world.reset().state, world.states() / 2);
        world.start_at(start);
        double sum = 0;
        for (auto status = episode::ongoing; status == episode::ongoing;) {
          const auto r = world.step(0);
          sum += r.observation.reward;
          status = r.status;
        }
        mean += sum / n;
        square += sum * sum / n;
      }
      INFO(world.states() << " states, from " << start);
      CHECK(begins_there.report() == "");
      CHECK(std::abs(mean - value) < 5 * std::sqrt((square - mean * mean) / n));
    }
  }
}

TEST_CASE("a random walk goes one state at a time, to both sides alike, and keeps its state at the end") {
  random_walk world = random_walk::five(5);
  int right = 0;
  for (int i = 0; i < 10'000; ++i) {
    world.start_at(2);
    const std::size_t next = world.step(0).observation.state;
    REQUIRE((next == 1 || next == 3));
    right += next == 3 ? 1 : 0;
  }
  CHECK(std::abs(right - 5000) < 5 * 50);
  world.start_at(4);
  auto r = world.step(0);
  while (r.status == episode::ongoing) {
    world.start_at(4);
    r = world.step(0);
  }
  CHECK(r.observation == problem_observation{4, 1});
  CHECK(r.status == episode::terminated);
  CHECK_THROWS_WITH(random_walk(1, 4, 0), "random_walk: states is 4, must be odd, to have a middle");
}

TEST_CASE("the cliff's action values solve its Bellman equations") {
  cliff world;
  int checked = 0;
  for (std::size_t s = 0; s < cliff::states; ++s) {
    if (cliff::in_the_cliff(s) || s == cliff::goal) continue;
    for (int a = 0; a < 4; ++a) {
      world.start_at(s);
      const auto r = world.step(a);
      double value = 0;
      if (r.status == episode::ongoing) {
        value = cliff::action_value(r.observation.state, 0);
        for (int b = 1; b < 4; ++b) value = std::max(value, cliff::action_value(r.observation.state, b));
      }
      INFO("state " << s << ", action " << a);
      CHECK(cliff::action_value(s, a) == r.observation.reward + value);
      ++checked;
    }
  }
  CHECK(checked == 4 * 37);
}

TEST_CASE("the best path along the cliff returns -13, the safe one -17") {
  const auto play = [](const std::vector<int>& path) {
    cliff world;
    world.reset();
    double sum = 0;
    for (std::size_t i = 0; i < path.size(); ++i) {
      const auto r = world.step(path[i]);
      sum += r.observation.reward;
      REQUIRE((r.status == episode::terminated) == (i + 1 == path.size()));
    }
    return sum;
  };
  std::vector<int> best{0};
  best.insert(best.end(), 11, 1);
  best.push_back(2);
  CHECK(play(best) == cliff::best_return);
  std::vector<int> safe(3, 0);
  safe.insert(safe.end(), 11, 1);
  safe.insert(safe.end(), 3, 2);
  CHECK(play(safe) == cliff::safe_return);
}

TEST_CASE("off the cliff is back to the start, and the episode goes on") {
  cliff world;
  CHECK(world.reset() == problem_observation{36, 0});
  const auto fall = world.step(1);
  CHECK(fall.observation == problem_observation{cliff::start, -100});
  CHECK(fall.status == episode::ongoing);
  const auto wall = world.step(2);
  CHECK(wall.observation == problem_observation{cliff::start, -1});
  world.start_at(11);  // upper right corner
  CHECK(world.step(0).observation.state == 11);
  CHECK(world.step(1).observation.state == 11);
  CHECK(world.step(3).observation.state == 10);
}

TEST_CASE("the problems pass the check that ships beside them") {
  const std::vector<std::string> none;
  CHECK(check_environment([] { return constant_reward{}; }, {0}) == none);
  CHECK(check_environment([] { return time_limit{two_state{}, 20}; }, {0, 1, 1}) == none);
  CHECK(check_environment([] { return time_limit{cliff{}, 100}; }, {0, 1, 2, 3, 1, 0}) == none);
  CHECK(check_environment([] { return random_walk::nineteen(1); }, {0}, {.independent_episodes = false}) == none);
}
