#include <headroom/baselines/target_tracking.hpp>

#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/systems/farm/signals.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double time_s = 0;
  double replicas = 3;
  double metric = 0;
  double ready = 3;
  double other = 0;
  double missing = 0;
  double unready = 0;
};
const signals<sample> see{.time_s = &sample::time_s, .replicas = &sample::replicas};
const signals<sample> see_ready{.time_s = &sample::time_s, .replicas = &sample::replicas, .ready = &sample::ready};

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr int any = std::numeric_limits<int>::max();
constexpr replica_limits wide{.minimum = 1, .maximum = 40, .max_up = any, .max_down = any};
constexpr replica_limits from_zero{.minimum = 0, .maximum = 40, .max_up = any, .max_down = any};

// A total that replicas share, ten each; every observation is an evaluation.
target_tracking_options shared(double down_stabilisation_s = 0) {
  return {.kind = target_kind::average_value,
          .target = 10,
          .sync_period_s = 0,
          .down_stabilisation_s = down_stabilisation_s};
}
target_tracking<sample> make(const target_tracking_options& options, const replica_limits& limits = wide) {
  return {see, &sample::metric, options, limits};
}

}  // namespace

TEST_CASE("target tracking asks for the replicas that the target says") {
  auto policy = make(shared());
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start({0, 3, 60}) == +3);
  CHECK(policy.desired() == 6);
  CHECK(policy.raw() == 6);
  CHECK(policy.step({15, 6, 61}) == 0);  // within the tolerance
  CHECK(policy.raw() == 6);
  CHECK(policy.step({30, 6, 20}) == -4);
  CHECK(policy.step({45, 2, 500}) == +2);  // at most to max(2 N, 4)
  CHECK(policy.raw() == 50);
  CHECK(policy.step({60, 4, 500}) == +4);
  CHECK(policy.step({75, 30, 500}) == +10);
  CHECK(policy.step({90, 40, 0}) == -39);  // the minimum is above what is asked for
  CHECK(policy.raw() == 0);
  CHECK(policy.refused() == refused_signals{});
}

TEST_CASE("the highest recommendation of the window holds replicas, the first of all is what was there") {
  auto policy = make(shared(300));
  CHECK(policy.start({0, 8, 20}) == 0);
  CHECK(policy.raw() == 2);
  CHECK(policy.step({299, 8, 20}) == 0);
  CHECK(policy.step({300, 8, 20}) == -6);
  CHECK(policy.step({310, 2, 70}) == +2);
  CHECK(policy.step({320, 4, 30}) == +3);  // the raw 7 is remembered, not the 4 that were allowed
  CHECK(policy.step({609.9, 7, 10}) == 0);
  CHECK(policy.step({610, 7, 10}) == -4);  // the 7 has gone, the 3 of 320 s holds
  CHECK(policy.step({620, 3, 10}) == -2);
}

TEST_CASE("an episode starts without a past") {
  auto policy = make(shared(300));
  CHECK(policy.start({0, 8, 80}) == 0);
  CHECK(policy.step({15, 8, 20}) == 0);
  policy.stop({30, 8, 20}, episode::truncated);
  CHECK(policy.start({0, 4, 20}) == 0);    // an earlier clock is no jump
  CHECK(policy.step({300, 4, 20}) == -2);  // the 8 is forgotten
  CHECK(policy.refused().clocks == 0);
}

TEST_CASE("evaluations are a sync period apart, and in between the policy goes on towards the last answer") {
  auto options = shared();
  options.sync_period_s = 15;
  auto policy = make(options, {.minimum = 1, .maximum = 40, .max_up = 1, .max_down = 1});
  CHECK(policy.start({0, 3, 60}) == +1);
  CHECK(policy.desired() == 6);
  CHECK(policy.step({5, 4, 10}) == +1);
  CHECK(policy.step({10, 5, 10}) == +1);
  CHECK(policy.step({14, 6, 10}) == 0);
  CHECK(policy.step({15 - 2e-9, 6, 10}) == 0);
  CHECK(policy.step({15, 6, 10}) == -1);
  CHECK(policy.desired() == 1);
  CHECK(policy.step({20, 5, 900}) == -1);
  CHECK(policy.step({30 - 1e-10, 4, 900}) == +1);
  CHECK(policy.desired() == 8);
}

