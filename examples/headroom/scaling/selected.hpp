#pragma once

#include <cmath>       // std::round
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

#include "learners/environment_training.hpp"
#include "scaling/setting_race.hpp"

namespace tool {

/// Among what a selection chooses.
template <class E, class Cost>
struct select_plan {
  struct learning {
    std::string name;  ///< as in "cem:99%"
    std::uint64_t episodes = 0;
    std::function<std::unique_ptr<learner<policy_of<E>>>()> begin{};
  };
  std::vector<learning> learners{};   ///< at least one
  setting_race_plan<E, Cost> race{};  ///< its autoscalers; from `open` on it is the learners' as well
  std::string noun = "replicas";
};

/// Trains learners one after the other, then holds them against autoscalers at many settings, on episodes of the
/// training part that no learner has trained on, and keeps what needs the fewest replicas at the wanted level. So,
/// but for the luck of those episodes, it is no worse than the best of them by more than 1 % of the replicas. The
/// autoscalers are tried in rounds: all of them on a few episodes, then the better ones on more, and the best at other
/// settings, too. Everything meets the same episodes.
template <class E, class Cost>
class selected_search final : public learner<policy_of<E>> {
 public:
  using policy = policy_of<E>;
  using plan_type = select_plan<E, Cost>;

  explicit selected_search(plan_type plan) : plan_(std::move(plan)) {
    headroom::require(!plan_.learners.empty(), "select", "the number of learners", 0, "be positive");
    begin_next();
  }

  void go_on(const std::function<bool(std::uint64_t)>& pause) override {
    while (learning_) {
      const std::uint64_t before = done_;
      bool paused = false;
      learning_->go_on([&](std::uint64_t n) { return paused = pause(before + n); });
      const bool ended = learning_->finished();
      if (ended) {
        keep();
        begin_next();
      }
      if (paused || !ended) return;
    }
    if (!chosen_) choose([&] { return pause(done_); });
  }
  [[nodiscard]] bool finished() const override { return chosen_.has_value(); }
  [[nodiscard]] std::uint64_t episodes() const override { return done_ + (learning_ ? learning_->episodes() : 0); }
  [[nodiscard]] policy best() const override {
    if (chosen_) return policy_named(*chosen_);
    return kept_.empty() ? learning_->best() : policy_named(kept_.front().name);
  }
  [[nodiscard]] policy as_it_stands() const override { return best(); }
  [[nodiscard]] std::string troubles() const override {
    if (!chosen_ || keeps_) return {};
    return "nothing that it tried kept the level: " + *chosen_ + " came nearest, with " +
           headroom::to_text(std::round(1e4 * reached_) / 100) + " % of its training, where " +
           headroom::to_text(100 * plan_.race.level) + " % was wanted";
  }
  [[nodiscard]] std::string outcome() const override {
    if (!chosen_) return {};
    return "decides by " + *chosen_ + ", which kept " + headroom::to_text(std::round(1e4 * reached_) / 100) +
           " % in time with " + headroom::to_text(std::round(100 * spent_) / 100) + ' ' + plan_.noun + " on " +
           headroom::to_text(plan_.race.last_look) + " episodes of the training part; " + others_;
  }

  void write_model(headroom::checkpoint& to) const override {
    headroom::require(chosen_.has_value(), "select", "the number of episodes that it has seen", episodes(),
                      "be more: nothing is chosen yet");
    to.set("chosen", *chosen_);
    for (const candidate& one : kept_) {
      if (one.name == *chosen_) to.add_part("chosen.", one.model);
    }
  }
  void write_partial(headroom::checkpoint& to) const override {
    to.set("training.selection.episodes", episodes());
    to.set("training.selection.of_episodes", of_episodes());
    to.set("kept", kept_.size());
    for (std::size_t k = 0; k < kept_.size(); ++k) to.add_part(part_of(k), kept_[k].model);
    if (!learning_) return;
    headroom::checkpoint rest;
    learning_->write_partial(rest);
    to.add_part("learning.", rest);
  }
  void read_partial(const headroom::checkpoint& from) override {
    const auto of = from.setting<std::uint64_t>("training.selection.of_episodes");
    if (of != of_episodes()) {
      throw headroom::checkpoint_error(from.source(), "is a training of " + headroom::to_text(of) +
                                                          " episodes, must be one of " +
                                                          headroom::to_text(of_episodes()));
    }
    selected_search copy(plan_);
    const auto kept = from.setting<std::size_t>("kept");
    if (kept > plan_.learners.size()) {
      throw headroom::checkpoint_error(from.source(), "has " + headroom::to_text(kept) +
                                                          " trained learners, must have at most " +
                                                          headroom::to_text(plan_.learners.size()));
    }
    for (std::size_t k = 0; k < kept; ++k) {
      copy.kept_.push_back({plan_.learners[k].name, from.part(part_of(k))});
      static_cast<void>(copy.policy_named(plan_.learners[k].name));  // refuses a damaged one now
      copy.done_ += plan_.learners[k].episodes;
      copy.begin_next();
    }
    if (copy.learning_) copy.learning_->read_partial(from.part("learning."));
    *this = std::move(copy);
  }
  [[nodiscard]] policy policy_in(const headroom::checkpoint& from) const override {
    if (from.has("training.selection.episodes")) {
      selected_search copy(plan_);
      copy.read_partial(from);
      return copy.best();
    }
    const std::string& name = from.text("chosen");
    for (const auto& one : plan_.learners) {
      if (one.name == name) return one.begin()->policy_in(from.part("chosen."));
    }
    try {
      return plan_.race.make(name);
    } catch (const std::invalid_argument& e) {
      throw headroom::checkpoint_error(from.source(), e.what());
    }
  }

