// Learning from the log of an autoscaler, and whether it does harm. Each learner is trained on the log alone. Then the
// log's author runs the service, and the learner does, on the same held-out episodes. Two learners are made for logs:
// they let the author go on and replace its decision where the log gives good reason. The others decide alone. Without
// an argument three logs are tried; with `all` fifty: five services, each under HPA, KPA and constants. Exit status 1
// if a learner that is made for logs is worse than the author by more than the interval of the difference.
//   160-no-harm-from-a-log [all]

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/baselines/constant.hpp>
#include <headroom/baselines/panic_window.hpp>
#include <headroom/baselines/target_tracking.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/offline/conservative.hpp>
#include <headroom/offline/log_judge.hpp>
#include <headroom/offline/offline.hpp>
#include <headroom/offline/pessimistic.hpp>
#include <headroom/policies/advised.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/rewards/cost.hpp>
#include <headroom/rewards/missed.hpp>
#include <headroom/rewards/weighted.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/run/run.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/signals.hpp>
#include <headroom/workloads/burst.hpp>
#include <headroom/workloads/diurnal.hpp>
#include <headroom/workloads/poisson.hpp>

namespace {

using namespace headroom;
using seen = farm::observation;
using policy = any_policy<seen, int>;

constexpr double discount = 0.95;
constexpr std::uint64_t first_recorded = 50'000'000;  // no setting was chosen on these episodes, nor on the next
constexpr std::uint64_t first_held_out = 7'000'000;
const actions menu{0, -1, +1, -2, +2};

struct service {
  std::string name;
  farm::options options;
  arrival_source load;
  std::vector<int> constants;

  [[nodiscard]] farm::environment make(std::uint64_t seed) const { return farm::environment(seed, options, load); }
  [[nodiscard]] replica_limits limits() const { return {options.min_workers, options.max_workers, 2, 2}; }
};

std::vector<service> services() {
  farm::options steady;  // replicas come at once, and an episode lasts eight minutes
  steady.block_on_scaling = false;
  steady.max_steps = 60;
  farm::options slow = steady;  // a request takes three times as long
  slow.service.mean_s *= 3;
  slow.max_workers = 48;
  slow.initial_workers = 24;
  farm::options small = steady;
  small.max_workers = 12;
  small.initial_workers = 4;
  const poisson_options eight{.duration_s = 480};
  return {
      {"published", {}, farm::environment::published(farm::phase_mode::executed), {10, 13, 16, 20}},
      {"documented", {}, farm::environment::published(farm::phase_mode::documented), {10, 13, 16, 20}},
      {"diurnal",
       steady,
       poisson_arrivals{diurnal_load{{.mean_per_s = 7, .swing = 0.7, .period_s = 480}}, eight},
       {8, 12, 16, 22}},
      {"slow",
       slow,
       poisson_arrivals{diurnal_load{{.mean_per_s = 4, .swing = 0.5, .period_s = 240}}, eight},
       {14, 20, 26, 34}},
      {"bursts",
       small,
       poisson_arrivals{burst_load{{.base_per_s = 1.5, .height_per_s = 3, .every_s = 160, .length_s = 40}}, eight},
       {3, 5, 7, 10}},
  };
}

struct author {
  std::string name;
  std::function<policy()> make;
};

std::vector<author> authors_of(const service& s) {
  const auto see = farm::all_signals();
  const replica_limits limits = s.limits();
  std::vector<author> all;
  for (const double target : {0.5, 0.65, 0.8}) {
    all.push_back(
        {"hpa:" + to_text(target), [=] {
           return policy(target_tracking{
               see, see.utilisation,
               target_tracking_options{
                   .kind = target_kind::utilisation, .target = target, .sync_period_s = 15, .down_stabilisation_s = 60},
               limits});
         }});
  }
  for (const double target : {0.5, 0.7, 0.9}) {
    all.push_back({"kpa:" + to_text(target), [=] {
                     return policy(panic_window{see, see.concurrency,
                                                panic_window_options{.total = 1, .utilisation = target}, limits});
                   }});
  }
  for (const int n : s.constants) {
    all.push_back({"constant:" + to_text(n), [=] { return policy(constant{n, &seen::workers, limits}); }});
  }
  return all;
}

// One request out of time costs as much as 4.7 workers for a step.
auto objective() {
  return weighted{term{"late", 4.7 / 15, missed{&seen::qos_rate, &seen::output_queue, 100}},
                  term{"workers", 0.32 / 15, cost{&seen::workers, 32}}};
}

// What an autoscaler decides by, so that its log shows why it did what it did.
auto table_of(const service& s) {
  const int most = s.options.max_workers;
  return bins{cut{&seen::workers, even_edges(0.5, most + 0.5, static_cast<std::size_t>(most))},
              cut{&farm::utilisation, {0.3, 0.45, 0.6, 0.7, 0.8, 0.9}}, cut{&seen::worker_queue, {0.5, 3.5, 8.5, 20.5}},
              cut{&seen::arrival_rate, {2, 4, 6, 8, 10}}};
}
auto numbers_of(const service& s) {
  const double most = s.options.max_workers;
  return standardize{between{&seen::workers, 0.0, most, -1.0, 1.0}, between{&farm::utilisation, 0.0, 1.0, -1.0, 1.0},
                     between{&seen::worker_queue, 0.0, 4.0},        between{&seen::worker_queue, 4.0, 16.0},
                     between{&seen::worker_queue, 16.0, 80.0},      between{&seen::arrival_rate, 0.0, 15.0, -1.0, 1.0}};
}

// Decides by a function of the state.
template <class Encoder>
struct decides {
  using state = typename Encoder::state_type;
  Encoder see;
  std::function<action_index(const state&)> choose;

