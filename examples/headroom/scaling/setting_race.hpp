#pragma once

#include <algorithm>   // std::clamp, std::find, std::max, std::min, std::stable_sort
#include <cmath>       // std::exp, std::log
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/run/run.hpp>

#include "learners/environment_training.hpp"
#include "scaling/dependable_level.hpp"

namespace tool {

/// What a race of autoscalers is begun with. `Cost`: an observer of episodes; mean() is the mean number of replicas,
/// level() the mean of the fraction in time, levels() that of each.
template <class E, class Cost>
struct setting_race_plan {
  std::vector<std::string> autoscalers{};                  ///< names with their settings
  std::function<policy_of<E>(const std::string&)> make{};  ///< an autoscaler by its name
  /// The settings of an autoscaler that differ from these in one knob.
  std::function<std::vector<std::string>(const std::string&)> beside{};
  /// n episodes of the training part from a seed on; in the order of time where a load has one.
  std::function<E(std::uint64_t seed, std::size_t n)> open{};
  /// The same of the newest piece of the training part; none where a load has no order in time.
  std::function<E(std::uint64_t seed, std::size_t n)> open_newest{};
  bool in_turn = false;  ///< it begins again after so many episodes, so it need not be opened for each candidate
  std::function<Cost()> cost{};
  double level = 0.99;
  std::uint64_t train_seed = 1;
  std::size_t first_look = 20;  ///< episodes on which every autoscaler is tried
  std::size_t last_look = 400;  ///< on which the last few are compared, and whoever they are compared with
};

/// What a policy did on the episodes of a race.
struct tried_setting {
  std::string name;
  double level = 0;        ///< the lower one of that of the whole training part and that of its newest piece
  double replicas = 0;     ///< the mean of both
  double counted = level;  ///< what of the level can be counted on (dependable_level)
};

/// Finds the autoscalers that need the fewest replicas at a level, on episodes of the training part that no learner
/// trains on: all of them are tried on a few, then the better ones on more, and the best at other settings, too.
/// Everything meets the same episodes. A load that grows is kept worse from day to day, and what comes after the
/// training part resembles its end. So the level has to be kept on the newest piece, too. And what is near its level on
/// a few episodes may be so by luck, so the level that counts is a dependable one.
template <class E, class Cost>
class setting_race {
 public:
  static constexpr double near_enough = 0.0005;  // to the level: a twentieth of a point

  explicit setting_race(setting_race_plan<E, Cost> plan) : plan_(std::move(plan)) {}

  [[nodiscard]] const setting_race_plan<E, Cost>& plan() const { return plan_; }

  // The same n episodes, whoever plays, and n of the newest piece.
  class ground {
   public:
    ground(const setting_race& of, std::size_t n) : of_(of), n_(n), world_(open(of.plan_.open)) {
      if (of.plan_.open_newest) newest_.emplace(open(of.plan_.open_newest));
    }
    [[nodiscard]] tried_setting play(const std::string& name) {
      const Cost whole = cost_of(name, world_, of_.plan_.open);
      tried_setting t{name, whole.level(), whole.mean()};
      t.counted = dependable_level(whole.levels(), {of_.plan_.level, newest_.has_value()});
      if (newest_) {
        const Cost newest = cost_of(name, *newest_, of_.plan_.open_newest);
        t.level = std::min(t.level, newest.level());
        t.counted = std::min(t.counted, newest.level());
        t.replicas = (t.replicas + newest.mean()) / 2;
      }
      return t;
    }

   private:
    using open_function = std::function<E(std::uint64_t, std::size_t)>;
    [[nodiscard]] E open(const open_function& how) const {
      return how(first_training_seed(of_.plan_.train_seed) + first_race_seed, n_);
    }
    [[nodiscard]] Cost cost_of(const std::string& name, E& world, const open_function& how) const {
      policy_of<E> one = of_.plan_.make(name);
      Cost total = of_.plan_.cost();
      headroom::run_episodes(world, one, n_, total);
      if (!of_.plan_.in_turn) world = open(how);
      return total;
    }
    const setting_race& of_;
    std::size_t n_;
    E world_;
    std::optional<E> newest_{};
  };
  [[nodiscard]] ground on(std::size_t n) const { return ground(*this, n); }

  [[nodiscard]] bool keeps(const tried_setting& t) const { return t.counted >= plan_.level - near_enough; }
  /// Who keeps the level, or nearly so, comes first, then who needs fewer replicas; what lacks a hair is paid for.
  [[nodiscard]] bool better(const tried_setting& a, const tried_setting& b) const {
    const bool a_keeps = keeps(a);
    const bool b_keeps = keeps(b);
    if (a_keeps != b_keeps) return a_keeps;
    return a_keeps ? prospect(a) < prospect(b) : a.counted > b.counted;
  }

  /// The autoscalers that are worth a last look; nothing if it was stopped. Each round a third of them goes on, on
  /// three times as many episodes. Then the best turn their other knobs, one at a time.
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

 private:
  static constexpr std::uint64_t first_race_seed = 7'000'000;  // after the training's first: no learner gets there
  static constexpr std::size_t finalists = 6;
  static constexpr std::size_t turned = 3;  // autoscalers that turn their other knobs,
  static constexpr int turns = 2;           // so many times

  // Replicas, and what it would take more to keep the level where it is not kept: three tenths of them for each unit of
  // the log-odds. Frontiers of autoscalers near 99 % have a tenth to a quarter, and who lacks is to come behind who
  // does not. Where twice as many are late it is no longer near, and the curve is steeper: a single replica that keeps
  // next to nothing is not worth a second look.
  [[nodiscard]] double prospect(const tried_setting& t) const {
    const auto odds = [](double level) {
      const double p = std::clamp(level, 1e-4, 1 - 1e-4);
      return std::log(p / (1 - p));
    };
    const double lack = std::max(0.0, odds(plan_.level) - odds(t.counted));
    return t.replicas * std::exp(0.3 * lack + std::max(0.0, lack - 0.7));
  }
  // All of these on the same n episodes, the most promising first; nothing if it was stopped.
  [[nodiscard]] std::optional<std::vector<tried_setting>> look(const std::vector<std::string>& names, std::size_t n,
                                                               const std::function<bool()>& pause) const {
    std::vector<tried_setting> all;
    ground on(*this, n);
    for (const std::string& name : names) {
      all.push_back(on.play(name));
      if (pause()) return std::nullopt;
    }
    by_prospect(all);
    return all;
  }
  void by_prospect(std::vector<tried_setting>& all) const {
    std::stable_sort(all.begin(), all.end(),
                     [&](const tried_setting& a, const tried_setting& b) { return prospect(a) < prospect(b); });
  }
  [[nodiscard]] static std::vector<std::string> names_of(const std::vector<tried_setting>& all) {
    std::vector<std::string> names;
    for (const tried_setting& one : all) names.push_back(one.name);
    return names;
  }

  setting_race_plan<E, Cost> plan_;
};

}  // namespace tool
