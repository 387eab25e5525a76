#pragma once

#include <algorithm>    // std::max, std::min
#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <limits>       // std::numeric_limits
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/telemetry/decaying_histogram.hpp>
#include <headroom/systems/scheduler/service_metrics.hpp>

namespace headroom::scheduler {

/// How the queue of an instance is made of its samples.
enum class queue_ratio : std::uint8_t {
  mean_of_ratios,  ///< mean of (R - S) / S: as the published scheduler computes it; one tiny S outweighs all others
  ratio_of_means   ///< (mean R - mean S) / mean S: as its README defines it
};

/// The defaults are correct; `published` gives the published scheduler's behaviour.
struct metric_window_options {
  double pressure_threshold_s = 0.6;                ///< response time at which the pressure is 1
  queue_ratio ratio = queue_ratio::ratio_of_means;  ///< how the queue is computed
  double utilization_max = 1;      ///< upper bound of the utilisation; infinity: none, above 1 is overload
  double percentile = 0;           ///< of R in the pressure, in (0, 1]; 0: its mean
  double assumed_window_s = 0;     ///< divide by this many seconds, whatever time passed; 0: by the measured time
  std::size_t instances = 64;      ///< how many instances are told apart; memory is allocated for them
  double longest_s = 3'600;        ///< a larger percentile is reported as this value
  double percentile_error = 0.05;  ///< relative error of a percentile above a millisecond

  /// As published: mean of ratios, no clamp, the mean, and a window that is assumed to be 60 s long.
  [[nodiscard]] static metric_window_options published(double pressure_threshold_s = 0.6, double interval_s = 60) {
    metric_window_options o;
    o.pressure_threshold_s = pressure_threshold_s;
    o.ratio = queue_ratio::mean_of_ratios;
    o.utilization_max = std::numeric_limits<double>::infinity();
    o.assumed_window_s = interval_s;
    return o;
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const metric_window_options& checked(const metric_window_options& o) {
  require_positive("metric_window", "pressure_threshold_s", o.pressure_threshold_s);
  require(o.utilization_max > 0, "metric_window", "utilization_max", o.utilization_max, "be positive");
  require_fraction("metric_window", "percentile", o.percentile);
  require_not_negative("metric_window", "assumed_window_s", o.assumed_window_s);
  require(o.instances >= 1 && o.instances <= 1'000'000, "metric_window", "instances", o.instances,
          "be from 1 to 1000000");
  require(o.longest_s > 1e-3 && std::isfinite(o.longest_s), "metric_window", "longest_s", o.longest_s,
          "be above 0.001 and finite");
  require(o.percentile_error >= 1e-3 && o.percentile_error <= 1, "metric_window", "percentile_error",
          o.percentile_error, "be in [0.001, 1]");
  return o;
}

/// The five metrics of a window, and the numbers behind them.
struct metric_reading : service_metrics {
  double response_time_s = std::numeric_limits<double>::quiet_NaN();  ///< mean or percentile; NaN without a sample
  double service_time_s = std::numeric_limits<double>::quiet_NaN();   ///< mean; NaN without a sample
  double window_s = 0;                                                ///< the time that the rates were divided by
  std::uint64_t samples = 0;
  std::uint64_t refused = 0;   ///< samples that were not durations
  std::uint64_t unlisted = 0;  ///< samples of further instances: they count in all metrics except the queue
};

/// Collects (instance, service time, response time) of finished requests, and every so often makes the five metrics of
/// them. The window is what passed between two readings, as measured by the caller's clock: the published scheduler
/// divides by 60 s whatever passed, so a check that comes after 90 s reports 1.5 times the load.
///
/// A sample is refused, and counted, unless 0 < S, 0 <= R and both are finite: the published loop subtracted
/// milliseconds from seconds once and scaled on response times of -1.74e12 s. R may be below S, clocks being what they
/// are; the queue then is negative.
///
/// Memory is fixed on construction: 80 bytes an instance, and for a percentile a histogram whose buckets grow by
/// percentile_error (250 of them by default). `add` is O(1) but for the histogram's O(log buckets).
///     metric_window window{{.pressure_threshold_s = 0.5}};
///     window.begin(now_s);
///     window.add("pod-7f", service_s, response_s);            // as requests finish
///     const metric_reading m = window.read(now_s, replicas);  // the next window begins
class metric_window {
 public:
  explicit metric_window(const metric_window_options& options = {})
      : options_(checked(options)),
        slots_(2 * options.instances),
        histogram_({.first_bucket = 1e-3,
                    .largest = options.longest_s,
                    .growth = 1 + options.percentile_error,
                    .half_life_s = 1e9}) {}

  /// Begins the window now; earlier samples are dropped.
  void begin(double now_s) {
    require_finite("metric_window", "now_s", now_s);
    begin_s_ = now_s;
    forget();
  }

  /// Adds a finished request. `instance` is any number that identifies the instance.
  void add(std::uint64_t instance, double service_s, double response_s) {
    if (!(service_s > 0) || !(response_s >= 0) || !std::isfinite(service_s) || !std::isfinite(response_s)) {
      ++refused_;
      return;
    }
    ++samples_;
    service_s_ += service_s;
    response_s_ += response_s;
    if (options_.percentile > 0) histogram_.observe(0, std::min(response_s, options_.longest_s));
    slot* const mine = find(instance);
    if (mine == nullptr) {
      ++unlisted_;
      return;
    }
    ++mine->count;
    mine->service_s += service_s;
    mine->response_s += response_s;
    mine->ratios += (response_s - service_s) / service_s;
  }
  /// The same by name, hashed by FNV-1a; a collision among a few pods is very unlikely.
  void add(std::string_view instance, double service_s, double response_s) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : instance) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    add(hash, service_s, response_s);
  }

