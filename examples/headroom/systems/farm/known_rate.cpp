#include "systems/farm/known_rate.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/signals.hpp>
#include <headroom/systems/farm/steps.hpp>

#include "scaling/known_rate.hpp"
#include "systems/farm/autoscalers.hpp"

namespace tool {

using namespace headroom;

namespace {

constexpr int most_planned = 48;  // workers that a table is made for
constexpr double overhead_s = 0.05;

int most_workers(const farm_load& load, double highest_per_s) {
  const int wanted = static_cast<int>(std::ceil(1.2 * highest_per_s * farm_service_s)) + 5;
  return std::min(load.farm.max_workers, std::max({wanted, load.farm.initial_workers, load.farm.min_workers}));
}

}  // namespace

double farm_interval_s(const farm_load& load) { return load.farm.step_s + overhead_s; }

replica_moves farm_moves(const farm_load& load, const std::vector<int>& sizes, double highest_per_s) {
  std::vector<int> moves;
  for (const int size : sizes) moves.insert(moves.end(), {-size, size});
  return replica_moves::at_once(load.farm.min_workers, most_workers(load, highest_per_s), moves);
}

step_grid farm_rates(double highest_per_s) { return step_grid::logarithmic(highest_per_s / 80, highest_per_s, 22); }
step_grid farm_in_system(const replica_moves& moves) { return step_grid::counts(24, 3.0 * moves.most() + 30, 0.12); }

step_table farm_table(const farm_load& load, const replica_moves& moves, double highest_per_s) {
  farm::steps model(load.farm, moves);
  return {farm_rates(highest_per_s), farm_in_system(moves), model, {.samples = 32}};
}

std::string farm_plan_refusal(const farm_load& load, const std::vector<int>& sizes) {
  if (sizes.back() > 1 && load.farm.block_on_scaling)
    return "its steps are all of one length, and those of larger moves are not";
  if (most_workers(load, load.peak_per_s) > most_planned)
    return "it is made for a farm of at most " + to_text(most_planned) + " workers (--trace-peak 8)";
  return {};
}

known_rate_line farm_known_rate(const farm_load& load, const std::vector<std::uint64_t>& seeds,
                                const std::vector<int>& sizes, const std::function<bool(std::uint64_t)>& shown) {
  known_rate_plan<farm::environment> plan;
  plan.open = [&](std::uint64_t seed) { return load.make(seed); };
  plan.requests = [](const farm::environment& world) -> const arrivals& { return world.requests(); };
  plan.interval_s = farm_interval_s(load);
  plan.offset_s = load.farm.first_request_s;
  plan.see = [](const farm::observation& o) {
    return known_rate_plan<farm::environment>::seen{o.time_s, static_cast<int>(o.workers), 0, farm::concurrency(o)};
  };
  plan.moves = [&](double highest_per_s) { return farm_moves(load, sizes, highest_per_s); };
  plan.table = [&](const replica_moves& moves, double highest_per_s) { return farm_table(load, moves, highest_per_s); };
  plan.count = [](auto& sum, const farm::observation&, const farm::observation& now) {
    sum.replicas += now.workers;
    sum.steps += 1;
    if (now.status == episode::ongoing) return;
    sum.replicas /= sum.steps;
    sum.level = now.final_qos;
    sum.level_all = now.final_qos_all;
  };
  return known_rate_of(plan, seeds, shown);
}

}  // namespace tool
