#pragma once

#include <algorithm>  // std::clamp, std::max
#include <array>      // std::array
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <string>     // std::string
#include <tuple>      // std::apply, std::tuple
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/environments/farm.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/rewards/cost.hpp>
#include <headroom/rewards/farm_published.hpp>
#include <headroom/rewards/missed.hpp>
#include <headroom/rewards/over_time.hpp>
#include <headroom/rewards/weighted.hpp>

/// How the farm's learners are put together: what each sees, what it is rewarded for, how it learns. Everything that
/// was tuned stands here. Early choices (encoder, price) were made with seeds 1000 to 1199 in sight; docs/results.md
/// therefore also has a table on seeds that nobody had looked at.
namespace recipes {

using namespace headroom;
using sight = farm_observation;

/// What a learner is given: how long it will train, which moves it may make, from which seed it draws.
struct setting {
  std::uint64_t episodes = 0;
  std::vector<int> moves{1};  ///< sizes of the moves up and down, ascending
  std::uint64_t seed = 1;
  farm_options farm{};
};

/// Learners train on this many workloads, over and over: drawing one costs more than playing it, and a table this small
/// does not learn a thousand workloads by heart.
inline constexpr std::size_t training_workloads = 1'000;

/// 0, -1, +1, -2, +2, ...: hold comes first, so that it wins a tie that no engine breaks.
inline menu<int> moves_menu(const setting& s) {
  std::vector<int> items{0};
  for (const int m : s.moves) {
    items.push_back(-m);
    items.push_back(m);
  }
  return menu<int>(items);
}

/// Every number of workers that can matter is a bin of its own.
inline auto workers_cut() {
  return cut{&sight::workers, {8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5, 18.5, 19.5, 20.5, 21.5}};
}

/// One request out of time costs as much as `price` workers for one step. That exchange rate is the whole objective; it
/// places the learner on the curve of service level against workers, and nothing else does.
inline auto objective(double price) {
  return weighted{term{"late", price, missed{&sight::qos_rate, &sight::output_queue, 100}},
                  term{"workers", 0.32, cost{&sight::workers, 32}}};
}

/// The same for moves of more than one worker. They block the step for up to 24 s, and a cost per step would pay for
/// blocking: the same four minutes have fewer steps in them. So the workers cost by the second here.
inline auto timed_objective(double price) {
  return weighted{term{"late", price, missed{&sight::qos_rate, &sight::output_queue, 100}},
                  term{"workers", 0.32, over_time{cost{&sight::workers, 32}, &sight::time_s, 8}}};
}

/// Sees the clock: which decision of the episode it is, so it can act ahead of the load; the workers and the queue. How
/// many phases are still to come adds nothing to that but states to learn.
inline auto clocked_encoder(const farm_options& farm) {
  std::vector<double> decisions;
  const double interval_s = farm.step_s + 0.05;  // with the step's own overhead, on average
  for (std::size_t k = 1; k < farm.max_steps; ++k) {
    decisions.push_back(farm.first_request_s + 0.1 + (static_cast<double>(k) - 0.5) * interval_s);
  }
  return bins{cut{&sight::time_s, decisions}, workers_cut(), cut{&sight::worker_queue, {0.5, 3.5, 8.5, 15.5}}};
}

/// Busy workers per worker: a request that is enqueued and nowhere else is in service.
inline double utilisation(const sight& o) {
  return (o.enqueued_total - o.output_queue - o.worker_queue - o.result_queue) / std::max(1.0, o.workers);
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

/// What a network is given of the workers and the queue. A queue of four is another world than none, and one of forty
/// hardly another than one of sixteen, so it comes in three straight pieces.
inline auto workers_and_queue_scaled(const farm_options& farm) {
  return std::tuple{between{&sight::workers, static_cast<double>(std::max(farm.min_workers, 1)),
                            static_cast<double>(std::min(farm.max_workers, 22)), -1.0, 1.0},
                    between{&sight::worker_queue, 0.0, 4.0}, between{&sight::worker_queue, 4.0, 16.0},
                    between{&sight::worker_queue, 16.0, 80.0}};
}

/// Sees the clock as a network can use it: the time of the episode in eight straight pieces, of which a sum has any
/// shape with a corner every half a minute; the workers, the queue and the arrival rate.
inline auto clocked_vector(const farm_options& farm) {
  const double piece_s = static_cast<double>(farm.max_steps) * farm.step_s / 8;
  const auto piece = [&](int k) { return between{&sight::time_s, k * piece_s, (k + 1) * piece_s}; };
  return std::apply(
      [&](auto... others) {
        return standardize{piece(0),
                           piece(1),
                           piece(2),
                           piece(3),
                           piece(4),
                           piece(5),
                           piece(6),
                           piece(7),
                           between{&sight::time_s, 0.0, 8 * piece_s, -1.0, 1.0},
                           between{&sight::arrival_rate, 0.0, 12.0},
                           others...};
      },
      workers_and_queue_scaled(farm));
}

/// The same without a clock: what has been arriving, over the last two and the last ten observations or so, in its
/// place. Holds history: show it every observation once.
class load_vector {
 public:
  using state_type = vector_state;
  [[nodiscard]] static constexpr std::size_t dimension() { return 9; }

  vector_state operator()(const sight& o) {
    if (o.enqueued_total == 0) {  // a new episode: nothing has been seen to arrive yet
      fast_ = slow_ = 0;
    } else {
      fast_ = fast_ == 0 ? o.arrival_rate : fast_ + 0.5 * (o.arrival_rate - fast_);
      slow_ = slow_ == 0 ? o.arrival_rate : slow_ + 0.1 * (o.arrival_rate - slow_);
    }
    const std::array<double, 9> values{o.workers / 16 - 1,
                                       std::min(o.worker_queue, 4.0) / 4,
                                       std::clamp(o.worker_queue - 4, 0.0, 12.0) / 12,
                                       std::clamp(o.worker_queue - 16, 0.0, 64.0) / 64,
                                       o.arrival_rate / 6 - 1,
                                       fast_ / 6 - 1,
                                       slow_ / 6 - 1,
                                       utilisation(o),
                                       o.qos_rate};
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (!std::isfinite(values[k])) {
        fast_ = slow_ = 0;
        return {};
      }
      buffer_[k] = static_cast<float>(std::clamp(values[k], -2.0, 2.0));
    }
    return buffer_;
  }

  /// Begins every episode afresh, so between two there is nothing to keep.
  template <class Self, class Archive>
  static void fields(Self&, Archive&) {}

 private:
  double fast_ = 0;
  double slow_ = 0;
  std::array<float, 9> buffer_{};
};

/// The learning rate falls like 1/n within the training, exploration in a straight line over its first four fifths.
inline schedule falling_rate(double from, double to, const setting& s) {
  return harmonic_decay{from, to, std::max(1.0, static_cast<double>(s.episodes) / 20), per::episode};
}
inline epsilon_greedy falling_exploration(const setting& s) {
  return epsilon_greedy{linear{0.2, 0.005, std::max<std::uint64_t>(1, s.episodes * 4 / 5), per::episode}};
}

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
  return learn_on<farm>(see, std::move(agent), std::move(objective), acts);
}
template <template <class, class> class Agent>
auto clocked(const setting& s) {
  return clocked_for<Agent>(s, objective(4.7));
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
  return learn_on<farm>(see, std::move(agent), std::move(objective), acts);
}
inline auto clockless(const setting& s) { return clockless_for(s, objective(4.2)); }

