#include "systems/farm/load.hpp"

#include <algorithm>  // std::min
#include <cmath>      // std::ceil, std::isinf, std::round
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <memory>     // std::make_shared, std::shared_ptr
#include <mutex>      // std::mutex, std::scoped_lock
#include <string>     // std::string
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/io/streamed_trace.hpp>
#include <headroom/systems/farm/phases.hpp>

#include "support/recorded_load.hpp"
#include "systems/farm/size.hpp"

namespace tool {

using namespace headroom;

namespace {

// What --trace-from and --trace-to leave.
streamed_trace cut(const streamed_trace& all, const farm_load_options& o) {
  const double end_s = all.duration_s();
  const std::string within = "be within the trace, which lasts " + to_text(end_s) + " s";
  require(o.trace_from_s >= 0 && o.trace_from_s < end_s, "--trace-from", "the time", o.trace_from_s, within);
  const double to_s = std::isinf(o.trace_to_s) ? end_s : o.trace_to_s;
  require(to_s > 0 && to_s <= end_s, "--trace-to", "the time", o.trace_to_s, within);
  require(all.index_from(to_s) > all.index_from(o.trace_from_s), "--trace-to", "the time", o.trace_to_s,
          "leave at least one interval after --trace-from");
  return all.slice(o.trace_from_s, to_s);
}

// A file is read by one thread at a time, whichever part of it.
arrival_source one_at_a_time(streamed_windows windows, std::shared_ptr<std::mutex> door) {
  return [windows = std::move(windows), door = std::move(door)](std::uint64_t seed, arrivals& out) {
    const std::scoped_lock lock(*door);
    windows(seed, out);
  };
}

farm_load recorded_load(const farm_load_options& o) {
  require(o.trace_split > 0 && o.trace_split < 1, "--trace-split", "the fraction", o.trace_split, "be in (0, 1)");
  require_positive("--trace-window", "the window", o.trace_window_s);
  require_not_negative("--trace-mean", "the mean", o.trace_mean_per_s);
  require_not_negative("--trace-peak", "the peak", o.trace_peak_per_s);
  require(o.trace_repeat >= 1 && o.trace_repeat <= 1'000'000, "--trace-repeat", "the number", o.trace_repeat,
          "be from 1 to 1000000");
  const streamed_trace as_written = open_recorded_load(o.trace, o.file);
  streamed_trace recorded = cut(as_written, o);
  const double whole_s = recorded.duration_s();
  const double before_per_s = o.trace_mean_per_s > 0 ? recorded.mean_per_s() : recorded.peak_per_s();
  require(recorded.peak_per_s() > 0, "--trace", "number of requests", 0, "be at least 1");
  const bool too_large = recorded.peak_per_s() > largest_peak_per_s;  // for any farm here
  const double peak_per_s = o.trace_peak_per_s > 0 ? o.trace_peak_per_s : 8;
  const bool scaled = o.trace_mean_per_s > 0 || o.trace_peak_per_s > 0 || too_large;
  if (scaled) {
    recorded =
        o.trace_mean_per_s > 0 ? recorded.scaled_to_mean(o.trace_mean_per_s) : recorded.scaled_to_peak(peak_per_s);
  }
  require(recorded.peak_per_s() <= 1000, "--trace", "the peak after scaling, in requests per second,",
          recorded.peak_per_s(), "be at most 1000, far beyond what the farm can serve");
  const double interval_s = recorded.interval_s();
  const double window_s = std::ceil(o.trace_window_s / interval_s - 1e-9) * interval_s;
  const double split_s = interval_s * static_cast<double>(recorded.index_from(o.trace_split * whole_s));
  require(std::min(split_s, whole_s - split_s) * static_cast<double>(o.trace_repeat) >= window_s * (1 - 1e-9),
          "--trace-window", "the length of an episode", window_s,
          "fit into both parts of the trace, of " + to_text(split_s) + " s and " + to_text(whole_s - split_s) +
              " s: shorten it, or raise --trace-repeat");
  // Each part goes on by itself: repeated as a whole, the first part would hold what everything is evaluated on.
  const streamed_trace first = recorded.slice(0, split_s).repeated(o.trace_repeat);
  const streamed_trace rest = recorded.slice(split_s, whole_s).repeated(o.trace_repeat);

  farm_load s;
  s.name = "trace";
  s.clocked = false;
  s.mean_per_s = first.mean_per_s();
  s.peak_per_s = first.peak_per_s();
  s.sentence = "recorded trace " + o.trace.filename().string();
  const bool by_mean = o.trace_mean_per_s > 0;
  if (scaled) {
    s.sentence += std::string(", scaled from a ") + (by_mean ? "mean" : "peak") + " of " +
                  to_text(std::round(1000 * before_per_s) / 1000) + " to " +
                  to_text(by_mean ? o.trace_mean_per_s : peak_per_s) + " requests a second";
    if (o.trace_mean_per_s == 0 && o.trace_peak_per_s == 0) s.sentence += ", as no farm here is that large";
  } else {
    follow_load(s, recorded.peak_per_s());
    s.sentence += ", not scaled, peak " + to_text(std::round(1000 * before_per_s) / 1000) + " requests a second, on " +
                  size_sentence(s);
  }
  if (!o.file.function.empty()) s.sentence += ", function " + o.file.function;
  if (o.trace_from_s > 0 || !std::isinf(o.trace_to_s)) {
    s.sentence += ", from " + to_text(o.trace_from_s) + " s on for " + to_text(whole_s) + " s";
  }
  s.sentence += ", episodes of " + to_text(window_s) + " s at random places; learners train on the first " +
                to_text(split_s) + " s, everything is evaluated on the rest";
  if (o.trace_repeat > 1) s.sentence += "; each part is repeated " + to_text(o.trace_repeat) + " times";
  const auto door = std::make_shared<std::mutex>();
  s.train = one_at_a_time(streamed_windows(first, {.window_s = window_s}), door);
  s.test = one_at_a_time(streamed_windows(rest, {.window_s = window_s}), door);
  s.farm.max_steps = static_cast<std::size_t>(std::ceil((window_s + 12) / s.farm.step_s));
  tell_recorded_load(o.trace, o.file, as_written);
  return s;
}

}  // namespace

farm_load make_farm_load(const farm_load_options& o) {
  if (!o.trace.empty()) return recorded_load(o);
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
