#include <headroom/systems/farm/reactive_average.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>
#include <headroom/systems/farm/environment.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// The least that the law looks at: any host's observation will do.
struct signals {
  double worker_queue = 0;
  double result_queue = 0;
  double output_queue = 0;
  double workers = 0;
  double average_latency = 0;
  double maximum_latency = 0;
  double arrival_rate = 0;
  double enqueued_total = 0;
};
static_assert(farm::Signals<signals>);
static_assert(farm::Signals<farm::observation>);
static_assert(Policy<farm::reactive_average, farm::observation, int>);

// 4 workers, 5 requests on their way, so busy = min(4, 5 - 1) = 4. With a latency of 2 s and a horizon of 8 s
//   demand = max(1, (queue / 8 * 2 + rate * 2) * safety),  weighed = 4 / 8 * 2 * 0.5 = 0.5,
//   current: demand - (4 - 0.5),  earlier: demand - 4.
signals at_rate(double rate) {
  return {.output_queue = 20,
          .workers = 4,
          .average_latency = 2,
          .maximum_latency = 9,
          .arrival_rate = rate,
          .enqueued_total = 25};
}

const farm::reactive_options earlier{.horizon_s = 8, .formula = farm::reactive_formula::earlier};

}  // namespace

TEST_CASE("the current formula, by hand: demand against the workers that are not busy") {
  farm::reactive_average policy;
  CHECK(policy.step(at_rate(2)) == +1);              // 4 - 3.5 = 0.5
  CHECK(policy.step(at_rate(2 - 1.0 / 64)) == 0);    // 0.46875
  CHECK(policy.step(at_rate(1.75)) == 0);            // 3.5 - 3.5 = 0
  CHECK(policy.step(at_rate(1.5 + 1.0 / 64)) == 0);  // -0.46875
  CHECK(policy.step(at_rate(1.5)) == -1);            // 3 - 3.5 = -0.5
  CHECK(policy.step(at_rate(50)) == +1);             // never more than one
  CHECK(policy.step(at_rate(0)) == -1);              // demand is at least 1: -2.5
  CHECK(policy.start(at_rate(2)) == +1);             // the first decision follows the same law
}

TEST_CASE("the earlier formula, by hand: demand against the busy workers") {
  farm::reactive_average policy{earlier};
  CHECK(policy.step(at_rate(2.25)) == +1);  // 4.5 - 4 = 0.5
  CHECK(policy.step(at_rate(2.25 - 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.75 + 1.0 / 64)) == 0);
  CHECK(policy.step(at_rate(1.75)) == -1);  // 3.5 - 4 = -0.5
}

TEST_CASE("a backlog adds what it takes to work it off within the horizon") {
  signals o = at_rate(1.5);                             // demand 3 from the arrivals
  o.worker_queue = 4;                                   // and 4 / 8 * 2 = 1
  o.enqueued_total = 29;                                // waiting ones are not busy ones
  CHECK(farm::reactive_average{}.step(o) == +1);        // 4 - 3.5
  CHECK(farm::reactive_average{earlier}.step(o) == 0);  // 4 - 4
  o.worker_queue = 6;
  o.enqueued_total = 31;
  CHECK(farm::reactive_average{earlier}.step(o) == +1);  // 4.5 - 4
  CHECK(farm::reactive_average{{.horizon_s = 16, .formula = farm::reactive_formula::earlier}}.step(o) ==
        0);  // 6 / 16 * 2 = 0.75: 3.75 - 4
}

TEST_CASE("requests in any queue are not in service, and one in service is overlooked") {
  // Earlier formula with a demand of 1: 1 - busy.
  const farm::reactive_average policy{earlier};
  const auto decide = [&](double enqueued, double waiting, double results, double done) {
    return farm::reactive_average{policy}.step(signals{.worker_queue = waiting,
                                                       .result_queue = results,
                                                       .output_queue = done,
                                                       .workers = 9,
                                                       .enqueued_total = enqueued});
  };
  CHECK(decide(10, 0, 0, 10) == +1);  // nothing active: busy 0
  CHECK(decide(11, 0, 0, 10) == +1);  // active 1, busy 0
  CHECK(decide(12, 0, 0, 10) == 0);   // active 2, busy 1
  CHECK(decide(13, 0, 0, 10) == -1);  // active 3, busy 2
  CHECK(decide(13, 1, 0, 10) == 0);
  CHECK(decide(13, 0, 1, 10) == 0);
  CHECK(decide(13, 1, 1, 10) == +1);
  CHECK(decide(0, 0, 0, 10) == +1);  // a counter that starts late: active is not negative
}

TEST_CASE("no more workers are busy than there are") {
  signals o = at_rate(2.25);
  o.enqueued_total = 1000;
  CHECK(farm::reactive_average{earlier}.step(o) == +1);  // 4.5 - 4, and not 4.5 - 979
}

