#pragma once

#include <algorithm>  // std::max
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <optional>   // std::optional
#include <vector>     // std::vector

#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/rewards/cost.hpp>
#include <headroom/rewards/missed.hpp>
#include <headroom/rewards/over_time.hpp>
#include <headroom/rewards/weighted.hpp>

/// How the farm's learners are put together: what each sees, what it is rewarded for, how it learns. Everything that
/// was tuned stands here. Early choices (encoder, price) were made with seeds 1000 to 1199 in sight;
/// docs/results/farm.md therefore also has a table on seeds that nobody had looked at.
namespace recipes {

using namespace headroom;
using sight = farm::observation;

/// What a learner is given: how long it will train, which moves it may make, from which seed it draws.
struct setting {
  std::uint64_t episodes = 0;
  std::vector<int> moves{1};  ///< sizes of the moves up and down, ascending
  std::uint64_t seed = 1;
  farm::options farm{};
  std::optional<double> price{};  ///< of a request out of time, in worker-steps; none: the recipe's own
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

/// Busy workers per worker: a request that is enqueued and nowhere else is in service.
inline double utilisation(const sight& o) {
  return (o.enqueued_total - o.output_queue - o.worker_queue - o.result_queue) / std::max(1.0, o.workers);
}

/// The learning rate falls like 1/n within the training, exploration in a straight line over its first four fifths.
inline schedule falling_rate(double from, double to, const setting& s) {
  return harmonic_decay{from, to, std::max(1.0, static_cast<double>(s.episodes) / 20), per::episode};
}
inline epsilon_greedy falling_exploration(const setting& s) {
  return epsilon_greedy{linear{0.2, 0.005, std::max<std::uint64_t>(1, s.episodes * 4 / 5), per::episode}};
}

}  // namespace recipes
