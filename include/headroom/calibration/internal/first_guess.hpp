#pragma once

#include <algorithm>    // std::clamp, std::max
#include <cmath>        // std::exp, std::expm1, std::isfinite, std::log, std::log1p, std::round, std::sqrt
#include <cstddef>      // std::size_t
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/service_fit.hpp>
#include <headroom/calibration/summaries.hpp>

namespace headroom::internal {

/// First values of the parameters that a fit has to find, from the summaries of a history alone. The slots are left as
/// they are where no utilisation was recorded. O(rows).
class first_guess {
 public:
  first_guess(const service_history& h, const history_summaries& summaries) : h_(&h), summaries_(&summaries) {}

  /// `shared_processors`: a replica serves by its processors, which need not be whole. True if the slots are to be
  /// guessed in another way (see guess_slots).
  [[nodiscard]] bool operator()(service_fit& f, bool shared_processors) const {
    fitted_parameter& time = f.parameters[1];
    fitted_parameter& variation = f.parameters[2];
    fitted_parameter& slots = f.parameters[3];
    const quantile quantiles[] = {{quiet(h_->p50_s, "p50_s"), 0},  // the normal distribution's
                                  {quiet(h_->p95_s, "p95_s"), 1.645},
                                  {quiet(h_->p99_s, "p99_s"), 2.326}};
    const double mean_s = quiet(h_->mean_latency_s, "latency_s");
    std::optional<double> spread;  // of the logarithm of the service time
    if (!variation.fitted() && variation.value > 0) spread = std::sqrt(std::log1p(variation.value * variation.value));
    if (variation.fitted()) spread = spread_of(quantiles);
    double service_s = std::isfinite(mean_s) ? mean_s : std::exp(summaries_->of(*h_, "in flight"));
    const double s = std::clamp(spread.value_or(0.7), 0.05, 1.8);
    for (const quantile& q : quantiles) {
      if (!(service_s > 0) && q.value > 0) service_s = q.value / std::exp(s * q.z - s * s / 2);
    }
    if (variation.fitted()) variation.value = std::sqrt(std::expm1(s * s));
    if (time.fitted() && service_s > 0) time.value = service_s;
    const double per_slot = std::exp(summaries_->of(*h_, "utilisation"));  // service time over slots
    if (time.fitted() && !(service_s > 0) && per_slot > 0) time.value = per_slot * slots.value;
    if (f.parameters[0].fitted() && h_->ready.empty())
      f.parameters[0].value = summaries_->of(*h_, "start delay") * 10 * h_->interval_s;
    if (!slots.fitted()) return false;
    if (!(per_slot > 0)) return true;
    const double n = time.value / per_slot;
    slots.value = shared_processors ? n : std::max(1.0, std::round(n));
    return false;
  }

 private:
  struct quantile {
    double value;
    double z;
  };
  // A latency where little waits, in seconds. NaN where it was not recorded.
  [[nodiscard]] double quiet(const std::vector<double>& column, std::string_view name) const {
    if (column.empty()) return history_summaries::missing();
    return std::exp(summaries_->of(*h_, std::string(name) + " in quiet rows"));
  }
  // From the lowest quantile and the one that is farthest from it.
  [[nodiscard]] static std::optional<double> spread_of(const quantile (&q)[3]) {
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t b = 2; b > a; --b) {
        if (q[a].value > 0 && q[b].value > q[a].value) return std::log(q[b].value / q[a].value) / (q[b].z - q[a].z);
      }
    }
    return std::nullopt;
  }

  const service_history* h_;
  const history_summaries* summaries_;
};

/// The number of slots with which a model's summaries are nearest to the observed ones, by one replay each. Latencies
/// of quiet rows may hold some waiting: unless the service time is `sure`, less of it is tried as well. `look(model,
/// out)` gives the summaries of a model. Returns how many replays it took.
template <class Look>
[[nodiscard]] std::size_t guess_slots(service_fit& f, const std::vector<double>& observed, bool sure, Look&& look) {
  const service_fit start = f;
  double least = std::numeric_limits<double>::infinity();
  std::vector<double> seen(observed.size());
  std::size_t replays = 0;
  for (const double slots : {1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 100.0, 150.0}) {
    for (const double less : {1.0, 0.85, 0.7, 0.55}) {
      if (sure && less < 1) continue;
      service_fit tried = start;
      tried.parameters[3].value = slots;
      tried.parameters[1].value *= less;
      look(tried, seen);
      ++replays;
      double far = 0;
      for (std::size_t k = 0; k < seen.size(); ++k) {
        const double d = std::isfinite(seen[k]) ? seen[k] - observed[k] : 0.7;
        far += d * d;
      }
      if (far >= least) continue;
      least = far;
      f = std::move(tried);
    }
  }
  return replays;
}

}  // namespace headroom::internal
