#pragma once

#include <cstddef>  // std::size_t
#include <span>     // std::span

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/explorations/best_of.hpp>

namespace headroom {

/// Always takes the best legal action. Model of ExplicitExploration.
class greedy {
 public:
  explicit greedy(tie_break ties = tie_break::engine) : ties_(ties) {}

  action_index operator()(std::span<const double> values, action_mask legal, engine& random) const {
    return best_of(values, legal, ties_, random);
  }
  void probabilities(std::span<const double> values, action_mask legal, std::span<double> out) const {
    spread(values, legal, ties_, out);
  }
  [[nodiscard]] tie_break ties() const noexcept { return ties_; }

  /// Probability 1 for the best action, shared among equal actions if the engine breaks ties.
  static void spread(std::span<const double> values, action_mask legal, tie_break ties, std::span<double> out) {
    const std::size_t best = to_size(best_of(values, legal, ties));
    std::size_t equals = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool one = ties == tie_break::engine ? legal[i] && values[i] == values[best] : i == best;
      out[i] = one ? 1.0 : 0.0;
      equals += one ? 1U : 0U;
    }
    for (double& p : out) p /= static_cast<double>(equals);
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.tuned("ties", self.ties_);
  }

 private:
  tie_break ties_;
};

}  // namespace headroom
