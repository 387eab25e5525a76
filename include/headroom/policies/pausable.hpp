#pragma once

#include <cmath>        // std::isfinite, std::lround
#include <cstdint>      // std::uint8_t
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/policies/guarded.hpp>

namespace headroom {

/// What an operator asks of a policy that runs.
enum class pause_kind : std::uint8_t {
  none,     ///< nothing: the policy decides
  hold,     ///< no change at all
  no_down,  ///< no scale-down
  no_up,    ///< no scale-up
  at        ///< go to a number of replicas and stay there
};

/// An order of an operator.
struct pause_order {
  pause_kind kind = pause_kind::none;
  int replicas = 0;  ///< of `at`
};

namespace internal {

// The operator as a guard.
template <class Replicas, class Ask>
class pause_guard {
 public:
  static constexpr std::string_view guard_name = "pausable";
  pause_guard(Replicas replicas, Ask ask) : replicas_(std::move(replicas)), ask_(std::move(ask)) {}

  template <class Observation>
  int operator()(const Observation& o, int wish) {
    order_ = ask_();
    switch (order_.kind) {
      case pause_kind::none:
        return wish;
      case pause_kind::no_down:
        return wish < 0 ? 0 : wish;
      case pause_kind::no_up:
        return wish > 0 ? 0 : wish;
      case pause_kind::at: {
        const double now = number_of(replicas_, o);
        return std::isfinite(now) && now >= 0 && now <= 1e9 ? order_.replicas - static_cast<int>(std::lround(now)) : 0;
      }
      case pause_kind::hold:
        break;
    }
    return 0;
  }
  [[nodiscard]] std::string_view why() const noexcept {
    switch (order_.kind) {
      case pause_kind::no_down:
        return "an operator allows no scale-down";
      case pause_kind::no_up:
        return "an operator allows no scale-up";
      case pause_kind::at:
        return "an operator set the number of replicas";
      default:
        return "an operator paused scaling";
    }
  }

 private:
  Replicas replicas_;
  Ask ask_;
  pause_order order_{};
};

}  // namespace internal

/// A policy of deltas that an operator can pause, or pin to a number of replicas, while it runs. `ask()` returns the
/// order that holds now, once a decision; a file, an annotation or a switch can stand behind it. The policy still sees
/// every observation and is told what was executed. Limits of wrappers outside of this one hold for the operator, too.
/// It is a guard (policies/guarded.hpp). O(1) besides `ask`, no allocation. Model of CorrectablePolicy.
///     pausable policy{std::move(learner), &sample::replicas, pause_file{"/run/headroom/pause"}};
template <class Inner, class Replicas, class Ask>
class pausable : public guarded<Inner, internal::pause_guard<Replicas, Ask>> {
 public:
  pausable(Inner inner, Replicas replicas, Ask ask)
      : guarded<Inner, internal::pause_guard<Replicas, Ask>>(std::move(inner), {std::move(replicas), std::move(ask)}) {}
};

}  // namespace headroom