TEST_CASE("the most that any metric asks for") {
  target_tracking_options options = shared();
  options.also = {{target_kind::value, 100}};
  target_tracking policy(see, {&sample::metric, &sample::other}, options, wide);
  CHECK(policy.start({0, 4, 60, 4, 100}) == +2);
  CHECK(policy.step({15, 4, 10, 4, 150}) == +2);
  CHECK(policy.step({30, 4, 10, 4, 50}) == -2);
  CHECK(policy.step({45, 4, 10, 4, 0}) == -3);
  CHECK(policy.refused().total() == 0);
}

TEST_CASE("of several metrics one that failed does not stop the way up, and stops the way down") {
  target_tracking_options options = shared();
  options.also = {{target_kind::value, 100}};
  target_tracking policy(see, {&sample::metric, &sample::other}, options, wide);
  CHECK(policy.start({0, 4, 60, 4, unknown}) == +2);
  CHECK(policy.raw() == 6);
  CHECK(policy.step({15, 4, unknown, 4, 150}) == +2);
  CHECK(policy.step({30, 4, 10, 4, unknown}) == 0);
  CHECK(policy.raw() == 4);
  CHECK(policy.step({45, 4, -1, 4, 50}) == 0);
  CHECK(policy.step({60, 4, 40, 4, unknown}) == 0);  // the other is content
  CHECK(policy.step({75, 4, unknown, 4, infinite}) == 0);
  CHECK(policy.refused().values == 7);
}

TEST_CASE("what failed is not remembered as a recommendation") {
  auto policy = make(shared(300));
  CHECK(policy.start({0, 8, 10}) == 0);
  CHECK(policy.step({200, 8, unknown}) == 0);
  CHECK(policy.step({300, 8, 10}) == -7);
}

TEST_CASE("each direction has its own tolerance") {
  auto options = shared();
  options.behavior.emplace();
  options.behavior->down.stabilisation_s = 0;
  SECTION("not given: one for both, by the older law, which 1.1 does not meet") {
    auto policy = make(options);
    CHECK(policy.start({0, 10, 110}) == +1);
    CHECK(policy.step({15, 10, 90}) == 0);
    CHECK(policy.step({30, 10, 89}) == -1);
  }
  SECTION("exactly met is kept, on both sides") {
    options.behavior->up.tolerance = 0.25;
    options.behavior->down.tolerance = 0.5;
    auto policy = make(options);
    CHECK(policy.start({0, 10, 125}) == 0);
    CHECK(policy.step({15, 10, 125.1}) == +3);
    CHECK(policy.step({30, 10, 50}) == 0);
    CHECK(policy.step({45, 10, 49.9}) == -5);
  }
  SECTION("the side that is not given has the common one, by the newer law") {
    options.behavior->down.tolerance = 0;
    auto policy = make(options);
    CHECK(policy.start({0, 10, 110}) == 0);
    CHECK(policy.step({15, 10, 111}) == +2);
    CHECK(policy.step({30, 10, 99}) == 0);  // ceil(9.9)
    CHECK(policy.step({45, 10, 90}) == -1);
  }
  SECTION("none at all") {
    options.tolerance = 0;
    auto policy = make(options);
    CHECK(policy.start({0, 10, 100}) == 0);
    CHECK(policy.step({15, 10, 100.001}) == +1);
  }
}

TEST_CASE("none stays none where the minimum says so: autoscaling is off") {
  auto policy = make(shared());
  CHECK(policy.start({0, 0, 500}) == 0);
  CHECK(policy.desired() == 0);
  CHECK(policy.step({15, 0, 500}) == 0);
  CHECK(policy.step({30, 3, 500}) == +3);
  // Between two evaluations, too, and it looks the moment somebody switches it on again.
  auto options = shared();
  options.sync_period_s = 15;
  auto slow = make(options);
  CHECK(slow.start({0, 3, 50}) == +2);
  CHECK(slow.step({1, 0, 50}) == 0);
  CHECK(slow.step({2, 3, 60}) == +3);
  CHECK(slow.refused().total() == 0);
}

TEST_CASE("none goes up and down again where the minimum is none") {
  auto policy = make(shared(), from_zero);
  CHECK(policy.start({0, 0, 0}) == 0);
  CHECK(policy.step({15, 0, 1}) == +1);
  CHECK(policy.step({30, 0, 900}) == +4);
  CHECK(policy.step({45, 4, 0}) == -4);

  target_tracking_options value = shared();
  value.kind = target_kind::value;
  auto ratio = make(value, from_zero);
  CHECK(ratio.start({0, 0, 10}) == +1);
  CHECK(ratio.step({15, 0, 10.5}) == +2);  // no tolerance from none
  target_tracking_options busy = shared();
  busy.kind = target_kind::utilisation;
  auto nobody = make(busy, from_zero);
  CHECK(nobody.start({0, 0, 1}) == 0);  // of no replicas there is no utilisation
}

