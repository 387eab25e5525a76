#include <headroom/policies/rate_limited.hpp>

#include <cstdlib>
#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/stabilized.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr auto replicas = scaling_unit::replicas;
constexpr auto percent = scaling_unit::percent;

}  // namespace

TEST_CASE("so many replicas per period and no more, and the inner policy is told") {
  rate_limited policy{wisher{}, see(), {.up = {{replicas, 3, 60}}, .down = {{replicas, 1, 60}}}};
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start({0, 4, +2}) == +2);
  CHECK(policy.step({10, 6, +2}) == +1);
  CHECK(policy.step({20, 7, +2}) == 0);
  CHECK(policy.step({59.9, 7, +2}) == 0);
  CHECK(policy.step({60, 7, +2}) == +2);
  CHECK(policy.step({69.9, 9, +2}) == 0);
  CHECK(policy.step({70, 9, +2}) == +1);
  CHECK(policy.step({75, 10, -4}) == -1);
  CHECK(policy.step({134, 9, -4}) == 0);
  CHECK(policy.step({135, 9, -4}) == -1);
  CHECK(policy.step({136, 8, 0}) == 0);
  CHECK(policy.inner().told == std::vector<int>{+1, 0, 0, 0, +1, -1, 0, -1});
  CHECK(policy.overrides() == 8);
}

TEST_CASE("percents, the largest or the smallest of several, or none") {
  const std::vector<scaling_policy> both{{replicas, 2, 60}, {percent, 50, 60}};
  rate_limited largest{stubborn{}, see(), {.up = both, .down = both}};
  CHECK(largest.start({0, 10, +9}) == +5);
  CHECK(largest.step({1, 15, -9}) == -8);  // half of 15, towards zero: 7 stay
  rate_limited smallest{
      stubborn{},
      see(),
      {.up = both, .down = both, .select_up = scaling_select::minimum, .select_down = scaling_select::minimum}};
  CHECK(smallest.start({0, 10, +9}) == +2);
  CHECK(smallest.step({1, 12, -9}) == -2);
  rate_limited never{stubborn{}, see(), {.select_down = scaling_select::disabled}};
  CHECK(never.start({0, 10, -1}) == 0);
  CHECK(never.step({1, 10, +10}) == +10);
}

TEST_CASE("the defaults are Kubernetes'") {
  rate_limited policy{stubborn{}, see()};
  CHECK(policy.start({0, 1, +9}) == +4);
  CHECK(policy.step({14.9, 5, +9}) == 0);
  CHECK(policy.step({15, 5, +9}) == +5);
  CHECK(policy.step({16, 10, -10}) == -10);
}

TEST_CASE("over any period no more is executed than the limit says") {
  rate_limited policy{stubborn{}, see(), {.up = {{replicas, 5, 30}}, .down = {{replicas, 3, 20}}}};
  engine random(5);
  double now = 10;
  std::vector<int> done{policy.start({0, now, 0})};
  std::int64_t all_up = 0;
  for (int k = 1; k < 3000; ++k) {
    const int wish = static_cast<int>(random.below(13)) - 6;
    const int delta = policy.step({static_cast<double>(k), now, wish});
    REQUIRE(delta * wish >= 0);
    REQUIRE(std::abs(delta) <= std::abs(wish));
    now += delta;
    done.push_back(delta);
    int up = 0;
    int down = 0;
    for (std::size_t i = done.size(); i-- > 0;) {
      const std::size_t age = done.size() - 1 - i;
      if (age >= 30) break;
      up += std::max(0, done[i]);
      if (age < 20) down -= std::min(0, done[i]);
    }
    REQUIRE(up <= 5);
    REQUIRE(down <= 3);
    all_up += std::max(0, delta);
  }
  CHECK(all_up > 400);  // of 500
}

TEST_CASE("moves that somebody overrode do not count") {
  const auto hold = [](const sample& o, int delta) { return o.activity > 0 ? delta : 0; };
  guarded policy{rate_limited{wisher{}, see(), {.up = {{replicas, 3, 60}}}}, hold};
  CHECK(policy.start(sample{0, 4, +3, 0}) == 0);
  CHECK(policy.inner().inner().told == std::vector<int>{0});
  CHECK(policy.step(sample{10, 4, +3, 1}) == +3);
  CHECK(policy.step(sample{20, 7, +3, 1}) == 0);
  CHECK(policy.step(sample{70, 7, +3, 1}) == +3);
}

