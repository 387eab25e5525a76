#include <headroom/baselines/square_root_staffing.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct gauge {
  double time_s = 0;
  double replicas = 10;
  double arrivals = 0;
  double waiting = 0;
};
const signals<gauge> see{
    .time_s = &gauge::time_s, .replicas = &gauge::replicas, .load = &gauge::arrivals, .backlog = &gauge::waiting};
constexpr replica_limits free_hand{.minimum = 1, .maximum = 1000, .max_up = 1000, .max_down = 1000};
// Nothing but the load and its square root, at once: level and trend follow within a nanosecond.
constexpr square_root_staffing_options plain{
    .service_s = 0.5, .level_s = 1e-9, .trend_s = 1e-9, .trend = 0, .margin = 2, .backlog = 0, .hold = 0, .least = 0};

template <class Options>
square_root_staffing_options with(Options&& change) {
  square_root_staffing_options o = plain;
  change(o);
  return o;
}

}  // namespace

TEST_CASE("square-root staffing asks for the offered load and a margin of its root") {
  square_root_staffing policy{see, plain, free_hand};
  static_assert(Policy<decltype(policy), gauge, int>);
  gauge o;
  CHECK(policy.start(o) == -9);  // nothing was seen or is expected
  o.replicas = 1;
  const struct {
    double per_s;
    double replicas;
  } cases[] = {{8, 8}, {32, 24}, {200, 120}, {0, 1}};  // a = 4, 16, 100, 0
  for (const auto& [per_s, replicas] : cases) {
    o.time_s += 10;
    o.arrivals = per_s;
    o.replicas += policy.step(o);
    CHECK(o.replicas == replicas);
  }
  CHECK(policy.refused() == refused_signals{});
}

TEST_CASE("the load of the first observation is what was expected, whatever it shows") {
  square_root_staffing policy{see, with([](auto& o) { o.expected_per_s = 8; }), free_hand};
  CHECK(policy.start({.replicas = 8, .arrivals = 500}) == 0);
  CHECK(policy.target() == Approx(8));
}

TEST_CASE("level and trend are means with their time constants") {
  square_root_staffing policy{see, with([](auto& o) {
                                o.service_s = 1;
                                o.level_s = 20;
                                o.trend_s = 5;
                                o.trend = 0.5;
                                o.margin = 0;
                                o.expected_per_s = 10;
                              }),
                              free_hand};
  policy.start({.time_s = 100});
  policy.step({.time_s = 110, .arrivals = 30});
  const double level = 10 + (1 - std::exp(-0.5)) * 20;
  const double fast = 10 + (1 - std::exp(-2.0)) * 20;
  CHECK(policy.target() == Approx(level + 0.5 * (fast - level)));
  policy.step({.time_s = 111, .arrivals = 0});
  const double level_then = level * std::exp(-1.0 / 20);
  const double fast_then = fast * std::exp(-1.0 / 5);
  CHECK(policy.target() == Approx(level_then + 0.5 * (fast_then - level_then)));
}

TEST_CASE("what waits, what is spare and what is least counts") {
  square_root_staffing policy{see, with([](auto& o) {
                                o.spare = 1.5;
                                o.backlog = 0.25;
                                o.least = 4;
                              }),
                              free_hand};
  policy.start({});
  policy.step({.time_s = 1, .arrivals = 0, .waiting = 0});
  CHECK(policy.target() == 4);
  policy.step({.time_s = 2, .arrivals = 8, .waiting = 6});
  CHECK(policy.target() == Approx(4 + 4 + 1.5 + 1.5));
}

TEST_CASE("replicas beyond the target are kept as long as they are few") {
  square_root_staffing policy{see, with([](auto& o) { o.hold = 2; }), free_hand};  // at 8 per second: 8
  policy.start({});
  CHECK(policy.step({.time_s = 1, .replicas = 10, .arrivals = 8}) == 0);
  CHECK(policy.step({.time_s = 2, .replicas = 11, .arrivals = 8}) == -3);
  CHECK(policy.step({.time_s = 3, .replicas = 8, .arrivals = 8}) == 0);
  CHECK(policy.step({.time_s = 4, .replicas = 7, .arrivals = 8}) == +1);
}

TEST_CASE("square-root staffing respects its limits") {
  square_root_staffing policy{see, plain, {.minimum = 3, .maximum = 12, .max_up = 2, .max_down = 1}};
  policy.start({});
  CHECK(policy.step({.time_s = 1, .replicas = 5, .arrivals = 1e300}) == +2);
  CHECK(policy.step({.time_s = 2, .replicas = 11, .arrivals = std::numeric_limits<double>::max()}) == +1);
  CHECK(policy.step({.time_s = 3, .replicas = 12, .arrivals = 0}) == -1);
  CHECK(policy.step({.time_s = 4, .replicas = 15, .arrivals = 1e9}) == -1);
  CHECK(policy.refused().above_maximum == 1);
}

