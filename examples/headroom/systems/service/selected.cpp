#include "scaling/selected.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/policies/hedged.hpp>

#include "scaling/hindsight.hpp"
#include "scaling/knob_settings.hpp"
#include "systems/service/autoscalers.hpp"
#include "systems/service/learners.hpp"
#include "systems/service/planning.hpp"

namespace tool {

using namespace headroom;

namespace {

select_plan<service, service_cost> selection_on_service(const service_training& t) {
  const service_world& w = t.world;
  select_plan<service, service_cost> plan;
  plan.race.level = t.level;
  plan.race.train_seed = t.train_seed;
  plan.race.open = [w](std::uint64_t seed, std::size_t n) { return w.evenly(seed, n); };
  if (w.load.newest) plan.race.open_newest = [w](std::uint64_t seed, std::size_t n) { return w.newest(seed, n); };
  plan.race.cost = [] { return service_cost(0); };

  const bool planned = service_planner(w).refusal().empty();
  const std::uint64_t of_plan = planned ? std::max<std::uint64_t>(1, t.episodes / 3) : 0;
  const auto add = [&](const char* name, make_service_training& make, std::uint64_t episodes) {
    if (episodes == 0) return;
    // The world belongs to the system, which lives longer than its trainings.
    const service_training one{.world = w, .train_seed = t.train_seed, .episodes = episodes, .level = t.level};
    plan.learners.push_back({name, episodes, [one, &make] { return make(one); }});
  };
  add("cem", search_for_staffing, std::max<std::uint64_t>(1, t.episodes - std::min(t.episodes, of_plan)));
  add("belief", plan_service_on_belief, of_plan);

  const auto all = std::make_shared<const std::vector<service_autoscaler>>(service_autoscalers(w.about));
  plan.race.autoscalers = first_knob_settings(*all, w.about);
  // All of them together play in each round no more than a quarter of what the learners train on.
  const std::size_t pieces = plan.race.open_newest ? 2 : 1;
  plan.race.first_look = std::clamp<std::uint64_t>(t.episodes / (4 * pieces * plan.race.autoscalers.size()), 1, 20);
  plan.race.last_look = std::clamp<std::uint64_t>(t.episodes / 50, 12, 400);
  plan.race.beside = [all, about = w.about](const std::string& name) {
    return settings_beside(*find_autoscaler(*all, name), name, about);
  };
  plan.race.make = [all, about = w.about](const std::string& name) {
    const service_autoscaler* const one = find_autoscaler(*all, name);
    require(one != nullptr, "select", "the policy that it chose", name, "be an autoscaler of a service");
    return make_autoscaler(*one, name, about);
  };
  return plan;
}

}  // namespace

std::unique_ptr<service_learner> select_on_service(const service_training& t) {
  return std::make_unique<selected_search<service, service_cost>>(selection_on_service(t));
}

std::unique_ptr<service_learner> hedge_on_service(const service_training& t) {
  auto plan = selection_on_service(t);
  const double each_s = t.world.about.service_s / t.world.about.slots;
  const double needed = std::max(1.0, t.world.learned.mean_per_s * each_s);
  const auto price = hindsight_price(t.level);
  const auto cost = [each_s, needed, price](std::size_t, int advice, int, const service_observation& o,
                                            const service_observation& next) {
    return hindsight_cost({.wanted = 1.0 * (o.replicas + advice), .needed = next.load * each_s, .usual = needed},
                          price);
  };
  plan.blend = [cost, seed = t.train_seed, interval_s = t.world.options.interval_s](std::vector<service_policy> all) {
    return service_policy(hedge_on<service>(std::move(all), cost, hindsight_hedge(interval_s), seed));
  };
  return std::make_unique<selected_search<service, service_cost>>(std::move(plan));
}

}  // namespace tool
