#include <headroom/fleet/table_fleet.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/explorations/ucb.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct table_sample {
  double load = 0;
  double replicas = 1;
  double bonus = 0;
};
struct table_world {
  using observation_type = table_sample;
  using action_type = int;
  table_sample reset() { return {}; }
  step_result<table_sample> step(int) { return {}; }
};
struct table_cost {
  double operator()(const table_sample& o, int a, const table_sample& next) const {
    return next.bonus - next.replicas - std::abs(next.load - o.load) - 0.1 * a;
  }
};
auto table_bins() { return bins{cut{&table_sample::load, {10, 20, 30, 40}}, cut{&table_sample::replicas, {3, 6, 9}}}; }
auto table_menu(int maximum = 12) {
  return limited{actions{-1, 0, 2}, &table_sample::replicas, {.minimum = 1, .maximum = maximum}};
}

// Remembers the load before, from one observation to the next and not from one episode to the next.
class table_trend {
 public:
  using state_type = state_index;
  void begin_episode() { last_ = 25; }
  state_index operator()(const table_sample& o) {
    const double last = last_;
    if (!std::isfinite(o.load)) return no_state;
    last_ = o.load;
    return state_index{(last < o.load ? 5U : 0U) + static_cast<std::size_t>(o.load / 10.1)};
  }
  [[nodiscard]] std::size_t size() const { return 10; }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "table_trend");
    a("last", self.last_);
  }

 private:
  double last_ = 25;
};

table_sample table_drawn(engine& random) {
  table_sample o{uniform(random, 0, 50), 1 + static_cast<double>(random.below(12)), 0};
  if (random.below(25) == 0) o.load = std::numeric_limits<double>::quiet_NaN();
  if (random.below(25) == 0) o.bonus = std::numeric_limits<double>::infinity();
  if (random.below(25) == 0) o.bonus = -1e12;
  if (random.below(25) == 0) o.replicas = 40;
  return o;
}

// Fleet and single learners live the same life, of which `draw` says everything: who joins and leaves, what is seen,
// what is overridden, which episodes end. Returns how many decisions were compared.
template <class Fleet, class Make>
std::size_t live(Fleet& fleet,
                 std::map<std::uint32_t, std::pair<service_id, decltype(std::declval<Make&>()(0))>>& model, Make make,
                 engine& draw, int steps) {
  std::vector<table_sample> seen;
  std::vector<int> done;
  std::size_t compared = 0;
  for (int t = 0; t < steps; ++t) {
    if (fleet.size() == 0 || (fleet.size() < fleet.capacity() && draw.below(3) == 0)) {
      const std::uint64_t seed = draw();
      const service_id id = fleet.join(seed);
      model.emplace(id.slot, std::pair{id, make(seed)});
    } else if (draw.below(6) == 0) {
      const service_id id = fleet.at(draw.below(fleet.size()));
      model.erase(id.slot);
      fleet.leave(id);
    } else if (draw.below(4) == 0) {
      const service_id id = fleet.at(draw.below(fleet.size()));
      const episode why = static_cast<episode>(draw.below(3));
      const table_sample last = table_drawn(draw);
      fleet.stop(id, last, why);
      model.at(id.slot).second.stop(last, why);
      if (why == episode::ongoing) continue;
      // Single policies are told that an episode begins; a fleet knows it.
    }
    seen.resize(fleet.size());
    done.assign(fleet.size(), 99);
    for (table_sample& o : seen) o = table_drawn(draw);
    if (draw.below(5) == 0) {
      fleet.decide(seen, done);
      for (auto& [slot, one] : model)
        REQUIRE(done[fleet.position(one.first)] == one.second.policy.decide(seen[fleet.position(one.first)]));
      continue;
    }
    fleet.step(seen, done);
    for (auto& [slot, one] : model) {
      const std::size_t i = fleet.position(one.first);
      REQUIRE(done[i] == one.second.next(seen[i]));
      ++compared;
    }
    if (draw.below(3) == 0) {
      for (int& a : done) {
        if (draw.below(4) == 0) a = static_cast<int>(draw.below(4)) - 1;
      }
      fleet.executed(done);
      for (auto& [slot, one] : model) one.second.policy.executed(done[fleet.position(one.first)]);
    }
  }
  return compared;
}

