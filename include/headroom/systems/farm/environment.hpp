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
#include <headroom/systems/farm/observation.hpp>
#include <headroom/systems/farm/options.hpp>
#include <headroom/systems/farm/polling_farm.hpp>
#include <headroom/systems/farm/scaling_calls.hpp>
#include <headroom/systems/farm/phases.hpp>

namespace headroom::farm {

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
  std::uint64_t episodes_ = 0;  // episodes begun so far
  std::vector<plan> plans_;     // one, or as many as are kept
  std::size_t plan_ = 0;        // the one being played
  polling_farm queue_;
  engine noise_{0};
  state now_;
};

}  // namespace headroom::farm
