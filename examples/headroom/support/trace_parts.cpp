#include "support/trace_parts.hpp"

#include <algorithm>  // std::any_of, std::max, std::min
#include <cmath>      // std::ceil, std::isinf, std::round
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <memory>     // std::make_shared, std::shared_ptr
#include <mutex>      // std::mutex, std::scoped_lock
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/io/streamed_trace.hpp>

#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/load_growth.hpp"

namespace tool {

using namespace headroom;

namespace {

// What --trace-from and --trace-to leave.
streamed_trace cut(const streamed_trace& all, const trace_load_options& o) {
  const double end_s = all.duration_s();
  const std::string within = "be within the trace, which lasts " + to_text(end_s) + " s";
  require(o.trace_from_s >= 0 && o.trace_from_s < end_s, "--trace-from", "the time", o.trace_from_s, within);
  const double to_s = std::isinf(o.trace_to_s) ? end_s : o.trace_to_s;
  require(to_s > 0 && to_s <= end_s, "--trace-to", "the time", o.trace_to_s, within);
  require(all.index_from(to_s) > all.index_from(o.trace_from_s), "--trace-to", "the time", o.trace_to_s,
          "leave at least one interval after --trace-from");
  return all.slice(o.trace_from_s, to_s);
}

// Windows of a part, evenly. `door`: a file is read by one thread at a time.
even_windows evenly_over(streamed_trace part, double window_s, std::shared_ptr<std::mutex> door) {
  return [part = std::move(part), window_s, door = std::move(door)](std::uint64_t first_seed,
                                                                    std::size_t episodes) -> arrival_source {
    require(episodes >= 1, "trace", "the number of episodes", episodes, "be at least 1");
    const auto length = static_cast<std::size_t>(std::round(window_s / part.interval_s()));
    const std::size_t places = part.size() - length + 1;
    return [part, window_s, length, places, door, first_seed, episodes](std::uint64_t seed, arrivals& out) {
      const auto turn = static_cast<std::size_t>((seed - first_seed) % episodes);
      const even_stretch s = stretch_of(places, turn, episodes);
      const auto at_s = [&](std::size_t index) { return (static_cast<double>(index) - 0.25) * part.interval_s(); };
      const streamed_trace around = part.slice(std::max(0.0, at_s(s.from)), at_s(s.to - 1 + length));
      const std::scoped_lock lock(*door);
      streamed_windows(around, {.window_s = window_s})(seed, out);
    };
  };
}

// A file is read by one thread at a time, whichever part of it.
arrival_source one_at_a_time(streamed_windows windows, std::shared_ptr<std::mutex> door) {
  return [windows = std::move(windows), door = std::move(door)](std::uint64_t seed, arrivals& out) {
    const std::scoped_lock lock(*door);
    windows(seed, out);
  };
}

// The newest piece, and where the load grows as much higher as what comes next may be.
streamed_trace as_it_will_be(const streamed_trace& recorded, double from_s, double split_s) {
  const streamed_trace newest = recorded.slice(from_s, split_s);
  const double growth = growth_to_expect(recorded.slice(0, split_s / 3).mean_per_s(), newest.mean_per_s());
  return growth > 1 ? newest.scaled_to_mean(growth * newest.mean_per_s()) : newest;
}

void check(const trace_load_options& o) {
  require(o.trace_split > 0 && o.trace_split < 1, "--trace-split", "the fraction", o.trace_split, "be in (0, 1)");
  require_positive("--trace-window", "the window", o.trace_window_s);
  require_not_negative("--trace-mean", "the mean", o.trace_mean_per_s);
  require_not_negative("--trace-peak", "the peak", o.trace_peak_per_s);
  require(o.trace_repeat >= 1 && o.trace_repeat <= 1'000'000, "--trace-repeat", "the number", o.trace_repeat,
          "be from 1 to 1000000");
}

}  // namespace

option trace_load_options::declare(command& to, std::string_view what) {
  const option recorded =
      to.add("--trace", trace,
             std::string(what) +
                 ", in any of the shapes that headroom import reads: time and requests, one number of requests a line, "
                 "the wide table of the Azure Functions traces, JSON of Prometheus. How it was understood is told "
                 "before anything runs");
  const auto of_trace = [&](const char* name, auto& value, const char* sentence) {
    return to.add(name, value, sentence).needs(recorded);
  };
  const option peak =
      of_trace("--trace-peak", trace_peak_per_s,
               "Scale the trace so that its busiest interval brings this many requests per second; 8 is right for the "
               "published farm (default: the trace as it is, and a farm whose size follows it)");
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
  return recorded;
}

void write_recorded(const trace_load_options& o, checkpoint& to) {
  store(o, to, "load");
  to.set("load.trace", o.trace.filename().string() + ", checksum " + checksum_of(o.trace));
}
bool has_recorded(const checkpoint& model) { return model.has("load.trace"); }

trace_load_options recorded_for(const checkpoint& model, const command& given, const trace_load_options& asked) {
  if (!has_recorded(model)) return asked;
  const std::vector<std::string>& names = given.names();
  // Of the trace: what cannot be given without it.
  const bool more = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name != "--trace" && given.given(name) && given.needs(name, "--trace");
  });
  if (more) return asked;
  trace_load_options o;
  restore(o, model, "load");
  o.trace = asked.trace;
  return o;
}
void refuse_unnamed_trace(const checkpoint& model) {
  throw checkpoint_error(model.source(), "was trained with the recorded load " + model.text("load.trace") +
                                             "; name it with --trace, no file is opened unasked");
}