TEST_CASE("signals that are none keep the scale, and are counted") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  square_root_staffing policy{see, plain, free_hand};
  policy.start({.time_s = 10});
  CHECK(policy.step({.time_s = 20, .replicas = 8, .arrivals = 8}) == 0);
  CHECK(policy.step({.time_s = 30, .replicas = 8, .arrivals = none}) == 0);
  CHECK(policy.step({.time_s = 30, .replicas = 8, .arrivals = -1}) == 0);
  CHECK(policy.step({.time_s = 30, .replicas = 8, .arrivals = 800, .waiting = none}) == 0);
  CHECK(policy.step({.time_s = none, .replicas = 8, .arrivals = 800}) == 0);
  CHECK(policy.step({.time_s = 5, .replicas = 8, .arrivals = 800}) == 0);  // the clock jumped
  CHECK(policy.step({.time_s = 6, .replicas = none, .arrivals = 8}) == 0);
  CHECK(policy.refused() == refused_signals{.values = 3, .clocks = 2, .replicas = 1});
  CHECK(policy.step({.time_s = 7, .replicas = 8, .arrivals = 32}) == 16);
}

TEST_CASE("options and coordinates are each other's inverse") {
  const square_root_staffing_options o{.service_s = 2,
                                       .level_s = 33,
                                       .trend_s = 4,
                                       .trend = -0.5,
                                       .margin = 1.25,
                                       .spare = -3,
                                       .backlog = 0.1,
                                       .hold = 0.5,
                                       .least = 2.5,
                                       .expected_per_s = 7};
  const auto x = o.coordinates();
  const auto back = square_root_staffing_options::at(x, 2);
  CHECK(back.service_s == 2);
  CHECK(back.level_s == Approx(33));
  CHECK(back.trend_s == Approx(4));
  CHECK(back.trend == -0.5);
  CHECK(back.margin == 1.25);
  CHECK(back.spare == -3);
  CHECK(back.backlog == 0.1);
  CHECK(back.hold == Approx(0.5));
  CHECK(back.least == 2.5);
  CHECK(back.expected_per_s == 7);
  // Wherever a search may go, what comes of it can be run.
  for (const double wild : {-1e300, -1000.0, 1000.0, 1e300}) {
    const std::vector<double> far(square_root_staffing_options::dimension, wild);
    CHECK_NOTHROW(checked(square_root_staffing_options::at(far, 1)));
  }
}

TEST_CASE("a decision of square-root staffing takes no memory") {
  square_root_staffing policy{see, plain, free_hand};
  policy.start({});
  gauge o;
  CHECK(allocations_in([&] {
          for (int k = 0; k < 1000; ++k) {
            o.time_s += 1;
            o.arrivals = k % 7;
            policy.step(o);
          }
        }) == 0);
}

TEST_CASE("square-root staffing refuses what cannot be") {
  const auto refused = [](auto&& change, const char* sentence) {
    CHECK_THROWS_WITH(square_root_staffing(see, with(change)), sentence);
  };
  refused([](auto& o) { o.service_s = 0; }, "square_root_staffing: service_s is 0, must be positive and finite");
  refused([](auto& o) { o.level_s = -1; }, "square_root_staffing: level_s is -1, must be positive and finite");
  refused([](auto& o) { o.trend_s = 0; }, "square_root_staffing: trend_s is 0, must be positive and finite");
  refused([](auto& o) { o.hold = -1; }, "square_root_staffing: hold is -1, must be zero or more, and finite");
  refused([](auto& o) { o.margin = std::nan(""); }, "square_root_staffing: margin is nan, must be finite");
  signals<gauge> blind = see;
  blind.load = {};
  CHECK_THROWS_WITH(square_root_staffing(blind, plain), "square_root_staffing: signals.load is missing, must be named");
  CHECK_THROWS_WITH(square_root_staffing_options::at(std::vector<double>{1}, 1),
                    "square_root_staffing: number of coordinates is 1, must be 9");
  CHECK_THROWS_WITH(square_root_staffing_options::at(std::vector<double>(9, std::nan("")), 1),
                    "square_root_staffing: a coordinate is nan, must be finite");
}

TEST_CASE("square-root staffing: the band that holds begins half a replica beside the target") {
  // 5 replicas and hold 1: kept from 3.5 to 5.5.
  const auto answer = [](double target) {
    square_root_staffing policy{see, with([&](auto& o) {
                                  o.margin = 0;
                                  o.hold = 1;
                                }),
                                free_hand};
    policy.start({.time_s = 0, .replicas = 5, .arrivals = target / plain.service_s});
    return policy.step({.time_s = 10, .replicas = 5, .arrivals = target / plain.service_s});
  };
  CHECK(answer(3.7) == 0);
  CHECK(answer(3.51) == 0);
  CHECK(answer(3.4) == -2);
  CHECK(answer(5.4) == 0);
  CHECK(answer(5.6) == +1);
}
