#include "scaling/autoscalers.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include <headroom/baselines/constant.hpp>
#include <headroom/baselines/scheduled.hpp>
#include <headroom/baselines/threshold.hpp>
#include <headroom/core/check.hpp>

#include "scaling/autoscaler_knobs.hpp"
#include "systems/policy_names.hpp"

namespace tool {

using namespace headroom;

namespace {

using settings = std::span<const double>;

// "target/least/window".
std::string names_of_all(const autoscaler_entry& a) {
  std::string names;
  for (const knob& k : a.knobs) {
    if (!names.empty()) names += '/';
    names += k.name;
  }
  return names;
}

std::string option_of(const place& p) { return "--policies: " + std::string(p.name); }

int whole(const place& p, double value) {
  require(value == std::floor(value) && std::abs(value) < 1e6, option_of(p),
          "a number of " + std::string(p.service.noun) + "s", value, "be whole");
  return static_cast<int>(value);
}

// Of a large service not every number, but about thirty around what the load needs on average.
std::vector<double> constants_to_try(const scaled_service& s) {
  if (s.maximum <= 40) return steps(1, s.maximum, 1);
  std::vector<double> list;
  const double needed = std::max(1.0, s.mean_per_s * s.service_s / s.slots);
  for (int k = -8; k <= 22; ++k) {
    const double n = std::round(needed * std::pow(1.06, k));
    if (n >= std::max(1, s.minimum) && n <= s.maximum && (list.empty() || n > list.back())) list.push_back(n);
  }
  return list;
}

std::vector<autoscaler> plain_autoscalers(const scaled_service& service) {
  const std::string noun(service.noun);
  std::vector<autoscaler> all;
  all.push_back({{"constant:N", "always N " + noun + "s", {{noun + "s", "how many", 14, constants_to_try(service)}}},
                 [](settings s, const place& p) -> scaled_policy {
                   require(s.size() == 1, option_of(p), "number of targets", s.size(), "be 1");
                   return constant{whole(p, s[0]), &scaled_observation::replicas, p.limits};
                 }});
  all.push_back({{"scheduled:A/B/C/D",
                  "a target per phase of the workload, in order; knows the schedule",
                  {{"targets", noun + "s in each phase", 0, {}}}},
                 [](settings s, const place& p) -> scaled_policy {
                   std::vector<int> targets;
                   for (const double t : s) targets.push_back(whole(p, t));
                   require(targets.size() == p.service.phases, option_of(p), "number of targets", targets.size(),
                           "equal the number of phases of this workload, " + to_text(p.service.phases));
                   return scheduled{targets, &scaled_observation::phase, &scaled_observation::replicas, p.limits};
                 }});
  all.push_back({{"threshold",
                  "one " + noun +
                      " more above 70 % utilisation, none less (tuned: most QoS below 16 workers); threshold:UP/DOWN "
                      "sets the marks",
                  {{"up", "utilisation above which it adds", 0.70, steps(0.4, 0.95, 0.05)},
                   {"down", "utilisation below which it removes", 0.0, {0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}}}},
                 [](settings s, const place& p) -> scaled_policy {
                   require(s.size() == 2, option_of(p), "number of marks", s.size(), "be 2: UP/DOWN");
                   return threshold{&scaled_observation::busy_share, &scaled_observation::replicas,
                                    threshold_options{.up_above = s[0], .down_below = s[1], .step = p.limits.max_up},
                                    p.limits};
                 },
                 [](settings s) { return s[1] < s[0]; }});
  return all;
}

// Takes as many numbers as it is given: constants, schedules and marks have always checked that themselves.
bool counts_itself(const autoscaler_entry& a) { return a.needs_settings() || a.name == "threshold"; }

std::string name_of(std::string_view kind, settings s) {
  std::string name(kind);
  for (std::size_t k = 0; k < s.size(); ++k) name.append(k == 0 ? ":" : "/").append(to_text(s[k]));
  return name;
}

// A schedule has no published targets: those that were asked for, each a few replicas up and down, all of them
// together.
std::vector<std::string> schedules_around(std::string_view name, const scaled_service& service) {
  const std::vector<double> base = settings_in(name);
  std::vector<std::string> names{std::string(name)};
  const auto add = [&](const std::vector<int>& offsets) {
    std::vector<double> targets = base;
    for (std::size_t k = 0; k < targets.size(); ++k) {
      targets[k] += offsets[k];
      if (targets[k] < service.minimum || targets[k] > service.maximum) return;
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

// The sentences speak of the farm's workers, and of what one of them serves.
std::string of_replicas(std::string text, const scaled_service& s) {
  const auto put = [&](std::string_view old, const std::string& now) {
    for (std::size_t at = text.find(old); at != std::string::npos; at = text.find(old, at + now.size()))
      text.replace(at, old.size(), now);
  };
  put(" (tuned: most QoS below 16 workers)", "");
  put("0.68", to_text(s.serves_per_s));
  put("0.54 a worker", "80 % of what it serves, a worker");
  put("one each", to_text(s.slots) + " each");
  put("one a worker", to_text(s.slots) + " a worker");
  put("that take one request each", "that take " + to_text(s.slots) + " each");
  put("one request at a time", to_text(s.slots) + " at a time");
  put("worker", std::string(s.noun));
  return text;
}

}  // namespace

std::vector<autoscaler> autoscalers_for(const scaled_service& s) {
  std::vector<autoscaler> all = plain_autoscalers(s);
  for (autoscaler& one : published_autoscalers(s)) all.push_back(std::move(one));
  if (s.noun != "worker") {
    for (autoscaler& one : all) {
      one.line = of_replicas(one.line, s);
      for (knob& k : one.knobs) k.meaning = of_replicas(k.meaning, s);
    }
  }
  return all;
}

std::vector<double> knob_values(const autoscaler_entry& a, const place& p) {
  const bool bare = p.name == kind_of(p.name);
  std::vector<double> values;
  if (!bare) values = settings_in(p.name);
  if (bare || !counts_itself(a)) {
    require(values.size() <= a.knobs.size(), option_of(p), "number of settings", values.size(),
            "be at most " + to_text(a.knobs.size()) + ": " + names_of_all(a));
    for (std::size_t k = values.size(); k < a.knobs.size(); ++k) values.push_back(a.knobs[k].published);
  }
  return values;
}

std::string knob_names(const autoscaler_entry& a) { return a.needs_settings() ? std::string() : names_of_all(a); }

std::vector<std::string> settings_to_try(const autoscaler_entry& a, bool (*possible)(settings), std::string_view name,
                                         const scaled_service& s) {
  if (a.kind() == "scheduled") return schedules_around(name, s);
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
    if (possible != nullptr && !possible(values)) continue;
    if (a.kind() == "constant" && (values[0] < s.minimum || values[0] > s.maximum)) continue;
    const std::string one = name_of(a.kind(), values);
    if (std::find(names.begin(), names.end(), one) == names.end()) names.push_back(one);
  }
  return names;
}

}  // namespace tool
