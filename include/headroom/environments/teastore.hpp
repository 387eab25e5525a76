#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint8_t
#include <string>   // std::string
#include <vector>   // std::vector

#include <headroom/environments/table.hpp>
#include <headroom/simulation/measured_grid.hpp>
#include <headroom/simulation/measurements.hpp>

/// The published measurements of TeaStore, a shop of microservices under constant load: 21,168 rows of 729
/// configurations, replicas times heap times CPU (app2scale/gsa, data.log).
namespace headroom::teastore {

/// Whose names the axes bear. The published environment took the second column of the log for CPU and the third for the
/// heap, and they are the other way round: its "increase CPU" adds heap, and what it says of CPU and heap is true of
/// heap and CPU. The moves, and so the results, are the same; only the names are wrong.
enum class axis_names : std::uint8_t { measured, published };

/// The columns of the log that mean something here, under the names that a reader of the file gives them: its header
/// has cpu twice, the limit and the use.
[[nodiscard]] inline std::vector<std::string> log_columns() {
  return {"re", "heap", "cpu", "inc_tps", "out_tps", "max_sess", "curr_sess", "cpu_2", "ram", "cost"};
}

/// The same under names that say what they are. Throws std::invalid_argument if `log` lacks one.
[[nodiscard]] inline measurements renamed(const measurements& log, axis_names names = axis_names::measured) {
  measurements m = log.renamed("re", "replicas").renamed("cpu_2", "cpu_used").renamed("ram", "memory_used");
  if (names == axis_names::published) m = m.renamed("heap", "?").renamed("cpu", "heap").renamed("?", "cpu");
  return m;
}

/// Replicas, then the second and the third column of the log, whatever they are called: moves 1 and 2 add and remove a
/// replica, 3 and 4 heap, 5 and 6 CPU.
[[nodiscard]] inline grid_columns axes(axis_names names = axis_names::measured) {
  if (names == axis_names::published) return {.axes = {"replicas", "cpu", "heap"}};
  return {.axes = {"replicas", "heap", "cpu"}};
}

/// The features that the rewards of the log read (rewards/teastore_published.hpp).
struct columns {
  measured out_tps;
  measured cost;

  explicit columns(const measurements& m) : out_tps{m.index("out_tps")}, cost{m.index("cost")} {}
};

/// The row that each published episode begins with: nine replicas, heap 100, CPU 100.
inline constexpr std::size_t published_start_row = 558;

}  // namespace headroom::teastore
