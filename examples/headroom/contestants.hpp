#pragma once

#include <algorithm>    // std::max
#include <atomic>       // std::atomic
#include <charconv>     // std::from_chars
#include <cmath>        // std::abs, std::floor
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <functional>   // std::function
#include <memory>       // std::unique_ptr
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/baselines/constant.hpp>
#include <headroom/baselines/reactive_average.hpp>
#include <headroom/baselines/reactive_maximum.hpp>
#include <headroom/baselines/scheduled.hpp>
#include <headroom/baselines/threshold.hpp>
#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/run/farm_score.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>
#include <headroom/run/select.hpp>

#include "recipes.hpp"
#include "scenario.hpp"

/// The policies that the tool knows by name.
namespace contestants {

using namespace headroom;
using any_farm_policy = any_policy<farm_observation, int>;

/// A learner of any recipe, behind one face: train it, freeze it, save it.
class any_learner {
 public:
  virtual ~any_learner() = default;
  /// Trains and keeps the candidate that does best on the validation episodes; without any it keeps the last. Returns
  /// how many episodes it trained: fewer than asked for when `interrupted` was set.
  virtual std::uint64_t train(farm& world, farm* validation, std::uint64_t episodes,
                              const std::atomic<bool>& interrupted,
                              const std::function<void(std::uint64_t)>& progress) = 0;
  [[nodiscard]] virtual any_farm_policy freeze() const = 0;
  [[nodiscard]] virtual const q_table& table() const = 0;
  virtual void adopt(q_table table) = 0;
};

/// The service level that a learner must keep on the validation episodes: of the candidates that do, the one with the
/// fewest workers is kept; if none does, the one that comes nearest.
inline constexpr double validated_qos = 0.993;
inline constexpr std::uint64_t first_validation_seed = 5'000'000;
inline constexpr std::size_t validation_episodes =
    1'000;  // to judge one candidate; all together play no more than the training

template <class Learner>
class learner_of final : public any_learner {
 public:
  /// `price`: the metric of farm_score by which candidates of equal service level are told apart.
  learner_of(Learner learner, std::string_view price)
      : learner_(std::move(learner)),
        price_(static_cast<std::size_t>(std::find(figures::names.begin(), figures::names.end(), price) -
                                        figures::names.begin())) {}

  std::uint64_t train(farm& world, farm* validation, std::uint64_t episodes, const std::atomic<bool>& interrupted,
                      const std::function<void(std::uint64_t)>& progress) override {
    std::uint64_t done = 0;
    const std::uint64_t often = std::max<std::uint64_t>(1, episodes / 200);
    const auto count = [&](std::uint64_t n) {
      done = n;
      if (n % often == 0) progress(n);
    };
    if (validation == nullptr || episodes < 2 * validation_episodes) {
      run_episodes(world, learner_, episodes, stop_when{interrupted}, on_progress{1, count});
      return done;
    }
    auto best = train_and_select(
        world, learner_, {.episodes = episodes, .rounds = std::min<std::uint64_t>(40, episodes / validation_episodes)},
        [&](const Learner& candidate) { return judge(candidate, *validation); }, stop_when{interrupted},
        on_progress{1, count});
    if (best.episodes > 0) learner_ = std::move(best.learner);  // else it was stopped before the first candidate
    return done;
  }
  [[nodiscard]] any_farm_policy freeze() const override { return frozen{learner_}; }
  [[nodiscard]] const q_table& table() const override { return learner_.agent().table(); }
  void adopt(q_table table) override { learner_.agent().adopt(std::move(table)); }

 private:
  using figures = farm_score<farm_published>;

  [[nodiscard]] double judge(const Learner& candidate, farm& validation) const {
    frozen policy{candidate};
    double qos = 0;
    double workers = 0;
    figures score{farm_published{}};
    for (std::size_t k = 0; k < validation_episodes; ++k) {
      run_episodes(validation, policy, 1, score);
      const auto values = score.values();
      qos += values[0] / static_cast<double>(validation_episodes);
      workers += values[price_] / static_cast<double>(validation_episodes);
    }
    return qos >= validated_qos ? -workers : qos - 1e6;  // any that keeps it is better than any that does not
  }

