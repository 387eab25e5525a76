#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <cmath>      // std::llround, std::pow
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/planning/replica_moves.hpp>
#include <headroom/planning/step_table.hpp>
#include <headroom/systems/farm/image_service.hpp>
#include <headroom/systems/farm/options.hpp>
#include <headroom/systems/farm/scaling_calls.hpp>

namespace headroom::farm {

/// One step of the farm for a plan. Model of StepModel over replica_moves::at_once: a course is so many workers and a
/// move, whose scaling calls take the time that they take on the farm. Each request is followed: its hop, the next poll
/// of an idle worker, its service, the collector's next poll, its deadline of so many service times. Requests that wait
/// came at the rate of the load or at that of the workers, whichever is higher (see fifo_steps); those in service began
/// at a random moment. A request counts as late in the step in
/// which it starts.
///
/// What it simplifies: arrivals are Poisson at one rate (as executed, the published ones vary more), every step lasts
/// as long as one that does not scale, polls are at random phases, and a leaving worker is the first that gets free.
/// Replicas move one by one if calls block, all at once if they do not; calls that block beyond the step are cut off
/// there. O(workers) a request; no allocation once the buffers have grown.
class steps {
 public:
  /// `moves` is not copied and must outlive it. Throws std::invalid_argument for options out of range.
  steps(const options& o, const replica_moves& moves)
      : options_(checked(o)), length_s_(o.step_s + overhead_s), moves_(&moves) {
    require(moves.most() <= o.max_workers, "farm::steps", "largest number of workers", moves.most(),
            "be at most max_workers, " + to_text(o.max_workers));
    engine random(split(2024, stream::initialisation));
    service_s_.resize(drawn);  // a gamma draw and two roots cost more than the rest of a request
    for (double& s : service_s_) {
      s = options_.service(random);
      longest_s_ = std::max(longest_s_, s);
      mean_s_ += s / static_cast<double>(drawn);
    }
  }

  [[nodiscard]] std::size_t courses() const noexcept { return moves_->courses(); }

  step_sample operator()(std::size_t course, double rate, double in_system, engine& random) {
    const replica_moves::course_type c = moves_->course(course);
    const auto there = static_cast<std::size_t>(std::llround(std::max(0.0, in_system)));
    const std::size_t serving = std::min(there, static_cast<std::size_t>(c.ready));
    free_s_.assign(static_cast<std::size_t>(c.ready), 0.0);
    for (std::size_t k = 0; k < serving; ++k) free_s_[k] = under_way(random) * random.uniform();
    late_ = 0;
    left_ = 0;
    scale(c.delta, random);
    wait(there - serving, std::max(rate, static_cast<double>(c.ready) / mean_s_), random);
    for (double now_s = next(rate, 0, random); now_s < length_s_; now_s = next(rate, now_s, random)) {
      serve(now_s, random);
    }
    for (const double free_s : free_s_) left_ += free_s > length_s_ ? 1 : 0;
    return {late_, left_};
  }

 private:
  static constexpr std::size_t drawn = 8'192;
  static constexpr double overhead_s = 0.05;  // mean of what the farm's programs take for a step

  static double next(double rate, double now_s, engine& random) {
    return rate > 0 ? now_s + exponential(random, 1 / rate) : std::numeric_limits<double>::infinity();
  }
  double service(engine& random) const { return service_s_[random.below(drawn)]; }
  double under_way(engine& random) const {
    double s = service(random);
    while (random.uniform() * longest_s_ >= s) s = service(random);
    return s;
  }

  // When workers come and go: at `come_s_` one more, at `go_s_` one fewer.
  void scale(int delta, engine& random) {
    come_s_.clear();
    go_s_.clear();
    double clock = 0;
    for (int k = 0; k < delta; ++k) {
      const double call_s = scale_up_call_s(random);
      come_s_.push_back(clock + std::max(0.0, call_s - options_.ready_lead_s));
      if (options_.block_on_scaling) clock += call_s;
    }
    for (int k = 0; k > delta; --k) {
      go_s_.push_back(clock);
      if (options_.block_on_scaling) clock += scale_down_call_s(random);
    }
    come_ = go_ = 0;
  }

  // Those that wait, the oldest first, as they came at this rate.
  void wait(std::size_t n, double rate, engine& random) {
    arrived_s_.resize(n);
    const double gap_s = rate > 0 ? 1 / rate : options_.service.mean_s;
    double at_s = 0;
    for (std::size_t k = n; k-- > 0;) {
      at_s -= exponential(random, gap_s);
      arrived_s_[k] = at_s;
    }
    for (const double arrived_s : arrived_s_) serve(arrived_s, random);
  }

  void serve(double arrived_s, engine& random) {
    const double service_s = service(random);
    const double polls = random.uniform();
    const double collected = random.uniform();
    const double ready_s = std::max(0.0, arrived_s + options_.polling.hop_s);
    std::size_t worker = first_free();
    double start_s = worker < free_s_.size() ? std::max(ready_s, free_s_[worker]) : length_s_;
    while (change_before(start_s)) {
      worker = first_free();
      start_s = worker < free_s_.size() ? std::max(ready_s, free_s_[worker]) : length_s_;
    }
    if (start_s >= length_s_) {
      ++left_;
      return;
    }
    if (free_s_[worker] <= ready_s) {  // some are idle: the first of them to poll takes it
      double idle = 0;
      for (const double free_s : free_s_) idle += free_s <= ready_s ? 1 : 0;
      start_s += options_.polling.worker_poll_s * (1 - std::pow(polls, 1 / idle));
    }
    const double hop_s = options_.polling.hop_s;
    const double latency_s =
        start_s + service_s + 2 * hop_s + options_.polling.collector_poll_s * collected - arrived_s;
    const double deadline_s =
        std::clamp(options_.deadline_factor * service_s, options_.deadline_min_s, options_.deadline_max_s);
    late_ += latency_s > deadline_s ? 1 : 0;
    free_s_[worker] = start_s + service_s + hop_s;
  }
  [[nodiscard]] std::size_t first_free() const {
    std::size_t best = 0;
    for (std::size_t k = 1; k < free_s_.size(); ++k) best = free_s_[k] < free_s_[best] ? k : best;
    return best;
  }
  // A worker that comes or goes before a request starts; whether there was one.
  bool change_before(double start_s) {
    if (come_ < come_s_.size() && come_s_[come_] <= start_s && come_s_[come_] < length_s_) {
      free_s_.push_back(come_s_[come_++]);
      return true;
    }
    if (go_ < go_s_.size() && go_s_[go_] <= start_s && !free_s_.empty()) {
      const std::size_t first = first_free();
      if (free_s_[first] > length_s_) ++left_;  // it finishes what it does
      free_s_[first] = free_s_.back();
      free_s_.pop_back();
      ++go_;
      return true;
    }
    return false;
  }

  options options_;
  double length_s_;  // of a step
  const replica_moves* moves_;
  std::vector<double> service_s_;
  double longest_s_ = 0;
  double mean_s_ = 0;
  std::vector<double> free_s_{};  // when each worker gets free, since the step began
  std::vector<double> arrived_s_{};
  std::vector<double> come_s_{};
  std::vector<double> go_s_{};
  std::size_t come_ = 0;
  std::size_t go_ = 0;
  double late_ = 0;
  double left_ = 0;
};

}  // namespace headroom::farm
