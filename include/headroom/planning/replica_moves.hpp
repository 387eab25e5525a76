#pragma once

#include <algorithm>  // std::clamp, std::find, std::max, std::min
#include <cmath>      // std::ceil, std::exp, std::floor
#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

/// What may be done with replicas, for a plan: states (so many ready, so many starting), and choices, each a state
/// after the decision. What a choice leads to by the next decision is random: how many of those that start are ready by
/// then. While the interval runs, the replicas have a course, which a step_table knows by its number.
///
/// Two kinds. `at_once`: all that is asked for is done within the interval, so no state has replicas that start; a
/// course is a number of replicas and a move. `starting`: replicas that start stay in the state; a course is a number
/// of ready replicas that does not change. Where these change within an interval, the choice has a part of each course.
class replica_moves {
 public:
  /// With this probability the next state is `state`, and the interval took this course.
  struct path {
    double probability = 1;
    std::size_t state = 0;
    std::size_t course = 0;
  };
  struct option {
    int delta = 0;           ///< replicas more or less
    std::size_t choice = 0;  ///< where it leads
  };
  /// Of a course: `ready` replicas when the interval begins, and a move that takes effect in it.
  struct course_type {
    int ready = 0;
    int delta = 0;
  };

  /// From `least` to `most` replicas, with these moves (0 is added). What is asked for is done within the interval.
  [[nodiscard]] static replica_moves at_once(int least, int most, const std::vector<int>& moves) {
    replica_moves m(least, most, moves);
    for (int w = least; w <= most; ++w) m.states_.push_back({w, 0});
    for (std::size_t x = 0; x < m.states_.size(); ++x) {
      for (const int delta : m.moves_) {
        const int to = m.states_[x].ready + delta;
        if (to < least || to > most) continue;
        m.options_.push_back({delta, m.courses_.size()});
        m.paths_.push_back({1, m.index_of(to, 0), m.courses_.size()});
        m.wanted_.push_back(to);
        m.courses_.push_back({m.states_[x].ready, delta});
        m.path_ends_.push_back(m.paths_.size());
      }
      m.option_ends_.push_back(m.options_.size());
    }
    return m;
  }

  /// Replicas that take `intervals` decision intervals to start, positive; an action takes those that start before
  /// those that serve. How long each has been starting is not in the state: up to a whole number of intervals each age
  /// is equally likely, so of so many that start an equal part becomes ready in each interval. Exact for a start within
  /// the first interval, and in the mean of a longer one. `memoryless`: the delay is exponential.
  [[nodiscard]] static replica_moves starting(int least, int most, const std::vector<int>& moves, double intervals,
                                              bool memoryless = false) {
    require_positive("replica_moves", "intervals", intervals);
    replica_moves m(least, most, moves);
    m.starts_ = true;
    const double ages = std::max(1.0, std::ceil(intervals - 1e-9));
    const double part = memoryless ? 1 - std::exp(-1 / intervals) : 1 / ages;  // becomes ready in this interval,
    const double after = memoryless ? 0.5 : std::clamp(intervals - (ages - 1), 0.0, 1.0);  // and so far in it
    for (int wanted = least; wanted <= most; ++wanted) {
      for (int starting = 0; starting <= wanted; ++starting) m.states_.push_back({wanted - starting, starting});
    }
    for (int c = 0; c <= most; ++c) m.courses_.push_back({c, 0});
    for (std::size_t x = 0; x < m.states_.size(); ++x) {
      const state_type s = m.states_[x];
      for (const int delta : m.moves_) {
        const int to = s.ready + s.starting + delta;
        if (to < least || to > most) continue;
        const int ready = std::min(s.ready, to);
        m.options_.push_back({delta, m.index_of(ready, to - ready)});  // a choice is the state after the decision
      }
      m.option_ends_.push_back(m.options_.size());
      m.wanted_.push_back(s.ready + s.starting);
      const double grown = part * s.starting;
      const int fewer = static_cast<int>(std::floor(grown));
      const double share = grown - fewer;
      m.add_paths(s, fewer, 1 - share, after);
      m.add_paths(s, fewer + 1, share, after);
      m.path_ends_.push_back(m.paths_.size());
    }
    return m;
  }

