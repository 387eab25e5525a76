#pragma once

#include <cstdint>      // std::uint64_t
#include <functional>   // std::function
#include <memory>       // std::unique_ptr
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/run/evaluate.hpp>

#include "learners/training.hpp"
#include "reports/recorded_episode.hpp"
#include "reports/report.hpp"

namespace headroom {
class checkpoint;
}

namespace tool {

class command;
class gym_world;

/// A policy of a system that can be evaluated, whatever its types.
struct policy {
  /// Plays every seed; a progress bar shows the task, if there is one.
  std::function<headroom::evaluation(const std::vector<std::uint64_t>& seeds, const std::string& task)> evaluate;
  std::function<double()> exact_regret{};  ///< where it is known without playing
  /// Plays one episode and keeps every step; not set where a system keeps no steps.
  std::function<std::shared_ptr<const recorded_episode>(std::uint64_t seed)> record{};
  /// What this policy would have done at each step of an episode of the same system that another one played.
  std::function<std::vector<int>(const recorded_episode& of_other)> would{};
};

/// A policy that a system offers by name: either `make` or `train` is set.
struct offered_policy {
  std::string name;                  ///< as in lists: "constant:N"
  std::string line;                  ///< what it is, in a line
  std::uint64_t train_episodes = 0;  ///< of a learner, by default
  bool knows_more = false;           ///< than a policy can: what it gets is a bound, and no rival
  std::string knobs{};               ///< what can be set, as `headroom policies` says it

  /// A policy that does not learn, `name` with its setting. Throws std::invalid_argument.
  std::function<policy(const std::string& name)> make{};
  /// A training that has not begun. Throws std::invalid_argument.
  std::function<std::unique_ptr<learner<policy>>(const std::string& name, std::uint64_t train_seed,
                                                 std::uint64_t episodes)>
      train{};

  [[nodiscard]] bool learns() const { return static_cast<bool>(train); }
};

/// What a report says of a system as it was asked for.
struct system_description {
  std::string environment;  ///< the system's name
  std::string workload;     ///< as in the JSON
  std::string sentence;     ///< after the style's subject
  std::string actions;
  report::style how{};                          ///< the columns of the table, and what is compared
  std::vector<std::string> defaults{};          ///< of --policies
  std::vector<report::reference> references{};  ///< figures that were measured elsewhere
  std::vector<std::string> notes{};
  std::string regret{};  ///< what regret means here, in a line
};

/// What each system implements, in a file of its own: it fills in `description` and `policies`, whose functions close
/// over the environment. Everything else is the same for all.
class system {
 public:
  virtual ~system() = default;

  system_description description;
  std::vector<offered_policy> policies;
  std::uint64_t most_train_episodes = tool::most_train_episodes;

  /// The seeds that a training plays, so that a table which evaluates them says so.
  [[nodiscard]] virtual training_seeds trained_on(const std::string& name, std::uint64_t train_seed,
                                                  std::uint64_t episodes) const;
  /// Once all were evaluated: what is said of them together, such as the regret of each.
  virtual void complete(report::findings&) const {}

  /// The environment for a learner that is not ours, with what the system's own network sees and is paid. `evaluated`:
  /// of a recorded load the part that tables evaluate.
  [[nodiscard]] virtual std::unique_ptr<gym_world> by_numbers(std::uint64_t first_seed, bool evaluated) const = 0;

  /// By name, with or without a setting. Throws std::invalid_argument with the names that there are.
  [[nodiscard]] const offered_policy& offered(std::string_view name) const;
  [[noreturn]] void refuse_name(std::string_view name) const;
  /// How many episodes a learner trains on: as asked for, or its own number. Throws std::invalid_argument.
  [[nodiscard]] std::uint64_t train_episodes(const offered_policy& one, std::optional<std::uint64_t> asked) const;
};

/// The options of a system on the command line, and the system that they ask for. The object holds their values.
class system_options {
 public:
  virtual ~system_options() = default;
  /// What the system is, and its load.
  virtual void declare(command& to) = 0;
  /// What only a table of it needs.
  virtual void declare_table(command&) {}
  /// Throws std::invalid_argument and file_error.
  [[nodiscard]] virtual std::unique_ptr<system> make() const = 0;
  /// The system that a model was trained on, with the options that are given in the place of its own. Throws the same,
  /// and checkpoint_error.
  [[nodiscard]] virtual std::unique_ptr<system> make_for(const headroom::checkpoint& model) const;
};

/// Says in a note that a report evaluates what a learner trained on, if it does.
void note_overlap(std::vector<std::string>& notes, const std::vector<std::uint64_t>& seeds, const std::string& name,
                  std::uint64_t train_seed, const training_seeds& trained_on);

}  // namespace tool