// One learner, and whether it is within an episode.
template <class P>
struct alone {
  P policy;
  bool within = false;
  int next(const table_sample& o) { return std::exchange(within, true) ? policy.step(o) : policy.start(o); }
  void stop(const table_sample& o, episode why) {
    policy.stop(o, why);
    if (why != episode::ongoing) within = false;
  }
};
template <class P>
alone(P) -> alone<P>;

template <class Fleet, class Model>
void require_equal_files(Fleet& fleet, Model& model) {
  for (auto& [slot, one] : model) {
    checkpoint ours;
    checkpoint theirs;
    store(fleet.service(one.first), ours, "policy");
    store(one.second.policy, theirs, "policy");
    REQUIRE(ours == theirs);
  }
}

template <class Make>
void compare_lives(Make make, const learner_options& host = {}) {
  table_fleet fleet{make(0).policy, 37, host};
  std::map<std::uint32_t, std::pair<service_id, decltype(make(0))>> model;
  engine draw{17};
  CHECK(live(fleet, model, make, draw, 400) > 2'000);
  require_equal_files(fleet, model);
}

template <class AgentOf>
auto maker(AgentOf agent_of, const learner_options& host = {}) {
  return [=](std::uint64_t seed) {
    return alone{learn_on<table_world>(table_bins(), agent_of(seed), table_cost{}, table_menu(), host)};
  };
}

}  // namespace

TEST_CASE("table_fleet: learns and decides as one learner each, whoever joins and leaves") {
  const td_options plain{.learning_rate = 0.3, .discount = 0.9, .initial_value = 0.5};
  const td_options by_step{.learning_rate = linear{0.9, 0.1, 20}, .discount = 0.9};
  const td_options by_episode{.learning_rate = linear{0.9, 0.1, 5, per::episode}, .discount = 0.9};
  compare_lives(maker([&](std::uint64_t seed) { return sarsa{20, 3, plain, seed}; }));
  compare_lives(maker([&](std::uint64_t seed) { return sarsa{20, 3, by_step, seed, epsilon_greedy{0.3}}; }));
  compare_lives(maker([&](std::uint64_t seed) {
    return expected_sarsa{20, 3, by_episode, seed, epsilon_greedy{0.3}};
  }));
  compare_lives(maker([&](std::uint64_t seed) {
    return q_learning{20, 3, plain, seed, epsilon_greedy{linear{0.9, 0.1, 30}, tie_break::largest_index}};
  }));
  compare_lives(maker([&](std::uint64_t seed) { return q_learning{20, 3, plain, seed, ucb{20, 3}}; }));
}

TEST_CASE("table_fleet: the switches of a learner do what they do there") {
  for (int k = 0; k < 3; ++k) {
    const learner_options host{
        .bootstrap_at_termination = k == 0, .truncation_is_terminal = k == 1, .learn_requested_action = k == 2};
    compare_lives(maker([](std::uint64_t seed) { return sarsa{20, 3, {.learning_rate = 0.3}, seed}; }, host), host);
  }
}

TEST_CASE("table_fleet: an encoder with history has one for each service") {
  const auto make = [](std::uint64_t seed) {
    return alone{learn_on<table_world>(table_trend{}, sarsa{10, 3, {.learning_rate = 0.3}, seed}, table_cost{},
                                       actions{-1, 0, 2})};
  };
  compare_lives(make);
}

TEST_CASE("table_fleet: stored and restored in mid-run, it goes on as its services would") {
  const auto make = maker([](std::uint64_t seed) {
    return sarsa{20, 3, {.learning_rate = linear{0.9, 0.1, 50}}, seed};
  });
  table_fleet first{make(0).policy, 21};
  std::map<std::uint32_t, std::pair<service_id, decltype(make(0))>> model;
  engine draw{5};
  live(first, model, make, draw, 300);
  checkpoint c;
  store(first, c, "fleet");
  table_fleet second{make(0).policy, 21};
  second.join(3);
  restore(second, c, "fleet");
  checkpoint d;
  store(second, d, "fleet");
  CHECK(c == d);
  // As with a learner, the last step is not in the file: who goes on, starts.
  for (auto& [slot, one] : model) {
    one.second.policy.pause();
    one.second.within = false;
  }
  CHECK(live(second, model, make, draw, 200) > 500);
  require_equal_files(second, model);

  table_fleet other{maker([](std::uint64_t seed) { return sarsa{20, 3, {.discount = 0.5}, seed}; })(0).policy, 21};
  std::map<std::uint32_t, std::pair<service_id, decltype(make(0))>> others;
  engine again{6};
  const auto make_other = maker([](std::uint64_t seed) { return sarsa{20, 3, {.discount = 0.5}, seed}; });
  live(other, others, make_other, again, 60);
  CHECK_THROWS_AS(restore(other, c, "fleet"), checkpoint_error);
  CHECK(live(other, others, make_other, again, 60) > 50);  // within their episodes as before
  require_equal_files(other, others);
}

