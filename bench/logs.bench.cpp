// How long it takes until a table of measurements of the size and shape of the TeaStore log (21,168 rows of 17 columns)
// can be played and planned on, and how long a log of steps of that length takes to learn from.

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <benchmark/benchmark.h>

#include <headroom/agents/q_learning.hpp>
#include <headroom/core/random.hpp>
#include <headroom/systems/teastore/measured_log.hpp>
#include <headroom/offline/log_csv.hpp>
#include <headroom/tables/table_csv.hpp>
#include <headroom/systems/teastore/published_rewards.hpp>
#include <headroom/offline/offline.hpp>
#include <headroom/tables/plan_table.hpp>

namespace {

using namespace headroom;

constexpr std::size_t rows = 21'168;

// A file that goes when the program does.
struct scratch {
  std::filesystem::path file;
  explicit scratch(const char* name) : file(std::filesystem::temp_directory_path() / name) {}
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  }
};

const std::filesystem::path& table_file() {
  static const scratch made("headroom-bench-table.log");
  static const bool written = [] {
    std::ofstream out(made.file);
    out << " re heap  cpu  inc_tps  out_tps max_sess curr_sess      cpu      ram     cost  goodness    reward re heap  "
           " "
           "cpu     actionstate   Qvalue\n";
    engine random(1, stream::noise);
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t cell = r % 729;
      const double tps = uniform(random, 0, 7000);
      const double cost = uniform(random, 0.001, 0.27);
      out << ' ' << 1 + cell / 81 << ' ' << 100 * (1 + cell / 9 % 9) << ' ' << 100 * (1 + cell % 9) << ' ' << tps << ' '
          << tps << " 102 146 0.2353 0.8054 " << cost << " -179.5449 -6.3013 4 500 0.50 3-500-500-0 -0.6301\n";
    }
    if (!out) throw std::runtime_error("cannot write " + made.file.string());
    return true;
  }();
  static_cast<void>(written);
  return made.file;
}

void load_the_table(benchmark::State& state) {
  const auto& file = table_file();
  for (auto _ : state) benchmark::DoNotOptimize(read_table_csv(file, {.columns = teastore::log_columns()}));
}
BENCHMARK(load_the_table)->Unit(benchmark::kMillisecond);

void load_it_and_make_the_grid(benchmark::State& state) {
  const auto& file = table_file();
  for (auto _ : state) {
    const measured_grid grid(teastore::renamed(read_table_csv(file, {.columns = teastore::log_columns()})),
                             teastore::axes());
    benchmark::DoNotOptimize(grid.cells());
  }
}
BENCHMARK(load_it_and_make_the_grid)->Unit(benchmark::kMillisecond);

void plan_on_it(benchmark::State& state) {
  const measurements m = teastore::renamed(read_table_csv(table_file(), {.columns = teastore::log_columns()}));
  const auto grid = std::make_shared<const measured_grid>(m, teastore::axes());
  const auto reward = teastore::r1(teastore::columns(m));
  const table world(1, grid);
  for (auto _ : state) benchmark::DoNotOptimize(plan_steps(model_of(world, reward), 50).values.data());
}
BENCHMARK(plan_on_it)->Unit(benchmark::kMillisecond);

std::vector<logged<state_index>> a_walk() {
  engine random(1, stream::noise);
  std::vector<logged<state_index>> log;
  state_index at{0};
  for (std::size_t r = 0; r < rows; ++r) {
    const state_index next{random.below(729)};
    log.push_back({at, action_index{random.below(7)}, uniform(random, -1, 1), next});
    at = next;
  }
  return log;
}

void load_a_log_of_steps(benchmark::State& state) {
  static const scratch made("headroom-bench-steps.csv");
  write_log_csv(a_walk(), made.file);
  for (auto _ : state) benchmark::DoNotOptimize(log_csv(made.file).steps<state_index>());
}
BENCHMARK(load_a_log_of_steps)->Unit(benchmark::kMillisecond);

void learn_from_it_once(benchmark::State& state) {
  const auto log = a_walk();
  q_learning agent{729, 7, {.learning_rate = 0.1, .discount = 0.95}, 1};
  for (auto _ : state) learn_from(agent, log);
}
BENCHMARK(learn_from_it_once)->Unit(benchmark::kMillisecond);

}  // namespace
