#pragma once

#include <cmath>       // std::isfinite
#include <cstddef>     // std::size_t
#include <filesystem>  // std::filesystem::path
#include <memory>      // std::make_shared, std::shared_ptr
#include <optional>    // std::optional
#include <utility>     // std::declval, std::move

#include <headroom/systems/teastore/measured_log.hpp>
#include <headroom/systems/teastore/published_rewards.hpp>
#include <headroom/tables/measured_grid.hpp>
#include <headroom/tables/plan_table.hpp>
#include <headroom/tables/table_csv.hpp>

#include "teastore/knobs.hpp"

namespace live_teastore {

/// The published measurements, or our small table where there is no file, with what is computed from them.
struct shop_table {
  using reward_type = decltype(headroom::teastore::r1(std::declval<headroom::teastore::columns>()));

  /// `measured_only`: without the rows whose throughput was not measured. The published reward counts them as 0; a shop
  /// that runs shows no such thing.
  explicit shop_table(const std::filesystem::path& file, bool measured_only = false)
      : grid(read(file, measured_only)),
        columns(grid->table()),
        reward(headroom::teastore::r1(columns, largest(columns.out_tps.column), largest(columns.cost.column))),
        cpu_used(grid->table().index("cpu_used")),
        memory_used(grid->table().index("memory_used")) {}

  std::shared_ptr<const headroom::measured_grid> grid;
  headroom::teastore::columns columns;
  reward_type reward;
  std::size_t cpu_used;
  std::size_t memory_used;

  [[nodiscard]] double largest(std::size_t column) const { return grid->table().largest(column); }
  /// The cell of a configuration; nothing if it was not measured.
  [[nodiscard]] std::optional<std::size_t> cell(const configuration& c) const {
    const double values[] = {static_cast<double>(c.replicas), static_cast<double>(c.heap), static_cast<double>(c.cpu)};
    std::size_t at = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto axis = grid->axis(k);
      std::size_t place = 0;
      while (place < axis.size() && axis[place] != values[k]) ++place;
      if (place == axis.size()) return std::nullopt;
      at = at * axis.size() + place;
    }
    return at;
  }
  [[nodiscard]] configuration at(std::size_t cell) const {
    const auto value = [&](std::size_t k) { return static_cast<int>(grid->axis(k)[grid->position(cell)[k]]); };
    return {value(0), value(1), value(2)};
  }
  /// What the best policy earns by R1 in so many steps from a configuration of the table, on average.
  [[nodiscard]] double optimum(std::size_t from, std::size_t steps) const {
    const headroom::table world(0, grid, {.max_steps = steps});
    return headroom::plan_steps(headroom::model_of(world, reward), steps).values[from];
  }
  /// The mean of a column over the rows of a cell that have it.
  [[nodiscard]] double mean(std::size_t cell, std::size_t column) const {
    const auto rows = grid->rows_of(cell);
    double sum = 0;
    double n = 0;
    for (const std::uint32_t r : grid->order().subspan(rows.first, rows.count)) {
      const double v = grid->table().row(r)[column];
      if (!std::isfinite(v)) continue;
      sum += v;
      ++n;
    }
    return sum / n;
  }

 private:
  static std::shared_ptr<const headroom::measured_grid> read(const std::filesystem::path& file, bool measured_only) {
    namespace teastore = headroom::teastore;
    const headroom::measurements log =
        file.empty() ? teastore::small_log() : headroom::read_table_csv(file, {.columns = teastore::log_columns()});
    headroom::grid_columns columns = teastore::axes();
    if (measured_only) columns.required = {"out_tps"};
    return std::make_shared<const headroom::measured_grid>(teastore::renamed(log), std::move(columns));
  }
};

}  // namespace live_teastore
