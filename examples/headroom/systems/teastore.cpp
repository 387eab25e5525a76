#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headroom/baselines/stateless.hpp>
#include <headroom/encoders/one_hot.hpp>
#include <headroom/systems/teastore/measured_log.hpp>
#include <headroom/systems/teastore/published_rewards.hpp>
#include <headroom/systems/teastore/score.hpp>
#include <headroom/tables/grid_cell.hpp>
#include <headroom/tables/grid_moves.hpp>
#include <headroom/tables/plan_table.hpp>

#include "learners/agents.hpp"
#include "support/command_line.hpp"
#include "systems/gym_world.hpp"
#include "systems/policy_names.hpp"
#include "systems/simulated_system.hpp"
#include "systems/teastore_table.hpp"

/// TeaStore, a table of measurements: the exact plan, the policies, the columns.
namespace tool {

using namespace headroom;

namespace {

using reward_type = decltype(teastore::r1(std::declval<teastore::columns>()));

/// What the exact plan for 50 steps earns on the published log, by its reward R1: from any configuration, and from the
/// row that each published episode begins with. A table of that size with this optimum is taken for the published log
/// (tests/tables/plan_table.test.cpp computes both).
constexpr double published_optimum = 17.930;
constexpr double published_start_optimum = 13.9615;

/// The environment and all that is known of it.
struct known_table {
  std::shared_ptr<const measured_grid> grid;
  teastore::columns columns;
  reward_type reward;
  table world;
  finite_model model;
  exact_plan plan;
  std::vector<double> start;
  double best = 0;

  known_table(std::shared_ptr<const measured_grid> g, const table_options& options)
      : grid(std::move(g)),
        columns(grid->table()),
        reward(teastore::r1(columns, grid->table().largest(columns.out_tps.column),
                            grid->table().largest(columns.cost.column))),
        world(0, grid, options),
        model(model_of(world, reward)),
        plan(plan_steps(model, world.options().max_steps)),
        start(start_of(world)),
        best(mean_value(plan.values, start)) {}

  template <class Choose>
  [[nodiscard]] double regret(Choose&& choose) const {
    return best - mean_value(value_of(model, world.options().max_steps, choose), start);
  }
  /// Of a policy that looks at the configuration and the steps left.
  [[nodiscard]] double regret_of(policy_of<table>& p) const {
    return regret([&](state_index s, std::size_t steps_left) {
      table_observation o;
      o.cell = to_size(s);
      o.position = grid->position(o.cell);
      o.row = grid->table().row(grid->order()[grid->rows_of(o.cell).first]);
      o.steps_left = steps_left;
      return action_index{p.start(o)};
    });
  }
  [[nodiscard]] std::size_t best_cell() const {
    std::size_t best_so_far = 0;
    for (std::size_t c = 0; c < grid->cells(); ++c) {
      if (model.reward(c, 0) > model.reward(best_so_far, 0)) best_so_far = c;
    }
    return best_so_far;
  }
  /// Whether it is the published log with its published kind of start, as far as anybody can tell.
  [[nodiscard]] bool is_published() const {
    return has_published_size() && !fixed_start() && std::abs(best - published_optimum) < 5e-4;
  }
  /// The same from the row that each published episode begins with.
  [[nodiscard]] bool is_published_start() const {
    return has_published_size() && world.options().start_row == teastore::published_start_row &&
           std::abs(best - published_start_optimum) < 5e-5;
  }
  [[nodiscard]] bool fixed_start() const { return world.options().start_row.has_value(); }

 private:
  [[nodiscard]] bool has_published_size() const { return grid->order().size() == 21'168 && grid->cells() == 729; }
};

// Goes there axis by axis, and stays.
policy_of<table> go_to(const known_table& t, std::size_t cell) {
  return stateless{[grid = t.grid, cell](const table_observation& o) -> std::size_t {
    for (std::size_t k = 0; k < grid->axes(); ++k) {
      const std::uint32_t goal = grid->position(cell)[k];
      if (o.position[k] != goal) return 1 + 2 * k + (o.position[k] < goal ? 0 : 1);
    }
    return 0;
  }};
}

class teastore_system final : public system {
 public:
  teastore_system(std::shared_ptr<const known_table> t, const std::string& file) : t_(std::move(t)) {
    describe(file);
    describe_references();
    offer_policies();
    offer_learners();
    description.defaults = plain_names(policies);
  }

  // What a network sees: the three places, one-hot.
  [[nodiscard]] auto places() const {
    const auto one = [&](std::size_t k) { return one_of{axis_place{k}, t_->grid->axis(k).size()}; };
    return one_hot{one(0), one(1), one(2)};
  }

