#pragma once

#include <concepts>  // std::same_as
#include <cstdint>   // std::uint64_t
#include <string>    // std::string
#include <tuple>     // std::tuple, std::apply
#include <utility>   // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// One column of a step log: a name and a feature of the observation after the step.
template <class Feature>
struct column {
  std::string name;
  Feature feature;
};
template <class Feature>
column(const char*, Feature) -> column<Feature>;

/// Writes a line of CSV a step to `out`, a std::ostream or what works like one: episode, step, the given columns of the
/// observation that the step led to, the action. Numbers are the shortest text that reads back exactly, so two runs can
/// be compared byte by byte.
///     run(world, policy, 1000, csv_log{out, column{"queue", &sample::queue}});
template <class Stream, class... Features>
class csv_log {
 public:
  explicit csv_log(Stream& out, column<Features>... columns) : out_(&out), columns_(std::move(columns)...) {
    *out_ << "episode,step";
    std::apply([this](const auto&... c) { ((*out_ << ',' << c.name), ...); }, columns_);
    *out_ << ",action\n";
  }

  template <class Record>
  void on_step(const Record& r) {
    *out_ << r.episode_index << ',' << r.step;
    const auto write = [&](const auto& c) { *out_ << ',' << to_text(internal::number_of(c.feature, r.next)); };
    std::apply([&](const auto&... c) { (write(c), ...); }, columns_);
    *out_ << ',' << to_text(static_cast<double>(r.action)) << '\n';
  }

 private:
  Stream* out_;
  std::tuple<column<Features>...> columns_;
};

/// Calls a lambda with every step_record.
template <class Callback>
class on_each_step {
 public:
  explicit on_each_step(Callback callback) : callback_(std::move(callback)) {}

  template <class Record>
  decltype(auto) on_step(const Record& r) {
    return callback_(r);
  }

 private:
  Callback callback_;
};

/// Calls back every `every` episodes with the number of finished episodes: for a progress bar or, with a callback that
/// returns true, to stop the run between two episodes. The library itself prints nothing.
///     run_episodes(world, policy, 10'000, on_progress{100, [&](std::uint64_t done) { bar.show(done); }});
template <class Callback>
class on_progress {
 public:
  on_progress(std::uint64_t every, Callback callback) : every_(every), callback_(std::move(callback)) {
    require(every > 0, "on_progress", "every", every, "be at least 1");
  }

  template <class Observation>
  bool on_stop(const Observation&, episode) {
    if (++done_ % every_ != 0) return false;
    if constexpr (std::same_as<decltype(callback_(done_)), bool>) {
      return callback_(done_);
    } else {
      callback_(done_);
      return false;
    }
  }

 private:
  std::uint64_t every_;
  std::uint64_t done_ = 0;
  Callback callback_;
};

/// Stops the run at the next step once the flag is set, by a signal handler or another thread for instance. `Flag` is
/// what converts to bool: std::atomic<bool>, volatile std::sig_atomic_t. The caller owns the flag.
template <class Flag>
class stop_when {
 public:
  explicit stop_when(const Flag& flag) : flag_(&flag) {}

  template <class Record>
  bool on_step(const Record&) {
    return static_cast<bool>(*flag_);
  }

 private:
  const Flag* flag_;
};

}  // namespace headroom
