#include <algorithm>  // std::max
#include <cmath>      // std::sqrt
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <memory>     // std::make_unique, std::unique_ptr
#include <utility>    // std::move

#include <headroom/baselines/service_signals.hpp>

#include "scaling/staffing_search.hpp"
#include "systems/service/learners.hpp"

namespace tool {

using namespace headroom;

std::unique_ptr<service_learner> search_for_staffing(const service_training& t) {
  const service_world& w = t.world;
  const double each_s = w.about.service_s / w.about.slots;  // of a replica, for a request
  const double needed = std::max(1e-3, w.load.mean_per_s * each_s);
  const double margin = 1 / std::sqrt(static_cast<double>(w.about.slots));
  staffing_search_plan<service, service_cost> plan;
  // The mean of the load over the time that a replica takes to start; the margin that Erlang's formula has for slots.
  plan.first_guess = {.service_s = each_s,
                      .level_s = std::max(w.options.interval_s, w.options.start_delay.mean_s()),
                      .trend_s = w.options.interval_s,
                      .margin = margin,
                      .spare = 0,
                      .backlog = 0.3 / w.about.slots,
                      .hold = std::max(0.5, 0.05 * needed),
                      .least = std::max(1.0, 0.3 * needed),
                      .expected_per_s = w.load.mean_per_s};
  plan.first_spread = {1,
                       0.7,
                       0.5,
                       margin,
                       std::max(0.3, 0.1 * needed),
                       0.3 / w.about.slots,
                       1,
                       std::max(0.5, 0.4 * needed),
                       0.5 * w.load.mean_per_s};
  plan.limits = {w.about.minimum, w.about.maximum, w.about.reach, w.about.reach};
  plan.see = service_signals<service_observation>();
  plan.open = [w](std::uint64_t seed, std::size_t n) { return w.evenly(seed, n); };
  if (w.load.newest) plan.open_newest = [w](std::uint64_t seed, std::size_t n) { return w.newest(seed, n); };
  plan.cost = [](double price) { return service_cost(price); };
  plan.train_seed = t.train_seed;
  plan.episodes = t.episodes;
  plan.price_moves = {
      .first = 20 * needed, .step = 0.5, .least = 0.05 * needed, .most = 1e4 * needed, .by_factors = true};
  plan.shift = std::max(0.2, 0.1 * needed);
  if (t.price)
    plan.price = *t.price * needed;
  else
    plan.level = t.level;
  return std::make_unique<staffing_search<service, service_cost>>(std::move(plan));
}

}  // namespace tool
