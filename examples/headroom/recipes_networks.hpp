#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <array>      // std::array
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <tuple>      // std::apply, std::tuple
#include <utility>    // std::move

#include <headroom/agents/dqn.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/systems/farm/published_reward.hpp>

#include "recipes.hpp"

/// The learners that have a network.
namespace recipes {

/// What a network is given of the workers and the queue. A queue of four is another world than none, and one of forty
/// hardly another than one of sixteen, so it comes in three straight pieces.
inline auto workers_and_queue_scaled(const farm::options& farm) {
  return std::tuple{between{&sight::workers, static_cast<double>(std::max(farm.min_workers, 1)),
                            static_cast<double>(std::min(farm.max_workers, 22)), -1.0, 1.0},
                    between{&sight::worker_queue, 0.0, 4.0}, between{&sight::worker_queue, 4.0, 16.0},
                    between{&sight::worker_queue, 16.0, 80.0}};
}

/// Sees the clock as a network can use it: the time of the episode in eight straight pieces, of which a sum has any
/// shape with a corner every half a minute; the workers, the queue and the arrival rate.
inline auto clocked_vector(const farm::options& farm) {
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
  return learn_on<farm::environment>(std::move(see), std::move(agent), std::move(objective), acts);
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
inline auto dqn_clocked(const setting& s) { return dqn_clocked_for(s, objective(s.price.value_or(5.8))); }
inline auto dqn_clockless(const setting& s) { return dqn_clockless_for(s, objective(s.price.value_or(7.5))); }
inline auto wide_dqn_clocked(const setting& s) { return dqn_clocked_for(s, timed_objective(s.price.value_or(5.8))); }
inline auto wide_dqn_clockless(const setting& s) {
  return dqn_clockless_for(s, timed_objective(s.price.value_or(7.5)));
}

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
  return learn_on<farm::environment>(see, std::move(agent), farm::published_reward{}, acts,
                                     {.truncation_is_terminal = true, .learn_requested_action = true});
}

}  // namespace recipes
