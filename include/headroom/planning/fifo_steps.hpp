#pragma once

#include <algorithm>   // std::make_heap, std::max, std::min, std::pop_heap, std::push_heap
#include <cmath>       // std::isfinite, std::llround
#include <cstddef>     // std::size_t
#include <functional>  // std::greater
#include <limits>      // std::numeric_limits
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/environments/service_options.hpp>
#include <headroom/planning/step_table.hpp>

namespace headroom {

/// One decision interval of a service with one queue, first come first served, before replicas with slots. Model of
/// StepModel; course number c is c replicas that serve all the time. It follows each request. Those in service began at
/// a random moment. Those that wait came at the rate of the load or at that of the slots, whichever is higher: a queue
/// that is stable and not empty looks, backwards in time, as if its slots had filled it (Burke 1956). A request counts
/// as late in the interval in which it starts, because then it is known; one that gives up counts when its turn has
/// come.
///
/// Exact in distribution for a steady M/M/c queue. Replicas do not fail, clients do not try again, contention and a
/// limited queue are refused. O(log slots) a request; no allocation once the buffers have grown.
class fifo_steps {
 public:
  /// Throws std::invalid_argument for a service that is another one.
  fifo_steps(const service_options& options, int most_replicas) : options_(checked(options)), most_(most_replicas) {
    require(options.order == discipline::shared_queue, "fifo_steps", "one queue for all replicas", false,
            "be so: order must be shared_queue");
    require(options.contention == 0, "fifo_steps", "contention", options.contention, "be 0");
    require(!std::isfinite(options.queue_limit), "fifo_steps", "queue_limit", options.queue_limit, "be infinite");
    require(most_replicas >= 1 && most_replicas <= 100'000, "fifo_steps", "most_replicas", most_replicas,
            "be from 1 to 100000");
  }

  [[nodiscard]] std::size_t courses() const noexcept { return static_cast<std::size_t>(most_) + 1; }

  step_sample operator()(std::size_t course, double rate, double in_system, engine& random) {
    const std::size_t slots = course * static_cast<std::size_t>(options_.slots);
    const auto there = static_cast<std::size_t>(std::llround(std::max(0.0, in_system)));
    const std::size_t serving = std::min(there, slots);
    free_s_.assign(slots, 0.0);
    for (std::size_t k = 0; k < serving; ++k) free_s_[k] = options_.service_time.under_way(random) * random.uniform();
    std::make_heap(free_s_.begin(), free_s_.end(), std::greater<>{});
    late_ = 0;
    left_ = 0;
    wait(there - serving, std::max(rate, static_cast<double>(slots) / options_.service_time.mean_s()), random);
    for (double now_s = next(rate, 0, random); now_s < options_.interval_s; now_s = next(rate, now_s, random)) {
      serve(now_s, random);
    }
    for (const double free_s : free_s_) left_ += free_s > options_.interval_s ? 1 : 0;
    return {late_, left_};
  }

 private:
  static double next(double rate, double now_s, engine& random) {
    return rate > 0 ? now_s + exponential(random, 1 / rate) : std::numeric_limits<double>::infinity();
  }
  // Those that wait, the oldest first, as they came at this rate.
  void wait(std::size_t n, double rate, engine& random) {
    arrived_s_.resize(n);
    const double gap_s = rate > 0 ? 1 / rate : options_.service_time.mean_s();
    double at_s = 0;
    for (std::size_t k = n; k-- > 0;) {
      at_s -= exponential(random, gap_s);
      arrived_s_[k] = at_s;
    }
    for (const double arrived_s : arrived_s_) serve(arrived_s, random);
  }
  void serve(double arrived_s, engine& random) {
    double service_s = options_.service_time(random);
    const double patience_s = options_.timeout(random);
    const double start_s = free_s_.empty() ? options_.interval_s : std::max(arrived_s, free_s_.front());
    if (start_s >= options_.interval_s) {
      ++left_;
      return;
    }
    const double wait_s = start_s - arrived_s;
    if (wait_s > patience_s) {
      ++late_;
      return;
    }
    if (options_.timeout_in_service && wait_s + service_s > patience_s) {
      ++late_;
      service_s = patience_s - wait_s;
    } else if (wait_s + service_s > options_.objective_s) {
      ++late_;
    }
    std::pop_heap(free_s_.begin(), free_s_.end(), std::greater<>{});
    free_s_.back() = start_s + service_s;
    std::push_heap(free_s_.begin(), free_s_.end(), std::greater<>{});
  }

  service_options options_;
  int most_;
  std::vector<double> free_s_;  // a heap: when each slot gets free, since the interval began
  std::vector<double> arrived_s_;
  double late_ = 0;
  double left_ = 0;
};

}  // namespace headroom