TEST_CASE("outside its limits it leads back, whatever the metrics say") {
  auto policy = make(shared(), {.minimum = 3, .maximum = 8, .max_up = any, .max_down = any});
  CHECK(policy.start({0, 20, 500}) == -12);
  CHECK(policy.desired() == 8);
  CHECK(policy.refused().above_maximum == 1);
  CHECK(policy.step({15, 20, unknown}) == -12);
  CHECK(policy.step({30, 1, 500}) == +2);
  CHECK(policy.desired() == 3);
  CHECK(policy.step({45, 1, unknown}) == +2);
  CHECK(policy.step({60, 3, 10}) == 0);
  CHECK(policy.desired() == 3);
  CHECK(policy.raw() == 1);
  CHECK(policy.refused().above_maximum == 2);
  CHECK(policy.refused().values == 2);

  auto slow = make({.kind = target_kind::average_value, .target = 10},
                   {.minimum = 3, .maximum = 8, .max_up = 1, .max_down = 1});
  CHECK(slow.start({0, 5, 50}) == 0);
  CHECK(slow.step({1, 9, unknown}) == -1);
  CHECK(slow.step({2, 2, unknown}) == +1);
}

TEST_CASE("replicas that do not serve yet hold back the way up of a utilisation") {
  target_tracking_options options{.target = 0.5, .sync_period_s = 0, .down_stabilisation_s = 0};
  target_tracking policy(see_ready, &sample::metric, options, wide);
  CHECK(policy.start({0, 6, 1, 6}) == +6);
  CHECK(policy.step({15, 6, 1, 3}) == 0);     // 300/600 is on target
  CHECK(policy.step({30, 4, 1, 3}) == +2);    // 75 %
  CHECK(policy.step({45, 6, 0.2, 3}) == -4);  // on the way down they do not count
  CHECK(policy.step({60, 6, 1, 0}) == 0);     // nobody can say

  target_tracking named(see_ready, &sample::metric, options, wide, {&sample::missing, &sample::unready});
  CHECK(named.start({0, 6, 1, 3, 0, 0, 0}) == 0);          // 2 times 3
  CHECK(named.step({15, 4, 1, 4, 0, 1, 0}) == +2);         // one of the four is missing: 75 %
  CHECK(named.step({30, 11, 0.2, 11, 0, 1, 0}) == -5);     // counts as 100 %: 27 %
  CHECK(named.step({45, 4, 0.3, 4, 0, 3, 0}) == 0);        // it would turn round
  CHECK(named.step({60, 4, 0.3, 4, 0, unknown, 0}) == 0);  // how many is not known
  CHECK(named.refused().replicas == 1);
}

TEST_CASE("the ready ones count for a value, and all of them for a total") {
  target_tracking_options options = shared();
  options.kind = target_kind::value;
  target_tracking policy(see_ready, &sample::metric, options, wide);
  CHECK(policy.start({0, 6, 20, 4}) == +2);
  CHECK(policy.step({15, 6, 20, unknown}) == 0);
  CHECK(policy.refused().replicas == 1);
  target_tracking total(see_ready, &sample::metric, shared(), wide);
  CHECK(total.start({0, 6, 80, 4}) == +2);
}

TEST_CASE("the moves that were made count against the rates, not those that were wished") {
  target_tracking_options options = shared();
  options.behavior.emplace();
  options.behavior->up.policies = {{scaling_unit::replicas, 4, 60}};
  SECTION("all at once") {
    auto policy = make(options);
    CHECK(policy.start({0, 3, 300}) == +4);
    CHECK(policy.step({30, 7, 300}) == 0);
    CHECK(policy.step({60, 7, 300}) == +4);
  }
  SECTION("one in a step") {
    auto policy = make(options, {.minimum = 1, .maximum = 40, .max_up = 1, .max_down = 1});
    CHECK(policy.start({0, 3, 300}) == +1);
    CHECK(policy.desired() == 7);
    CHECK(policy.step({20, 4, 300}) == +1);
    CHECK(policy.desired() == 7);  // 4 - 1 + 4
    CHECK(policy.step({60, 5, 300}) == +1);
    CHECK(policy.desired() == 8);  // the first has gone: 5 - 1 + 4
  }
  SECTION("and where somebody overrides, what was executed") {
    auto policy = make(options);
    CHECK(policy.start({0, 3, 300}) == +4);
    policy.executed(+1);
    CHECK(policy.step({30, 4, 300}) == +3);
  }
}