TEST_CASE("an episode starts without moves, and is passed on") {
  rate_limited policy{wisher{}, see(), {.up = {{replicas, 1, 60}}}};
  CHECK(policy.start({0, 4, +1}) == +1);
  CHECK(policy.step({1, 5, +1}) == 0);
  policy.stop({2, 5, 0}, episode::truncated);
  CHECK(policy.start({0, 4, +1}) == +1);
  policy.stop({1, 5, 0}, episode::truncated);
  CHECK(policy.start({0, 4, +1}) == +1);  // nor does the last move of the episode before count
  CHECK(policy.inner().starts == 3);
  CHECK(policy.inner().steps == 1);
  CHECK(policy.inner().stops == 2);
  CHECK(policy.refused().total() == 0);
}

TEST_CASE("signals that cannot be used hold the rate-limited, and are counted") {
  rate_limited policy{wisher{}, see(), {.up = {{replicas, 2, 60}}}};
  CHECK(policy.start({0, 4, +1}) == +1);
  for (const double bad : {unknown, infinite, -1.0}) CHECK(policy.step({1, bad, +1}) == 0);
  for (const double bad : {unknown, infinite}) CHECK(policy.step({bad, 4, +1}) == 0);
  CHECK(policy.refused().replicas == 3);
  CHECK(policy.refused().clocks == 2);
  CHECK(policy.inner().told == std::vector<int>(5));
  CHECK(policy.step({2, 5, +3}) == +1);
  // A clock that jumps back holds once, and the moves are forgotten.
  CHECK(policy.step({-50, 6, +3}) == 0);
  CHECK(policy.refused().clocks == 3);
  CHECK(policy.step({-49, 6, +3}) == +2);
}

TEST_CASE("windows around rates around a policy") {
  stabilized policy{rate_limited{wisher{}, see(), {.up = {{replicas, 2, 60}}}}, see(), {.up_s = 10, .down_s = 0}};
  CHECK(policy.start({0, 4, +5}) == 0);
  CHECK(policy.step({10, 4, +5}) == +2);  // what the window held back was not counted
  CHECK(policy.step({20, 6, +5}) == 0);
  CHECK(policy.inner().inner().told == std::vector<int>{+2, 0, +2, 0});
}

TEST_CASE("impossible rates are refused") {
  const auto make = [](const rate_limited_options& o) { rate_limited{wisher{}, see(), o}; };
  CHECK_THROWS_WITH(make({.up = {}}), "rate_limited: number of policies up is 0, must be at least 1");
  CHECK_THROWS_WITH(make({.down = {}}), "rate_limited: number of policies down is 0, must be at least 1");
  CHECK_THROWS_WITH(make({.up = {{replicas, 0, 60}}}), "rate_limited up: value is 0, must be at least 1");
  CHECK_THROWS_WITH(make({.down = {{percent, 5, unknown}}}),
                    "rate_limited down: period_s is nan, must be positive and finite");
  CHECK_THROWS_WITH(make({.interval_s = -1}), "rate_limited: interval_s is -1, must be positive and finite");
  CHECK_THROWS_WITH((rate_limited{wisher{}, signals<sample>{}}),
                    "rate_limited: signals.time_s is missing, must be named");
  CHECK_THROWS_WITH((rate_limited{wisher{}, signals<sample>{.time_s = &sample::time_s}}),
                    "rate_limited: signals.replicas is missing, must be named");
}

TEST_CASE("a rate-limited policy is stored with what is inside and its counts") {
  rate_limited policy{wisher{}, see(), {.up = {{replicas, 1, 60}}}};
  policy.start({0, 8, +2});
  policy.step({unknown, 8, -1});
  policy.stop({2, 8, 0}, episode::truncated);
  checkpoint file;
  store(policy, file, "limited");
  rate_limited next{wisher{}, see(), {.up = {{replicas, 1, 60}}}};
  restore(next, file, "limited");
  CHECK(next.overrides() == 2);
  CHECK(next.refused() == policy.refused());
  CHECK(next.refused().clocks == 1);
  CHECK(next.inner().steps == 1);
}

TEST_CASE("a rate limit takes no memory") {
  rate_limited policy{stubborn{}, see(), {.up = {{replicas, 3, 60}, {percent, 10, 1800}}}};
  CHECK(allocations_in([&] {
          policy.start({});
          for (int k = 0; k < 1000; ++k) policy.step({0.1 * k, 4.0 + k % 3, k % 5 - 2});
          policy.stop({}, episode::truncated);
        }) == 0);
}
