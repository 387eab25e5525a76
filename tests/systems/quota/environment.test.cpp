#include <headroom/systems/quota/environment.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <headroom/systems/quota/menu.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/systems/quota/rules.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/systems/quota/features.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/systems/quota/published_reward.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/systems/quota/score.hpp>
#include <headroom/run/run.hpp>
#include <headroom/testing/check_environment.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(Environment<quota::environment>);

namespace {

using seen = quota::observation;

// A world at the first quota for which `wanted` is true, all before it held; and what is seen there.
struct moment {
  quota::environment world;
  seen o;
};
template <class Wanted>
moment find(Wanted wanted, const quota::options& options = {}) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    moment m{quota::environment(seed, options), {}};
    m.o = m.world.reset();
    for (std::size_t k = 0; k + 1 < options.scenario.requests; ++k) {
      const quota::request& r = m.world.scenario().requests[k];
      if (wanted(m.o, r)) return m;
      m.o = m.world.step(quota::action::hold).observation;
    }
  }
  FAIL("no such quota in a thousand scenarios");
  return {quota::environment(0, options), {}};
}
const quota::deployment& about(const moment& m) { return m.world.cluster().deployments()[m.o.deployment]; }

bool is_reduction(const seen& o, const quota::request& r) {
  return r.reason == quota::reason::reduce && o.replicas == 1 && r.on_cpu && r.on_memory;
}
bool is_load(const quota::request& r) { return r.reason == quota::reason::load && r.true_alarm; }

}  // namespace

TEST_CASE("the quota world passes the check of environments") {
  CHECK(check_environment([] { return quota::environment(5); },
                          {quota::action::hold, quota::action::apply, quota::action::migrate, quota::action::scale_up,
                           quota::action::scale_down},
                          {}, &seen::replicas, &seen::applied_cpu, &seen::applied_memory, &seen::latest_latency,
                          &seen::node_pressure, &seen::latency_ratio, &seen::saving, &seen::oom_kills)
            .empty());
}

TEST_CASE("what a quota asks for follows the published rules for the replicas that there are") {
  std::array<int, 3> met{};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    quota::environment world(seed);
    seen o = world.reset();
    for (const quota::request& r : world.scenario().requests) {
      const int n = static_cast<int>(o.replicas);
      const bool becomes_load = n > 1 && (r.reason == quota::reason::reduce || r.reason == quota::reason::starve);
      double cpu = 1;
      if (r.reason == quota::reason::load || becomes_load) {
        const bool rises = n == 1 || (n < 12 && r.rises && !becomes_load);
        cpu = quota::internal::changed_load(n, rises, r.cpu);
        met[n == 1 ? 0U : becomes_load ? 1U : 2U] += 1;
      } else if (r.reason == quota::reason::noise) {
        cpu = quota::internal::unrelated(r.cpu);
      } else if (r.reason == quota::reason::starve) {
        cpu = quota::internal::starved(r.cpu);
      } else {
        cpu = quota::internal::reduced_cpu(o.initial_cpu, r.cpu);
      }
      REQUIRE(o.applied_cpu == (r.on_cpu ? cpu : 1.0) * o.initial_cpu);
      // Each deployment sees every number of replicas, from 1 up to the most that there may be.
      o = world.step(r.deployment % 2 == 0 ? quota::action::scale_up : quota::action::scale_down).observation;
    }
  }
  for (const int count : met) CHECK(count > 100);
}

TEST_CASE("holding changes nothing but what time does") {
  moment m = find([](const seen&, const quota::request& r) { return r.reason == quota::reason::reduce; });
  const double reserved = m.o.reserved;
  const seen after = m.world.step(quota::action::hold).observation;
  CHECK(after.reserved == Approx(reserved));
  CHECK(after.saving == 0);
  CHECK(after.oom_kills == 0);
  CHECK(after.executed == quota::action::hold);
  CHECK_FALSE(after.refused);
}

