#pragma once

#include <cmath>    // std::exp
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint8_t
#include <span>     // std::span

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// Which of several best actions is taken. `engine` while learning is the unbiased choice. `largest_index` is the
/// published farm agent's defect, kept so that it can be reproduced: with menu {-1, 0, +1} every unvisited state scales
/// up.
enum class tie_break : std::uint8_t { engine, smallest_index, largest_index };

/// The best legal action; the smallest or the largest index among equals. O(n).
[[nodiscard]] inline action_index best_of(std::span<const double> values, action_mask legal, tie_break ties) {
  std::size_t best = values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!legal[i]) continue;
    if (best == values.size() || values[i] > values[best] ||
        (values[i] == values[best] && ties == tie_break::largest_index))
      best = i;
  }
  HEADROOM_ASSERT(best < values.size(), "best_of: no legal action");
  return action_index{best};
}

/// The best legal action, equals drawn by the engine: one pass, one draw per tie met.
[[nodiscard]] inline action_index best_of(std::span<const double> values, action_mask legal, tie_break ties,
                                          engine& random) {
  if (ties != tie_break::engine) return best_of(values, legal, ties);
  std::size_t best = values.size();
  std::size_t equals = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!legal[i]) continue;
    if (best == values.size() || values[i] > values[best]) {
      best = i;
      equals = 1;
    } else if (values[i] == values[best] && random.below(++equals) == 0) {
      best = i;
    }
  }
  HEADROOM_ASSERT(best < values.size(), "best_of: no legal action");
  return action_index{best};
}

/// A legal action, each with the same probability.
[[nodiscard]] inline action_index any_of(std::size_t n, action_mask legal, engine& random) {
  if (legal.everything()) return action_index{random.below(n)};
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) count += legal[i] ? 1U : 0U;
  HEADROOM_ASSERT(count > 0, "any_of: no legal action");
  std::size_t left = random.below(count);
  for (std::size_t i = 0; i < n; ++i) {
    if (legal[i] && left-- == 0) return action_index{i};
  }
  return action_index{0};
}

/// Always the best. Model of ExplicitExploration.
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

  /// Probability 1 for the best action, shared among equals if the engine breaks ties.
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

 private:
  tie_break ties_;
};

/// With probability epsilon any legal action, else the best. Model of ExplicitExploration. The rate follows its
/// schedule once an agent calls `advance`; a bare one stays at its first value.
///     epsilon_greedy{0.1}      epsilon_greedy{linear{0.5, 0.01, 100'000}, tie_break::largest_index}
class epsilon_greedy {
 public:
  explicit epsilon_greedy(schedule rate = 0.1, tie_break ties = tie_break::engine)
      : rate_(rate), ties_(ties), epsilon_(rate.at({})) {
    require_fraction("epsilon_greedy", "rate", rate_.lowest());
    require_fraction("epsilon_greedy", "rate", rate_.highest());
  }

  action_index operator()(std::span<const double> values, action_mask legal, engine& random) const {
    if (random.uniform() < epsilon_) return any_of(values.size(), legal, random);
    return best_of(values, legal, ties_, random);
  }
  void probabilities(std::span<const double> values, action_mask legal, std::span<double> out) const {
    greedy::spread(values, legal, ties_, out);
    std::size_t count = 0;
    for (std::size_t i = 0; i < values.size(); ++i) count += legal[i] ? 1U : 0U;
    for (std::size_t i = 0; i < values.size(); ++i) {
      out[i] = (1 - epsilon_) * out[i] + (legal[i] ? epsilon_ / static_cast<double>(count) : 0.0);
    }
  }

  void advance(const progress& p) { epsilon_ = rate_.at(p); }
  [[nodiscard]] bool varies_by_step() const noexcept { return rate_.varies_by_step(); }
  [[nodiscard]] double epsilon() const noexcept { return epsilon_; }
  [[nodiscard]] tie_break ties() const noexcept { return ties_; }

 private:
  schedule rate_;
  tie_break ties_;
  double epsilon_;
};

/// Boltzmann exploration: probability proportional to exp(value / temperature). Shifted by the best value, so it never
/// overflows. Model of ExplicitExploration.
class softmax {
 public:
  explicit softmax(schedule temperature = 1.0) : rate_(temperature), temperature_(temperature.at({})) {
    require_positive("softmax", "temperature", rate_.lowest());
    require_positive("softmax", "temperature", rate_.highest());
  }

  action_index operator()(std::span<const double> values, action_mask legal, engine& random) const {
    const double top = values[to_size(best_of(values, legal, tie_break::smallest_index))];
    double total = 0;
    for (std::size_t i = 0; i < values.size(); ++i) total += legal[i] ? weight(values[i], top) : 0.0;
    double left = random.uniform() * total;
    std::size_t last = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!legal[i]) continue;
      last = i;
      left -= weight(values[i], top);
      if (left < 0) break;
    }
    return action_index{last};
  }
  void probabilities(std::span<const double> values, action_mask legal, std::span<double> out) const {
    const double top = values[to_size(best_of(values, legal, tie_break::smallest_index))];
    double total = 0;
    for (std::size_t i = 0; i < values.size(); ++i) total += out[i] = legal[i] ? weight(values[i], top) : 0.0;
    for (double& p : out) p /= total;
  }

  void advance(const progress& p) { temperature_ = rate_.at(p); }
  [[nodiscard]] bool varies_by_step() const noexcept { return rate_.varies_by_step(); }
  [[nodiscard]] double temperature() const noexcept { return temperature_; }

 private:
  [[nodiscard]] double weight(double value, double top) const { return std::exp((value - top) / temperature_); }

  schedule rate_;
  double temperature_;
};

}  // namespace headroom
