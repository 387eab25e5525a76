#include <headroom/systems/scheduler/latency_rules.hpp>

#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct gauge {
  double latency = 0;
  double replicas = 1;
};
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("the published levels give fewer replicas for more latency") {
  scheduler::latency_levels rule{&gauge::latency};
  static_assert(Policy<decltype(rule), gauge, int>);
  CHECK(rule.start(gauge{99}) == 2);
  CHECK(rule.step(gauge{100}) == 1);
  CHECK(rule.step(gauge{200}) == 1);
  CHECK(rule.step(gauge{201}) == 5);
  CHECK(rule.step(gauge{unknown}) == 0);  // no data: leave it
}

TEST_CASE("as it ran, the answer was two whatever happened") {
  scheduler::latency_levels rule{&gauge::latency, scheduler::latency_levels_options::published_as_run()};
  for (const double latency : {0.0, 150.0, 250.0, 1e9}) CHECK(rule.step(gauge{latency}) == 2);
}

TEST_CASE("the corrected levels never give fewer replicas for more latency") {
  scheduler::latency_levels rule{&gauge::latency, scheduler::latency_levels_options::corrected()};
  int before = 0;
  for (int latency = 0; latency <= 400; ++latency) {
    const int now = rule.step(gauge{static_cast<double>(latency)});
    CHECK(now >= before);
    before = now;
  }
  CHECK(rule.step(gauge{50}) == 1);
  CHECK(rule.step(gauge{150}) == 2);
  CHECK(before == 5);
}

TEST_CASE("the published steps never hold, know no ceiling, and shrink where they cannot see") {
  scheduler::latency_steps rule{&gauge::latency, &gauge::replicas};
  static_assert(Policy<decltype(rule), gauge, int>);
  CHECK(rule.start(gauge{0.61, 3}) == 4);
  CHECK(rule.step(gauge{0.6, 3}) == 2);
  CHECK(rule.step(gauge{0.6, 1}) == 1);
  CHECK(rule.step(gauge{5, 1000}) == 1001);
  CHECK(rule.step(gauge{unknown, 3}) == 2);
  CHECK(rule.step(gauge{unknown, 1}) == 1);
  CHECK(rule.step(gauge{5, unknown}) == 0);
}

TEST_CASE("about the right number the published steps swing and the corrected ones stand") {
  // Three replicas are enough and two are not: 0.4 s or 0.8 s.
  const auto visited = [](auto rule) {
    gauge now{0.8, 2};
    std::vector<int> seen;
    for (int k = 0; k < 6; ++k) {
      seen.push_back(rule.step(now));
      now = {seen.back() >= 3 ? 0.4 : 0.8, static_cast<double>(seen.back())};
    }
    return seen;
  };
  CHECK(visited(scheduler::latency_steps{&gauge::latency, &gauge::replicas,
                                         scheduler::latency_steps_options::published(0.6)}) ==
        std::vector{3, 2, 3, 2, 3, 2});
  CHECK(visited(scheduler::latency_steps{&gauge::latency, &gauge::replicas,
                                         scheduler::latency_steps_options::corrected(0.6, 8)}) ==
        std::vector{3, 3, 3, 3, 3, 3});
}

TEST_CASE("the corrected steps have a dead band, a ceiling and patience") {
  scheduler::latency_steps rule{&gauge::latency, &gauge::replicas, scheduler::latency_steps_options::corrected(0.6, 4)};
  CHECK(rule.step(gauge{0.61, 3}) == 4);
  CHECK(rule.step(gauge{0.61, 4}) == 4);
  CHECK(rule.step(gauge{0.31, 3}) == 3);
  CHECK(rule.step(gauge{0.3, 3}) == 2);
  CHECK(rule.step(gauge{0.3, 1}) == 1);
  CHECK(rule.step(gauge{unknown, 3}) == 0);  // leave it
  CHECK(rule.step(gauge{0.5, 9}) == 4);      // the ceiling holds for what was there before, too
}

TEST_CASE("the rules refuse what cannot be") {
  CHECK_THROWS_WITH(
      (scheduler::latency_levels{&gauge::latency, scheduler::latency_levels_options{.high = 1, .low = 2}}),
      "latency_levels: low is 2, must not be above high");
  CHECK_THROWS_WITH((scheduler::latency_levels{&gauge::latency, scheduler::latency_levels_options{.between = 0}}),
                    "latency_levels: between is 0, must be at least 1");
  CHECK_THROWS_WITH((scheduler::latency_levels{&gauge::latency, scheduler::latency_levels_options{.offset = unknown}}),
                    "latency_levels: offset is nan, must be finite");
  CHECK_THROWS_WITH(
      (scheduler::latency_steps{&gauge::latency, &gauge::replicas, scheduler::latency_steps_options{.down_below = 1}}),
      "latency_steps: down_below is 1, must not be above up_above");
  CHECK_THROWS_WITH(
      (scheduler::latency_steps{&gauge::latency, &gauge::replicas, scheduler::latency_steps_options{.minimum = 0}}),
      "latency_steps: minimum is 0, must be at least 1");
  CHECK_THROWS_WITH((scheduler::latency_steps{&gauge::latency, &gauge::replicas,
                                              scheduler::latency_steps_options{.minimum = 3, .maximum = 2}}),
                    "latency_steps: maximum is 2, must not be below minimum");
}
