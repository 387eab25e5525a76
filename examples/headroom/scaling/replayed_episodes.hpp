#pragma once

#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/types.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/run/observers.hpp>

#include "learners/environment_training.hpp"
#include "scaling/scaled_system.hpp"
#include "support/terminal.hpp"

namespace tool {

/// The same episodes for one policy after the other, with one environment that goes on from episode to episode.
/// `Open(seeds)` opens the environment at the first of them; `keeps`: whether it plays the same episodes again after
/// the last, so that they are drawn once.
template <class E, class Score>
class replayed_episodes {
 public:
  using open_function = std::function<E(const std::vector<std::uint64_t>& seeds)>;

  replayed_episodes(open_function open, bool keeps, Score score, std::vector<std::uint64_t> seeds)
      : open_(std::move(open)), keeps_(keeps), score_(std::move(score)), seeds_(std::move(seeds)) {}

  [[nodiscard]] std::optional<headroom::evaluation> play(policy_of<E>& policy) {
    if (!world_ || !keeps_) world_.emplace(open_(seeds_));
    headroom::evaluation e = headroom::evaluate([this](std::uint64_t) { return again{&*world_}; }, policy, seeds_,
                                                score_, headroom::stop_when{terminal::interrupted});
    if (e.stopped) return std::nullopt;
    return e;
  }

 private:
  struct again {
    using observation_type = headroom::observation_t<E>;
    using action_type = headroom::action_t<E>;
    E* world;
    observation_type reset() { return world->reset(); }
    headroom::step_result<observation_type> step(const action_type& a) { return world->step(a); }
  };

  open_function open_;
  bool keeps_;
  Score score_;
  std::vector<std::uint64_t> seeds_;
  std::optional<E> world_{};
};

/// An episode_player of one environment.
template <class E, class Score>
class player_on final : public episode_player {
 public:
  using episodes = replayed_episodes<E, Score>;
  using make_function = std::function<policy_of<E>(const std::string& name)>;
  using train_function = std::function<std::unique_ptr<learner<policy_of<E>>>(
      const std::string& name, std::uint64_t train_seed, std::uint64_t episodes)>;

  player_on(episodes tuning, episodes reported, make_function make, train_function train)
      : tuning_(std::move(tuning)), reported_(std::move(reported)), make_(std::move(make)), train_(std::move(train)) {}

  [[nodiscard]] std::optional<headroom::evaluation> play(part which, const std::string& name) override {
    policy_of<E> policy = make_(name);
    return (which == part::tuning ? tuning_ : reported_).play(policy);
  }
  [[nodiscard]] trained train(const std::string& name, std::uint64_t train_seed, std::uint64_t count,
                              const std::function<bool(std::uint64_t)>& pause) override {
    const auto training = train_(name, train_seed, count);
    training->go_on(pause);
    if (!training->finished()) return {};
    policy_of<E> policy = training->best();
    trained t{.tuned = tuning_.play(policy)};
    if (t.tuned) t.reported = reported_.play(policy);
    return t;
  }

 private:
  episodes tuning_;
  episodes reported_;
  make_function make_;
  train_function train_;
};

}  // namespace tool
