// A log of an autoscaler, and nothing else: what is it worth, what can be learned from it, and is that better? A rule
// on the jumping pool writes the log, once as it is and once with a third of its moves drawn at random:
// docs/5-from-logs.md.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <headroom/headroom.hpp>
#include <headroom/offline.hpp>

#include "jumping_pool.hpp"

namespace {

using steps_type = std::vector<logged<state_index>>;

constexpr double discount = 0.9;

// [see]
// What the rule decides by must be in the state: else the log does not show why it did what it did.
const bins see{cut{&sample::queue, {1, 10, 20, 60}}, cut{&sample::arrivals, {35}},
               cut{&sample::replicas, even_edges(0.5, 12.5, 12)}};
const actions menu{0, -1, +1};

auto objective() {
  return weighted{term{"queue", 20, slo{&sample::queue, good_when::below, 0, 200}},
                  term{"replicas", 12, cost{&sample::replicas, 12}}};
}
// [see]

const threshold rule{&sample::queue,
                     &sample::replicas,
                     {.up_above = 10, .down_below = 1},
                     {.minimum = 1, .maximum = 12, .max_up = 1, .max_down = 1}};

// The rule, with a share of its moves drawn from the menu instead.
auto author_with(double share) {
  return stateless{[share, random = engine(5, stream::exploration)](const sample& o) mutable {
    threshold own = rule;
    const int decided = own.start(o);
    if (random.uniform() >= share) return decided;
    return menu[action_index{static_cast<std::size_t>(uniform(random, 0, 3))}];
  }};
}

void record(double share, const std::filesystem::path& file) {
  // [record]
  auto author = author_with(share);
  transition_log log{see, objective(), menu};
  jumping_pool world(1);
  run_episodes(world, author, 400, log);
  write_log_csv(log.steps(), file);
  // [record]
}

void line(const char* who, const judgement& j) {
  if (j.worth.told()) {
    std::printf("  %-28s %8.2f, 95 %% interval %.2f to %.2f; tried %.0f %%\n", who, j.worth.value, j.worth.low,
                j.worth.high, 100 * j.tried);
  } else {
    std::printf("  %-28s no number: too little of it was tried (%.0f %%)\n", who, 100 * j.tried);
  }
}

template <class P>
double truth(P policy) {
  double total = 0;
  for (const std::uint64_t seed : seed_range(9000, 200)) {
    jumping_pool world(seed);
    run_episodes(world, policy, 1,
                 on_each_step{[&](const auto& r) { total += objective()(r.observation, r.action, r.next); }});
  }
  return total / 200 / 100;
}

void study(const char* name, double share, const std::filesystem::path& file) {
  record(share, file);

  // [read]
  const steps_type log = log_csv(file).steps<state_index>();
  // [read]

  // [judge]
  const double unknown = -32 / (1 - discount);  // the least that can come, for ever
  const auto learn = [&](const steps_type& from) {
    return plan_pessimistically(from, see.size(), menu.size(), {.discount = discount, .unknown = unknown});
  };
  const log_judge judge(log, menu.size(), {.discount = discount, .unknown = unknown});
  const judgement author = judge.author();
  const judgement advice = judge([&](std::size_t half) {
    return [plan = learn(judge.other(half))](state_index s, std::span<double> p) { plan.advise(s, p); };
  });
  const estimate ahead = log_judge::difference(advice, author);
  const bool better = ahead.told() && ahead.low > 0;
  // [judge]
  std::printf("%s: %zu steps\n", name, log.size());
  line("the author", author);
  line("the author, advised", advice);
  std::printf("  the log says: %s\n", better ? "the advice is better" : "keep the author");

  // [use]
  const pessimistic_plan plan = learn(log);
  advised policy{rule, see, menu, [&](state_index state, action_index then) {
                   return better ? plan.advise(state, then) : std::nullopt;
                 }};
  // [use]
  std::printf("  in truth, reward per step: the rule %.2f, with what was learned %.2f\n", truth(rule), truth(policy));
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "headroom-from-logs";
  std::filesystem::create_directories(folder);
  study("the rule alone", 0, folder / "rule.csv");
  study("a third of the moves at random", 1.0 / 3, folder / "tried.csv");
  std::filesystem::remove_all(folder);
  return 0;
}
