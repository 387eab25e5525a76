#pragma once

#include <algorithm>  // std::clamp
#include <cmath>      // std::exp, std::isfinite
#include <cstdint>    // std::uint64_t

#include <headroom/core/check.hpp>

namespace headroom {

/// How a price follows a level.
struct multiplier_options {
  double level = 0.99;      ///< fraction of requests in time that is wanted, in (0, 1)
  double first = 4;         ///< price to begin with
  double step = 0.5;        ///< how far the price moves, per lack of level (see `multiplier`)
  double least = 0;         ///< the price stays at or above this one; positive if the price moves by factors
  double most = 1e4;        ///< and at or below this one: what the service cannot reach would raise it for ever
  bool by_factors = false;  ///< false: price + step * lack; true: price * exp(step * lack / (1 - level))
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const multiplier_options& checked(const multiplier_options& o) {
  const char* const who = "multiplier";
  require(o.level > 0 && o.level < 1, who, "level", o.level, "be in (0, 1)");
  require_positive(who, "step", o.step);
  require_not_negative(who, "least", o.least);
  require(!o.by_factors || o.least > 0, who, "least", o.least, "be positive where the price moves by factors");
  require(o.most > o.least && o.most <= 1e150, who, "most", o.most, "be above least and at most 1e150");
  require(o.first >= o.least && o.first <= o.most, who, "first", o.first,
          "be from " + to_text(o.least) + " to " + to_text(o.most));
  return o;
}

/// The price of a late request that finds itself while a learner learns: dual ascent on a service level (Arrow, Hurwicz
/// and Uzawa 1958; for learners Tessler, Mankowitz and Mannor 2019, Reward Constrained Policy Optimization). Tell it
/// the level of each episode, or of each generation of a search; where the level lacks, the price rises. The price is a
/// Lagrange multiplier, projected to [least, most].
///
///     multiplier price{{.level = 0.99, .step = 100}};
///     for (...) price.tell(level_of_an_episode_at(price.price()));
///
/// By sums (the textbook's form) a level that is right on the average leaves the mean of the price unmoved, however
/// noisy it is. By factors the price moves as fast when it is 2 as when it is 200, and a lack counts by the part of the
/// requests that may be late, which is better while the right size of the price is not known. Let the learner follow
/// faster than the price does, and where it must not swing, let it follow `mean()`. O(1), no allocation.
class multiplier {
 public:
  /// Throws std::invalid_argument for options out of range.
  explicit multiplier(const multiplier_options& options = {}) : options_(checked(options)), price_(options.first) {}

  [[nodiscard]] double price() const noexcept { return price_; }
  /// The level that was seen, in [0, 1]; a level that is not finite is ignored and counted.
  void tell(double level) {
    if (!std::isfinite(level)) {
      ++refused_;
      return;
    }
    const double lack = options_.level - level;
    // One episode that went all wrong must not multiply the price by more than e.
    const double moved = options_.by_factors
                             ? price_ * std::exp(std::clamp(options_.step * lack / (1 - options_.level), -1.0, 1.0))
                             : price_ + options_.step * lack;
    price_ = std::clamp(moved, options_.least, options_.most);
    ++told_;
    mean_ += (price_ - mean_) / static_cast<double>(told_);
  }

  /// The mean price over all that was told: of a price that swings around the right one. The first price before that.
  [[nodiscard]] double mean() const noexcept { return told_ > 0 ? mean_ : options_.first; }
  [[nodiscard]] std::uint64_t told() const noexcept { return told_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }  ///< levels that were not finite
  /// Whether the price stands at its upper end: the level is out of reach, as far as is known.
  [[nodiscard]] bool at_most() const noexcept { return price_ >= options_.most; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("level", self.options_.level);
    a("price", self.price_);
    a("mean", self.mean_);
    a("told", self.told_);
    a.check(self.price_ >= self.options_.least && self.price_ <= self.options_.most, "price", self.price_,
            "be from least to most");
  }

 private:
  multiplier_options options_;
  double price_;
  double mean_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace headroom
