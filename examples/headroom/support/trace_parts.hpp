#pragma once

#include <algorithm>    // std::max, std::min
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <functional>   // std::function
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/workloads/arrivals.hpp>

#include "support/recorded_load.hpp"

/// A recorded load as episodes: learners train on windows of its first part, everything is evaluated on windows of the
/// rest.
namespace headroom {
class checkpoint;
}

namespace tool {

class command;
class option;

struct trace_load_options {
  std::filesystem::path trace;  ///< none if empty
  double trace_peak_per_s = 0;  ///< if positive, scaled so that its busiest interval brings so many a second
  double trace_mean_per_s = 0;  ///< if positive, scaled to this mean instead
  double trace_window_s = 600;  ///< length of an episode, rounded up to whole intervals of the trace
  double trace_from_s = 0;      ///< what comes before is cut off, in seconds since the first row
  double trace_to_s = std::numeric_limits<double>::infinity();  ///< and what comes later; infinity: nothing
  std::uint64_t trace_repeat = 1;  ///< each part goes on so many times, for episodes longer than it
  double trace_split = 0.7;        ///< the first part is so much of it
  recorded_load_options file;      ///< what the file does not say itself

  /// What a model keeps of them: everything but where the file is.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("peak_per_s", self.trace_peak_per_s);
    a("mean_per_s", self.trace_mean_per_s);
    a("window_s", self.trace_window_s);
    a("from_s", self.trace_from_s);
    a("to_s", self.trace_to_s);
    a("repeat", self.trace_repeat);
    a("split", self.trace_split);
    a("file", self.file);
  }

  /// Declares all of them. `what` begins the help of --trace, as in "Drive the farm with a recorded load instead".
  /// Returns --trace.
  option declare(command& to, std::string_view what);
};

/// Writes with which recorded load a model was trained: its options, the name of its file, and a checksum of what is in
/// it. Reads the file once more. Throws file_error.
void write_recorded(const trace_load_options& o, headroom::checkpoint& to);
/// Whether a model was trained with a recorded load.
[[nodiscard]] bool has_recorded(const headroom::checkpoint& model);
/// The load that a model is used with, where --trace was given: with the options that it was trained with, unless some
/// are given as well. Throws checkpoint_error.
[[nodiscard]] trace_load_options recorded_for(const headroom::checkpoint& model, const command& given,
                                              const trace_load_options& asked);
/// Refuses a model that was trained with a recorded load which was not named again: the model may come from somebody
/// else, who could name any file. Throws checkpoint_error.
[[noreturn]] void refuse_unnamed_trace(const headroom::checkpoint& model);

/// `episodes` windows of a part of a trace, of the seeds from `first_seed` on, one after the other in the order of
/// time: each lies somewhere in a stretch of its own, and the stretches are equally long. So a few episodes show all of
/// the part, where as many at random places would miss some of it (stratified sampling).
using even_windows = std::function<headroom::arrival_source(std::uint64_t first_seed, std::size_t episodes)>;
/// Where the windows of such a stretch may begin: from the first of these places up to the second. `stretch` is one of
/// `stretches`. They overlap only where there are more of them than places.
struct even_stretch {
  std::size_t from = 0;
  std::size_t to = 0;  // beyond
};
[[nodiscard]] inline even_stretch stretch_of(std::size_t places, std::size_t stretch, std::size_t stretches) {
  const auto at = [&](std::size_t k) {
    return static_cast<std::size_t>(static_cast<double>(places) * static_cast<double>(k) /
                                    static_cast<double>(stretches));
  };
  const std::size_t from = std::min(at(stretch), places - 1);
  return {from, std::max(from + 1, std::min(at(stretch + 1), places))};
}

/// Both parts of a trace.
struct trace_parts {
  headroom::arrival_source train{};
  headroom::arrival_source test{};
  even_windows evenly{};  ///< of the training part
  /// The newest piece of the training part, which what comes next resembles most; none where newest_from has nothing.
  even_windows newest{};
  bool scaled = false;
  bool by_mean = false;
  double before_per_s = 0;  ///< peak, or mean where it is scaled to a mean, as it was read
  double peak_per_s = 0;    ///< of the whole, after scaling
  double window_s = 0;
  double train_mean_per_s = 0;
  double train_peak_per_s = 0;
  std::string sizes{};  ///< of the head: what was scaled to what; empty: nothing
  std::string cuts{};   ///< of the head: function, what was cut off, episodes, parts
};

/// Where the newest piece of a training part begins: its last third, at least a window. Nothing where that would be the
/// whole part, and where the part is repeated: then its end is no newer than its beginning.
[[nodiscard]] inline std::optional<double> newest_from(double train_s, double window_s, std::uint64_t repeat) {
  const double from_s = train_s - std::max(train_s / 3, window_s);
  if (repeat > 1 || from_s <= 0) return std::nullopt;
  return from_s;
}

/// Reads and cuts a trace. `largest_peak_per_s`: a load with a higher peak is scaled to 8 a second, as no farm is that
/// large; infinite where every load is taken as it is. Throws std::invalid_argument with one sentence, file_error, and
/// reading_stopped. Says in one line how the file was understood.
[[nodiscard]] trace_parts cut_trace(const trace_load_options& o, double largest_peak_per_s);

}  // namespace tool
