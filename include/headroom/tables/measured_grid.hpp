#pragma once

#include <algorithm>    // std::lower_bound, std::sort, std::stable_sort, std::unique
#include <cmath>        // std::abs, std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t
#include <limits>       // std::numeric_limits
#include <span>         // std::span
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/tables/measurements.hpp>

namespace headroom {

/// The meaning of the columns of a table of measurements.
struct grid_columns {
  std::vector<std::string> axes{};  ///< columns that were set: a configuration has one place on each
  std::string load{};               ///< column of the load from outside; empty: none
  std::vector<std::string>
      required{};      ///< a row without a finite number in one of these is ignored; empty: all rows count
  bool holes = false;  ///< whether cells without rows are allowed (no move leads there) or refused
};

/// Measurements ordered by configuration. Along each axis stand the distinct values of its column, ascending, and a
/// configuration (a cell) is one value from each; cells are numbered in mixed radix, the last axis running fastest.
///
/// A move goes one step along one axis: 0 holds, 1 + 2 k raises axis k, 2 + 2 k lowers it. That is the numbering of the
/// published TeaStore agents.
///
/// Rows of a cell lie together, ordered by load, so that those of a cell, and those of a cell under a load, are one
/// range of `order()`. Where a cell was never measured under a load, the nearest that it was measured under stands in
/// for it; of two equally near ones the heavier.
class measured_grid {
 public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t most_cells = std::size_t{1} << 24U;

  /// Some consecutive entries of `order()`.
  struct range {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  /// Throws std::invalid_argument for an unknown column, an axis or a load that is not finite, a grid of more than
  /// most_cells cells (an axis that was measured, not set), no rows, and, unless they are allowed, for a cell without
  /// rows, which it names.
  measured_grid(measurements table, grid_columns columns) : table_(std::move(table)), columns_(std::move(columns)) {
    require(!columns_.axes.empty(), "measured_grid", "number of axes", columns_.axes.size(), "be at least 1");
    require(table_.rows() < none, "measured_grid", "number of rows", table_.rows(), "be below 2^32 - 1");
    keep_rows();
    for (const std::string& name : columns_.axes) {
      axis_columns_.push_back(table_.index(name));
      axes_.push_back(distinct(axis_columns_.back()));
    }
    for (std::size_t k = axes_.size(); k-- > 0;) {
      require(cells_ <= most_cells / axes_[k].size(), "measured_grid", "number of values of axis " + columns_.axes[k],
              axes_[k].size(), "leave at most 2^24 cells");
      cells_ *= axes_[k].size();
    }
    if (!columns_.load.empty()) loads_ = distinct(table_.index(columns_.load));
    require(levels() <= most_cells / cells_, "measured_grid", "number of loads", levels(),
            "leave at most 2^24 pairs of cell and load");
    place_rows();
    order_rows();
    connect();
  }

  [[nodiscard]] const measurements& table() const noexcept { return table_; }
  [[nodiscard]] const grid_columns& columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t cells() const noexcept { return cells_; }
  [[nodiscard]] std::size_t axes() const noexcept { return axes_.size(); }
  /// The values along an axis, ascending.
  [[nodiscard]] std::span<const double> axis(std::size_t k) const noexcept { return axes_[k]; }
  /// The position of each cell: one place for each axis, from 0.
  [[nodiscard]] std::span<const std::uint32_t> position(std::size_t cell) const noexcept {
    return {positions_.data() + cell * axes(), axes()};
  }
  /// 1 + 2 axes.
  [[nodiscard]] std::size_t moves() const noexcept { return 1 + 2 * axes(); }
  /// The cell that a move leads to; `none` if it is off the grid or a hole.
  [[nodiscard]] std::uint32_t target(std::size_t cell, std::size_t move) const noexcept {
    return targets_[cell * moves() + move];
  }

  /// The measured loads, ascending; a single 0 if the table has no loads.
  [[nodiscard]] std::span<const double> loads() const noexcept { return loads_; }
  [[nodiscard]] std::size_t levels() const noexcept { return loads_.size(); }
  /// The index of the nearest measured load; of two equally near ones the heavier.
  [[nodiscard]] std::size_t level(double load) const noexcept {
    const auto above = std::lower_bound(loads_.begin(), loads_.end(), load);
    if (above == loads_.end()) return loads_.size() - 1;
    const auto i = static_cast<std::size_t>(above - loads_.begin());
    return i > 0 && load - loads_[i - 1] < *above - load ? i - 1 : i;
  }

  /// Indices of the rows that count, by cell and load.
  [[nodiscard]] std::span<const std::uint32_t> order() const noexcept { return order_; }
  [[nodiscard]] range rows_of(std::size_t cell) const noexcept { return cell_rows_[cell]; }
  [[nodiscard]] range rows_of(std::size_t cell, std::size_t level) const noexcept {
    return level_rows_[cell * levels() + level];
  }
  /// The cell and the load of a row of the table; `none` for a row that does not count.
  [[nodiscard]] std::uint32_t cell_of(std::size_t row) const noexcept { return row_cells_[row]; }
  [[nodiscard]] std::uint32_t level_of(std::size_t row) const noexcept { return row_levels_[row]; }

