#pragma once

#include <concepts>  // std::copyable
#include <cstdint>   // std::uint64_t
#include <limits>    // std::numeric_limits
#include <utility>   // std::as_const, std::move

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/run/run.hpp>

namespace headroom {

struct selection_options {
  std::uint64_t episodes = 10'000;  ///< episodes of the whole training
  std::uint64_t rounds = 40;        ///< rounds of equal length; a candidate is taken at the end of each
  double skip = 0.4;                ///< fraction of the training, at its beginning, without candidates, in [0, 1]
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const selection_options& checked(const selection_options& o) {
  require(o.episodes >= 1, "selection", "episodes", o.episodes, "be at least 1");
  require(o.rounds >= 1, "selection", "rounds", o.rounds, "be at least 1");
  require_fraction("selection", "skip", o.skip);
  return o;
}

/// A training that keeps the candidate which the judge likes best. A learner that goes on learning wanders along the
/// flat top of its objective; which of two equally good policies it ends with is luck, and a service level is not. So
/// the choice is made on validation episodes: `judge(const Learner&) -> double`, higher is better, first of equals
/// wins. The judge must not see the seeds that results are reported on: what is selected on them is fitted to them.
///
/// It can stop and go on, in this process or, with `store` and `restore`, in another: a training that an observer
/// stopped between two episodes (from `on_stop`) becomes the one that was never stopped, bit for bit. One that was
/// stopped within an episode goes on as well, but that episode was cut, and learned as such.
///     selection choice{learner, {.episodes = 100'000}};
///     while (!choice.finished()) {
///       choice.train(world, judge, on_progress{1'000, [](std::uint64_t) { return true; }});
///       store(choice, ...);
///     }
///     frozen policy{choice.best()};
template <class Learner>
requires std::copyable<Learner>
class selection {
 public:
  explicit selection(Learner learner, const selection_options& options = {})
      : options_(checked(options)), learner_(learner), best_(std::move(learner)) {}

  /// Trains until the episodes are played or an observer stops it. O(episodes + rounds * judge); copies the learner
  /// when a candidate is the best so far.
  template <Environment E, class Judge, class... Observers>
  requires Policy<Learner, observation_t<E>, action_t<E>> run_result train(E& env, Judge&& judge,
                                                                           Observers&&... observers) {
    run_result all;
    while (rounds_ < options_.rounds) {
      const std::uint64_t goal = end_of_round(rounds_ + 1);
      if (goal > episodes_) {
        const run_result r = run(env, learner_, run_limits{.episodes = goal - episodes_}, observers...);
        episodes_ += r.episodes;
        all.steps += r.steps;
        all.episodes += r.episodes;
        all.stopped = r.stopped;
        if (r.stopped) return all;
      }
      ++rounds_;
      const bool early = static_cast<double>(rounds_) < options_.skip * static_cast<double>(options_.rounds);
      if (early && rounds_ < options_.rounds) continue;
      const double score = judge(std::as_const(learner_));
      if (score > score_) {
        best_ = learner_;
        score_ = score;
        best_episodes_ = episodes_;
      }
    }
    return all;
  }

  [[nodiscard]] bool finished() const noexcept { return rounds_ == options_.rounds; }
  [[nodiscard]] std::uint64_t episodes() const noexcept { return episodes_; }  ///< episodes played so far
  [[nodiscard]] const Learner& learner() const noexcept { return learner_; }   ///< the learner as it is now

  /// The best candidate; before the first, the learner as it is now.
  [[nodiscard]] const Learner& best() const noexcept { return best_episodes_ > 0 ? best_ : learner_; }
  /// The score of the best candidate; minus infinity before the first.
  [[nodiscard]] double score() const noexcept { return score_; }
  /// How many episodes the best candidate was trained; 0 before the first.
  [[nodiscard]] std::uint64_t best_episodes() const noexcept { return best_episodes_; }

  /// What a checkpoint stores. The best candidate learns no more, so only what it decides with is stored.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("of_episodes", self.options_.episodes);
    a.same("of_rounds", self.options_.rounds);
    a.same("skip", self.options_.skip);
    a("episodes", self.episodes_);
    a("rounds", self.rounds_);
    a("score", self.score_);
    a("best_episodes", self.best_episodes_);
    a.check(self.rounds_ <= self.options_.rounds, "rounds", self.rounds_, "be at most of_rounds");
    a.check(self.episodes_ <= self.options_.episodes, "episodes", self.episodes_, "be at most of_episodes");
    a.check(self.best_episodes_ <= self.episodes_, "best_episodes", self.best_episodes_, "be at most episodes");
    a("learner", self.learner_);
    if (self.best_episodes_ > 0) a.decisions("best", self.best_);
  }

 private:
  // Equal parts of whole episodes, computed without a product that could overflow.
  [[nodiscard]] std::uint64_t end_of_round(std::uint64_t round) const noexcept {
    return options_.episodes / options_.rounds * round + options_.episodes % options_.rounds * round / options_.rounds;
  }

  selection_options options_;
  std::uint64_t episodes_ = 0;
  std::uint64_t rounds_ = 0;  // rounds that are finished and judged
  std::uint64_t best_episodes_ = 0;
  double score_ = -std::numeric_limits<double>::infinity();
  Learner learner_;
  Learner best_;
};

/// The best candidate of a training.
template <class Learner>
struct selected {
  Learner learner;                                          ///< a copy of the learner at that time
  double score = -std::numeric_limits<double>::infinity();  ///< its score by the judge
  std::uint64_t episodes = 0;                               ///< episodes it was trained; 0: there was no candidate
  bool stopped = false;                                     ///< an observer stopped the training
};

/// A `selection` in one call; `learner` goes on to the end of the training.
///     auto best = train_and_select(world, learner, {.episodes = 100'000}, [&](const auto& candidate) { ... });
template <Environment E, Policy<observation_t<E>, action_t<E>> Learner, class Judge, class... Observers>
requires std::copyable<Learner>
[[nodiscard]] selected<Learner> train_and_select(E& env, Learner& learner, const selection_options& options,
                                                 Judge&& judge, Observers&&... observers) {
  selection<Learner> choice(learner, options);
  const run_result done = choice.train(env, judge, observers...);
  learner = choice.learner();
  return {choice.best(), choice.score(), choice.best_episodes(), done.stopped};
}

}  // namespace headroom
