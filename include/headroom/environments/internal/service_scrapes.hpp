#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::ceil, std::floor
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t
#include <vector>     // std::vector

#include <headroom/environments/service_observation.hpp>
#include <headroom/environments/service_options.hpp>
#include <headroom/telemetry/latency_histogram.hpp>

namespace headroom::internal {

/// What a metrics server would know of a service: counters, collected at multiples of `scrape_s`. The latencies between
/// two scrapes have a histogram of their own, so that a window is the sum of a few. A ring; no allocation after
/// construction.
class service_scrapes {
 public:
  /// Counters since the episode began.
  struct counters {
    double arrived = 0;
    double waited = 0;  // those that found no room and queued
    double finished = 0;
    double in_time = 0;  // of these, first tries answered within the objective
    double late = 0;     // first tries that were answered later, or lost, or given up
    double timeouts = 0;
    double errors = 0;
    double latency_s = 0;   // sum over the finished
    double busy_s = 0;      // integral of the busy slots, or processors
    double capacity_s = 0;  // integral of all of them
    double in_flight = 0;   // now
    double backlog = 0;     // now
  };

  explicit service_scrapes(const service_options& o)
      : scrape_s_(o.scrape_s),
        delay_s_(o.scrape_delay_s),
        per_window_(static_cast<std::size_t>(std::ceil(o.window_s / o.scrape_s - 1e-9))),
        ring_(per_window_ + static_cast<std::size_t>(std::ceil(o.scrape_delay_s / o.scrape_s - 1e-9)) + 2) {}

  void reset() {
    taken_ = 0;
    from_s_ = 0;
    now_.clear();
    take({});  // what was there before the first request: nothing
  }

  /// Begins at `o.time_s`, as if what `o` shows had been so over the whole window: counters that grew evenly, latencies
  /// with these quantiles. `capacity` is how many slots or processors are ready.
  void begin(const service_observation& o, double capacity) {
    const double passed = std::floor(o.time_s / scrape_s_ + 1e-9);
    const auto past = static_cast<std::size_t>(std::min(passed, static_cast<double>(ring_.size() - 2)));
    from_s_ = (passed - static_cast<double>(past)) * scrape_s_;
    now_.clear();
    if (past > 0) add_seen(o);
    for (taken_ = 0; taken_ <= past; ++taken_) {
      const double ago_s = static_cast<double>(past - taken_) * scrape_s_;
      counters& c = ring_[taken_].total;
      c = {};
      c.arrived = -ago_s * o.load;
      c.finished = -ago_s * o.finished;
      c.latency_s = o.finished > 0 && o.latency_s >= 0 ? c.finished * o.latency_s : 0;
      c.timeouts = -ago_s * o.timeouts;
      c.errors = -ago_s * o.errors;
      c.busy_s = -ago_s * capacity * o.utilisation;
      c.capacity_s = -ago_s * capacity;
      c.in_flight = o.in_flight;
      c.backlog = o.backlog;
      ring_[taken_].latencies = now_;
    }
    now_.clear();
  }

  /// When the next scrape is due.
  [[nodiscard]] double due_s() const noexcept { return from_s_ + static_cast<double>(taken_) * scrape_s_; }
  void add_latency(double s) noexcept { now_.add(s); }
  void take(const counters& c) noexcept {
    scrape& next = ring_[taken_ % ring_.size()];
    next.total = c;
    next.latencies = now_;
    now_.clear();
    ++taken_;
  }

  /// Fills in what the metrics show at `t_s`. Before the first scrape that is old enough, they show an idle service.
  void show(double t_s, service_observation& o) const noexcept {
    // The scrapes 0 to last are old enough.
    const double old_enough = std::max(0.0, (t_s - from_s_ - delay_s_) / scrape_s_ + 1e-9);
    const auto last = std::min(static_cast<std::size_t>(old_enough), taken_ - 1);
    const std::size_t first = last > per_window_ ? last - per_window_ : 0;
    const counters& b = ring_[last % ring_.size()].total;
    const counters& a = ring_[first % ring_.size()].total;
    o.in_flight = b.in_flight;
    o.backlog = b.backlog;
    if (last == first) return;
    const double window_s = static_cast<double>(last - first) * scrape_s_;
    o.load = (b.arrived - a.arrived) / window_s;
    o.finished = (b.finished - a.finished) / window_s;
    o.timeouts = (b.timeouts - a.timeouts) / window_s;
    o.errors = (b.errors - a.errors) / window_s;
    if (b.capacity_s > a.capacity_s) o.utilisation = (b.busy_s - a.busy_s) / (b.capacity_s - a.capacity_s);
    if (b.finished > a.finished) o.latency_s = (b.latency_s - a.latency_s) / (b.finished - a.finished);
    latency_histogram sum;
    for (std::size_t k = first + 1; k <= last; ++k) sum += ring_[k % ring_.size()].latencies;
    o.p50_s = sum.quantile(0.5);
    o.p95_s = sum.quantile(0.95);
    o.p99_s = sum.quantile(0.99);
    o.maximum_s = sum.maximum_s();
  }

 private:
  // The answers of one scrape interval, so spread that their quantiles are those that are seen.
  void add_seen(const service_observation& o) noexcept {
    if (!(o.finished > 0) || !(o.p50_s >= 0)) return;
    const double n = o.finished * scrape_s_;
    double before = 0;
    const auto up_to = [&](double quantile, double latency_s) {
      const double until = std::floor(quantile * n + 0.5);
      now_.add(latency_s, static_cast<std::uint32_t>(until - before));
      before = until;
    };
    up_to(0.5, o.p50_s);
    up_to(0.95, o.p95_s);
    up_to(0.99, o.p99_s);
    up_to(1, o.maximum_s);
  }

  struct scrape {
    counters total;
    latency_histogram latencies;  // since the scrape before
  };
  double scrape_s_;
  double delay_s_;
  std::size_t per_window_;
  std::vector<scrape> ring_;
  std::size_t taken_ = 0;
  double from_s_ = 0;  // when scrape 0 was taken
  latency_histogram now_;
};

}  // namespace headroom::internal
