#pragma once

#include <utility>  // std::move

#include <headroom/core/types.hpp>

namespace headroom {

/// What a learner has learned, without the learning: always the best known action. Evaluate with it, deploy it. Holds
/// its own copy, so the learner may go on, and its encoder's running moments, if it has any, stand still. Model of
/// Policy.
///     frozen policy{learner};
template <class Learner>
class frozen {
 public:
  using observation_type = typename Learner::observation_type;
  using action_type = typename Learner::action_type;

  explicit frozen(Learner learner) : learner_(std::move(learner)) {
    if constexpr (requires { learner_.freeze(); }) learner_.freeze();
  }

  action_type start(const observation_type& o) { return learner_.decide(o); }
  action_type step(const observation_type& o) { return learner_.decide(o); }
  void stop(const observation_type&, episode) {}

  [[nodiscard]] const Learner& learner() const noexcept { return learner_; }

 private:
  Learner learner_;
};

}  // namespace headroom
