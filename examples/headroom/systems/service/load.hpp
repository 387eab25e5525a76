#pragma once

#include <cstdint>  // std::uint64_t
#include <string>   // std::string

#include <headroom/workloads/arrivals.hpp>

#include "support/trace_parts.hpp"

namespace headroom {
class checkpoint;
}

namespace tool {

class command;

/// Which load a service gets, as asked for on the command line: a recorded one, or one of six shapes.
struct service_load_options {
  trace_load_options recorded{};
  std::string pattern{};    ///< steady, diurnal, bursty, flash or ramp; empty: diurnal, unless there is a trace
  double mean_per_s = 0;    ///< requests a second; 0: what keeps half of the most replicas busy
  double peak_ratio = 2;    ///< the highest rate over the mean
  double length_s = 3'600;  ///< of an episode

  void declare(command& to);
  /// Whether any of it but the recorded load stood on the command line.
  [[nodiscard]] static bool pattern_given(const command& c);
  /// Fills in what is not said; `most_per_s`: what all replicas of the service can serve. Throws std::invalid_argument.
  [[nodiscard]] service_load_options complete(double most_per_s) const;

  /// What a model keeps of it.
  void write(headroom::checkpoint& to) const;
  /// The pattern of a model, with what stood on the command line in the place of its own.
  [[nodiscard]] service_load_options over(const headroom::checkpoint& model, const command& c) const;
};

/// A load for training and for evaluation.
struct service_load {
  std::string name;      ///< as in the JSON: trace, or the pattern
  std::string sentence;  ///< for the head of a table
  headroom::arrival_source train;
  even_windows evenly{};  ///< of what learners train on; none where a load has no order in time
  even_windows newest{};  ///< of the end of it; none where there is none, or where the end is all of it
  headroom::arrival_source test;
  bool recorded = false;
  double mean_per_s = 0;  ///< of the part that learners train on
  double peak_per_s = 0;
  double length_s = 0;  ///< of an episode
};

/// Of complete options. Throws std::invalid_argument, file_error and reading_stopped.
[[nodiscard]] service_load make_service_load(const service_load_options& o);

}  // namespace tool
