#include <headroom/explorations/epsilon_greedy.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "first_failure.hpp"
#include "exploring.hpp"

using namespace headroom;
using namespace exploring;

static_assert(ExplicitExploration<epsilon_greedy>);

TEST_CASE("epsilon_greedy: epsilon is spread over every legal action, the best included") {
  const std::vector<double> values{1, 3, 2, 3};
  const double each = 0.2 / 4;
  const auto p = probabilities(epsilon_greedy{0.2, tie_break::engine}, values);
  CHECK(p[0] == Approx(each).epsilon(1e-15));
  CHECK(p[1] == Approx(0.8 / 2 + each).epsilon(1e-15));
  CHECK(p[2] == Approx(each).epsilon(1e-15));
  CHECK(p[3] == Approx(0.8 / 2 + each).epsilon(1e-15));
  const auto last = probabilities(epsilon_greedy{0.2, tie_break::largest_index}, values);
  CHECK(last[1] == Approx(each).epsilon(1e-15));
  CHECK(last[3] == Approx(0.8 + each).epsilon(1e-15));
  const auto first = probabilities(epsilon_greedy{0.2, tie_break::smallest_index}, values);
  CHECK(first[1] == Approx(0.8 + each).epsilon(1e-15));
  CHECK(first[3] == Approx(each).epsilon(1e-15));
  const auto masked = probabilities(epsilon_greedy{0.2, tie_break::engine}, values, mask_of{0, 2});
  CHECK(masked[0] == Approx(0.1).epsilon(1e-15));
  CHECK(masked[1] == 0);
  CHECK(masked[2] == Approx(0.9).epsilon(1e-15));
  CHECK(masked[3] == 0);
}

TEST_CASE("epsilon_greedy: what it draws is what it says") {
  const std::vector<double> values{1, 3, 2, 3};
  const mask_of some{0, 2, 3};
  std::uint64_t seed = 100;
  for (const double rate : {0.0, 0.1, 0.5, 1.0}) {
    for (const auto ties : {tie_break::engine, tie_break::smallest_index, tie_break::largest_index}) {
      INFO("rate " << rate);
      check_frequencies(epsilon_greedy{rate, ties}, values, {}, seed++);
      check_frequencies(epsilon_greedy{rate, ties}, values, some, seed++);
    }
  }
}

TEST_CASE("epsilon_greedy: explores where a uniform number is below epsilon, to the last bit") {
  const std::vector<double> values{1, 2, 3};
  engine draws_of_rates(23);
  std::vector<double> rates{0, 5e-324, 0x1p-53, 0x1.8p-53, 0.1, 0.5, 1 - 0x1p-53, 1};
  for (int k = 0; k < 50; ++k) rates.push_back(draws_of_rates.uniform());
  for (const double rate : rates) {
    const epsilon_greedy explore{rate, tie_break::smallest_index};
    engine one(24);
    engine other(24);
    first_failure equal;
    for (int k = 0; k < 2'000; ++k) {
      const action_index expected = other.uniform() < rate ? any_of(3, {}, other) : action_index{2};
      equal.same(explore(values, {}, one), expected);
      equal.holds(one == other, k);
    }
    INFO("rate " << rate);
    CHECK(equal.report() == "");
  }
  // Where the rate itself is what was drawn: 0.3 of 53 bits explores below it and not at it.
  engine random(25);
  for (int k = 0; k < 1'000; ++k) {
    engine same = random;
    const double drawn = random.uniform();
    engine again = same;
    epsilon_greedy{drawn, tie_break::smallest_index}(values, {}, same);
    CHECK(same == random);  // not below itself: nothing else was drawn
    epsilon_greedy{std::nextafter(drawn, 1.0), tie_break::smallest_index}(values, {}, again);
    CHECK_FALSE(again == random);
  }
}

