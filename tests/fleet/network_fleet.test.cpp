#include <headroom/fleet/network_fleet.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct watched {
  double load = 0;
  double latency = 0;
  double replicas = 1;
};
struct watched_world {
  using observation_type = watched;
  using action_type = int;
  watched reset() { return {}; }
  step_result<watched> step(int) { return {}; }
};
struct watched_cost {
  double operator()(const watched&, int, const watched& next) const { return -next.replicas; }
};

// A few updates, so that no two actions have the same values everywhere.
auto trained(bool dueling, tie_break ties = tie_break::engine) {
  standardize see{running{&watched::load}, running{&watched::latency, 4}, between{&watched::replicas, 0, 20, -1, 1}};
  limited menu{actions{-2, -1, 0, 1, 2}, &watched::replicas, {.minimum = 1, .maximum = 20}};
  dqn agent{3,
            5,
            {.hidden = {20, 17}, .batch = 16, .capacity = 200, .warm_up = 16, .dueling = dueling},
            7,
            epsilon_greedy{0.3, ties}};
  auto policy = learn_on<watched_world>(see, std::move(agent), watched_cost{}, menu);
  engine random{11};
  policy.start({});
  for (int t = 0; t < 200; ++t) policy.step({random.uniform(), random.uniform(), 1.0 + 19 * random.uniform()});
  policy.stop({}, episode::truncated);
  return policy;
}

// Now and then what must be refused, or leaves no action, or has no known replicas.
watched drawn(engine& random) {
  watched o{uniform(random, 0, 50), exponential(random, 2), 1 + static_cast<double>(random.below(20))};
  if (random.below(20) == 0) o.latency = std::numeric_limits<double>::quiet_NaN();
  if (random.below(20) == 0) o.replicas = 40;
  return o;
}

}  // namespace

// The model: a map from names to single policies. Services join and leave in any order between the steps.
TEST_CASE("network_fleet: decides as one policy each, whoever joins and leaves") {
  for (const bool dueling : {false, true}) {
    for (const bool freezes : {false, true}) {
      auto single = trained(dueling, freezes ? tie_break::largest_index : tie_break::engine);
      if (freezes) single.freeze();
      network_fleet fleet{single, 75};
      std::map<std::uint32_t, std::pair<service_id, decltype(single)>> model;
      engine random{3};
      std::vector<watched> seen;
      std::vector<int> done;
      std::uint64_t neutral = 0;
      for (int t = 0; t < 400; ++t) {
        for (std::size_t changes = random.below(t < 100 ? 4 : 8); changes > 0; --changes) {
          if (fleet.size() > 0 && (fleet.size() == 75 || random.below(5) < (t < 100 ? 1U : 2U))) {
            const service_id id = fleet.at(random.below(fleet.size()));
            REQUIRE(model.erase(id.slot) == 1);
            fleet.leave(id);
            REQUIRE_FALSE(fleet.contains(id));
          } else {
            const service_id id = fleet.join();
            REQUIRE(model.emplace(id.slot, std::pair{id, single}).second);
          }
        }
        REQUIRE(fleet.size() == model.size());
        seen.resize(fleet.size());
        done.assign(fleet.size(), 99);
        for (watched& o : seen) o = drawn(random);
        fleet.step(seen, done);
        for (auto& [slot, one] : model) {
          const std::size_t i = fleet.position(one.first);
          REQUIRE(done[i] == one.second.decide(seen[i]));
          REQUIRE(fleet.refused(one.first).observations + single.refused().observations ==
                  one.second.refused().observations);
          REQUIRE(fleet.encoder(one.first).seen() == one.second.parts().encode.seen());
          REQUIRE(fleet.encoder(one.first).mean(1) == one.second.parts().encode.mean(1));
        }
        for (const watched& o : seen) neutral += o.latency != o.latency ? 1U : 0U;
      }
      CHECK(neutral > 100);
    }
  }
}

TEST_CASE("network_fleet: a service may have limits and moments of its own") {
  const auto single = trained(false);
  network_fleet fleet{frozen{single}, 3};
  limited narrow{actions{-2, -1, 0, 1, 2}, &watched::replicas, {.minimum = 4, .maximum = 4, .max_down = 1}};
  const auto& see = fleet.encoder(fleet.join());
  const service_id other = fleet.join();
  const service_id own = fleet.join(see, narrow);
  CHECK(fleet.leave(other) == 1);  // its limits go with it to another position
  std::vector<watched> seen(2, watched{3, 1, 5});
  std::vector<int> done(2);
  fleet.step(seen, done);
  CHECK(done[1] == -1);  // nothing else is legal
  seen[1].replicas = 4;
  fleet.step(seen, done);
  CHECK(done[1] == 0);
  CHECK(fleet.menu(own).size() == 5);
  fleet.join();
  CHECK_THROWS_AS(fleet.join(), std::invalid_argument);
}

