// A pitfall: fines for moves that lead nowhere. Such a move can be fined or masked. A learner that values its own
// exploration (SARSA) learns from the fine to keep away from edges, where the best configuration may lie. Takes the
// published TeaStore log (app2scale/gsa, src/hdmr/data.log) as its argument; without it a small table of our own is
// used.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include <headroom/tables/grid_moves.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/tables/grid_cell.hpp>
#include <headroom/systems/teastore/measured_log.hpp>
#include <headroom/tables/table_csv.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/systems/teastore/published_rewards.hpp>
#include <headroom/tables/plan_table.hpp>
#include <headroom/run/run.hpp>

namespace {

using namespace headroom;

class comparison {
 public:
  comparison(const measurements& log, std::uint64_t steps)
      : rows_(teastore::renamed(log)),
        grid_(std::make_shared<const measured_grid>(rows_, teastore::axes())),
        columns_(rows_),
        steps_(steps),
        model_(model_of(table(0, grid_), reward())) {}

  // The median of ten trainings, valued exactly.
  template <class Agent, class Menu>
  double worth(const Menu& menu) const {
    std::vector<double> all;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      table world(10'000'000 * seed, grid_);
      Agent agent{grid_->cells(),
                  menu.size(),
                  {.learning_rate = linear{0.5, 0.001, steps_}, .discount = 0.95},
                  seed,
                  epsilon_greedy{linear{1, 0.3, steps_}}};
      auto policy = learn_on<table>(grid_cell(grid_->cells()), agent, reward(), menu);
      run(world, policy, steps_);
      frozen decided{policy};
      all.push_back(mean_value(value_of(model_, world.options().max_steps,
                                        [&](state_index s, std::size_t) { return action_index{decided.start(at(s))}; }),
                               start_of(world)));
    }
    std::sort(all.begin(), all.end());
    return (all[4] + all[5]) / 2;
  }

  template <class Agent>
  void row(const char* name) const {
    const double fined = worth<Agent>(numbered(grid_->moves()));
    const double masked = worth<Agent>(grid_moves(grid_));
    std::printf("  %-16s %7.2f %7.2f\n", name, fined, masked);
  }
  void show() const {
    const table world(0, grid_);
    const double best = mean_value(plan_steps(model_, world.options().max_steps).values, start_of(world));
    std::printf("mean reward of 50 steps, exact; the optimum is %.2f\n", best);
    std::printf("                     fined  masked\n");
    row<sarsa<>>("SARSA");
    row<expected_sarsa<>>("Expected SARSA");
    row<q_learning<>>("Q-learning");
  }

 private:
  // Throughput less cost, each divided by the largest measured; 5 is the fine for a move that leads nowhere.
  [[nodiscard]] decltype(teastore::r1(std::declval<teastore::columns>())) reward() const {
    return teastore::r1(columns_, rows_.largest(columns_.out_tps.column), rows_.largest(columns_.cost.column));
  }
  [[nodiscard]] table_observation at(state_index s) const {
    table_observation o;
    o.cell = to_size(s);
    o.position = grid_->position(o.cell);
    o.row = grid_->table().row(grid_->order()[grid_->rows_of(o.cell).first]);
    return o;
  }

  measurements rows_;
  std::shared_ptr<const measured_grid> grid_;
  teastore::columns columns_;
  std::uint64_t steps_;
  finite_model model_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 1) {
      comparison(read_table_csv(argv[1], {.columns = teastore::log_columns()}), 1'000'000).show();
    } else {
      std::printf("no log was given: a small table of our own\n");
      comparison(teastore::small_log(), 100'000).show();
    }
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