TEST_CASE("the latency is at least 0.1 s, the horizon at least the latency and at least 1 s, arrivals at least 0") {
  // Earlier formula; busy is 2 of 9 workers.
  signals o{.output_queue = 20, .workers = 9, .arrival_rate = 25, .enqueued_total = 23};
  const auto decide = [&](double horizon) {
    return farm::reactive_average{{.horizon_s = horizon, .formula = farm::reactive_formula::earlier}}.step(o);
  };
  CHECK(decide(8) == +1);  // 25 * 0.1 = 2.5: +0.5
  o.arrival_rate = 24;
  CHECK(decide(8) == 0);
  o = {.worker_queue = 2, .output_queue = 20, .workers = 9, .average_latency = 16, .enqueued_total = 25};
  CHECK(decide(8) == 0);    // 2 / 16 * 16 = 2; over 8 it would be 4
  CHECK(decide(32) == -1);  // 2 / 32 * 16 = 1
  o = {.worker_queue = 4, .output_queue = 20, .workers = 9, .average_latency = 0.5, .enqueued_total = 27};
  CHECK(decide(0.25) == 0);  // 4 / 1 * 0.5 = 2; over 0.5 it would be 4
  o = {.worker_queue = 8,
       .output_queue = 20,
       .workers = 9,
       .average_latency = 2,
       .arrival_rate = -1,
       .enqueued_total = 31};
  CHECK(decide(8) == 0);  // 8 / 8 * 2 = 2 and nothing off it
}

TEST_CASE("safety multiplies the demand, adjustment weighs the busy workers") {
  CHECK(farm::reactive_average{{.safety = 1.25}}.step(at_rate(1.6)) == +1);    // 3.2 * 1.25 = 4: +0.5
  CHECK(farm::reactive_average{{.safety = 1.125}}.step(at_rate(1.6)) == 0);    // 3.6
  CHECK(farm::reactive_average{{.adjustment = 0}}.step(at_rate(2)) == 0);      // 4 - 4
  CHECK(farm::reactive_average{{.adjustment = 1}}.step(at_rate(1.75)) == +1);  // 3.5 - 3
}

TEST_CASE("the mean is what reactive_average looks at") {
  signals o = at_rate(1.75);
  CHECK(farm::reactive_average{}.step(o) == 0);
  o.maximum_latency = 100;
  CHECK(farm::reactive_average{}.step(o) == 0);
  o.maximum_latency = unknown;
  CHECK(farm::reactive_average{}.step(o) == 0);
  o.average_latency = 4;  // demand 7, weighed 1
  CHECK(farm::reactive_average{}.step(o) == +1);
}

TEST_CASE("what it needs and cannot see makes reactive_average hold, whatever the formula") {
  double signals::*const fields[] = {&signals::worker_queue,  &signals::result_queue,    &signals::output_queue,
                                     &signals::workers,       &signals::average_latency, &signals::arrival_rate,
                                     &signals::enqueued_total};
  for (const double rate : {0.0, 50.0}) {  // -1 and +1 with open eyes
    for (const farm::reactive_options& options : {farm::reactive_options{}, earlier}) {
      REQUIRE(farm::reactive_average{options}.step(at_rate(rate)) != 0);
      for (const auto field : fields) {
        for (const double bad : {unknown, infinite, -infinite}) {
          if (field == &signals::average_latency && bad == -infinite) continue;  // below 0.1 is 0.1
          signals o = at_rate(rate);
          o.*field = bad;
          CHECK(farm::reactive_average{options}.step(o) == 0);
        }
      }
    }
  }
}

TEST_CASE("impossible reactive options are refused") {
  const auto make = [](const farm::reactive_options& o) { return farm::reactive_average{o}; };
  CHECK_THROWS_WITH(make({.horizon_s = 0}), "reactive_average: horizon_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.horizon_s = unknown}), "reactive_average: horizon_s is nan, must be positive and finite");
  CHECK_THROWS_WITH(make({.safety = 0.5}), "reactive_average: safety is 0.5, must be at least 1, and finite");
  CHECK_THROWS_WITH(make({.safety = infinite}), "reactive_average: safety is inf, must be at least 1, and finite");
  CHECK_THROWS_WITH(make({.adjustment = -0.5}),
                    "reactive_average: adjustment is -0.5, must be zero or more, and finite");
  CHECK_NOTHROW(make({.horizon_s = 0.1, .safety = 1, .adjustment = 0}));
}

TEST_CASE("reactive_average takes no memory") {
  farm::reactive_average policy;
  CHECK(allocations_in([&] {
          policy.start(at_rate(1));
          for (int k = 0; k < 100; ++k) policy.step(at_rate(0.1 * k));
          policy.stop(at_rate(1), episode::truncated);
        }) == 0);
}
