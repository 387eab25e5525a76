#pragma once

#include <algorithm>  // std::clamp, std::max, std::upper_bound
#include <cmath>      // std::exp, std::isfinite, std::log, std::round
#include <cstddef>    // std::ptrdiff_t, std::size_t
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

/// Ascending values that a table is made for, and where any number lies between them. At least two values.
class step_grid {
 public:
  /// Between the values number `below` and `below + 1`: the number is (1 - share) of the first and share of the second.
  struct place {
    std::size_t below = 0;
    double share = 0;  ///< in [0, 1]
  };

  step_grid() : step_grid({0, 1}) {}
  /// Throws std::invalid_argument unless the values ascend and are finite.
  explicit step_grid(std::vector<double> values) : values_(std::move(values)) { check(); }

  /// 0, 1, 2, ... up to `exact`, then whole numbers that grow by `growth` of themselves (at least by 1) up to `most`:
  /// for requests in a system. A few are counted, many are weighed.
  [[nodiscard]] static step_grid counts(double exact, double most, double growth = 0.08) {
    require(exact >= 1 && exact <= 100'000, "step_grid", "exact", exact, "be from 1 to 100000");
    require(most >= exact && most <= 1e9, "step_grid", "most", most, "be from exact to 1e9");
    require(growth > 0 && growth <= 1, "step_grid", "growth", growth, "be in (0, 1]");
    std::vector<double> v{0};
    while (v.back() < most)
      v.push_back(v.back() + (v.back() < exact ? 1 : std::max(1.0, std::round(v.back() * growth))));
    return step_grid(std::move(v));
  }
  /// `count` values from `from` to `to`, each larger than the one before by the same factor: for rates.
  [[nodiscard]] static step_grid logarithmic(double from, double to, std::size_t count) {
    require_positive("step_grid", "from", from);
    require(to > from && std::isfinite(to), "step_grid", "to", to, "be above from, and finite");
    require(count >= 2 && count <= 100'000, "step_grid", "count", count, "be from 2 to 100000");
    std::vector<double> v(count);
    const double step = std::log(to / from) / static_cast<double>(count - 1);
    for (std::size_t k = 0; k < count; ++k) v[k] = from * std::exp(step * static_cast<double>(k));
    v.back() = to;
    return step_grid(std::move(v));
  }

  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] double operator[](std::size_t k) const noexcept { return values_[k]; }
  [[nodiscard]] const std::vector<double>& values() const noexcept { return values_; }

  /// Where `x` lies. Below the first value it is the first, above the last the last. O(log size).
  [[nodiscard]] place at(double x) const noexcept {
    if (!(x > values_.front())) return {0, 0};
    if (x >= values_.back()) return {values_.size() - 2, 1};
    const auto above = std::upper_bound(values_.begin(), values_.end(), x) - values_.begin();
    const auto below = static_cast<std::size_t>(above) - 1;
    return {below, (x - values_[below]) / (values_[below + 1] - values_[below])};
  }
  /// The number of the value that is nearest. O(log size).
  [[nodiscard]] std::size_t nearest(double x) const noexcept {
    const place p = at(x);
    return p.below + (p.share > 0.5 ? 1 : 0);
  }

 private:
  void check() const {
    require(values_.size() >= 2, "step_grid", "number of values", values_.size(), "be at least 2");
    for (std::size_t k = 0; k < values_.size(); ++k) {
      if (std::isfinite(values_[k]) && (k == 0 || values_[k] > values_[k - 1])) continue;
      require(false, "step_grid", "value " + to_text(k), values_[k], "be finite, and above the one before it");
    }
  }

  std::vector<double> values_;
};

}  // namespace headroom
