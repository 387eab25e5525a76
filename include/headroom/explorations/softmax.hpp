#pragma once

#include <cmath>        // std::exp
#include <cstddef>      // std::size_t
#include <span>         // std::span
#include <type_traits>  // std::is_const_v

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/core/types.hpp>
#include <headroom/explorations/best_of.hpp>

namespace headroom {

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

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    [[maybe_unused]] const bool changed = a.tuned("rate", self.rate_);
    a("temperature", self.temperature_);
    if constexpr (!std::is_const_v<Self>) {
      require_positive("softmax", "temperature", self.temperature_);
      if (changed) self.temperature_ = self.rate_.at({});
    }
  }

 private:
  [[nodiscard]] double weight(double value, double top) const { return std::exp((value - top) / temperature_); }

  schedule rate_;
  double temperature_;
};

}  // namespace headroom
