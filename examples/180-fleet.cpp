// Many services in one process: each learns in a table of its own, and one step decides for all. Services come and go,
// and a restart goes on with what was learned.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

#include <headroom/fleet.hpp>
#include <headroom/headroom.hpp>
#include <headroom/io.hpp>

namespace {

using namespace headroom;

struct sample {
  double queue = 0;
  double load = 0;
  int replicas = 4;
};

// A service whose load is its own. The host of a real fleet reads it from a monitoring system.
class pool {
 public:
  using observation_type = sample;
  using action_type = int;

  explicit pool(double mean = 4) : mean_(mean) {}
  sample reset() {
    t_ = 0;
    return now_ = {0, mean_, 4};
  }
  step_result<sample> step(int delta) {
    now_.replicas = std::clamp(now_.replicas + delta, 1, 8);
    now_.load = mean_ + 2 * std::sin(0.1 * ++t_);
    now_.queue = std::clamp(now_.queue + now_.load - now_.replicas, 0.0, 50.0);
    return {now_, episode::ongoing};
  }

 private:
  double mean_;
  sample now_;
  int t_ = 0;
};

struct replicas_and_queue {
  double operator()(const sample&, int, const sample& next) const { return -next.replicas - (next.queue > 2 ? 10 : 0); }
};

double mean_cost(const std::vector<sample>& seen) {
  double sum = 0;
  for (const sample& o : seen) sum -= replicas_and_queue{}(o, 0, o);
  return sum / static_cast<double>(seen.size());
}

}  // namespace

int main() {
  // [make]
  bins see{cut{&sample::queue, {0.5, 2, 8}}, cut{&sample::load, {2, 3, 4, 5, 6}},
           cut{&sample::replicas, {2, 3, 4, 5, 6, 7}}};
  limited menu{actions{0, -1, +1}, &sample::replicas, {.minimum = 1, .maximum = 8}};
  sarsa agent{see.size(), menu.size(), {.learning_rate = 0.2, .discount = 0.9}, 1};
  const auto prototype = learn_on<pool>(see, std::move(agent), replicas_and_queue{}, menu);

  table_fleet fleet{prototype, 1'000};
  for (std::uint64_t seed = 0; seed < 900; ++seed) fleet.join(seed);
  // [make]

  std::vector<pool> worlds;
  std::vector<sample> seen;
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    worlds.emplace_back(2 + 0.004 * static_cast<double>(i));
    seen.push_back(worlds.back().reset());
  }
  std::vector<int> deltas(fleet.size());

  // [step]
  // seen[i], deltas[i] and worlds[i] belong to the service at position i.
  const auto play = [&](auto& of, int steps) {
    double total = 0;
    for (int t = 0; t < steps; ++t) {
      of.step(seen, deltas);
      for (std::size_t i = 0; i < of.size(); ++i) seen[i] = worlds[i].step(deltas[i]).observation;
      total += mean_cost(seen);
    }
    return total / steps;
  };
  // [step]
  std::printf("900 services, steps 1 to 200:        cost %.2f\n", play(fleet, 200));
  play(fleet, 2'600);
  std::printf("900 services, steps 2,801 to 3,000:  cost %.2f\n", play(fleet, 200));

  // [leave]
  // A service leaves: the last one takes its position, in the fleet and in what the host keeps by position.
  const service_id gone = fleet.at(17);
  const std::size_t free = fleet.leave(gone);
  worlds[free] = worlds.back();
  seen[free] = seen.back();
  worlds.pop_back();
  seen.pop_back();
  deltas.pop_back();
  // [leave]
  std::printf("after one left:                      %zu services, %s\n", fleet.size(),
              fleet.contains(gone) ? "it is there" : "it is unknown");

  // [restart]
  checkpoint c;
  store(fleet, c, "fleet");
  table_fleet restarted{prototype, 1'000};
  restore(restarted, c, "fleet");
  // [restart]
  std::printf("after a restart, 200 steps:          cost %.2f\n", play(restarted, 200));

  // [deploy]
  // Only decisions: nothing is learned or drawn.
  restarted.decide(seen, deltas);
  // [deploy]
  std::size_t up = 0;
  for (const int d : deltas) up += d > 0 ? 1U : 0U;
  std::printf("decided without learning:            %zu of %zu scale up\n", up, deltas.size());
}
