#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <headroom/baselines/square_root_staffing.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/signals.hpp>

#include "scaling/staffing_search.hpp"
#include "systems/farm/autoscalers.hpp"
#include "systems/farm/episode_cost.hpp"
#include "systems/farm/learners.hpp"

namespace tool {

using namespace headroom;

namespace {

// Where the search begins: what square-root staffing would be without any learning, and how wrong that may be.
constexpr square_root_staffing_options first_guess{.service_s = farm_service_s, .least = 2, .expected_per_s = 6};
const std::vector<double> first_spread{1, 0.7, 0.5, 1, 1.5, 0.4, 1, 3, 3};

}  // namespace

std::unique_ptr<farm_learner> search_for_staffing(const farm_training& t) {
  const int reach = t.moves.back();
  const double step_s = t.wide() ? t.load.farm.step_s : 0;
  using search = staffing_search<farm::environment, episode_cost>;
  search::plan_type plan{
      .first_guess = first_guess,
      .first_spread = first_spread,
      .limits = {t.load.farm.min_workers, t.load.farm.max_workers, reach, reach},
      .see = farm::all_signals(),
      .open = [load = t.load](std::uint64_t seed, std::size_t n) { return load.make_evenly(seed, n); },
      .in_turn = true,
      .cost = [step_s, paid = t.objective](double price) { return episode_cost(price, step_s, paid); },
      .train_seed = t.train_seed,
      .episodes = t.episodes,
      .price = t.price.value_or(4),
      .level = t.level,
      .price_moves = {.first = 4, .step = 0.5, .least = 0.05, .by_factors = true},
      .noun = "workers"};
  if (t.load.newest)
    plan.open_newest = [load = t.load](std::uint64_t seed, std::size_t n) { return load.make_newest(seed, n); };
  return std::make_unique<search>(std::move(plan));
}

}  // namespace tool