  [[nodiscard]] std::unique_ptr<gym_world> by_numbers(std::uint64_t first_seed, bool) const override {
    one_hot see = places();
    using world =
        gym_world_of<table, decltype(see), reward_type, numbered, decltype(teastore::score{t_->reward, t_->columns})>;
    return std::make_unique<world>(
        typename world::parts{
            .make = [t = t_](std::uint64_t seed) { return table(seed, t->grid, t->world.options()); },
            .see = std::move(see),
            .reward = t_->reward,
            .menu = numbered(t_->world.actions()),
            .score = teastore::score{t_->reward, t_->columns},
            .actions = {"hold", "replicas up", "replicas down", "heap up", "heap down", "cpu up", "cpu down"}},
        first_seed);
  }

 private:
  void describe(const std::string& file) {
    const report::figure reward{"total_reward", "reward", 1, 3, 7, "reward", "reward"};
    const report::figure cost{"mean_cost", "$/h", 1, 4, 6, "$/h", "$/h"};
    const measured_grid& grid = *t_->grid;
    const auto start = t_->world.options().start_row;
    description.environment = "teastore";
    description.workload = file.empty() ? "own" : file;
    description.sentence =
        (file.empty() ? "a small table of our own, since no --data was given" : file) + ": " +
        to_text(grid.order().size()) + " measurements of " + to_text(grid.cells()) + " configurations; 50 steps from " +
        (start ? "row " + to_text(*start) + ", " + grid.name(grid.cell_of(*start)) : "any of them") + ", reward R1";
    description.actions = "hold, ±1 place on replicas, heap or cpu";
    description.how = {.subject = "TeaStore in ",
                       .columns = {reward,
                                   {"mean_tps", "packets/s a pod", 1, 0, 5},
                                   cost,
                                   {"changes", "moves", 1, 1, 4},
                                   {"refused", "refused", 1, 1, 4}},
                       .service = reward,
                       .cost = cost,
                       .cost_over_training = cost,
                       .tracked = {reward.metric, "mean_tps", cost.metric},
                       .service_is_all = true};
    description.regret = "Regret: the exact expectation of the optimum (" + report::fixed(t_->best, 4) +
                         ") less that of the policy, over the whole table and not these episodes.";
  }

  void describe_references() {
    if (t_->is_published()) {
      description.references = {{"published ppo", {{"total_reward", 17.05}}},
                                {"its optimum", {{"total_reward", 17.93}}},
                                {"its random", {{"total_reward", -29.7}}}};
      description.notes = {
          "In brackets: the published PPO after 10 million steps in 4.2 hours (metadata of its checkpoint), and what "
          "a re-implementation of its world found; not paired."};
    } else if (t_->is_published_start()) {
      description.references = {{"its optimum", {{"total_reward", 13.9615}}},
                                {"its random", {{"total_reward", -47.2}}},
                                {"its hold", {{"total_reward", -6.595}}}};
      description.notes = {
          "In brackets: the exact optimum from the published start, and what a re-implementation of its world "
          "found; not paired."};
    }
  }

  // The policies that do not learn.
  void offer_policies() {
    const auto plain = [this](const std::string& name, const std::string& line, auto make) -> offered_policy& {
      return offers_.add(name, line, [make](const std::string& asked) -> policy_of<table> {
        require_plain(asked);
        return make();
      });
    };
    plain("optimum", "the exact plan for the steps that are left: nobody gets more on average", [t = t_] {
      return stateless{[t](const table_observation& o) { return to_size(t->plan(state_index{o.cell}, o.steps_left)); }};
    }).knows_more = true;
    plain("hold", "leaves every configuration as it is",
          [] { return stateless{[](const table_observation&) { return std::size_t{0}; }}; });
    policies.push_back(
        {.name = "random", .line = "a random move at each step", .make = [this](const std::string& asked) {
           require_plain(asked);
           return random_policy();
         }});
    plain("best-configuration", "goes to the configuration with the best mean reward and stays",
          [t = t_] { return go_to(*t, t->best_cell()); });
    offers_.add("configuration:RE/HEAP/CPU", "goes to this one and stays, as in configuration:1/500/900",
                [t = t_](const std::string& name) { return go_to(*t, cell_named(*t, name)); });
  }

