#pragma once

#include <algorithm>  // std::max, std::min, std::sort
#include <cmath>      // std::abs, std::ceil, std::isfinite, std::sqrt
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <numeric>    // std::iota
#include <span>       // std::span
#include <string>     // std::string
#include <utility>    // std::move
#include <vector>     // std::erase_if, std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>

namespace headroom {

/// What an operator must know of a search.
struct cross_entropy_health {
  std::uint64_t refused_costs = 0;  ///< costs that were not finite: their candidates were ignored
  std::uint64_t diverged = 0;       ///< moves of a coordinate that were refused, because it would have left its bounds
};

struct cross_entropy_options {
  std::size_t population = 30;  ///< candidates of a generation
  double elite = 0.2;  ///< fraction of the candidates that the next generation is made of, in (0, 1]; at least two
  double rate = 0.7;   ///< how far the distribution moves towards that of the elite, in (0, 1]
  double least_spread = 0.01;  ///< smallest spread, as a fraction of the first: the search never stops
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const cross_entropy_options& checked(const cross_entropy_options& o) {
  require(o.population >= 2 && o.population <= 1'000'000, "cross_entropy", "population", o.population,
          "be from 2 to 1000000");
  require(o.elite > 0 && o.elite <= 1, "cross_entropy", "elite", o.elite, "be in (0, 1]");
  require_step_size("cross_entropy", "rate", o.rate);
  require_fraction("cross_entropy", "least_spread", o.least_spread);
  return o;
}

/// Policy search by the cross-entropy method (de Boer, Kroese, Mannor and Rubinstein 2005): candidates are drawn from a
/// normal distribution, each coordinate by itself, which moves to those of least cost. It needs no gradient and no
/// credit for single actions, only what a candidate cost in the end, so it learns whatever has a handful of numbers:
/// the knobs of an autoscaler, say. Ask and tell:
///
///     cross_entropy search{{mean...}, {spread...}, {}, seed};
///     while (search.generation() < 15) {
///       for (std::size_t k = 0; k < costs.size(); ++k) costs[k] = cost_of(search.candidate(k));
///       search.finish(costs);
///     }
///     use(search.mean());
///
/// Let all candidates of a generation meet the same episodes, and each generation new ones: the difference between two
/// candidates is small beside that between two episodes. Allocates on construction only. O(population * dimension), and
/// a sort, for a generation.
class cross_entropy {
 public:
  /// Throws std::invalid_argument for options out of range, and unless there is a positive spread for each mean.
  cross_entropy(std::vector<double> mean, std::vector<double> spread, const cross_entropy_options& options,
                std::uint64_t seed)
      : options_(checked(options)),
        mean_(std::move(mean)),
        spread_(std::move(spread)),
        random_(seed, stream::exploration),
        candidates_(options.population * mean_.size()),
        order_(options.population) {
    require(!mean_.empty(), "cross_entropy", "number of coordinates", mean_.size(), "be at least 1");
    require(spread_.size() == mean_.size(), "cross_entropy", "number of spreads", spread_.size(),
            "be that of the coordinates, " + to_text(mean_.size()));
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      require(std::abs(mean_[i]) <= largest, "cross_entropy", "mean of coordinate " + to_text(i), mean_[i],
              "be finite, from -1e150 to 1e150");
      require(spread_[i] > 0 && spread_[i] <= largest, "cross_entropy", "spread of coordinate " + to_text(i),
              spread_[i], "be positive and finite, at most 1e150");
      floor_.push_back(options_.least_spread * spread_[i]);
    }
    draw();
  }

  [[nodiscard]] std::size_t dimension() const noexcept { return mean_.size(); }
  [[nodiscard]] std::size_t population() const noexcept { return options_.population; }
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }  ///< finished generations

  /// Candidate k of this generation; the first is the mean itself. Valid until `finish`.
  [[nodiscard]] std::span<const double> candidate(std::size_t k) const noexcept {
    return std::span<const double>(candidates_).subspan(k * mean_.size(), mean_.size());
  }

