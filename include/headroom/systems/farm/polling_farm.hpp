#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::ceil
#include <cstddef>    // std::size_t
#include <cstdint>    // std::int64_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/config.hpp>

namespace headroom::farm {

/// One FIFO queue, c workers that poll it, one collector that polls their results: the farm's data path, without
/// randomness of its own. Times are seconds since the start of the episode and never run backwards.
///
/// No event queue: requests leave in order, and whoever polls first after a request is ready takes it, so a request
/// costs one scan over the workers (at most a few dozen contiguous doubles). An episode of 1140 requests takes about 50
/// microseconds.
class polling_farm {
 public:
  struct options {
    double worker_poll_s =
        0.116;  ///< an idle worker's cycle: 0.1 s of sleep, then a look at the control queue and at the work queue
    double collector_poll_s = 0.116;  ///< and an idle collector's
    double hop_s = 0.008;             ///< one queue operation, network included
  };

  /// The collector's summary of the requests collected within a window.
  struct window_summary {
    std::size_t count = 0;
    double mean_latency_s = 0;
    double max_latency_s = 0;
    std::size_t in_time = 0;
  };

  /// `max_workers` is the capacity for workers; more must not be added.
  polling_farm(const options& o, std::size_t max_workers) : options_(o), inverse_poll_(1 / o.worker_poll_s) {
    free_at_.reserve(max_workers);
    phase_.reserve(max_workers);
    until_.resize(max_workers);
  }

  /// Clears everything and takes the requests of an episode; the spans must outlive it. `generated_s` ascends.
  void reset(std::span<const double> generated_s, std::span<const double> service_s,
             std::span<const double> deadline_s) {
    HEADROOM_ASSERT(generated_s.size() == service_s.size() && service_s.size() == deadline_s.size(),
                    "polling_farm: lengths differ");
    reseat(generated_s, service_s, deadline_s);
    free_at_.clear();
    phase_.clear();
    finished_.clear();
    collect_time_.clear();
    latency_.clear();
    finished_.reserve(generated_s.size());
    collect_time_.reserve(generated_s.size());
    latency_.reserve(generated_s.size());
    popped_ = queued_ = in_time_ = pushed_ = 0;
    last_pop_ = collector_next_ = 0;
  }

  /// The same requests at another address: for an owner that was copied together with them.
  void reseat(std::span<const double> generated_s, std::span<const double> service_s,
              std::span<const double> deadline_s) noexcept {
    generated_ = generated_s;
    service_ = service_s;
    deadline_ = deadline_s;
  }

  /// A worker starts to poll at `ready_s`.
  void add_worker(double ready_s) {
    HEADROOM_ASSERT(free_at_.size() < until_.size(), "polling_farm: more workers than announced");
    free_at_.push_back(ready_s);
    phase_.push_back(modulo(ready_s));
  }

  /// Removes one worker: the first that looks at its control queue after `now`. An idle worker looks within one poll;
  /// if all are busy, the first to finish leaves. Returns when the worker left. Call `advance(now)` first.
  double remove_worker(double now) {
    HEADROOM_ASSERT(!free_at_.empty(), "polling_farm: no worker left to remove");
    double wait = 0;
    const std::size_t j = first_to_poll(now, wait);
    free_at_[j] = free_at_.back();
    phase_[j] = phase_.back();
    free_at_.pop_back();
    phase_.pop_back();
    return now + wait;
  }

  /// Advances the time to `now`. O(requests started * workers).
  void advance(double now) {
    while (queued_ < generated_.size() && generated_[queued_] + options_.hop_s <= now) ++queued_;
    while (popped_ < queued_ && !free_at_.empty()) {
      const double ready = std::max(generated_[popped_] + options_.hop_s, last_pop_);
      double wait = 0;
      const std::size_t j = first_to_poll(ready, wait);
      const double start = ready + wait;
      if (start > now) break;
      last_pop_ = start;
      const double pushed = start + service_[popped_] + options_.hop_s;
      free_at_[j] = pushed;
      phase_[j] = modulo(pushed);
      insert({pushed, popped_});
      ++popped_;
    }
    collect(now);
  }

