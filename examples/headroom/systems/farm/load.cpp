#include "systems/farm/load.hpp"

#include <cmath>    // std::ceil, std::round
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <string>   // std::string
#include <utility>  // std::move

#include <headroom/core/check.hpp>
#include <headroom/systems/farm/phases.hpp>

#include "support/trace_parts.hpp"
#include "systems/farm/size.hpp"

namespace tool {

using namespace headroom;

namespace {

farm_load recorded_load(const farm_load_options& o) {
  trace_parts p = cut_trace(o.recorded, largest_peak_per_s);
  farm_load s;
  s.name = "trace";
  s.clocked = false;
  s.mean_per_s = p.train_mean_per_s;
  s.peak_per_s = p.train_peak_per_s;
  s.sentence = "recorded trace " + o.recorded.trace.filename().string();
  if (p.scaled) {
    s.sentence += ", " + p.sizes;
  } else {
    follow_load(s, p.peak_per_s);
    s.sentence += ", not scaled, peak " + to_text(std::round(1000 * p.before_per_s) / 1000) +
                  " requests a second, on " + size_sentence(s);
  }
  s.sentence += p.cuts;
  s.train = std::move(p.train);
  s.evenly = std::move(p.evenly);
  s.newest = std::move(p.newest);
  s.test = std::move(p.test);
  s.farm.max_steps = static_cast<std::size_t>(std::ceil((p.window_s + 12) / s.farm.step_s));
  return s;
}

}  // namespace

farm_load make_farm_load(const farm_load_options& o) {
  if (!o.recorded.trace.empty()) return recorded_load(o);
  farm_load s;
  s.name = o.workload;
  const farm::phases published;
  s.phases = published.list().size();
  s.mean_per_s = static_cast<double>(published.requests()) / published.duration_s();
  if (o.workload == "executed") {
    s.sentence = "the published workload as executed: four flat phases, empty windows take no time";
    s.train = farm::environment::published(farm::phase_mode::executed);
  } else if (o.workload == "documented") {
    s.sentence = "the published workload as documented: two phases oscillate, every window takes its second";
    s.train = farm::environment::published(farm::phase_mode::documented);
  } else if (o.workload == "shuffled") {
    s.sentence = "the published phases as executed, in an order that each seed shuffles anew";
    s.train = [published](std::uint64_t seed, arrivals& out) {
      published.shuffled(seed).generate(seed, farm::phase_mode::executed, out);
    };
    s.clocked = false;
  } else {
    require(false, "--workload", "the name", o.workload, "be executed, documented or shuffled");
  }
  s.test = s.train;
  return s;
}

}  // namespace tool
