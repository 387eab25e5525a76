#include <headroom/tables/table.hpp>
#include <headroom/io/state.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/testing/check_environment.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

static_assert(Environment<table>);

// replicas 1, 2 times cpu 1, 2, 3; each cell measured twice, the number of the row as its metric.
std::shared_ptr<const measured_grid> small() {
  std::vector<double> values;
  double row = 0;
  for (int again = 0; again < 2; ++again) {
    for (int replicas = 1; replicas <= 2; ++replicas) {
      for (int cpu = 1; cpu <= 3; ++cpu) values.insert(values.end(), {double(replicas), double(cpu), row++});
    }
  }
  return std::make_shared<const measured_grid>(measurements({"replicas", "cpu", "number"}, values),
                                               grid_columns{.axes = {"replicas", "cpu"}});
}

// One axis of two places, loads 10, 20 and 30 on both, except that cell 1 was never measured under 10.
std::shared_ptr<const measured_grid> loaded() {
  return std::make_shared<const measured_grid>(
      measurements({"cpu", "load", "number"}, {1, 10, 0, 1, 20, 1, 1, 30, 2, 2, 20, 3, 2, 30, 4}),
      grid_columns{.axes = {"cpu"}, .load = "load"});
}

}  // namespace

TEST_CASE("a table is what check_environment asks of a simulator") {
  const auto grid = small();
  for (const auto mode : {table_actions::moves, table_actions::configurations}) {
    const auto make = [&] { return table(3, grid, {.actions = mode}); };
    CHECK(check_environment(make, {0, 1, 3, 3, 2, 4, 5}, {}, &table_observation::cell, &table_observation::refused_move,
                            &table_observation::steps_left, &table_observation::load)
              .empty());
  }
}

TEST_CASE("moves walk the grid, and one off it changes nothing and says so") {
  const auto grid = small();
  table world(1, grid, {.start_row = 0});  // cell 0: (1, 1)
  table_observation o = world.reset();
  CHECK(world.actions() == 5);
  CHECK(o.cell == 0);
  CHECK(o.row[2] == 0);
  CHECK(o.steps_left == 50);
  CHECK_FALSE(o.refused_move);
  CHECK(axis_place{0}(o) == 0);

  o = world.step(4).observation;  // cpu down: off the grid
  CHECK(o.refused_move);
  CHECK(o.cell == 0);
  CHECK(o.row[2] == 0);  // the very row, not another of the cell
  CHECK(o.steps_left == 49);

  o = world.step(3).observation;  // cpu up
  CHECK_FALSE(o.refused_move);
  CHECK(o.cell == 1);
  CHECK(axis_place{1}(o) == 1);
  CHECK(measured{1}(o) == 2);
  o = world.step(1).observation;  // a replica more
  CHECK(o.cell == 4);
  CHECK((o.row[2] == 4 || o.row[2] == 10));
  o = world.step(2).observation;
  CHECK(o.cell == 1);
  o = world.step(7).observation;  // no such action
  CHECK(o.refused_move);
  CHECK(o.cell == 1);
}

TEST_CASE("configurations are reached at once, 0 holds") {
  table world(1, small(), {.start_row = 0, .actions = table_actions::configurations});
  world.reset();
  CHECK(world.actions() == 7);
  for (const std::size_t to : {5U, 0U, 3U}) CHECK(world.step(1 + to).observation.cell == to);
  CHECK(world.step(0).observation.cell == 3);
  CHECK(world.step(7).observation.refused_move);
  CHECK(world.leads_to(3, 6) == 5);
}

TEST_CASE("a hole is led into by no action of either kind") {
  const auto grid = std::make_shared<const measured_grid>(measurements({"a", "b"}, {1, 1, 1, 2, 2, 1}),
                                                          grid_columns{.axes = {"a", "b"}, .holes = true});
  table walk(1, grid, {.start_row = 1});
  walk.reset();
  CHECK(walk.step(1).observation.refused_move);
  table jump(1, grid, {.start_row = 1, .actions = table_actions::configurations});
  jump.reset();
  CHECK(jump.step(1 + 3).observation.refused_move);
  CHECK(jump.step(1 + 2).observation.cell == 2);
}

