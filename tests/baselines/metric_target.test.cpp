#include <headroom/baselines/metric_target.hpp>

#include <limits>
#include <optional>
#include <vector>

#include <headroom/core/random.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr int most = std::numeric_limits<int>::max();
constexpr tolerance_band one_tolerance{};
constexpr tolerance_band per_direction{.down = 0.1, .up = 0.1, .per_direction = true};

std::optional<int> replicas(int n) { return n; }
pod_counts all_ready(int n) { return {.current = n, .ready = n}; }
std::optional<int> total(double metric, int current, double target = 1, const tolerance_band& band = one_tolerance) {
  return propose({target_kind::average_value, target}, metric, all_ready(current), band);
}
std::optional<int> busy(double fraction, const pod_counts& pods, double target = 0.5) {
  return propose({target_kind::utilisation, target}, fraction, pods, one_tolerance);
}
std::optional<int> mean(double metric, const pod_counts& pods, double target = 10) {
  return propose({target_kind::pods, target}, metric, pods, one_tolerance);
}

}  // namespace

TEST_CASE("a value scales the ready replicas by its ratio to the target") {
  const metric_target t{target_kind::value, 50};
  CHECK(propose(t, 100, all_ready(3), one_tolerance) == replicas(6));
  CHECK(propose(t, 101, all_ready(3), one_tolerance) == replicas(7));
  CHECK(propose(t, 10, all_ready(3), one_tolerance) == replicas(1));
  CHECK(propose(t, 0, all_ready(3), one_tolerance) == replicas(0));
  CHECK(propose(t, 100, {.current = 3, .ready = 2}, one_tolerance) == replicas(4));
  CHECK(propose(t, 50, {.current = 3, .ready = 2}, one_tolerance) == replicas(3));  // kept: the current, not the ready
  CHECK(propose(t, 100, {.current = 3, .ready = 0}, one_tolerance) == replicas(0));
}

TEST_CASE("from no replicas a value asks for its ratio, whatever the tolerance") {
  const metric_target t{target_kind::value, 50};
  CHECK(propose(t, 0, all_ready(0), one_tolerance) == replicas(0));
  CHECK(propose(t, 1, all_ready(0), one_tolerance) == replicas(1));
  CHECK(propose(t, 50, all_ready(0), one_tolerance) == replicas(1));
  CHECK(propose(t, 51, all_ready(0), one_tolerance) == replicas(2));
  CHECK(total(0, 0) == replicas(0));
  CHECK(total(0.5, 0) == replicas(1));
  CHECK(total(7, 0) == replicas(7));
  CHECK(total(0, 0, 1, per_direction) == replicas(0));
}

TEST_CASE("a total is shared by the replicas: the dead band that was measured on a real cluster") {
  CHECK(total(11, 10) == replicas(11));  // 1.1 - 1 is above 0.1 in floating point
  CHECK(total(12, 11) == replicas(11));
  CHECK(total(13, 11) == replicas(13));
  CHECK(total(12, 13) == replicas(13));
  CHECK(total(36, 38) == replicas(38));
  CHECK(total(35, 38) == replicas(38));
  CHECK(total(0, 38) == replicas(0));
}

TEST_CASE("a tolerance that is exactly met keeps, and the two laws differ by a rounding") {
  CHECK(one_tolerance.keeps(0.9));
  CHECK_FALSE(one_tolerance.keeps(1.1));
  CHECK(per_direction.keeps(0.9));
  CHECK(per_direction.keeps(1.1));
  CHECK(total(11, 10, 1, per_direction) == replicas(10));

  const tolerance_band quarter{.down = 0.25, .up = 0.25};  // exact in binary
  CHECK(quarter.keeps(1.25));
  CHECK(quarter.keeps(0.75));
  CHECK_FALSE(quarter.keeps(1.2500001));
  CHECK_FALSE(quarter.keeps(0.7499999));

  const tolerance_band lopsided{.down = 0.5, .up = 0, .per_direction = true};
  CHECK(lopsided.keeps(1));
  CHECK_FALSE(lopsided.keeps(1.0000001));
  CHECK(lopsided.keeps(0.5));
  CHECK_FALSE(lopsided.keeps(0.4999999));
  CHECK(total(101, 100, 1, lopsided) == replicas(101));
  CHECK(total(50, 100, 1, lopsided) == replicas(100));
  CHECK(total(49, 100, 1, lopsided) == replicas(49));
  CHECK_FALSE(per_direction.keeps(unknown));
}

TEST_CASE("the arithmetic is in thousandths, and in whole percents") {
  CHECK(total(1.0019, 1, 0.001) == replicas(1002));  // the nearest thousandth
  CHECK(total(1.0019, 1, 0.0019) == replicas(501));
  CHECK(busy(0.639, all_ready(100)) == replicas(126));  // 63 %, not 63.9
  CHECK(busy(0.58, all_ready(10), 0.29) == replicas(20));
  CHECK(busy(0.29, all_ready(10), 0.29) == replicas(10));
  CHECK(busy(0.5, all_ready(10), 0.005) == replicas(1000));
  CHECK(mean(10.0019, all_ready(1), 0.001) == replicas(10002));
}

