#pragma once

#include <algorithm>  // std::min
#include <cmath>      // std::sqrt
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint8_t, std::uint32_t
#include <string>     // std::string
#include <vector>     // std::vector

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/tables/table.hpp>
#include <headroom/core/transition.hpp>
#include <headroom/tables/measured_grid.hpp>
#include <headroom/tables/measurements.hpp>

/// The published measurements of TeaStore, a shop of microservices under constant load: 21,168 rows of 729
/// configurations, replicas times heap times CPU (app2scale/gsa, data.log).
namespace headroom::teastore {

/// Which names the axes get. The published environment took the second column of the log for CPU and the third for the
/// heap, but they are the other way round: its "increase CPU" adds heap. The moves, and so the results, are the same;
/// only the names are wrong.
enum class axis_names : std::uint8_t { measured, published };

/// The columns of the log that are used here, under the names that a reader of the file gives them: the header has cpu
/// twice, for the limit and for the use.
[[nodiscard]] inline std::vector<std::string> log_columns() {
  return {"re", "heap", "cpu", "inc_tps", "out_tps", "max_sess", "curr_sess", "cpu_2", "ram", "cost"};
}

/// The same with descriptive names. Throws std::invalid_argument if `log` lacks a column.
[[nodiscard]] inline measurements renamed(const measurements& log, axis_names names = axis_names::measured) {
  measurements m = log.renamed("re", "replicas").renamed("cpu_2", "cpu_used").renamed("ram", "memory_used");
  if (names == axis_names::published) m = m.renamed("heap", "?").renamed("cpu", "heap").renamed("?", "cpu");
  return m;
}

/// Replicas, then the second and the third column of the log, whatever their names: moves 1 and 2 add and remove a
/// replica, 3 and 4 heap, 5 and 6 CPU.
[[nodiscard]] inline grid_columns axes(axis_names names = axis_names::measured) {
  if (names == axis_names::published) return {.axes = {"replicas", "cpu", "heap"}};
  return {.axes = {"replicas", "heap", "cpu"}};
}

/// The features that the rewards of the log read (systems/teastore/published_rewards.hpp).
struct columns {
  measured out_tps;
  measured cost;

  explicit columns(const measurements& m) : out_tps{m.index("out_tps")}, cost{m.index("cost")} {}
};

/// The row that each published episode begins with: nine replicas, heap 100, CPU 100.
inline constexpr std::size_t published_start_row = 558;

/// The log as the record of a random walk over the configurations: from row to row it makes one move of the grid. A
/// learner can learn from it without an environment (`offline/offline.hpp`). States are cells. `reward` sees only the
/// move and the row after it. Where the recording continued elsewhere, a step is missing, and the step before it is
/// truncated. O(rows * moves).
template <class RewardT>
[[nodiscard]] std::vector<logged<state_index>> recorded_walk(const measured_grid& grid, const RewardT& reward) {
  std::vector<logged<state_index>> log;
  for (std::size_t r = 0; r + 1 < grid.table().rows(); ++r) {
    const std::uint32_t from = grid.cell_of(r);
    const std::uint32_t to = grid.cell_of(r + 1);
    const bool counts = from != measured_grid::none && to != measured_grid::none;
    std::size_t move = counts ? 0 : grid.moves();
    while (move < grid.moves() && grid.target(from, move) != to) ++move;
    if (move == grid.moves()) {
      if (!log.empty()) log.back().status = episode::truncated;
      continue;
    }
    table_observation next;
    next.row = grid.table().row(r + 1);
    log.push_back({state_index{from}, action_index{move}, reward({}, move, next), state_index{to}});
  }
  return log;
}

/// A small log of our own in the same columns, for users without the published one: four places on an axis, five
/// measurements each. Throughput saturates with CPU and is divided by the square root of the replicas; a heap below
/// 300 MB costs a third of it. Prices are the published ones. O(1): 320 rows, always the same.
[[nodiscard]] inline measurements small_log() {
  engine random(1, stream::noise);
  std::vector<double> rows;
  for (double re = 1; re <= 4; ++re) {
    for (double heap = 100; heap <= 400; heap += 100) {
      for (double cpu = 100; cpu <= 400; cpu += 100) {
        for (int again = 0; again < 5; ++again) {
          const double tps =
              std::min(500.0, 1.5 * cpu) / std::sqrt(re) * (heap < 300 ? 0.67 : 1) * uniform(random, 0.8, 1.2);
          const double used = 0.9 * cpu / 1000;
          const double ram = 0.1 + heap / 1024;
          rows.insert(rows.end(), {re, heap, cpu, tps, tps, 0, 0, used, ram, re * (ram * 0.004237 + used * 0.031611)});
        }
      }
    }
  }
  return {log_columns(), rows};
}

}  // namespace headroom::teastore
