#pragma once

#include <algorithm>    // std::find, std::max, std::min, std::sort
#include <cmath>        // std::exp, std::isfinite, std::log
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t
#include <limits>       // std::numeric_limits
#include <numeric>      // std::iota
#include <span>         // std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/calibration/history.hpp>

namespace headroom {

/// How many replicas are ready, averaged over each interval, if `wanted` were asked for right after the row before and
/// each took `delay` intervals to start. A scale-down takes back the newest that start, then ready ones. The first row
/// is as wanted. O(rows + changes).
[[nodiscard]] inline std::vector<double> ready_after(std::span<const double> wanted, double delay) {
  std::vector<double> ready(wanted.size(), wanted.empty() ? 0 : wanted.front());
  struct batch {
    double at;  // in rows
    double replicas;
  };
  std::vector<batch> starting;  // by time
  std::size_t first = 0;
  double now = wanted.empty() ? 0 : wanted.front();
  for (std::size_t i = 1; i < wanted.size(); ++i) {
    const auto begin = static_cast<double>(i - 1);
    double change = wanted[i] - wanted[i - 1];
    if (change > 0) starting.push_back({begin + delay, change});
    while (change < 0 && starting.size() > first) {
      const double back = std::min(-change, starting.back().replicas);
      starting.back().replicas -= back;
      change += back;
      if (starting.back().replicas > 0) break;
      starting.pop_back();
    }
    if (change < 0) now += change;
    double sum = now;
    for (; first < starting.size() && starting[first].at <= begin + 1; ++first) {
      sum += starting[first].replicas * (begin + 1 - std::max(begin, starting[first].at));
      now += starting[first].replicas;
    }
    ready[i] = sum;
  }
  return ready;
}

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
    if (by_wish) begin_delays(observed);
    replicas_ = by_wish ? ready_after(observed.wanted, delays_[best_delay(observed)]) : observed.ready;
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
    if (!delays_.empty()) put(delays_[best_delay(h)] / 10);
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
  static constexpr std::size_t bins = 12;

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
    if (!delays_.empty()) add("start delay", 0);
  }

  // The delays that are tried, in intervals, and the ready replicas and the bin of load per replica that each gives.
  void begin_delays(const service_history& observed) {
    const double most = std::min(60.0, static_cast<double>(observed.size()) / 4);
    for (double d = 0; d <= most; d += 0.25) delays_.push_back(d);
    std::vector<std::size_t> order;
    for (const double d : delays_) {
      paths_.push_back(ready_after(observed.wanted, d));
      const std::vector<double>& r = paths_.back();
      order.clear();
      for (std::size_t i = settled_; i < load_.size(); ++i) {
        if (r[i] > 0 && load_[i] > 0) order.push_back(i);
      }
      std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const double x = load_[a] / r[a];
        const double y = load_[b] / r[b];
        return x < y || (x == y && a < b);
      });
      std::vector<std::uint8_t> bin(load_.size(), bins);
      for (std::size_t k = 0; k < order.size(); ++k) {
        bin[order[k]] = static_cast<std::uint8_t>(k * bins / order.size());
      }
      bins_.push_back(std::move(bin));
    }
  }
  [[nodiscard]] std::size_t best_delay(const service_history& h) const {
    const std::vector<double>* latency = nullptr;
    for (const auto* c : {&h.p95_s, &h.mean_latency_s, &h.p99_s, &h.p50_s}) {
      if (latency == nullptr && !c->empty()) latency = c;
    }
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < delays_.size(); ++k) {
      double left = 0;
      if (!h.utilisation.empty())
        left = unexplained_use(h.utilisation, paths_[k]);
      else if (latency != nullptr)
        left = unexplained_latency(*latency, bins_[k]);
      if (left < least) {
        least = left;
        best = k;
      }
    }
    return best;
  }
  // What a straight line through zero leaves of the utilisation, where it is not one.
  [[nodiscard]] double unexplained_use(const std::vector<double>& use, const std::vector<double>& ready) const {
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (std::size_t i = settled_; i < load_.size(); ++i) {
      if (!(ready[i] > 0) || !(use[i] < 0.95)) continue;
      const double x = load_[i] / ready[i];
      xy += x * use[i];
      xx += x * x;
      yy += use[i] * use[i];
    }
    return xx > 0 ? yy - xy * xy / xx : std::numeric_limits<double>::infinity();
  }
  // What the bins of load per replica leave of the logarithm of a latency.
  [[nodiscard]] double unexplained_latency(const std::vector<double>& latency,
                                           const std::vector<std::uint8_t>& bin) const {
    double n[bins] = {};
    double sum[bins] = {};
    double squares = 0;
    for (std::size_t i = settled_; i < load_.size(); ++i) {
      if (bin[i] == bins || !(latency[i] > 0)) continue;
      const double y = std::log(latency[i]);
      ++n[bin[i]];
      sum[bin[i]] += y;
      squares += y * y;
    }
    for (std::size_t b = 0; b < bins; ++b) squares -= n[b] > 0 ? sum[b] * sum[b] / n[b] : 0;
    return squares;
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
  std::vector<double> delays_{};  // in intervals; none where ready replicas were recorded
  std::vector<std::vector<double>> paths_{};
  std::vector<std::vector<std::uint8_t>> bins_{};
};

}  // namespace headroom
