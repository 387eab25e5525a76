#pragma once

#include <algorithm>    // std::find, std::max, std::sort
#include <cmath>        // std::exp, std::isfinite, std::log
#include <cstddef>      // std::size_t
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <span>         // std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/internal/start_delay_search.hpp>

namespace headroom {

/// A few numbers that say of a history what a service's parameters change in it: what a fit compares of the observed
/// history and of replays. Which there are, and of which rows, the observed history decides once.
///
///  - of each column of latencies, the mean logarithm over the half of the rows with the least load per ready replica,
///    and over the fifth with the most: service time and variation, and where requests wait;
///  - of the requests in flight, the logarithm of their sum over that of the load: the service time (Little's law);
///  - of the utilisation, the logarithm of the busy replica seconds over the requests: service time over slots;
///  - where only wanted replicas were recorded, the start delay, in tens of rows, with which load per ready replica
///    explains utilisation, or latency, best.
class history_summaries {
 public:
  /// `observed` as checked() demands it. `window`: rows over which its metrics were taken. O(rows * tried delays).
  explicit history_summaries(const service_history& observed, std::size_t window = 1) : load_(observed.load_per_s) {
    settled_ = std::max<std::size_t>(window, 1) + 1;
    const bool by_wish = observed.ready.empty();
    if (by_wish) delays_.emplace(observed, settled_);
    replicas_ = by_wish ? delays_->ready(delays_->best(observed)) : observed.ready;
    choose_rows(observed, window, by_wish);
    find(observed);
  }

  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  /// What no replay knows of a summary: a latency is recorded to about one percent (the buckets of a histogram).
  [[nodiscard]] const std::vector<double>& tolerance() const noexcept { return tolerance_; }
  /// Whether there is a summary of this name.
  [[nodiscard]] bool has(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }
  /// The value of a summary that is there. NaN where there is none.
  [[nodiscard]] static double missing() noexcept { return std::numeric_limits<double>::quiet_NaN(); }
  [[nodiscard]] double of(const service_history& h, std::string_view name) const {
    std::vector<double> all(size());
    (*this)(h, all);
    for (std::size_t k = 0; k < size(); ++k) {
      if (names_[k] == name) return all[k];
    }
    return missing();
  }

  /// Of the observed history or of a replay of it. NaN for one that `h` does not tell.
  void operator()(const service_history& h, std::span<double> out) const {
    std::size_t k = 0;
    const auto put = [&](double value) { out[k++] = value; };
    each_latency(h, [&](std::string_view name, const std::vector<double>& column) {
      if (uses(name, 0)) put(mean_log(column, quiet_));
      if (uses(name, 1)) put(mean_log(column, busy_));
    });
    if (flight_) put(ratio(h.in_flight, false));
    if (used_) put(ratio(h.utilisation, true));
    if (delays_) put(delays_->delay(delays_->best(h)) / 10);
  }

  /// Ready replicas of each row: recorded, or as the best delay makes them.
  [[nodiscard]] const std::vector<double>& ready() const noexcept { return replicas_; }
  /// By which factor latencies are higher in busy rows than in quiet ones: the geometric mean over their columns. NaN
  /// without latencies.
  [[nodiscard]] double rise(const service_history& h) const {
    double sum = 0;
    double n = 0;
    each_latency(h, [&](std::string_view name, const std::vector<double>& column) {
      if (!uses(name, 0) || !uses(name, 1)) return;
      sum += mean_log(column, busy_) - mean_log(column, quiet_);
      ++n;
    });
    return n > 0 ? std::exp(sum / n) : missing();
  }

 private:
  static constexpr std::size_t least_rows = 5;

  template <class F>
  static void each_latency(const service_history& h, F&& f) {
    f("latency_s", h.mean_latency_s);
    f("p50_s", h.p50_s);
    f("p95_s", h.p95_s);
    f("p99_s", h.p99_s);
  }
  [[nodiscard]] bool uses(std::string_view name, std::size_t band) const {
    return has(std::string(name) + (band == 0 ? " in quiet rows" : " in busy rows"));
  }
  // Of the logarithms in these rows the mean of the middle half: the few rows in which a backlog is worked off would
  // outweigh all others.
  [[nodiscard]] static double mean_log(const std::vector<double>& column, const std::vector<std::size_t>& rows) {
    std::vector<double> logs;
    logs.reserve(rows.size());
    for (const std::size_t i : rows) {
      if (!column.empty() && column[i] > 0) logs.push_back(std::log(column[i]));
    }
    if (logs.size() < least_rows) return missing();
    std::sort(logs.begin(), logs.end());
    const std::size_t cut = logs.size() / 4;
    double sum = 0;
    for (std::size_t k = cut; k < logs.size() - cut; ++k) sum += logs[k];
    return sum / static_cast<double>(logs.size() - 2 * cut);
  }
  [[nodiscard]] double ratio(const std::vector<double>& column, bool times_replicas) const {
    double sum = 0;
    double requests = 0;
    for (const std::size_t i : rows_) {
      if (column.empty() || !std::isfinite(column[i])) continue;
      sum += column[i] * (times_replicas ? replicas_[i] : 1);
      requests += load_[i];
    }
    return sum > 0 && requests > 0 ? std::log(sum / requests) : missing();
  }

  void choose_rows(const service_history& observed, std::size_t window, bool by_wish) {
    for (std::size_t i = settled_; i < load_.size(); ++i) {
      bool changed = false;  // within the window: nobody knows when in its interval
      for (std::size_t k = 0; k < std::max<std::size_t>(window, 1) && !by_wish; ++k) {
        changed = changed || observed.ready[i - k] != observed.ready[i - k - 1];
      }
      if (!changed && replicas_[i] > 0 && load_[i] > 0) rows_.push_back(i);
    }
    std::vector<std::size_t> order = rows_;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const double x = load_[a] / replicas_[a];
      const double y = load_[b] / replicas_[b];
      return x < y || (x == y && a < b);
    });
    const std::size_t n = order.size();
    quiet_.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(n / 2));
    busy_.assign(order.begin() + static_cast<std::ptrdiff_t>(n - n / 5), order.end());
  }
  void find(const service_history& observed) {
    const auto add = [&](std::string name, double tolerance) {
      names_.push_back(std::move(name));
      tolerance_.push_back(tolerance);
    };
    each_latency(observed, [&](std::string_view name, const std::vector<double>& column) {
      if (std::isfinite(mean_log(column, quiet_))) add(std::string(name) + " in quiet rows", 0.005);
      if (std::isfinite(mean_log(column, busy_))) add(std::string(name) + " in busy rows", 0.005);
    });
    flight_ = std::isfinite(ratio(observed.in_flight, false));
    if (flight_) add("in flight", 0.002);
    used_ = std::isfinite(ratio(observed.utilisation, true));
    if (used_) add("utilisation", 0.002);
    if (delays_) add("start delay", 0);
  }

  std::vector<double> load_;
  std::vector<double> replicas_{};
  std::size_t settled_ = 2;  // rows before it are not looked at
  std::vector<std::size_t> rows_{};
  std::vector<std::size_t> quiet_{};
  std::vector<std::size_t> busy_{};
  std::vector<std::string> names_{};
  std::vector<double> tolerance_{};
  bool flight_ = false;
  bool used_ = false;
  std::optional<internal::start_delay_search> delays_{};  // none where ready replicas were recorded
};

}  // namespace headroom
