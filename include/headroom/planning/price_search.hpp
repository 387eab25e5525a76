#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <cmath>      // std::abs, std::exp, std::isfinite, std::log, std::sqrt
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint8_t
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

/// What is wanted of a learner, and where its price is looked for.
struct price_search_options {
  double level = 0.99;       ///< fraction of requests in time that is wanted, in (0, 1)
  double tolerance = 0.001;  ///< how near is near enough: a tenth of a point
  double first = 4;          ///< price that is tried first
  double least = 1e-3;       ///< no price below this one is tried
  double most = 1e6;         ///< nor above this one
  std::size_t tries = 12;    ///< after so many the search ends in any case
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const price_search_options& checked(const price_search_options& o) {
  const char* const who = "price_search";
  require(o.level > 0 && o.level < 1, who, "level", o.level, "be in (0, 1)");
  require(o.tolerance > 0 && o.tolerance < 1, who, "tolerance", o.tolerance, "be in (0, 1)");
  require(o.least > 0 && o.least < o.most, who, "least", o.least, "be positive and below most, " + to_text(o.most));
  require(o.most <= 1e150, who, "most", o.most, "be at most 1e150");
  require(o.first >= o.least && o.first <= o.most, who, "first", o.first,
          "be from " + to_text(o.least) + " to " + to_text(o.most));
  require(o.tries >= 1 && o.tries <= 10'000, who, "tries", o.tries, "be from 1 to 10000");
  return o;
}

/// How a search for a price ended, or that it goes on.
enum class price_found : std::uint8_t {
  searching,       ///< there is another price to try
  reached,         ///< the level at `best()` is the wanted one within the tolerance, interval included
  tries_used,      ///< `best()` is the best guess after all tries; its interval is wider than the tolerance
  level_too_high,  ///< not even the largest price keeps the level
  level_too_low    ///< even the smallest price keeps more than the level: it costs nothing
};

/// The price of a late request at which a learner reaches a wanted level. A service level is a constraint, and a price
/// is its multiplier; the right price is another one for each load, so it has to be found. Ask and tell:
///
///     price_search search{{.level = 0.99}};
///     while (!search.done()) {
///       const summary s = level_of(train_at(search.price()));
///       search.tell(s.mean, (s.high - s.low) / 2);
///     }
///     use(search.best());
///
/// A level rises with the price, up to noise: that of the episodes, and that of a training. The odds of a late request
/// fall about as the price rises, so the search is a line through the tries in log price and log-odds of the level,
/// fitted by weighted least squares. A try weighs less the wider its interval is and the farther it lies from the
/// wanted level, because the true curve bends. Before there are tries, the slope is 1 ± 2. No try excludes a price for
/// ever, so one unlucky training does not spoil the search. Allocates on construction only. O(tries) for a try.
class price_search {
 public:
  /// Throws std::invalid_argument for options out of range.
  explicit price_search(const price_search_options& options = {})
      : options_(checked(options)),
        wanted_(odds(options.level)),
        next_(std::log(options.first)),
        best_(next_),
        at_(options.tries),
        odds_(options.tries),
        half_(options.tries) {}

  [[nodiscard]] double price() const { return priced(next_); }  ///< to try next
  [[nodiscard]] bool done() const noexcept { return found_ != price_found::searching; }
  [[nodiscard]] price_found found() const noexcept { return found_; }
  [[nodiscard]] std::size_t tries() const noexcept { return count_; }
  /// The price whose level is the wanted one, as far as is known; the first price before any try.
  [[nodiscard]] double best() const { return priced(best_); }
  /// Half of the interval of the level at `best()`, in points of the level / 100; 1 before any try.
  [[nodiscard]] double half_width() const noexcept { return half_width_; }

  /// What the learner reached at `price()`: its mean level, and half of that mean's confidence interval, 0 if it is
  /// known exactly. A level outside [0, 1] or a half-width that is not finite throws std::invalid_argument. Ignored
  /// once the search is done.
  void tell(double level, double half_width) {
    require_fraction("price_search", "level", level);
    require_not_negative("price_search", "half_width", half_width);
    if (done()) return;
    at_[count_] = next_;
    odds_[count_] = odds(level);
    half_[count_] = std::max(1e-9, (odds(level + half_width) - odds(level - half_width)) / 2);
    ++count_;
    fit();
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("level", self.options_.level);
    a("at", self.at_);
    a("odds", self.odds_);
    a("half", self.half_);
    a("tries", self.count_);
    a.check(self.count_ <= self.at_.size(), "tries", self.count_, "be at most as many as are allowed");
    a("next", self.next_);
    a("best", self.best_);
    a("half_width", self.half_width_);
    a("found", self.found_, price_found::level_too_low);
  }

 private:
  static constexpr double slope_guess = 1;  // the odds of a late request halve where the price doubles
  static constexpr double slope_doubt = 2;
  static constexpr double bend = 0.25;        // log-odds by which the curve leaves its tangent a factor of e away
  static constexpr double longest_step = 2;   // in log price, so that one bad try cannot send the search away
  static constexpr double least_slope = 0.1;  // a level does not fall where the price rises

  // A level of 0 or 1 has no odds; nobody measures beyond one in a million.
  static double odds(double level) {
    const double p = std::clamp(level, 1e-6, 1 - 1e-6);
    return std::log(p / (1 - p));
  }
  [[nodiscard]] double priced(double log_price) const {
    return std::clamp(std::exp(log_price), options_.least, options_.most);
  }

  struct line {
    double value = 0;  // at the point in question
    double slope = 0;
    double half = 0;  // half of the interval of the value
  };
  // The line through the tries as seen from one point, with what is believed of the slope beforehand.
  [[nodiscard]] line seen_from(double point) const {
    double w = 0, wx = 0, wxx = 0, wy = 0, wxy = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const double x = at_[i] - point;
      const double y = odds_[i] - slope_guess * x;  // what the guess does not explain
      const double far = bend * std::max(x * x, (odds_[i] - wanted_) * (odds_[i] - wanted_));
      const double weight = 1 / (half_[i] * half_[i] + far * far);
      w += weight;
      wx += weight * x;
      wxx += weight * x * x;
      wy += weight * y;
      wxy += weight * x * y;
    }
    wxx += 1 / (slope_doubt * slope_doubt);
    const double determinant = w * wxx - wx * wx;  // positive: the doubt of the slope is
    if (!(determinant > 0)) return {odds_[count_ - 1], slope_guess, half_[count_ - 1]};
    line l;
    l.value = (wxx * wy - wx * wxy) / determinant;
    l.slope = std::max(least_slope, slope_guess + (w * wxy - wx * wy) / determinant);
    l.half = std::sqrt(wxx / determinant);
    return l;
  }

  void fit() {
    const double low = std::log(options_.least);
    const double high = std::log(options_.most);
    double x = at_[nearest()];
    line l = seen_from(x);
    for (int k = 0; k < 20; ++k) {
      const double to =
          std::clamp(x + std::clamp((wanted_ - l.value) / l.slope, -longest_step, longest_step), low, high);
      const bool still = std::abs(to - x) < 1e-9;
      x = to;
      l = seen_from(x);
      if (still) break;
    }
    best_ = x;
    const double up = 1 / (1 + std::exp(-(l.value + l.half)));
    const double down = 1 / (1 + std::exp(-(l.value - l.half)));
    half_width_ = (up - down) / 2;
    if (std::max(up - options_.level, options_.level - down) <= options_.tolerance) {
      found_ = price_found::reached;
    } else if (x >= high && at_[count_ - 1] >= high && up < options_.level) {
      found_ = price_found::level_too_high;
    } else if (x <= low && at_[count_ - 1] <= low && down > options_.level) {
      found_ = price_found::level_too_low;
    } else if (count_ >= options_.tries) {
      found_ = price_found::tries_used;
    } else {
      // Not farther from all tries than a step: nothing is known there.
      const double from = at_[nearest_to(x)];
      next_ = std::clamp(x, std::max(low, from - longest_step), std::min(high, from + longest_step));
    }
  }

  [[nodiscard]] std::size_t nearest() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < count_; ++i) {
      if (std::abs(odds_[i] - wanted_) < std::abs(odds_[best] - wanted_)) best = i;
    }
    return best;
  }
  [[nodiscard]] std::size_t nearest_to(double x) const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < count_; ++i) {
      if (std::abs(at_[i] - x) < std::abs(at_[best] - x)) best = i;
    }
    return best;
  }

  price_search_options options_;
  double wanted_;
  double next_;
  double best_;
  std::vector<double> at_;    // log price of each try
  std::vector<double> odds_;  // log-odds of its level
  std::vector<double> half_;  // and half of their interval
  std::size_t count_ = 0;     // of the tries
  double half_width_ = 1;
  price_found found_ = price_found::searching;
};

}  // namespace headroom
