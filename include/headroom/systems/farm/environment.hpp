#pragma once

#include <algorithm>  // std::clamp, std::max
#include <cmath>      // std::ceil
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/workloads/arrivals.hpp>
#include <headroom/systems/farm/image_service.hpp>
#include <headroom/systems/farm/legacy_random.hpp>
#include <headroom/systems/farm/polling_farm.hpp>
#include <headroom/systems/farm/scaling_calls.hpp>
#include <headroom/systems/farm/phases.hpp>

namespace headroom::farm {

/// The observation of the farm. The first nine are the published observation, in its order; an encoder picks members by
/// pointer. The rest is what the published system records besides: the clock, the counters and the result.
struct observation {
  double input_queue = 0;        ///< phases that have not started; reveals the schedule
  double worker_queue = 0;       ///< requests waiting, not in service
  double result_queue = 0;       ///< finished, not yet collected
  double output_queue = 0;       ///< collected so far, cumulative
  double workers = 0;            ///< replicas asked for, counted from the request on
  double average_latency = 1.5;  ///< seconds from generation to collection, mean over the window; 1.5 if it is empty
  double maximum_latency = 1.5;  ///< seconds, maximum over the window; 1.5 if it is empty
  double arrival_rate = 0;       ///< requests per second since the previous observation
  double qos_rate = 1;           ///< fraction in time over the window; 1 if it is empty

  double time_s = 0;          ///< seconds since the program started
  double enqueued_total = 0;  ///< requests ever enqueued; 0 in the first observation, as published
  int requested_delta = 0;    ///< what the last action asked for
  int applied_delta = 0;      ///< the executed part of it
  double blocked_s = 0;       ///< how long the scaling calls blocked the step
  double unfinished = 0;      ///< requests of the episode that are not collected yet
  double final_qos = 0;       ///< after the end and the drain: in time / collected
  double final_qos_all = 0;   ///< after the end and the drain: in time / all requests of the episode
  episode status = episode::ongoing;
};

/// The options of the farm. The defaults are the published experiment.
struct options {
  int initial_workers = 12;
  int min_workers = 1;
  int max_workers = 32;
  std::size_t max_steps = 30;         ///< steps before the episode is truncated
  std::size_t distinct_episodes = 0;  ///< so many workloads are drawn, kept (41 kB each) and played in turn: three
                                      ///< times faster training; 0: every episode is a new one
  double step_s = 8;                  ///< decision interval in seconds
  double window_s = 8;                ///< look-back of latency and QoS
  double deadline_factor = 2;         ///< deadline = factor * service time, clamped to the next two
  double deadline_min_s = 0.1;
  double deadline_max_s = 30;
  double first_request_s = 0.6;   ///< when the generator's first request goes out
  double window_drift_s = 0.003;  ///< generator overhead per window
  double ready_lead_s = 1.6;      ///< a new worker polls this long before its scaling call returns
  double settle_s = 0.2;          ///< the step ends this long after the scaling call or later
  bool block_on_scaling = true;   ///< the step waits, one worker at a time; false: all at once, no wait
  polling_farm::options polling{};
  image_service service{};

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("initial_workers", self.initial_workers);
    a("min_workers", self.min_workers);
    a("max_workers", self.max_workers);
    a("max_steps", self.max_steps);
    a("distinct_episodes", self.distinct_episodes);
    a("step_s", self.step_s);
    a("window_s", self.window_s);
    a("deadline_factor", self.deadline_factor);
    a("deadline_min_s", self.deadline_min_s);
    a("deadline_max_s", self.deadline_max_s);
    a("first_request_s", self.first_request_s);
    a("window_drift_s", self.window_drift_s);
    a("ready_lead_s", self.ready_lead_s);
    a("settle_s", self.settle_s);
    a("block_on_scaling", self.block_on_scaling);
    a("worker_poll_s", self.polling.worker_poll_s);
    a("collector_poll_s", self.polling.collector_poll_s);
    a("hop_s", self.polling.hop_s);
    a("quadratic_s", self.service.quadratic_s);
    a("constant_s", self.service.constant_s);
    a("mean_s", self.service.mean_s);
    a("shape", self.service.shape);
    a("side_min", self.service.side_min);
    a("side_max", self.service.side_max);
  }
};

