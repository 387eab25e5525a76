#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/systems/farm/published_reward.hpp>

#include "recipes.hpp"

/// The learners that keep a table.
namespace recipes {

/// Every number of workers that can matter is a bin of its own.
inline auto workers_cut() {
  return cut{&sight::workers, {8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5, 18.5, 19.5, 20.5, 21.5}};
}

/// Sees the clock: which decision of the episode it is, so it can act ahead of the load; the workers and the queue. How
/// many phases are still to come adds nothing to that but states to learn.
inline auto clocked_encoder(const farm::options& farm) {
  std::vector<double> decisions;
  const double interval_s = farm.step_s + 0.05;  // with the step's own overhead, on average
  for (std::size_t k = 1; k < farm.max_steps; ++k) {
    decisions.push_back(farm.first_request_s + 0.1 + (static_cast<double>(k) - 0.5) * interval_s);
  }
  return bins{cut{&sight::time_s, decisions}, workers_cut(), cut{&sight::worker_queue, {0.5, 3.5, 8.5, 15.5}}};
}

/// The grid of the encoder below.
inline auto workers_and_queue() {
  return bins{cut{&sight::workers, even_edges(0.5, 32.5, 32)}, cut{&sight::worker_queue, {0.5, 3.5, 8.5}}};
}

/// Sees neither clock nor phase nor anything that only counts up: a decaying mean of the arrival rate, the workers, the
/// queue. Far from a Markov state, which is what long traces are for. Holds history: show it every observation once.
class load_encoder {
 public:
  using state_type = state_index;

  [[nodiscard]] std::size_t size() const { return rate_.size() * grid_.size(); }

  state_index operator()(const sight& o) {
    if (o.enqueued_total == 0) {
      average_ = 0;  // a new episode: nothing has been seen to arrive yet
    } else {
      average_ = average_ == 0 ? o.arrival_rate : average_ + 0.3 * (o.arrival_rate - average_);
    }
    const state_index place = grid_(o);
    if (place == no_state || !std::isfinite(average_)) {
      average_ = 0;
      return no_state;
    }
    return state_index{rate_.bin(average_) * grid_.size() + to_size(place)};
  }

 private:
  cut<double sight::*> rate_{&sight::arrival_rate, {1, 2.7, 3.7, 4.5, 5.3, 6, 6.8, 8, 9.5, 11, 13, 15}};
  decltype(workers_and_queue()) grid_ = workers_and_queue();
  double average_ = 0;
};

/// A learner that sees the clock; Agent is one of the three tabular ones.
template <template <class, class> class Agent, class Objective>
auto clocked_for(const setting& s, Objective objective) {
  auto see = clocked_encoder(s.farm);
  const int reach = s.moves.back();
  limited acts{moves_menu(s), &sight::workers, replica_limits{8, 22, reach, reach}};
  Agent<epsilon_greedy, state_index> agent{
      see.size(),
      acts.size(),
      {.learning_rate = falling_rate(0.2, 0.005, s), .discount = 1, .trace_decay = 0.3, .trace_threshold = 0.02},
      s.seed,
      falling_exploration(s)};
  return learn_on<farm::environment>(see, std::move(agent), std::move(objective), acts);
}
template <template <class, class> class Agent>
auto clocked(const setting& s) {
  return clocked_for<Agent>(s, objective(s.price.value_or(4.7)));
}

/// The same goal without a clock.
template <class Objective>
auto clockless_for(const setting& s, Objective objective) {
  load_encoder see;
  const int reach = s.moves.back();
  limited acts{moves_menu(s), &sight::workers, replica_limits{s.farm.min_workers, s.farm.max_workers, reach, reach}};
  sarsa agent{
      see.size(),
      acts.size(),
      {.learning_rate = falling_rate(0.1, 0.003, s), .discount = 1, .trace_decay = 0.95, .trace_threshold = 0.02},
      s.seed,
      falling_exploration(s)};
  return learn_on<farm::environment>(see, std::move(agent), std::move(objective), acts);
}
inline auto clockless(const setting& s) { return clockless_for(s, objective(s.price.value_or(4.2))); }

/// Both for moves of more than one worker.
template <template <class, class> class Agent>
auto wide_clocked(const setting& s) {
  return clocked_for<Agent>(s, timed_objective(s.price.value_or(4.7)));
}
inline auto wide_clockless(const setting& s) { return clockless_for(s, timed_objective(s.price.value_or(4.2))); }

/// The published agent as it was, defects and all: bins that saturate below the load, ties that scale up, bootstrapping
/// past the end, credit for the action that was asked for.
inline auto published(const setting& s) {
  bins see{cut{&sight::input_queue, {0.5, 1.5, 2.5}},
           cut{&sight::worker_queue, {0.5, 2.5, 5.5, 9.5, 15.5, 30.5}},
           cut{&sight::workers, {3.5, 7.5, 11.5, 12.5, 16.5, 20.5, 24.5}},
           cut{&sight::average_latency, {0.5, 1, 2, 4, 8, 16, 32}},
           cut{&sight::arrival_rate, {0.15, 0.5, 1.5, 3.5}},
           cut{&sight::qos_rate, {0.5, 0.8, 0.9, 0.95, 0.999}}};
  actions acts{-1, 0, +1};
  sarsa agent{see.size(),
              acts.size(),
              {.learning_rate = 0.025,
               .discount = 0.985,
               .trace_decay = 0.5,
               .traces = trace_kind::accumulating,
               .trace_threshold = 1e-5},
              s.seed,
              epsilon_greedy{exponential_decay{0.40, 0.10, 0.995, per::episode}, tie_break::largest_index}};
  return learn_on<farm::environment>(see, std::move(agent), farm::published_reward{}, acts,
                                     {.bootstrap_at_termination = true, .learn_requested_action = true});
}

}  // namespace recipes
