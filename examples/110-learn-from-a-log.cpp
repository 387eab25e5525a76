// Learning from a log, without the environment. A random walk over the configurations of a shop is written to a file; a
// policy is made and judged from the file alone, as a user would have to. Here the environment is known as well, so at
// the end the estimates are compared with the exact values. Takes the published TeaStore log (app2scale/gsa,
// src/hdmr/data.log) as its argument, which is such a walk; without it a walk over a small table of our own is used.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <headroom/tables/grid_moves.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/tables/grid_cell.hpp>
#include <headroom/systems/teastore/measured_log.hpp>
#include <headroom/offline/log_csv.hpp>
#include <headroom/tables/table_csv.hpp>
#include <headroom/systems/teastore/published_rewards.hpp>
#include <headroom/offline/off_policy.hpp>
#include <headroom/offline/offline.hpp>
#include <headroom/tables/plan_table.hpp>
#include <headroom/run/run.hpp>

namespace {

using namespace headroom;

using steps_type = std::vector<logged<state_index>>;
using reward_type = decltype(teastore::r1(std::declval<teastore::columns>()));

constexpr double discount = 0.95;

// A walk over a table without an order of its own.
// [record]
steps_type played_walk(const std::shared_ptr<const measured_grid>& grid, const reward_type& reward) {
  table world(1, grid);
  const numbered menu(world.actions());
  const auto by_chance = [](state_index, std::span<double> p) {
    std::fill(p.begin(), p.end(), 1.0 / static_cast<double>(p.size()));
  };
  stateless policy{[random = engine(1, stream::exploration), n = menu.size()](const table_observation&) mutable {
    return static_cast<std::size_t>(random.uniform() * static_cast<double>(n));
  }};
  transition_log log{grid_cell(grid->cells()), reward, menu, by_chance};
  run(world, policy, 5'000, log);
  return log.steps();
}
// [record]

int show(const measurements& rows, bool published, const std::filesystem::path& file) {
  const auto grid = std::make_shared<const measured_grid>(rows, teastore::axes());
  const teastore::columns columns(rows);
  const reward_type reward =
      teastore::r1(columns, rows.largest(columns.out_tps.column), rows.largest(columns.cost.column));
  write_log_csv(published ? teastore::recorded_walk(*grid, reward) : played_walk(grid, reward), file);

  // [learn]
  const auto log = log_csv(file).steps<state_index>();
  q_learning agent{grid->cells(), 7, {.learning_rate = 0.1, .discount = discount}, 1};
  learn_from(agent, log, 100);
  // [learn]

  // [judge]
  const auto greedy = [&](state_index s, std::span<double> p) {
    std::fill(p.begin(), p.end(), 0.0);
    p[to_size(agent.greedy(s))] = 1;
  };
  const fitted_q estimate = fitted_q_evaluation(log, grid->cells(), 7, greedy, discount);
  // [judge]

  // The exact values, which a log does not show.
  const table world(1, grid);
  const finite_model truth = model_of(world, reward);
  const std::vector<double> start = start_of(world);
  const auto worth = [&](auto&& choose) {
    return mean_value(value_of(truth, 50, [&](state_index s, std::size_t) { return choose(s); }), start);
  };
  const exact_plan from_log = plan_discounted(empirical_model(log, grid->cells(), 7, -100), discount);
  std::printf("%zu steps in the log, %zu configurations, 7 moves\n", log.size(), grid->cells());
  std::printf("mean reward of 50 steps, exact:\n");
  std::printf("  the log's author    %7.2f\n", mean_value(value_of(truth, 50, uniform_policy{}), start));
  std::printf("  Q-learning          %7.2f\n", worth([&](state_index s) { return agent.greedy(s); }));
  std::printf("  the log, planned on %7.2f\n", worth([&](state_index s) { return from_log(s); }));
  std::printf("  the optimum         %7.2f\n", mean_value(plan_steps(truth, 50).values, start));
  std::printf("what the log itself says Q-learning is worth, discounted: %.2f\n", mean_value(estimate.states, start));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path file = "walk.csv";
  try {
    int code = 0;
    if (argc > 1) {
      code = show(teastore::renamed(read_table_csv(argv[1], {.columns = teastore::log_columns()})), true, file);
    } else {
      std::printf("no log was given: a walk over a small table of our own\n");
      code = show(teastore::renamed(teastore::small_log()), false, file);
    }
    std::printf("the same with the tool: headroom train --from-log walk.csv --policy fitted-q --out shop.model\n");
    return code;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
