#pragma once

#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <span>        // std::span
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>
#include <headroom/run/select.hpp>

#include "learners/erased_fields.hpp"
#include "learners/level_watch.hpp"
#include "learners/training.hpp"

/// The training of a learner on an environment. Each environment and each learner is a type of its own and takes the
/// compiler seconds, so only the files that make trainings include this.
namespace tool {

template <class E>
using policy_of = headroom::any_policy<headroom::observation_t<E>, headroom::action_t<E>>;

/// How candidates are chosen: so many of them, and the higher the better. By default the last one.
template <class E>
struct candidate_choice {
  std::uint64_t candidates = 1;
  std::function<double(policy_of<E>&)> judge{};
};

template <class E, class Learner>
class environment_training final : public learner<policy_of<E>> {
 public:
  using policy = policy_of<E>;

  environment_training(E world, Learner one, std::uint64_t episodes, candidate_choice<E> choice)
      : selection_(std::move(one), {.episodes = episodes, .rounds = choice.candidates}),
        world_(std::move(world)),
        judge_(std::move(choice.judge)) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override {
    const std::uint64_t before = selection_.episodes();
    selection_.train(
        world_, [this](const Learner& candidate) { return judged(candidate); }, levels_,
        headroom::on_progress{1, [&](std::uint64_t n) { return pause(before + n); }});
  }
  [[nodiscard]] double level() const override { return levels_.mean(); }
  [[nodiscard]] bool finished() const override { return selection_.finished(); }
  [[nodiscard]] std::uint64_t episodes() const override { return selection_.episodes(); }
  [[nodiscard]] policy best() const override { return decisions_of(selection_.best()); }
  [[nodiscard]] policy as_it_stands() const override { return decisions_of(selection_.learner()); }

  [[nodiscard]] std::string troubles() const override {
    const auto of = [](const auto& one) -> std::string {
      if constexpr (requires { one.agent().troubles(); })
        return one.agent().troubles();
      else
        return {};
    };
    if constexpr (requires { selection_.learner().inner(); })
      return of(selection_.learner().inner());
    else
      return of(selection_.learner());
  }

  void write_model(headroom::checkpoint& to) const override {
    headroom::store(erased_fields{selection_.best()}, to, "learner", headroom::keep::decisions);
  }
  void write_partial(headroom::checkpoint& to) const override { headroom::store(erased_fields{*this}, to, "training"); }
  void read_partial(const headroom::checkpoint& from) override {
    erased_fields all{*this};
    note(headroom::restore(all, from, "training").line());
  }

  [[nodiscard]] policy policy_in(const headroom::checkpoint& from) const override {
    Learner one = selection_.learner();
    if (from.contains("action_values")) {
      read_early_model(one, from);
      return decisions_of(one);
    }
    std::string prefix = "learner";
    if (from.has("training.selection.best_episodes")) {
      const bool chosen = from.setting<std::uint64_t>("training.selection.best_episodes") > 0;
      prefix = chosen ? "training.selection.best" : "training.selection.learner";
    }
    erased_fields decides{one};
    note(headroom::restore(decides, from, prefix, headroom::keep::decisions).line());
    return decisions_of(one);
  }

  /// The judge's own environment plays the same episodes each time, so it has nothing to be kept.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("selection", self.selection_);
    a("world", self.world_);
  }

 private:
  // A policy that only passes on what was executed decides by what is in it.
  [[nodiscard]] static policy decisions_of(const Learner& one) {
    if constexpr (requires { one.inner(); })
      return headroom::frozen{one.inner()};
    else
      return headroom::frozen{one};
  }

  [[nodiscard]] double judged(const Learner& candidate) const {
    if (!judge_) return 0;
    policy decides = decisions_of(candidate);
    return judge_(decides);
  }

  // Tables were saved without the rest of their learner once.
  static void read_early_model(Learner& one, const headroom::checkpoint& from) {
    if constexpr (requires { one.agent().states(); }) {
      one.agent().adopt(from.get<double>("action_values", {one.agent().states(), one.agent().actions()}));
      note(from.source().string() + ": is a table alone, and does not say what its states and actions mean");
    } else {
      throw headroom::checkpoint_error(from.source(), "tensor \"action_values\" is a table, and this policy has none");
    }
  }

  headroom::selection<Learner> selection_;
  E world_;
  std::function<double(policy&)> judge_;
  level_watch levels_{};
};

template <class E, class Learner>
[[nodiscard]] std::unique_ptr<learner<policy_of<E>>> train_on(E world, Learner one, std::uint64_t episodes,
                                                              candidate_choice<E> choice = {}) {
  return std::make_unique<environment_training<E, Learner>>(std::move(world), std::move(one), episodes,
                                                            std::move(choice));
}

}  // namespace tool