TEST_CASE("network_fleet: refuses what does not fit") {
  const auto single = trained(false);
  const auto& see = single.parts().encode;
  const auto& menu = single.parts().menu;
  using fleet_type = network_fleet<watched, std::remove_cvref_t<decltype(see)>, std::remove_cvref_t<decltype(menu)>>;
  engine random{1};
  const mlp<float> wide{{4, 5}, activation::relu, random};
  CHECK_THROWS_WITH(fleet_type(see, wide, menu, 3),
                    "network_fleet: dimension of the encoder is 3, must equal the inputs of the network, 4");
  const mlp<float> few{{3, 4}, activation::relu, random};
  CHECK_THROWS_WITH(fleet_type(see, few, menu, 3),
                    "greedy_batch: number of actions is 5, must be from 1 to the outputs of the network, 4");
  network_fleet fleet{single, 4};
  fleet.join();
  fleet.join();
  std::vector<watched> seen(2);
  std::vector<int> done(3);
  CHECK_THROWS_WITH(fleet.step(seen, done), "network_fleet: number of actions is 3, must be the number of services, 2");
  seen.resize(1);
  CHECK_THROWS_WITH(fleet.step(seen, std::span(done).first(2)),
                    "network_fleet: number of observations is 1, must be the number of services, 2");
  CHECK_THROWS_AS(fleet.adopt(trained(true).agent().online()), std::invalid_argument);
}

TEST_CASE("network_fleet: takes a network that has learned more") {
  auto single = trained(false);
  network_fleet fleet{single, 40};
  std::vector<watched> seen(40);
  engine random{5};
  for (watched& o : seen) o = {uniform(random, 0, 50), 1, 10};
  while (fleet.size() < 40) fleet.join();
  for (int k = 0; k < 300; ++k) single.agent().update();
  fleet.adopt(single.agent().online());
  std::vector<int> done(40);
  fleet.step(seen, done);
  for (std::size_t i = 0; i < 40; ++i) {
    auto copy = single;
    CHECK(done[i] == copy.decide(seen[i]));
  }
}

TEST_CASE("network_fleet: nothing is allocated after construction") {
  network_fleet fleet{trained(false), 100};
  std::vector<watched> seen(100);
  std::vector<int> done(100);
  engine random{6};
  for (watched& o : seen) o = drawn(random);
  CHECK(allocations_in([&] {
          while (fleet.size() < fleet.capacity()) fleet.join();
          fleet.step(seen, done);
          while (fleet.size() > 33) fleet.leave(fleet.at(fleet.size() / 2));
          fleet.step(std::span(seen).first(33), std::span(done).first(33));
        }) == 0);
}

TEST_CASE("network_fleet: stored and restored in mid-run, it goes on with the same bytes") {
  const auto single = trained(true);
  network_fleet first{single, 60};
  engine random{8};
  const auto play = [](auto& fleet, engine draw, int steps) {
    std::vector<watched> seen;
    std::vector<int> done;
    std::vector<int> all;
    for (int t = 0; t < steps; ++t) {
      if (fleet.size() == 0 || (fleet.size() < fleet.capacity() && draw.below(3) > 0))
        fleet.join();
      else
        fleet.leave(fleet.at(draw.below(fleet.size())));
      seen.resize(fleet.size());
      done.resize(fleet.size());
      for (watched& o : seen) o = drawn(draw);
      fleet.step(seen, done);
      all.insert(all.end(), done.begin(), done.end());
    }
    return all;
  };
  play(first, random, 120);
  checkpoint c;
  store(first, c, "fleet");
  network_fleet second{trained(true), 60};
  play(second, engine{99}, 30);  // what it was is gone
  restore(second, c, "fleet");
  CHECK(play(first, engine{9}, 60) == play(second, engine{9}, 60));
  checkpoint d;
  checkpoint e;
  store(first, d, "fleet");
  store(second, e, "fleet");
  CHECK(d == e);

  // Another encoder is refused, and then the fleet is as it was.
  network_fleet other{trained(false), 60};
  play(other, engine{1}, 30);
  checkpoint before;
  store(other, before, "fleet");
  CHECK_THROWS_AS(restore(other, c, "fleet"), checkpoint_error);
  checkpoint after;
  store(other, after, "fleet");
  CHECK(before == after);
}