TEST_CASE("table_fleet: a service goes to another fleet, and to a learner of its own") {
  const auto make = maker([](std::uint64_t seed) { return q_learning{20, 3, {.learning_rate = 0.3}, seed}; });
  table_fleet first{make(0).policy, 5};
  std::map<std::uint32_t, std::pair<service_id, decltype(make(0))>> model;
  engine draw{8};
  live(first, model, make, draw, 100);
  const service_id id = first.at(0);
  checkpoint c;
  store(first.service(id), c, "shop");
  table_fleet second{make(0).policy, 3};
  second.join(1);
  auto moved = second.service(second.join(2));
  restore(moved, c, "shop");
  auto alone_now = make(9);
  restore(alone_now.policy, c, "shop");
  const auto ours = second.table(second.at(1));
  const auto theirs = first.table(id);
  CHECK(std::vector<double>(ours.begin(), ours.end()) == std::vector<double>(theirs.begin(), theirs.end()));
  checkpoint d;
  store(alone_now.policy, d, "shop");
  CHECK(c == d);
  std::vector<table_sample> seen(2, table_sample{25, 4, 0});
  std::vector<int> done(2);
  for (int t = 0; t < 50; ++t) {
    seen[1] = {uniform(draw, 0, 50), 4, 0};
    second.step(seen, done);
    REQUIRE(done[1] == alone_now.next(seen[1]));
  }
  CHECK_THROWS_AS(restore(moved, c, "shop"), std::invalid_argument);  // it is within an episode
}

TEST_CASE("table_fleet: a service may have limits of its own") {
  const auto make = maker([](std::uint64_t seed) { return sarsa{20, 3, {}, seed}; });
  table_fleet fleet{make(0).policy, 3};
  fleet.join(1);
  const service_id other = fleet.join(7);
  fleet.join(2, table_menu(4));
  CHECK(fleet.leave(other) == 1);  // its limits go with it to another position
  const std::vector<table_sample> seen(2, table_sample{25, 4, 0});
  std::vector<int> done(2);
  bool up = false;
  for (int t = 0; t < 200; ++t) {
    fleet.step(seen, done);
    up = up || done[0] > 0;
    REQUIRE(done[1] <= 0);
  }
  CHECK(up);
}

TEST_CASE("table_fleet: refuses what does not fit") {
  const auto with_traces = maker([](std::uint64_t seed) { return sarsa{20, 3, {.trace_decay = 0.5}, seed}; });
  CHECK_THROWS_WITH((table_fleet{with_traces(0).policy, 2}),
                    "table_fleet: trace_decay is 0.5, must be 0: a service with traces is a policy of its own, in a "
                    "policy_fleet");
  const auto make = maker([](std::uint64_t seed) { return sarsa{20, 3, {}, seed}; });
  table_fleet fleet{make(0).policy, 1};
  fleet.join(1);
  CHECK_THROWS_AS(fleet.join(2), std::invalid_argument);
  std::vector<table_sample> seen(1);
  std::vector<int> done(2);
  CHECK_THROWS_WITH(fleet.step(seen, done), "table_fleet: number of actions is 2, must be the number of services, 1");
}

TEST_CASE("table_fleet: nothing is allocated after construction") {
  const auto make = maker([](std::uint64_t seed) { return expected_sarsa{20, 3, {}, seed}; });
  table_fleet fleet{make(0).policy, 50};
  std::vector<table_sample> seen(50);
  std::vector<int> done(50);
  engine draw{2};
  for (table_sample& o : seen) o = table_drawn(draw);
  CHECK(allocations_in([&] {
          while (fleet.size() < 50) fleet.join(fleet.size());
          for (int t = 0; t < 5; ++t) fleet.step(seen, done);
          fleet.executed(done);
          fleet.stop(fleet.at(3), seen[0], episode::truncated);
          while (fleet.size() > 20) fleet.leave(fleet.at(fleet.size() / 2));
          fleet.step(std::span(seen).first(20), std::span(done).first(20));
          fleet.decide(std::span(seen).first(20), std::span(done).first(20));
        }) == 0);
}
