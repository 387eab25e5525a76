#include <headroom/explorations/best_of.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/explorations/greedy.hpp>
#include <headroom/explorations/softmax.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(ExplicitExploration<greedy>);
static_assert(ExplicitExploration<epsilon_greedy>);
static_assert(ExplicitExploration<softmax>);

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr int draws = 100'000;

// A mask that allows the given actions of a hundred.
struct mask_of {
  std::vector<std::uint64_t> words = std::vector<std::uint64_t>(action_mask::words(100));
  mask_of(std::initializer_list<std::size_t> allowed) {
    for (const std::size_t i : allowed) words[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  operator action_mask() const { return action_mask{words.data()}; }
};

template <class Explore>
std::vector<double> probabilities(const Explore& explore, const std::vector<double>& values, action_mask legal = {}) {
  std::vector<double> p(values.size(), nan_value);  // so that an entry that was not written shows
  explore.probabilities(values, legal, p);
  return p;
}

// Draws agree with the stated probabilities: what has probability 0 never happens, and Pearson's statistic over the
// rest, which has mean `freedom` and deviation sqrt(2 freedom), lies within five deviations.
template <class Explore>
void check_frequencies(Explore explore, const std::vector<double>& values, action_mask legal, std::uint64_t seed) {
  const auto p = probabilities(explore, values, legal);
  // n additions of numbers up to 1 err by n half-units in the last place at most.
  CHECK(std::abs(std::accumulate(p.begin(), p.end(), 0.0) - 1) <= static_cast<double>(p.size()) * 0x1.0p-52);
  engine random(seed);
  std::vector<double> counts(values.size());
  for (int i = 0; i < draws; ++i) ++counts.at(to_size(explore(values, legal, random)));
  double statistic = 0;
  double freedom = -1;
  for (std::size_t i = 0; i < p.size(); ++i) {
    INFO("action " << i);
    if (!legal[i]) CHECK(p[i] == 0);
    if (p[i] == 0) {
      CHECK(counts[i] == 0);
      continue;
    }
    const double expected = p[i] * draws;
    REQUIRE(expected >= 5);  // below, the statistic does not follow its law
    statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
    ++freedom;
  }
  CHECK(statistic <= freedom + 5 * std::sqrt(2 * freedom));
}

}  // namespace

TEST_CASE("greedy: the best has all the probability, equals share it as the tie rule says") {
  const std::vector<double> values{1, 3, 2, 3, 3};
  CHECK(probabilities(greedy{tie_break::engine}, values) == std::vector<double>{0, 1 / 3.0, 0, 1 / 3.0, 1 / 3.0});
  CHECK(probabilities(greedy{tie_break::smallest_index}, values) == std::vector<double>{0, 1, 0, 0, 0});
  CHECK(probabilities(greedy{tie_break::largest_index}, values) == std::vector<double>{0, 0, 0, 0, 1});
  CHECK(greedy{}.ties() == tie_break::engine);
}

TEST_CASE("greedy: what it draws is what it says, for each tie rule, with and without a mask") {
  const std::vector<double> values{1, 3, 2, 3, 3};
  const mask_of some{0, 1, 4};
  const mask_of losers{0, 2};
  std::uint64_t seed = 1;
  for (const auto ties : {tie_break::engine, tie_break::smallest_index, tie_break::largest_index}) {
    check_frequencies(greedy{ties}, values, {}, seed++);
    check_frequencies(greedy{ties}, values, some, seed++);
    check_frequencies(greedy{ties}, values, losers, seed++);
  }
  CHECK(probabilities(greedy{}, values, losers) == std::vector<double>{0, 0, 1, 0, 0});
}

TEST_CASE("greedy: without a tie nothing is drawn from the engine") {
  engine random(5);
  const engine before = random;
  CHECK(greedy{}(std::vector<double>{1, 3, 2}, {}, random) == action_index{1});
  CHECK(random == before);
  CHECK(greedy{tie_break::largest_index}(std::vector<double>{3, 3}, {}, random) == action_index{1});
  CHECK(greedy{tie_break::smallest_index}(std::vector<double>{3, 3}, {}, random) == action_index{0});
  CHECK(random == before);
}

TEST_CASE("best_of: tie rules and masks") {
  const std::vector<double> values{2, 2, 1};
  CHECK(best_of(values, {}, tie_break::smallest_index) == action_index{0});
  CHECK(best_of(values, {}, tie_break::largest_index) == action_index{1});
  CHECK(best_of(values, {}, tie_break::engine) == action_index{0});  // without an engine: the smallest
  CHECK(best_of(values, mask_of{2}, tie_break::largest_index) == action_index{2});
  CHECK(best_of(std::vector<double>{-5, -7}, mask_of{1}, tie_break::smallest_index) == action_index{1});
}

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

TEST_CASE("softmax: probabilities are proportional to exp(value / temperature)") {
  const std::vector<double> values{0, std::log(2.0), std::log(5.0)};
  const auto p = probabilities(softmax{1.0}, values);
  CHECK(p[0] == Approx(1 / 8.0).epsilon(1e-14));
  CHECK(p[1] == Approx(2 / 8.0).epsilon(1e-14));
  CHECK(p[2] == Approx(5 / 8.0).epsilon(1e-14));
  const auto cold = probabilities(softmax{0.5}, values);  // squares
  CHECK(cold[0] == Approx(1 / 30.0).epsilon(1e-14));
  CHECK(cold[2] == Approx(25 / 30.0).epsilon(1e-14));
  const auto masked = probabilities(softmax{1.0}, values, mask_of{0, 1});
  CHECK(masked[0] == Approx(1 / 3.0).epsilon(1e-14));
  CHECK(masked[2] == 0);
}

TEST_CASE("softmax: what it draws is what it says") {
  const std::vector<double> values{0.3, -0.4, 1.1, 0.3, 0};
  check_frequencies(softmax{1.0}, values, {}, 200);
  check_frequencies(softmax{0.5}, values, {}, 201);
  check_frequencies(softmax{10.0}, values, {}, 202);
  check_frequencies(softmax{0.5}, values, mask_of{1, 3, 4}, 203);
  check_frequencies(softmax{1.0}, values, mask_of{1}, 204);
}

TEST_CASE("softmax does not overflow, however far apart the values are") {
  for (const double far : {1e6, 1e300, std::numeric_limits<double>::max()}) {
    INFO("values of " << far);
    CHECK(probabilities(softmax{1.0}, {-far, far, 0}) == std::vector<double>{0, 1, 0});
    CHECK(probabilities(softmax{1.0}, {far, far, 0}) == std::vector<double>{0.5, 0.5, 0});
    CHECK(probabilities(softmax{1.0}, {-far, -far, -far, -far}) == std::vector<double>{0.25, 0.25, 0.25, 0.25});
    // The best illegal value must not be what the others are shifted by: they would all vanish.
    CHECK(probabilities(softmax{1.0}, {far, 0, 0}, mask_of{1, 2}) == std::vector<double>{0, 0.5, 0.5});
    check_frequencies(softmax{1.0}, {-far, far, 0, far}, {}, 300);
    check_frequencies(softmax{1.0}, {far, 0, 0}, mask_of{1, 2}, 301);
  }
  CHECK(probabilities(softmax{1e-300}, {1, 1 + 1e-15}) == std::vector<double>{0, 1});
}

TEST_CASE("an illegal action is never drawn, in the second word of a mask as in the first") {
  std::vector<double> values(100, 0);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<double>(i % 7);  // the illegal ones are as good, or better
  for (const mask_of& legal : {mask_of{70}, mask_of{3, 63, 64, 70, 99}, mask_of{0}, mask_of{65, 66}}) {
    engine random(17);
    bool kept = true;
    const auto try_it = [&](auto explore) {
      for (int i = 0; i < draws; ++i) {
        const std::size_t a = to_size(explore(values, legal, random));
        kept = kept && a < 100 && action_mask(legal)[a];
      }
    };
    for (const auto ties : {tie_break::engine, tie_break::smallest_index, tie_break::largest_index}) {
      try_it(greedy{ties});
      try_it(epsilon_greedy{0.5, ties});
    }
    try_it(softmax{2.0});
    CHECK(kept);
  }
  // And each legal one is.
  check_frequencies(epsilon_greedy{1.0}, values, mask_of{3, 63, 64, 70, 99}, 18);
  check_frequencies(softmax{2.0}, values, mask_of{3, 63, 64, 70, 99}, 19);
}

TEST_CASE("any_of is uniform over the legal actions") {
  for (const bool masked : {false, true}) {
    const mask_of some{1, 2, 64, 99};
    const action_mask legal = masked ? action_mask(some) : action_mask();
    engine random(20);
    std::vector<double> counts(100);
    for (int i = 0; i < draws; ++i) ++counts.at(to_size(any_of(100, legal, random)));
    const double n = masked ? 4 : 100;
    double statistic = 0;
    for (std::size_t i = 0; i < 100; ++i) {
      if (legal[i])
        statistic += (counts[i] - draws / n) * (counts[i] - draws / n) / (draws / n);
      else
        CHECK(counts[i] == 0);
    }
    CHECK(statistic <= n - 1 + 5 * std::sqrt(2 * (n - 1)));
  }
}

TEST_CASE("rates follow their schedules when advanced, and stay where they began otherwise") {
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

  softmax cooling{harmonic_decay{.from = 2, .to = 0.25, .half_after = 10, .unit = per::step}};
  CHECK(cooling.temperature() == 2);
  cooling.advance({.steps = 10, .episodes = 0});
  CHECK(cooling.temperature() == 1);
  CHECK_FALSE(epsilon_greedy{0.1}.varies_by_step());
}

TEST_CASE("impossible rates and temperatures are refused") {
  CHECK_THROWS_WITH(epsilon_greedy{1.5}, "epsilon_greedy: rate is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(epsilon_greedy{-0.1}, "epsilon_greedy: rate is -0.1, must be in [0, 1]");
  CHECK_THROWS_WITH(epsilon_greedy{nan_value}, "epsilon_greedy: rate is nan, must be in [0, 1]");
  // Both ends of a schedule count.
  CHECK_THROWS_WITH((epsilon_greedy{linear{0.5, -0.5, 10}}), "epsilon_greedy: rate is -0.5, must be in [0, 1]");
  CHECK_THROWS_WITH((epsilon_greedy{linear{2, 0, 10}}), "epsilon_greedy: rate is 2, must be in [0, 1]");
  CHECK_THROWS_WITH(softmax{0.0}, "softmax: temperature is 0, must be positive and finite");
  CHECK_THROWS_WITH(softmax{-1.0}, "softmax: temperature is -1, must be positive and finite");
  CHECK_THROWS_WITH(softmax{inf}, "softmax: temperature is inf, must be positive and finite");
  CHECK_THROWS_WITH(softmax{nan_value}, "softmax: temperature is nan, must be positive and finite");
  CHECK_THROWS_WITH((softmax{linear{1, 0, 10}}), "softmax: temperature is 0, must be positive and finite");
  CHECK_NOTHROW(epsilon_greedy{linear{1, 0, 10}});
}

TEST_CASE("exploring does not allocate") {
  const std::vector<double> values{1, 3, 2, 3};
  std::vector<double> p(4);
  const mask_of some{0, 2, 3};
  engine random(1);
  CHECK(allocations_in([&] {
          for (int i = 0; i < 100; ++i) {
            (void)greedy{}(values, some, random);
            (void)epsilon_greedy{0.5}(values, some, random);
            (void)softmax{1.0}(values, some, random);
            epsilon_greedy{0.5}.probabilities(values, some, p);
            softmax{1.0}.probabilities(values, some, p);
          }
        }) == 0);
}

TEST_CASE("what is drawn from the engine is one draw a tie met, on the way through the actions") {
  // The definition, with its branches. Few distinct values, so that there are ties at every place.
  const auto by_definition = [](const std::vector<double>& values, action_mask legal, tie_break ties, engine& random) {
    std::size_t best = values.size();
    std::size_t equals = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!legal[i]) continue;
      if (best == values.size() || values[i] > values[best]) {
        best = i;
        equals = 1;
      } else if (values[i] == values[best]) {
        if (ties == tie_break::largest_index || (ties == tie_break::engine && random.below(++equals) == 0)) best = i;
      }
    }
    return action_index{best};
  };
  engine cases(21);
  bool equal = true;
  for (const auto ties : {tie_break::engine, tie_break::smallest_index, tie_break::largest_index}) {
    engine one(22);
    engine other(22);
    for (int k = 0; k < 20'000; ++k) {
      std::vector<double> values(1 + cases.below(9));
      for (double& v : values) v = static_cast<double>(cases.below(4)) - 2;
      if (k % 3 == 0) values.back() = -0.0;
      std::uint64_t word = cases() | (std::uint64_t{1} << cases.below(values.size()));
      const action_mask legal = k % 2 == 0 ? action_mask{} : action_mask{&word};
      equal = equal && best_of(values, legal, ties, one) == by_definition(values, legal, ties, other) && one == other;
      if (ties != tie_break::engine) equal = equal && best_of(values, legal, ties) == best_of(values, legal, ties, one);
    }
  }
  CHECK(equal);
}

