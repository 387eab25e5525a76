#pragma once

#include <algorithm>   // std::sort
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <mutex>       // std::mutex, std::scoped_lock
#include <vector>      // std::vector

#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/relaxation.hpp>
#include <headroom/planning/clairvoyant.hpp>

#include "scenario.hpp"
#include "threads.hpp"

/// The clairvoyant bound of the farm under a scenario: what no policy can beat, and what was found to come near it.
namespace bound {

using namespace headroom;

/// One price of a request out of time, over all episodes.
struct point {
  double price = 0;             ///< workers that all requests are worth
  double lower = 0;             ///< proven: mean workers + price * missed is at least this
  double replayed_level = 0;    ///< what the schedules that were found keep in the simulator, final_qos_all
  double replayed_workers = 0;  ///< with so many workers
  std::size_t exact = 0;        ///< episodes of which the relaxation was solved, with no state merged
};

struct curve {
  std::vector<point> points{};  ///< by ascending price
  clairvoyant_curve values{};
  std::size_t episodes = 0;
  bool stopped = false;  ///< before all episodes were searched: says nothing then

  /// Proven: no policy with these moves keeps `level` (final_qos_all, mean over these episodes) with fewer mean
  /// workers.
  [[nodiscard]] double lower_at(double level) const { return values.lower_at(level); }
  /// Fewest workers with which schedules were found that keep `level`; infinite where there are none.
  [[nodiscard]] double found_at(double level) const { return values.found_at(level); }
};

/// Plays a schedule in the episode that `world` was reset to.
inline schedule_outcome replayed(farm::environment& world, const std::vector<int>& schedule) {
  world.replay();
  double workers = 0;
  for (std::size_t k = 0;; ++k) {
    const auto r = world.step(k < schedule.size() ? schedule[k] : 0);
    workers += r.observation.workers;
    if (r.status != episode::ongoing) return {workers / static_cast<double>(k + 1), 1 - r.observation.final_qos_all};
  }
}

/// Searches each episode on its own, on as many threads as the machine has; the same result on any number of them. A
/// fifth of a second an episode, a second for a recorded load of ten minutes. `sizes`: of the moves that may be made;
/// `shown(done)` after each episode; true stops.
[[nodiscard]] inline curve of(const scenario& where, const std::vector<std::uint64_t>& seeds,
                              const std::vector<int>& sizes, const std::function<bool(std::uint64_t)>& shown) {
  std::vector<int> moves{0};
  for (const int size : sizes) moves.insert(moves.end(), {-size, size});
  std::sort(moves.begin(), moves.end());
  std::vector<std::vector<clairvoyant_point>> episodes(seeds.size());
  std::mutex one_at_a_time;
  std::uint64_t done = 0;
  on_all_threads(
      seeds.size(), [] { return clairvoyant<farm::relaxation>(); },
      [&](clairvoyant<farm::relaxation>& search, std::size_t k) {
        farm::environment world = where.make(seeds[k]);
        const farm::observation first = world.reset();
        const farm::relaxation relaxed(world, first, moves);
        episodes[k] = search(relaxed, [&](const std::vector<int>& schedule) { return replayed(world, schedule); });
        const std::scoped_lock lock(one_at_a_time);
        return !shown(++done);
      });
  curve c;
  c.stopped = done < seeds.size();
  if (c.stopped) return c;
  for (const auto& one : episodes) c.values.add(one);
  c.episodes = seeds.size();
  for (const clairvoyant_curve::point& p : c.values.points())
    c.points.push_back({p.price, p.bound, 1 - p.found.missed, p.found.replicas, p.exact});
  return c;
}

}  // namespace bound
