#pragma once

#include <optional>  // std::optional
#include <utility>   // std::move

#include <headroom/core/types.hpp>
#include <headroom/io/journal_record.hpp>

namespace headroom::internal {

/// The episode of the policy in a pipeline: what it was shown, and what it must be told of what became of its
/// decisions. The policy itself stands elsewhere. O is the observation.
template <class O>
class policy_episode {
 public:
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  /// Whether the policy is paused, because something was not known.
  [[nodiscard]] bool paused() const noexcept { return gap_; }
  /// The last complete observation; null where the interval since then cannot be judged.
  [[nodiscard]] const O* before() const { return gap_ || !last_ ? nullptr : &*last_; }
  /// What was executed of the last decision, as far as it is known.
  [[nodiscard]] int executed() const noexcept { return executed_; }

  /// The read that tells what became of a change: so many replicas were read.
  template <class P>
  void judge(P& policy, int replicas) {
    if (judge_) tell(policy, replicas - *judge_);
  }
  /// The wish of the policy.
  template <class P>
  [[nodiscard]] int ask(P& policy, const O& o) {
    wish_ = begun_ ? policy.step(o) : policy.start(o);
    begun_ = true;
    gap_ = false;
    return wish_;
  }
  void saw(std::optional<O>&& o) { last_ = std::move(o); }

  /// Something is not known: the policy is paused, once.
  template <class P>
  void pause(P& policy) {
    if (begun_ && !gap_) {
      policy.stop(*last_, episode::ongoing);
      gap_ = true;
    }
    judge_.reset();
  }
  /// What became of `delta` in the place of the wish, at `from` replicas. In shadow somebody else decides, also where
  /// this policy would do nothing.
  template <class P>
  void happened(P& policy, decision_outcome outcome, int delta, const std::optional<int>& from, bool shadow) {
    if (!begun_ || gap_) return;
    judge_.reset();
    switch (outcome) {
      case decision_outcome::applied:
      case decision_outcome::held:
        executed_ = delta;
        if (delta != wish_) tell(policy, delta);
        break;
      case decision_outcome::refused:
        executed_ = 0;
        tell(policy, 0);
        break;
      case decision_outcome::shadow:
      case decision_outcome::conflict:
      case decision_outcome::unknown:
        executed_ = 0;
        judge_ = from;  // the next read tells
        break;
    }
    if (shadow) judge_ = from;
  }
  /// The end of the host. The consequence of the last decision is not seen.
  template <class P>
  void finish(P& policy) {
    if (begun_ && !gap_) policy.stop(*last_, episode::ongoing);
    begun_ = false;
    judge_.reset();
  }

 private:
  template <class P>
  void tell(P& policy, int delta) {
    executed_ = delta;
    if constexpr (requires { policy.executed(delta); }) policy.executed(delta);
  }

  bool begun_ = false;
  bool gap_ = false;
  std::optional<O> last_{};
  std::optional<int> judge_{};  // what was read before a change of which the next read tells what it was
  int wish_ = 0;
  int executed_ = 0;
};

}  // namespace headroom::internal