 private:
  // By which a later learner must need fewer replicas than an earlier one, and an autoscaler fewer than a learner: of
  // two that need the same here, the first in the list is the one that follows a load that is not as this one was.
  static constexpr double lead = 0.01;

  struct candidate {
    std::string name;
    headroom::checkpoint model;
  };
  [[nodiscard]] static std::string part_of(std::size_t k) { return "kept." + headroom::to_text(k) + '.'; }
  [[nodiscard]] std::uint64_t of_episodes() const {
    std::uint64_t all = 0;
    for (const auto& one : plan_.learners) all += one.episodes;
    return all;
  }
  void begin_next() {
    learning_.reset();
    if (kept_.size() < plan_.learners.size()) learning_ = plan_.learners[kept_.size()].begin();
  }
  void keep() {
    headroom::checkpoint model;
    learning_->write_model(model);
    done_ += learning_->episodes();
    kept_.push_back({plan_.learners[kept_.size()].name, std::move(model)});
  }
  [[nodiscard]] policy policy_named(const std::string& name) const {
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      if (kept_[k].name == name) return plan_.learners[k].begin()->policy_in(kept_[k].model);
    }
    return plan_.race.make(name);
  }
  // As it has to beat one that comes before it.
  [[nodiscard]] static tried_setting with_lead(tried_setting t) {
    t.replicas *= 1 + lead;
    return t;
  }

  void choose(const std::function<bool()>& pause) {
    // A learner is played by its name, too.
    auto plan = plan_.race;
    plan.make = [this](const std::string& name) { return policy_named(name); };
    const setting_race<E, Cost> race(std::move(plan));
    auto last = race.worth_a_last_look(pause);
    if (!last) return;
    std::vector<std::string> names = std::move(*last);
    for (std::size_t k = kept_.size(); k-- > 0;) names.insert(names.begin(), kept_[k].name);
    std::optional<tried_setting> best;
    std::optional<tried_setting> rule;  // that does not learn
    std::string learned;
    auto on = race.on(race.plan().last_look);
    for (std::size_t k = 0; k < names.size(); ++k) {
      const tried_setting one = on.play(names[k]);
      if (k < kept_.size()) learned += (k > 0 ? ", " : "") + said(one);
      if (k >= kept_.size()) {
        if (!rule || race.better(one, *rule)) rule = one;
      } else if (!best || race.better(with_lead(one), *best)) {
        best = one;
      }
      if (pause()) return;
    }
    // The best of many settings is partly the luckiest.
    if (rule && race.better(with_lead(*rule), *best)) best = *rule;
    chosen_ = best->name;
    reached_ = best->level;
    keeps_ = race.keeps(*best);
    spent_ = best->replicas;
    others_ = "there " + learned + (rule ? ", the best autoscaler " + said(*rule) : "");
  }
  [[nodiscard]] static std::string said(const tried_setting& t) {
    return t.name + ' ' + headroom::to_text(std::round(1e4 * t.level) / 100) + " % with " +
           headroom::to_text(std::round(100 * t.replicas) / 100);
  }

  plan_type plan_;
  std::unique_ptr<learner<policy>> learning_{};
  std::vector<candidate> kept_{};  // learners that are trained
  std::uint64_t done_ = 0;         // episodes of those
  std::optional<std::string> chosen_{};
  double reached_ = 0;  // its level
  bool keeps_ = false;  // whether what of it can be counted on is enough
  double spent_ = 0;    // its replicas
  std::string others_{};
};

}  // namespace tool
