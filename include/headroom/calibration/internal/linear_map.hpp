#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::sqrt
#include <cstddef>    // std::size_t
#include <optional>   // std::optional
#include <span>       // std::span
#include <utility>    // std::move
#include <vector>     // std::vector

namespace headroom::internal {

/// A symmetric positive definite matrix, factored: L L' (Cholesky). A pivot that is not positive, as rounding or a
/// column of zeros leaves it, is made a small one.
class factored {
 public:
  /// `a`: n by n, row by row; the lower triangle is read. O(n^3).
  factored(std::vector<double> a, std::size_t n) : l_(std::move(a)), n_(n) {
    double largest = 0;
    for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, l_[i * n + i]);
    for (std::size_t j = 0; j < n; ++j) {
      double d = l_[j * n + j];
      for (std::size_t k = 0; k < j; ++k) d -= l_[j * n + k] * l_[j * n + k];
      d = std::sqrt(std::max(d, 1e-12 * largest + 1e-300));
      l_[j * n + j] = d;
      for (std::size_t i = j + 1; i < n; ++i) {
        double x = l_[i * n + j];
        for (std::size_t k = 0; k < j; ++k) x -= l_[i * n + k] * l_[j * n + k];
        l_[i * n + j] = x / d;
      }
    }
  }
  /// Replaces b by the solution of A x = b. O(n^2).
  void solve(std::span<double> b) const {
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::size_t k = 0; k < i; ++k) b[i] -= l_[i * n_ + k] * b[k];
      b[i] /= l_[i * n_ + i];
    }
    for (std::size_t i = n_; i-- > 0;) {
      for (std::size_t k = i + 1; k < n_; ++k) b[i] -= l_[k * n_ + i] * b[k];
      b[i] /= l_[i * n_ + i];
    }
  }

 private:
  std::vector<double> l_;
  std::size_t n_;
};

/// What simulations say of the way from parameters to summaries, near a centre: a straight one, and the scatter around
/// it. Backwards it gives the parameters that fit given summaries best, by generalised least squares.
class linear_map {
 public:
  /// `points` and `summaries`: a row for each simulation, of as many numbers as `centre` and `tolerance` have. More
  /// rows than parameters by two at least. `tolerance`: by how much each summary may be wrong for reasons that no
  /// simulation knows, a standard deviation. O(rows (p + m)^2).
  linear_map(std::span<const double> points, std::span<const double> summaries, std::vector<double> centre,
             std::span<const double> tolerance)
      : centre_(std::move(centre)), p_(centre_.size()), m_(tolerance.size()), base_(m_), slope_(m_ * p_) {
    regress(points, summaries);
    weigh(points, summaries, tolerance);
  }

  /// The parameters that fit these summaries best.
  [[nodiscard]] std::vector<double> estimate(std::span<const double> summaries) const {
    std::vector<double> d(m_);
    for (std::size_t k = 0; k < m_; ++k) d[k] = summaries[k] - base_[k];
    scatter_->solve(d);
    std::vector<double> x(p_, 0.0);
    for (std::size_t j = 0; j < p_; ++j) {
      for (std::size_t k = 0; k < m_; ++k) x[j] += slope_[k * p_ + j] * d[k];
    }
    information_->solve(x);
    for (std::size_t j = 0; j < p_; ++j) x[j] += centre_[j];
    return x;
  }
  /// How far the summaries are from those that these parameters give: each as a multiple of its scatter.
  [[nodiscard]] std::vector<double> distances(std::span<const double> summaries, std::span<const double> at) const {
    std::vector<double> r = residuals(summaries, at);
    for (std::size_t k = 0; k < m_; ++k) r[k] /= deviation_[k];
    return r;
  }
  /// The same of all together, squared: chi-squared with m - p degrees of freedom where everything is normal.
  [[nodiscard]] double misfit(std::span<const double> summaries, std::span<const double> at) const {
    const std::vector<double> r = residuals(summaries, at);
    std::vector<double> w = r;
    scatter_->solve(w);
    double sum = 0;
    for (std::size_t k = 0; k < m_; ++k) sum += r[k] * w[k];
    return sum;
  }
  /// Standard deviation of parameter j, as far as the straight way tells it.
  [[nodiscard]] double deviation(std::size_t j) const {
    std::vector<double> unit(p_, 0.0);
    unit[j] = 1;
    information_->solve(unit);
    return std::sqrt(std::max(0.0, unit[j]));
  }

