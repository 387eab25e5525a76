#pragma once

#include <algorithm>    // std::max
#include <cmath>        // std::abs, std::ceil, std::isfinite, std::round, std::trunc
#include <cstdint>      // std::uint8_t
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <span>         // std::span
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>

/// How many replicas one metric asks for: the replica calculator of Kubernetes' HorizontalPodAutoscaler (1.20.2), as
/// pure functions. As in Kubernetes, quantities are whole thousandths, and utilisation is truncated to whole percents.
/// They are stored in doubles, which are exact up to 2^53 and do not overflow beyond.
namespace headroom {

/// The version of Kubernetes whose laws hold, as far as they have changed since 1.20. The recordings of the real
/// controller are of 1.20.2. Tolerances per direction (1.33) have options of their own (tolerance_band).
enum class kubernetes_version : std::uint8_t {
  v1_20,  ///< the default
  v1_25,  ///< a rate limit of one direction counts the moves of both (pull request 109058)
  v1_26   ///< and, when scaling in, a missing replica counts with the target if that is above its whole request
};

/// The kind of the metric, which decides what the target is compared with.
enum class target_kind : std::uint8_t {
  value,  ///< of the whole service (Object, External with Value): ceil(ready metric/target); from 0: ceil(ratio)
  average_value,  ///< a total that the replicas share (External, Object with AverageValue): ceil(metric/target)
  utilisation,    ///< mean per ready replica as a fraction of its request (Resource with Utilization)
  pods            ///< mean per ready replica in its own unit (Pods, Resource with AverageValue)
};

/// One metric's target.
struct metric_target {
  target_kind kind = target_kind::utilisation;
  double target = 0.8;  ///< in the metric's unit; utilisation: a fraction; at least 0.001
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const metric_target& checked(const metric_target& o, std::string_view who) {
  require_positive(who, "target", o.target);
  require(o.target >= 0.001, who, "target", o.target, "be at least 0.001, the unit of the arithmetic");
  return o;
}

/// How far from 1 a ratio may be without any move. One tolerance is |1 - r| <= t, the law until Kubernetes 1.32; one
/// per direction is 1 - down <= r <= 1 + up (KEP-4951). The two differ by a rounding: 1.1 - 1 > 0.1, but 1.1 <= 1 +
/// 0.1.
struct tolerance_band {
  double down = 0.1;
  double up = 0.1;
  bool per_direction = false;

