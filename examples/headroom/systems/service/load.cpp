#include "systems/service/load.hpp"

#include <algorithm>  // std::min
#include <cmath>      // std::isfinite, std::round
#include <limits>     // std::numeric_limits
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

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
  s.evenly = std::move(p.evenly);
  s.newest = std::move(p.newest);
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

bool service_load_options::pattern_given(const command& c) {
  return c.given("--pattern") || c.given("--mean") || c.given("--peak-ratio") || c.given("--episode-length");
}

service_load_options service_load_options::complete(double most_per_s) const {
  service_load_options o = *this;
  if (!o.recorded.trace.empty()) return o;
  if (o.pattern.empty()) o.pattern = "diurnal";
  if (o.mean_per_s == 0) o.mean_per_s = most_per_s / 2;
  require(std::isfinite(o.mean_per_s), "--mean", "the load", "missing", "be given for a service without a limit");
  return o;
}

void service_load_options::write(checkpoint& to) const {
  to.set("workload", recorded.trace.empty() ? pattern : "trace");
  if (!recorded.trace.empty()) {
    write_recorded(recorded, to);
    return;
  }
  to.set("load.mean_per_s", mean_per_s);
  to.set("load.peak_ratio", peak_ratio);
  to.set("load.episode_s", length_s);
}
service_load_options service_load_options::over(const checkpoint& model, const command& c) const {
  service_load_options o = *this;
  if (!c.given("--pattern")) o.pattern = model.text("workload");
  if (!c.given("--mean")) o.mean_per_s = model.setting<double>("load.mean_per_s");
  if (!c.given("--peak-ratio")) o.peak_ratio = model.setting<double>("load.peak_ratio");
  if (!c.given("--episode-length")) o.length_s = model.setting<double>("load.episode_s");
  return o;
}

service_load make_service_load(const service_load_options& o) {
  if (!o.recorded.trace.empty()) return recorded_load(o);
  const pattern_options p{
      .name = o.pattern, .mean_per_s = o.mean_per_s, .peak_ratio = o.peak_ratio, .length_s = o.length_s};
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
