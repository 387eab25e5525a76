#pragma once

#include <algorithm>   // std::stable_sort
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
  /// Of several, one policy that chooses among them from step to step. None: the best of them decides alone.
  std::function<policy_of<E>(std::vector<policy_of<E>>)> blend{};
};

/// Trains learners one after the other, then holds them against autoscalers at many settings, on episodes of the
/// training part that no learner has trained on, and keeps what needs the fewest replicas at the wanted level. So, but
/// for the luck of those episodes, it is no worse than the best of them by more than 1 % of the replicas. The
/// autoscalers are tried in rounds: all of them on a few episodes, then the better ones on more, and the best at other
/// settings, too. Everything meets the same episodes. Where the plan has a `blend`, up to four that keep the level go
/// on together, the best first; the others are at most a fifth dearer than it.
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
    if (chosen_) return decided(advisers_, [this](const std::string& name) { return policy_named(name); });
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
    return (plan_.blend ? "chooses from step to step among " + named_advisers() + "; the best alone is "
                        : std::string("decides by ")) +
           *chosen_ + ", which kept " + headroom::to_text(std::round(1e4 * reached_) / 100) + " % in time with " +
           headroom::to_text(std::round(100 * spent_) / 100) + ' ' + plan_.noun + " on " +
           headroom::to_text(plan_.race.last_look) + " episodes of the training part; " + others_;
  }

  void write_model(headroom::checkpoint& to) const override {
    headroom::require(chosen_.has_value(), "select", "the number of episodes that it has seen", episodes(),
                      "be more: nothing is chosen yet");
    to.set("chosen", *chosen_);
    for (const candidate& one : kept_) {
      if (one.name == *chosen_) to.add_part("chosen.", one.model);
    }
    if (!plan_.blend) return;
    to.set("advisers", advisers_.size());
    for (std::size_t k = 0; k < advisers_.size(); ++k) {
      to.set("adviser." + headroom::to_text(k) + ".name", advisers_[k]);
      for (const candidate& one : kept_) {
        if (one.name == advisers_[k]) to.add_part("adviser." + headroom::to_text(k) + '.', one.model);
      }
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
    if (!plan_.blend) return policy_in_part(from, from.text("chosen"), "chosen.");
    const auto count = from.setting<std::size_t>("advisers");
    if (count < 1 || count > most_advisers) {
      throw headroom::checkpoint_error(
          from.source(),
          "has " + headroom::to_text(count) + " advisers, must have from 1 to " + headroom::to_text(most_advisers));
    }
    std::vector<policy> all;
    for (std::size_t k = 0; k < count; ++k) {
      const std::string part = "adviser." + headroom::to_text(k) + '.';
      all.push_back(policy_in_part(from, from.text(part + "name"), part));
    }
    return plan_.blend(std::move(all));
  }

 private:
  static constexpr std::size_t most_advisers = 4;
  static constexpr double dearer = 0.2;  // than the best, at most, to go on as an adviser

  [[nodiscard]] policy policy_in_part(const headroom::checkpoint& from, const std::string& name,
                                      const std::string& part) const {
    for (const auto& one : plan_.learners) {
      if (one.name == name) return one.begin()->policy_in(from.part(part));
    }
    try {
      return plan_.race.make(name);
    } catch (const std::invalid_argument& e) {
      throw headroom::checkpoint_error(from.source(), e.what());
    }
  }
  template <class Make>
  [[nodiscard]] policy decided(const std::vector<std::string>& names, const Make& make) const {
    if (!plan_.blend) return make(*chosen_);
    std::vector<policy> all;
    for (const std::string& name : names) all.push_back(make(name));
    return plan_.blend(std::move(all));
  }
  [[nodiscard]] std::string named_advisers() const {
    std::string text;
    for (const std::string& name : advisers_) text.append(text.empty() ? "" : ", ").append(name);
    return text;
  }

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
    std::vector<tried_setting> all;
    for (std::size_t k = 0; k < names.size(); ++k) {
      const tried_setting one = on.play(names[k]);
      all.push_back(one);
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
    advisers_ = {best->name};
    std::stable_sort(all.begin(), all.end(),
                     [&](const tried_setting& a, const tried_setting& b) { return race.better(a, b); });
    for (const tried_setting& one : all) {
      const bool fit = race.keeps(one) && one.replicas <= (1 + dearer) * best->replicas && one.name != best->name;
      if (fit && advisers_.size() < most_advisers) advisers_.push_back(one.name);
    }
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
  std::vector<std::string> advisers_{};  // it, and those beside it
  double reached_ = 0;                   // its level
  bool keeps_ = false;                   // whether what of it can be counted on is enough
  double spent_ = 0;                     // its replicas
  std::string others_{};
};

}  // namespace tool
