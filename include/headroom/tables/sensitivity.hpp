#pragma once

#include <cstddef>   // std::size_t
#include <optional>  // std::optional
#include <span>      // std::span
#include <vector>    // std::vector

#include <headroom/core/check.hpp>
#include <headroom/tables/measured_grid.hpp>

namespace headroom {

/// Which part of the variance over a grid is due to each axis alone, and to each pair of axes beyond the two (Sobol
/// 1993; the first two orders of a high-dimensional model representation). The parts of all orders sum to 1.
struct sensitivity {
  double mean = 0;                         ///< over the cells
  double variance = 0;                     ///< over the cells; 0: nothing varies, and every part is 0
  std::vector<double> first;               ///< of each axis
  std::vector<std::vector<double>> pairs;  ///< [i][k] for i < k; 0 elsewhere
};

namespace internal {

// The variance of the mean over all cells that share a place on these axes.
inline double explained_variance(const measured_grid& grid, std::span<const double> cells, double mean, std::size_t i,
                                 std::size_t k) {
  std::vector<double> sums(grid.axis(i).size() * grid.axis(k).size());
  std::vector<double> counts(sums.size());
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    const auto p = grid.position(cell);
    const std::size_t group = p[i] * grid.axis(k).size() + p[k];
    sums[group] += cells[cell] - mean;
    ++counts[group];
  }
  double variance = 0;
  for (std::size_t g = 0; g < sums.size(); ++g) {
    if (counts[g] > 0) variance += sums[g] * sums[g] / counts[g];
  }
  return variance / static_cast<double>(cells.size());
}

}  // namespace internal

/// From one number a cell. Every cell counts the same, however often it was measured. O(axes^2 * cells).
[[nodiscard]] inline sensitivity sensitivity_of(const measured_grid& grid, std::span<const double> cells) {
  require(cells.size() == grid.cells(), "sensitivity_of", "number of cells", cells.size(),
          "be the grid's, " + to_text(grid.cells()));
  sensitivity s;
  for (const double v : cells) {
    require_finite("sensitivity_of", "a cell", v);
    s.mean += v / static_cast<double>(cells.size());
  }
  for (const double v : cells) s.variance += (v - s.mean) * (v - s.mean) / static_cast<double>(cells.size());
  s.first.resize(grid.axes());
  s.pairs.assign(grid.axes(), std::vector<double>(grid.axes()));
  if (!(s.variance > 0)) return s;
  const auto part = [&](std::size_t i, std::size_t k) {
    return internal::explained_variance(grid, cells, s.mean, i, k) / s.variance;
  };
  for (std::size_t i = 0; i < grid.axes(); ++i) s.first[i] = part(i, i);
  for (std::size_t i = 0; i < grid.axes(); ++i) {
    for (std::size_t k = i + 1; k < grid.axes(); ++k) s.pairs[i][k] = part(i, k) - s.first[i] - s.first[k];
  }
  return s;
}

/// The mean of a quantity over the rows of each cell. `quantity(row)` gets a row of the table; a row for which it
/// returns nothing does not count. Throws std::invalid_argument if no row of a cell counts.
template <class Quantity>
[[nodiscard]] std::vector<double> cell_means(const measured_grid& grid, Quantity&& quantity) {
  std::vector<double> means(grid.cells());
  for (std::size_t cell = 0; cell < means.size(); ++cell) {
    const auto rows = grid.rows_of(cell);
    double sum = 0;
    std::size_t n = 0;
    for (std::size_t i = 0; i < rows.count; ++i) {
      const std::optional<double> v = quantity(grid.table().row(grid.order()[rows.first + i]));
      if (!v) continue;
      sum += *v;
      ++n;
    }
    require(n > 0, "cell_means", "number of rows of " + grid.name(cell), n, "be at least 1");
    means[cell] = sum / static_cast<double>(n);
  }
  return means;
}

}  // namespace headroom