TEST_CASE("epsilon_greedy: an illegal action is never drawn, in the second word of a mask as in the first") {
  for (const auto ties : {tie_break::engine, tie_break::smallest_index, tie_break::largest_index}) {
    for (const mask_of& legal : masks()) CHECK(draws_only_legal(epsilon_greedy{0.5, ties}, hundred_values(), legal));
  }
  // And each legal one is.
  check_frequencies(epsilon_greedy{1.0}, hundred_values(), mask_of{3, 63, 64, 70, 99}, 18);
}

TEST_CASE("epsilon_greedy: rates follow their schedules when advanced, and stay where they began otherwise") {
  epsilon_greedy by_step{linear{.from = 0.5, .to = 0.1, .over = 4, .unit = per::step}};
  CHECK(by_step.epsilon() == 0.5);
  CHECK(by_step.varies_by_step());
  by_step.advance({.steps = 1, .episodes = 100});
  CHECK(by_step.epsilon() == Approx(0.4).epsilon(1e-15));
  by_step.advance({.steps = 4, .episodes = 0});
  CHECK(by_step.epsilon() == 0.1);

  epsilon_greedy by_episode{exponential_decay{.from = 0.4, .to = 0.1, .factor = 0.5, .unit = per::episode}};
  CHECK_FALSE(by_episode.varies_by_step());
  by_episode.advance({.steps = 100, .episodes = 1});
  CHECK(by_episode.epsilon() == 0.2);
  by_episode.advance({.steps = 100, .episodes = 9});
  CHECK(by_episode.epsilon() == 0.1);

  CHECK_FALSE(epsilon_greedy{0.1}.varies_by_step());
}

TEST_CASE("epsilon_greedy: impossible rates are refused") {
  CHECK_THROWS_WITH(epsilon_greedy{1.5}, "epsilon_greedy: rate is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(epsilon_greedy{-0.1}, "epsilon_greedy: rate is -0.1, must be in [0, 1]");
  CHECK_THROWS_WITH(epsilon_greedy{nan_value}, "epsilon_greedy: rate is nan, must be in [0, 1]");
  // Both ends of a schedule count.
  CHECK_THROWS_WITH((epsilon_greedy{linear{0.5, -0.5, 10}}), "epsilon_greedy: rate is -0.5, must be in [0, 1]");
  CHECK_THROWS_WITH((epsilon_greedy{linear{2, 0, 10}}), "epsilon_greedy: rate is 2, must be in [0, 1]");
  CHECK_NOTHROW(epsilon_greedy{linear{1, 0, 10}});
}

TEST_CASE("epsilon_greedy: exploring does not allocate") {
  const std::vector<double> values{1, 3, 2, 3};
  std::vector<double> p(4);
  const mask_of some{0, 2, 3};
  engine random(1);
  CHECK(allocations_in([&] {
          for (int i = 0; i < 100; ++i) {
            (void)epsilon_greedy{0.5}(values, some, random);
            epsilon_greedy{0.5}.probabilities(values, some, p);
          }
        }) == 0);
}

TEST_CASE("epsilon_greedy: stored and restored it has the rate that it had") {
  const schedule falling = linear{.from = 0.9, .to = 0.1, .over = 100};
  epsilon_greedy explore{falling, tie_break::largest_index};
  explore.advance({.steps = 30, .episodes = 0});
  CHECK(round_trip(explore, epsilon_greedy{falling, tie_break::largest_index}).epsilon() == explore.epsilon());

  checkpoint c;
  store(explore, c);
  epsilon_greedy other_ties{falling, tie_break::engine};
  CHECK(restore(other_ties, c).changed == std::vector<std::string>{"ties is 2 in the file, here 0"});
  epsilon_greedy other_rate{linear{.from = 0.9, .to = 0.2, .over = 100}, tie_break::largest_index};
  CHECK(restore(other_rate, c).changed == std::vector<std::string>{"rate.to is 0.1 in the file, here 0.2"});
}
