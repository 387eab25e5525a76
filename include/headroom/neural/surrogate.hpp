#pragma once

#include <algorithm>  // std::clamp
#include <cmath>      // std::exp
#include <concepts>   // std::floating_point
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint8_t
#include <span>       // std::span

#include <headroom/core/config.hpp>
#include <headroom/neural/categorical.hpp>

/// The losses of PPO (Schulman et al. 2017) for one decision, and their derivatives; always in double.
namespace headroom {

/// The weight of each term of a policy's loss.
struct surrogate_weights {
  double clip = 0.2;   ///< how far the ratio of the probabilities, new over old, may leave 1 and still pull
  double entropy = 0;  ///< of the bonus for being undecided
  double penalty = 0;  ///< of the divergence from the policy that drew the action
};

/// The terms of the loss of one decision.
struct surrogate_terms {
  double loss = 0;        ///< -min(ratio A, clamp(ratio, 1 - clip, 1 + clip) A) - bonus + penalty
  double ratio = 1;       ///< probability of the action now, over that with which it was drawn
  double entropy = 0;     ///< of the distribution now
  double divergence = 0;  ///< of the old distribution to that now
  bool clipped = false;   ///< whether the ratio has left its range on the side where the loss is flat
};

/// The loss of a policy at one decision, of which `slope` gets the derivatives with respect to the logits: 0 for
/// illegal actions. O(actions), no allocation.
/// @param now        logarithms of the probabilities that the network gives now
/// @param drawn      those with which the action was drawn
/// @param action     the action that was drawn
/// @param advantage  how much better than expected the action was
/// @param w          the weights of the terms
/// @param slope      receives the derivatives
template <std::floating_point Scalar>
surrogate_terms surrogate(std::span<const double> now, std::span<const Scalar> drawn, std::size_t action,
                          double advantage, const surrogate_weights& w, std::span<double> slope) {
  HEADROOM_ASSERT(now.size() == drawn.size() && now.size() == slope.size() && action < now.size(),
                  "surrogate: an action out of range, or distributions of different size");
  surrogate_terms t;
  t.ratio = std::exp(now[action] - static_cast<double>(drawn[action]));
  t.entropy = categorical::entropy(now);
  t.divergence = categorical::divergence(drawn, now);
  t.clipped = advantage >= 0 ? t.ratio > 1 + w.clip : t.ratio < 1 - w.clip;  // a NaN is not, and shows in the loss
  const double bound = advantage >= 0 ? 1 + w.clip : 1 - w.clip;
  t.loss = -(t.clipped ? bound : t.ratio) * advantage - w.entropy * t.entropy + w.penalty * t.divergence;
  const double pull = t.clipped ? 0.0 : t.ratio * advantage;  // d (ratio A) / d log p
  for (std::size_t a = 0; a < now.size(); ++a) {
    if (now[a] <= categorical::impossible) {
      slope[a] = 0;
      continue;
    }
    const double p = std::exp(now[a]);
    double s = pull * (p - (a == action ? 1.0 : 0.0));
    if (w.entropy != 0) s += w.entropy * p * (now[a] + t.entropy);
    if (w.penalty != 0) s += w.penalty * (p - std::exp(static_cast<double>(drawn[a])));
    slope[a] = s;
  }
  return t;
}

/// What limits the gradient of one target on a critic.
enum class value_clipping : std::uint8_t {
  none,
  around_old,     ///< no reward for leaving the old value by more than the bound (OpenAI's PPO)
  squared_error,  ///< a squared error above the bound pulls no more (RLlib's): what is far from right is not learned
};

/// A loss and its derivative.
struct loss_slope {
  double loss = 0;
  double slope = 0;
};

/// The squared error of a critic that estimates `value` where the target is `target`; `old` was its estimate before the
/// update.
[[nodiscard]] inline loss_slope value_loss(double value, double target, double old, value_clipping how, double bound) {
  const double error = value - target;
  const loss_slope plain{error * error, 2 * error};
  if (how == value_clipping::squared_error && plain.loss > bound) return {bound, 0};
  if (how == value_clipping::around_old) {
    const double held = old + std::clamp(value - old, -bound, bound) - target;
    if (held * held > plain.loss) return {held * held, 0};
  }
  return plain;
}

}  // namespace headroom
