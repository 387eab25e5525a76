#include <headroom/baselines/reactive_maximum.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>
#include <headroom/environments/farm.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

static_assert(Policy<reactive_maximum, farm_observation, int>);

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// 4 workers of which min(4, 5 - 1) = 4 are busy, largest latency 2 s, horizon 8 s:
//   current: 2 rate - (4 - 4 / 8 * 2 * 1) = 2 rate - 3,  earlier: 2 rate - 4.
farm_observation at_rate(double rate) {
  farm_observation o;
  o.output_queue = 20;
  o.workers = 4;
  o.average_latency = 1;
  o.maximum_latency = 2;
  o.arrival_rate = rate;
  o.enqueued_total = 25;
  return o;
}

const reactive_options earlier{.horizon_s = 8, .formula = reactive_formula::earlier};

}  // namespace

TEST_CASE("the maximum variant, current formula, by hand") {
  reactive_maximum policy;
  CHECK(policy.step(at_rate(1.75)) == +1);  // 3.5 - 3
  CHECK(policy.step(at_rate(1.75 - 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.25 + 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.25)) == -1);  // 2.5 - 3
  CHECK(policy.start(at_rate(1.75)) == +1);
}

TEST_CASE("the maximum variant, earlier formula, by hand") {
  reactive_maximum policy{earlier};
  CHECK(policy.step(at_rate(2.25)) == +1);  // 4.5 - 4
  CHECK(policy.step(at_rate(2.25 - 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.75 + 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.75)) == -1);
}

TEST_CASE("the larger of the two latencies counts, and 0.1 s at least") {
  farm_observation o = at_rate(1.75);
  o.average_latency = 2;
  o.maximum_latency = 1;
  CHECK(reactive_maximum{}.step(o) == +1);
  o = at_rate(20);  // 20 * 0.1 = 2, earlier formula, 3 busy
  o.average_latency = o.maximum_latency = 0;
  o.enqueued_total = 24;
  CHECK(reactive_maximum{earlier}.step(o) == -1);
  o.arrival_rate = 30;
  CHECK(reactive_maximum{earlier}.step(o) == 0);
  o.arrival_rate = 35;
  CHECK(reactive_maximum{earlier}.step(o) == +1);
}

TEST_CASE("what it needs and cannot see makes reactive_maximum hold, whatever the formula") {
  double farm_observation::*const fields[] = {&farm_observation::worker_queue,    &farm_observation::result_queue,
                                              &farm_observation::output_queue,    &farm_observation::workers,
                                              &farm_observation::average_latency, &farm_observation::maximum_latency,
                                              &farm_observation::arrival_rate,    &farm_observation::enqueued_total};
  for (const double rate : {0.0, 50.0}) {
    for (const reactive_options& options : {reactive_options{.adjustment = 1}, earlier}) {
      REQUIRE(reactive_maximum{options}.step(at_rate(rate)) != 0);
      for (const auto field : fields) {
        for (const double bad : {unknown, infinite}) {
          farm_observation o = at_rate(rate);
          o.*field = bad;
          CHECK(reactive_maximum{options}.step(o) == 0);
        }
      }
    }
  }
}

TEST_CASE("impossible options of the maximum variant are refused under its own name") {
  CHECK_THROWS_WITH(reactive_maximum(reactive_options{.horizon_s = -1}),
                    "reactive_maximum: horizon_s is -1, must be positive and finite");
  CHECK_THROWS_WITH(reactive_maximum(reactive_options{.safety = 0}),
                    "reactive_maximum: safety is 0, must be at least 1, and finite");
  CHECK_THROWS_WITH(reactive_maximum(reactive_options{.adjustment = unknown}),
                    "reactive_maximum: adjustment is nan, must be zero or more, and finite");
}

TEST_CASE("reactive_maximum takes no memory") {
  reactive_maximum policy;
  CHECK(allocations_in([&] {
          policy.start(at_rate(1));
          for (int k = 0; k < 100; ++k) policy.step(at_rate(0.1 * k));
          policy.stop(at_rate(1), episode::truncated);
        }) == 0);
}
