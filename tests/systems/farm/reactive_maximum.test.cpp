#include <headroom/systems/farm/reactive_maximum.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>
#include <headroom/systems/farm/environment.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

static_assert(Policy<farm::reactive_maximum, farm::observation, int>);

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// 4 workers of which min(4, 5 - 1) = 4 are busy, largest latency 2 s, horizon 8 s:
//   current: 2 rate - (4 - 4 / 8 * 2 * 1) = 2 rate - 3,  earlier: 2 rate - 4.
farm::observation at_rate(double rate) {
  farm::observation o;
  o.output_queue = 20;
  o.workers = 4;
  o.average_latency = 1;
  o.maximum_latency = 2;
  o.arrival_rate = rate;
  o.enqueued_total = 25;
  return o;
}

const farm::reactive_options earlier{.horizon_s = 8, .formula = farm::reactive_formula::earlier};

}  // namespace

TEST_CASE("the maximum variant, current formula, by hand") {
  farm::reactive_maximum policy;
  CHECK(policy.step(at_rate(1.75)) == +1);  // 3.5 - 3
  CHECK(policy.step(at_rate(1.75 - 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.25 + 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.25)) == -1);  // 2.5 - 3
  CHECK(policy.start(at_rate(1.75)) == +1);
}

TEST_CASE("the maximum variant, earlier formula, by hand") {
  farm::reactive_maximum policy{earlier};
  CHECK(policy.step(at_rate(2.25)) == +1);  // 4.5 - 4
  CHECK(policy.step(at_rate(2.25 - 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.75 + 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.75)) == -1);
}

TEST_CASE("the larger of the two latencies counts, and 0.1 s at least") {
  farm::observation o = at_rate(1.75);
  o.average_latency = 2;
  o.maximum_latency = 1;
  CHECK(farm::reactive_maximum{}.step(o) == +1);
  o = at_rate(20);  // 20 * 0.1 = 2, earlier formula, 3 busy
  o.average_latency = o.maximum_latency = 0;
  o.enqueued_total = 24;
  CHECK(farm::reactive_maximum{earlier}.step(o) == -1);
  o.arrival_rate = 30;
  CHECK(farm::reactive_maximum{earlier}.step(o) == 0);
  o.arrival_rate = 35;
  CHECK(farm::reactive_maximum{earlier}.step(o) == +1);
}

TEST_CASE("what it needs and cannot see makes reactive_maximum hold, whatever the formula") {
  double farm::observation::*const fields[] = {&farm::observation::worker_queue,    &farm::observation::result_queue,
                                               &farm::observation::output_queue,    &farm::observation::workers,
                                               &farm::observation::average_latency, &farm::observation::maximum_latency,
                                               &farm::observation::arrival_rate,    &farm::observation::enqueued_total};
  for (const double rate : {0.0, 50.0}) {
    for (const farm::reactive_options& options : {farm::reactive_options{.adjustment = 1}, earlier}) {
      REQUIRE(farm::reactive_maximum{options}.step(at_rate(rate)) != 0);
      for (const auto field : fields) {
        for (const double bad : {unknown, infinite}) {
          farm::observation o = at_rate(rate);
          o.*field = bad;
          CHECK(farm::reactive_maximum{options}.step(o) == 0);
        }
      }
    }
  }
}

TEST_CASE("impossible options of the maximum variant are refused under its own name") {
  CHECK_THROWS_WITH(farm::reactive_maximum(farm::reactive_options{.horizon_s = -1}),
                    "reactive_maximum: horizon_s is -1, must be positive and finite");
  CHECK_THROWS_WITH(farm::reactive_maximum(farm::reactive_options{.safety = 0}),
                    "reactive_maximum: safety is 0, must be at least 1, and finite");
  CHECK_THROWS_WITH(farm::reactive_maximum(farm::reactive_options{.adjustment = unknown}),
                    "reactive_maximum: adjustment is nan, must be zero or more, and finite");
}

TEST_CASE("reactive_maximum takes no memory") {
  farm::reactive_maximum policy;
  CHECK(allocations_in([&] {
          policy.start(at_rate(1));
          for (int k = 0; k < 100; ++k) policy.step(at_rate(0.1 * k));
          policy.stop(at_rate(1), episode::truncated);
        }) == 0);
}
