#pragma once

#include <cmath>        // std::exp, std::islessgreater
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <span>         // std::span
#include <type_traits>  // std::is_const_v

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

/// Where the best of several finite values is, found without a branch on the values: what they are cannot be predicted,
/// and a branch that is mispredicted costs more than all the rest.
struct running_best {
  std::size_t index = 0;
  bool tied = false;  ///< whether a value ever equalled the best before it, or was a NaN

  /// The first of n legal ones in the order of the indices, or against it: then the last among equals wins.
  /// @param value  value(i), asked once of each legal i
  template <bool Backwards, class Value>
  static running_best of(std::size_t n, action_mask legal, Value value) {
    return legal.everything() ? walk<Backwards, false>(n, legal, value) : walk<Backwards, true>(n, legal, value);
  }

 private:
  template <bool Backwards, bool Masked, class Value>
  static running_best walk(std::size_t n, action_mask legal, Value value) {
    running_best best;
    std::size_t k = 0;
    const auto place = [&] { return Backwards ? n - 1 - k : k; };
    if constexpr (Masked) {
      while (k < n && !legal[place()]) ++k;
    }
    HEADROOM_ASSERT(k < n, "best_of: no legal action");
    best.index = place();
    double top = value(best.index);
    for (++k; k < n; ++k) {
      const std::size_t i = place();
      if constexpr (Masked) {
        if (!legal[i]) continue;
      }
      const double x = value(i);
      best.tied |= !std::islessgreater(x, top);  // a NaN as well, so that it costs no second question
      best.index = x > top ? i : best.index;
      top = x > top ? x : top;
    }
    return best;
  }
};

/// The best legal of n actions by value(i); the smallest or the largest index among equals. O(n).
template <class Value>
[[nodiscard]] action_index best_of(std::size_t n, action_mask legal, tie_break ties, Value value) {
  return action_index{ties == tie_break::largest_index ? running_best::of<true>(n, legal, value).index
                                                       : running_best::of<false>(n, legal, value).index};
}
[[nodiscard]] inline action_index best_of(std::span<const double> values, action_mask legal, tie_break ties) {
  return best_of(values.size(), legal, ties, [v = values.data()](std::size_t i) { return v[i]; });
}

/// The same, equals drawn by the engine: one draw per tie met on the way. The longer way, for when there are ties.
[[nodiscard]] inline action_index drawn_among_best(std::span<const double> values, action_mask legal, engine& random) {
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
  return action_index{best};
}

/// The best legal action, ties broken as told.
[[nodiscard]] inline action_index best_of(std::span<const double> values, action_mask legal, tie_break ties,
                                          engine& random) {
  if (ties != tie_break::engine) return best_of(values, legal, ties);
  const running_best sole =
      running_best::of<false>(values.size(), legal, [v = values.data()](std::size_t i) { return v[i]; });
  return sole.tied ? drawn_among_best(values, legal, random) : action_index{sole.index};
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

  /// What a checkpoint must hold for a resumed run to continue bit for bit.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("ties", self.ties_);
  }

 private:
  tie_break ties_;
};

/// With probability epsilon any legal action, else the best. Model of ExplicitExploration. The rate follows its
/// schedule once an agent calls `advance`; a bare one stays at its first value.
///     epsilon_greedy{0.1}      epsilon_greedy{linear{0.5, 0.01, 100'000}, tie_break::largest_index}
class epsilon_greedy {
 public:
  explicit epsilon_greedy(schedule rate = 0.1, tie_break ties = tie_break::engine) : rate_(rate), ties_(ties) {
    require_fraction("epsilon_greedy", "rate", rate_.lowest());
    require_fraction("epsilon_greedy", "rate", rate_.highest());
    become(rate_.at({}));
  }

  action_index operator()(std::span<const double> values, action_mask legal, engine& random) const {
    if (random() >> 11U < explores_below_) return any_of(values.size(), legal, random);
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

  void advance(const progress& p) { become(rate_.at(p)); }
  [[nodiscard]] bool varies_by_step() const noexcept { return rate_.varies_by_step(); }
  [[nodiscard]] double epsilon() const noexcept { return epsilon_; }
  [[nodiscard]] tie_break ties() const noexcept { return ties_; }

  /// What a checkpoint must hold for a resumed run to continue bit for bit.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("ties", self.ties_);
    a("rate", self.rate_);
    a("epsilon", self.epsilon_);
    if constexpr (!std::is_const_v<Self>) {
      require_fraction("epsilon_greedy", "epsilon", self.epsilon_);
      self.become(self.epsilon_);
    }
  }

 private:
  // random.uniform() < epsilon, asked of the 53 bits before they are made a fraction.
  void become(double epsilon) {
    const double bound = epsilon * 0x1p53;
    epsilon_ = epsilon;
    explores_below_ = static_cast<std::uint64_t>(bound);
    if (static_cast<double>(explores_below_) < bound) ++explores_below_;
  }

  schedule rate_;
  tie_break ties_;
  double epsilon_ = 0;
  std::uint64_t explores_below_ = 0;
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

  /// What a checkpoint must hold for a resumed run to continue bit for bit.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("rate", self.rate_);
    a("temperature", self.temperature_);
    if constexpr (!std::is_const_v<Self>) require_positive("softmax", "temperature", self.temperature_);
  }

 private:
  [[nodiscard]] double weight(double value, double top) const { return std::exp((value - top) / temperature_); }

  schedule rate_;
  double temperature_;
};

}  // namespace headroom