TEST_CASE("an exact multiple of a target asks for exactly so many replicas, whatever binary fractions lose") {
  // The reference counts in whole thousandths.
  for (int target = 1; target <= 3'000; target += 7) {
    for (int n = 1; n <= 40; ++n) {
      CAPTURE(target, n);
      CHECK(total(n * target / 1000.0, 2 * n, target / 1000.0) == replicas(n));
    }
  }
  CHECK(total(10.01, 5, 1.001) == replicas(10));
}

TEST_CASE("a metric that is no number has failed, and so has one of replicas that there are not") {
  for (const target_kind kind :
       {target_kind::value, target_kind::average_value, target_kind::utilisation, target_kind::pods}) {
    for (const double bad : {unknown, infinite, -infinite, -0.5}) {
      CHECK(propose({kind, 1}, bad, all_ready(3), one_tolerance) == std::nullopt);
    }
  }
  CHECK(busy(0.5, all_ready(0)) == std::nullopt);
  CHECK(mean(5, all_ready(0)) == std::nullopt);
  CHECK(busy(0.5, {.current = 4, .ready = 0, .unready = 4}) == std::nullopt);
  CHECK(busy(0.5, {.current = 4, .ready = 2, .missing = 2}) == std::nullopt);
  CHECK(busy(0.5, {.current = 4, .ready = 2, .missing = 3}) == std::nullopt);
}

TEST_CASE("a metric beyond all reason saturates") {
  CHECK(total(1e300, 5) == replicas(most));
  CHECK(total(std::numeric_limits<double>::max(), 5) == replicas(most));
  CHECK(propose({target_kind::value, 1}, 1e300, all_ready(5), one_tolerance) == replicas(most));
  CHECK(propose({target_kind::value, 1}, 1e306, {.current = 5, .ready = 0}, one_tolerance) == replicas(0));
  CHECK(busy(1e300, all_ready(5)) == replicas(most));
  CHECK(mean(1e300, all_ready(most)) == replicas(most));
}

TEST_CASE("on the way up missing replicas count as idle") {
  // 3 at 100 % of a target of 50 %, 1 unknown: 300/400 is 75 %, 1.5 times 4.
  CHECK(busy(1, {.current = 4, .ready = 4, .missing = 1}) == replicas(6));
  CHECK(mean(30, {.current = 4, .ready = 4, .missing = 1}) == replicas(9));  // 90/4 is 22.5, 2.25 times 4
}

TEST_CASE("on the way down missing replicas count as using all they asked for, or the target") {
  // 10 at 20 % and 1 unknown: 300/1100 is 27 %, 0.54 times 11.
  CHECK(busy(0.2, {.current = 11, .ready = 11, .missing = 1}) == replicas(6));
  CHECK(busy(0.2, all_ready(11)) == replicas(5));
  CHECK(mean(2, {.current = 11, .ready = 11, .missing = 1}) == replicas(3));  // (20 + 10)/11, 0.2727 times 11
}

TEST_CASE("missing replicas may stop a move and never turn it round") {
  CHECK(busy(0.3, {.current = 4, .ready = 4, .missing = 3}) == replicas(4));  // 0.6, then 82 % of 50 %
  CHECK(busy(0.6, {.current = 4, .ready = 4, .missing = 3}) == replicas(4));  // 1.2, then 15 % of 50 %
  CHECK(busy(0.7, {.current = 9, .ready = 9, .missing = 2}) == replicas(9));  // 1.4, then 54 % of 50 %
}

TEST_CASE("unready replicas count as idle on the way up and not at all on the way down") {
  CHECK(busy(1, {.current = 6, .ready = 3, .unready = 3}) == replicas(6));    // 300/600: on target
  CHECK(busy(1, {.current = 4, .ready = 3, .unready = 1}) == replicas(6));    // 75 %
  CHECK(busy(0.2, {.current = 6, .ready = 3, .unready = 3}) == replicas(2));  // 0.4 times 3
  CHECK(busy(0.5, {.current = 6, .ready = 3, .unready = 3}) == replicas(6));
  CHECK(mean(40, {.current = 5, .ready = 3, .missing = 1, .unready = 2}) == replicas(8));  // 80/5 is 16
}

TEST_CASE("a ratio of one with missing replicas: a request is on target, a plain metric was not") {
  CHECK(busy(0.5, {.current = 4, .ready = 4, .missing = 2}) == replicas(4));
  CHECK(mean(10, {.current = 2, .ready = 2, .missing = 1}) == replicas(1));  // as published: 10/2 is half the target
}

TEST_CASE("a change of the number of replicas that have metrics is no reason to move the other way") {
  // Five replicas report although two are asked for: 44 % of 50 %, 0.88 times 5.
  CHECK(busy(0.3, {.current = 2, .ready = 5, .missing = 1}) == replicas(2));
  // One of eight reports and one is unready: 60 % of 50 %, 1.2 times 2, which is up and yet fewer than 8.
  CHECK(busy(1.2, {.current = 8, .ready = 1, .unready = 1}) == replicas(8));
}

