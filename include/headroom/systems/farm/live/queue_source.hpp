#pragma once

#include <algorithm>   // std::max
#include <cstddef>     // std::size_t
#include <cstdint>     // std::int64_t
#include <functional>  // std::function
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/ext/redis.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/systems/farm/live/queues.hpp>

namespace headroom::farm {

struct queue_source_options {
  double window_s = 8;             ///< look-back of latencies and of what was in time
  std::size_t expected_tasks = 0;  ///< of the episode, for `unfinished`; 0: not known, so that it is 0
};
/// Throws std::invalid_argument on impossible options; returns its argument.
inline const queue_source_options& checked(const queue_source_options& o) {
  require_positive("farm::queue_source", "window_s", o.window_s);
  return o;
}

/// The nine numbers that the published farm is decided on, read from its queues in one transaction, so that they are of
/// one moment. Model of MetricSource. `O` is the simulator's observation, farm::observation, or a type whose members
/// have its names. It reads each record once: a read costs what was collected since the last one.
///
/// Without the farm's marker, and where a queue has another type or a record is damaged, nothing is known. Latencies
/// over an empty window are what an observation has before anything happened, as published.
///     farm::queue_source<farm::observation> source{connection, elapsed, workers, {.expected_tasks = 1140}};
template <class O>
class queue_source {
 public:
  using observation_type = O;

  /// `time_s`: seconds since the farm began; `workers`: how many there are wanted. `server` must live longer. Throws
  /// std::invalid_argument.
  queue_source(redis& server, std::function<double()> time_s, std::function<reading()> workers,
               const queue_source_options& o = {})
      : server_(&server), time_s_(std::move(time_s)), workers_(std::move(workers)), options_(checked(o)) {}

  /// A new farm: everything that was read is forgotten.
  void begin() {
    latest_.clear();
    collected_ = in_time_ = 0;
    previous_total_ = previous_s_ = 0;
    begun_ = false;
  }

  /// Nothing if a part is not known; `said()` tells which.
  std::optional<O> read() {
    said_.clear();
    const reading workers = workers_();
    if (!workers.known()) return none("the number of workers is not known: " + std::string(to_text(workers.why)));
    const redis_answer a =
        server_->ask_together({{"EXISTS", queues::marker},
                               {"LLEN", "input_queue"},
                               {"LLEN", "worker_queue"},
                               {"LLEN", "result_queue"},
                               {"LLEN", "output_queue"},
                               {"GET", "worker_queue:enqueued_total"},
                               {"LRANGE", "output_queue", "0", to_text(-static_cast<std::int64_t>(collected_) - 1)}});
    const double now_s = time_s_();
    if (!a.is(redis_answer::kind::list) || a.list.size() != 7) return none(server_->said());
    for (const redis_answer& one : a.list) {
      if (!one.good()) return none("a queue has another type: " + one.text);
    }
    if (a.list[0].whole == 0) return none(std::string(queues::marker) + " is not there: there is no farm");
    const auto total = csv_field{a.list[5].text}.number();
    if (!total) return none("worker_queue:enqueued_total is not there, or no number");
    const auto recorded = static_cast<std::size_t>(a.list[4].whole);
    if (recorded < collected_) return none("output_queue has fewer records than before: another farm began");
    if (!take(a.list[6])) return std::nullopt;

    O o{};
    o.input_queue = static_cast<double>(a.list[1].whole);
    o.worker_queue = static_cast<double>(a.list[2].whole);
    o.result_queue = static_cast<double>(a.list[3].whole);
    o.output_queue = static_cast<double>(recorded);
    o.workers = workers.value;
    look_back(now_s, o);
    // As published: the first observation knows no arrivals, and the second counts all since the beginning.
    if (begun_) {
      o.enqueued_total = *total;
      o.arrival_rate = (*total - previous_total_) / std::max(1e-9, now_s - previous_s_);
      previous_total_ = *total;
    }
    begun_ = true;
    previous_s_ = o.time_s = now_s;
    o.unfinished = std::max(0.0, static_cast<double>(options_.expected_tasks) - o.output_queue);
    return o;
  }

  /// Of all that was collected as far as it was read: how many, and how many in time.
  [[nodiscard]] std::size_t collected() const noexcept { return collected_; }
  [[nodiscard]] std::size_t in_time() const noexcept { return in_time_; }
  /// Why the last read knows nothing, in a sentence.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }

 private:
  struct seen {
    double collected_s;
    double latency_s;
    bool in_time;
  };

  std::optional<O> none(const std::string& why) {
    said_ = "farm::queue_source: " + why;
    return std::nullopt;
  }
  // The newest record stands first.
  bool take(const redis_answer& records) {
    std::vector<seen> fresh;
    for (std::size_t k = records.list.size(); k > 0; --k) {
      const std::optional<queued_task> t = queued_task::of(records.list[k - 1].text);
      if (!t) return none("a record of output_queue is no task: " + records.list[k - 1].text.substr(0, 80)), false;
      fresh.push_back({t->collected_s, t->latency_s(), t->in_time()});
    }
    for (const seen& one : fresh) in_time_ += one.in_time ? 1U : 0U;
    collected_ += fresh.size();
    latest_.insert(latest_.end(), fresh.begin(), fresh.end());
    return true;
  }
  void look_back(double now_s, O& o) {
    std::erase_if(latest_, [&](const seen& one) { return !(one.collected_s > now_s - options_.window_s); });
    if (latest_.empty()) return;
    const auto n = static_cast<double>(latest_.size());
    o.average_latency = o.maximum_latency = o.qos_rate = 0;
    for (const seen& one : latest_) {
      o.average_latency += one.latency_s / n;
      o.maximum_latency = std::max(o.maximum_latency, one.latency_s);
      o.qos_rate += one.in_time ? 1 / n : 0;
    }
  }

  redis* server_;
  std::function<double()> time_s_;
  std::function<reading()> workers_;
  queue_source_options options_;
  std::vector<seen> latest_{};  // of the window
  std::size_t collected_ = 0;
  std::size_t in_time_ = 0;
  double previous_total_ = 0;
  double previous_s_ = 0;
  bool begun_ = false;
  std::string said_{};
};

}  // namespace headroom::farm