  [[nodiscard]] bool keeps(double ratio) const noexcept {
    return per_direction ? 1 - down <= ratio && ratio <= 1 + up : std::abs(1 - ratio) <= up;
  }
};

/// How many replicas are in each state.
struct pod_counts {
  int current = 1;  ///< asked for
  int ready = 1;    ///< serve
  int missing = 0;  ///< ready, but their metric is not known
  int unready = 0;  ///< not ready yet
};

/// A replica and its metric, for `propose_by_pods`.
enum class pod_state : std::uint8_t { ready, unready, missing };
struct pod_sample {
  double value = 0;    ///< in the unit of the request; for a ready one not finite or negative is missing
  double request = 1;  ///< what utilisation is a fraction of; ignored by target_kind::pods
  pod_state state = pod_state::ready;
};

/// Sums over replicas, in thousandths.
struct pod_totals {
  struct group {
    double pods = 0;
    double requested = 0;
  };
  double used = 0;  // used by the replicas whose metric is known
  group known{};
  group missing{};
  group unready{};
};

/// The quantity nearest to `value`, as a number of thousandths. Rounded, not truncated: 1000 * 1.001 is a little less
/// than 1001 in binary, and a program that reads "1.001" as a decimal number has 1001 thousandths.
[[nodiscard]] inline double thousandths(double value) noexcept { return std::round(1000 * value); }

/// Converts a number of replicas to an int; saturates, where a plain conversion would be undefined; 0 for NaN.
[[nodiscard]] inline int to_replicas(double n) noexcept {
  constexpr int most = std::numeric_limits<int>::max();
  if (!(n > 0)) return 0;
  return n < most ? static_cast<int>(n) : most;
}

/// The law for kinds with a metric per replica. The ratio r comes from the replicas whose metric is known. If r is
/// below 1, each missing replica is assumed to use its whole request; for target_kind::pods, and from Kubernetes 1.26
/// on also for a target above 1, it is assumed to use the target. If r is above 1, missing and unready replicas are
/// assumed to use nothing. Then r is computed again with them. The result is `current` if r is within the tolerance or
/// has changed its direction, else ceil(r * replicas that counted), or `current` if that number lies in the other
/// direction (for target_kind::pods, too, as after 1.20). If no replica is missing (or unready, where those count), the
/// result is ceil(r * known). If no metric is known, or nothing is requested, there is no answer: the metric has
/// failed. O(1).
[[nodiscard]] inline std::optional<int> propose_by_totals(const metric_target& t, const pod_totals& totals, int current,
                                                          const tolerance_band& tolerance,
                                                          kubernetes_version version = kubernetes_version::v1_20) {
  const bool of_request = t.kind == target_kind::utilisation;
  // Whole percents. A target of 0.29 is 29 percent, although 100 * 0.29 is not 29.
  const double target = of_request ? std::round(100'000 * t.target) / 1'000 : thousandths(t.target);
  const auto ratio_of = [&](double used, const pod_totals::group& g) {
    return std::trunc(of_request ? used * 100 / g.requested : used / g.pods) / target;
  };
  pod_totals::group counted = totals.known;
  if (!(counted.pods > 0) || (of_request && !(counted.requested > 0))) return std::nullopt;
  const double first = ratio_of(totals.used, counted);
  const bool rebalance = totals.unready.pods > 0 && first > 1;
  if (!rebalance && !(totals.missing.pods > 0)) {
    return tolerance.keeps(first) ? current : to_replicas(std::ceil(first * counted.pods));
  }
  const auto count = [&](const pod_totals::group& g) {
    counted.pods += g.pods;
    counted.requested += g.requested;
  };
  double used = totals.used;
  if (first < 1) {
    const double fraction = version < kubernetes_version::v1_26 ? 1 : std::max(100.0, target) / 100;
    used += of_request ? totals.missing.requested * fraction : totals.missing.pods * target;
  }
  if (first != 1 || !of_request) count(totals.missing);
  if (rebalance) count(totals.unready);
  const double again = ratio_of(used, counted);
  if (tolerance.keeps(again) || (first < 1 && again > 1) || (first > 1 && again < 1)) return current;
  const int next = to_replicas(std::ceil(again * counted.pods));
  return (again < 1 && next > current) || (again > 1 && next < current) ? current : next;
}

/// The same from one sample per replica. O(samples).
[[nodiscard]] inline std::optional<int> propose_by_pods(const metric_target& t, std::span<const pod_sample> samples,
                                                        int current, const tolerance_band& tolerance,
                                                        kubernetes_version version = kubernetes_version::v1_20) {
  pod_totals totals;
  for (const pod_sample& s : samples) {
    const bool known = s.state == pod_state::ready && std::isfinite(s.value) && s.value >= 0;
    auto& group = known ? totals.known : s.state == pod_state::unready ? totals.unready : totals.missing;
    ++group.pods;
    group.requested += thousandths(s.request);
    if (known) totals.used += thousandths(s.value);
  }
  return propose_by_totals(t, totals, current, tolerance, version);
}

/// How many replicas `metric` asks for. No answer if the metric is not finite, negative, or of replicas that do not
/// exist. For kinds with a metric per replica, `metric` is the mean of the known ones. O(1).
[[nodiscard]] inline std::optional<int> propose(const metric_target& t, double metric, const pod_counts& pods,
                                                const tolerance_band& tolerance,
                                                kubernetes_version version = kubernetes_version::v1_20) {
  if (!(std::isfinite(metric) && metric >= 0)) return std::nullopt;
  const double usage = thousandths(metric);
  const double target = thousandths(t.target);
  switch (t.kind) {
    case target_kind::value: {
      const double ratio = usage / target;
      if (pods.current == 0) return to_replicas(std::ceil(ratio));
      return tolerance.keeps(ratio) ? pods.current : to_replicas(std::ceil(ratio * pods.ready));
    }
    case target_kind::average_value:
      // From 0 replicas the ratio is infinite, or NaN for a metric of 0. No tolerance then applies, and 0 is right.
      return tolerance.keeps(usage / (target * pods.current)) ? pods.current : to_replicas(std::ceil(usage / target));
    case target_kind::utilisation:
    case target_kind::pods:
      break;
  }
  if (pods.current == 0) return std::nullopt;
  const auto group = [](double n) { return pod_totals::group{n, 1000 * n}; };
  const double known = std::max(0, pods.ready - pods.missing);
  return propose_by_totals(t, {known * usage, group(known), group(pods.missing), group(pods.unready)}, pods.current,
                           tolerance, version);
}

}  // namespace headroom