TEST_CASE("samples one by one: requests weigh, and one that is no number is missing") {
  const metric_target t{target_kind::utilisation, 0.5};
  const std::vector<pod_sample> uneven{{.value = 0.5, .request = 1}, {.value = 1.5, .request = 2}};
  CHECK(propose_by_pods(t, uneven, 2, one_tolerance) == replicas(3));  // 66 %, 1.32 times 2
  const std::vector<pod_sample> broken{{.value = 1}, {.value = 1}, {.value = 1}, {.value = unknown}};
  CHECK(propose_by_pods(t, broken, 4, one_tolerance) == replicas(6));
  const std::vector<pod_sample> big_missing{{.value = 0.2}, {.request = 4, .state = pod_state::missing}};
  CHECK(propose_by_pods(t, big_missing, 2, one_tolerance) == replicas(2));  // 4.2/5 flips
  CHECK(propose_by_pods(t, {}, 2, one_tolerance) == std::nullopt);
  const std::vector<pod_sample> nothing_requested{{.value = 1, .request = 0}};
  CHECK(propose_by_pods(t, nothing_requested, 1, one_tolerance) == std::nullopt);
  CHECK(propose_by_pods({target_kind::pods, 1}, nothing_requested, 2, one_tolerance) == replicas(2));
}

TEST_CASE("equal samples one by one and counted are the same") {
  engine random(1);
  std::vector<pod_sample> samples;
  for (int k = 0; k < 2000; ++k) {
    const double value = 0.001 * static_cast<double>(random.below(1500));
    const auto known = static_cast<int>(random.below(6));
    const auto missing = static_cast<int>(random.below(4));
    const auto unready = static_cast<int>(random.below(4));
    const int current = known + missing + unready;
    samples.clear();
    for (int i = 0; i < known; ++i) samples.push_back({.value = value});
    for (int i = 0; i < missing; ++i) samples.push_back({.state = pod_state::missing});
    for (int i = 0; i < unready; ++i) samples.push_back({.state = pod_state::unready});
    for (const target_kind kind : {target_kind::utilisation, target_kind::pods}) {
      REQUIRE(propose({kind, 0.7}, value,
                      {.current = current, .ready = known + missing, .missing = missing, .unready = unready},
                      per_direction) == propose_by_pods({kind, 0.7}, samples, current, per_direction));
    }
  }
}

TEST_CASE("impossible targets are refused") {
  const auto make = [](double target) { return checked(metric_target{target_kind::value, target}, "who"); };
  CHECK_THROWS_WITH(make(0), "who: target is 0, must be positive and finite");
  CHECK_THROWS_WITH(make(-1), "who: target is -1, must be positive and finite");
  CHECK_THROWS_WITH(make(unknown), "who: target is nan, must be positive and finite");
  CHECK_THROWS_WITH(make(infinite), "who: target is inf, must be positive and finite");
  CHECK_THROWS_WITH(make(0.0005), "who: target is 5e-04, must be at least 0.001, the unit of the arithmetic");
  CHECK_NOTHROW(make(0.001));
}

TEST_CASE("proposals take no memory") {
  const std::vector<pod_sample> samples(20, {.value = 0.7});
  CHECK(allocations_in([&] {
          for (int k = 0; k < 100; ++k) {
            static_cast<void>(busy(0.01 * k, {.current = 5, .ready = 4, .missing = 1, .unready = 1}));
            static_cast<void>(propose_by_pods({}, samples, 20, one_tolerance));
          }
        }) == 0);
}

TEST_CASE("metric_target: from Kubernetes 1.26 on a missing replica uses a target that is above its request") {
  const metric_target above{target_kind::utilisation, 1.5};
  const pod_counts pods{.current = 10, .ready = 10, .missing = 4};
  // Six use 0.9: fewer are asked for. The other four count as 1 each: 0.94 of 1.5, or as 1.5 each: 1.14 of 1.5.
  CHECK(propose(above, 0.9, pods, {}) == 7);
  CHECK(propose(above, 0.9, pods, {}, kubernetes_version::v1_25) == 7);
  CHECK(propose(above, 0.9, pods, {}, kubernetes_version::v1_26) == 8);
  // One by one it is the same; where more are asked for, and for targets up to the request, nothing has changed.
  const auto sample = [](double value) { return pod_sample{value, 1, pod_state::ready}; };
  std::vector<pod_sample> samples(6, sample(0.9));
  samples.resize(10, pod_sample{0, 1, pod_state::missing});
  CHECK(propose_by_pods(above, samples, 10, {}) == 7);
  CHECK(propose_by_pods(above, samples, 10, {}, kubernetes_version::v1_26) == 8);
  CHECK(propose(above, 3, pods, {}, kubernetes_version::v1_26) == propose(above, 3, pods, {}));
  const metric_target below{target_kind::utilisation, 0.8};
  CHECK(propose(below, 0.5, pods, {}, kubernetes_version::v1_26) == propose(below, 0.5, pods, {}));
  const metric_target own{target_kind::pods, 150};
  CHECK(propose(own, 90, pods, {}, kubernetes_version::v1_26) == propose(own, 90, pods, {}));
}