/// Refuses what cannot work; returns its argument.
inline const options& checked(const options& o) {
  require(o.min_workers >= 1, "farm", "min_workers", o.min_workers, "be at least 1");
  require(o.max_workers >= o.min_workers && o.max_workers <= 4096, "farm", "max_workers", o.max_workers,
          "be from min_workers to 4096");
  require(o.initial_workers >= o.min_workers && o.initial_workers <= o.max_workers, "farm", "initial_workers",
          o.initial_workers, "be from min_workers to max_workers");
  require(o.max_steps > 0, "farm", "max_steps", o.max_steps, "be at least 1");
  require_positive("farm", "step_s", o.step_s);
  require_positive("farm", "window_s", o.window_s);
  require_positive("farm", "deadline_factor", o.deadline_factor);
  require_not_negative("farm", "deadline_min_s", o.deadline_min_s);
  require(o.deadline_max_s >= o.deadline_min_s, "farm", "deadline_max_s", o.deadline_max_s,
          "not be below deadline_min_s");
  require_not_negative("farm", "first_request_s", o.first_request_s);
  require_not_negative("farm", "window_drift_s", o.window_drift_s);
  require_not_negative("farm", "ready_lead_s", o.ready_lead_s);
  require_not_negative("farm", "settle_s", o.settle_s);
  require_positive("farm", "polling.worker_poll_s", o.polling.worker_poll_s);
  require_positive("farm", "polling.collector_poll_s", o.polling.collector_poll_s);
  require_not_negative("farm", "polling.hop_s", o.polling.hop_s);
  require_positive("farm", "service.shape", o.service.shape);
  require_positive("farm", "service.mean_s", o.service.mean_s);
  require_positive("farm", "service.quadratic_s", o.service.quadratic_s);
  require_not_negative("farm", "service.constant_s", o.service.constant_s);
  require_positive("farm", "service.side_min", o.service.side_min);
  require(o.service.side_max >= o.service.side_min && o.service.side_max < 1e9, "farm", "service.side_max",
          o.service.side_max, "not be below side_min, and below 1e9");
  return o;
}

/// An emitter, c workers and a collector around one FIFO queue, scaled by adding or removing workers: the published
/// OpenFaaS farm. A scale-up blocks the step for about 6 s, a scale-down for about 2.4 s. `reset` number k of a farm
/// with seed s plays the episode of seed s + k. The published workload is bit-exact from the seed; scaling durations
/// and polling phases come from a stream of their own, so that every policy meets the same ones step by step. Allocates
/// in the constructor and while the first episodes grow its buffers.
class environment {
 public:
  using observation_type = observation;
  using action_type = int;  ///< workers to add or to remove

  /// The published workload, as executed. Seed 0 is a seed like any other.
  explicit environment(std::uint64_t seed, const farm::options& options = {})
      : environment(seed, options, published(phase_mode::executed)) {}

  /// Any workload; the source is called with the seed of each episode.
  environment(std::uint64_t seed, const farm::options& options, arrival_source source)
      : options_(checked(options)),
        source_(std::move(source)),
        first_seed_(seed),
        queue_(options.polling, static_cast<std::size_t>(options.max_workers)) {}

  /// The published generator, in either mode, for the constructor above.
  [[nodiscard]] static arrival_source published(phase_mode mode, phases workload = phases{}) {
    return [mode, workload = std::move(workload)](std::uint64_t seed, arrivals& out) {
      workload.generate(seed, mode, out);
    };
  }

  observation reset() {
    const std::size_t kept = options_.distinct_episodes;
    const std::uint64_t turn = kept > 0 ? episodes_ % kept : 0;
    if (kept > 0) {
      // Usually one plan at a time. More are drawn if another farm played the episodes before and this farm continues
      // for it.
      while (plans_.size() <= turn) {
        plan next;
        load(next, first_seed_ + plans_.size());
        plans_.push_back(std::move(next));
      }
    } else {
      plans_.resize(1);
      load(plans_.front(), first_seed_ + episodes_);
    }
    plan_ = static_cast<std::size_t>(turn);
    seed_ = first_seed_ + (kept > 0 ? turn : episodes_);
    ++episodes_;
    return begin();
  }

