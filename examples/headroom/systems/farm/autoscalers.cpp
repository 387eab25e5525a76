#include "systems/farm/autoscalers.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include <headroom/baselines/constant.hpp>
#include <headroom/systems/farm/reactive_average.hpp>
#include <headroom/systems/farm/reactive_maximum.hpp>
#include <headroom/baselines/scheduled.hpp>
#include <headroom/baselines/threshold.hpp>
#include <headroom/core/check.hpp>
#include <headroom/systems/farm/signals.hpp>

#include "systems/farm/autoscaler_knobs.hpp"
#include "systems/policy_names.hpp"

namespace tool {

using namespace headroom;

namespace {

using settings = std::span<const double>;

std::string option_of(const place& p) { return "--policies: " + std::string(p.name); }

int whole(const place& p, double value) {
  require(value == std::floor(value) && std::abs(value) < 1e6, option_of(p), "a number of workers", value, "be whole");
  return static_cast<int>(value);
}

// As the farm's own programs take it: the first observation counts no request as enqueued, so it is below zero if one
// waits there, and the rule that removes a worker below its lower mark does so once.
double busy_share(const farm::observation& o) {
  return (o.enqueued_total - o.output_queue - o.worker_queue - o.result_queue) / std::max(1.0, o.workers);
}

// The published pair, of both generations; the knob that its users have is the safety factor.
farm::reactive_options reactive(settings s, farm::reactive_formula formula) {
  return {.horizon_s = s[1], .safety = s[0], .formula = formula};
}
std::vector<knob> reactive_knobs(double horizon_s) {
  return {{"safety", "factor on the demand", 1, {1, 1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.5, 3}},
          {"horizon", "seconds within which a backlog is to be worked off", horizon_s, {4, horizon_s, 20, 40}}};
}

std::vector<autoscaler> make_autoscalers() {
  std::vector<autoscaler> all;
  all.push_back({"constant:N",
                 "always N workers",
                 {{"workers", "how many", 14, steps(1, 32, 1)}},
                 [](settings s, const place& p) -> farm_policy {
                   require(s.size() == 1, option_of(p), "number of targets", s.size(), "be 1");
                   return constant{whole(p, s[0]), &farm::observation::workers, p.limits};
                 }});
  all.push_back({"scheduled:A/B/C/D",
                 "a target per phase of the workload, in order; knows the schedule",
                 {{"targets", "workers in each phase", 0, {}}},
                 [](settings s, const place& p) -> farm_policy {
                   std::vector<int> targets;
                   for (const double t : s) targets.push_back(whole(p, t));
                   require(targets.size() == p.load.phases, option_of(p), "number of targets", targets.size(),
                           "equal the number of phases of this workload, " + to_text(p.load.phases));
                   const double last = static_cast<double>(p.load.phases) - 1;
                   return scheduled{targets, [last](const farm::observation& o) { return last - o.input_queue; },
                                    &farm::observation::workers, p.limits};
                 }});
  all.push_back(
      {"threshold",
       "one worker more above 70 % utilisation, none less (tuned: most QoS below 16 workers); threshold:UP/DOWN sets "
       "the marks",
       {{"up", "utilisation above which it adds", 0.70, steps(0.4, 0.95, 0.05)},
        {"down", "utilisation below which it removes", 0.0, {0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}}},
       [](settings s, const place& p) -> farm_policy {
         require(s.size() == 2, option_of(p), "number of marks", s.size(), "be 2: UP/DOWN");
         return threshold{&busy_share, &farm::observation::workers,
                          threshold_options{.up_above = s[0], .down_below = s[1], .step = p.limits.max_up}, p.limits};
       },
       [](settings s) { return s[1] < s[0]; }});
  all.push_back({"reactive-average", "published: demand from the mean latency, against idle workers", reactive_knobs(8),
                 [](settings s, const place&) -> farm_policy {
                   return farm::reactive_average{reactive(s, farm::reactive_formula::current)};
                 }});
  all.push_back({"reactive-maximum", "published: the same from the largest latency", reactive_knobs(8),
                 [](settings s, const place&) -> farm_policy {
                   return farm::reactive_maximum{reactive(s, farm::reactive_formula::current)};
                 }});
  all.push_back({"reactive-average-2025-11-08", "published earlier: demand from the mean latency, against busy workers",
                 reactive_knobs(10), [](settings s, const place&) -> farm_policy {
                   return farm::reactive_average{reactive(s, farm::reactive_formula::earlier)};
                 }});
  all.push_back({"reactive-maximum-2025-11-08", "published earlier: the same from the largest latency",
                 reactive_knobs(10), [](settings s, const place&) -> farm_policy {
                   return farm::reactive_maximum{reactive(s, farm::reactive_formula::earlier)};
                 }});
  for (autoscaler& one : published_autoscalers()) all.push_back(std::move(one));
  return all;
}

// Takes as many numbers as it is given: constants, schedules and marks have always checked that themselves.
bool counts_itself(const autoscaler& a) { return a.needs_settings() || a.name == "threshold"; }

std::string name_of(std::string_view kind, settings s) {
  std::string name(kind);
  for (std::size_t k = 0; k < s.size(); ++k) name.append(k == 0 ? ":" : "/").append(to_text(s[k]));
  return name;
}

// A schedule has no published targets: those that were asked for, each a few workers up and down, all of them together.
std::vector<std::string> schedules_around(std::string_view name, const farm_load& load) {
  const std::vector<double> base = settings_in(name);
  std::vector<std::string> names{std::string(name)};
  const auto add = [&](const std::vector<int>& offsets) {
    std::vector<double> targets = base;
    for (std::size_t k = 0; k < targets.size(); ++k) {
      targets[k] += offsets[k];
      if (targets[k] < load.farm.min_workers || targets[k] > load.farm.max_workers) return;
    }
    const std::string one = name_of(kind_of(name), targets);
    if (std::find(names.begin(), names.end(), one) == names.end()) names.push_back(one);
  };
  for (int shift = -3; shift <= 4; ++shift) add(std::vector<int>(base.size(), shift));
  if (base.size() > 4) return names;
  std::vector<int> offsets(base.size(), -2);
  for (std::size_t k = 0; k < offsets.size();) {
    add(offsets);
    for (k = 0; k < offsets.size() && ++offsets[k] > 2; ++k) offsets[k] = -2;
  }
  return names;
}

}  // namespace

const std::vector<autoscaler>& autoscalers() {
  static const std::vector<autoscaler> all = make_autoscalers();
  return all;
}

const autoscaler* find_autoscaler(std::string_view name) {
  for (const autoscaler& a : autoscalers()) {
    if (a.kind() == kind_of(name)) return &a;
  }
  return nullptr;
}

farm_policy make_autoscaler(std::string_view name, const farm_load& load, int reach,
                            std::shared_ptr<forecast_health> forecasts) {
  const autoscaler& a = *find_autoscaler(name);
  const bool bare = name == kind_of(name);
  const place p{load, {load.farm.min_workers, load.farm.max_workers, reach, reach}, name, std::move(forecasts)};
  std::vector<double> values;
  if (!bare) values = settings_in(name);
  if (bare || !counts_itself(a)) {
    std::string order;
    for (const knob& k : a.knobs) order.append(order.empty() ? ": " : "/").append(k.name);
    require(values.size() <= a.knobs.size(), option_of(p), "number of settings", values.size(),
            "be at most " + to_text(a.knobs.size()) + order);
    for (std::size_t k = values.size(); k < a.knobs.size(); ++k) values.push_back(a.knobs[k].published);
  }
  return a.make(values, p);
}

std::vector<std::string> settings_of(std::string_view name, const farm_load& load) {
  const autoscaler& a = *find_autoscaler(name);
  if (a.kind() == "scheduled") return schedules_around(name, load);
  if (name != a.kind()) return {std::string(name)};
  std::vector<std::string> names;
  if (!a.needs_settings()) names.emplace_back(name);
  const std::size_t all = std::accumulate(a.knobs.begin(), a.knobs.end(), std::size_t{1},
                                          [](std::size_t n, const knob& k) { return n * k.sweep.size(); });
  for (std::size_t n = 0; n < all; ++n) {
    std::vector<double> values;
    std::size_t rest = n;
    bool published = !a.needs_settings();
    for (const knob& k : a.knobs) {
      values.push_back(k.sweep[rest % k.sweep.size()]);
      rest /= k.sweep.size();
      published = published && values.back() == k.published;
    }
    if (published) continue;
    if (a.possible != nullptr && !a.possible(values)) continue;
    if (a.kind() == "constant" && (values[0] < load.farm.min_workers || values[0] > load.farm.max_workers)) continue;
    const std::string one = name_of(a.kind(), values);
    if (std::find(names.begin(), names.end(), one) == names.end()) names.push_back(one);
  }
  return names;
}

}  // namespace tool
