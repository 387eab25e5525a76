#pragma once

#include <string>  // std::string

#include <CLI/CLI.hpp>

#include "scenario.hpp"

/// What a command that puts the farm under load takes: one of the published workloads, or a recorded one. `load` must
/// outlive the parsing, `more` is said of other systems' workloads. Whether the values make sense is for
/// make_scenario() to say.
inline void add_load_options(CLI::App& command, scenario_options& load, const char* more = "") {
  CLI::Option* const workload =
      command
          .add_option("--workload", load.workload,
                      std::string("executed: what the published generator really does; documented: what its "
                                  "configuration says; shuffled: executed, phases in another order each episode")
                          .append(more))
          ->capture_default_str();
  CLI::Option* const trace =
      command
          .add_option("--trace", load.trace,
                      "Drive the farm with a recorded load instead. A CSV: time and requests, one number of requests a "
                      "line, or the wide table of the Azure Functions traces")
          ->excludes(workload);
  const auto of_trace = [&](const char* name, auto& value, const char* sentence) {
    return command.add_option(name, value, sentence)->needs(trace);
  };
  CLI::Option* const peak =
      of_trace("--trace-peak", load.trace_peak_per_s,
               "Scale the trace so that its busiest interval brings this many requests per second")
          ->capture_default_str();
  of_trace("--trace-mean", load.trace_mean_per_s, "Scale the trace to this mean instead, in requests per second")
      ->excludes(peak);
  of_trace("--trace-from", load.trace_from_s, "Cut off what comes before so many seconds after the trace's first row")
      ->capture_default_str();
  of_trace("--trace-to", load.trace_to_s, "Cut off what comes later than so many seconds after its first row");
  of_trace(
      "--trace-repeat", load.trace_repeat,
      "Let each part of a short trace go on so many times, for episodes longer than it; what is evaluated is never "
      "trained on")
      ->capture_default_str();
  of_trace("--trace-window", load.trace_window_s, "Length of an episode in seconds")->capture_default_str();
  of_trace("--trace-split", load.trace_split,
           "Learners train on this first part of the trace; everything is evaluated on the rest")
      ->capture_default_str();
  of_trace("--trace-interval", load.trace_interval_s,
           "Seconds from row to row, for a trace without times (default: 1 s)");
  of_trace("--trace-function", load.trace_function,
           "Of an Azure Functions trace, the function with this hash alone (default: the sum of all)");
}
