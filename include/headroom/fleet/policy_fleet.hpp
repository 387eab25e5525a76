#pragma once

#include <concepts>     // std::copyable
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <span>         // std::span
#include <string>       // std::string
#include <type_traits>  // std::is_const_v, std::remove_cvref_t
#include <utility>      // std::declval, std::move, std::swap
#include <vector>       // std::vector

#include <headroom/core/concepts.hpp>
#include <headroom/core/types.hpp>
#include <headroom/fleet/internal/packed.hpp>
#include <headroom/core/internal/prefetch.hpp>
#include <headroom/fleet/internal/step_sizes.hpp>
#include <headroom/fleet/slots.hpp>

namespace headroom {

/// Many services with a policy each, by value and side by side: an autoscaler, with its guards around it, or a learner
/// of its own. A step asks one after the other, and what the next ones will read is fetched while one decides. The
/// actions are those of as many single policies, bit for bit.
///     policy_fleet<sample, guarded<target_tracking<sample>, calm>> fleet{prototype, 10'000};
///     const service_id shop = fleet.join();                       // a copy of the prototype
///     fleet.step(seen, actions);                                  // the first step of a service is its `start`
///
/// A policy that keeps arrays elsewhere may have `prefetch() const`, which asks for them (target_tracking does).
/// Nothing allocates after construction, as far as assigning a policy to another one of its kind does not.
template <class Observation, class P>
class policy_fleet {
  static_assert(std::copyable<P>,
                "policy_fleet: the policy must be assignable, because services change places: use members or functions "
                "in the place of lambdas that capture");

 public:
  using observation_type = Observation;
  using action_type = std::remove_cvref_t<decltype(std::declval<P&>().step(std::declval<const Observation&>()))>;
  static_assert(Policy<P, Observation, action_type>, "policy_fleet: this is no policy for such an observation");

  /// `prototype`: what each service starts with, outside of an episode. All `capacity` copies are made here.
  policy_fleet(const P& prototype, std::size_t capacity)
      : slots_(capacity), prototype_(prototype), policies_(capacity, prototype), started_(capacity) {}

  /// Takes in a service, at position size() - 1, with a copy of the prototype or of its own policy. O(1) in the number
  /// of services; throws std::invalid_argument if the fleet is full.
  service_id join() { return join(prototype_); }
  service_id join(const P& policy) {
    const service_id id = slots_.join();
    policies_[slots_.size() - 1] = policy;
    started_[slots_.size() - 1] = 0;
    return id;
  }
  /// Lets a service go and returns the position that it had, where the last service is now. O(1).
  std::size_t leave(service_id id) {
    const std::size_t free = slots_.leave(id);
    const std::size_t last = slots_.size();
    if (free != last) {
      std::swap(policies_[free], policies_[last]);
      started_[free] = started_[last];
    }
    return free;
  }

  /// One decision for every service: seen[i] is what is observed of the service at position i, actions[i] what it
  /// should do. Throws std::invalid_argument unless both have size() entries.
  void step(std::span<const Observation> seen, std::span<action_type> actions) {
    internal::require_step_sizes("policy_fleet", seen.size(), actions.size(), size());
    const std::size_t n = seen.size();
    for (std::size_t i = 0; i < n; ++i) {
      if (i + far < n) internal::prefetch_object(policies_[i + far]);
      if constexpr (requires(const P& p) { p.prefetch(); }) {
        if (i + near < n) policies_[i + near].prefetch();
      }
      if (started_[i] != 0) [[likely]] {
        actions[i] = policies_[i].step(seen[i]);
      } else {
        started_[i] = 1;
        actions[i] = policies_[i].start(seen[i]);
      }
    }
  }
  /// What was executed at each position, where it may differ from what was decided.
  void executed(std::span<const action_type> actions) requires CorrectablePolicy<P, Observation, action_type> {
    internal::require_step_sizes("policy_fleet", actions.size(), actions.size(), size());
    for (std::size_t i = 0; i < actions.size(); ++i) {
      if (started_[i] != 0) policies_[i].executed(actions[i]);
    }
  }
  /// The episode of a service ended; its next step is a `start`.
  void stop(service_id id, const Observation& last, episode why) {
    const std::size_t i = position(id);
    policies_[i].stop(last, why);
    started_[i] = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return slots_.capacity(); }
  [[nodiscard]] bool contains(service_id id) const noexcept { return slots_.contains(id); }
  [[nodiscard]] std::size_t position(service_id id) const { return slots_.position(id); }
  [[nodiscard]] service_id at(std::size_t position) const { return slots_.at(position); }
  /// The policy of a service: what it refused, its guards, its health. `store` and `restore` of it take the service
  /// from one fleet to another, or to a host of its own.
  [[nodiscard]] P& policy(service_id id) { return policies_[position(id)]; }
  [[nodiscard]] const P& policy(service_id id) const { return policies_[position(id)]; }

  /// What a checkpoint stores: who is where, and what each policy stores itself. A fleet that is restored must have
  /// been made with the same prototype and capacity. As with one policy, steps whose consequence is not known are not
  /// kept: the next step of each service is a `start`.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) requires requires(Self& s) {
    P::fields(s.prototype_, a);
  }
  {
    a.means("kind", "policy_fleet");
    a("slots", self.slots_);
    a("prototype", self.prototype_);
    internal::move_packed(
        self, a, "policies", self.size(), [&](std::size_t i) -> auto& { return self.policies_[i]; });
    if constexpr (!std::is_const_v<Self>) {
      for (std::size_t i = 0; i < self.size(); ++i) self.started_[i] = 0;
    }
  }

 private:
  // How many services ahead: far enough for the slowest memory, near enough to be still there.
  static constexpr std::size_t far = 8;
  static constexpr std::size_t near = 4;

  slots slots_;
  P prototype_;
  std::vector<P> policies_;            // by position, and so is the next
  std::vector<std::uint8_t> started_;  // whether it is within an episode
};

}  // namespace headroom
