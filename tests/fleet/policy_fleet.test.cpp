#include <headroom/fleet/policy_fleet.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <headroom/agents/dqn.hpp>
#include <headroom/baselines/target_tracking.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/policies/resumed.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct fleet_pod {
  double time_s = 0;
  double utilisation = 0;
  double replicas = 1;
};
using pod_tracking = target_tracking<fleet_pod>;
// No step of more than two, and none down while it is hot.
struct pod_guard {
  int operator()(const fleet_pod& o, int delta) const {
    return o.utilisation > 0.95 && delta < 0 ? 0 : std::min(std::max(delta, -2), 2);
  }
};

pod_tracking pod_hpa(double target = 0.6) {
  signals<fleet_pod> see;
  see.time_s = &fleet_pod::time_s;
  see.replicas = &fleet_pod::replicas;
  see.utilisation = &fleet_pod::utilisation;
  return {see, &fleet_pod::utilisation, {.target = target, .down_stabilisation_s = 90}, {.minimum = 1, .maximum = 50}};
}
guarded<pod_tracking, pod_guard> pod_policy(double target = 0.6) { return {pod_hpa(target), pod_guard{}}; }

fleet_pod pod_drawn(engine& random, double now_s) {
  fleet_pod o{now_s, uniform(random, 0, 1.2), 1 + static_cast<double>(random.below(50))};
  if (random.below(20) == 0) o.utilisation = std::numeric_limits<double>::quiet_NaN();
  return o;
}

struct pod_world {
  using observation_type = fleet_pod;
  using action_type = int;
  fleet_pod reset() { return {}; }
  step_result<fleet_pod> step(int) { return {}; }
};
struct pod_cost {
  double operator()(const fleet_pod& o, int, const fleet_pod& next) const {
    return -next.replicas / 50 - std::abs(o.utilisation - 0.6);
  }
};
auto pod_learner(std::uint64_t seed) {
  return learn_on<pod_world>(standardize{running{&fleet_pod::utilisation}, between{&fleet_pod::replicas, 1, 50}},
                             dqn{2, 3, {.hidden = {8}, .batch = 8, .capacity = 64, .warm_up = 8}, seed}, pod_cost{},
                             actions{-1, 0, 1});
}

}  // namespace

