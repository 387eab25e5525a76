#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <string>   // std::string

#include <headroom/systems/farm/environment.hpp>
#include <headroom/workloads/arrivals.hpp>

#include "support/trace_parts.hpp"

namespace tool {

class command;

/// Which load the farm gets, as asked for on the command line.
struct farm_load_options {
  std::string workload = "executed";  ///< executed, documented or shuffled
  trace_load_options recorded;        ///< with a trace, a recorded load instead, and a farm whose size follows it

  /// Whether the values make sense is for make_farm_load() to say.
  void declare(command& to);
};

/// A farm under one load: how to build it for training and for evaluation.
struct farm_load {
  std::string name;      ///< as in the JSON: executed, documented, shuffled or trace
  std::string sentence;  ///< for the head of a table
  headroom::farm::options farm;
  headroom::arrival_source train;
  even_windows evenly{};  ///< of what learners train on; none where a load has no order in time
  even_windows newest{};  ///< of the end of it; none where there is none, or where the end is all of it
  headroom::arrival_source test;
  std::size_t phases = 1;  ///< that `input_queue` counts
  bool clocked = true;     ///< whether the time since the start says what comes next
  double mean_per_s = 0;   ///< of the part that learners train on
  double peak_per_s = 0;
  double size = 1;  ///< of the farm, beside the published one
  int unit = 1;     ///< workers in the smallest move

  /// The same with the training part in place of the evaluated one: what a knob may be tuned on.
  [[nodiscard]] farm_load training_part() const {
    farm_load s = *this;
    s.test = train;
    return s;
  }
  [[nodiscard]] headroom::farm::environment make(std::uint64_t seed) const {
    return headroom::farm::environment(seed, farm, test);
  }
  /// `workloads`: how many are drawn and played in turn; 0: every episode is a new one.
  [[nodiscard]] headroom::farm::environment make_training(std::uint64_t seed, std::size_t workloads) const {
    return make_of(train, seed, workloads);
  }
  /// So many episodes that are played in turn, in the order of time and evenly over the training part where it has
  /// one.
  [[nodiscard]] headroom::farm::environment make_evenly(std::uint64_t seed, std::size_t workloads) const {
    return make_of(evenly ? evenly(seed, workloads) : train, seed, workloads);
  }
  /// The same of the newest piece, which there must be.
  [[nodiscard]] headroom::farm::environment make_newest(std::uint64_t seed, std::size_t workloads) const {
    return make_of(newest(seed, workloads), seed, workloads);
  }

 private:
  [[nodiscard]] headroom::farm::environment make_of(const headroom::arrival_source& source, std::uint64_t seed,
                                                    std::size_t workloads) const {
    headroom::farm::options options = farm;
    options.distinct_episodes = workloads;
    return headroom::farm::environment(seed, options, source);
  }
};

/// Throws std::invalid_argument with one sentence when the combination makes no sense or the file is not a trace,
/// file_error when it cannot be read, and reading_stopped when the user interrupts the reading of a long one, which
/// shows a progress bar.
[[nodiscard]] farm_load make_farm_load(const farm_load_options& o);

}  // namespace tool
