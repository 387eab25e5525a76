#pragma once

#include <cstddef>  // std::size_t
#include <utility>  // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>

namespace headroom {

/// Ends the episodes of any environment after `max_steps` steps. The end is reported as `truncated`, never as
/// `terminated`: the service would have gone on, so a learner must bootstrap. If the environment itself ends in that
/// step, its own status is reported. A simulator that counts its own steps often reports such an end as terminated; let
/// time_limit count them instead.
///
///     time_limit world{pool{42}, 200};
template <Environment E>
class time_limit {
 public:
  using observation_type = observation_t<E>;
  using action_type = action_t<E>;

  time_limit(E inner, std::size_t max_steps) : inner_(std::move(inner)), max_steps_(max_steps) {
    require(max_steps > 0, "time_limit", "max_steps", max_steps, "be at least 1");
  }

  observation_type reset() {
    steps_ = 0;
    return inner_.reset();
  }

  step_result<observation_type> step(const action_type& action) {
    step_result<observation_type> result = inner_.step(action);
    if (++steps_ >= max_steps_ && result.status == episode::ongoing) result.status = episode::truncated;
    return result;
  }

  /// What a checkpoint stores, between episodes: nothing of its own.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("max_steps", self.max_steps_);
    a("inner", self.inner_);
  }

  [[nodiscard]] E& inner() noexcept { return inner_; }
  [[nodiscard]] const E& inner() const noexcept { return inner_; }

 private:
  E inner_;
  std::size_t max_steps_;
  std::size_t steps_ = 0;
};

template <class E>
time_limit(E, std::size_t) -> time_limit<E>;

}  // namespace headroom