// The model: a map from names to single policies, each within an episode or not.
TEST_CASE("policy_fleet: decides as one policy each, with its guards, whoever joins and leaves") {
  policy_fleet<fleet_pod, guarded<pod_tracking, pod_guard>> fleet{pod_policy(), 30};
  struct one {
    service_id id;
    guarded<pod_tracking, pod_guard> policy;
    bool within = false;
  };
  std::map<std::uint32_t, one> model;
  engine draw{4};
  std::vector<fleet_pod> seen;
  std::vector<int> done;
  std::uint64_t overrides = 0;
  for (int t = 0; t < 500; ++t) {
    if (fleet.size() == 0 || (fleet.size() < 30 && draw.below(3) == 0)) {
      if (draw.below(2) == 0) {
        const service_id id = fleet.join();
        model.insert_or_assign(id.slot, one{id, pod_policy()});
      } else {
        const service_id id = fleet.join(pod_policy(0.3));
        model.insert_or_assign(id.slot, one{id, pod_policy(0.3)});
      }
    } else if (draw.below(5) == 0) {
      const service_id id = fleet.at(draw.below(fleet.size()));
      REQUIRE(model.erase(id.slot) == 1);
      fleet.leave(id);
      REQUIRE_FALSE(fleet.contains(id));
    } else if (draw.below(5) == 0) {
      const service_id id = fleet.at(draw.below(fleet.size()));
      const fleet_pod last = pod_drawn(draw, 15.0 * t);
      fleet.stop(id, last, episode::truncated);
      model.at(id.slot).policy.stop(last, episode::truncated);
      model.at(id.slot).within = false;
    }
    seen.resize(fleet.size());
    done.assign(fleet.size(), 99);
    for (fleet_pod& o : seen) o = pod_drawn(draw, 15.0 * t);
    fleet.step(seen, done);
    for (auto& [slot, m] : model) {
      const std::size_t i = fleet.position(m.id);
      REQUIRE(done[i] == (std::exchange(m.within, true) ? m.policy.step(seen[i]) : m.policy.start(seen[i])));
      REQUIRE(fleet.policy(m.id).overrides() == m.policy.overrides());
      overrides += m.policy.overrides();
    }
    if (draw.below(4) == 0) {
      for (int& a : done) a = draw.below(3) == 0 ? 0 : a;
      fleet.executed(done);
      for (auto& [slot, m] : model) m.policy.executed(done[fleet.position(m.id)]);
    }
  }
  CHECK(overrides > 1'000);
}

TEST_CASE("policy_fleet: refuses what does not fit") {
  policy_fleet<fleet_pod, pod_tracking> fleet{pod_hpa(), 1};
  fleet.join();
  CHECK_THROWS_AS(fleet.join(), std::invalid_argument);
  std::vector<fleet_pod> seen(2);
  std::vector<int> done(1);
  CHECK_THROWS_WITH(fleet.step(seen, done),
                    "policy_fleet: number of observations is 2, must be the number of services, 1");
}

TEST_CASE("policy_fleet: nothing is allocated after construction") {
  policy_fleet<fleet_pod, guarded<pod_tracking, pod_guard>> fleet{pod_policy(), 20};
  std::vector<fleet_pod> seen(20);
  std::vector<int> done(20);
  engine draw{2};
  for (fleet_pod& o : seen) o = pod_drawn(draw, 0);
  CHECK(allocations_in([&] {
          while (fleet.size() < 20) fleet.join();
          for (int t = 0; t < 40; ++t) {
            fleet.step(seen, done);
            for (fleet_pod& o : seen) o.time_s += 15;
          }
          fleet.executed(done);
          while (fleet.size() > 3) fleet.leave(fleet.at(fleet.size() / 2));
        }) == 0);
}

TEST_CASE("policy_fleet: autoscalers that are resumed go on after a restart as if nothing had been") {
  using kept = resumed<pod_tracking, fleet_pod>;
  const auto make = [] {
    return kept{
        pod_hpa(),
        &fleet_pod::time_s,
        std::vector<observed_member<fleet_pod>>{&fleet_pod::time_s, &fleet_pod::utilisation, &fleet_pod::replicas},
        {.window_s = 120, .most = 40}};
  };
  policy_fleet<fleet_pod, kept> first{make(), 6};
  const auto play = [](auto& fleet, engine& draw, int from, int to) {
    std::vector<fleet_pod> seen(fleet.size());
    std::vector<int> done(fleet.size());
    std::vector<int> all;
    for (int t = from; t < to; ++t) {
      for (fleet_pod& o : seen) o = pod_drawn(draw, 15.0 * t);
      fleet.step(seen, done);
      all.insert(all.end(), done.begin(), done.end());
    }
    return all;
  };
  engine draw{3};
  while (first.size() < 6) first.join();
  first.leave(first.at(2));
  play(first, draw, 0, 60);
  checkpoint c;
  store(first, c, "fleet");
  policy_fleet<fleet_pod, kept> second{make(), 6};
  restore(second, c, "fleet");
  CHECK(second.size() == 5);
  CHECK(second.at(2) == first.at(2));
  engine again = draw;
  CHECK(play(first, draw, 60, 90) == play(second, again, 60, 90));
}

TEST_CASE("policy_fleet: a learner each learns as alone, and is stored and restored with the others") {
  auto prototype = pod_learner(1);
  policy_fleet<fleet_pod, decltype(prototype)> first{prototype, 3};
  std::map<std::uint32_t, decltype(prototype)> model;
  for (std::uint64_t seed = 2; seed < 5; ++seed) {
    const service_id id = first.join(pod_learner(seed));
    model.emplace(id.slot, pod_learner(seed));
  }
  engine draw{6};
  std::vector<fleet_pod> seen(3);
  std::vector<int> done(3);
  const auto compare = [&](auto& fleet, int steps, bool begins) {
    for (int t = 0; t < steps; ++t) {
      for (fleet_pod& o : seen) o = pod_drawn(draw, t);
      fleet.step(seen, done);
      for (auto& [slot, one] : model) {
        const std::size_t i = fleet.position({slot, 1});
        REQUIRE(done[i] == (begins && t == 0 ? one.start(seen[i]) : one.step(seen[i])));
      }
    }
  };
  compare(first, 60, true);
  checkpoint c;
  store(first, c, "fleet");
  policy_fleet<fleet_pod, decltype(prototype)> second{prototype, 3};
  restore(second, c, "fleet");
  for (auto& [slot, one] : model) one.pause();
  compare(second, 60, true);
  CHECK(second.policy(second.at(0)).agent().health().updates > 50);

  checkpoint cut = c;  // another agent's numbers do not fit
  policy_fleet<fleet_pod, decltype(prototype)> other{
      learn_on<pod_world>(standardize{running{&fleet_pod::utilisation}, between{&fleet_pod::replicas, 1, 50}},
                          dqn{2, 3, {.hidden = {9}, .batch = 8, .capacity = 64, .warm_up = 8}, 1}, pod_cost{},
                          actions{-1, 0, 1}),
      3};
  CHECK_THROWS_AS(restore(other, cut, "fleet"), checkpoint_error);
  CHECK(other.size() == 0);
}
