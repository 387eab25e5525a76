#pragma once

#include <algorithm>   // std::clamp, std::max, std::min
#include <cmath>       // std::ceil, std::round
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <mutex>       // std::mutex, std::scoped_lock
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/types.hpp>
#include <headroom/planning/rate_known.hpp>
#include <headroom/workloads/mean_rates.hpp>

#include "reports/known_rate.hpp"
#include "support/threads.hpp"

namespace tool {

/// Replicas that all requests of an episode are worth: one point of the line for each.
inline const std::vector<double> known_rate_prices{6, 12, 25, 50, 100, 200, 400, 1'000, 4'000};

/// What of a system the policy that is told the rate must know.
template <class E>
struct known_rate_plan {
  std::function<E(std::uint64_t seed)> open{};
  std::function<const headroom::arrivals&(const E& world)> requests{};  ///< after a reset
  double interval_s = 1;                                                ///< from decision to decision
  double offset_s = 0;  ///< the workload begins so much later than the clock of the observations
  struct seen {
    double time_s = 0;
    int ready = 0;     ///< in units
    int starting = 0;  ///< in units
    double in_system = 0;
  };
  std::function<seen(const headroom::observation_t<E>& o)> see{};
  /// Moves and table for rates up to this one, the highest of all episodes.
  std::function<headroom::replica_moves(double highest_per_s)> moves{};
  std::function<headroom::step_table(const headroom::replica_moves& moves, double highest_per_s)> table{};
  int unit = 1;  ///< replicas that are one of the table's
  struct figures {
    double level = 0;  ///< set at the end, as that of all requests
    double level_all = 0;
    double replicas = 0;  ///< a sum, and at the end the mean
    double steps = 0;
  };
  /// Called after each step.
  std::function<void(figures& sum, const headroom::observation_t<E>& before, const headroom::observation_t<E>& now)>
      count{};
  std::string leaves_out{};
};

/// Plays it on every seed at every price, on all threads. `shown(done)` after each episode; true stops. Throws
/// std::invalid_argument where the load does not tell its rate.
template <class E>
[[nodiscard]] known_rate_line known_rate_of(const known_rate_plan<E>& plan, const std::vector<std::uint64_t>& seeds,
                                            const std::function<bool(std::uint64_t)>& shown) {
  using namespace headroom;
  std::vector<std::vector<double>> rates(seeds.size());
  double highest = 0;
  for (std::size_t k = 0; k < seeds.size(); ++k) {
    E world = plan.open(seeds[k]);
    const auto first = plan.see(world.reset());
    const arrivals& requests = plan.requests(world);
    const double begin_s = first.time_s - plan.offset_s;
    rates[k].resize(static_cast<std::size_t>(std::ceil((requests.end_s - begin_s) / plan.interval_s)) + 1);
    mean_rates(requests, begin_s, plan.interval_s, rates[k]);
    for (const double rate : rates[k]) highest = std::max(highest, rate);
  }
  const replica_moves moves = plan.moves(highest);
  const step_table table = plan.table(moves, highest);
  std::vector<std::vector<known_rate_point>> episodes(seeds.size());
  std::mutex one_at_a_time;
  std::uint64_t done = 0;
  on_all_threads(
      seeds.size(), [&] { return rate_known(table, moves); },
      [&](rate_known& policy, std::size_t k) {
        E world = plan.open(seeds[k]);
        observation_t<E> o = world.reset();
        double requests = 0;
        for (const double rate : rates[k]) requests += rate * plan.interval_s;
        const auto steps = static_cast<double>(rates[k].size());
        for (const double price : known_rate_prices) {
          if (!episodes[k].empty()) o = world.replay();
          const double begin_s = plan.see(o).time_s;
          // All late requests of the episode cost `price` replicas for all its steps.
          policy.plan(rates[k], {.late = requests > 0 ? price * steps / (requests * plan.unit) : 0});
          known_rate_point p{.price = price};
          const auto at = plan.see(o);
          p.promised = policy.promised(at.ready, at.starting, at.in_system) * plan.unit / steps;
          typename known_rate_plan<E>::figures sum{};
          for (episode status = episode::ongoing; status == episode::ongoing;) {
            const auto now = plan.see(o);
            const auto step = static_cast<std::size_t>(std::round((now.time_s - begin_s) / plan.interval_s));
            const int delta = plan.unit * policy.decide(step, now.ready, now.starting, now.in_system);
            const auto next = world.step(delta);
            plan.count(sum, o, next.observation);
            o = next.observation;
            status = next.status;
          }
          p.level = sum.level;
          p.replicas = sum.replicas;
          p.paid = sum.replicas + price * (1 - sum.level_all);
          episodes[k].push_back(p);
        }
        const std::scoped_lock lock(one_at_a_time);
        return !shown(++done);
      });
  known_rate_line line{.episodes = seeds.size(), .leaves_out = plan.leaves_out};
  line.stopped = done < seeds.size();
  if (line.stopped) return line;
  const auto n = static_cast<double>(seeds.size());
  for (std::size_t p = 0; p < known_rate_prices.size(); ++p) {
    known_rate_point sum{.price = known_rate_prices[p]};
    for (const auto& one : episodes) {
      sum.level += one[p].level / n;
      sum.replicas += one[p].replicas / n;
      sum.promised += one[p].promised / n;
      sum.paid += one[p].paid / n;
    }
    line.points.push_back(sum);
  }
  return line;
}

}  // namespace tool
