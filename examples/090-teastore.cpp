// A shop of microservices that was measured in every configuration of replicas, heap and CPU. The table of measurements
// is the environment, so the best policy can be computed, and the loss of a learner is a number. Takes the published
// log (app2scale/gsa, src/hdmr/data.log) as its argument; without it a small table of our own is used.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <headroom/tables/grid_moves.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/tables/grid_cell.hpp>
#include <headroom/systems/teastore/measured_log.hpp>
#include <headroom/tables/table_csv.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/systems/teastore/published_rewards.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/tables/plan_table.hpp>
#include <headroom/run/run.hpp>
#include <headroom/tables/sensitivity.hpp>

namespace {

using namespace headroom;

int show(const measurements& log, std::uint64_t steps) {
  // [table]
  const measurements rows = teastore::renamed(log);
  const auto grid = std::make_shared<const measured_grid>(rows, teastore::axes());
  const teastore::columns columns(rows);
  const auto reward = teastore::r1(columns, rows.largest(columns.out_tps.column), rows.largest(columns.cost.column));

  table world(10'000'000, grid);
  const finite_model model = model_of(world, reward);
  const exact_plan plan = plan_steps(model, world.options().max_steps);
  // [table]

  // [learn]
  const grid_cell see(grid->cells());
  const numbered menu(world.actions());
  q_learning agent{see.size(),
                   menu.size(),
                   {.learning_rate = linear{0.5, 0.001, steps}, .discount = 0.95},
                   1,
                   epsilon_greedy{linear{1, 0.3, steps}}};
  auto policy = learn_on<table>(see, agent, reward, menu);
  run(world, policy, steps);
  // [learn]

  // The exact value of each over an episode.
  const std::vector<double> start = start_of(world);
  const auto worth = [&](auto&& choose) { return mean_value(value_of(model, 50, choose), start); };
  const double best = mean_value(plan.values, start);
  const double learned = worth([&](state_index s, std::size_t) { return policy.agent().greedy(s); });
  std::printf("%zu measurements of %zu configurations\n", grid->order().size(), grid->cells());
  std::printf("mean reward of 50 steps, from any measured configuration:\n");
  std::printf("  do nothing    %8.3f\n", worth([](state_index, std::size_t) { return action_index{0}; }));
  std::printf("  random moves  %8.3f\n", worth(uniform_policy{}));
  std::printf("  the optimum   %8.3f\n", best);
  std::printf("  Q-learning    %8.3f  (%.1f %% of it, after %llu steps)\n", learned, 100 * learned / best,
              static_cast<unsigned long long>(steps));

  // The same learner in the table itself, on held-out episodes.
  table held_out(1000, grid);
  double total = 0;
  frozen decided{policy};
  run_episodes(held_out, decided, 100,
               on_each_step{[&](const auto& r) { total += reward(r.observation, r.action, r.next); }});
  std::printf("  Q-learning    %8.3f  over 100 held-out episodes\n", total / 100);

  std::vector<double> means(grid->cells());
  for (std::size_t c = 0; c < means.size(); ++c) means[c] = model.reward(c, 0);
  const auto top = static_cast<std::size_t>(std::max_element(means.begin(), means.end()) - means.begin());
  std::printf("best configuration: %s, %.4f a step\n", grid->name(top).c_str(), means[top]);

  const auto served = sensitivity_of(*grid, cell_means(*grid, [&](std::span<const double> row) {
    const double tps = row[columns.out_tps.column];
    return tps > 0 ? std::optional<double>(tps * row[0]) : std::nullopt;
  }));
  std::printf("throughput varies with replicas %.3f, heap %.3f, CPU %.3f, replicas and CPU together %.3f\n",
              served.first[0], served.first[1], served.first[2], served.pairs[0][2]);
  return learned <= best ? 0 : 1;  // no policy is better than the optimum
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 1) return show(read_table_csv(argv[1], {.columns = teastore::log_columns()}), 1'000'000);
    std::printf("no log was given: a small table of our own\n");
    return show(teastore::small_log(), 200'000);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
