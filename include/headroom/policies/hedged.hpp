#pragma once

#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint64_t
#include <optional>  // std::optional
#include <utility>   // std::move
#include <vector>    // std::vector

#include <headroom/core/types.hpp>
#include <headroom/agents/hedge.hpp>

namespace headroom {

/// What an operator must know of a selector.
struct hedged_health {
  std::vector<std::uint64_t> advised{};  ///< how often each adviser's action was the one that was done
  std::uint64_t switches = 0;            ///< changes from one adviser to another
  std::uint64_t scored = 0;              ///< steps after which all were scored
  std::uint64_t refused_scores = 0;      ///< steps with a score that was not finite: nothing was learned
};

/// Several policies advise, and the one with the best recent score decides: the way Autopilot picks its models (Rzadca
/// et al. 2020, section 3.2). Every adviser sees every observation and says what it would do. When the next observation
/// comes, `score(k, advice, executed, o, next)` says what adviser k's action would have cost in that step, from 0 to 1:
/// on a calibrated model that is played one step from o, or on what was seen, where a cost can be told from it (the
/// replicas, and what the load lacked). Hedge (agents/hedge.hpp) then chooses, lazily. If the scores are right, the
/// cost is in expectation at most that of the best single adviser plus `hedge::regret_bound`, in each epoch of
/// `horizon` steps. What an adviser would have cost must not depend on who decided before: where it does, a score of
/// one step is only a hint.
///
/// The advisers that did not decide are told what was executed. O(advisers) besides their decisions and scores, no
/// allocation after construction. Model of Policy. Advisers of different types: `any_policy`.
///     auto policy = hedge_on<world>(std::vector<any_policy<sample, int>>{hpa, staffing, learner}, score, {}, seed);
template <class O, class A, class Adviser, class Score>
class hedged {
 public:
  /// Throws std::invalid_argument without advisers, and for options out of range.
  hedged(std::vector<Adviser> advisers, Score score, const hedge_options& options, std::uint64_t seed)
      : advisers_(std::move(advisers)),
        score_(std::move(score)),
        choice_(advisers_.size(), options, seed),
        advice_(advisers_.size()),
        losses_(advisers_.size()) {
    health_.advised.resize(advisers_.size());
  }

  A start(const O& o) {
    for (std::size_t k = 0; k < advisers_.size(); ++k) advice_[k] = advisers_[k].start(o);
    return decide(o);
  }
  A step(const O& o) {
    judge(o);
    for (std::size_t k = 0; k < advisers_.size(); ++k) advice_[k] = advisers_[k].step(o);
    return decide(o);
  }
  void stop(const O& o, episode end) {
    judge(o);
    last_.reset();
    for (Adviser& one : advisers_) one.stop(o, end);
  }
  /// Something overrode the decision. Scores are still those of what was advised.
  void executed(const A& action) {
    executed_ = action;
    for (Adviser& one : advisers_) tell(one, action);
  }

  [[nodiscard]] std::size_t leader() const noexcept { return choice_.leader(); }  ///< who decides next
  [[nodiscard]] const hedge& choice() const noexcept { return choice_; }
  [[nodiscard]] const std::vector<Adviser>& advisers() const noexcept { return advisers_; }
  [[nodiscard]] hedged_health health() const {
    hedged_health h = health_;
    h.switches = choice_.switches();
    return h;
  }

  /// What a checkpoint stores, between episodes; the advisers that store anything are the caller's.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("choice", self.choice_);
    a("advised", self.health_.advised);
    a("scored", self.health_.scored);
  }

 private:
  static void tell(Adviser& policy, const A& action) {
    if constexpr (requires { policy.executed(action); }) policy.executed(action);
  }
  A decide(const O& o) {
    last_ = o;
    executed_ = advice_[choice_.leader()];
    ++health_.advised[choice_.leader()];
    for (std::size_t k = 0; k < advisers_.size(); ++k) {
      if (!(advice_[k] == executed_)) tell(advisers_[k], executed_);
    }
    return executed_;
  }
  void judge(const O& next) {
    if (!last_) return;
    for (std::size_t k = 0; k < advisers_.size(); ++k)
      losses_[k] = static_cast<double>(score_(k, advice_[k], executed_, *last_, next));
    if (choice_.tell(losses_)) {
      ++health_.scored;
    } else {
      ++health_.refused_scores;
    }
  }

  std::vector<Adviser> advisers_;
  Score score_;
  hedge choice_;
  std::vector<A> advice_;
  std::vector<double> losses_;
  std::optional<O> last_{};
  A executed_{};
  hedged_health health_;
};

/// Picks the best of several policies for an environment, by their scores.
template <class World, class Adviser, class Score>
[[nodiscard]] auto hedge_on(std::vector<Adviser> advisers, Score score, const hedge_options& options,
                            std::uint64_t seed) {
  return hedged<typename World::observation_type, typename World::action_type, Adviser, Score>(
      std::move(advisers), std::move(score), options, seed);
}

}  // namespace headroom
