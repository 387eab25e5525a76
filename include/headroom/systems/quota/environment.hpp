#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/types.hpp>
#include <headroom/systems/quota/action.hpp>
#include <headroom/systems/quota/cluster.hpp>
#include <headroom/systems/quota/deployment.hpp>
#include <headroom/systems/quota/scenario.hpp>
#include <headroom/systems/quota/scope.hpp>

namespace headroom::quota {

/// A quota that waits for a decision, and the result of the decision before it. The first seven are the published
/// features, in their order and units. They are totals of all pods of one deployment; `applied_...` is what the quota
/// asks for.
struct observation {
  double replicas = 1;
  double initial_cpu = 0;     ///< cores in use
  double applied_cpu = 0;     ///< initial_cpu times the quota's factor
  double initial_memory = 0;  ///< MiB in use
  double applied_memory = 0;
  double initial_latency = 0;  ///< seconds, under normal conditions
  double latest_latency = 0;   ///< seconds, now; -1: not measured

  double cpu_limit = 0;         ///< cores reserved by all its pods
  double memory_limit = 0;      ///< MiB reserved by all its pods
  double age = 0;               ///< decisions since this deployment was last changed, or since the beginning
  double node_pressure = 0;     ///< larger reserved fraction, CPU or memory, of the node of the quota
  double other_pressure = 1;    ///< the same of the least reserved other node with room for a pod; 1: none
  bool room = false;            ///< whether some node has room for another pod
  bool room_elsewhere = false;  ///< whether a node other than that of the quota has room

  action executed = action::hold;  ///< the executed part of the last action; hold, if there was no room
  bool refused = false;            ///< whether the quota was refused
  double oom_kills = 0;            ///< pods killed by the last step for lack of memory
  double latency_ratio = 1;        ///< latency after the step / latency under normal conditions; -1: not measured
  double saving =
      0;  ///< part of its reservations that the deployment gave back (mean of CPU and memory); negative: took
  double reserved = 0;         ///< fraction of the cluster that is reserved now (mean of CPU and memory)
  double decisions = 0;        ///< decisions made so far
  std::size_t deployment = 0;  ///< index of the deployment of the quota
};

/// The defaults correct the published actuator and respect the capacity of the nodes.
struct options {
  scenario_options scenario{};
  bool capacity = true;         ///< false: nodes hold any number of pods, as published
  bool limit_from_sum = false;  ///< published: the usage of all pods becomes the limit of each
  bool pin_after_oom = false;   ///< published: a deployment whose pods were killed is never touched again

  [[nodiscard]] static options published() { return {{}, false, true, true}; }
  /// Options for training: one deployment on two nodes of half the size, eight quotas. The next observation is then of
  /// the same deployment, so the later effects of a decision are credited to it. With several deployments, the next
  /// observation is of another one and does not show these effects. The learned policy works for any number of
  /// deployments.
  [[nodiscard]] static options training() { return options{}.alone(); }
  [[nodiscard]] options alone() const {
    options o = *this;
    o.scenario.deployments = 1;
    o.scenario.nodes = 2;
    o.scenario.requests = 8;
    o.scenario.node_cpu /= 2;
    o.scenario.node_memory_mib /= 2;
    return o;
  }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("scenario", self.scenario);
    a("capacity", self.capacity);
    a("limit_from_sum", self.limit_from_sum);
    a("pin_after_oom", self.pin_after_oom);
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const options& checked(const options& o) {
  checked(o.scenario);
  return o;
}

/// Deployments on a few nodes, and quotas that arrive one by one. A step decides about one quota, then an interval
/// passes. The next observation holds the next quota and what happened to the deployment of the last one. A limit below
/// the working set kills the pods; they restart with their first limits. Too little CPU, more load than the replicas
/// can serve, and noisy neighbours make a deployment slow. The model of a deployment is in
/// systems/quota/deployment.hpp, the arrival of quotas in systems/quota/scenario.hpp.
///
/// The factors of a quota follow the rules of the published training data, which depend on the present replicas. On
/// several replicas, a quota to reduce or to starve becomes a fall of load. On one replica, a fall of load becomes a
/// rise, as in those data. At twice the largest initial number of replicas, a rise becomes a fall. The effects of
/// earlier decisions last: changed load, replicas, limits, and caches that limits cut.
///
/// `reset` number k of an environment with seed s plays scenario s + k. All its random numbers are drawn in advance, so
/// that every policy meets the same quotas. Allocates while the first scenarios grow its buffers. O(nodes) a step.
class environment {
 public:
  using observation_type = observation;
  using action_type = action;

  explicit environment(std::uint64_t seed, const quota::options& options = {})
      : options_(checked(options)),
        first_seed_(seed),
        cluster_(options.capacity, options.limit_from_sum, 2 * options.scenario.replicas_max) {}

  observation reset() {
    seed_ = first_seed_ + episodes_;
    ++episodes_;
    draw_scenario(seed_, options_.scenario, scenario_);
    cluster_.begin(scenario_.nodes, scenario_.deployments);
    changed_.assign(scenario_.deployments.size(), 0);
    pinned_.assign(scenario_.deployments.size(), 0);
    step_ = 0;
    observation o;
    ask(o);
    return o;
  }

