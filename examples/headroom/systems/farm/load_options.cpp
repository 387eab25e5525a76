#include <string>

#include "support/command_line.hpp"
#include "systems/farm/load.hpp"

/// The options of the farm's load: one of the published workloads, or a recorded one.
namespace tool {

namespace {

option declared_workload(command& to, std::string& workload) {
  return to
      .add("--workload", workload,
           "Of farm: executed: what the published generator really does; documented: what its configuration says; "
           "shuffled: executed, phases in another order each episode")
      .shows_default();
}

}  // namespace

void farm_load_options::declare_workload(command& to) { declared_workload(to, workload); }

void farm_load_options::declare(command& to) {
  const option published = declared_workload(to, workload);
  const option recorded =
      to.add("--trace", trace,
             "Drive the farm with a recorded load instead, in any of the shapes that headroom import reads: time and "
             "requests, one number of requests a line, the wide table of the Azure Functions traces, JSON of "
             "Prometheus. "
             "How it was understood is told before anything runs")
          .excludes(published);
  const auto of_trace = [&](const char* name, auto& value, const char* sentence) {
    return to.add(name, value, sentence).needs(recorded);
  };
  const option peak =
      of_trace("--trace-peak", trace_peak_per_s,
               "Scale the trace so that its busiest interval brings this many requests per second, on the published "
               "farm, for which 8 is right (default: the trace as it is, and a farm whose size follows it)");
  of_trace("--trace-mean", trace_mean_per_s, "Scale the trace to this mean instead, in requests per second")
      .excludes(peak);
  of_trace("--trace-from", trace_from_s, "Cut off what comes before so many seconds after the trace's first row")
      .shows_default();
  of_trace("--trace-to", trace_to_s, "Cut off what comes later than so many seconds after its first row");
  of_trace(
      "--trace-repeat", trace_repeat,
      "Let each part of a short trace go on so many times, for episodes longer than it; what is evaluated is never "
      "trained on")
      .shows_default();
  of_trace("--trace-window", trace_window_s, "Length of an episode in seconds").shows_default();
  of_trace("--trace-split", trace_split,
           "Learners train on this first part of the trace; everything is evaluated on the rest")
      .shows_default();
  file.declare(to, &recorded);
}

}  // namespace tool
