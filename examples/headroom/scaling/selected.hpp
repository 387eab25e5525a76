#pragma once

#include <algorithm>   // std::find, std::max, std::min, std::stable_sort
#include <cmath>       // std::clamp, std::exp, std::log, std::round
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <numeric>     // std::iota
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/run/run.hpp>

#include "learners/environment_training.hpp"

namespace tool {

/// Among what a selection chooses. `Cost`: an observer of episodes; mean() is the mean number of replicas, level() the
/// mean of the fraction in time.
template <class E, class Cost>
struct select_plan {
  struct learning {
    std::string name;  ///< as in "cem:99%"
    std::uint64_t episodes = 0;
    std::function<std::unique_ptr<learner<policy_of<E>>>()> begin{};
  };
  std::vector<learning> learners{};                        ///< at least one
  std::vector<std::string> autoscalers{};                  ///< names with their settings
  std::function<policy_of<E>(const std::string&)> make{};  ///< an autoscaler by its name
  /// The settings of an autoscaler that differ from these in one knob.
  std::function<std::vector<std::string>(const std::string&)> beside{};
  std::function<E(std::uint64_t seed, std::size_t n)> open{};  ///< n episodes of the training part from a seed on
  bool in_turn = false;  ///< it begins again after so many episodes, so it need not be opened for each candidate
  std::function<Cost()> cost{};
  double level = 0.99;
  std::uint64_t train_seed = 1;
  std::size_t first_look = 20;  ///< episodes on which every autoscaler is tried
  std::size_t last_look = 400;  ///< on which the last few and the learners are compared
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
      learning_->go_on([&](std::uint64_t n) { return pause(before + n); });
      if (!learning_->finished()) return;
      keep();
      begin_next();
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
    if (!chosen_ || reached_ >= plan_.level - near_enough) return {};
    return "nothing that it tried kept the level: " + *chosen_ + " came nearest, with " +
           headroom::to_text(std::round(1e4 * reached_) / 100) + " % of its training, where " +
           headroom::to_text(100 * plan_.level) + " % was wanted";
  }
  [[nodiscard]] std::string outcome() const override {
    if (!chosen_) return {};
    return "decides by " + *chosen_ + ", which kept " + headroom::to_text(std::round(1e4 * reached_) / 100) +
           " % in time with " + headroom::to_text(std::round(100 * spent_) / 100) + ' ' + plan_.noun + " on " +
           headroom::to_text(plan_.last_look) + " episodes of the training part; " + others_;
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
      return plan_.make(name);
    } catch (const std::invalid_argument& e) {
      throw headroom::checkpoint_error(from.source(), e.what());
    }
  }

 private:
  static constexpr std::uint64_t first_select_seed = 7'000'000;  // after the training's first: no learner gets there
  static constexpr double near_enough = 0.0005;
  // By which a later learner must need fewer replicas than an earlier one, and an autoscaler fewer than a learner: of two
  // that need the same here, the first in the list is the one that follows a load that is not as this one was.
  static constexpr double lead = 0.01;

  struct candidate {
    std::string name;
    headroom::checkpoint model;
  };
  struct tried {
    std::string name;
    double level = 0;
    double replicas = 0;
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
    return plan_.make(name);
  }

  // The same n episodes, whoever plays.
  class ground {
   public:
    ground(const selected_search& of, std::size_t n) : of_(of), n_(n), world_(open()) {}
    [[nodiscard]] tried play(const std::string& name) {
      policy one = of_.policy_named(name);
      Cost total = of_.plan_.cost();
      headroom::run_episodes(world_, one, n_, total);
      if (!of_.plan_.in_turn) world_ = open();
      return {name, total.level(), total.mean()};
    }

   private:
    [[nodiscard]] E open() const {
      return of_.plan_.open(first_training_seed(of_.plan_.train_seed) + first_select_seed, n_);
    }
    const selected_search& of_;
    std::size_t n_;
    E world_;
  };
  // Replicas, and what it would take more to keep the level where it is not kept: three tenths of them for each unit of
  // the log-odds. Frontiers of autoscalers near 99 % have a tenth to a quarter, and who lacks is to come behind who
  // does not. Only for who is looked at again.
  [[nodiscard]] double prospect(const tried& t) const {
    const auto odds = [](double level) {
      const double p = std::clamp(level, 1e-4, 1 - 1e-4);
      return std::log(p / (1 - p));
    };
    return t.replicas * std::exp(0.3 * std::max(0.0, odds(plan_.level) - odds(t.level)));
  }
  // As it has to beat one that comes before it.
  [[nodiscard]] static tried with_lead(tried t) {
    t.replicas *= 1 + lead;
    return t;
  }
  [[nodiscard]] bool better(const tried& a, const tried& b) const {
    const bool a_keeps = a.level >= plan_.level - near_enough;
    const bool b_keeps = b.level >= plan_.level - near_enough;
    if (a_keeps != b_keeps) return a_keeps;
    return a_keeps ? a.replicas < b.replicas : a.level > b.level;
  }

  // All of these on the same n episodes, the most promising first; nothing if it was stopped.
  [[nodiscard]] std::optional<std::vector<tried>> look(const std::vector<std::string>& names, std::size_t n,
                                                       const std::function<bool()>& pause) const {
    std::vector<tried> all;
    ground on(*this, n);
    for (const std::string& name : names) {
      all.push_back(on.play(name));
      if (pause()) return std::nullopt;
    }
    by_prospect(all);
    return all;
  }
  void by_prospect(std::vector<tried>& all) const {
    std::stable_sort(all.begin(), all.end(), [&](const tried& a, const tried& b) { return prospect(a) < prospect(b); });
  }
  [[nodiscard]] static std::vector<std::string> names_of(const std::vector<tried>& all) {
    std::vector<std::string> names;
    for (const tried& one : all) names.push_back(one.name);
    return names;
  }
  // The autoscalers that are worth a last look. Each round a third of them goes on, on three times as many episodes.
  // Then the best turn their other knobs, one at a time.
  [[nodiscard]] std::optional<std::vector<std::string>> worth_a_last_look(const std::function<bool()>& pause) const {
    std::size_t n = plan_.first_look;
    auto field = look(plan_.autoscalers, n, pause);
    while (field && field->size() > finalists && 3 * n <= plan_.last_look) {
      field->resize(std::max(finalists, field->size() / 3));
      n *= 3;
      field = look(names_of(*field), n, pause);
    }
    std::vector<std::string> known = plan_.autoscalers;
    for (int turn = 0; field && turn < turns; ++turn) {
      std::vector<std::string> fresh;
      for (std::size_t k = 0; k < std::min(turned, field->size()); ++k) {
        for (std::string& name : plan_.beside((*field)[k].name)) {
          if (std::find(known.begin(), known.end(), name) != known.end()) continue;
          known.push_back(name);
          fresh.push_back(std::move(name));
        }
      }
      const auto more = look(fresh, n, pause);
      if (!more) return std::nullopt;
      field->insert(field->end(), more->begin(), more->end());
      by_prospect(*field);
    }
    if (!field) return std::nullopt;
    field->resize(std::min(finalists, field->size()));
    return names_of(*field);
  }

  void choose(const std::function<bool()>& pause) {
    auto last = worth_a_last_look(pause);
    if (!last) return;
    std::vector<std::string> names = std::move(*last);
    for (std::size_t k = kept_.size(); k-- > 0;) names.insert(names.begin(), kept_[k].name);
    std::optional<tried> best;
    std::optional<tried> rule;  // that does not learn
    std::string learned;
    ground on(*this, plan_.last_look);
    for (std::size_t k = 0; k < names.size(); ++k) {
      const tried one = on.play(names[k]);
      if (k < kept_.size()) learned += (k > 0 ? ", " : "") + said(one);
      if (k >= kept_.size()) {
        if (!rule || better(one, *rule)) rule = one;
      } else if (!best || better(with_lead(one), *best)) {
        best = one;
      }
      if (pause()) return;
    }
    // The best of many settings is partly the luckiest.
    if (rule && better(with_lead(*rule), *best)) best = *rule;
    chosen_ = best->name;
    reached_ = best->level;
    spent_ = best->replicas;
    others_ = "there " + learned + (rule ? ", the best autoscaler " + said(*rule) : "");
  }
  [[nodiscard]] static std::string said(const tried& t) {
    return t.name + ' ' + headroom::to_text(std::round(1e4 * t.level) / 100) + " % with " +
           headroom::to_text(std::round(100 * t.replicas) / 100);
  }
  static constexpr std::size_t finalists = 6;
  static constexpr std::size_t turned = 3;  // autoscalers that turn their other knobs,
  static constexpr int turns = 2;           // so many times

  plan_type plan_;
  std::unique_ptr<learner<policy>> learning_{};
  std::vector<candidate> kept_{};  // learners that are trained
  std::uint64_t done_ = 0;         // episodes of those
  std::optional<std::string> chosen_{};
  double reached_ = 0;  // its level
  double spent_ = 0;    // its replicas
  std::string others_{};
};

}  // namespace tool
