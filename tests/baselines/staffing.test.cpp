#include <headroom/baselines/staffing.hpp>

#include <cmath>
#include <limits>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct gauge {
  double time_s = 0;
  double replicas = 10;
  double arrivals = 0;
  double service_s = 0.5;
};
const signals<gauge> see{.time_s = &gauge::time_s, .replicas = &gauge::replicas, .load = &gauge::arrivals};
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr replica_limits free_hand{.minimum = 1, .maximum = 1000, .max_up = 1000, .max_down = 1000};
constexpr staffing_options service{.service_s = 0.5, .slo = {.bound_s = 0.1, .probability = 0.95}};

}  // namespace

TEST_CASE("staffing asks for what Erlang asks for, at once") {
  staffing policy{see, service, free_hand};
  static_assert(Policy<decltype(policy), gauge, int>);
  gauge o;
  for (const double rate : {0.1, 3.0, 17.0, 200.0, 900.0, 1.0}) {
    o.time_s += 10;
    o.arrivals = rate;
    const int delta = o.time_s == 10 ? policy.start(o) : policy.step(o);
    o.replicas += delta;
    CAPTURE(rate);
    CHECK(o.replicas == fewest_servers(rate, 0.5, service.slo));
    CHECK(policy.desired() == o.replicas);
  }
  CHECK(policy.refused() == refused_signals{});
}

TEST_CASE("staffing respects its limits") {
  staffing policy{see, service, {.minimum = 3, .maximum = 12, .max_up = 2, .max_down = 1}};
  CHECK(policy.start({.time_s = 0, .replicas = 5, .arrivals = 1e300}) == +2);
  CHECK(policy.desired() == 12);
  CHECK(policy.step({.time_s = 1, .replicas = 11, .arrivals = 1e9}) == +1);
  CHECK(policy.step({.time_s = 2, .replicas = 12, .arrivals = 0}) == -1);
  CHECK(policy.desired() == 3);
  CHECK(policy.step({.time_s = 3, .replicas = 15, .arrivals = 1e9}) == -1);
  CHECK(policy.refused().above_maximum == 1);
  staffing unlimited{see, service, {.maximum = std::numeric_limits<int>::max(), .max_up = 1 << 30}};
  CHECK(unlimited.start({.arrivals = 1e307}) == 1 << 30);
  CHECK(unlimited.desired() == std::numeric_limits<int>::max());
  staffing none{see, service, {.minimum = 0, .maximum = 0}};
  CHECK(none.start({.replicas = 1, .arrivals = 7}) == -1);
}

TEST_CASE("a measured service time is used as it is") {
  staffing policy{see, &gauge::service_s, service, free_hand};
  gauge o;
  for (const double s : {0.5, 0.1, 2.0}) {
    for (const double rate : {0.0, 4.0, 40.0}) {
      o.time_s += 10;
      o.service_s = s;
      o.arrivals = rate;
      o.replicas += o.time_s == 10 ? policy.start(o) : policy.step(o);
      CAPTURE(s, rate);
      CHECK(o.replicas == std::max(1.0, fewest_servers(rate, s, service.slo)));
    }
  }
  const double before = o.replicas;
  for (const double bad : {0.0, -1.0, unknown, infinite}) {
    o.time_s += 10;
    o.service_s = bad;
    CHECK(policy.step(o) == 0);
    CHECK(policy.desired() == before);
  }
  CHECK(policy.refused().values == 4);
}

TEST_CASE("a smoothed load comes near in the time of its constant") {
  staffing_options slow = service;
  slow.smoothing_s = 60;
  staffing policy{see, slow, free_hand};
  gauge o{.arrivals = 20};
  o.replicas += policy.start(o);
  CHECK(o.replicas == fewest_servers(20, 0.5, slow.slo));  // the first load is all that is known
  o.time_s = 60;
  o.arrivals = 80;
  o.replicas += policy.step(o);
  CHECK(o.replicas == fewest_servers(80 - 60 * std::exp(-1.0), 0.5, slow.slo));
  o.time_s = 90;
  o.replicas += policy.step(o);
  CHECK(o.replicas == fewest_servers(80 - 60 * std::exp(-1.5), 0.5, slow.slo));
  // A new start, or a clock that jumps back, and the newest load is all that is known again.
  o.arrivals = 2;
  o.replicas += policy.start(o);
  CHECK(o.replicas == fewest_servers(2, 0.5, slow.slo));
  o.time_s = 10;
  o.arrivals = 50;
  CHECK(policy.step(o) == 0);
  CHECK(policy.refused().clocks == 1);
  o.time_s = 11;
  o.replicas += policy.step(o);
  CHECK(o.replicas == fewest_servers(50, 0.5, slow.slo));
}

