#pragma once

#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <limits>      // std::numeric_limits
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/run/evaluate.hpp>
#include <headroom/run/observers.hpp>

#include "commands.hpp"
#include "contestants.hpp"
#include "report.hpp"
#include "scenario.hpp"
#include "terminal.hpp"
#include "training.hpp"

/// What several commands do: play episodes, train learners, check and begin what will be reported.

using contestants::any_farm_policy;
using contestants::any_training;

/// Plays every seed, with a progress bar if it is given a task. Stops when the user does.
template <class Make, class P, class Score>
[[nodiscard]] headroom::evaluation played(Make&& make, P& policy, const std::vector<std::uint64_t>& seeds, Score score,
                                          const std::string& task) {
  headroom::stop_when stop{terminal::interrupted};
  if (task.empty()) return headroom::evaluate(make, policy, seeds, std::move(score), stop);
  terminal::progress_bar bar(task, seeds.size());
  return headroom::evaluate(make, policy, seeds, std::move(score), stop,
                            headroom::on_progress{1, [&](std::uint64_t done) { bar.show(done); }});
}
/// The same on the farm.
[[nodiscard]] headroom::evaluation evaluate_on(const scenario& where, any_farm_policy& policy,
                                               const std::vector<std::uint64_t>& seeds, const std::string& task = {});

inline constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

/// Trains until it is finished, `until` episodes are done or an interrupt comes. `save`, if there is one, is called
/// every `every_s` seconds, between two episodes.
void train(contestants::course& training, std::uint64_t until, terminal::progress_bar& bar,
           const std::function<void()>& save = {}, double every_s = 0);
[[nodiscard]] std::string training_task(const std::string& name, std::uint64_t train_seed);

/// By default about as many steps as the published episodes would have: a recorded episode is longer.
[[nodiscard]] std::uint64_t episodes_of(const arguments& a, const scenario& where, const std::string& name);

/// A table that evaluates what a learner trained on says so.
void note_overlap(std::vector<std::string>& notes, const std::vector<std::uint64_t>& seeds, const std::string& name,
                  std::uint64_t train_seed, const contestants::training_seeds& trained_on);

/// Refuses a bad name before an hour of training, not after.
void require_policies(const arguments& a, const scenario& where, const std::vector<int>& moves,
                      const std::vector<std::string>& names);
/// On a recorded load the constants are those that its first part suggests: enough for the mean, and for the peak.
[[nodiscard]] std::vector<std::string> default_policies(const scenario& where);

/// Checks what all comparing commands share, whatever they compare.
void require_run(const arguments& a);
[[nodiscard]] report::style farm_style(const std::vector<int>& moves);
/// The same, and what is said of the farm.
[[nodiscard]] report::findings begin_findings(const arguments& a, const scenario& where, const std::vector<int>& moves);
/// The clairvoyant bound over the episodes that are reported; none where it was not asked for, is not available, or was
/// interrupted. Says so in a note.
[[nodiscard]] std::optional<bound::curve> bound_of(const arguments& a, const scenario& where,
                                                   const std::vector<int>& moves,
                                                   const std::vector<std::uint64_t>& seeds,
                                                   std::vector<std::string>& notes);
/// Prints and writes what was found; returns the exit code.
int publish(const arguments& a, report::findings& f);
