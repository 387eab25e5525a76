#include <headroom/baselines/openfaas_pro.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct function {
  double time_s = 0;
  double replicas = 1;
  double ready = 1;
  double load = 0;
};
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
const signals<function> see{.time_s = &function::time_s, .replicas = &function::replicas, .ready = &function::ready};
const feature<function> load = &function::load;
constexpr replica_limits wide{.minimum = 0, .maximum = 20, .max_up = 20, .max_down = 20};

int wanted(const openfaas_pro_options& o, double ready, double metric) {
  openfaas_pro policy{see, load, o, wide};
  policy.start({.replicas = ready, .ready = ready, .load = metric});
  return policy.desired();
}

}  // namespace

TEST_CASE("wanted is the load by the share of the target, as in the examples of the documentation") {
  const openfaas_pro_options five{.target = 5, .target_proportion = 1};
  CHECK(wanted(five, 1, 15) == 3);
  CHECK(wanted(five, 3, 25) == 5);
  CHECK(wanted(five, 3, 0) == 1);  // brought up to the least
  CHECK(wanted({.target = 100, .target_proportion = 0.7}, 1, 90) == 2);
  CHECK(wanted({}, 1, 45) == 1);  // 50 * 0.9
  CHECK(wanted({}, 1, 45.01) == 2);
  CHECK(wanted({}, 1, 1e6) == 20);
  // The same load as a mean: nothing is ready, nothing is carried.
  CHECK(wanted({.target = 5, .target_proportion = 1, .per_replica = true}, 3, 10) == 6);
  CHECK(wanted({.target = 5, .target_proportion = 1, .per_replica = true}, 0, 10) == 1);
}

TEST_CASE("between two evaluations the policy moves on towards what was wanted") {
  openfaas_pro policy{
      see, load, {.target = 1, .target_proportion = 1}, {.minimum = 2, .maximum = 9, .max_up = 2, .max_down = 1}};
  static_assert(Policy<decltype(policy), function, int>);
  CHECK(policy.start({.time_s = 0, .replicas = 2, .load = 7}) == 2);
  CHECK(policy.step({.time_s = 8, .replicas = 4, .load = 1}) == 2);
  CHECK(policy.desired() == 7);
  CHECK(policy.step({.time_s = 15, .replicas = 6, .load = 1}) == -1);
  CHECK(policy.desired() == 2);
  CHECK(policy.step({.time_s = 30, .replicas = 6, .load = 100}) == 2);
  CHECK(policy.desired() == 9);
}

TEST_CASE("the metric is averaged where that is asked for") {
  openfaas_pro policy{see, load, {.target = 1, .target_proportion = 1, .load_window_s = 4, .period_s = 0}, wide};
  policy.start({.time_s = 0, .load = 2});
  CHECK(policy.desired() == 2);
  policy.step({.time_s = 1, .load = 8});
  CHECK(policy.desired() == 5);
  policy.step({.time_s = 5, .load = 8});
  CHECK(policy.desired() == 8);
}

TEST_CASE("a scale-down stops at the most that was wanted during the down window") {
  const openfaas_pro_options o{.target = 1, .target_proportion = 1, .period_s = 0, .down_window_s = 80};
  openfaas_pro policy{see, load, o, wide};
  double now_s = 0;
  policy.start({.time_s = 0, .replicas = 10, .load = 10});
  for (const double rate : {8.0, 8.0, 7.0, 6.0, 5.0, 4.0, 5.0, 5.0}) {
    now_s += 10;
    policy.step({.time_s = now_s, .replicas = 10, .load = rate});
  }
  CHECK(policy.desired() == 8);  // the 10 is as old as the window: out
  const auto at = [&](double time_s, double replicas, double rate) {
    policy.step({.time_s = time_s, .replicas = replicas, .load = rate});
    return policy.desired();
  };
  CHECK(at(85, 10, 2) == 8);
  CHECK(at(95, 8, 2) == 8);
  CHECK(at(100, 8, 2) == 7);
  CHECK(at(101, 5, 2) == 5);    // it holds back a scale-down, it does not scale up
  CHECK(at(102, 5, 15) == 15);  // which is free
  CHECK(at(183, 15, 2) == 2);
  policy.start({.time_s = 184, .replicas = 15, .load = 2});
  CHECK(policy.desired() == 2);
}

