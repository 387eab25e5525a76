#pragma once

#include <concepts>  // std::copyable
#include <cstdint>   // std::uint64_t
#include <limits>    // std::numeric_limits
#include <utility>   // std::as_const

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/run/run.hpp>

namespace headroom {

struct selection_options {
  std::uint64_t episodes = 10'000;  ///< of training, altogether
  std::uint64_t rounds = 40;        ///< of equal length; a candidate stands at the end of each
  double skip = 0.4;                ///< the first part of the training yields no candidates, in [0, 1]
};

/// The best candidate of a training.
template <class Learner>
struct selected {
  Learner learner;                                          ///< as it was then
  double score = -std::numeric_limits<double>::infinity();  ///< what the judge said of it
  std::uint64_t episodes = 0;                               ///< how much training it had; 0: there was no candidate
  bool stopped = false;                                     ///< an observer asked for it
};

/// Trains, and keeps the candidate that the judge likes best. A learner that goes on learning wanders along the flat
/// top of its objective; which of two equally good policies it ends with is luck, and a service level is not. So the
/// choice is made on validation episodes: `judge(const Learner&) -> double`, higher is better, first of equals wins.
/// The judge must not see the seeds that results are reported on: what is selected on them is fitted to them.
/// O(episodes + rounds * judge); copies the learner when a candidate is the best so far.
///     auto best = train_and_select(world, learner, {.episodes = 100'000}, [&](const auto& candidate) { ... });
template <Environment E, Policy<observation_t<E>, action_t<E>> Learner, class Judge, class... Observers>
requires std::copyable<Learner>
[[nodiscard]] selected<Learner> train_and_select(E& env, Learner& learner, const selection_options& options,
                                                 Judge judge, Observers&&... observers) {
  require(options.episodes >= 1, "train_and_select", "episodes", options.episodes, "be at least 1");
  require(options.rounds >= 1, "train_and_select", "rounds", options.rounds, "be at least 1");
  require_fraction("train_and_select", "skip", options.skip);
  selected<Learner> best{learner};
  std::uint64_t done = 0;
  for (std::uint64_t round = 1; round <= options.rounds && !best.stopped; ++round) {
    const std::uint64_t goal =
        options.episodes / options.rounds * round + options.episodes % options.rounds * round / options.rounds;
    if (goal > done) {
      const run_result r = run(env, learner, run_limits{.episodes = goal - done}, observers...);
      done += r.episodes;
      best.stopped = r.stopped;
    }
    const bool early = static_cast<double>(round) < options.skip * static_cast<double>(options.rounds);
    if (best.stopped || (early && round < options.rounds)) continue;
    const double score = judge(std::as_const(learner));
    if (score > best.score) {
      best.learner = learner;
      best.score = score;
      best.episodes = done;
    }
  }
  return best;
}

}  // namespace headroom
