#include "contestants.hpp"

#include <charconv>
#include <cmath>
#include <stdexcept>

#include <headroom/core/check.hpp>

namespace contestants {

namespace {

constexpr entry learners[] = {
    {"sarsa",
     "SARSA; sees the clock, the phase, the workers and the queue (without a schedule to see: sarsa-clockless)",
     400'000},
    {"sarsa-clockless", "SARSA(0.95); sees arrival rate, workers and queue, neither clock nor phase", 400'000},
    {"cem",
     "cross-entropy search for the nine numbers of a square-root staffing rule: level, trend, margin, backlog, ...",
     20'000},
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

}  // namespace

const std::vector<entry>& catalogue() {
  static const std::vector<entry> all = [] {
    std::vector<entry> entries;
    for (const autoscaler& a : autoscalers()) entries.push_back({a.name, a.line, 0});
    entries.insert(entries.end(), std::begin(learners), std::end(learners));
    return entries;
  }();
  return all;
}

std::string_view kind_of(std::string_view name) { return name.substr(0, name.find(':')); }

const entry* find(std::string_view name) {
  for (const entry& e : catalogue()) {
    if (kind_of(e.name) == kind_of(name)) return &e;
  }
  return nullptr;
}

bool learns(std::string_view name) {
  const entry* const e = find(name);
  return e != nullptr && e->train_episodes > 0;
}

std::optional<double> price_of(std::string_view name) {
  if (name == kind_of(name)) return std::nullopt;
  const std::string who = "--policies: " + std::string(name);
  require(!kind_of(name).ends_with("-published"), who, "the price", name.substr(name.find(':') + 1),
          "be left out: the reward of this learner is as published");
  const auto list = numbers(name, name.substr(name.find(':') + 1));
  require(list.size() == 1, who, "number of prices", list.size(), "be 1");
  require(std::isfinite(list[0]) && list[0] > 0 && list[0] <= 1e6, who, "the price of a request out of time", list[0],
          "be positive, and at most a million worker-steps");
  return list[0];
}

void unknown(std::string_view name, const std::vector<entry>& there_are) {
  std::string text = "there is no policy '" + std::string(name) + "'; there are";
  for (const entry& e : there_are) text.append(&e == there_are.data() ? " " : ", ").append(e.name);
  throw std::invalid_argument(text);
}
void unknown(std::string_view name) { unknown(name, catalogue()); }

std::vector<double> numbers(std::string_view name, std::string_view list) {
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

}  // namespace contestants
