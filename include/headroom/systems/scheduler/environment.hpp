#pragma once

#include <algorithm>   // std::min
#include <cmath>       // std::isfinite
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint64_t
#include <functional>  // std::function
#include <span>        // std::span
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/types.hpp>
#include <headroom/systems/scheduler/queueing_model.hpp>
#include <headroom/systems/scheduler/service_metrics.hpp>
#include <headroom/systems/scheduler/two_bumps.hpp>

namespace headroom::scheduler {

/// The observation of the request scheduler's environment: the five raw published metrics, and more of the same step.
struct observation : service_metrics {
  double response_time_s = 0;     ///< of the dominant component, in the step that ended
  double served_per_s = 0;        ///< load of the step that ended; `workload` is that of the coming step
  double time_s = 0;              ///< seconds since the episode began
  bool violation = false;         ///< whether the response time was above its limit
  int requested = 0;              ///< what the last action asked for
  int applied = 0;                ///< the executed part of it: the number of replicas
  std::uint64_t steps_total = 0;  ///< steps since construction, for a bonus that fades
};

/// Which load an action meets.
enum class meets : std::uint8_t {
  observed,  ///< the load of the observation before the action; as published, a contextual bandit
  drawn      ///< the load drawn after the action: scaling must come before the load, as in production
};

/// The defaults are the published training world: one component on a Raspberry Pi, an hour in steps of 10 s.
struct options {
  std::vector<queueing_component> chain{queueing_component{}};
  int n_max = 6;
  int initial_instances = 1;
  std::size_t steps = 360;     ///< steps before the episode is truncated
  double step_s = 10;          ///< decision interval in seconds
  double margin = 0.01;        ///< see queueing_model
  double utilization_max = 1;  ///< the observed utilisation is clamped there, as published; above 1 would be overload
  meets effect = meets::observed;  ///< which load an action meets

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("n_max", self.n_max);
    a("initial_instances", self.initial_instances);
    a("steps", self.steps);
    a("step_s", self.step_s);
    a("utilization_max", self.utilization_max);
    a("effect", self.effect);
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const options& checked(const options& o) {
  require(o.n_max >= 1 && o.n_max <= 1'000'000, "scheduler", "n_max", o.n_max, "be from 1 to 1000000");
  require(o.initial_instances >= 1 && o.initial_instances <= o.n_max, "scheduler", "initial_instances",
          o.initial_instances, "be from 1 to n_max, " + to_text(o.n_max));
  require(o.steps >= 1 && o.steps <= 100'000'000, "scheduler", "steps", o.steps, "be from 1 to 100000000");
  require_positive("scheduler", "step_s", o.step_s);
  require(o.utilization_max > 0, "scheduler", "utilization_max", o.utilization_max, "be positive");
  return o;
}

/// Fills in the load at the beginning of each step of the episode with the given seed.
using load_episodes = std::function<void(std::uint64_t seed, double step_s, std::span<double> per_s)>;

/// The published request scheduler's training environment. The response time of a service follows from the load and the
/// number of instances, which the action sets. Nothing lasts: no queue survives a step, and an instance starts at once.
/// So the best action is a function of the observed load (`queueing_model::fewest`), and the distance of a policy from
/// the optimum is known. With `meets::drawn` no policy sees the load that it must serve, and the published solver is no
/// better than the best constant.
///
/// Order of a step: the action sets n; the metrics are taken at n and the observed load; time advances; the next load
/// is drawn. With `meets::drawn` the last two come first. An action below 1 leaves n unchanged, as the published
/// scheduler does with an invalid answer; an action above n_max sets n_max. `reset` number k with seed s plays the
/// episode of seed s + k. Allocates on construction only, if the source does not allocate.
class environment {
 public:
  using observation_type = observation;
  using action_type = int;  ///< replicas, absolute

  explicit environment(std::uint64_t seed, const scheduler::options& options = {})
      : environment(seed, options, published_load()) {}

  /// Any load; the source is called with the seed of each episode.
  environment(std::uint64_t seed, const scheduler::options& options, load_episodes source)
      : options_(checked(options)),
        model_(options.chain, options.margin),
        source_(std::move(source)),
        first_seed_(seed),
        loads_(options.steps + 1) {}

  /// Two bumps with noise, drawn anew for each episode.
  [[nodiscard]] static load_episodes published_load(const two_bumps_options& options = {}) {
    return [options](std::uint64_t seed, double step_s, std::span<double> per_s) {
      sample(two_bumps_load(seed, options), step_s, per_s);
    };
  }
  /// The same load in each episode.
  template <Workload W>
  [[nodiscard]] static load_episodes always(W load) {
    return [load = std::move(load)](std::uint64_t, double step_s, std::span<double> per_s) {
      sample(load, step_s, per_s);
    };
  }

  observation reset() {
    seed_ = first_seed_ + episodes_;
    ++episodes_;
    source_(seed_, options_.step_s, loads_);
    for (std::size_t k = 0; k < loads_.size(); ++k) {
      if (loads_[k] >= 0 && std::isfinite(loads_[k])) continue;
      require_not_negative("scheduler", "load of step " + to_text(k), loads_[k]);
    }
    step_ = 0;
    instances_ = options_.initial_instances;
    return observe(loads_[0], 0);
  }

  step_result<observation> step(int replicas) {
    HEADROOM_ASSERT(step_ < options_.steps, "scheduler: step after the end, reset first");
    if (replicas >= 1) instances_ = std::min(replicas, options_.n_max);
    ++step_;
    ++steps_total_;
    const double met = loads_[options_.effect == meets::observed ? step_ - 1 : step_];
    const bool over = step_ == options_.steps;
    return {observe(met, replicas), over ? episode::truncated : episode::ongoing};
  }

  [[nodiscard]] const scheduler::options& options() const noexcept { return options_; }
  [[nodiscard]] const queueing_model& model() const noexcept { return model_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }  ///< of the episode being played
  /// The loads of the present episode, by step; one more than there are steps. Valid after the first `reset`.
  [[nodiscard]] std::span<const double> loads() const noexcept { return loads_; }

  /// What a checkpoint stores, between episodes: which one is the next.
  /// The source is code, and must be the same.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options_);
    a.same("model", self.model_);
    a.same("first_seed", self.first_seed_);
    a("episodes", self.episodes_);
    a("steps_total", self.steps_total_);
  }

 private:
  template <class W>
  static void sample(const W& load, double step_s, std::span<double> per_s) {
    for (std::size_t k = 0; k < per_s.size(); ++k) per_s[k] = load(static_cast<double>(k) * step_s);
  }

  [[nodiscard]] observation observe(double met_per_s, int requested) const {
    const queueing_state s = model_.at(met_per_s, instances_);
    observation o;
    o.n_instances = instances_;
    o.pressure = s.pressure;
    o.queue_length_dominant = s.queue_length;
    o.utilization = std::min(s.utilization, options_.utilization_max);
    o.workload = loads_[step_];
    o.response_time_s = s.response_time_s;
    o.served_per_s = met_per_s;
    o.time_s = static_cast<double>(step_) * options_.step_s;
    o.violation = s.violation;
    o.requested = requested;
    o.applied = instances_;
    o.steps_total = steps_total_;
    return o;
  }

  scheduler::options options_;
  queueing_model model_;
  load_episodes source_;
  std::uint64_t first_seed_;
  std::uint64_t seed_ = 0;      // of the episode being played
  std::uint64_t episodes_ = 0;  // episodes begun so far
  std::uint64_t steps_total_ = 0;
  std::vector<double> loads_;
  std::size_t step_ = 0;
  int instances_ = 1;
};

}  // namespace headroom::scheduler