  [[nodiscard]] std::size_t states() const noexcept { return states_.size(); }
  [[nodiscard]] std::size_t choices() const noexcept { return wanted_.size(); }
  [[nodiscard]] std::size_t courses() const noexcept { return courses_.size(); }
  [[nodiscard]] const course_type& course(std::size_t c) const noexcept { return courses_[c]; }
  /// What may be decided in state x; holding comes first.
  [[nodiscard]] std::span<const option> options(std::size_t x) const noexcept {
    const std::size_t begin = x == 0 ? 0 : option_ends_[x - 1];
    return std::span(options_).subspan(begin, option_ends_[x] - begin);
  }
  [[nodiscard]] std::span<const path> paths(std::size_t choice) const noexcept {
    const std::size_t begin = choice == 0 ? 0 : path_ends_[choice - 1];
    return std::span(paths_).subspan(begin, path_ends_[choice] - begin);
  }
  /// Replicas after the decision: what the interval is paid for.
  [[nodiscard]] int wanted(std::size_t choice) const noexcept { return wanted_[choice]; }
  [[nodiscard]] int ready(std::size_t x) const noexcept { return states_[x].ready; }
  [[nodiscard]] int starting(std::size_t x) const noexcept { return states_[x].starting; }
  [[nodiscard]] int least() const noexcept { return least_; }
  [[nodiscard]] int most() const noexcept { return most_; }

  /// The state with so many; numbers beyond the limits are cut, those that start first.
  [[nodiscard]] std::size_t index_of(int ready, int starting) const noexcept {
    const int wanted = std::clamp(std::max(ready, 0) + std::max(starting, 0), least_, most_);
    if (!starts_) return static_cast<std::size_t>(wanted - least_);
    const int begun = std::clamp(wanted - std::max(ready, 0), 0, wanted);
    // States with fewer wanted come first: wanted + 1 of each number.
    const int before = (wanted * (wanted + 1) - least_ * (least_ + 1)) / 2;
    return static_cast<std::size_t>(before) + static_cast<std::size_t>(begun);
  }

 private:
  struct state_type {
    int ready = 0;
    int starting = 0;
  };

  replica_moves(int least, int most, const std::vector<int>& moves) : least_(least), most_(most), moves_{0} {
    require(least >= 0, "replica_moves", "least", least, "be zero or more");
    require(most >= least && most >= 1 && most <= 1'000, "replica_moves", "most", most,
            "be at least 1 and least, and at most 1000");
    for (const int delta : moves) {
      require(delta >= -1'000 && delta <= 1'000, "replica_moves", "move", delta, "be from -1000 to 1000");
      if (std::find(moves_.begin(), moves_.end(), delta) == moves_.end()) moves_.push_back(delta);
    }
  }
  void add_paths(const state_type& s, int grown, double probability, double after) {
    if (!(probability > 0)) return;
    const std::size_t to = index_of(s.ready + grown, s.starting - grown);
    const auto course = [](int ready) { return static_cast<std::size_t>(ready); };
    if (grown == 0 || after >= 1) {
      paths_.push_back({probability, to, course(s.ready)});
      return;
    }
    if (after > 0) paths_.push_back({probability * after, to, course(s.ready)});
    paths_.push_back({probability * (1 - after), to, course(s.ready + grown)});
  }

  int least_;
  int most_;
  bool starts_ = false;
  std::vector<int> moves_;
  std::vector<state_type> states_{};
  std::vector<course_type> courses_{};
  std::vector<option> options_{};
  std::vector<std::size_t> option_ends_{};
  std::vector<path> paths_{};
  std::vector<std::size_t> path_ends_{};
  std::vector<int> wanted_{};
};

}  // namespace headroom
