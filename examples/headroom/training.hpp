#pragma once

#include <algorithm>    // std::find, std::min
#include <array>        // std::array
#include <concepts>     // std::same_as
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <functional>   // std::function
#include <memory>       // std::unique_ptr
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/environments/farm.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/run/farm_score.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>
#include <headroom/run/select.hpp>
#include <headroom/tabular/q_table.hpp>

#include "contestants.hpp"
#include "recipes.hpp"
#include "scenario.hpp"

/// Training: what a learner plays, when it is judged, and the two files that come of it. A model holds what decides; an
/// unfinished training, FILE.partial, holds everything, and goes on as if it had never stopped.
namespace contestants {

/// The service level that a learner must keep on the validation episodes: of the candidates that do, the one with the
/// fewest workers is kept; if none does, the one that comes nearest. A network is held to half a tenth of a point more:
/// it has more candidates near the mark than a table, and the cheapest of many that just pass is the luckiest.
[[nodiscard]] inline double validated_qos(std::string_view policy) {
  return policy.starts_with("dqn") ? 0.9935 : 0.993;
}
inline constexpr std::uint64_t first_validation_seed = 5'000'000;
inline constexpr std::size_t validation_episodes =
    1'000;  // to judge one candidate; all together play no more than the training

/// The workload seeds that a training draws on.
struct training_seeds {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool in_turn = true;  ///< played over and over; else each once
};
/// Disjoint blocks, far from any seed that a table evaluates. The published agents play each seed once and start at
/// 42, as their command line did; their other training seeds start at 10042, 20042, ...
inline training_seeds seeds_of(std::string_view name, std::uint64_t train_seed, std::uint64_t episodes) {
  if (name.ends_with("-published")) return {42 + 10'000 * (train_seed - 1), episodes, false};
  return {10'000'000 * train_seed, std::min<std::uint64_t>(episodes, recipes::training_workloads), true};
}

/// What was asked for when a training was begun; in both files.
struct plan {
  std::string policy{};
  std::string workload{};
  std::vector<int> moves{};
  std::uint64_t train_seed = 1;
  std::uint64_t train_episodes = 0;

  /// "1,2,4".
  [[nodiscard]] std::string actions() const {
    std::string text;
    for (const int step : moves) text += (text.empty() ? "" : ",") + to_text(step);
    return text;
  }
};

/// A training of any recipe, behind one face.
class any_training {
 public:
  virtual ~any_training() = default;
  /// Goes on until it is finished, or until `pause(episodes so far)`, asked after every episode, says so.
  virtual void go_on(const std::function<bool(std::uint64_t)>& pause) = 0;
  [[nodiscard]] virtual bool finished() const = 0;
  [[nodiscard]] virtual std::uint64_t episodes() const = 0;
  /// The candidate that did best on the validation episodes; the learner as it stands, if there is none.
  [[nodiscard]] virtual any_farm_policy best() const = 0;
  [[nodiscard]] virtual any_farm_policy as_it_stands() const = 0;
  virtual void write_model(checkpoint& to) const = 0;
  virtual void write_partial(checkpoint& to) const = 0;
  /// Goes on where write_partial left off. All or nothing.
  virtual void read_partial(const checkpoint& from) = 0;
  /// What a file of either kind decides, without touching this training.
  [[nodiscard]] virtual any_farm_policy policy_in(const checkpoint& from) const = 0;
};

template <class Learner>
class training_of final : public any_training {
 public:
  /// `price`: the metric of farm_score by which candidates that keep the service `level` are told apart. Without a
  /// validation world the last candidate is the best.
  training_of(Learner learner, std::uint64_t episodes, std::string_view price, double level, farm world,
              std::optional<farm> validation)
      : selection_(std::move(learner), {.episodes = episodes, .rounds = rounds(episodes, validation.has_value())}),
        world_(std::move(world)),
        validation_(std::move(validation)),
        price_(static_cast<std::size_t>(std::find(figures::names.begin(), figures::names.end(), price) -
                                        figures::names.begin())),
        level_(level) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override {
    const std::uint64_t before = selection_.episodes();
    selection_.train(
        world_, [this](const Learner& candidate) { return judge(candidate); },
        on_progress{1, [&](std::uint64_t n) { return pause(before + n); }});
  }
  [[nodiscard]] bool finished() const override { return selection_.finished(); }
  [[nodiscard]] std::uint64_t episodes() const override { return selection_.episodes(); }
  [[nodiscard]] any_farm_policy best() const override { return frozen{selection_.best()}; }
  [[nodiscard]] any_farm_policy as_it_stands() const override { return frozen{selection_.learner()}; }

  void write_model(checkpoint& to) const override { store(selection_.best(), to, "learner", keep::decisions); }
  void write_partial(checkpoint& to) const override { store(*this, to, "training"); }
  void read_partial(const checkpoint& from) override { restore(*this, from, "training"); }

  [[nodiscard]] any_farm_policy policy_in(const checkpoint& from) const override {
    Learner learner = selection_.learner();
    if (from.contains("action_values")) {
      read_early_model(learner, from);
      return frozen{std::move(learner)};
    }
    std::string_view prefix = "learner";
    if (from.has("training.selection.best_episodes")) {
      const bool chosen = from.setting<std::uint64_t>("training.selection.best_episodes") > 0;
      prefix = chosen ? "training.selection.best" : "training.selection.learner";
    }
    restore(learner, from, prefix, keep::decisions);
    return frozen{std::move(learner)};
  }

  /// The validation world plays the same episodes in every judgement, so it has nothing to be kept.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("selection", self.selection_);
    a("world", self.world_);
  }

 private:
  using figures = farm_score<farm_published>;

  [[nodiscard]] static std::uint64_t rounds(std::uint64_t episodes, bool validated) {
    return validated ? std::clamp<std::uint64_t>(episodes / validation_episodes, 1, 40) : 1;
  }

  [[nodiscard]] double judge(const Learner& candidate) {
    if (!validation_) return 0;
    frozen policy{candidate};
    double qos = 0;
    double workers = 0;
    figures score{farm_published{}};
    for (std::size_t k = 0; k < validation_episodes; ++k) {
      run_episodes(*validation_, policy, 1, score);
      const auto values = score.values();
      qos += values[0] / static_cast<double>(validation_episodes);
      workers += values[price_] / static_cast<double>(validation_episodes);
    }
    return qos >= level_ ? -workers : qos - 1e6;  // any that keeps it is better than any that does not
  }

  // Tables were saved without the rest of their learner once.
  static void read_early_model(Learner& learner, const checkpoint& from) {
    if constexpr (requires(q_table table) { learner.agent().adopt(std::move(table)); }) {
      const std::size_t states = learner.agent().states();
      const std::size_t actions = learner.agent().actions();
      const auto values = from.get<double>("action_values", {states, actions});
      q_table::storage_type storage(std::array<std::size_t, 2>{states, actions});
      std::copy(values.begin(), values.end(), storage.begin());
      learner.agent().adopt(q_table(std::move(storage)));
    } else {
      throw checkpoint_error(from.source(), "tensor \"action_values\" is a table, and this policy has none");
    }
  }

  selection<Learner> selection_;
  farm world_;
  std::optional<farm> validation_;
  std::size_t price_;
  double level_;
};

/// A training that has not begun.
inline std::unique_ptr<any_training> training(const plan& p, const scenario& where) {
  const recipes::setting s{p.train_episodes, p.moves, p.train_seed, where.farm};
  const bool wide = p.moves.back() > 1;  // moves that make steps of unequal length
  const std::string_view name = p.policy;
  const auto wrap = [&](auto policy) -> std::unique_ptr<any_training> {
    const training_seeds seeds = seeds_of(name, p.train_seed, p.train_episodes);
    std::optional<farm> validation;
    if (seeds.in_turn && p.train_episodes >= 2 * validation_episodes) {
      validation = where.make_training(first_validation_seed, validation_episodes);
    }
    return std::make_unique<training_of<decltype(policy)>>(
        std::move(policy), p.train_episodes, wide ? "mean_workers_by_time" : "mean_workers", validated_qos(name),
        where.make_training(seeds.first, seeds.in_turn ? static_cast<std::size_t>(seeds.count) : 0),
        std::move(validation));
  };
  if (name.ends_with("-published")) {
    require(p.moves == std::vector<int>{1}, "--policies: " + p.policy, "the largest move of --actions", p.moves.back(),
            "be 1, as published");
  }
  if (name == "sarsa-clockless" || (name == "sarsa" && !where.clocked)) {
    return wide ? wrap(recipes::wide_clockless(s)) : wrap(recipes::clockless(s));
  }
  if (name == "sarsa") return wide ? wrap(recipes::wide_clocked<sarsa>(s)) : wrap(recipes::clocked<sarsa>(s));
  if (name == "q-learning") {
    return wide ? wrap(recipes::wide_clocked<q_learning>(s)) : wrap(recipes::clocked<q_learning>(s));
  }
  if (name == "expected-sarsa") {
    return wide ? wrap(recipes::wide_clocked<expected_sarsa>(s)) : wrap(recipes::clocked<expected_sarsa>(s));
  }
  if (name == "sarsa-published") return wrap(recipes::published(s));
  if (name == "dqn-clockless" || (name == "dqn" && !where.clocked)) {
    return wide ? wrap(recipes::wide_dqn_clockless(s)) : wrap(recipes::dqn_clockless(s));
  }
  if (name == "dqn") return wide ? wrap(recipes::wide_dqn_clocked(s)) : wrap(recipes::dqn_clocked(s));
  if (name == "dqn-published") return wrap(recipes::dqn_published(s));
  unknown(name);
}

inline void write_plan(const plan& p, checkpoint& to) {
  to.set("policy", p.policy);
  to.set("workload", p.workload);
  to.set("actions", p.actions());
  to.set("train_seed", p.train_seed);
  to.set("train_episodes", p.train_episodes);
}

/// Throws file_error.
inline void save_model(const plan& p, const any_training& done, const std::filesystem::path& file) {
  checkpoint c;
  write_plan(p, c);
  done.write_model(c);
  save(c, file);
}
inline void save_partial(const plan& p, const any_training& unfinished, const std::filesystem::path& file) {
  checkpoint c;
  write_plan(p, c);
  unfinished.write_partial(c);
  save(c, file);
}

}  // namespace contestants