  step_result<observation> step(quota::action action) {
    HEADROOM_ASSERT(step_ < scenario_.requests.size(), "quota: step after the end, reset first");
    const request& r = scenario_.requests[step_];
    const deployment& d = cluster_.deployments()[r.deployment];
    const node before = held_by(d);
    const bool done = pinned_[r.deployment] == 0 && cluster_.act(r.deployment, action, asked_.factors);
    observation o;
    o.executed = done ? action : action::hold;
    o.refused = action != o.executed;
    if (o.executed != action::hold) changed_[r.deployment] = step_ + 1;

    // The interval passes.
    if (asked_.changes_load && r.true_alarm) cluster_.change_load(r.deployment, asked_.load);
    if (d.killed(r.peak)) {
      o.oom_kills = d.replicas();
      cluster_.restart(r.deployment);
      if (options_.pin_after_oom) pinned_[r.deployment] = 1;
    }
    o.latency_ratio = latency_ratio(r, d, o);
    const node after = held_by(d);
    o.saving = std::clamp(1 - 0.5 * (after.cpu / before.cpu + after.memory_mib / before.memory_mib), -1.0, 1.0);
    ++step_;
    const bool over = step_ == scenario_.requests.size();
    ask(o);
    return {o, over ? episode::truncated : episode::ongoing};
  }

  [[nodiscard]] const quota::options& options() const noexcept { return options_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }  ///< of the scenario being played
  /// As it was drawn, and what has become of it. Valid after the first `reset`.
  [[nodiscard]] const quota::scenario& scenario() const noexcept { return scenario_; }
  [[nodiscard]] const quota::cluster& cluster() const noexcept { return cluster_; }

  /// What a checkpoint stores, between episodes: which one is the next.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options_);
    a.same("first_seed", self.first_seed_);
    a("episodes", self.episodes_);
  }

 private:
  // The quota that waits, in numbers.
  struct asked {
    quota::factors factors{};
    bool changes_load = false;
    double load = 1;
  };

  [[nodiscard]] static node held_by(const deployment& d) noexcept {
    const int n = d.replicas();
    return {n * d.cpu_limit, n * d.memory_limit_mib};
  }

  // At the end of an interval. Moved pods have neighbours again, as busy as their node is full; pods that were killed
  // were away for half of it.
  [[nodiscard]] double latency_ratio(const request& r, const deployment& d, const observation& o) const {
    const bool moved = o.executed == action::migrate;
    if (r.unmeasured && !moved) return -1;
    const double noise = moved ? 1 + (r.noise - 1) * std::min(cluster_.pressure(d.main_node()), 1.0) : r.noise;
    return d.stretch() * noise * (moved ? r.restart : 1.0) * (o.oom_kills > 0 ? 2.0 : 1.0) * r.after;
  }

  // The next quota; after the last one, its deployment as it is, which asks for nothing.
  void ask(observation& o) {
    const bool over = step_ == scenario_.requests.size();
    const request& r = scenario_.requests[over ? step_ - 1 : step_];
    const deployment& d = cluster_.deployments()[r.deployment];
    asked_ = over ? asked{} : read(r, d);
    const int n = d.replicas();
    o.replicas = n;
    o.initial_cpu = d.cpu_usage();
    o.initial_memory = d.memory_usage_mib();
    o.applied_cpu = asked_.factors.cpu * o.initial_cpu;
    o.applied_memory = asked_.factors.memory * o.initial_memory;
    o.initial_latency = d.latency_s;
    o.latest_latency = d.latency_s * d.stretch();
    if (!over) o.latest_latency = r.unmeasured ? -1 : o.latest_latency * r.noise * r.before;
    o.cpu_limit = n * d.cpu_limit;
    o.memory_limit = n * d.memory_limit_mib;
    o.age = static_cast<double>(step_ - changed_[r.deployment]);
    const std::size_t node = d.main_node();
    const std::size_t other = cluster_.roomiest(d, node);
    o.node_pressure = cluster_.pressure(node);
    o.room_elsewhere = other != cluster::nowhere;
    o.other_pressure = o.room_elsewhere ? cluster_.pressure(other) : 1;
    o.room = n < cluster_.replicas_max() && cluster_.roomiest(d) != cluster::nowhere;
    o.reserved = cluster_.reserved_part();
    o.decisions = static_cast<double>(step_);
    o.deployment = r.deployment;
  }

  [[nodiscard]] asked read(const request& r, const deployment& d) const noexcept {
    const int n = d.replicas();
    asked a;
    a.changes_load = r.reason == reason::load;
    bool rises = r.rises;
    if (n > 1 && (r.reason == reason::reduce || r.reason == reason::starve)) {
      a.changes_load = true;
      rises = false;
    }
    if (n == 1) rises = true;
    if (n >= cluster_.replicas_max()) rises = false;
    factors f;
    if (a.changes_load) {
      f = {internal::changed_load(n, rises, r.cpu), internal::changed_load(n, rises, r.memory)};
    } else if (r.reason == reason::noise) {
      f = {internal::unrelated(r.cpu), internal::unrelated(r.memory)};
    } else if (r.reason == reason::starve) {
      f = {internal::starved(r.cpu), internal::starved(r.memory)};
    } else {
      f = {internal::reduced_cpu(d.cpu_usage(), r.cpu), internal::reduced_memory(d.memory_usage_mib(), r.memory)};
    }
    if (r.on_cpu) a.factors.cpu = f.cpu;
    if (r.on_memory) a.factors.memory = f.memory;
    a.load = rises ? std::max(a.factors.cpu, a.factors.memory) : std::min(a.factors.cpu, a.factors.memory);
    return a;
  }

  quota::options options_;
  std::uint64_t first_seed_;
  std::uint64_t seed_ = 0;      // of the scenario being played
  std::uint64_t episodes_ = 0;  // episodes begun so far
  quota::scenario scenario_;
  quota::cluster cluster_;
  std::vector<std::size_t> changed_;  // by deployment: the decision after which it was last changed
  std::vector<char> pinned_;          // by deployment
  std::size_t step_ = 0;
  asked asked_;
};

}  // namespace headroom::quota