TEST_CASE("what staffing cannot use makes it keep, and is counted") {
  staffing policy{see, service, {.maximum = 20, .max_up = 1, .max_down = 1}};
  CHECK(policy.start({.time_s = 0, .arrivals = unknown}) == 0);
  CHECK(policy.desired() == 10);
  for (const double bad : {unknown, infinite, -infinite, -1.0}) {
    CHECK(policy.step({.time_s = 1, .arrivals = bad}) == 0);
    CHECK(policy.step({.time_s = 1, .replicas = bad, .arrivals = 900}) == 0);
  }
  CHECK(policy.step({.time_s = unknown, .arrivals = 900}) == 0);
  CHECK(policy.step({.time_s = 2, .replicas = 30, .arrivals = unknown}) == -1);
  CHECK(policy.refused() == refused_signals{.values = 6, .clocks = 1, .replicas = 4, .above_maximum = 1});
  CHECK(policy.step({.time_s = 3, .arrivals = 900}) == +1);
}

TEST_CASE("staffing takes no memory after construction") {
  staffing fixed{see, service, free_hand};
  staffing measured{see, &gauge::service_s, service, free_hand};
  gauge o;
  CHECK(allocations_in([&] {
          for (int k = 0; k < 500; ++k) {
            o.time_s = k;
            o.arrivals = k % 97;
            o.replicas += k == 0 ? fixed.start(o) : fixed.step(o);
            o.replicas += k == 0 ? measured.start(o) : measured.step(o);
          }
          fixed.stop(o, episode::truncated);
        }) == 0);
}

TEST_CASE("impossible staffing is refused") {
  CHECK_THROWS_WITH(staffing(see, {.service_s = 0}), "staffing: service_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(staffing(see, {.slo = {.probability = 1}}), "waiting_slo: probability is 1, must be in (0, 1)");
  CHECK_THROWS_WITH(staffing(see, {.smoothing_s = unknown}),
                    "staffing: smoothing_s is nan, must be zero or more, and finite");
  signals<gauge> blind = see;
  blind.load = {};
  CHECK_THROWS_WITH(staffing(blind, service), "staffing: signals.load is missing, must be named");
}

TEST_CASE("staffing follows the service time where only that changes") {
  staffing policy{see, &gauge::service_s, {.slo = service.slo}, free_hand};
  gauge o{.time_s = 0, .replicas = 10, .arrivals = 20, .service_s = 0.2};
  policy.start(o);
  CHECK(policy.desired() == fewest_servers(20, 0.2, service.slo));
  o.time_s = 10;
  o.service_s = 2;
  policy.step(o);
  CHECK(policy.desired() == fewest_servers(20, 2, service.slo));
}

TEST_CASE("staffing: a replica of eight slots is eight servers, rounded up to whole replicas") {
  struct seen {
    double time_s = 0;
    double replicas = 1;
    double load = 0;
  };
  const signals<seen> of_seen{.time_s = &seen::time_s, .replicas = &seen::replicas, .load = &seen::load};
  staffing_options o{.service_s = 0.4};
  const replica_limits limits{1, 100, 100, 100};
  staffing one{of_seen, o, replica_limits{1, 800, 800, 800}};
  o.slots = 8;
  staffing eight{of_seen, o, limits};
  for (const double load : {0.1, 3.0, 20.0, 57.0, 110.0, 400.0}) {
    one.start({0, 1, load});
    eight.start({0, 1, load});
    CHECK(eight.desired() == static_cast<int>(std::ceil(one.desired() / 8.0)));
  }
  CHECK(eight.desired() > 400 * 0.4 / 8);
  o.slots = 0;
  CHECK_THROWS_WITH((staffing{of_seen, o, limits}), Catch::Contains("slots is 0, must be from 1 to 1000000"));
}
