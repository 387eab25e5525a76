#pragma once

#include <algorithm>    // std::clamp, std::copy, std::find
#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <functional>   // std::function
#include <memory>       // std::unique_ptr
#include <optional>     // std::optional
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/systems/farm/environment.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/score.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>
#include <headroom/run/select.hpp>
#include <headroom/tabular/q_table.hpp>

#include "recipes.hpp"
#include "training.hpp"

/// A training with its learner in it. Each learner is a type of its own and takes the compiler seconds, so only the
/// files that make trainings include this.
namespace contestants {

/// How the candidates of a training are told apart. A learner without a price of its own is held to a service level on
/// the validation episodes: of the candidates that keep it, the one with the fewest workers is kept; if none does, the
/// one that comes nearest. With a price the level is an outcome: the candidate that costs least by that price is kept,
/// or every price would give the same point of the curve.
struct judgement {
  std::string_view workers = "mean_workers";  ///< the metric of farm::score that the level must be kept with little of
  double level = 0.993;
  std::optional<double> price{};  ///< of a request out of time, in worker-steps
  double step_s = 0;              ///< if positive, workers cost by the time, so many seconds a step
};

/// What episodes cost: workers by the step, and the price of each request that was not served in time, those that never
/// were included. An observer; the sum goes on over episodes.
class bill {
 public:
  bill(double price, double step_s) : price_(price), step_s_(step_s) {}

  template <class Record>
  void on_step(const Record& r) {
    sum_ += r.next.workers * (step_s_ > 0 ? (r.next.time_s - r.observation.time_s) / step_s_ : 1.0);
    if (r.next.status == episode::ongoing) return;
    sum_ += price_ * (1 - r.next.final_qos_all) * (r.next.output_queue + r.next.unfinished);
  }
  [[nodiscard]] double sum() const noexcept { return sum_; }

 private:
  double price_;
  double step_s_;
  double sum_ = 0;
};

template <class Learner>
class training_of final : public any_training {
 public:
  /// Without a validation world the last candidate is the best.
  training_of(Learner learner, std::uint64_t episodes, const judgement& how, farm::environment world,
              std::optional<farm::environment> validation)
      : selection_(std::move(learner), {.episodes = episodes, .rounds = rounds(episodes, validation.has_value())}),
        world_(std::move(world)),
        validation_(std::move(validation)),
        how_(how) {}

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
  using figures = farm::score<farm::published_reward>;

  [[nodiscard]] static std::uint64_t rounds(std::uint64_t episodes, bool validated) {
    return validated ? std::clamp<std::uint64_t>(episodes / validation_episodes, 1, 40) : 1;
  }

  [[nodiscard]] double judge(const Learner& candidate) {
    if (!validation_) return 0;
    frozen policy{candidate};
    return how_.price ? -spent(policy) : cheapness(policy);
  }

  // The level comes first: any that keeps it is better than any that does not.
  template <class P>
  [[nodiscard]] double cheapness(P& policy) {
    const auto place = static_cast<std::size_t>(std::find(figures::names.begin(), figures::names.end(), how_.workers) -
                                                figures::names.begin());
    double qos = 0;
    double workers = 0;
    figures score{farm::published_reward{}};
    for (std::size_t k = 0; k < validation_episodes; ++k) {
      run_episodes(*validation_, policy, 1, score);
      const auto values = score.values();
      qos += values[0] / static_cast<double>(validation_episodes);
      workers += values[place] / static_cast<double>(validation_episodes);
    }
    return qos >= how_.level ? -workers : qos - 1e6;
  }

  template <class P>
  [[nodiscard]] double spent(P& policy) {
    bill total{*how_.price, how_.step_s};
    run_episodes(*validation_, policy, validation_episodes, total);
    return total.sum();
  }

  // Tables were saved without the rest of their learner once.
  static void read_early_model(Learner& learner, const checkpoint& from) {
    if constexpr (requires(q_table table) { learner.agent().adopt(std::move(table)); }) {
      const std::size_t states = learner.agent().states();
      const std::size_t actions = learner.agent().actions();
      const auto values = from.get<double>("action_values", {states, actions});
      learner.agent().adopt(q_table(states, actions, {values.begin(), values.end()}));
    } else {
      throw checkpoint_error(from.source(), "tensor \"action_values\" is a table, and this policy has none");
    }
  }

  selection<Learner> selection_;
  farm::environment world_;
  std::optional<farm::environment> validation_;
  judgement how_;
};

/// Wraps a learner into its training.
template <class Learner>
[[nodiscard]] std::unique_ptr<any_training> train_on(const plan& p, const scenario& where, Learner learner) {
  const training_seeds seeds = seeds_of(p.policy, p.train_seed, p.train_episodes);
  std::optional<farm::environment> validation;
  if (seeds.in_turn && p.train_episodes >= 2 * validation_episodes) {
    validation = where.make_training(first_validation_seed, validation_episodes);
  }
  const bool wide = p.moves.back() > 1;  // moves that make steps of unequal length
  // A network is held to half a tenth of a point more: it has more candidates near the mark than a table, and the
  // cheapest of many that just pass is the luckiest.
  const judgement how{.workers = wide ? "mean_workers_by_time" : "mean_workers",
                      .level = p.policy.starts_with("dqn") ? 0.9935 : 0.993,
                      .price = price_of(p.policy),
                      .step_s = wide ? where.farm.step_s : 0};
  return std::make_unique<training_of<Learner>>(
      std::move(learner), p.train_episodes, how,
      where.make_training(seeds.first, seeds.in_turn ? static_cast<std::size_t>(seeds.count) : 0),
      std::move(validation));
}

/// What a recipe is given of a plan.
[[nodiscard]] inline recipes::setting setting_of(const plan& p, const scenario& where) {
  return {p.train_episodes, p.moves, p.train_seed, where.farm, price_of(p.policy)};
}

}  // namespace contestants