  /// The requests collected in (now - length_s, now].
  [[nodiscard]] window_summary look_back(double now, double length_s) const {
    window_summary w;
    double sum = 0;
    for (std::size_t k = collect_time_.size(); k > 0 && collect_time_[k - 1] > now - length_s; --k) {
      ++w.count;
      sum += latency_[k - 1];
      w.max_latency_s = std::max(w.max_latency_s, latency_[k - 1]);
      w.in_time += latency_[k - 1] <= deadline_[finished_[k - 1].request] ? 1U : 0U;
    }
    if (w.count > 0) w.mean_latency_s = sum / static_cast<double>(w.count);
    return w;
  }

  [[nodiscard]] std::size_t workers() const noexcept { return free_at_.size(); }            ///< polling or about to
  [[nodiscard]] std::size_t enqueued() const noexcept { return queued_; }                   ///< ever
  [[nodiscard]] std::size_t waiting() const noexcept { return queued_ - popped_; }          ///< in the worker queue
  [[nodiscard]] std::size_t uncollected() const noexcept { return pushed_ - collected(); }  ///< in the result queue
  [[nodiscard]] std::size_t collected() const noexcept { return collect_time_.size(); }     ///< ever
  [[nodiscard]] std::size_t in_time() const noexcept { return in_time_; }                   ///< of the collected

 private:
  struct result {
    double pushed_s;
    std::size_t request;
  };

  [[nodiscard]] double modulo(double t) const {
    return t - options_.worker_poll_s * static_cast<double>(static_cast<std::int64_t>(t * inverse_poll_));
  }

  // Worker j next looks at its queues when it gets free or, if idle, a whole number of polls after that.
  [[nodiscard]] std::size_t first_to_poll(double ready, double& wait) {
    const double now_phase = modulo(ready);
    const double period = options_.worker_poll_s;
    const std::size_t n = free_at_.size();
    const double* const free_at = free_at_.data();
    const double* const phase = phase_.data();
    double* const until = until_.data();
    // Two passes without a branch on data: the next poller cannot be predicted, and a mispredicted branch for each
    // worker costs more. The maximum chooses between busy and idle: a worker that gets free within a poll looks exactly
    // at its next phase.
    for (std::size_t j = 0; j < n; ++j) {
      const double busy = free_at[j] - ready;
      const double idle = phase[j] - now_phase;
      until[j] = std::max(busy, idle + (idle < 0 ? period : 0.0));
    }
    double least = until[0];
    double least_odd = least;
    std::size_t j = 1;
    for (; j + 1 < n; j += 2) {
      least = std::min(until[j], least);
      least_odd = std::min(until[j + 1], least_odd);
    }
    if (j < n) least = std::min(until[j], least);
    least = std::min(least, least_odd);
    std::size_t best = 0;
    while (until[best] != least) ++best;
    wait = least;
    return best;
  }

  // Results are pushed almost in order of start, so insertion from the back moves a few entries.
  void insert(const result& r) {
    finished_.push_back(r);
    std::size_t k = finished_.size() - 1;
    for (; k > 0 && finished_[k - 1].pushed_s > r.pushed_s; --k) finished_[k] = finished_[k - 1];
    finished_[k] = r;
  }

  void collect(double now) {
    while (pushed_ < finished_.size() && finished_[pushed_].pushed_s <= now) ++pushed_;
    while (collected() < pushed_) {
      const result& r = finished_[collected()];
      if (r.pushed_s > collector_next_) {
        collector_next_ +=
            std::ceil((r.pushed_s - collector_next_) / options_.collector_poll_s) * options_.collector_poll_s;
      }
      const double done = collector_next_ + options_.hop_s;
      if (done > now) return;
      collector_next_ = done;
      const double latency = done - generated_[r.request];
      collect_time_.push_back(done);
      latency_.push_back(latency);
      in_time_ += latency <= deadline_[r.request] ? 1U : 0U;
    }
  }

  options options_;
  double inverse_poll_;
  std::span<const double> generated_;
  std::span<const double> service_;
  std::span<const double> deadline_;
  std::vector<double> free_at_;       // per worker: when it next gets free (or got)
  std::vector<double> phase_;         // per worker: free_at_ modulo the poll period
  std::vector<double> until_;         // per worker: time until its next look, while one is being chosen
  std::vector<result> finished_;      // sorted by push time
  std::vector<double> collect_time_;  // ascending; entry k belongs to finished_[k]
  std::vector<double> latency_;       // generation to collection
  std::size_t popped_ = 0;
  std::size_t queued_ = 0;
  std::size_t pushed_ = 0;
  std::size_t in_time_ = 0;
  double last_pop_ = 0;
  double collector_next_ = 0;
};

}  // namespace headroom::farm
