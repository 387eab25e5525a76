#include "systems/service/load.hpp"

#include <algorithm>  // std::min
#include <cmath>      // std::isfinite, std::round
#include <limits>     // std::numeric_limits
#include <utility>    // std::move

#include <headroom/core/check.hpp>

#include "support/command_line.hpp"
#include "systems/service/patterns.hpp"

namespace tool {

using namespace headroom;

namespace {

std::string rounded_text(double per_s) { return to_text(std::round(1000 * per_s) / 1000); }

service_load recorded_load(const service_load_options& o) {
  trace_parts p = cut_trace(o.recorded, std::numeric_limits<double>::infinity());
  service_load s;
  s.name = "trace";
  s.recorded = true;
  s.mean_per_s = p.train_mean_per_s;
  s.peak_per_s = p.train_peak_per_s;
  s.length_s = p.window_s;
  s.sentence = "recorded trace " + o.recorded.trace.filename().string() + ", ";
  s.sentence += p.scaled ? p.sizes : "not scaled, peak " + rounded_text(p.before_per_s) + " requests a second";
  s.sentence += p.cuts;
  s.train = std::move(p.train);
  s.test = std::move(p.test);
  return s;
}

}  // namespace

void service_load_options::declare(command& to) {
  const option trace = recorded.declare(to, "Drive the service with a recorded load");
  to.add("--pattern", pattern,
         "Of service: the shape of the load where there is no trace: " + pattern_names() +
             " (default: diurnal). Where the shape lies in time differs from episode to episode")
      .excludes(trace);
  to.add("--mean", mean_per_s,
         "Of service: mean requests a second of the pattern (default: what keeps half of the most replicas busy)")
      .excludes(trace);
  to.add("--peak-ratio", peak_ratio, "Of service: the highest rate of the pattern over its mean").shows_default();
  to.add("--episode-length", length_s, "Of service: length of an episode of the pattern in seconds").shows_default();
}

service_load make_service_load(const service_load_options& o, double most_per_s) {
  if (!o.recorded.trace.empty()) return recorded_load(o);
  pattern_options p;
  p.name = o.pattern.empty() ? "diurnal" : o.pattern;
  p.mean_per_s = o.mean_per_s != 0 ? o.mean_per_s : most_per_s / 2;
  p.peak_ratio = o.peak_ratio;
  p.length_s = o.length_s;
  require(std::isfinite(p.mean_per_s), "--mean", "the load", "missing", "be given for a service without a limit");
  service_load s;
  s.name = p.name;
  s.train = pattern_arrivals(p);
  s.test = s.train;
  s.mean_per_s = p.mean_per_s;
  s.peak_per_s = p.name == "steady" ? p.mean_per_s : p.mean_per_s * p.peak_ratio;
  s.length_s = p.length_s;
  s.sentence = "a " + p.name + " load of " + rounded_text(p.mean_per_s) + " requests a second on average, at most " +
               rounded_text(s.peak_per_s) + ", episodes of " + to_text(p.length_s) + " s";
  return s;
}

}  // namespace tool
