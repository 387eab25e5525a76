#pragma once

#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <limits>      // std::numeric_limits
#include <string>      // std::string

#include "support/terminal.hpp"

namespace headroom {
class checkpoint;
}

namespace tool {

/// A training, on an environment or from a log, as far as it takes to carry it on, to save it and to resume it. A model
/// holds what decides; a FILE.partial holds everything, and its training goes on as if it had never stopped.
class training {
 public:
  virtual ~training() = default;

  /// Goes on until it is finished, or until `pause(episodes so far)`, asked after every episode, says so.
  virtual void go_on(const std::function<bool(std::uint64_t)>& pause) = 0;
  [[nodiscard]] virtual bool finished() const = 0;
  [[nodiscard]] virtual std::uint64_t episodes() const = 0;  ///< done so far; from a log: passes over it
  /// The fraction in time over its last hundred episodes or so, exploration and all; NaN where it has none.
  [[nodiscard]] virtual double level() const { return std::numeric_limits<double>::quiet_NaN(); }

  virtual void write_model(headroom::checkpoint& to) const = 0;
  virtual void write_partial(headroom::checkpoint& to) const = 0;
  /// Goes on where write_partial left off. All or nothing.
  virtual void read_partial(const headroom::checkpoint& from) = 0;
};

/// What every learner of a system implements: a training that yields policies, which can be evaluated.
template <class Policy>
class learner : public training {
 public:
  /// The candidate that did best on the validation episodes; the learner as it stands, if there is none.
  [[nodiscard]] virtual Policy best() const = 0;
  [[nodiscard]] virtual Policy as_it_stands() const = 0;
  /// What of the training is not as it must be, in a sentence; empty in a healthy one.
  [[nodiscard]] virtual std::string troubles() const { return {}; }
  /// What a finished training found that its users should know, in a sentence; empty where there is nothing to say.
  [[nodiscard]] virtual std::string outcome() const { return {}; }
  /// The policy in a file of either kind; this training stays as it is.
  [[nodiscard]] virtual Policy policy_in(const headroom::checkpoint& from) const = 0;
};

inline constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

/// Trains until it is finished, `until` episodes are done or an interrupt comes. `save`, if there is one, is called
/// every `every_s` seconds, between two episodes.
void train(training& t, std::uint64_t until, terminal::progress_bar& bar, const std::function<void()>& save = {},
           double every_s = 0);
/// Tells a user what a file that was accepted has otherwise, or does not say: one line on standard error; nothing if it
/// is empty.
void note(const std::string& line);
/// How the progress bar names it.
[[nodiscard]] std::string training_task(const std::string& name, std::uint64_t train_seed);

/// The seeds of the episodes that a training plays.
struct training_seeds {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool in_turn = true;  ///< played over and over, and candidates are validated; else each once
};

/// Where candidates are validated: far from every training, and from every seed that a table evaluates.
inline constexpr std::uint64_t first_validation_seed = 5'000'000;
/// To judge one candidate; all together play no more than the training.
inline constexpr std::size_t validation_episodes = 1'000;
/// Where a training draws its episodes: blocks far from any seed that a table evaluates, each long enough.
inline constexpr std::uint64_t most_train_episodes = 10'000'000;
[[nodiscard]] inline std::uint64_t first_training_seed(std::uint64_t train_seed) { return 10'000'000 * train_seed; }

}  // namespace tool
