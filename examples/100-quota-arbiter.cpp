// Two teams put a quota on the same deployment. First who gets his way: the published system lets both patch it, four
// times each, before it notices; the arbiter compares what they declared. Then what to do about a quota that stands:
// nothing, the five rules that the published classifier amounts to, that classifier, and a table that learned it.
//
//     100-quota-arbiter [quota_classifier.json]

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/systems/quota/menu.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/systems/quota/rules.hpp>
#include <headroom/baselines/stateless.hpp>
#include <headroom/systems/quota/features.hpp>
#include <headroom/systems/quota/environment.hpp>
#include <headroom/io/classifier.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/classifier.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/systems/quota/arbiter.hpp>
#include <headroom/systems/quota/published_reward.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/systems/quota/score.hpp>

namespace {

using namespace headroom;
using seen = quota::observation;

// Six iterations: what was declared, what was patched, and what the arbiter says to it.
void arbitrate(const char* title, quota::arbiter arbiter) {
  std::printf("%s\n", title);
  // [agents]
  const quota::agent shop{.name = "namespace-shop",
                          .scope = quota::scope::space,
                          .space = "shop",
                          .factors = {.cpu = 0.8, .memory = 1},
                          .created_s = 100};
  const quota::agent cart{.name = "deployment-shop-cart",
                          .space = "shop",
                          .deployment = "cart",
                          .factors = {.cpu = 0.5, .memory = 0.9},
                          .created_s = 200};
  const std::vector<quota::target> there{{"shop", "cart", {"node-1"}}};
  arbiter.declare(shop);
  arbiter.declare(cart);
  std::size_t patches = 0;
  for (int iteration = 1; iteration <= 6; ++iteration) patches += arbiter.step(there).size();
  // [agents]
  for (std::size_t k = 0; k < arbiter.log().size(); ++k) {
    const quota::logged_decision& d = arbiter.log()[k];
    std::printf("  %llu  %s\n", static_cast<unsigned long long>(d.iteration), d.sentence.c_str());
  }
  std::printf("  patches, each of which restarts the pods: %zu\n\n", patches);
}

}  // namespace

int main(int argc, char** argv) {
  arbitrate("as published", quota::arbiter{quota::youngest_yields{}, quota::arbiter_options::published()});
  arbitrate("compared when declared, the youngest yields", quota::arbiter{});
  arbitrate("compared when declared, the tightest wins", quota::arbiter{quota::tightest_wins{}});

  std::vector<named<any_policy<seen, quota::action>>> policies;
  policies.push_back({"hold", stateless{[](const seen&) { return quota::action::hold; }}});
  policies.push_back({"five rules", quota::rules{}});
  if (argc > 1) {
    try {
      policies.push_back(
          {"classifier", classified{read_classifier(argv[1]).net,
                                    actions{quota::action::apply, quota::action::migrate, quota::action::scale_up,
                                            quota::action::scale_down},
                                    &seen::replicas, &seen::initial_cpu, &seen::applied_cpu, &seen::initial_memory,
                                    &seen::applied_memory, &seen::initial_latency, &seen::latest_latency}});
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
      return 2;
    }
  }

  // [learner]
  // One deployment at a time, so that what a decision leads to is seen in the next observation.
  constexpr std::uint64_t scenarios = 100'000;
  quota::environment training(10'000'000, quota::options::training());
  const std::uint64_t decisions = scenarios * training.options().scenario.requests;
  auto see = quota::features<seen>();
  q_learning values{see.size(),
                    quota::menu::size(),
                    {.learning_rate = harmonic_decay{0.3, 0.005, static_cast<double>(decisions) / 20}, .discount = 0.6},
                    1,
                    epsilon_greedy{linear{0.5, 0.05, decisions / 2}}};
  reported table{learn_on<quota::environment>(see, std::move(values), quota::objective(), quota::menu{}),
                 &seen::executed};
  run_episodes(training, table, scenarios);
  policies.push_back({"table", frozen{table.inner()}});
  // [learner]

  const auto seeds = seed_range(1000, 200);  // held out
  const comparison results = compare([](std::uint64_t seed) { return quota::environment(seed); }, std::span(policies),
                                     seeds, quota::score{quota::objective()});
  std::printf("%-14s %14s %12s %10s %10s\n", "200 scenarios", "reward", "pods killed", "slow", "reserved");
  for (const contender& c : results.contenders) {
    const summary r = c.result.summarized("total_reward");
    std::printf("%-14s %8.1f ±%4.1f %12.0f %8.1f %% %8.1f %%\n", c.name.c_str(), r.mean, (r.high - r.low) / 2,
                200 * c.result.summarized("oom_kills").mean, 2.5 * c.result.summarized("slow").mean,
                100 * c.result.summarized("reserved").mean);
  }
  const summary gain = results.difference("table", "five rules", "total_reward");
  std::printf("the table earns %+.1f [%+.1f, %+.1f] against the rules, scenario by scenario\n", gain.mean, gain.low,
              gain.high);
  if (argc < 2) std::puts("name the classifier's file (quota_classifier.json) to see it beside them");
}
