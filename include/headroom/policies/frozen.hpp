#pragma once

#include <concepts>     // std::same_as
#include <cstdint>      // std::uint64_t
#include <type_traits>  // std::is_const_v
#include <utility>      // std::move

#include <headroom/core/health.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>

namespace headroom {

/// What an operator must know of a frozen policy.
struct frozen_health {
  refusals refused{};
  std::uint64_t learned_nothing = 0;  ///< decisions; all of them, because it never learns
};

namespace internal {

template <class T>
concept CanBeFrozen = requires(T& learner, const typename T::observation_type& o) {
  { learner.decide(o) } -> std::same_as<typename T::action_type>;
};
// Without types, so that the one sentence about what cannot be frozen is not followed by others.
template <class T>
struct types_of {
  using observation_type = int;
  using action_type = int;
};
template <CanBeFrozen T>
struct types_of<T> {
  using observation_type = typename T::observation_type;
  using action_type = typename T::action_type;
};

}  // namespace internal

/// A learner without the learning: always takes the best known action. Use it to evaluate and to deploy. It holds its
/// own copy, so the learner may go on learning, and the running moments of the copied encoder do not change. Model of
/// Policy.
///     frozen policy{learner};
///
/// It cannot tell an evaluation from a training that was meant for the learner. So it counts its decisions, and
/// `line_of(health())` says that nothing was learned from them.
template <class Learner>
class frozen {
  static_assert(internal::CanBeFrozen<Learner>,
                "frozen: takes a learner. Freeze what is inside of a guard: guarded{frozen{learner}, guard}");

 public:
  using observation_type = typename internal::types_of<Learner>::observation_type;
  using action_type = typename internal::types_of<Learner>::action_type;

  explicit frozen(Learner learner) : learner_(std::move(learner)) {
    if constexpr (requires { learner_.freeze(); }) learner_.freeze();
  }

  action_type start(const observation_type& o) {
    if constexpr (requires { learner_.begin_episode(); }) learner_.begin_episode();
    return step(o);
  }
  action_type step(const observation_type& o) {
    ++decisions_;
    return learner_.decide(o);
  }
  void stop(const observation_type&, episode) {}

  /// What a checkpoint stores: what decides, under the names that the learner itself gives it. So the file of a learner
  /// can be restored here.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.decisions("", self.learner_);
    if constexpr (!std::is_const_v<Self> && requires { self.learner_.freeze(); }) self.learner_.freeze();
  }

  /// What it expects of each action in the state that it saw last.
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(learner_, sink);
  }
  [[nodiscard]] const Learner& learner() const noexcept { return learner_; }
  /// What the learner inside refused, and how many decisions nothing was learned from.
  [[nodiscard]] frozen_health health() const {
    frozen_health now;
    now.learned_nothing = decisions_;
    if constexpr (requires { learner_.refused(); }) now.refused = learner_.refused();
    return now;
  }

 private:
  Learner learner_;
  std::uint64_t decisions_ = 0;
};

}  // namespace headroom
