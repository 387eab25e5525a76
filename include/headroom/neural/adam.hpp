#pragma once

#include <cmath>        // std::abs, std::isfinite, std::pow, std::sqrt
#include <concepts>     // std::floating_point
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <span>         // std::span
#include <type_traits>  // std::is_const_v

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/internal/kernels.hpp>

namespace headroom {

/// Options of Adam. The learning rate comes with each step, because it follows a schedule.
struct adam_options {
  double decay1 = 0.9;    ///< of the mean of the gradient, in [0, 1)
  double decay2 = 0.999;  ///< of the mean of its square, in [0, 1)
  double epsilon = 1e-8;  ///< added to the root of the latter, above 0
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const adam_options& checked(const adam_options& o) {
  require(o.decay1 >= 0 && o.decay1 < 1, "adam", "decay1", o.decay1, "be in [0, 1)");
  require(o.decay2 >= 0 && o.decay2 < 1, "adam", "decay2", o.decay2, "be in [0, 1)");
  require_positive("adam", "epsilon", o.epsilon);
  return o;
}

/// Adam (Kingma and Ba 2015) as in PyTorch. Gradient clipping and the update of the target network are part of the same
/// pass, so the parameters are read once.
///     adam<float> optimiser{net.parameters().size(), {}};
///     optimiser.step(net.parameters(), gradient, 3e-4, {.largest_norm = 10});
template <std::floating_point Scalar = float>
class adam {
 public:
  /// What a step does in addition to Adam.
  struct beside {
    double largest_norm =
        std::numeric_limits<double>::infinity();  ///< a gradient longer than this is scaled down to it
    std::span<Scalar> target{};                   ///< follows the parameters; empty: there is none
    double target_rate = 0;                       ///< target += rate (parameters - target)
  };

  /// @param parameters    a multiple of 16, as mlp pads them
  /// @param options       the decay rates of the moments, and epsilon
  /// @param instructions  the copy of the kernels to use
  adam(std::size_t parameters, const adam_options& options, instruction_set instructions = best_instructions())
      : options_(checked(options)), instructions_(instructions), first_(parameters), second_(parameters) {
    require(parameters > 0 && parameters % 16 == 0, "adam", "number of parameters", parameters,
            "be a positive multiple of 16");
  }

  /// One step against the gradient; returns the gradient's norm before clipping. If the norm or its square is not
  /// finite, nothing changes. A finite parameter stays finite, because no step is longer than a few times the learning
  /// rate. O(parameters), no allocation.
  double step(std::span<Scalar> parameters, std::span<const Scalar> gradient, double learning_rate,
              const beside& also = {}) {
    HEADROOM_ASSERT(parameters.size() == first_.size() && gradient.size() == first_.size(),
                    "adam: one moment for every parameter");
    HEADROOM_ASSERT(also.target.empty() || also.target.size() == first_.size(), "adam: one target for every parameter");
    const double norm = std::sqrt(static_cast<double>(internal::kernels::with(
        instructions_, [&](auto copy) { return copy.squares(gradient.data(), gradient.size()); })));
    if (!std::isfinite(norm)) return norm;
    ++steps_;
    const auto t = static_cast<double>(steps_);
    // As in PyTorch: the small number prevents a division by 0.
    const double scale = norm > also.largest_norm ? also.largest_norm / (norm + 1e-6) : 1;
    const internal::kernels::adam_step<Scalar> a{
        .parameters = parameters.data(),
        .gradient = gradient.data(),
        .first = first_.data(),
        .second = second_.data(),
        .target = also.target.data(),
        .n = parameters.size(),
        .scale = static_cast<Scalar>(scale),
        .decay1 = static_cast<Scalar>(options_.decay1),
        .decay2 = static_cast<Scalar>(options_.decay2),
        .rate = static_cast<Scalar>(learning_rate / (1 - std::pow(options_.decay1, t))),
        .correction = static_cast<Scalar>(1 / std::sqrt(1 - std::pow(options_.decay2, t))),
        .epsilon = static_cast<Scalar>(options_.epsilon),
        .target_rate = static_cast<Scalar>(also.target_rate)};
    internal::kernels::with(instructions_, [&](auto copy) { copy.adam(a); });
    return norm;
  }

  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  [[nodiscard]] const adam_options& options() const noexcept { return options_; }

  /// The state that a resumed training needs.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("decay1", self.options_.decay1);
    a.same("decay2", self.options_.decay2);
    a.same("epsilon", self.options_.epsilon);
    a("steps", self.steps_);
    a("first_moment", self.first_);
    a("second_moment", self.second_);
    if constexpr (!std::is_const_v<Self>) self.check_moments(a);
  }

 private:
  // A file can hold moments that no gradients lead to, and one step with them would make every parameter infinite. The
  // mean of squares is not negative, and bounds the mean: by Cauchy and Schwarz
  //     first^2 <= (1 - decay1)^2 / ((1 - decay2) (1 - decay1^2 / decay2)) second     where decay1^2 < decay2.
  // Squares below the smallest float are 0: a first moment as small as that is let through.
  template <class Archive>
  void check_moments(Archive& a) const {
    constexpr std::uint64_t most_steps = 1'000'000'000'000'000;
    a.check(steps_ <= most_steps, "steps", steps_, "be at most 1000000000000000");
    const double d1 = options_.decay1;
    const double d2 = options_.decay2;
    const bool bounded = d1 * d1 < d2;
    const double factor = bounded ? (1 - d1) / std::sqrt((1 - d2) * (1 - d1 * d1 / d2)) : 0;
    for (std::size_t i = 0; i < second_.size(); ++i) {
      const auto second = static_cast<double>(second_[i]);
      const auto first = static_cast<double>(first_[i]);
      a.check(second >= 0, "second_moment", second, "not be negative");
      a.check(!bounded || std::abs(first) <= 1.01 * factor * std::sqrt(second) + 1e-16, "first_moment", first,
              "lie within what gradients can lead to, given the second moment");
    }
  }

  adam_options options_;
  instruction_set instructions_;
  internal::aligned_vector<Scalar> first_;   // mean of the gradient
  internal::aligned_vector<Scalar> second_;  // mean of its square
  std::uint64_t steps_ = 0;
};

}  // namespace headroom