TEST_CASE("a behaviour disables a direction") {
  target_tracking_options options = shared();
  options.behavior.emplace();
  options.behavior->down.select = scaling_select::disabled;
  options.behavior->down.stabilisation_s = 0;
  auto policy = make(options);
  CHECK(policy.start({0, 8, 10}) == 0);
  CHECK(policy.raw() == 1);
  CHECK(policy.step({15, 8, 400}) == +8);
}

TEST_CASE("what it cannot use keeps the scale and is counted, each once") {
  auto policy = make(shared());
  CHECK(policy.start({0, 3, 60}) == +3);
  for (const double bad : {unknown, infinite, -infinite, -1.0}) CHECK(policy.step({15, 3, bad}) == 0);
  CHECK(policy.refused().values == 4);
  for (const double bad : {unknown, infinite, -infinite, -1.0}) CHECK(policy.step({15, bad, 60}) == 0);
  CHECK(policy.refused().replicas == 4);
  for (const double bad : {unknown, infinite, -infinite}) CHECK(policy.step({bad, 3, 60}) == 0);
  CHECK(policy.refused().clocks == 3);
  CHECK(policy.refused().above_maximum == 0);
  CHECK(policy.refused().total() == 11);
  CHECK(policy.step({15, 3, 60}) == +3);

  // Between two evaluations it neither moves on a metric that it cannot see.
  auto slow = make({.kind = target_kind::average_value, .target = 10},
                   {.minimum = 1, .maximum = 40, .max_up = 1, .max_down = 1});
  CHECK(slow.start({0, 3, 60}) == +1);
  CHECK(slow.step({1, 4, unknown}) == 0);
  CHECK(slow.step({2, 4, 60}) == +1);
  CHECK(slow.refused().values == 1);
}

TEST_CASE("a first observation that cannot be used keeps the scale") {
  auto policy = make(shared());
  CHECK(policy.start({unknown, 3, 60}) == 0);
  CHECK(policy.start({0, unknown, 60}) == 0);
  CHECK(policy.start({0, 3, unknown}) == 0);
  CHECK(policy.step({15, 3, 60}) == +3);
}

TEST_CASE("a clock that jumps back keeps the scale once, and the past is forgotten") {
  auto options = shared(300);
  options.sync_period_s = 15;
  auto policy = make(options);
  CHECK(policy.start({1000, 8, 80}) == 0);
  CHECK(policy.step({1015, 8, 20}) == 0);
  CHECK(policy.step({10, 6, 20}) == 0);
  CHECK(policy.refused().clocks == 1);
  CHECK(policy.step({11, 6, 20}) == 0);  // evaluates at once; the 6 that it finds are its first recommendation
  CHECK(policy.desired() == 6);
  CHECK(policy.step({311, 6, 20}) == -4);
  CHECK(policy.refused().clocks == 1);
}

TEST_CASE("windows shorter than the interval know the newest recommendation alone") {
  auto policy = make(shared(1));
  CHECK(policy.start({0, 8, 80}) == 0);
  CHECK(policy.step({15, 8, 20}) == -6);
}

TEST_CASE("more recommendations than foreseen keep a peak, and give it back") {
  auto options = shared(300);
  auto policy = make(options);
  CHECK(policy.start({0, 20, 400}) == +20);
  int replicas = 40;
  for (int k = 1; k < 100'000; ++k) {
    const int action = policy.step({0.01 * k, static_cast<double>(replicas), 10});
    if (0.01 * k < 300) REQUIRE(action == 0);
    replicas += action;
  }
  CHECK(replicas == 1);
}

TEST_CASE("the law alone: settled from replicas that were read one by one") {
  target_tracking_law law({.target = 0.5, .down_stabilisation_s = 0}, 1, 40);
  CHECK(law.metrics() == 1);
  const std::vector<pod_sample> pods{{1}, {1}, {1}, {.state = pod_state::missing}};
  CHECK(law.settle(0, 4, propose_by_pods({.target = 0.5}, pods, 4, law.tolerance())) == 6);
  CHECK(law.raw() == 6);
  CHECK(law.settle(15, 6, std::nullopt) == 6);
  CHECK(law.raw() == 6);
  CHECK(law.settle(30, 50, std::nullopt) == 40);
  CHECK(law.settle(45, 0, 7) == 0);
  CHECK(law.raw() == 7);
  law.forget();
  const double metric[] = {1.0};
  CHECK(law.step(0, {.current = 3, .ready = 3}, metric) == 6);
  CHECK(law.step(15, {.current = 6, .ready = 6}, metric) == 12);
}

