#include "systems/farm/autoscalers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <headroom/systems/farm/as_service.hpp>
#include <headroom/systems/farm/reactive_average.hpp>
#include <headroom/systems/farm/reactive_maximum.hpp>

namespace tool {

using namespace headroom;

namespace {

using settings = std::span<const double>;

// Busy as the farm's own programs take it: the first observation counts no request as enqueued, so it is below zero if
// one waits there, and the rule that removes a worker below its lower mark does so once.
double busy_share(const farm::observation& o) {
  return (o.enqueued_total - o.output_queue - o.worker_queue - o.result_queue) / std::max(1.0, o.workers);
}

struct show_farm {
  double last_phase;

  scaled_observation operator()(const farm::observation& o) const {
    scaled_observation s{farm::as_service(o)};
    s.requests = farm::concurrency(o);
    s.busy_share = busy_share(o);
    s.phase = last_phase - o.input_queue;
    return s;
  }
};

farm_autoscaler on_farm(autoscaler one, double last_phase) {
  farm_autoscaler all;
  static_cast<autoscaler_entry&>(all) = one;
  all.possible = one.possible;
  all.make = [make = std::move(one.make), last_phase](settings s, const place& p) -> farm_policy {
    return shown_as_seen<farm::observation, show_farm>(make(s, p), show_farm{last_phase});
  };
  return all;
}

// The published pair, of both generations; the knob that its users have is the safety factor.
farm::reactive_options reactive(settings s, farm::reactive_formula formula) {
  return {.horizon_s = s[1], .safety = s[0], .formula = formula};
}
template <class Policy>
farm_autoscaler reactive(const char* name, const char* line, double horizon_s, farm::reactive_formula formula) {
  return {{name,
           line,
           {{"safety", "factor on the demand", 1, {1, 1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.5, 3}},
            {"horizon", "seconds within which a backlog is to be worked off", horizon_s, {4, horizon_s, 20, 40}}}},
          [formula](settings s, const place&) -> farm_policy { return Policy{reactive(s, formula)}; }};
}
std::vector<farm_autoscaler> reactive_pairs() {
  using farm::reactive_formula;
  return {reactive<farm::reactive_average>("reactive-average",
                                           "published: demand from the mean latency, against idle workers", 8,
                                           reactive_formula::current),
          reactive<farm::reactive_maximum>("reactive-maximum", "published: the same from the largest latency", 8,
                                           reactive_formula::current),
          reactive<farm::reactive_average>("reactive-average-2025-11-08",
                                           "published earlier: demand from the mean latency, against busy workers", 10,
                                           reactive_formula::earlier),
          reactive<farm::reactive_maximum>("reactive-maximum-2025-11-08",
                                           "published earlier: the same from the largest latency", 10,
                                           reactive_formula::earlier)};
}

}  // namespace

scaled_service service_of(const farm_load& load, int reach) {
  scaled_service s;
  s.noun = "worker";
  s.minimum = load.farm.min_workers;
  s.maximum = load.farm.max_workers;
  s.reach = reach;
  s.interval_s = load.farm.step_s;
  s.service_s = farm_service_s;
  s.service_scv = farm_service_scv;
  s.serves_per_s = 0.68;
  s.phases = load.phases;
  s.mean_per_s = load.mean_per_s;
  return s;
}

std::vector<farm_autoscaler> farm_autoscalers(const scaled_service& s) {
  const double last_phase = static_cast<double>(s.phases) - 1;
  std::vector<farm_autoscaler> all;
  for (autoscaler& one : autoscalers_for(s)) {
    const bool last_of_plain = one.kind() == "threshold";
    all.push_back(on_farm(std::move(one), last_phase));
    if (!last_of_plain) continue;
    for (farm_autoscaler& pair : reactive_pairs()) all.push_back(std::move(pair));
  }
  return all;
}

}  // namespace tool