 private:
  static constexpr double prior = 1.5;  // deviation of a parameter of which the summaries say nothing

  [[nodiscard]] std::vector<double> residuals(std::span<const double> summaries, std::span<const double> at) const {
    std::vector<double> r(m_);
    for (std::size_t k = 0; k < m_; ++k) {
      r[k] = summaries[k] - base_[k];
      for (std::size_t j = 0; j < p_; ++j) r[k] -= slope_[k * p_ + j] * (at[j] - centre_[j]);
    }
    return r;
  }
  void regress(std::span<const double> points, std::span<const double> summaries) {
    const std::size_t n = points.size() / p_;
    const std::size_t q = p_ + 1;
    std::vector<double> normal(q * q, 0.0);
    std::vector<double> row(q);
    const auto fill = [&](std::size_t i) {
      row[0] = 1;
      for (std::size_t j = 0; j < p_; ++j) row[j + 1] = points[i * p_ + j] - centre_[j];
    };
    for (std::size_t i = 0; i < n; ++i) {
      fill(i);
      for (std::size_t a = 0; a < q; ++a) {
        for (std::size_t b = 0; b < q; ++b) normal[a * q + b] += row[a] * row[b];
      }
    }
    // A parameter that no simulation varied has no slope.
    for (std::size_t a = 1; a < q; ++a) normal[a * q + a] += 1e-9 * static_cast<double>(n);
    const factored f(std::move(normal), q);
    std::vector<double> x(q);
    for (std::size_t k = 0; k < m_; ++k) {
      std::fill(x.begin(), x.end(), 0.0);
      for (std::size_t i = 0; i < n; ++i) {
        fill(i);
        for (std::size_t a = 0; a < q; ++a) x[a] += row[a] * summaries[i * m_ + k];
      }
      f.solve(x);
      base_[k] = x[0];
      for (std::size_t j = 0; j < p_; ++j) slope_[k * p_ + j] = x[j + 1];
    }
  }
  void weigh(std::span<const double> points, std::span<const double> summaries, std::span<const double> tolerance) {
    const std::size_t n = points.size() / p_;
    std::vector<double> scatter(m_ * m_, 0.0);
    const auto freedom = static_cast<double>(std::max<std::size_t>(1, n > p_ + 1 ? n - p_ - 1 : 1));
    for (std::size_t i = 0; i < n; ++i) {
      const auto r = residuals(summaries.subspan(i * m_, m_), points.subspan(i * p_, p_));
      for (std::size_t a = 0; a < m_; ++a) {
        for (std::size_t b = 0; b < m_; ++b) scatter[a * m_ + b] += r[a] * r[b] / freedom;
      }
    }
    // A covariance of few simulations is drawn towards its diagonal: its inverse would be mostly noise.
    constexpr double drawn = 0.3;
    deviation_.resize(m_);
    for (std::size_t a = 0; a < m_; ++a) {
      for (std::size_t b = 0; b < m_; ++b) scatter[a * m_ + b] *= a == b ? 1 : 1 - drawn;
      scatter[a * m_ + a] += tolerance[a] * tolerance[a];
      deviation_[a] = std::sqrt(scatter[a * m_ + a]);
    }
    scatter_.emplace(std::move(scatter), m_);
    std::vector<double> information(p_ * p_, 0.0);
    std::vector<double> column(m_);
    for (std::size_t j = 0; j < p_; ++j) {
      for (std::size_t k = 0; k < m_; ++k) column[k] = slope_[k * p_ + j];
      scatter_->solve(column);
      for (std::size_t i = 0; i < p_; ++i) {
        for (std::size_t k = 0; k < m_; ++k) information[i * p_ + j] += slope_[k * p_ + i] * column[k];
      }
    }
    for (std::size_t j = 0; j < p_; ++j) information[j * p_ + j] += 1 / (prior * prior);
    information_.emplace(std::move(information), p_);
  }

  std::vector<double> centre_;
  std::size_t p_;
  std::size_t m_;
  std::vector<double> base_;   // summaries at the centre
  std::vector<double> slope_;  // [summary][parameter]
  std::vector<double> deviation_{};
  std::optional<factored> scatter_{};
  std::optional<factored> information_{};
};

}  // namespace headroom::internal
