#pragma once

#include <cmath>     // std::exp, std::log
#include <concepts>  // std::floating_point
#include <cstddef>   // std::size_t
#include <span>      // std::span

#include <headroom/core/config.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

/// The distribution given by a network's outputs (logits): the probability of action a is exp(logit a), divided by the
/// sum over the legal actions, and 0 for an illegal one. All functions use logarithms, because a very small probability
/// underflows and its logarithm does not.
namespace headroom::categorical {

/// Stands for the logarithm of 0. It is finite, so that 0 times it is 0 and a file can hold it; its exponential is
/// exactly 0.
inline constexpr double impossible = -1e30;

/// The logarithms of the probabilities. Logit a stands at logits[a * stride]. A logit that is not finite gives results
/// that are not finite. At least one action must be legal.
template <std::floating_point Scalar>
void log_probabilities(const Scalar* logits, std::size_t stride, action_mask legal, std::span<double> out) {
  bool any = false;
  double top = 0;
  for (std::size_t a = 0; a < out.size(); ++a) {
    if (!legal[a]) continue;
    const auto x = static_cast<double>(logits[a * stride]);
    top = !any || x > top ? x : top;
    any = true;
  }
  HEADROOM_ASSERT(any, "categorical: no legal action");
  double total = 0;
  for (std::size_t a = 0; a < out.size(); ++a) {
    if (!legal[a]) continue;
    out[a] = static_cast<double>(logits[a * stride]) - top;
    total += std::exp(out[a]);
  }
  const double shift = std::log(total);
  for (std::size_t a = 0; a < out.size(); ++a) out[a] = legal[a] ? out[a] - shift : impossible;
}

/// Draws one action with these probabilities; uses one number of the engine. Never draws an impossible action, also
/// after rounding.
[[nodiscard]] inline action_index draw(std::span<const double> log_probabilities, engine& random) {
  double left = random.uniform();
  std::size_t last = 0;
  for (std::size_t a = 0; a < log_probabilities.size(); ++a) {
    if (log_probabilities[a] <= impossible) continue;
    last = a;
    left -= std::exp(log_probabilities[a]);
    if (left < 0) break;
  }
  return action_index{last};
}

/// The entropy in nats: log(n) for n equally probable actions, 0 for one that is certain.
[[nodiscard]] inline double entropy(std::span<const double> log_probabilities) {
  double sum = 0;
  for (const double x : log_probabilities) sum -= std::exp(x) * x;
  return sum;
}

/// The Kullback-Leibler divergence of `from` to `to`, in nats.
/// @param from  logarithms of probabilities; impossible where `to` is
/// @param to    the same of the other distribution
template <std::floating_point Scalar>
[[nodiscard]] double divergence(std::span<const Scalar> from, std::span<const double> to) {
  double sum = 0;
  for (std::size_t a = 0; a < to.size(); ++a) {
    if (to[a] <= impossible) continue;
    const auto x = static_cast<double>(from[a]);
    sum += std::exp(x) * (x - to[a]);
  }
  return sum;
}

}  // namespace headroom::categorical