TEST_CASE("an episode is cut after its steps, never ended") {
  table world(1, small(), {.max_steps = 3});
  world.reset();
  CHECK(world.step(0).status == episode::ongoing);
  CHECK(world.step(0).status == episode::ongoing);
  const auto last = world.step(0);
  CHECK(last.status == episode::truncated);
  CHECK(last.observation.steps_left == 0);
  CHECK(world.reset().steps_left == 3);
}

TEST_CASE("rows of a cell are drawn alike, and so are the rows that episodes begin with") {
  // Frequencies of n draws with probability p lie within 5 standard deviations; the seeds are fixed.
  const auto grid = small();
  constexpr int n = 20'000;
  table world(7, grid, {.max_steps = n, .start_row = 0});
  world.reset();
  std::map<double, int> seen;
  for (int i = 0; i < n; ++i) ++seen[world.step(0).observation.row[2]];
  REQUIRE(seen.size() == 2);
  CHECK(std::abs(seen[0] - n / 2) < 5 * std::sqrt(n / 4.0));
  std::map<double, int> first;
  table starts(7, grid);
  for (int i = 0; i < n; ++i) ++first[starts.reset().row[2]];
  REQUIRE(first.size() == 12);
  for (const auto& [row, count] : first) CHECK(std::abs(count - n / 12.0) < 5 * std::sqrt(n / 12.0 * 11 / 12));
}

TEST_CASE("two policies meet the same luck step by step") {
  const auto grid = small();
  table a(5, grid);
  table b(5, grid);
  a.reset();
  b.reset();
  // Each cell has its rows in the same order, so equal luck is an equal half of the cell.
  engine random(1);
  for (int i = 0; i < 40; ++i) {
    const auto x = a.step(random.below(5)).observation;
    const auto y = b.step(0).observation;
    if (x.refused_move) continue;
    CHECK((x.row[2] >= 6) == (y.row[2] >= 6));
  }
}

