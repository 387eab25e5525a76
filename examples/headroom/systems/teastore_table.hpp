#pragma once

#include <cmath>       // std::isfinite
#include <cstddef>     // std::size_t
#include <filesystem>  // std::filesystem::path
#include <memory>      // std::make_shared, std::shared_ptr
#include <stdexcept>   // std::invalid_argument
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/systems/teastore/measured_log.hpp>
#include <headroom/tables/table_csv.hpp>
#include <headroom/tables/measured_grid.hpp>

/// The table of measurements that is TeaStore's environment: a file, or a small one of our own.
namespace tool {

using namespace headroom;

/// Columns that a file must have; others are not looked at.
[[nodiscard]] inline std::vector<std::string> teastore_columns() { return {"re", "heap", "cpu", "out_tps", "cost"}; }

/// A plan of 50 steps over more of them would take gigabytes.
inline constexpr std::size_t most_planned_cells = 1'000'000;

/// `make(grid)` of the file, of our own table if there is none. Throws csv_error: a table may be read and still be no
/// grid, or none with a reward.
template <class Make>
[[nodiscard]] auto with_teastore_table(const std::filesystem::path& file, Make&& make) {
  const auto grid_of = [](const measurements& m) {
    return std::make_shared<const measured_grid>(m.renamed("re", "replicas"), teastore::axes());
  };
  if (file.empty()) return make(grid_of(teastore::small_log()));
  const std::vector<std::string> names = teastore_columns();
  const measurements m = read_table_csv(file, {.columns = names});
  for (std::size_t r = 0; r < m.rows(); ++r) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (names[k] == "out_tps" || std::isfinite(m.row(r)[k])) continue;  // the reward knows what to do without it
      throw csv_error(file, r + 2, 1, names[k] + " is nan, must be finite");
    }
  }
  for (const char* const name : {"out_tps", "cost"}) {
    if (m.largest(m.index(name)) > 0) continue;
    throw csv_error(file, 1, 1, std::string(name) + " is above 0 nowhere, must be somewhere");
  }
  try {
    auto grid = grid_of(m);
    require(grid->cells() <= most_planned_cells, "compare", "number of configurations", grid->cells(),
            "be at most " + to_text(most_planned_cells) + ", or planning takes too long");
    return make(std::move(grid));
  } catch (const std::invalid_argument& e) {
    throw csv_error(file, 1, 1, e.what());
  }
}

}  // namespace tool
