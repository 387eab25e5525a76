#pragma once

#include <algorithm>    // std::clamp, std::max, std::min
#include <cmath>        // std::llround
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <type_traits>  // std::is_same_v
#include <utility>      // std::move

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/environments/internal/future_requests.hpp>
#include <headroom/environments/internal/service_plant.hpp>
#include <headroom/environments/internal/service_seeding.hpp>
#include <headroom/environments/internal/start_ages.hpp>
#include <headroom/environments/service_observation.hpp>
#include <headroom/environments/service_options.hpp>
#include <headroom/environments/service_state.hpp>

namespace headroom {

/// The load that a simulator assumes if it is given no other: what is seen stays as it is. Before the first scrape
/// nothing is seen, and nothing arrives.
struct seen_load {};

/// A model of a service to plan on. Model of Simulator: `begin` draws what cannot be seen so that it fits what is seen,
/// and `step` lives a future of its own, with Poisson arrivals at the rate that `Load` gives: `seen_load`, or any
/// Workload over the time of the episode, constant_load among them.
///
///     service_simulator model{options};
///     model.begin(o, random);                             // o: an observation of the real service
///     const double p95 = model.step(+4).observation.p95_s;  // one future out of many
///
/// What is drawn: requests in service are those that a random moment meets (duration::under_way); those that wait
/// arrived at the assumed rate, backwards; a replica that starts was asked for at an earlier decision, which `watch`
/// tells, and else is equally likely to be any at which it could still start. Exact in distribution where nothing has a
/// memory: a shared queue, exponential service, start and patience, and metrics as of now. Elsewhere plausible.
/// Draining replicas have an even share of the requests. Replicas that start stand on nodes that run.
///
/// A step costs what the service's costs, and `begin` O(1) a request that is there. No allocation once the
/// buffers have grown. Copies live the same future.
template <class Load = seen_load>
class service_simulator {
 public:
  using observation_type = service_observation;
  using action_type = int;  ///< replicas to add or to remove

  explicit service_simulator(const service_options& options, Load load = {})
      : options_(checked(options)),
        future_(options_),
        ages_(options_.interval_s),
        plant_(options_),
        load_(std::move(load)) {}

  /// The real service shows `o`. Called for each observation in order, the simulator knows the ages of starting
  /// replicas; it need not be.
  void watch(const service_observation& o) { ages_.watch(o); }

  /// Draws a hidden state that fits `o`. The same state of `random` gives the same state and the same future.
  void begin(const service_observation& o, engine& random) {
    draw(state_of(o), o.nodes, ages_.knows(o), random);
    internal::service_seeding::history(plant_, o);
  }
  /// Draws one that fits `s`; no metrics of the past. For tables of a planner: see `outcome`.
  void begin(const service_state& s, engine& random) {
    draw(s, 0, false, random);
    internal::service_seeding::no_history(plant_);
  }

  /// One decision interval. Only after `begin`. What is late counts from the beginning of the interval.
  step_result<service_observation> step(int delta) {
    service_observation o;
    const double late = plant_.totals().late;
    o.requested = delta;
    o.applied = pass(delta);
    plant_.show(o);
    o.late = plant_.totals().late - late;
    return {o, o.status};
  }
  /// One decision interval, and what happened in it, without metrics: faster than `step`.
  service_outcome outcome(int delta) {
    const auto before = plant_.totals();
    service_outcome r;
    pass(delta);
    const auto after = plant_.totals();
    r.arrived = after.arrived - before.arrived;
    r.finished = after.finished - before.finished;
    r.in_time = after.in_time - before.in_time;
    r.lost = after.timeouts + after.errors - before.timeouts - before.errors;
    r.busy_s = after.busy_s - before.busy_s;
    r.replica_s = options_.interval_s * wanted_;
    r.next = state();
    return r;
  }

  /// The state as it is now.
  [[nodiscard]] service_state state() const noexcept {
    service_observation o;
    plant_.show_replicas(o);
    const auto c = plant_.totals();
    return {plant_.now_s(), rate_, o.ready, o.starting, o.draining, c.in_flight, c.backlog};
  }
  [[nodiscard]] const service_options& options() const noexcept { return options_; }

 private:
  // Requests per second at `t_s`.
  [[nodiscard]] double rate(double t_s) const {
    if constexpr (std::is_same_v<Load, seen_load>)
      return rate_;
    else
      return static_cast<double>(load_(t_s));
  }

  void draw(const service_state& s, int nodes, bool ages_known, engine& random) {
    seed_ = random();
    steps_ = 0;
    begin_s_ = s.time_s;
    rate_ = s.rate;
    engine hidden(split(seed_, stream::initialisation));
    const auto in_service = whole(s.in_service);
    const auto waiting = whole(s.waiting);
    future_.begin(s.time_s, in_service, waiting, rate(s.time_s), hidden, engine(split(seed_, stream::workload)));
    const auto rest_s = [&](int k) { return ages_.rest_s(options_.start_delay, k, s, ages_known, hidden); };
    internal::service_seeding::begin(plant_, s, nodes, in_service, future_.requests(), future_.size(), hidden, rest_s);
  }
  // Returns the executed part of the action.
  int pass(int delta) {
    const int now = plant_.wanted();
    const int applied =
        std::clamp(delta, std::min(options_.min_replicas - now, 0), std::max(options_.max_replicas - now, 0));
    engine noise(split(seed_, stream::noise) + ++steps_);
    const double end_s = begin_s_ + static_cast<double>(steps_) * options_.interval_s;
    future_.extend(end_s, [this](double t_s) { return rate(t_s); });
    plant_.reseat(future_.requests());
    plant_.scale(applied, noise);
    wanted_ = plant_.wanted();
    plant_.advance(end_s, noise);
    return applied;
  }
  [[nodiscard]] static std::size_t whole(double n) { return n > 0 ? static_cast<std::size_t>(std::llround(n)) : 0; }

  service_options options_;
  internal::future_requests future_;
  internal::start_ages ages_;
  internal::service_plant plant_;
  Load load_;
  std::uint64_t seed_ = 0;
  std::uint64_t steps_ = 0;
  double begin_s_ = 0;
  double rate_ = 0;
  int wanted_ = 0;
};

}  // namespace headroom
