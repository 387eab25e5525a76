#pragma once

#include <type_traits>  // std::is_const_v
#include <utility>      // std::move

#include <headroom/core/types.hpp>

namespace headroom {

/// A learner without the learning: always takes the best known action. Use it to evaluate and to deploy. It holds its
/// own copy, so the learner may go on learning, and the running moments of the copied encoder do not change. Model of
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

  /// What a checkpoint stores: what decides, under the names that the learner itself gives it. So the file of a learner
  /// can be restored here.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.decisions("", self.learner_);
    if constexpr (!std::is_const_v<Self> && requires { self.learner_.freeze(); }) self.learner_.freeze();
  }

  [[nodiscard]] const Learner& learner() const noexcept { return learner_; }

 private:
  Learner learner_;
};

}  // namespace headroom