  /// The name of a cell: "re 3, heap 500, cpu 900".
  [[nodiscard]] std::string name(std::size_t cell) const {
    std::string all;
    for (std::size_t k = 0; k < axes(); ++k) {
      if (k > 0) all += ", ";
      all.append(columns_.axes[k]).append(" ").append(to_text(axes_[k][position(cell)[k]]));
    }
    return all;
  }
  /// The cell with these values. Throws std::invalid_argument if an axis has no such value.
  [[nodiscard]] std::size_t cell(std::span<const double> values) const {
    require(values.size() == axes(), "measured_grid", "number of values", values.size(), "be " + to_text(axes()));
    std::size_t cell = 0;
    for (std::size_t k = 0; k < axes(); ++k) {
      const std::size_t i = place(axes_[k], values[k]);
      require(i < axes_[k].size() && axes_[k][i] == values[k], "measured_grid", columns_.axes[k], values[k],
              "be a value that was measured");
      cell = cell * axes_[k].size() + i;
    }
    return cell;
  }

 private:
  static std::size_t place(const std::vector<double>& values, double value) {
    return static_cast<std::size_t>(std::lower_bound(values.begin(), values.end(), value) - values.begin());
  }

  void keep_rows() {
    std::vector<std::size_t> required;
    for (const std::string& name : columns_.required) required.push_back(table_.index(name));
    for (std::size_t r = 0; r < table_.rows(); ++r) {
      bool whole = true;
      for (const std::size_t c : required) whole = whole && std::isfinite(table_.row(r)[c]);
      if (whole) order_.push_back(static_cast<std::uint32_t>(r));
    }
    require(!order_.empty(), "measured_grid", "number of rows that count", order_.size(), "be at least 1");
  }

  [[nodiscard]] std::vector<double> distinct(std::size_t column) const {
    std::vector<double> values;
    for (const std::uint32_t r : order_) {
      const double v = table_.row(r)[column];
      require(std::isfinite(v), "measured_grid", table_.names()[column] + " of row " + to_text(r), v, "be finite");
      values.push_back(v);
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
  }

  void place_rows() {
    row_cells_.assign(table_.rows(), none);
    row_levels_.assign(table_.rows(), none);
    const std::size_t load = columns_.load.empty() ? 0 : table_.index(columns_.load);
    for (const std::uint32_t r : order_) {
      std::size_t cell = 0;
      for (std::size_t k = 0; k < axes(); ++k) {
        cell = cell * axes_[k].size() + place(axes_[k], table_.row(r)[axis_columns_[k]]);
      }
      row_cells_[r] = static_cast<std::uint32_t>(cell);
      row_levels_[r] = columns_.load.empty() ? 0 : static_cast<std::uint32_t>(place(loads_, table_.row(r)[load]));
    }
    positions_.resize(cells_ * axes());
    for (std::size_t cell = 0; cell < cells_; ++cell) {
      std::size_t rest = cell;
      for (std::size_t k = axes(); k-- > 0; rest /= axes_[k].size()) {
        positions_[cell * axes() + k] = static_cast<std::uint32_t>(rest % axes_[k].size());
      }
    }
  }

  void order_rows() {
    std::stable_sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
      return row_cells_[a] != row_cells_[b] ? row_cells_[a] < row_cells_[b] : row_levels_[a] < row_levels_[b];
    });
    cell_rows_.resize(cells_);
    level_rows_.resize(cells_ * levels());
    for (std::uint32_t i = 0; i < order_.size(); ++i) {
      const std::size_t cell = row_cells_[order_[i]];
      for (range* one : {&cell_rows_[cell], &level_rows_[cell * levels() + row_levels_[order_[i]]]}) {
        if (one->count++ == 0) one->first = i;
      }
    }
    for (std::size_t cell = 0; cell < cells_; ++cell) {
      const std::size_t rows = cell_rows_[cell].count;
      require(rows > 0 || columns_.holes, "measured_grid", "number of rows of " + name(cell), rows,
              "be at least 1: the grid has a hole");
      if (rows > 0) fill_levels(cell);
    }
  }

  // For each load that a cell was not measured under, uses the rows of the nearest measured load.
  void fill_levels(std::size_t cell) {
    range* const all = level_rows_.data() + cell * levels();
    std::vector<std::size_t> measured;
    for (std::size_t l = 0; l < levels(); ++l) {
      if (all[l].count > 0) measured.push_back(l);
    }
    for (std::size_t l = 0, k = 0; l < levels(); ++l) {
      while (k + 1 < measured.size() &&
             std::abs(loads_[measured[k + 1]] - loads_[l]) <= std::abs(loads_[measured[k]] - loads_[l])) {
        ++k;
      }
      all[l] = all[measured[k]];
    }
  }

  void connect() {
    targets_.assign(cells_ * moves(), none);
    for (std::size_t cell = 0; cell < cells_; ++cell) {
      if (cell_rows_[cell].count == 0) continue;
      std::uint32_t* const to = targets_.data() + cell * moves();
      to[0] = static_cast<std::uint32_t>(cell);
      std::size_t stride = 1;
      for (std::size_t k = axes(); k-- > 0; stride *= axes_[k].size()) {
        const std::size_t i = position(cell)[k];
        const auto lead = [&](std::size_t move, std::size_t next) {
          if (cell_rows_[next].count > 0) to[move] = static_cast<std::uint32_t>(next);
        };
        if (i + 1 < axes_[k].size()) lead(1 + 2 * k, cell + stride);
        if (i > 0) lead(2 + 2 * k, cell - stride);
      }
    }
  }

  measurements table_;
  grid_columns columns_;
  std::vector<std::size_t> axis_columns_;
  std::vector<std::vector<double>> axes_;
  std::vector<double> loads_{0.0};
  std::size_t cells_ = 1;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> row_cells_;
  std::vector<std::uint32_t> row_levels_;
  std::vector<std::uint32_t> positions_;
  std::vector<range> cell_rows_;
  std::vector<range> level_rows_;
  std::vector<std::uint32_t> targets_;
};

}  // namespace headroom
