#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <span>         // std::span
#include <type_traits>  // std::is_const_v

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/core/types.hpp>
#include <headroom/explorations/best_of.hpp>
#include <headroom/explorations/greedy.hpp>

namespace headroom {

/// With probability epsilon any legal action, otherwise the best. Model of ExplicitExploration. The rate follows its
/// schedule when an agent calls `advance`; without these calls it stays at its first value.
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

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.tuned("ties", self.ties_);
    [[maybe_unused]] const bool changed = a.tuned("rate", self.rate_);
    a("epsilon", self.epsilon_);
    if constexpr (!std::is_const_v<Self>) {
      require_fraction("epsilon_greedy", "epsilon", self.epsilon_);
      self.become(changed ? self.rate_.at({}) : self.epsilon_);
    }
  }

 private:
  // Prepares random.uniform() < epsilon as a comparison of the 53 bits, before they become a fraction.
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

}  // namespace headroom
