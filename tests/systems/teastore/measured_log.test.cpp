#include <headroom/systems/teastore/measured_log.hpp>

#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

// As the log has it: 2 heaps times 2 CPUs, one replica.
measurements log_of_four() {
  std::vector<double> values;
  for (const double heap : {100.0, 200.0}) {
    for (const double cpu : {500.0, 600.0})
      values.insert(values.end(), {1, heap, cpu, 0, heap + cpu, 0, 0, 0.5, 0.25, 0.01});
  }
  return {teastore::log_columns(), values};
}

}  // namespace

TEST_CASE("the columns of the TeaStore log get names that say what they are") {
  const measurements m = teastore::renamed(log_of_four());
  CHECK(m.names() == std::vector<std::string>{"replicas", "heap", "cpu", "inc_tps", "out_tps", "max_sess", "curr_sess",
                                              "cpu_used", "memory_used", "cost"});
  const teastore::columns c(m);
  table world(1, m, teastore::axes(), {.start_row = 3});
  const auto o = world.reset();
  CHECK(c.out_tps(o) == 800);
  CHECK(c.cost(o) == 0.01);
  CHECK_THROWS_WITH(teastore::renamed(measurements({"re", "cpu"}, {})),
                    "measurements: there is no column 'cpu_2', there are replicas, cpu");
}

TEST_CASE("the published names swap heap and CPU, and nothing else") {
  const measurements right = teastore::renamed(log_of_four());
  const measurements wrong = teastore::renamed(log_of_four(), teastore::axis_names::published);
  CHECK(wrong.names()[1] == "cpu");
  CHECK(wrong.names()[2] == "heap");
  table truth(4, right, teastore::axes(), {.start_row = 0});
  table published(4, wrong, teastore::axes(teastore::axis_names::published), {.start_row = 0});
  truth.reset();
  published.reset();
  const std::size_t raises_second_axis = 3;
  const auto a = truth.step(raises_second_axis).observation;
  const auto b = published.step(raises_second_axis).observation;
  CHECK(a.cell == b.cell);
  CHECK(a.row[right.index("heap")] == 200);
  CHECK(b.row[wrong.index("cpu")] == 200);  // "increase CPU" went from 100 to 200 MB of heap
  CHECK(b.row[wrong.index("heap")] == 500);
  CHECK(truth.grid().name(a.cell) == "replicas 1, heap 200, cpu 500");
  CHECK(published.grid().name(b.cell) == "replicas 1, cpu 200, heap 500");
}

TEST_CASE("the log is a walk, cut where it was taken up again elsewhere and at rows that do not count") {
  const measurements m = teastore::renamed(log_of_four());
  const measured_grid grid(m, teastore::axes());
  const teastore::columns c(m);
  const auto tps = [&](const table_observation&, std::size_t, const table_observation& next) {
    return c.out_tps(next);
  };
  // CPU up, then heap up and CPU down at once, which is no move, then CPU up.
  const auto log = teastore::recorded_walk(grid, tps);
  REQUIRE(log.size() == 2);
  CHECK(log[0].state == state_index{grid.cell_of(0)});
  CHECK(log[0].action == action_index{5});
  CHECK(log[0].reward == 700);
  CHECK(log[0].next == state_index{grid.cell_of(1)});
  CHECK(log[0].status == episode::truncated);
  CHECK(log[1].state == state_index{grid.cell_of(2)});
  CHECK(log[1].action == action_index{5});
  CHECK(log[1].reward == 800);
  CHECK(log[1].status == episode::ongoing);
  // The second row was not measured: nothing leads to it or away from it.
  std::vector<double> values;
  for (std::size_t r = 0; r < m.rows(); ++r) values.insert(values.end(), m.row(r).begin(), m.row(r).end());
  values[m.columns() + m.index("out_tps")] = std::nan("");
  grid_columns holed = teastore::axes();
  holed.required = {"out_tps"};
  holed.holes = true;
  const auto rest = teastore::recorded_walk(measured_grid({m.names(), values}, holed), tps);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].reward == 800);
}
