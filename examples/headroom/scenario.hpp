#pragma once

#include <algorithm>   // std::max
#include <cmath>       // std::ceil
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

#include <headroom/core/check.hpp>
#include <headroom/environments/farm.hpp>
#include <headroom/io/csv_trace.hpp>
#include <headroom/workloads/phases.hpp>
#include <headroom/workloads/trace_windows.hpp>

/// Which load the farm gets, as asked for on the command line.
struct scenario_options {
  std::string workload = "executed";  ///< executed, documented or shuffled
  std::filesystem::path trace;        ///< if not empty, a recorded load instead
  double trace_peak_per_s = 8;        ///< the trace is scaled so that its busiest interval brings this many requests a
                                      ///< second; the published load's highest phase brings 7.5
  double trace_mean_per_s = 0;        ///< if positive, scaled to this mean instead
  double trace_window_s = 600;        ///< length of an episode, rounded up to whole intervals of the trace
  double trace_split = 0.7;           ///< learners train on this first part of it, everything is evaluated on the rest
};

/// A farm under one load: how to build it for training and for evaluation.
struct scenario {
  std::string name;      ///< as in the JSON: executed, documented, shuffled or trace
  std::string sentence;  ///< for the head of a table
  headroom::farm_options farm;
  headroom::arrival_source train;
  headroom::arrival_source test;
  std::size_t phases = 1;  ///< that `input_queue` counts
  bool clocked = true;     ///< whether the time since the start says what comes next
  double mean_per_s = 0;   ///< of the part that learners train on
  double peak_per_s = 0;

  [[nodiscard]] headroom::farm make(std::uint64_t seed) const { return headroom::farm(seed, farm, test); }
  /// `workloads`: how many are drawn and played in turn; 0: every episode is a new one.
  [[nodiscard]] headroom::farm make_training(std::uint64_t seed, std::size_t workloads) const {
    headroom::farm_options options = farm;
    options.distinct_episodes = workloads;
    return headroom::farm(seed, options, train);
  }
};

inline scenario recorded_scenario(const scenario_options& o) {
  using namespace headroom;
  require(o.trace_split > 0 && o.trace_split < 1, "--trace-split", "the fraction", o.trace_split, "be in (0, 1)");
  require_positive("--trace-window", "the window", o.trace_window_s);
  trace recorded = read_trace_csv(o.trace);
  recorded = o.trace_mean_per_s > 0 ? recorded.scaled_to_mean(o.trace_mean_per_s)
                                    : recorded.scaled_to_peak(o.trace_peak_per_s);
  require(recorded.peak_per_s() <= 1000, "--trace", "the peak after scaling, in requests per second,",
          recorded.peak_per_s(), "be at most 1000, far beyond what the farm can serve");
  const double interval_s = recorded.interval_s();
  const double window_s = std::ceil(o.trace_window_s / interval_s - 1e-9) * interval_s;
  const double split_s = interval_s * static_cast<double>(recorded.index_from(o.trace_split * recorded.duration_s()));
  scenario s;
  s.name = "trace";
  s.clocked = false;
  const trace first = recorded.slice(0, split_s);
  s.mean_per_s = first.mean_per_s();
  s.peak_per_s = first.peak_per_s();
  s.sentence = "recorded trace " + o.trace.filename().string() + ", episodes of " + to_text(window_s) +
               " s at random places; learners train on the first " + to_text(split_s) +
               " s, everything is evaluated on the rest";
  s.train = trace_windows(recorded, {.window_s = window_s, .to_s = split_s});
  s.test = trace_windows(std::move(recorded), {.window_s = window_s, .from_s = split_s});
  s.farm.max_steps = static_cast<std::size_t>(std::ceil((window_s + 12) / s.farm.step_s));
  return s;
}

/// Throws std::invalid_argument with one sentence when the combination makes no sense or the file is not a trace.
inline scenario make_scenario(const scenario_options& o) {
  using namespace headroom;
  if (!o.trace.empty()) return recorded_scenario(o);
  scenario s;
  s.name = o.workload;
  const phases published;
  s.phases = published.list().size();
  s.mean_per_s = static_cast<double>(published.requests()) / published.duration_s();
  if (o.workload == "executed") {
    s.sentence = "the published workload as executed: four flat phases, empty windows take no time";
    s.train = farm::published(phase_mode::executed);
  } else if (o.workload == "documented") {
    s.sentence = "the published workload as documented: two phases oscillate, every window takes its second";
    s.train = farm::published(phase_mode::documented);
  } else if (o.workload == "shuffled") {
    s.sentence = "the published phases as executed, in an order that each seed shuffles anew";
    s.train = [published](std::uint64_t seed, arrivals& out) {
      published.shuffled(seed).generate(seed, phase_mode::executed, out);
    };
    s.clocked = false;
  } else {
    require(false, "--workload", "the name", o.workload, "be executed, documented or shuffled");
  }
  s.test = s.train;
  return s;
}
