#pragma once

#include <cstddef>  // std::size_t
#include <utility>  // std::move
#include <vector>   // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>

namespace headroom {

/// Provisioning delay: an action reaches the wrapped environment `delay_steps` steps after it was given. The first
/// steps of an episode execute `neutral`, the action that changes nothing. 0 steps: no delay. Delay is the main
/// difficulty of scaling, so an environment without it makes every policy look too good. The observation does not show
/// the actions that still wait; a policy that needs them must remember its own actions. Allocates in the constructor
/// only.
///
///     delayed world{pool{42}, 3, 0};
template <Environment E>
class delayed {
 public:
  using observation_type = observation_t<E>;
  using action_type = action_t<E>;

  delayed(E inner, std::size_t delay_steps, action_type neutral)
      : inner_(std::move(inner)), neutral_(std::move(neutral)), on_the_way_(checked(delay_steps), slot{neutral_}) {}

  observation_type reset() {
    for (slot& s : on_the_way_) s.action = neutral_;  // all slots are equal, so the ring may begin anywhere
    return inner_.reset();
  }

  step_result<observation_type> step(const action_type& action) {
    if (on_the_way_.empty()) return inner_.step(action);
    slot& oldest = on_the_way_[next_];
    const action_type due = oldest.action;
    oldest.action = action;
    if (++next_ == on_the_way_.size()) next_ = 0;
    return inner_.step(due);
  }

  /// What a checkpoint stores, between episodes: nothing of its own.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("delay_steps", self.on_the_way_.size());
    a("inner", self.inner_);
  }

  [[nodiscard]] E& inner() noexcept { return inner_; }
  [[nodiscard]] const E& inner() const noexcept { return inner_; }

 private:
  struct slot {  // keeps std::vector<bool> away when actions are bool
    action_type action;
  };

  // A negative number becomes a huge one; it is refused here, before memory is allocated.
  static std::size_t checked(std::size_t delay_steps) {
    require(delay_steps <= 1'000'000, "delayed", "delay_steps", delay_steps, "be at most 1000000");
    return delay_steps;
  }

  E inner_;
  action_type neutral_;
  std::vector<slot> on_the_way_;  // a ring; next_ is the oldest slot, which the newest action replaces
  std::size_t next_ = 0;
};

template <class E>
delayed(E, std::size_t, action_t<E>) -> delayed<E>;

}  // namespace headroom