/// Both for moves of more than one worker.
template <template <class, class> class Agent>
auto wide_clocked(const setting& s) {
  return clocked_for<Agent>(s, timed_objective(4.7));
}
inline auto wide_clockless(const setting& s) { return clockless_for(s, timed_objective(4.2)); }

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
  return learn_on<farm>(see, std::move(agent), farm_published{}, acts,
                        {.bootstrap_at_termination = true, .learn_requested_action = true});
}

/// A DQN: every second step an update of 64 transitions with returns over three steps, the learning rate falling to a
/// hundredth in a straight line. An episode ends by itself, so nothing is discounted. The price is above
/// SARSA's, because Huber's loss gives a rare disaster less than its weight.
template <class See, class Objective>
auto dqn_for(const setting& s, See see, const replica_limits& limits, double discount, Objective objective) {
  limited acts{moves_menu(s), &sight::workers, limits};
  dqn agent{see.dimension(),
            acts.size(),
            {.learning_rate = linear{1e-3, 1e-5, std::max<std::uint64_t>(1, s.episodes), per::episode},
             .discount = discount,
             .capacity = 100'000,
             .warm_up = 2'000,
             .train_every = 2,
             .n_steps = 3,
             .target_rate = 0.005},
            s.seed,
            falling_exploration(s)};
  return learn_on<farm>(std::move(see), std::move(agent), std::move(objective), acts);
}
template <class Objective>
auto dqn_clocked_for(const setting& s, Objective objective) {
  const int reach = s.moves.back();
  return dqn_for(s, clocked_vector(s.farm), replica_limits{8, 22, reach, reach}, 1, std::move(objective));
}
template <class Objective>
auto dqn_clockless_for(const setting& s, Objective objective) {
  const int reach = s.moves.back();
  return dqn_for(s, load_vector{}, replica_limits{s.farm.min_workers, s.farm.max_workers, reach, reach}, 0.98,
                 std::move(objective));
}
inline auto dqn_clocked(const setting& s) { return dqn_clocked_for(s, objective(5.8)); }
inline auto dqn_clockless(const setting& s) { return dqn_clockless_for(s, objective(7.5)); }
inline auto wide_dqn_clocked(const setting& s) { return dqn_clocked_for(s, timed_objective(5.8)); }
inline auto wide_dqn_clockless(const setting& s) { return dqn_clockless_for(s, timed_objective(7.5)); }

/// The published DQN as it was, defects and all: ranges so wide that a typical observation is a hundredth, a target
/// network that moves by a hundredth every 600 updates, a time limit that counts as the end.
inline auto dqn_published(const setting& s) {
  standardize see{between{&sight::input_queue, 0, 3},       between{&sight::worker_queue, 0, 800},
                  between{&sight::result_queue, 0, 10},     between{&sight::output_queue, 0, 1140},
                  between{&sight::workers, 1, 32},          between{&sight::average_latency, 0, 150},
                  between{&sight::maximum_latency, 0, 160}, between{&sight::arrival_rate, 0, 12},
                  between{&sight::qos_rate, 0, 1}};
  actions acts{-1, 0, +1};
  dqn agent{see.dimension(),
            acts.size(),
            {.hidden = {128, 64},
             .learning_rate = 3e-4,
             .discount = 0.97,
             .batch = 64,
             .capacity = 75'000,
             .warm_up = 400,
             .train_every = 1,
             .double_dqn = true,
             .target_rate = 0.01,
             .target_every = 600,
             .clip_norm = 3,
             .clip_reward = 100},
            s.seed,
            epsilon_greedy{exponential_decay{0.80, 0.05, 0.98, per::episode}, tie_break::largest_index}};
  return learn_on<farm>(see, std::move(agent), farm_published{}, acts,
                        {.truncation_is_terminal = true, .learn_requested_action = true});
}

}  // namespace recipes