  Learner learner_;
  std::size_t price_;
};

/// What there is, for `headroom policies` and for error messages.
struct entry {
  std::string_view name;
  std::string_view line;
  std::uint64_t train_episodes;  ///< by default; 0: does not learn
};

inline constexpr entry catalogue[] = {
    {"constant:N", "always N workers", 0},
    {"scheduled:A/B/C/D", "a target per phase of the workload, in order; knows the schedule", 0},
    {"threshold",
     "one worker more above 70 % utilisation, none less (tuned: most QoS below 16 workers); threshold:UP/DOWN sets the "
     "marks",
     0},
    {"reactive-average", "published: demand from the mean latency, against idle workers", 0},
    {"reactive-maximum", "published: the same from the largest latency", 0},
    {"reactive-average-2025-11-08", "published earlier: demand from the mean latency, against busy workers", 0},
    {"reactive-maximum-2025-11-08", "published earlier: the same from the largest latency", 0},
    {"sarsa",
     "SARSA; sees the clock, the phase, the workers and the queue (without a schedule to see: sarsa-clockless)",
     400'000},
    {"sarsa-clockless", "SARSA(0.95); sees arrival rate, workers and queue, neither clock nor phase", 400'000},
    {"q-learning", "Watkins' Q-learning on what sarsa sees", 400'000},
    {"expected-sarsa", "Expected SARSA on what sarsa sees", 400'000},
    {"sarsa-published", "the published SARSA(0.5) with its bins, reward, 100 episodes and defects", 100},
};

inline const entry* find(std::string_view name) {
  for (const entry& e : catalogue) {
    if (e.name == name) return &e;
  }
  return nullptr;
}
inline bool learns(std::string_view name) {
  const entry* const e = find(name);
  return e != nullptr && e->train_episodes > 0;
}

[[noreturn]] inline void unknown(std::string_view name) {
  std::string text = "there is no policy '" + std::string(name) + "'; there are";
  for (const entry& e : catalogue) text.append(&e == catalogue ? " " : ", ").append(e.name);
  throw std::invalid_argument(text);
}

/// "12/13.5" as numbers.
inline std::vector<double> numbers(std::string_view name, std::string_view list) {
  std::vector<double> result;
  const char* at = list.data();
  const char* const end = list.data() + list.size();
  for (;;) {
    double value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || (next != end && *next != '/')) {
      throw std::invalid_argument("--policies: '" + std::string(name) +
                                  "' needs numbers after the colon, separated by '/'");
    }
    result.push_back(value);
    if (next == end) return result;
    at = next + 1;
  }
}

inline int whole(std::string_view name, double value) {
  require(value == std::floor(value) && std::abs(value) < 1e6, std::string("--policies: ") + std::string(name),
          "a number of workers", value, "be whole");
  return static_cast<int>(value);
}

/// A policy that does not learn. `reach` is the largest move that the actions allow.
inline any_farm_policy baseline(std::string_view name, const scenario& where, int reach) {
  const replica_limits limits{where.farm.min_workers, where.farm.max_workers, reach, reach};
  const auto colon = name.find(':');
  const std::string_view kind = name.substr(0, colon);
  const std::string_view list = colon == std::string_view::npos ? std::string_view{} : name.substr(colon + 1);
  const bool bare = colon == std::string_view::npos;
  if (kind == "constant" && !bare) {
    const auto n = numbers(name, list);
    require(n.size() == 1, std::string("--policies: ") + std::string(name), "number of targets", n.size(), "be 1");
    return constant{whole(name, n[0]), &farm_observation::workers, limits};
  }
  if (kind == "scheduled" && !bare) {
    std::vector<int> targets;
    for (const double t : numbers(name, list)) targets.push_back(whole(name, t));
    require(targets.size() == where.phases, std::string("--policies: ") + std::string(name), "number of targets",
            targets.size(), "equal the number of phases of this workload, " + to_text(where.phases));
    const double last = static_cast<double>(where.phases) - 1;
    return scheduled{targets, [last](const farm_observation& o) { return last - o.input_queue; },
                     &farm_observation::workers, limits};
  }
  if (kind == "threshold") {
    threshold_options o{.up_above = 0.70, .down_below = 0.0, .step = 1};
    if (!bare) {
      const auto marks = numbers(name, list);
      require(marks.size() == 2, std::string("--policies: ") + std::string(name), "number of marks", marks.size(),
              "be 2: UP/DOWN");
      o.up_above = marks[0];
      o.down_below = marks[1];
    }
    o.step = reach;
    return threshold{&recipes::utilisation, &farm_observation::workers, o, limits};
  }
  if (name == "reactive-average") return reactive_average{};
  if (name == "reactive-maximum") return reactive_maximum{};
  if (name == "reactive-average-2025-11-08")
    return reactive_average{{.horizon_s = 10, .formula = reactive_formula::earlier}};
  if (name == "reactive-maximum-2025-11-08")
    return reactive_maximum{{.horizon_s = 10, .formula = reactive_formula::earlier}};
  unknown(name);
}

/// A learner, untrained.
inline std::unique_ptr<any_learner> learner(std::string_view name, const recipes::setting& s, bool clocked) {
  const bool wide = s.moves.back() > 1;  // moves that make steps of unequal length
  const auto wrap = [wide](auto policy) -> std::unique_ptr<any_learner> {
    return std::make_unique<learner_of<decltype(policy)>>(std::move(policy),
                                                          wide ? "mean_workers_by_time" : "mean_workers");
  };
  const auto clockless = [&] { return wide ? wrap(recipes::wide_clockless(s)) : wrap(recipes::clockless(s)); };
  if (name == "sarsa-clockless" || (name == "sarsa" && !clocked)) return clockless();
  if (name == "sarsa") return wide ? wrap(recipes::wide_clocked<sarsa>(s)) : wrap(recipes::clocked<sarsa>(s));
  if (name == "q-learning")
    return wide ? wrap(recipes::wide_clocked<q_learning>(s)) : wrap(recipes::clocked<q_learning>(s));
  if (name == "expected-sarsa") {
    return wide ? wrap(recipes::wide_clocked<expected_sarsa>(s)) : wrap(recipes::clocked<expected_sarsa>(s));
  }
  if (name == "sarsa-published") {
    require(s.moves == std::vector<int>{1}, "--policies: sarsa-published", "the largest move of --actions",
            s.moves.back(), "be 1, as published");
    return wrap(recipes::published(s));
  }
  unknown(name);
}

/// The workload seeds that a training draws on.
struct training_seeds {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool in_turn = true;  ///< played over and over; else each once
};
/// Disjoint blocks, far from any seed that a table evaluates. The published agent plays each seed once and starts at
/// 42, as its command line did; its other training seeds start at 10042, 20042, ...
inline training_seeds seeds_of(std::string_view name, std::uint64_t train_seed, std::uint64_t episodes) {
  if (name == "sarsa-published") return {42 + 10'000 * (train_seed - 1), episodes, false};
  return {10'000'000 * train_seed, std::min<std::uint64_t>(episodes, recipes::training_workloads), true};
}

/// One file holds what a learner needs to decide again, and under what it was trained.
struct saved_model {
  std::string policy;
  std::string workload;
  std::vector<int> moves;
  std::uint64_t train_seed = 1;
  std::uint64_t train_episodes = 0;
};

inline void save_model(const saved_model& m, const q_table& table, const std::filesystem::path& file) {
  checkpoint c;
  c.set("policy", m.policy);
  c.set("workload", m.workload);
  std::string moves;
  for (const int step : m.moves) moves += (moves.empty() ? "" : ",") + to_text(step);
  c.set("actions", moves);
  c.set("train_seed", m.train_seed);
  c.set("train_episodes", m.train_episodes);
  c.add("action_values", {table.states(), table.actions()}, table.all());
  save(c, file);
}

}  // namespace contestants
