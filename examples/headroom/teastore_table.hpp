#pragma once

#include <algorithm>   // std::min
#include <cmath>       // std::fmax, std::isfinite, std::sqrt
#include <cstddef>     // std::size_t
#include <filesystem>  // std::filesystem::path
#include <memory>      // std::make_shared, std::shared_ptr
#include <stdexcept>   // std::invalid_argument
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/environments/teastore.hpp>
#include <headroom/io/table_csv.hpp>
#include <headroom/simulation/measured_grid.hpp>

/// The table that TeaStore is played on: a file, or a small one of our own.
namespace contests {

using namespace headroom;

/// Columns that a file must have; others are not looked at.
[[nodiscard]] inline std::vector<std::string> teastore_columns() { return {"re", "heap", "cpu", "out_tps", "cost"}; }

/// A plan of 50 steps over more of them would take gigabytes.
inline constexpr std::size_t most_planned_cells = 1'000'000;

/// Four places an axis, five measurements each: throughput saturates with CPU, a heap below 300 MB costs a third.
[[nodiscard]] inline measurements own_table() {
  engine random(1, stream::noise);
  std::vector<double> rows;
  for (double re = 1; re <= 4; ++re) {
    for (double heap = 100; heap <= 400; heap += 100) {
      for (double cpu = 100; cpu <= 400; cpu += 100) {
        for (int again = 0; again < 5; ++again) {
          const double tps =
              std::min(500.0, 1.5 * cpu) / std::sqrt(re) * (heap < 300 ? 0.67 : 1) * uniform(random, 0.8, 1.2);
          const double ram = 0.1 + heap / 1024;
          rows.insert(rows.end(), {re, heap, cpu, tps, re * (ram * 0.004237 + 0.9 * cpu / 1000 * 0.031611)});
        }
      }
    }
  }
  return {teastore_columns(), rows};
}

[[nodiscard]] inline double largest(const measurements& m, std::size_t column) {
  double most = 0;
  for (std::size_t r = 0; r < m.rows(); ++r) most = std::fmax(most, m.row(r)[column]);  // NaN: the other one
  return most;
}

/// `make(grid)` of the file, of our own table if there is none. Throws csv_error: a table may be read and still be no
/// grid, or none with a reward.
template <class Make>
[[nodiscard]] auto known(const std::filesystem::path& file, Make&& make) {
  const auto grid_of = [](const measurements& m) {
    return std::make_shared<const measured_grid>(m.renamed("re", "replicas"), teastore::axes());
  };
  if (file.empty()) return make(grid_of(own_table()));
  const std::vector<std::string> names = teastore_columns();
  const measurements m = read_table_csv(file, {.columns = names});
  for (std::size_t r = 0; r < m.rows(); ++r) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (names[k] == "out_tps" || std::isfinite(m.row(r)[k])) continue;  // the reward knows what to do without it
      throw csv_error(file, r + 2, 1, names[k] + " is nan, must be finite");
    }
  }
  for (const char* const name : {"out_tps", "cost"}) {
    if (largest(m, m.index(name)) > 0) continue;
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

}  // namespace contests