TEST_CASE(
    "apply sets the limits to the factor times the usage, in whole millicores and MiB, and counts what that saves") {
  moment m = find(is_reduction);
  const quota::deployment before = about(m);
  const std::size_t d = m.o.deployment;
  const seen after = m.world.step(quota::action::apply).observation;
  const quota::deployment& now = m.world.cluster().deployments()[d];
  CHECK(now.cpu_limit == std::ceil(1'000 * m.o.applied_cpu) / 1'000);
  CHECK(now.memory_limit_mib == std::ceil(m.o.applied_memory));
  CHECK(after.saving ==
        Approx(1 - 0.5 * (now.cpu_limit / before.cpu_limit + now.memory_limit_mib / before.memory_limit_mib)));
  CHECK(after.executed == quota::action::apply);
}

TEST_CASE("a quota about one resource leaves the other alone") {
  moment m = find([](const seen&, const quota::request& r) { return r.reason == quota::reason::reduce && !r.on_cpu; });
  CHECK(m.o.applied_cpu == m.o.initial_cpu);
  CHECK(m.o.applied_memory < m.o.initial_memory);
  const double cpu = about(m).cpu_limit;
  const std::size_t d = m.o.deployment;
  m.world.step(quota::action::apply);
  CHECK(m.world.cluster().deployments()[d].cpu_limit == cpu);
}

TEST_CASE("several replicas share what is asked for, published: each of them gets all of it") {
  quota::options options;
  options.limit_from_sum = GENERATE(false, true);
  moment m = find([](const seen& o, const quota::request& r) { return o.replicas == 3 && r.on_memory && is_load(r); },
                  options);
  const std::size_t d = m.o.deployment;
  m.world.step(quota::action::apply);
  const double each = std::ceil(options.limit_from_sum ? m.o.applied_memory : m.o.applied_memory / 3);
  CHECK(m.world.cluster().deployments()[d].memory_limit_mib == each);
}

TEST_CASE("a limit below the working set kills all pods, and they come back with the limits they had at first") {
  moment m = find([](const seen& o, const quota::request& r) {
    return r.reason == quota::reason::starve && o.replicas == 1 && r.on_memory && o.applied_memory < 10;
  });
  const std::size_t d = m.o.deployment;
  const double first = about(m).manifest_memory_limit_mib;
  const double unhurt = about(m).stretch();
  const double error = m.world.scenario().requests[static_cast<std::size_t>(m.o.decisions)].after;
  const seen after = m.world.step(quota::action::apply).observation;
  CHECK(after.oom_kills == 1);
  CHECK(m.world.cluster().deployments()[d].memory_limit_mib == first);
  CHECK(after.latency_ratio == Approx(2 * unhurt * error));
  CHECK(quota::objective()(m.o, quota::action::apply, after) == -10);
}

TEST_CASE("published: a deployment whose pods were killed is never touched again") {
  quota::options options;
  options.scenario.deployments = 1;
  options.pin_after_oom = GENERATE(true, false);
  moment m = find(
      [](const seen& o, const quota::request& r) {
        return r.reason == quota::reason::starve && o.replicas == 1 && r.on_memory && o.applied_memory < 10 &&
               o.decisions < 30;
      },
      options);
  m.world.step(quota::action::apply);
  const seen after = m.world.step(quota::action::scale_up).observation;
  CHECK(after.refused == options.pin_after_oom);
  CHECK(after.executed == (options.pin_after_oom ? quota::action::hold : quota::action::scale_up));
}

TEST_CASE("load comes as announced, and lasts, a false alarm does not") {
  moment m = find([](const seen& o, const quota::request& r) { return is_load(r) && o.applied_cpu > o.initial_cpu; });
  const std::size_t d = m.o.deployment;
  const double before = about(m).load;
  m.world.step(quota::action::hold);
  const double factor = std::max(m.o.applied_cpu / m.o.initial_cpu, m.o.applied_memory / m.o.initial_memory);
  const double most = 2 * about(m).replicas() * about(m).capacity_per_pod;
  CHECK(m.world.cluster().deployments()[d].load == Approx(std::min(before * factor, most)));

  moment f =
      find([](const seen&, const quota::request& r) { return r.reason == quota::reason::load && !r.true_alarm; });
  const std::size_t e = f.o.deployment;
  const double as_it_was = about(f).load;
  f.world.step(quota::action::hold);
  CHECK(f.world.cluster().deployments()[e].load == as_it_was);
}

TEST_CASE("one replica more serves more, one less gives its reservation back") {
  moment m = find([](const seen& o, const quota::request& r) { return is_load(r) && o.replicas == 2 && o.room; });
  quota::environment other = m.world;
  CHECK(m.world.step(quota::action::scale_up).observation.saving == Approx(-0.5));
  CHECK(other.step(quota::action::scale_down).observation.saving == Approx(0.5));
}

TEST_CASE("the last replica stays") {
  moment m = find([](const seen& o, const quota::request&) { return o.replicas == 1; });
  const seen after = m.world.step(quota::action::scale_down).observation;
  CHECK(after.refused);
  CHECK(after.executed == quota::action::hold);
}

TEST_CASE("a migration empties the node, which is what helps against a noisy neighbour") {
  moment m = find([](const seen&, const quota::request& r) { return r.noise > 1.5 && !r.unmeasured; });
  const quota::request r = m.world.scenario().requests[static_cast<std::size_t>(m.o.decisions)];
  const std::size_t d = m.o.deployment;
  const std::size_t node = about(m).main_node();
  const int pods = about(m).replicas();
  const double slow = about(m).stretch();
  CHECK(m.o.latest_latency == Approx(m.o.initial_latency * slow * r.noise * r.before));
  quota::environment stayed = m.world;
  CHECK(stayed.step(quota::action::hold).observation.latency_ratio == Approx(slow * r.noise * r.after));
  const seen after = m.world.step(quota::action::migrate).observation;
  const quota::deployment& now = m.world.cluster().deployments()[d];
  CHECK(now.pods[node] == 0);
  CHECK(now.replicas() == pods);
  const quota::node& full = m.world.cluster().reserved()[now.main_node()];
  const quota::node& all = m.world.cluster().nodes()[now.main_node()];
  const double pressure = std::max(full.cpu / all.cpu, full.memory_mib / all.memory_mib);
  CHECK(after.latency_ratio == Approx(slow * (1 + (r.noise - 1) * pressure) * r.restart * r.after));
}

TEST_CASE("a node too busy to report a latency is reported as -1, before and after") {
  moment m = find([](const seen&, const quota::request& r) { return r.unmeasured; });
  CHECK(m.o.latest_latency == -1);
  CHECK(m.world.step(quota::action::hold).observation.latency_ratio == -1);
}

TEST_CASE("where there is no room nothing is started, the published system does not ask") {
  quota::options options;
  options.scenario.nodes = 1;
  options.scenario.node_cpu = 0.1;  // each node is as large as what it runs at first
  options.scenario.node_memory_mib = 1;
  options.capacity = GENERATE(true, false);
  moment m = find([](const seen&, const quota::request&) { return true; }, options);
  CHECK(m.o.room == !options.capacity);
  CHECK_FALSE(m.o.room_elsewhere);
  CHECK(m.o.node_pressure == Approx(1));
  quota::environment other = m.world;
  CHECK(m.world.step(quota::action::scale_up).observation.refused == options.capacity);
  CHECK(other.step(quota::action::migrate).observation.refused);  // there is no other node
}

TEST_CASE("reservations are those of the pods that there are, whatever is done, and fit unless pods were killed") {
  engine random(1);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    quota::environment world(seed, {.scenario = {.nodes = 2, .node_cpu = 16, .node_memory_mib = 4'096}});
    world.reset();
    bool killed = false;
    for (std::size_t k = 0; k < 40; ++k) {
      const seen o = world.step(static_cast<quota::action>(random.below(5))).observation;
      killed |= o.oom_kills > 0;
      for (std::size_t n = 0; n < 2; ++n) {
        double cpu = 0;
        double memory = 0;
        for (const quota::deployment& d : world.cluster().deployments()) {
          REQUIRE(d.replicas() >= 1);
          cpu += d.pods[n] * d.cpu_limit;
          memory += d.pods[n] * d.memory_limit_mib;
        }
        REQUIRE(world.cluster().reserved()[n].cpu == Approx(cpu));
        REQUIRE(world.cluster().reserved()[n].memory_mib == Approx(memory));
        REQUIRE((killed || cpu <= world.cluster().nodes()[n].cpu * (1 + 1e-6)));
        REQUIRE((killed || memory <= world.cluster().nodes()[n].memory_mib * (1 + 1e-6)));
      }
    }
  }
}

TEST_CASE("what is random does not depend on what is done") {
  quota::environment a(9);
  quota::environment b(9);
  a.reset();
  b.reset();
  for (int k = 0; k < 40; ++k) {
    a.step(quota::action::hold);
    b.step(quota::action::scale_up);
  }
  a.reset();
  b.reset();
  for (std::size_t k = 0; k < 40; ++k) CHECK(a.scenario().requests[k].cpu == b.scenario().requests[k].cpu);
}

TEST_CASE("age is counted from the last change of the deployment") {
  moment m =
      find([](const seen& o, const quota::request&) { return o.decisions == 2 && o.room; }, quota::options::training());
  CHECK(m.o.age == 2);
  CHECK(m.world.step(quota::action::scale_up).observation.age == 0);
  CHECK(m.world.step(quota::action::hold).observation.age == 1);
}

TEST_CASE("stepping takes no memory") {
  quota::environment world(9);
  world.reset();
  double sum = 0;
  CHECK(allocations_in([&] {
          for (std::size_t k = 0; k < 40; ++k)
            sum += world.step(static_cast<quota::action>(k % 5)).observation.latency_ratio;
          world.reset();
        }) == 0);
  CHECK(sum > 0);
}

TEST_CASE("a stored world goes on with the scenario that would have come, and one of another kind is refused") {
  quota::environment world(12);
  world.reset();
  world.step(quota::action::hold);
  world.reset();
  checkpoint c;
  store(world, c);
  quota::environment again(12);
  restore(again, c);
  CHECK(again.reset().initial_memory == world.reset().initial_memory);
  CHECK(again.seed() == 14);
  quota::environment other(12, quota::options::training());
  CHECK_THROWS_WITH(restore(other, c), "checkpoint: options.scenario.deployments is 6 in the file, must be 1");
}

TEST_CASE("quota refuses a scenario that cannot be") {
  CHECK_THROWS_WITH(quota::environment(1, {.scenario = {.nodes = 0}}),
                    "quota::scenario: nodes is 0, must be from 1 to 8");
}

TEST_CASE(
    "a table that learned in small worlds earns more in large ones than the published rules, and kills fewer pods") {
  const auto seeds = seed_range(6'000'000, 100);
  const auto play = [&](auto policy) {
    return evaluate([](std::uint64_t seed) { return quota::environment(seed); }, policy, seeds,
                    quota::score{quota::objective()});
  };
  const evaluation rules = play(quota::rules{});
  std::vector<double> rewards;
  std::vector<double> kills;
  for (std::uint64_t k = 1; k <= 3; ++k) {
    auto see = quota::features<seen>();
    q_learning agent{see.size(),
                     quota::menu::size(),
                     {.learning_rate = harmonic_decay{0.3, 0.005, 8'000}, .discount = 0.6},
                     k,
                     epsilon_greedy{linear{0.5, 0.05, 80'000}}};
    reported policy{learn_on<quota::environment>(see, std::move(agent), quota::objective(), quota::menu{}),
                    &seen::executed};
    quota::environment world(10'000'000 * k, quota::options::training());
    run_episodes(world, policy, 20'000);
    const evaluation learned = play(frozen{policy.inner()});
    rewards.push_back(learned.summarized("total_reward").mean);
    kills.push_back(learned.summarized("oom_kills").mean);
  }
  std::sort(rewards.begin(), rewards.end());
  std::sort(kills.begin(), kills.end());
  CHECK(rewards[1] > rules.summarized("total_reward").high);
  CHECK(kills[1] <= rules.summarized("oom_kills").mean);
}