trace_parts cut_trace(const trace_load_options& o, double largest_peak_per_s) {
  check(o);
  const streamed_trace as_written = open_recorded_load(o.trace, o.file);
  streamed_trace recorded = cut(as_written, o);
  const double whole_s = recorded.duration_s();
  trace_parts p;
  p.by_mean = o.trace_mean_per_s > 0;
  p.before_per_s = p.by_mean ? recorded.mean_per_s() : recorded.peak_per_s();
  require(recorded.peak_per_s() > 0, "--trace", "number of requests", 0, "be at least 1");
  const bool too_large = recorded.peak_per_s() > largest_peak_per_s;
  const double peak_per_s = o.trace_peak_per_s > 0 ? o.trace_peak_per_s : 8;
  p.scaled = p.by_mean || o.trace_peak_per_s > 0 || too_large;
  if (p.scaled)
    recorded = p.by_mean ? recorded.scaled_to_mean(o.trace_mean_per_s) : recorded.scaled_to_peak(peak_per_s);
  p.peak_per_s = recorded.peak_per_s();
  require(!p.scaled || std::isinf(largest_peak_per_s) || p.peak_per_s <= 1000, "--trace",
          "the peak after scaling, in requests per second,", p.peak_per_s,
          "be at most 1000, far beyond what the farm can serve");
  const double interval_s = recorded.interval_s();
  p.window_s = std::ceil(o.trace_window_s / interval_s - 1e-9) * interval_s;
  const double split_s = interval_s * static_cast<double>(recorded.index_from(o.trace_split * whole_s));
  require(std::min(split_s, whole_s - split_s) * static_cast<double>(o.trace_repeat) >= p.window_s * (1 - 1e-9),
          "--trace-window", "the length of an episode", p.window_s,
          "fit into both parts of the trace, of " + to_text(split_s) + " s and " + to_text(whole_s - split_s) +
              " s: shorten it, or raise --trace-repeat");
  // Each part goes on by itself: repeated as a whole, the first part would hold what everything is evaluated on.
  const streamed_trace first = recorded.slice(0, split_s).repeated(o.trace_repeat);
  const streamed_trace rest = recorded.slice(split_s, whole_s).repeated(o.trace_repeat);
  p.train_mean_per_s = first.mean_per_s();
  p.train_peak_per_s = first.peak_per_s();
  if (p.scaled) {
    p.sizes = std::string("scaled from a ") + (p.by_mean ? "mean" : "peak") + " of " +
              to_text(std::round(1000 * p.before_per_s) / 1000) + " to " +
              to_text(p.by_mean ? o.trace_mean_per_s : peak_per_s) + " requests a second";
    if (!p.by_mean && o.trace_peak_per_s == 0) p.sizes += ", as no farm here is that large";
  }
  if (!o.file.function.empty()) p.cuts += ", function " + o.file.function;
  if (o.trace_from_s > 0 || !std::isinf(o.trace_to_s))
    p.cuts += ", from " + to_text(o.trace_from_s) + " s on for " + to_text(whole_s) + " s";
  p.cuts += ", episodes of " + to_text(p.window_s) + " s at random places; learners train on the first " +
            to_text(split_s) + " s, everything is evaluated on the rest";
  if (o.trace_repeat > 1) p.cuts += "; each part is repeated " + to_text(o.trace_repeat) + " times";
  const auto door = std::make_shared<std::mutex>();
  p.train = one_at_a_time(streamed_windows(first, {.window_s = p.window_s}), door);
  p.evenly = evenly_over(first, p.window_s, door);
  if (const auto from_s = newest_from(split_s, p.window_s, o.trace_repeat))
    p.newest = evenly_over(as_it_will_be(recorded, *from_s, split_s), p.window_s, door);
  p.test = one_at_a_time(streamed_windows(rest, {.window_s = p.window_s}), door);
  tell_recorded_load(o.trace, o.file, as_written);
  return p;
}

}  // namespace tool
