#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::isfinite, std::sqrt
#include <concepts>   // std::copyable
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>

namespace headroom {

/// How far ahead rollouts look, and when they are believed.
struct rollout_policy_options {
  std::size_t futures = 16;  ///< drawn at each decision; every action is tried in each of them
  std::size_t steps = 20;    ///< decisions that the base policy goes on for, after the action that is tried
  double doubt = 2;          ///< standard errors by which an action must be better than the base's own
  std::uint64_t seed = 1;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const rollout_policy_options& checked(const rollout_policy_options& o) {
  const char* const who = "rollout_policy";
  require(o.futures >= 2 && o.futures <= 1'000'000, who, "futures", o.futures,
          "be from 2 to 1000000: one future has no error");
  require(o.steps <= 1'000'000, who, "steps", o.steps, "be at most 1000000");
  require_not_negative(who, "doubt", o.doubt);
  return o;
}

/// A base policy, improved by one step of looking ahead (Tesauro and Galperin 1996; Bertsekas' rollout algorithm). At
/// each decision every action of a list, and the one that the base would do, is tried on a model: the action first,
/// then the base policy goes on. The action whose futures earn most is done, if it is better than the base's own by
/// more than `doubt` standard errors of the difference. All actions meet the same futures.
///
///     rollout_policy policy{hpa, service_simulator{options, forecast}, cost, {-4, 0, +4}};
///
/// It is as good as its model. The futures are fresh draws, never the real one. With a model that is told how the load
/// goes on it pays where a replica takes long to start, because the base alone comes too late. With a model that keeps
/// the load as it is now it knows no more than the base, and moves for what chance shows: expect no gain there.
///
/// An observation costs O(actions x futures x steps) steps of the model. `Base` is copied for each future; model of
/// CorrectablePolicy. A reward that is not finite makes its action lose.
template <Simulator Model, class Base, class R>
requires std::copyable<Base> && Policy<Base, observation_t<Model>, action_t<Model>> &&
    Reward<R, observation_t<Model>, action_t<Model>> && std::equality_comparable<action_t<Model>>
class rollout_policy {
 public:
  using observation_type = observation_t<Model>;
  using action_type = action_t<Model>;

  /// `actions`: what is tried besides what the base would do. Throws std::invalid_argument for impossible options, and
  /// for an empty list.
  rollout_policy(Base base, Model model, R reward, std::vector<action_type> actions,
                 const rollout_policy_options& options = {})
      : base_(std::move(base)),
        model_(std::move(model)),
        reward_(std::move(reward)),
        actions_(std::move(actions)),
        options_(checked(options)),
        random_(options_.seed, stream::exploration),
        own_(options_.futures) {
    require(!actions_.empty(), "rollout_policy", "number of actions", 0, "be at least 1");
  }

  action_type start(const observation_type& o) { return improved(o, base_.start(o)); }
  action_type step(const observation_type& o) { return improved(o, base_.step(o)); }
  void stop(const observation_type& o, episode end) { base_.stop(o, end); }
  /// Another action was executed than the one that was chosen.
  void executed(const action_type& a) { tell(base_, a); }

  [[nodiscard]] std::uint64_t decisions() const noexcept { return decisions_; }
  [[nodiscard]] std::uint64_t departures() const noexcept { return departures_; }  ///< from what the base would do
  [[nodiscard]] const Base& base() const noexcept { return base_; }

 private:
  static void tell(Base& base, const action_type& a) {
    if constexpr (CorrectablePolicy<Base, observation_type, action_type>) base.executed(a);
  }

  action_type improved(const observation_type& o, const action_type& usual) {
    if constexpr (requires { model_.watch(o); }) model_.watch(o);
    ++decisions_;
    const std::uint64_t first = random_();
    for (std::size_t k = 0; k < own_.size(); ++k) own_[k] = earned(o, usual, false, first + k);
    action_type best = usual;
    double most = 0;
    for (const action_type& a : actions_) {
      if (a == usual) continue;
      const double gain = surely_gained(o, a, first);
      if (gain > most) {
        most = gain;
        best = a;
      }
    }
    if (!(best == usual)) {
      ++departures_;
      tell(base_, best);
    }
    return best;
  }

  // What an action earns more than the base's own in a future, on average, if that is more than chance; else 0.
  double surely_gained(const observation_type& o, const action_type& a, std::uint64_t first) {
    const auto n = static_cast<double>(options_.futures);
    double sum = 0;
    double squares = 0;
    for (std::size_t k = 0; k < own_.size(); ++k) {
      const double gain = earned(o, a, true, first + k) - own_[k];
      sum += gain;
      squares += gain * gain;
    }
    const double mean = sum / n;
    if (!std::isfinite(squares)) return 0;
    const double variance = std::max(0.0, squares / n - mean * mean) * n / (n - 1);
    return mean > options_.doubt * std::sqrt(variance / n) ? mean : 0;
  }

  // One future: the action, then the base.
  double earned(const observation_type& o, action_type a, bool other, std::uint64_t future) {
    engine hidden(future);
    model_.begin(o, hidden);
    Base goes_on = base_;
    if (other) tell(goes_on, a);
    observation_type from = o;
    double sum = 0;
    for (std::size_t k = 0;; ++k) {
      const auto after = model_.step(a);
      sum += reward_(from, a, after.observation);
      if (k == options_.steps || after.status != episode::ongoing) return sum;
      from = after.observation;
      a = goes_on.step(from);
    }
  }

  Base base_;
  Model model_;
  R reward_;
  std::vector<action_type> actions_;
  rollout_policy_options options_;
  engine random_;
  std::vector<double> own_;  // what the base's own action earns in each future
  std::uint64_t decisions_ = 0;
  std::uint64_t departures_ = 0;
};

template <class Base, class Model, class R>
rollout_policy(Base, Model, R, std::vector<action_t<Model>>, rollout_policy_options = {})
    -> rollout_policy<Model, Base, R>;

}  // namespace headroom
