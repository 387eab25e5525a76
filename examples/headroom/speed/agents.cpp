// The agents at work.
#include <array>
#include <memory>
#include <span>
#include <utility>

#include <headroom/agents/dqn.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/explorations/greedy.hpp>
#include <headroom/tabular/q_table.hpp>

#include "../../../bench/dqn_problem.hpp"
#include "../../../bench/farm_agent.hpp"
#include "../../../bench/tabular_problem.hpp"
#include "speed/measure.hpp"

namespace tool::speed {

using namespace headroom;
using tabular_problem::recorded;
using tabular_problem::recording;
using tabular_problem::scripted;

namespace {

agent_work table_update(const std::string& name, const sizes& s, double lambda, bool jump) {
  const auto log = std::make_shared<recording>(s.states, s.actions, jump);
  const td_options options{.learning_rate = 0.1, .discount = 0.99, .trace_decay = lambda};
  const auto agent = std::make_shared<sarsa<scripted>>(s.states, s.actions, options, 1, scripted{log->action.data()});
  return {{name,
           {},
           [log, agent] {
             tabular_problem::replay(*agent, *log);
             keep(*agent);
             return std::uint64_t{recorded - 1};
           }},
          jump ? bare_jump : bare_walk};
}

template <class Explore>
agent_work table_choice(const std::string& name, const sizes& s, Explore explore, std::size_t beside) {
  const auto log = std::make_shared<recording>(s.states, s.actions, false);
  const auto q = std::make_shared<q_table>(s.states, s.actions);
  engine values(2, stream::exploration);
  for (double& v : q->all()) v = values.uniform();
  return {{name,
           {},
           [log, q, explore, random = engine(3, stream::exploration)]() mutable {
             std::size_t sum = 0;
             for (const state_index at : log->state) sum += to_size(explore(q->row(to_size(at)), {}, random));
             keep(sum);
             return std::uint64_t{recorded};
           }},
          beside};
}

agent_work farm_step() {
  struct held {
    decltype(farm_agent::farm_encoder()) see = farm_agent::farm_encoder();
    std::vector<farm_agent::observation> observations = farm_agent::farm_observations(recorded);
    sarsa<> agent{see.size(),
                  3,
                  {.learning_rate = 0.025, .discount = 0.985, .trace_decay = 0.5, .trace_threshold = 1e-5},
                  1,
                  epsilon_greedy{0.1, tie_break::largest_index}};
  };
  const auto all = std::make_shared<held>();
  all->agent.start(all->see(all->observations[0]));
  return {{"the farm's agent: encode, learn, choose",
           {},
           [all] {
             std::size_t sum = 0;
             for (const farm_agent::observation& o : all->observations)
               sum += to_size(all->agent.step(o.qos_rate, all->see(o)));
             keep(sum);
             return std::uint64_t{recorded};
           }},
          l1_load};
}

// A full replay of made-up experience, and an agent that has learned from it for a while.
struct network_agent {
  explicit network_agent(const sizes& s)
      : agent(s.features, s.actions, options_for(s), 42), inputs(s.features * states) {
    dqn_problem::bits draw(1);
    std::vector<float> next(s.features);
    for (float& x : inputs) x = draw.real();
    for (std::size_t k = 0; k < dqn_problem::capacity; ++k) {
      for (float& x : next) x = draw.real();
      agent.remember(at(k), action_index{draw.below(static_cast<std::uint32_t>(s.actions))},
                     static_cast<double>(draw.real()), next, draw.below(50) == 0);
    }
  }
  static dqn_options options_for(const sizes& s) {
    dqn_options o;
    o.hidden = s.layers;
    o.learning_rate = static_cast<double>(dqn_problem::learning_rate);
    o.discount = static_cast<double>(dqn_problem::discount);
    o.batch = s.batch;
    o.capacity = dqn_problem::capacity;
    o.target_rate = static_cast<double>(dqn_problem::target_rate);
    o.clip_norm = static_cast<double>(dqn_problem::clip_norm);
    return o;
  }
  [[nodiscard]] std::span<const float> at(std::size_t k) const {
    return std::span(inputs).subspan(k % states * (inputs.size() / states), inputs.size() / states);
  }

  static constexpr std::size_t states = 1'000;
  dqn<> agent;
  std::vector<float> inputs;
  std::size_t next_choice = 0;
};

void add_network(std::vector<agent_work>& to, const sizes& s) {
  const auto all = std::make_shared<network_agent>(s);
  std::vector<std::size_t> widths{s.features};
  widths.insert(widths.end(), s.layers.begin(), s.layers.end());
  widths.push_back(s.actions);
  double forward = 0;
  for (std::size_t k = 1; k < widths.size(); ++k) forward += static_cast<double>(widths[k - 1] * widths[k]);
  to.push_back({{"DQN update, the whole of it",
                 {},
                 [all] {
                   all->agent.update();
                   return std::uint64_t{1};
                 }},
                multiply_add,
                dqn_problem::operations(widths, s.batch) / 2});
  // Each observation depends on the last choice, as in use, so that no two choices overlap.
  to.push_back({{"DQN choice",
                 {},
                 [all] {
                   constexpr std::uint64_t choices = 100;
                   for (std::uint64_t k = 0; k < choices; ++k) {
                     const std::size_t chosen = to_size(all->agent.greedy(all->at(all->next_choice)));
                     all->next_choice = (all->next_choice + 1 + chosen) % network_agent::states;
                   }
                   return choices;
                 }},
                multiply_add,
                forward});
}

}  // namespace

std::vector<agent_work> agents_at_work(const sizes& s) {
  std::vector<agent_work> all{table_update("SARSA(0) update, walk", s, 0, false),
                              table_update("SARSA(0) update, jump", s, 0, true),
                              table_update("SARSA(0.9) update, walk", s, 0.9, false),
                              table_update("SARSA(0.9) update, jump", s, 0.9, true),
                              table_choice("choose greedily", s, greedy{}, l1_load),
                              table_choice("choose epsilon-greedily", s, epsilon_greedy{0.1}, misprediction),
                              farm_step()};
  add_network(all, s);
  return all;
}

}  // namespace tool::speed
