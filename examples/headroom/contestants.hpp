#pragma once

#include <charconv>     // std::from_chars
#include <cmath>        // std::abs, std::floor
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/baselines/constant.hpp>
#include <headroom/baselines/reactive_average.hpp>
#include <headroom/baselines/reactive_maximum.hpp>
#include <headroom/baselines/scheduled.hpp>
#include <headroom/baselines/threshold.hpp>
#include <headroom/core/check.hpp>
#include <headroom/policies/any_policy.hpp>

#include "recipes.hpp"
#include "scenario.hpp"

/// The policies that the tool knows by name.
namespace contestants {

using namespace headroom;
using any_farm_policy = any_policy<farm_observation, int>;

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
    {"dqn",
     "a deep Q-network; sees the clock, the workers, the queue and the arrival rate (without a schedule to see: "
     "dqn-clockless)",
     100'000},
    {"dqn-clockless", "the same network without a clock: what has been arriving instead", 100'000},
    {"dqn-published", "the published DQN with its ranges, reward, 80 episodes and defects", 80},
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

}  // namespace contestants