TEST_CASE("zero comes after a time without load and ends with the first of it") {
  openfaas_pro policy{see, load, {.scale_to_zero = true, .zero_duration_s = 60}, wide};
  policy.start({.time_s = 0, .load = 3});
  const auto at = [&](double time_s, double replicas, double rate) {
    policy.step({.time_s = time_s, .replicas = replicas, .ready = replicas, .load = rate});
    return policy.desired();
  };
  CHECK(at(15, 1, 0) == 1);
  CHECK(at(30, 1, 0.1) == 1);
  CHECK(at(75, 1, 0) == 1);
  CHECK(at(90, 1, 0) == 0);
  CHECK(at(91, 0, 0.1) == 1);  // a request does not wait for the next evaluation
  CHECK(at(95, 1, 0) == 1);
  CHECK(at(151, 1, 0) == 0);

  policy = openfaas_pro{see, load, {}, wide};
  policy.start({.time_s = 0});
  CHECK(at(10'000, 1, 0) == 1);
}

TEST_CASE("what the policy cannot use it counts, and keeps the scale") {
  openfaas_pro policy{see, load, {.target = 1, .target_proportion = 1, .period_s = 0, .down_window_s = 300}, wide};
  CHECK(policy.start({.time_s = 0, .replicas = 4, .load = unknown}) == 0);
  CHECK(policy.desired() == 4);
  CHECK(policy.step({.time_s = 1, .replicas = 4, .load = 9}) == 5);
  CHECK(policy.step({.time_s = 2, .replicas = 4, .load = -1}) == 0);
  CHECK(policy.step({.time_s = 3, .replicas = 4, .load = infinite}) == 0);
  CHECK(policy.step({.time_s = 4, .replicas = -1, .load = 9}) == 0);
  CHECK(policy.step({.time_s = 4, .replicas = 4, .ready = unknown, .load = 9}) == 0);
  CHECK(policy.step({.time_s = 5, .replicas = 50, .load = unknown}) == -20);
  CHECK(policy.step({.time_s = infinite, .replicas = 4, .load = 9}) == 0);
  CHECK(policy.refused() == refused_signals{.values = 4, .clocks = 1, .replicas = 2, .above_maximum = 1});
  CHECK(policy.step({.time_s = -50, .replicas = 9, .load = 1}) == 0);   // jumped back
  CHECK(policy.step({.time_s = -49, .replicas = 9, .load = 1}) == -8);  // and the 9 is forgotten
  CHECK(policy.refused().clocks == 2);
}

TEST_CASE("impossible labels are refused") {
  const auto make = [](const openfaas_pro_options& o) { return openfaas_pro{see, load, o, wide}; };
  CHECK_THROWS_WITH(make({.target = 0}), "openfaas_pro: target is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.target_proportion = unknown}),
                    "openfaas_pro: target_proportion is nan, must be positive and finite");
  CHECK_THROWS_WITH(make({.down_window_s = 301}), "openfaas_pro: down_window_s is 301, must be in [0, 300]");
  CHECK_THROWS_WITH(make({.period_s = -1}), "openfaas_pro: period_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH((openfaas_pro{see, feature<function>{}}), "openfaas_pro: signals.metric is missing, must be named");
}

TEST_CASE("the policy takes no memory after construction") {
  openfaas_pro policy{see, load, {.load_window_s = 30, .period_s = 0, .down_window_s = 300}, wide};
  CHECK(allocations_in([&] {
          policy.start({.load = 3});
          for (int t = 1; t < 5000; ++t) policy.step({.time_s = 0.1 * t, .replicas = 4, .load = 5000.0 - t});
          policy.stop({}, episode::terminated);
        }) == 0);
}
