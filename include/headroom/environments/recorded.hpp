#pragma once

#include <algorithm>  // std::min
#include <concepts>   // std::semiregular
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <span>       // std::span
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// Replays recorded observations, one a step, whatever the action is. Use it only to ask what a policy would have
/// decided. The recorded service reacted to another policy, so a return computed here does not measure this policy. The
/// last observation comes with `truncated`: the record ends, the service went on. Throws std::invalid_argument for a
/// record without a step.
template <std::semiregular Observation, std::semiregular Action>
class recorded {
 public:
  using observation_type = Observation;
  using action_type = Action;

  explicit recorded(std::vector<Observation> observations) : observations_(std::move(observations)) {
    require(observations_.size() >= 2, "recorded", "number of observations", observations_.size(),
            "be at least 2, the first is reset's");
  }

  Observation reset() {
    next_ = 1;
    return observations_.front();
  }

  step_result<Observation> step(const Action& /*action*/) {
    const std::size_t at = std::min(next_, observations_.size() - 1);  // beyond the end, the last one again
    next_ = at + 1;
    return {observations_[at], next_ == observations_.size() ? episode::truncated : episode::ongoing};
  }

  /// What a checkpoint stores, between episodes: nothing, each plays the same record.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("size", self.observations_.size());
  }

  [[nodiscard]] std::size_t size() const noexcept { return observations_.size(); }

 private:
  std::vector<Observation> observations_;
  std::size_t next_ = 1;
};

/// One recorded step: (observation, action) led to (next, status). It owns its copies; the step_record of an observer
/// does not.
template <class Observation, class Action>
struct recorded_step {
  Observation observation{};
  Action action{};
  Observation next{};
  episode status = episode::ongoing;
};

/// Records the first `capacity` steps of an environment. Later steps are counted and dropped, so that a long run
/// neither allocates nor overwrites its beginning. Allocates in the constructor only, if copies of observations and
/// actions do not allocate.
template <Environment E>
class recorder {
 public:
  using observation_type = observation_t<E>;
  using action_type = action_t<E>;
  using record = recorded_step<observation_type, action_type>;

  recorder(E inner, std::size_t capacity) : inner_(std::move(inner)), capacity_(capacity) {
    require(capacity > 0, "recorder", "capacity", capacity, "be at least 1");
    steps_.reserve(capacity);
  }

  observation_type reset() {
    last_ = inner_.reset();
    return last_;
  }

  step_result<observation_type> step(const action_type& action) {
    step_result<observation_type> result = inner_.step(action);
    if (steps_.size() < capacity_)
      steps_.push_back({last_, action, result.observation, result.status});
    else
      ++dropped_;
    last_ = result.observation;
    return result;
  }

  [[nodiscard]] std::span<const record> steps() const noexcept { return steps_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  /// Removes the steps, keeps the memory.
  void clear() noexcept {
    steps_.clear();
    dropped_ = 0;
  }

  [[nodiscard]] E& inner() noexcept { return inner_; }
  [[nodiscard]] const E& inner() const noexcept { return inner_; }

 private:
  E inner_;
  std::size_t capacity_;
  std::vector<record> steps_;
  std::uint64_t dropped_ = 0;
  observation_type last_{};
};

template <class E>
recorder(E, std::size_t) -> recorder<E>;

}  // namespace headroom
