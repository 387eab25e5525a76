#include "systems/farm/bound.hpp"

#include <algorithm>
#include <mutex>

#include <headroom/planning/clairvoyant.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/relaxation.hpp>

#include "support/threads.hpp"

namespace tool {

using namespace headroom;

namespace {

// Plays a schedule in the episode that `world` was reset to.
schedule_outcome replayed(farm::environment& world, const std::vector<int>& schedule) {
  world.replay();
  double workers = 0;
  for (std::size_t k = 0;; ++k) {
    const auto r = world.step(k < schedule.size() ? schedule[k] : 0);
    workers += r.observation.workers;
    if (r.status != episode::ongoing) return {workers / static_cast<double>(k + 1), 1 - r.observation.final_qos_all};
  }
}

}  // namespace

clairvoyant_bound clairvoyant_bound_of(const farm_load& load, const std::vector<std::uint64_t>& seeds,
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
        farm::environment world = load.make(seeds[k]);
        const farm::observation first = world.reset();
        const farm::relaxation relaxed(world, first, moves);
        episodes[k] = search(relaxed, [&](const std::vector<int>& schedule) { return replayed(world, schedule); });
        const std::scoped_lock lock(one_at_a_time);
        return !shown(++done);
      });
  clairvoyant_bound c;
  c.most = load.farm.max_workers;
  c.stopped = done < seeds.size();
  if (c.stopped) return c;
  for (const auto& one : episodes) c.values.add(one);
  c.episodes = seeds.size();
  for (const clairvoyant_curve::point& p : c.values.points())
    c.points.push_back({p.price, p.bound, 1 - p.found.missed, p.found.replicas, p.exact});
  return c;
}

}  // namespace tool