  int start(const seen& o) { return step(o); }
  int step(const seen& o) { return menu[choose(see(o))]; }
  void stop(const seen&, episode) {}
};

struct score {
  static constexpr std::array<std::string_view, 1> names{"reward"};
  decltype(objective()) reward = objective();
  double sum = 0;
  void on_start(const seen&) { sum = 0; }
  void on_step(const auto& r) { sum += reward(r.observation, r.action, r.next); }
  [[nodiscard]] std::array<double, 1> values() const { return {sum}; }
};

struct verdict {
  std::string name;
  bool made_for_logs = false;
  summary difference{};  // the learner's reward less the author's, paired
  [[nodiscard]] bool harm() const { return difference.high < 0; }
};

struct effort {
  std::size_t episodes = 200;  // of a log
  std::size_t held_out = 200;
  std::uint64_t updates = 3'000;  // of a network
};

// [learn]
// The author decides, and what was learned from its log may replace a decision. First the log is asked whether that is
// better: if its interval does not say so, the author stays alone.
auto by_table(const std::vector<logged<state_index>>& log, auto see, policy by, double unknown) {
  const auto learn = [&](const std::vector<logged<state_index>>& from) {
    const std::uint64_t visits = 100 * from.size() / log.size();  // a half of the log shows half of them
    return plan_pessimistically(from, see.size(), menu.size(),
                                {.discount = discount, .least_visits = visits, .unknown = unknown});
  };
  const log_judge judge(log, menu.size(), {.discount = discount, .unknown = unknown});
  const judgement over_author = judge([&](std::size_t half) {
    return [plan = learn(judge.other(half))](state_index s, std::span<double> p) { plan.advise(s, p); };
  });
  const estimate ahead = log_judge::difference(over_author, judge.author());
  const bool better = ahead.told() && ahead.low > 0;
  return advised{std::move(by), see, menu, [plan = learn(log), better](state_index s, action_index a) {
                   return better ? plan.advise(s, a) : std::nullopt;
                 }};
}
auto by_networks(const std::vector<logged<std::vector<float>>>& log, auto see, policy by, std::uint64_t updates) {
  const auto learned =
      std::make_shared<conservative_networks>(log, menu.size(), conservative_options{.updates = updates}, 1);
  return advised{std::move(by), see, menu, [learned](vector_state s, action_index a) { return learned->advise(s, a); }};
}
// [learn]

std::vector<verdict> judge(const service& s, const author& by, const effort& much, double& worth) {
  auto see = table_of(s);
  auto numbers = numbers_of(s);
  transition_log rows{see, objective(), menu};
  transition_log vectors{numbers, objective(), menu};
  policy writes = by.make();
  farm::environment recorded = s.make(first_recorded);
  run_episodes(recorded, writes, much.episodes, rows, vectors);
  double least = 0;
  for (const auto& t : rows.steps()) least = std::min(least, t.reward);
  const double unknown = least / (1 - discount);

  const auto seeds = seed_range(first_held_out, much.held_out);
  const auto make = [&](std::uint64_t seed) { return s.make(seed); };
  policy again = by.make();
  const evaluation base = evaluate(make, again, seeds, score{});
  worth = base.summarized("reward").mean;
  std::vector<verdict> all;
  const auto add = [&](const std::string& name, bool made_for_logs, auto decides_so) {
    comparison c;
    c.contenders = {{"learner", evaluate(make, decides_so, seeds, score{})}, {"author", base}};
    all.push_back({name, made_for_logs, c.difference("learner", "author", "reward")});
  };

  add("table over author", true, by_table(rows.steps(), see, by.make(), unknown));
  add("networks over author", true, by_networks(vectors.steps(), numbers, by.make(), much.updates));
  const pessimistic_plan plan =
      plan_pessimistically(rows.steps(), see.size(), menu.size(), {.discount = discount, .unknown = unknown});
  add("table alone", false, decides<decltype(see)>{see, [&](const state_index& x) { return plan(x); }});
  std::vector<logged<std::vector<float>>> scaled = vectors.steps();
  for (auto& t : scaled) t.reward /= reward_deviation(vectors.steps());
  for (const double alpha : {1.0, 0.0}) {
    dqn network{
        numbers.dimension(),
        menu.size(),
        {.learning_rate = 1e-3, .discount = discount, .capacity = scaled.size(), .warm_up = 0, .conservative = alpha},
        1};
    learn_from(network, scaled, 2 * much.updates);
    add(alpha > 0 ? "CQL alone" : "DQN alone", false,
        decides<decltype(numbers)>{numbers, [&](const vector_state& x) { return network.greedy(x); }});
  }
  q_learning watkins{
      see.size(), menu.size(), {.learning_rate = 0.05, .discount = discount, .initial_value = unknown}, 1};
  learn_from(watkins, rows.steps(), 50);
  add("Q-learning alone", false, decides<decltype(see)>{see, [&](const state_index& x) { return watkins.greedy(x); }});
  return all;
}

struct tally {
  std::string name;
  int worse = 0;
  int better = 0;
  double least = 0;
  double sum = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const bool every = argc > 1 && std::strcmp(argv[1], "all") == 0;
  const effort much = every ? effort{} : effort{.episodes = 60, .held_out = 40, .updates = 500};
  std::printf(
      "What each learner is worth more than the author of its log: reward of an episode, paired, %zu held-out\n"
      "episodes, half of the 95 %% interval; ! worse by more than that. A log has %zu episodes.\n",
      much.held_out, much.episodes);
  std::vector<tally> tallies;
  bool harm = false;
  int logs = 0;
  for (const service& s : services()) {
    for (const author& by : authors_of(s)) {
      if (!every && (s.name != "bursts" || (by.name != "hpa:0.8" && by.name != "kpa:0.7" && by.name != "constant:5")))
        continue;
      double worth = 0;
      const std::vector<verdict> verdicts = judge(s, by, much, worth);
      if (tallies.empty()) {
        std::printf("%-23s %9s", "service, author", "is worth");
        for (const verdict& v : verdicts) {
          tallies.push_back({v.name});
          std::printf("  %20s", v.name.c_str());
        }
        std::printf("\n");
      }
      ++logs;
      std::printf("%-10s %-12s %9.3f", s.name.c_str(), by.name.c_str(), worth);
      for (std::size_t k = 0; k < verdicts.size(); ++k) {
        const summary& d = verdicts[k].difference;
        std::printf("    %+7.3f ±%6.3f %c ", d.mean, (d.high - d.low) / 2, verdicts[k].harm() ? '!' : ' ');
        tallies[k].worse += verdicts[k].harm() ? 1 : 0;
        tallies[k].better += d.low > 0 ? 1 : 0;
        tallies[k].least = std::min(tallies[k].least, d.mean);
        tallies[k].sum += d.mean;
        harm = harm || (verdicts[k].made_for_logs && verdicts[k].harm());
      }
      std::printf("\n");
      std::fflush(stdout);
    }
  }
  for (const tally& t : tallies) {
    std::printf("%-20s worse in %2d of %d logs, better in %2d; at worst %+.3f, on average %+.3f\n", t.name.c_str(),
                t.worse, logs, t.better, t.least, t.sum / logs);
  }
  return harm ? 1 : 0;
}
