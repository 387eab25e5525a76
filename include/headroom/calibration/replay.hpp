#pragma once

#include <algorithm>  // std::max, std::max_element
#include <cmath>      // std::floor, std::lround
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/start_delay.hpp>
#include <headroom/core/random.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/environments/service_options.hpp>
#include <headroom/workloads/arrivals.hpp>

namespace headroom {

/// Lives a recorded history again: the model of a service meets the recorded load and the recorded replicas, and its
/// metrics are those that the history has. Each seed is another life.
///
///     const history_replay again(history);
///     const service_history one = again(options, 7);   // the same columns, of the model
///
/// Requests: as many as were recorded in each interval, at random moments of it. Further tries are in the recorded
/// load, so no client of the model tries again. Replicas: where ready ones were recorded, the model has as many; else
/// it wants as many as were wanted and starts them itself. When between two rows they changed is not known: each replay
/// draws one of five moments, from right after the row before to the row itself, for all that comes and one for all
/// that goes. Costs what the service costs, about 0.2 microseconds a request; allocates.
class history_replay {
 public:
  /// `h` as checked() demands it.
  /// `wishes`: after_row, if wanted replicas are known to change right after a row; ready ones may at any moment.
  explicit history_replay(service_history h, decision_moment wishes = decision_moment::anywhere)
      : history_(std::move(h)), fixed_(wishes == decision_moment::after_row && history_.ready.empty()) {
    static_cast<void>(checked(history_));
  }

  [[nodiscard]] const service_history& history() const noexcept { return history_; }
  /// Requests of a replay.
  [[nodiscard]] double requests() const noexcept {
    double n = 0;
    for (std::size_t i = 1; i < history_.size(); ++i) n += history_.load_per_s[i] * history_.interval_s;
    return n;
  }

  /// The options that a replay plays of `o`: its intervals are those of the rows, its replicas those that were
  /// recorded.
  [[nodiscard]] service_options played(service_options o) const {
    const double h = history_.interval_s;
    const auto& path = history_.replicas();
    o.interval_s = h / parts;
    o.window_s = std::max(h, std::floor(o.window_s / h + 1e-9) * h);
    o.scrape_s = h;
    o.scrape_delay_s = 0;
    o.retries = 0;
    o.min_replicas = 0;
    // Twice as many as ever, because what goes may go after what comes has come.
    o.max_replicas = std::max(1, 2 * whole(*std::max_element(path.begin(), path.end())));
    o.initial_replicas = whole(path.front());
    if (!history_.ready.empty()) {  // starts, failures and nodes are in the recorded numbers
      o.start_delay = duration::constant(0);
      o.life = duration::never();
      o.replicas_per_node = 0;
    }
    return o;
  }

  /// The history that a service with these options would have had. `o.window_s`: over how much of the past the recorded
  /// metrics were taken; less than a row is one row. Throws what service throws.
  [[nodiscard]] service_history operator()(const service_options& o, std::uint64_t seed) const {
    const auto& path = history_.replicas();
    service world(seed, played(o), [this](std::uint64_t s, arrivals& out) { arrive(s, out); });
    service_history lived;
    lived.interval_s = history_.interval_s;
    lived.load_per_s = history_.load_per_s;
    lived.wanted = history_.wanted;
    lived.ready = history_.ready;
    engine random(seed, stream::noise);
    const std::size_t comes = fixed_ ? 0 : random.below(parts + 1);
    const std::size_t goes = fixed_ ? 0 : random.below(parts + 1);
    service_observation now = world.reset();
    keep(lived, now);
    int aim = now.replicas;
    int last = 0;  // what changed in the interval before
    for (std::size_t i = 1; i < history_.size(); ++i) {
      const int change = whole(path[i]) - whole(path[i - 1]);
      for (std::size_t part = 0; part < parts; ++part) {
        const auto due = [&](std::size_t moment, int of, int of_last) {
          if (part == moment) aim += of;
          if (part + parts == moment) aim += of_last;  // at the row itself: the first part of the next interval
        };
        due(comes, std::max(change, 0), std::max(last, 0));
        due(goes, std::min(change, 0), std::min(last, 0));
        now = world.step(std::max(aim, 0) - now.replicas).observation;
      }
      keep(lived, now);
      last = change;
    }
    return lived;
  }

 private:
  static constexpr std::size_t parts = 4;  // of an interval, at whose beginnings replicas may change

  [[nodiscard]] static int whole(double replicas) { return static_cast<int>(std::lround(replicas)); }

  // Uniform moments in order, by the gaps between them.
  void arrive(std::uint64_t seed, arrivals& out) const {
    engine random(seed, stream::workload);
    const double h = history_.interval_s;
    out.clear();
    out.phase_start_s.push_back(0);
    out.end_s = h * static_cast<double>(history_.size() - 1);
    for (std::size_t i = 1; i < history_.size(); ++i) {
      const double begin_s = h * static_cast<double>(i - 1);
      const auto n = static_cast<std::size_t>(std::floor(history_.load_per_s[i] * h + random.uniform()));
      const std::size_t first = out.time_s.size();
      double sum = 0;
      for (std::size_t k = 0; k < n; ++k) out.time_s.push_back(sum += exponential(random, 1.0));
      sum += exponential(random, 1.0);
      for (std::size_t k = first; k < out.time_s.size(); ++k) out.time_s[k] = begin_s + h * out.time_s[k] / sum;
    }
    out.window.assign(out.time_s.size(), 0);
  }

  void keep(service_history& to, const service_observation& o) const {
    const auto add = [](const std::vector<double>& recorded, std::vector<double>& column, double value) {
      if (!recorded.empty()) column.push_back(value);
    };
    add(history_.in_flight, to.in_flight, o.in_flight);
    add(history_.utilisation, to.utilisation, o.utilisation);
    add(history_.mean_latency_s, to.mean_latency_s, o.latency_s);
    add(history_.p50_s, to.p50_s, o.p50_s);
    add(history_.p95_s, to.p95_s, o.p95_s);
    add(history_.p99_s, to.p99_s, o.p99_s);
  }

  service_history history_;
  bool fixed_;
};

}  // namespace headroom