  // Its regret is that of the uniform distribution and not of one sequence of random numbers.
  [[nodiscard]] policy random_policy() const {
    policy one = evaluated<table>(
        stateless{[random = engine(1, stream::exploration), n = t_->world.actions()](const table_observation&) mutable {
          return static_cast<std::size_t>(random.uniform() * static_cast<double>(n));
        }},
        evaluate_);
    one.exact_regret = [t = t_] { return t->regret(uniform_policy{}); };
    return one;
  }

  static std::size_t cell_named(const known_table& t, const std::string& name) {
    require(name.find(':') != name.npos, "--policies: " + name, "the configuration", "missing",
            "follow a colon: RE/HEAP/CPU");
    const std::vector<double> values = settings_in(name);
    try {
      return t.grid->cell(values);
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument("--policies: " + name + ": " + e.what());
    }
  }

  void offer_learners() {
    offers_.add("q-learning", "Q-learning, a cell for each configuration", 20'000,
                [this](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
                  const std::uint64_t steps = steps_in(episodes);
                  grid_cell see(t_->grid->cells());
                  table_agent agent = make_q_learning(see.size(), t_->world.actions(),
                                                      {.learning_rate = linear{0.5, 0.001, steps}, .discount = 0.95},
                                                      train_seed, epsilon_greedy{linear{1, 0.3, steps}});
                  return training_of(name, train_seed, episodes, std::move(see), std::move(agent));
                });
    offers_.add("ppo", "proximal policy optimisation on the three places, one-hot", 6'000,
                [this](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
                  const std::uint64_t steps = steps_in(episodes);
                  one_hot see = places();
                  network_agent agent = make_ppo(see.dimension(), t_->world.actions(),
                                                 {.hidden = {32, 32},
                                                  .learning_rate = linear{1e-3, 1e-5, steps},
                                                  .discount = 0.95,
                                                  .minibatch = 256,
                                                  .entropy = linear{0.03, 0, steps}},
                                                 train_seed);
                  return training_of(name, train_seed, episodes, std::move(see), std::move(agent));
                });
  }
  [[nodiscard]] std::uint64_t steps_in(std::uint64_t episodes) const {
    return episodes * t_->world.options().max_steps;
  }
  template <class Encoder, class Agent>
  std::unique_ptr<learner<policy_of<table>>> training_of(const std::string& name, std::uint64_t train_seed,
                                                         std::uint64_t episodes, Encoder see, Agent agent) const {
    require_plain(name);
    return train_on(table(first_training_seed(train_seed), t_->grid, t_->world.options()),
                    learn_erased<table>(std::move(see), std::move(agent), t_->reward, numbered(t_->world.actions())),
                    episodes);
  }

  std::shared_ptr<const known_table> t_;
  evaluate_policy<table> evaluate_ =
      evaluate_with<table>([t = t_](std::uint64_t seed) { return table(seed, t->grid, t->world.options()); },
                           teastore::score{t_->reward, t_->columns});
  policy_list<table> offers_{
      policies, [this](policy_of<table> one) {
        const auto shared = std::make_shared<policy_of<table>>(std::move(one));
        return policy{[evaluate = evaluate_, shared](const std::vector<std::uint64_t>& seeds, const std::string& task) {
                        return evaluate(*shared, seeds, task);
                      },
                      [t = t_, shared] { return t->regret_of(*shared); }};
      }};
};

class teastore_options final : public system_options {
 public:
  void declare(command& to) override {
    to.add("--data", data_,
           "Of teastore: the table, with columns re, heap, cpu, out_tps and cost, as in the published log (default: a "
           "small one of our own)");
    to.add("--start-row", start_row_,
           "Of teastore: begin each episode with this row of the table, counted from 0 (published: 558; default: any)");
  }
  [[nodiscard]] std::unique_ptr<system> make() const override {
    // Asked again below, so that the blame for a row that is not there does not fall on the file.
    const auto has_start = [&](const measured_grid& g) { return !start_row_ || *start_row_ < g.table().rows(); };
    auto t = with_teastore_table(data_, [&](std::shared_ptr<const measured_grid> g) {
      const table_options options{.start_row = has_start(*g) ? start_row_ : std::nullopt};
      return std::make_shared<const known_table>(std::move(g), options);
    });
    require(has_start(*t->grid), "--start-row", "the row", start_row_.value_or(0),
            "be below " + to_text(t->grid->table().rows()));
    return std::make_unique<teastore_system>(std::move(t), data_.filename().string());
  }

 private:
  std::filesystem::path data_;            // empty: the small table of our own
  std::optional<std::size_t> start_row_;  // none: any
};

}  // namespace

std::unique_ptr<system_options> teastore_system_options() { return std::make_unique<teastore_options>(); }

}  // namespace tool