TEST_CASE("as published, the load that was seen is not the one that is paid for") {
  table world(2, loaded(), {.max_steps = 2'000, .start_row = 0});
  table_observation o = world.reset();
  CHECK(o.load == 10);
  std::map<double, std::set<double>> follows;
  for (int i = 0; i < 2'000; ++i) {
    const double seen = o.load;
    o = world.step(0).observation;
    CHECK(o.load == o.row[1]);
    CHECK(o.level == static_cast<std::size_t>(o.load / 10) - 1);
    follows[seen].insert(o.row[1]);
  }
  for (const double load : {10, 20, 30}) CHECK(follows[load].size() == 3);  // any after any
}

TEST_CASE("where loads are known, what is measured is measured under the load that was seen") {
  const auto grid = loaded();
  SECTION("drawn anew each step") {
    table world(2, grid, {.max_steps = 3'000, .load = load_source::drawn});
    table_observation o = world.reset();
    engine random(3);
    std::map<double, int> loads;
    for (int i = 0; i < 3'000; ++i) {
      const double seen = o.load;
      ++loads[seen];
      o = world.step(random.below(3)).observation;
      const double expected = o.cell == 1 && seen == 10 ? 20 : seen;  // the nearest that cell 1 knows
      CHECK(o.row[1] == expected);
    }
    for (const double load : {10, 20, 30}) CHECK(std::abs(loads[load] - 1000) < 5 * std::sqrt(3000 * 2.0 / 9));
  }
  SECTION("in a sequence, from any place in it") {
    // 14 stands for 10, the nearest that was measured
    table world(2, grid, {.load = load_source::sequence, .loads = {14, 30, 20, 30}});
    const std::vector<double> sequence{10, 30, 20, 30};
    std::set<std::size_t> phases;
    for (int e = 0; e < 40; ++e) {
      std::vector<double> seen{world.reset().load};
      for (int i = 0; i < 7; ++i) {
        const auto o = world.step(0).observation;
        CHECK((o.cell == 1 ? std::max(20.0, seen.back()) : seen.back()) == o.row[1]);
        seen.push_back(o.load);
      }
      std::size_t phase = 0;
      const auto fits = [&] {
        for (std::size_t i = 0; i < seen.size(); ++i) {
          if (seen[i] != sequence[(phase + i) % 4]) return false;
        }
        return true;
      };
      while (phase < 4 && !fits()) ++phase;
      REQUIRE(phase < 4);
      phases.insert(phase);
    }
    CHECK(phases.size() == 4);
  }
  SECTION("a refused move holds under it: nobody can keep an old measurement") {
    table world(2, grid, {.start_row = 0, .load = load_source::sequence, .loads = {20, 30}});
    table_observation o = world.reset();
    for (int i = 0; i < 10; ++i) {
      const double seen = o.load;
      o = world.step(2).observation;  // cpu down from its lowest place
      CHECK(o.refused_move);
      CHECK(o.cell == 0);
      CHECK(o.row[1] == seen);
    }
  }
}

TEST_CASE("a row with a NaN is drawn like any other unless it is said not to count") {
  const measurements m({"cpu", "tps"}, {1, 5, 1, std::numeric_limits<double>::quiet_NaN()});
  const auto missing = [](table world) {
    int n = 0;
    world.reset();
    for (int i = 0; i < 49; ++i) n += std::isnan(world.step(0).observation.row[1]) ? 1 : 0;
    return n;
  };
  CHECK(missing(table(1, m, {.axes = {"cpu"}})) > 0);
  CHECK(missing(table(1, m, {.axes = {"cpu"}, .required = {"tps"}})) == 0);
}

TEST_CASE("copies share the measurements, and views outlive the environment they came from") {
  const auto grid = small();
  table_observation o;
  {
    table world(1, grid, {.start_row = 3});
    table copy = world;
    o = copy.reset();
    CHECK(copy.shared_grid() == world.shared_grid());
  }
  CHECK(o.row[2] == 3);
  CHECK(o.row.data() == grid->table().row(3).data());
}

TEST_CASE("a table allocates nothing in reset and step") {
  const auto grid = loaded();
  for (const auto source : {load_source::rows, load_source::drawn}) {
    table world(1, grid, {.load = source});
    CHECK(allocations_in([&] {
            for (int e = 0; e < 3; ++e) {
              world.reset();
              for (std::size_t i = 0; i < 50; ++i) world.step(i % 4);
            }
          }) == 0);
  }
}

TEST_CASE("a table that is saved between episodes goes on where it was") {
  const auto grid = small();
  table one(9, grid);
  for (int e = 0; e < 5; ++e) one.reset();
  checkpoint c;
  store(one, c, "world");
  table other(9, grid);
  restore(other, c, "world");
  for (int e = 0; e < 3; ++e) {
    CHECK(one.reset().row[2] == other.reset().row[2]);
    CHECK(one.step(3).observation.row[2] == other.step(3).observation.row[2]);
  }
  table longer(9, grid, {.max_steps = 60});
  CHECK_THROWS_WITH(restore(longer, c, "world"), "checkpoint: world.max_steps is 50 in the file, must be 60");
}

TEST_CASE("options that do not fit the table are refused") {
  const auto grid = small();
  CHECK_THROWS_WITH(table(1, nullptr), "table: grid is nothing, must be a grid");
  CHECK_THROWS_WITH(table(1, grid, {.max_steps = 0}), "table: max_steps is 0, must be at least 1");
  CHECK_THROWS_WITH(table(1, grid, {.start_row = 12}), "table: start_row is 12, must be below 12");
  CHECK_THROWS_WITH(table(1, grid, {.load = load_source::drawn}),
                    "table: column of the load is , must be named, where loads are known beforehand");
  CHECK_THROWS_WITH(table(1, loaded(), {.load = load_source::sequence}),
                    "table: number of loads is 0, must be at least 1");
  CHECK_THROWS_WITH(table(1, loaded(), {.loads = {1}}),
                    "table: number of loads is 1, must be 0 unless they are a sequence");
  CHECK_THROWS_WITH(table(1, loaded(), {.load = load_source::sequence, .loads = {std::nan("")}}),
                    "table: load is nan, must be finite");
  const measurements m({"cpu", "tps"}, {1, 5, 1, std::nan("")});
  CHECK_THROWS_WITH(table(1, m, {.axes = {"cpu"}, .required = {"tps"}}, {.start_row = 1}),
                    "table: start_row is 1, must be a row that counts");
}

TEST_CASE("a new episode does not remember that the last move of the one before was refused") {
  table world(1, small(), {.start_row = 0});
  world.reset();
  CHECK(world.step(4).observation.refused_move);
  CHECK_FALSE(world.reset().refused_move);
}