  /// Plays the same episode again, without drawing its workload anew.
  observation replay() { return plans_.empty() ? reset() : begin(); }

  step_result<observation> step(int delta) {
    const int target = std::clamp(now_.workers_asked + std::clamp(delta, -options_.max_workers, options_.max_workers),
                                  options_.min_workers, options_.max_workers);
    const int applied = target - now_.workers_asked;
    const double begin = now_.time_s;
    noise_ = noise_of_step(seed_, now_.steps);
    const double overhead = overhead_s(noise_);
    double clock = begin;  // stays at `begin` unless the calls block: time beyond the step must not be played yet
    const auto wait_until = [&](double end) { clock = options_.block_on_scaling ? end : begin; };
    const plan& playing = plans_[plan_];
    queue_.reseat(playing.generated_s, playing.service_s,
                  playing.deadline_s);  // this farm may be a copy of the one that was reset
    for (int k = 0; k < applied; ++k) wait_until(scale_up(clock));
    for (int k = 0; k > applied; --k) wait_until(scale_down(clock));
    const double blocked = clock - begin;
    now_.workers_asked = target;
    now_.time_s = begin + std::max(options_.step_s, blocked > 0 ? blocked + options_.settle_s : 0.0) + overhead;
    ++now_.steps;
    queue_.advance(now_.time_s);
    observation o = observe(now_.time_s - begin);
    o.requested_delta = delta;
    o.applied_delta = applied;
    o.blocked_s = blocked;
    const bool idle = o.input_queue == 0 && o.worker_queue == 0 && o.result_queue == 0;
    if (idle && o.unfinished == 0)
      o.status = episode::terminated;
    else if (now_.steps >= options_.max_steps)
      o.status = episode::truncated;
    if (o.status != episode::ongoing) drain(o);
    return {o, o.status};
  }

