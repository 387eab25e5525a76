#include <headroom/offline/conservative.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

using steps_type = std::vector<logged<std::vector<float>>>;

// Three actions; the author does the first in four of five steps, the second in the rest, the third never. Each step
// ends the task and pays by its action.
steps_type bandit(const std::vector<double>& pays, double scale = 1) {
  steps_type log;
  for (std::size_t k = 0; k < 400; ++k) {
    const std::size_t a = k % 5 == 4 ? 1 : 0;
    log.push_back({{1.0F}, action_index{a}, scale * pays[a], {1.0F}, episode::terminated, 1});
  }
  return log;
}

// Little pressure: at 1 the loss of a seldom action weighs less than the pressure on it.
conservative_options quick() {
  conservative_options o{.networks = 2, .updates = 600, .margin = 0.5};
  o.network.conservative = 0.1;
  return o;
}

const std::vector<float> here{1.0F};

}  // namespace

TEST_CASE("another action is advised where every network finds it better and the author does it, too") {
  const conservative_networks learned(bandit({0, 1}), 3, quick(), 1);
  CHECK(learned.advise(here, action_index{0}) == action_index{1});
  CHECK_FALSE(learned.advise(here, action_index{1}).has_value());
  CHECK(learned.dimension() == 1);
  CHECK(learned.actions() == 3);
  CHECK(learned.networks().size() == 2);
}

TEST_CASE("what is worse, or better by less than the margin, is not advised") {
  CHECK_FALSE(conservative_networks(bandit({1, 0}), 3, quick(), 1).advise(here, action_index{0}).has_value());
  conservative_options proud = quick();
  proud.margin = 4;  // rewards of 0 and 1 lie 2.5 deviations apart
  CHECK_FALSE(conservative_networks(bandit({0, 1}), 3, proud, 1).advise(here, action_index{0}).has_value());
}

TEST_CASE("what the author does too seldom is not advised, however good it looks") {
  conservative_options strict = quick();
  strict.least_share = 0.3;
  const conservative_networks learned(bandit({0, 1}), 3, strict, 1);
  CHECK_FALSE(learned.advise(here, action_index{0}).has_value());
  CHECK(learned.author(here)[0] == Approx(0.8).margin(0.08));
  CHECK(learned.author(here)[1] == Approx(0.2).margin(0.08));
  CHECK(learned.author(here)[2] < 0.05);
}

TEST_CASE("the pressure holds down what was never tried; without it a network may believe in it") {
  // Everything that was tried costs 1, so to a network that began near 0 the third action looks best.
  const steps_type log = bandit({-1, -1});
  conservative_options o = quick();
  o.network.conservative = 1;
  const conservative_networks learned(log, 3, o, 1);
  CHECK(learned.least_ahead(here, action_index{0})[2] < 0);
  dqn plain{1, 3, {.learning_rate = 1e-3, .discount = 0.95, .capacity = 400, .warm_up = 0}, 1};
  learn_from(plain, log, 400);
  CHECK(plain.value(here, action_index{2}) > plain.value(here, action_index{0}));
}

TEST_CASE("rewards are divided by their deviation, so their unit does not matter") {
  const conservative_networks small(bandit({0, 1}), 3, quick(), 1);
  const conservative_networks large(bandit({0, 1}, 1024), 3, quick(), 1);
  CHECK(small.reward_scale() == Approx(0.4));
  CHECK(large.reward_scale() == Approx(0.4 * 1024));
  for (std::size_t a = 0; a < 3; ++a) {
    CHECK(large.least_ahead(here, action_index{0})[a] == Approx(small.least_ahead(here, action_index{0})[a]));
  }
}

TEST_CASE("the deviation of rewards that are all equal is their magnitude, and 1 of none") {
  const auto of = [](std::vector<double> rewards) {
    steps_type log;
    for (const double r : rewards) log.push_back({{1.0F}, action_index{0}, r, {1.0F}, episode::ongoing, 1});
    return reward_deviation(log);
  };
  CHECK(of({3, 5}) == 1);
  CHECK(of({-7, -7, -7}) == 7);
  CHECK(of({0, 0}) == 1);
  CHECK_THROWS_AS(of({}), std::invalid_argument);
}

TEST_CASE("networks that disagree give no advice: the least of their opinions counts") {
  const steps_type log = bandit({0, 1});
  const conservative_networks learned(log, 3, quick(), 1);
  const auto least = learned.least_ahead(here, action_index{0})[1];
  for (const auto& one : learned.networks()) {
    CHECK(one.value(here, action_index{1}) - one.value(here, action_index{0}) >= least);
  }
}

TEST_CASE("networks from a log refuse what makes no sense") {
  const steps_type log = bandit({0, 1});
  CHECK_THROWS_AS(conservative_networks(steps_type{}, 3, quick(), 1), std::invalid_argument);
  CHECK_THROWS_AS(conservative_networks(log, 1, quick(), 1), std::invalid_argument);
  conservative_options o = quick();
  o.networks = 0;
  CHECK_THROWS_WITH(conservative_networks(log, 3, o, 1), "conservative_networks: networks is 0, must be from 1 to 64");
  o.networks = 1;
  CHECK(conservative_networks(log, 3, o, 1).networks().size() == 1);
  o.networks = 65;
  CHECK_THROWS_AS(conservative_networks(log, 3, o, 1), std::invalid_argument);
  o = quick();
  o.network.learning_rate = -1;
  CHECK_THROWS_AS(checked(o), std::invalid_argument);
  o = quick();
  o.network.conservative = 0;
  CHECK_THROWS_AS(conservative_networks(log, 3, o, 1), std::invalid_argument);
  o = quick();
  o.least_share = 2;
  CHECK_THROWS_AS(conservative_networks(log, 3, o, 1), std::invalid_argument);
}