TEST_CASE("epsilon_greedy explores where a uniform number is below epsilon, to the last bit") {
  const std::vector<double> values{1, 2, 3};
  engine draws_of_rates(23);
  std::vector<double> rates{0, 5e-324, 0x1p-53, 0x1.8p-53, 0.1, 0.5, 1 - 0x1p-53, 1};
  for (int k = 0; k < 50; ++k) rates.push_back(draws_of_rates.uniform());
  for (const double rate : rates) {
    const epsilon_greedy explore{rate, tie_break::smallest_index};
    engine one(24);
    engine other(24);
    bool equal = true;
    for (int k = 0; k < 2'000; ++k) {
      const action_index expected = other.uniform() < rate ? any_of(3, {}, other) : action_index{2};
      equal = equal && explore(values, {}, one) == expected && one == other;
    }
    INFO("rate " << rate);
    CHECK(equal);
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

TEST_CASE("an exploration that is stored and restored has the rate that it had") {
  const auto round_trip = [](auto explore, auto other) {
    checkpoint c;
    store(explore, c, "explore");
    restore(other, c, "explore");
    const std::vector<double> values{1, 2, 1.5};
    engine one(26);
    engine two(26);
    bool equal = true;
    for (int k = 0; k < 1'000; ++k) equal = equal && explore(values, {}, one) == other(values, {}, two);
    CHECK(equal);
    return other;
  };
  const schedule falling = linear{.from = 0.9, .to = 0.1, .over = 100};
  epsilon_greedy explore{falling, tie_break::largest_index};
  explore.advance({.steps = 30, .episodes = 0});
  CHECK(round_trip(explore, epsilon_greedy{falling, tie_break::largest_index}).epsilon() == explore.epsilon());
  softmax soft{falling};
  soft.advance({.steps = 30, .episodes = 0});
  CHECK(round_trip(soft, softmax{falling}).temperature() == soft.temperature());
  round_trip(greedy{tie_break::engine}, greedy{tie_break::engine});

  checkpoint c;
  store(explore, c);
  epsilon_greedy other_ties{falling, tie_break::engine};
  CHECK_THROWS_WITH(restore(other_ties, c), "checkpoint: ties is 2 in the file, must be 0");
  epsilon_greedy other_rate{linear{.from = 0.9, .to = 0.2, .over = 100}, tie_break::largest_index};
  CHECK_THROWS_WITH(restore(other_rate, c), "checkpoint: rate.to is 0.1 in the file, must be 0.2");
}