  /// What a checkpoint stores, between episodes: which one is the next.
  /// Everything else is drawn from its seed. The arrival source is code, and must be the same.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options_);
    a.same("first_seed", self.first_seed_);
    a("episodes", self.episodes_);
  }

  [[nodiscard]] const farm::options& options() const noexcept { return options_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }  ///< of the episode being played
  /// The requests of the episode being played, and how long each is served. Valid after the first `reset`.
  [[nodiscard]] const arrivals& requests() const noexcept { return plans_[plan_].requests; }
  [[nodiscard]] const std::vector<double>& service_times() const noexcept { return plans_[plan_].service_s; }
  /// When each request goes out, in seconds since the program started, and how many seconds it may take.
  [[nodiscard]] const std::vector<double>& generated() const noexcept { return plans_[plan_].generated_s; }
  [[nodiscard]] const std::vector<double>& deadlines() const noexcept { return plans_[plan_].deadline_s; }

  /// The stream that a step draws from: first its overhead, then the duration of each of its scaling calls. It does not
  /// depend on earlier actions, so every policy gets the same durations, and a bound can know them.
  [[nodiscard]] static engine noise_of_step(std::uint64_t seed, std::size_t step) {
    return engine(split(seed, stream::noise) + step + 1);
  }
  [[nodiscard]] static double overhead_s(engine& noise) { return uniform(noise, 0.0, 0.1); }

 private:
  struct state {
    double time_s = 0;
    int workers_asked = 0;
    std::size_t steps = 0;
    double enqueued = 0;
  };

  // The workload of an episode, ready to be played.
  struct plan {
    arrivals requests;
    std::vector<double> generated_s;
    std::vector<double> service_s;
    std::vector<double> deadline_s;
    std::vector<double> phase_begin_s;
  };

  void load(plan& p, std::uint64_t seed) const {
    source_(seed, p.requests);
    const std::size_t n = p.requests.size();
    p.generated_s.resize(n);
    p.service_s.resize(n);
    p.deadline_s.resize(n);
    auto random = mersenne_twister::from_words(seed);
    for (std::size_t i = 0; i < n; ++i) {
      p.generated_s[i] =
          options_.first_request_s + p.requests.time_s[i] + options_.window_drift_s * p.requests.window[i];
      p.service_s[i] = options_.service(random);
      p.deadline_s[i] =
          std::clamp(options_.deadline_factor * p.service_s[i], options_.deadline_min_s, options_.deadline_max_s);
    }
    p.phase_begin_s.clear();
    std::size_t i = 0;
    for (const double start : p.requests.phase_start_s) {
      while (i < n && p.requests.time_s[i] < start) ++i;
      p.phase_begin_s.push_back(i < n ? p.generated_s[i] : options_.first_request_s + start);
    }
  }

  observation begin() {
    noise_ = engine(split(seed_, stream::noise));
    now_ = {};
    now_.workers_asked = options_.initial_workers;
    now_.time_s = options_.first_request_s + uniform(noise_, 0.05, 0.15);
    const plan& p = plans_[plan_];
    queue_.reset(p.generated_s, p.service_s, p.deadline_s);
    for (int k = 0; k < options_.initial_workers; ++k)
      queue_.add_worker(uniform(noise_, 0.0, options_.polling.worker_poll_s));
    queue_.advance(now_.time_s);
    observation o;
    o.input_queue = phases_ahead();
    o.worker_queue = static_cast<double>(queue_.waiting());
    o.workers = now_.workers_asked;
    o.time_s = now_.time_s;
    o.unfinished = requested();
    return o;
  }

  double scale_up(double clock) {
    const double d = scale_up_call_s(noise_);
    queue_.add_worker(clock + std::max(0.0, d - options_.ready_lead_s));
    return clock + d;
  }

  double scale_down(double clock) {
    const double d = scale_down_call_s(noise_);
    queue_.advance(clock);
    const double acknowledged = queue_.remove_worker(clock) - clock;
    return clock + d + std::max(0.0, std::ceil(acknowledged) - 1);
  }

  [[nodiscard]] double requested() const { return static_cast<double>(plans_[plan_].generated_s.size()); }

  [[nodiscard]] double phases_ahead() const {
    std::size_t n = 0;
    for (const double begin : plans_[plan_].phase_begin_s) n += begin > now_.time_s ? 1U : 0U;
    return static_cast<double>(n);
  }

  observation observe(double elapsed_s) {
    observation o;
    const auto window = queue_.look_back(now_.time_s, options_.window_s);
    o.input_queue = phases_ahead();
    o.worker_queue = static_cast<double>(queue_.waiting());
    o.result_queue = static_cast<double>(queue_.uncollected());
    o.output_queue = static_cast<double>(queue_.collected());
    o.workers = now_.workers_asked;
    if (window.count > 0) {
      o.average_latency = window.mean_latency_s;
      o.maximum_latency = window.max_latency_s;
      o.qos_rate = static_cast<double>(window.in_time) / static_cast<double>(window.count);
    }
    o.enqueued_total = static_cast<double>(queue_.enqueued());
    o.arrival_rate = (o.enqueued_total - now_.enqueued) / elapsed_s;
    now_.enqueued = o.enqueued_total;
    o.time_s = now_.time_s;
    o.unfinished = requested() - o.output_queue;
    return o;
  }

  // As published: while a request is queued, wait 5 s, at most twice. Requests in service are not waited for.
  void drain(observation& o) {
    double clock = now_.time_s;
    for (int wait = 0; wait < 2 && phases_ahead() + static_cast<double>(queue_.waiting() + queue_.uncollected()) > 0;
         ++wait) {
      clock += 5;
      queue_.advance(clock);
    }
    const auto in_time = static_cast<double>(queue_.in_time());
    o.final_qos = queue_.collected() > 0 ? in_time / static_cast<double>(queue_.collected()) : 0;
    o.final_qos_all = requested() > 0 ? in_time / requested() : 0;
  }

  farm::options options_;
  arrival_source source_;
  std::uint64_t first_seed_;
  std::uint64_t seed_ = 0;      // of the episode being played
  std::uint64_t episodes_ = 0;  // begun so far
  std::vector<plan> plans_;     // one, or as many as are kept
  std::size_t plan_ = 0;        // the one being played
  polling_farm queue_;
  engine noise_{0};
  state now_;
};

}  // namespace headroom::farm
