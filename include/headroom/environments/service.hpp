#pragma once

#include <algorithm>  // std::clamp
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/environments/internal/service_plant.hpp>
#include <headroom/environments/service_observation.hpp>
#include <headroom/environments/service_options.hpp>
#include <headroom/workloads/arrivals.hpp>

namespace headroom {

/// A service that is scaled by its number of replicas: yours, described by service_options. Model of Environment. An
/// action is a number of replicas more or less, of any size; what leaves [min_replicas, max_replicas] is cut.
///
///     service world{42, {.slots = 8, .start_delay = duration::constant(90)},
///                   poisson_arrivals{diurnal_load{}, {.duration_s = 3600}}};
///
/// `reset` number k of a service with seed s plays the episode of seed s + k: the arrivals, sizes and patience of its
/// requests are fixed by that seed, and the start delays and failures of step n by the seed and n, so that every policy
/// meets the same world. An episode ends (truncated) at the first decision after the end of the workload. Allocates
/// while the first episodes grow its buffers. A copy in mid-episode goes on by itself, with the same future.
///
/// Exact where queueing theory is: see tests/environments/service.test.cpp.
class service {
 public:
  using observation_type = service_observation;
  using action_type = int;  ///< replicas to add or to remove

  service(std::uint64_t seed, const service_options& options, arrival_source source)
      : options_(checked(options)), source_(std::move(source)), first_seed_(seed), plant_(options_) {}

  service_observation reset() {
    seed_ = first_seed_ + episodes_++;
    load();
    return replay();
  }
  /// Plays the same episode again. Only after a reset.
  service_observation replay() {
    steps_ = 0;
    late_ = 0;
    engine noise = noise_of_step(0);
    plant_.reset(requests(), noise);
    service_observation o;
    plant_.show(o);
    return o;
  }

  step_result<service_observation> step(int delta) {
    const int now = plant_.wanted();
    const int room_above = options_.max_replicas - now;
    const int room_below = options_.min_replicas - now;  // zero or negative
    const int applied = std::clamp(delta, std::min(room_below, 0), std::max(room_above, 0));
    engine noise = noise_of_step(++steps_);
    plant_.reseat(requests());  // this service may be a copy of the one that was reset
    plant_.scale(applied, noise);
    plant_.advance(static_cast<double>(steps_) * options_.interval_s, noise);
    service_observation o;
    plant_.show(o);
    o.requested = delta;
    o.applied = applied;
    if (o.time_s >= workload_.end_s) {
      o.status = episode::truncated;
      settle(o, noise);
    }
    const double late = late_so_far(o.status);
    o.late = late - late_;
    late_ = late;
    return {o, o.status};
  }

  /// What was counted since the episode began: nothing of it is delayed or averaged.
  struct totals_type {
    double arrived = 0;    ///< requests, further tries included
    double waited = 0;     ///< of these, those that had to wait for a slot
    double finished = 0;   ///< answered before their client gave up
    double in_time = 0;    ///< first tries answered within the objective
    double late = 0;       ///< first tries answered later, given up, or lost
    double timeouts = 0;   ///< clients that gave up
    double errors = 0;     ///< requests rejected, or lost with their replica
    double latency_s = 0;  ///< sum over the finished
    double busy_s = 0;     ///< slots or processors, integrated over time
    double capacity_s = 0;
    double in_flight = 0;  ///< now, those included whose client has given up
    double backlog = 0;    ///< now
  };
  [[nodiscard]] totals_type totals() const noexcept {
    const auto c = plant_.totals();
    return {c.arrived, c.waited,    c.finished, c.in_time,    c.late,      c.timeouts,
            c.errors,  c.latency_s, c.busy_s,   c.capacity_s, c.in_flight, c.backlog};
  }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options_);
    a.same("first_seed", self.first_seed_);
    a("episodes", self.episodes_);
  }

  [[nodiscard]] const service_options& options() const noexcept { return options_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }  ///< of the episode being played
  /// The requests of the episode being played. Valid after the first reset.
  [[nodiscard]] const arrivals& workload() const noexcept { return workload_; }
  [[nodiscard]] const std::vector<double>& sizes() const noexcept { return size_s_; }

 private:
  [[nodiscard]] engine noise_of_step(std::size_t step) const { return engine(split(seed_, stream::noise) + step); }
  [[nodiscard]] internal::service_requests requests() const noexcept {
    return {workload_.time_s, size_s_, patience_s_};
  }
  // The fraction in time. With an objective the service lives on until every request has met it or missed it, so that
  // the last ones count as all others; no policy acts in that time.
  void settle(service_observation& o, engine& noise) {
    if (std::isfinite(options_.objective_s)) plant_.advance(plant_.now_s() + options_.objective_s, noise);
    const auto all = static_cast<double>(plant_.first_arrivals());
    if (all > 0) o.in_time = plant_.totals().in_time / all;
  }
  // At the end what is not in time is late, also what is still unanswered.
  [[nodiscard]] double late_so_far(episode status) const noexcept {
    const auto t = plant_.totals();
    if (status == episode::ongoing || !std::isfinite(options_.objective_s)) return t.late;
    return static_cast<double>(plant_.first_arrivals()) - t.in_time;
  }
  void load() {
    source_(seed_, workload_);
    const std::size_t n = workload_.size();
    engine random(split(seed_, stream::workload) + 1);
    size_s_.resize(n);
    for (double& s : size_s_) s = options_.service_time(random);
    patience_s_.clear();
    if (options_.timeout.mean_s() < internal::station::never) {
      patience_s_.resize(n);
      for (double& s : patience_s_) s = options_.timeout(random);
    }
  }

  service_options options_;
  arrival_source source_;
  std::uint64_t first_seed_;
  std::uint64_t seed_ = 0;
  std::uint64_t episodes_ = 0;
  std::size_t steps_ = 0;
  double late_ = 0;  // before the last decision
  arrivals workload_;
  std::vector<double> size_s_;
  std::vector<double> patience_s_;
  internal::service_plant plant_;
};

}  // namespace headroom
