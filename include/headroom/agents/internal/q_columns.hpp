#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::exp, std::log
#include <cstddef>    // std::size_t
#include <span>       // std::span

#include <headroom/core/types.hpp>

namespace headroom::internal {

/// The outputs of a Q-network for a batch, one sample a column: output k of sample j stands at k * stride + j. Of a
/// dueling head the last row is the value of the state, and the rows above are advantages whose mean is subtracted; it
/// is the same for all actions of a sample, so what compares actions leaves it out.
struct q_columns {
  const float* q;
  std::size_t stride;
  std::size_t actions;
  bool dueling;

  /// Q(s_j, a). O(1); O(actions) of a dueling head.
  [[nodiscard]] float value(std::size_t a, std::size_t j) const {
    if (!dueling) return q[a * stride + j];
    float mean = 0;
    for (std::size_t k = 0; k < actions; ++k) mean += q[k * stride + j];
    return q[actions * stride + j] + q[a * stride + j] - mean / static_cast<float>(actions);
  }

  /// The first best action, found without a branch on the values, because such a branch cannot be predicted.
  [[nodiscard]] std::size_t best(std::size_t j) const {
    std::size_t first = 0;
    float top = q[j];
    for (std::size_t a = 1; a < actions; ++a) {
      const float next = q[a * stride + j];
      first = next > top ? a : first;
      top = next > top ? next : top;
    }
    return first;
  }
  /// The same among the legal actions; `actions` if no action is legal.
  [[nodiscard]] std::size_t best_legal(std::size_t j, action_mask legal) const {
    std::size_t first = actions;
    for (std::size_t a = 0; a < actions; ++a) {
      if (legal[a] && (first == actions || q[a * stride + j] > q[first * stride + j])) first = a;
    }
    return first;
  }

  /// log sum exp Q(s_j, .) - Q(s_j, a), the conservative term (Kumar et al. 2020). Adds `slope` times its derivative,
  /// the softmax of the values less 1 for action a, to column j of `gradient`. The derivative sums to 0, so the value
  /// of a dueling head has no part in it. `likely`: scratch of `actions` numbers.
  [[nodiscard]] double press_down(float* gradient, std::size_t a, std::size_t j, float slope,
                                  std::span<double> likely) const {
    float top = q[j];
    for (std::size_t k = 1; k < actions; ++k) top = std::max(top, q[k * stride + j]);
    double sum = 0;
    for (std::size_t k = 0; k < actions; ++k) {
      likely[k] = std::exp(static_cast<double>(q[k * stride + j] - top));
      sum += likely[k];
    }
    for (std::size_t k = 0; k < actions; ++k) {
      gradient[k * stride + j] += slope * static_cast<float>(likely[k] / sum - (k == a ? 1 : 0));
    }
    return std::log(sum) + static_cast<double>(top - q[a * stride + j]);
  }
};

}  // namespace headroom::internal
