// Your first environment: write it, let check_environment look for mistakes in it, and compare a learner with baselines
// before you believe either.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

#include <headroom/headroom.hpp>
#include <headroom/testing/check_environment.hpp>

#include "jumping_pool.hpp"

namespace {

// [score]
// What the operator wants, in words that an operator can read: ten waiting requests hurt as much as one replica.
auto objective() {
  return weighted{term{"queue", 20, slo{&sample::queue, good_when::below, 0, 200}},
                  term{"replicas", 12, cost{&sample::replicas, 12}}};
}

template <class P>
double score(P policy) {
  double total = 0;
  for (const std::uint64_t seed : seed_range(9000, 50)) {  // held out: training stays below
    jumping_pool world(seed);
    run_episodes(world, policy, 1,
                 on_each_step{[&](const auto& r) { total += objective()(r.observation, r.action, r.next); }});
  }
  return total / 50 / 100;
}
// [score]

// [record]
// What `headroom report` makes a page of: a line for each policy and episode, with the service level first and the cost
// second; and the steps of the first three episodes.
template <class P>
void record(std::ostream& episodes, std::ostream& steps, const char* name, P policy) {
  for (const std::uint64_t seed : seed_range(9000, 50)) {
    jumping_pool world(seed);
    int t = 0;
    int calm = 0;
    int replicas = 0;
    run_episodes(world, policy, 1, on_each_step{[&](const auto& r) {
                   if (seed < 9003) {
                     steps << name << ',' << seed << ',' << t << ',' << r.action << ',' << t << ','
                           << r.observation.arrivals << ',' << r.observation.replicas << ',' << r.observation.queue
                           << '\n';
                   }
                   calm += r.next.queue <= 20 ? 1 : 0;
                   replicas += r.next.replicas;
                   ++t;
                 }});
    episodes << name << ',' << seed << ',' << 1.0 * calm / t << ',' << 1.0 * replicas / t << '\n';
  }
}

template <class... P>
void write_run(const std::filesystem::path& folder, const std::pair<const char*, P>&... all) {
  std::filesystem::create_directory(folder);
  std::ofstream episodes(folder / "episodes.csv");
  std::ofstream steps(folder / "steps.csv");
  episodes << "policy,seed,calm_steps,mean_replicas\n";
  steps << "policy,seed,step,move,time_s,load,replicas,backlog\n";
  (record(episodes, steps, all.first, all.second), ...);
}
// [record]

}  // namespace

int main(int argc, char** argv) {
  // [check]
  const auto findings = check_environment([] { return jumping_pool(7); }, {-1, 0, +1}, {}, &sample::queue,
                                          &sample::arrivals, &sample::replicas);
  for (const auto& finding : findings) std::printf("finding: %s\n", finding.c_str());
  if (findings.empty()) std::puts("check_environment found nothing");
  // [check]

  // [learn]
  bins see{cut{&sample::queue, {1, 20, 60}}, cut{&sample::arrivals, {35}},
           cut{&sample::replicas, even_edges(0.5, 12.5, 12)}};
  limited menu{actions{0, -1, +1}, &sample::replicas, {.minimum = 1, .maximum = 12}};
  sarsa agent{see.size(),
              menu.size(),
              {.learning_rate = linear{0.2, 0.01, 400'000}, .discount = 0.95, .trace_decay = 0.7},
              1,
              epsilon_greedy{linear{0.2, 0, 400'000}}};
  auto policy = learn_on<jumping_pool>(see, std::move(agent), objective(), menu);
  jumping_pool world(1);
  run(world, policy, 500'000);
  // [learn]

  // [compare]
  const frozen learned{policy};
  const threshold rule{&sample::queue,
                       &sample::replicas,
                       {.up_above = 10, .down_below = 1},
                       {.maximum = 12, .max_up = 1, .max_down = 1}};
  const auto always = [](int n) { return constant{n, &sample::replicas, {.maximum = 12, .max_up = 1, .max_down = 1}}; };
  std::printf("reward per step over 50 held-out episodes\n");
  std::printf("  sarsa                %6.2f\n", score(learned));
  std::printf("  threshold            %6.2f\n", score(rule));
  for (const int n : {3, 5, 6}) std::printf("  constant, %d replicas %6.2f\n", n, score(always(n)));
  // [compare]

  // [report]
  if (argc == 2) {
    write_run(argv[1], std::pair{"sarsa", learned}, std::pair{"threshold", rule}, std::pair{"constant:5", always(5)},
              std::pair{"constant:6", always(6)});
  }
  // [report]
  return findings.empty() ? 0 : 1;
}