  /// The metrics since `begin` or the last reading; the next window begins. `n_instances` is the number reported by the
  /// orchestrator, including idle instances. If no time passed there is no rate: utilisation and workload are NaN,
  /// which every encoder refuses. O(instances).
  [[nodiscard]] metric_reading read(double now_s, double n_instances) {
    metric_reading m;
    m.n_instances = n_instances;
    m.samples = samples_;
    m.refused = refused_;
    m.unlisted = unlisted_;
    m.window_s = options_.assumed_window_s > 0 ? options_.assumed_window_s : now_s - begin_s_;
    if (m.window_s > 0) {
      m.workload = static_cast<double>(samples_) / m.window_s;
      // Work with no instances is overload, not a division by zero.
      const double busy = service_s_ / m.window_s;
      m.utilization = n_instances > 0 ? busy / n_instances : busy > 0 ? 1.0 : 0.0;
      m.utilization = std::min(m.utilization, options_.utilization_max);
    } else {
      m.workload = m.utilization = std::numeric_limits<double>::quiet_NaN();
    }
    if (samples_ > 0) {
      m.service_time_s = service_s_ / static_cast<double>(samples_);
      m.response_time_s = options_.percentile > 0
                              ? std::min(histogram_.percentile(options_.percentile), options_.longest_s)
                              : response_s_ / static_cast<double>(samples_);
      m.pressure = m.response_time_s / options_.pressure_threshold_s;
      m.queue_length_dominant = worst_queue();
    }
    begin_s_ = now_s;
    forget();
    return m;
  }

  [[nodiscard]] const metric_window_options& options() const noexcept { return options_; }

 private:
  struct slot {
    std::uint64_t instance = 0;
    std::uint64_t count = 0;  // 0: free
    double service_s = 0;
    double response_s = 0;
    double ratios = 0;
  };

  // Open addressing in a table at most half full, so a search is short. Returns null when all instances are taken.
  slot* find(std::uint64_t instance) noexcept {
    std::size_t at = static_cast<std::size_t>((instance * 0x9e3779b97f4a7c15U) >> 32U) % slots_.size();
    while (slots_[at].count > 0) {
      if (slots_[at].instance == instance) return &slots_[at];
      at = at + 1 == slots_.size() ? 0 : at + 1;
    }
    if (listed_ == options_.instances) return nullptr;
    ++listed_;
    slots_[at].instance = instance;
    return &slots_[at];
  }

  [[nodiscard]] double worst_queue() const noexcept {
    double worst = -std::numeric_limits<double>::infinity();
    for (const slot& s : slots_) {
      if (s.count == 0) continue;
      worst =
          std::max(worst, options_.ratio == queue_ratio::mean_of_ratios ? s.ratios / static_cast<double>(s.count)
                                                                        : (s.response_s - s.service_s) / s.service_s);
    }
    return worst;
  }

  void forget() {
    for (slot& s : slots_) s = {};
    listed_ = 0;
    samples_ = refused_ = unlisted_ = 0;
    service_s_ = response_s_ = 0;
    if (options_.percentile > 0) histogram_.forget();
  }

  metric_window_options options_;
  std::vector<slot> slots_;
  decaying_histogram histogram_;
  double begin_s_ = 0;
  std::size_t listed_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t unlisted_ = 0;
  double service_s_ = 0;
  double response_s_ = 0;
};

}  // namespace headroom::scheduler