TEST_CASE("replicas that are not whole are rounded") {
  auto policy = make(shared());
  CHECK(policy.start({0, 2.6, 60}) == +3);
  CHECK(policy.desired() == 6);
}

TEST_CASE("impossible target tracking is refused") {
  CHECK_THROWS_WITH(make({.target = 0}), "target_tracking: target is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.target = unknown}), "target_tracking: target is nan, must be positive and finite");
  CHECK_THROWS_WITH(make({.also = {{target_kind::value, -1}}}),
                    "target_tracking also: target is -1, must be positive and finite");
  CHECK_THROWS_WITH(make({.tolerance = -0.1}), "target_tracking: tolerance is -0.1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.sync_period_s = unknown}),
                    "target_tracking: sync_period_s is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.down_stabilisation_s = -1}),
                    "target_tracking: down_stabilisation_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.behavior = scaling_behavior_options{.up = {.stabilisation_s = -1}}}),
                    "scaling_behavior up: stabilisation_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({}, {.minimum = 5, .maximum = 4}),
                    "replica_limits: maximum is 4, must not be below minimum, 5");
  CHECK_THROWS_WITH(target_tracking_law({}, 5, 4), "target_tracking: maximum is 4, must not be below minimum, 5");
  CHECK_THROWS_WITH(target_tracking_law({}, -1, 4), "target_tracking: minimum is -1, must be at least 0");
  CHECK_THROWS_WITH(target_tracking(signals<sample>{}, &sample::metric),
                    "target_tracking: signals.time_s is missing, must be named");
  CHECK_THROWS_WITH(target_tracking(signals<sample>{.time_s = &sample::time_s}, &sample::metric),
                    "target_tracking: signals.replicas is missing, must be named");
  CHECK_THROWS_WITH(target_tracking(see, feature<sample>{}), "target_tracking: metric is missing, must be named");
  CHECK_THROWS_WITH(target_tracking(see, {&sample::metric, &sample::other}),
                    "target_tracking: number of metrics is 2, must be that of the targets, 1");
}

TEST_CASE("target tracking runs on the farm") {
  target_tracking policy(farm::all_signals(), &farm::observation::arrival_rate,
                         {.kind = target_kind::average_value, .target = 2},
                         {.minimum = 1, .maximum = 40, .max_up = 1, .max_down = 1});
  static_assert(CorrectablePolicy<decltype(policy), farm::observation, int>);
  farm::observation o;
  o.workers = 4;
  o.arrival_rate = 12;
  CHECK(policy.start(o) == +1);
  CHECK(policy.desired() == 6);
}

TEST_CASE("target tracking takes no memory") {
  target_tracking_options options{.target = 0.5, .also = {{target_kind::value, 2}}, .sync_period_s = 0};
  options.behavior.emplace();
  target_tracking policy(see, {&sample::metric, &sample::other}, options, wide);
  engine random(2);
  CHECK(allocations_in([&] {
          policy.start({});
          for (int k = 0; k < 2000; ++k) {
            policy.step({0.1 * k, static_cast<double>(random.below(20)), random.uniform(), 3, 4 * random.uniform()});
          }
          policy.step({0, 3, unknown});
          policy.stop({}, episode::truncated);
        }) == 0);
}

TEST_CASE("target_tracking: the laws are those of the version that is named") {
  target_tracking_options options{.target = 1.5};
  options.behavior =
      scaling_behavior_options{.up = {.policies = {{.unit = scaling_unit::percent, .value = 300, .period_s = 300}}},
                               .down = {.stabilisation_s = 0}};
  const auto answers = [&](kubernetes_version version) {
    options.version = version;
    target_tracking_law law(options);
    CHECK(law.settle(0, 4, 4) == 4);
    law.moved(0, +4);
    law.moved(15, -2);
    const std::vector<double> metric{0.9};
    return std::vector<int>{law.propose({.current = 10, .ready = 10, .missing = 4}, metric).value_or(-1),
                            law.settle(30, 6, 24)};
  };
  CHECK(target_tracking_options{}.version == kubernetes_version::v1_20);
  CHECK(answers(kubernetes_version::v1_20) == std::vector<int>{7, 8});
  CHECK(answers(kubernetes_version::v1_25) == std::vector<int>{7, 16});
  CHECK(answers(kubernetes_version::v1_26) == std::vector<int>{8, 16});
}