  /// Ends a generation with the cost of each candidate. A candidate whose cost is not finite is ignored. If all are
  /// ignored, the distribution does not change, and the result is false. Throws std::invalid_argument for another
  /// number of costs.
  bool finish(std::span<const double> costs) {
    if (costs.size() != options_.population) {  // checked here, so that the message is built only for a refusal
      require(false, "cross_entropy", "number of costs", costs.size(),
              "be that of the candidates, " + to_text(options_.population));
    }
    order_.resize(options_.population);
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    health_.refused_costs += std::erase_if(order_, [&](std::size_t k) { return !std::isfinite(costs[k]); });
    std::sort(order_.begin(), order_.end(),
              [&](std::size_t a, std::size_t b) { return costs[a] < costs[b] || (costs[a] == costs[b] && a < b); });
    const auto wanted = static_cast<std::size_t>(
        std::max(2.0, std::ceil(options_.elite * static_cast<double>(options_.population) - 1e-9)));
    const std::size_t n = std::min(wanted, order_.size());
    for (std::size_t i = 0; n > 0 && i < mean_.size(); ++i) move(i, n);
    ++generation_;
    draw();
    return n > 0;
  }

  /// The present mean and spread: the answer, and how certain each coordinate is.
  [[nodiscard]] std::span<const double> mean() const noexcept { return mean_; }
  [[nodiscard]] std::span<const double> spread() const noexcept { return spread_; }
  [[nodiscard]] const cross_entropy_health& health() const noexcept { return health_; }

  /// What a checkpoint stores. Only the mean decides anything.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("mean", self.mean_);
    for (const double m : self.mean_) a.check(std::abs(m) <= largest, "mean", m, "be from -1e150 to 1e150");
    if (!a.training()) return;
    a.same("population", self.options_.population);
    a.same("elite", self.options_.elite);
    a.same("rate", self.options_.rate);
    a("floor", self.floor_);
    a("spread", self.spread_);
    a("candidates", self.candidates_, {self.options_.population, self.mean_.size()});
    a("random", self.random_);
    a("generation", self.generation_);
    for (const double s : self.floor_) a.check(s >= 0 && s <= largest, "floor", s, "be from 0 to 1e150");
    for (const double s : self.spread_) a.check(s >= 0 && s <= largest, "spread", s, "be from 0 to 1e150");
    for (const double x : self.candidates_)
      a.check(std::abs(x) <= 1e3 * largest, "candidates", x, "be from -1e153 to 1e153");
  }

 private:
  static constexpr double largest = 1e150;  // the square of a distance is finite

  // Moves coordinate i of the mean and the spread towards those of the n best.
  void move(std::size_t i, std::size_t n) {
    const auto count = static_cast<double>(n);
    double mean = 0;
    for (std::size_t k = 0; k < n; ++k) mean += candidate(order_[k])[i] / count;
    double variance = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double d = candidate(order_[k])[i] - mean;
      variance += d * d / std::max(1.0, count - 1);  // the plain mean of squares would underestimate a small sample
    }
    const double to = mean_[i] + options_.rate * (mean - mean_[i]);
    const double wide = std::max(floor_[i], spread_[i] + options_.rate * (std::sqrt(variance) - spread_[i]));
    if (!(std::abs(to) <= largest && wide <= largest)) {  // a cost without a least value drives it away for ever
      ++health_.diverged;
      return;
    }
    mean_[i] = to;
    spread_[i] = wide;
  }

  void draw() {
    for (std::size_t k = 0; k < options_.population; ++k) {
      for (std::size_t i = 0; i < mean_.size(); ++i) {
        candidates_[k * mean_.size() + i] = k == 0 ? mean_[i] : normal(random_, mean_[i], spread_[i]);
      }
    }
  }

  cross_entropy_options options_;
  std::vector<double> mean_;
  std::vector<double> spread_;
  std::vector<double> floor_;
  engine random_;
  std::uint64_t generation_ = 0;
  std::vector<double> candidates_;  // [candidate][coordinate]
  std::vector<std::size_t> order_;  // the candidates, best first
  cross_entropy_health health_;
};

}  // namespace headroom
