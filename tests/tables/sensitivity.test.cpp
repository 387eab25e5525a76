#include <headroom/tables/sensitivity.hpp>

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "catch.hpp"
#include "skip.hpp"
#include "teastore_log.hpp"

using namespace headroom;

namespace {

measured_grid cube() {
  std::vector<double> rows;
  for (const double x : {-1.0, 1.0}) {
    for (const double y : {-1.0, 0.0, 1.0}) {
      for (const double z : {-1.0, 1.0}) rows.insert(rows.end(), {x, y, z});
    }
  }
  return {measurements({"x", "y", "z"}, rows), {.axes = {"x", "y", "z"}}};
}

template <class F>
std::vector<double> over(const measured_grid& g, F f) {
  return cell_means(g, [&](std::span<const double> row) { return std::optional<double>(f(row[0], row[1], row[2])); });
}

}  // namespace

TEST_CASE("each axis gets the variance that it explains alone, each pair what it explains beyond") {
  const measured_grid g = cube();
  // Variances over the cells: x 1, y 2/3, z 1, x z 1, x y z 2/3.
  const auto s = sensitivity_of(g, over(g, [](double x, double y, double z) { return 7 + 3 * x + 3 * y + 2 * x * z; }));
  CHECK(s.mean == Approx(7).epsilon(1e-14));
  CHECK(s.variance == Approx(9 + 6 + 4).epsilon(1e-14));
  CHECK(s.first[0] == Approx(9.0 / 19).epsilon(1e-13));
  CHECK(s.first[1] == Approx(6.0 / 19).epsilon(1e-13));
  CHECK(s.first[2] == Approx(0).margin(1e-14));
  CHECK(s.pairs[0][2] == Approx(4.0 / 19).epsilon(1e-13));
  CHECK(s.pairs[0][1] == Approx(0).margin(1e-14));
  CHECK(s.pairs[1][2] == Approx(0).margin(1e-14));
}

TEST_CASE("what three axes do only together is in no part of the first two orders") {
  const measured_grid g = cube();
  const auto s = sensitivity_of(g, over(g, [](double x, double y, double z) { return x * y * z; }));
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    sum += std::abs(s.first[i]);
    for (std::size_t k = i + 1; k < 3; ++k) sum += std::abs(s.pairs[i][k]);
  }
  CHECK(sum == Approx(0).margin(1e-14));
  CHECK(s.variance == Approx(2.0 / 3).epsilon(1e-14));
}

TEST_CASE("where nothing varies nothing is explained") {
  const measured_grid g = cube();
  const auto s = sensitivity_of(g, over(g, [](double, double, double) { return 2.0; }));
  CHECK(s.mean == Approx(2).epsilon(1e-14));
  CHECK(s.first == std::vector<double>{0, 0, 0});
}

TEST_CASE("a cell's mean is over the rows that count, and every cell counts the same") {
  const measured_grid g(measurements({"x", "f"}, {1, 10, 1, 20, 1, -1, 2, 5}), {.axes = {"x"}});
  const auto means = cell_means(
      g, [](std::span<const double> row) { return row[1] > 0 ? std::optional<double>(row[1]) : std::nullopt; });
  CHECK(means == std::vector<double>{15, 5});
  CHECK(sensitivity_of(g, means).mean == 10);
  CHECK_THROWS_WITH(
      cell_means(g,
                 [](std::span<const double> row) { return row[1] > 5 ? std::optional<double>(row[1]) : std::nullopt; }),
      "cell_means: number of rows of x 2 is 0, must be at least 1");
  CHECK_THROWS_WITH(sensitivity_of(g, std::vector<double>{1}),
                    "sensitivity_of: number of cells is 1, must be the grid's, 2");
  CHECK_THROWS_WITH(sensitivity_of(g, std::vector<double>{1, std::nan("")}),
                    "sensitivity_of: a cell is nan, must be finite");
}

TEST_CASE("TeaStore: CPU makes the throughput, replicas the cost, and the heap next to nothing, where the log is") {
  const auto grid = teastore_log();
  if (grid == nullptr) {
    HEADROOM_SKIP("HEADROOM_SHARED_DATA names no folder with the TeaStore log");
  }
  const std::size_t replicas = grid->table().index("replicas");
  const std::size_t tps = grid->table().index("out_tps");
  const std::size_t cost = grid->table().index("cost");
  const auto of = [&](auto quantity) {
    return sensitivity_of(*grid, cell_means(*grid, [&](std::span<const double> row) {
      return row[tps] > 0 ? std::optional<double>(quantity(row)) : std::nullopt;
    }));
  };
  // Axes: replicas, heap, CPU. As published, to three decimals.
  const auto served = of([&](auto row) { return row[tps] * row[replicas]; });
  CHECK(served.mean == Approx(2910).margin(0.5));
  CHECK(served.first[0] == Approx(0.104).margin(1e-3));
  CHECK(served.first[1] == Approx(0.003).margin(1e-3));
  CHECK(served.first[2] == Approx(0.731).margin(1e-3));
  CHECK(served.pairs[0][2] == Approx(0.105).margin(1e-3));
  const auto paid = of([&](auto row) { return row[cost]; });
  CHECK(paid.mean == Approx(0.070).margin(5e-4));
  CHECK(paid.first[0] == Approx(0.598).margin(1e-3));
  CHECK(paid.first[1] == Approx(0.002).margin(1e-3));
  CHECK(paid.first[2] == Approx(0.328).margin(1e-3));
  CHECK(paid.pairs[0][2] == Approx(0.059).margin(1e-3));
}
