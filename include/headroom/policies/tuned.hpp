#pragma once

#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint64_t
#include <optional>  // std::optional
#include <span>      // std::span
#include <utility>   // std::move
#include <vector>    // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/types.hpp>
#include <headroom/agents/linucb.hpp>

namespace headroom {

struct tuned_options {
  linucb_options bandit{};
  std::uint64_t every = 1;  ///< decisions for which a setting is kept; long enough for its consequences to be seen
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const tuned_options& checked(const tuned_options& o) {
  checked(o.bandit);
  require(o.every >= 1, "tuned", "every", o.every, "be at least 1");
  return o;
}

/// One autoscaler in a few settings, and a contextual bandit that picks the setting by what it sees: a margin of two
/// replicas in calm, of eight in a rush. All settings see every observation, so that each is ready; those that did not
/// decide are told what was executed. A setting decides `every` steps and gets the mean reward of these steps; then the
/// bandit chooses anew. Whatever it chooses is a decision of the autoscaler, so the worst it can do is the worst of the
/// settings. A context or a reward that is not finite is not learned from, and counted in `health()`.
///
/// O(settings) besides their decisions, and the bandit's choice. Model of Policy; `tune_on<World>` makes one.
///     auto policy = tune_on<world>(std::vector{hpa(0.5), hpa(0.7), hpa(0.9)}, 2, context, reward, {.every = 4});
template <class O, class A, class Base, class Context, class RewardT>
requires Policy<Base, O, A> && Reward<RewardT, O, A>
class tuned {
 public:
  /// `context(o, x)` fills a span of `features` doubles. Throws std::invalid_argument without settings.
  tuned(std::vector<Base> settings, std::size_t features, Context context, RewardT reward,
        const tuned_options& options = {})
      : options_(checked(options)),
        settings_(std::move(settings)),
        context_(std::move(context)),
        reward_(std::move(reward)),
        bandit_(settings_.size(), features, options.bandit),
        advice_(settings_.size()),
        seen_(features),
        chosen_for_(features),
        decided_(settings_.size()) {}

  A start(const O& o) {
    begin(o);
    for (std::size_t k = 0; k < settings_.size(); ++k) advice_[k] = settings_[k].start(o);
    return decide(o);
  }
  A step(const O& o) {
    account(o);
    if (held_ >= options_.every) {
      learn();
      begin(o);
    }
    for (std::size_t k = 0; k < settings_.size(); ++k) advice_[k] = settings_[k].step(o);
    return decide(o);
  }
  void stop(const O& o, episode end) {
    account(o);
    learn();
    for (Base& one : settings_) one.stop(o, end);
    last_.reset();
  }
  /// Something overrode the decision: the reward is that of the executed action.
  void executed(const A& action) {
    action_ = action;
    for (Base& one : settings_) tell(one, action);
  }

  [[nodiscard]] std::size_t chosen() const noexcept { return arm_; }  ///< the setting that decides now
  [[nodiscard]] const std::vector<std::uint64_t>& decided() const noexcept { return decided_; }  ///< times, of each
  [[nodiscard]] const linucb& bandit() const noexcept { return bandit_; }
  [[nodiscard]] const std::vector<Base>& settings() const noexcept { return settings_; }
  [[nodiscard]] const linucb_health& health() const noexcept { return bandit_.health(); }

  /// What a checkpoint stores, between episodes.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("bandit", self.bandit_);
    a("decided", self.decided_);
  }

 private:
  static void tell(Base& policy, const A& action) {
    if constexpr (requires { policy.executed(action); }) policy.executed(action);
  }
  void begin(const O& o) {
    context_(o, std::span<double>(seen_));
    chosen_for_ = seen_;
    arm_ = bandit_.choose(chosen_for_);
    held_ = 0;
    sum_ = 0;
  }
  A decide(const O& o) {
    last_ = o;
    action_ = advice_[arm_];
    ++decided_[arm_];
    for (std::size_t k = 0; k < settings_.size(); ++k) {
      if (k != arm_ && !(advice_[k] == action_)) tell(settings_[k], action_);
    }
    return action_;
  }
  void account(const O& o) {
    if (!last_) return;
    sum_ += reward_(*last_, action_, o);
    ++held_;
  }
  void learn() {
    if (held_ > 0) bandit_.learn(arm_, chosen_for_, sum_ / static_cast<double>(held_));
    held_ = 0;
  }

  tuned_options options_;
  std::vector<Base> settings_;
  Context context_;
  RewardT reward_;
  linucb bandit_;
  std::vector<A> advice_;
  std::vector<double> seen_;
  std::vector<double> chosen_for_;  // the context in which the setting was chosen
  std::vector<std::uint64_t> decided_;
  std::optional<O> last_{};
  A action_{};
  std::size_t arm_ = 0;
  std::uint64_t held_ = 0;  // steps since
  double sum_ = 0;          // of their rewards
};

/// The environment is the only template argument that a user writes.
template <class World, class Base, class Context, class RewardT>
[[nodiscard]] auto tune_on(std::vector<Base> settings, std::size_t features, Context context, RewardT reward,
                           const tuned_options& options = {}) {
  return tuned<observation_t<World>, action_t<World>, Base, Context, RewardT>(
      std::move(settings), features, std::move(context), std::move(reward), options);
}

}  // namespace headroom
