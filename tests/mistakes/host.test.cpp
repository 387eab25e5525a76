// What a host does by accident. Assertions are recorded here instead of ending the program, so that one program sees
// both answers: the assertion of a debug build, and the count of a release build that goes on.
#include <vector>

namespace {
std::vector<const char*> asserted;
}
#define HEADROOM_ASSERT(condition, message) ((condition) ? void() : asserted.push_back(message))

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/ppo.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/health_line.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/one_hot.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/encoders/tiles.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// Three kinds of observations: comparable, comparable byte by byte, and neither.
struct comparable {
  double queue = 0;
  bool operator==(const comparable&) const = default;
};
struct plain {
  double queue = 0;
};
struct labelled {
  double queue = 0;
  std::string zone = "eu";
};

template <class Observation>
struct still_world {  // nothing ever changes in it
  using observation_type = Observation;
  using action_type = int;
  int t = 0;
  Observation reset() {
    t = 0;
    return {};
  }
  step_result<Observation> step(int) { return {{}, ++t == 5 ? episode::truncated : episode::ongoing}; }
};

constexpr actions menu_of_three{-1, 0, +1};
constexpr auto paid = [](const auto&, int, const auto& next) { return next.queue + 1; };

template <class Observation>
auto see() {
  return bins{cut{&Observation::queue, {0.5, 1.5}}};
}
template <class Observation>
auto a_learner() {
  return learn_on<still_world<Observation>>(see<Observation>(), sarsa{3, 3, {}, 1}, paid, menu_of_three);
}

std::vector<double> table_of(const sarsa<>& agent) {
  const q_table table = agent.table();
  return {table.all().begin(), table.all().end()};
}

// How many assertions a call raised; forgets them.
template <class Call>
std::size_t asserts(Call call) {
  asserted.clear();
  call();
  return std::exchange(asserted, {}).size();
}

}  // namespace

TEMPLATE_TEST_CASE("a stop with the observation that step had already learns nothing a second time", "", comparable,
                   plain, labelled) {
  for (const episode end : {episode::truncated, episode::terminated}) {
    auto policy = a_learner<TestType>();
    TestType o{0};
    CHECK(asserts([&] { policy.start(o); }) == 0);
    o.queue = 1;
    CHECK(asserts([&] { policy.step(o); }) == 0);
    const auto learned = table_of(policy.agent());
    CHECK(asserts([&] { policy.stop(o, end); }) == 1);
    CHECK(table_of(policy.agent()) == learned);
    CHECK(policy.agent().done().steps == 1);
    CHECK(policy.health().misused.repeated_stops == 1);
    CHECK(line_of(policy.health()) ==
          "learner: 1 stop with the observation that step had already, stop wants the one after it");
    CHECK(asserts([&] { policy.start(o); }) == 0);  // and the next episode is one like any other
    CHECK(policy.health().misused.starts_within == 0);
  }
}

TEMPLATE_TEST_CASE("a stop with the observation that start had already is the same mistake", "", comparable, plain,
                   labelled) {
  auto policy = a_learner<TestType>();
  const TestType o{0};
  policy.start(o);
  CHECK(asserts([&] { policy.stop(o, episode::truncated); }) == 1);
  CHECK(policy.agent().done().steps == 0);
}

TEMPLATE_TEST_CASE("one variable for all observations is no mistake, nor is a world that stands still", "", comparable,
                   plain, labelled) {
  auto policy = a_learner<TestType>();
  TestType o{0};
  policy.start(o);
  o.queue = 1;
  policy.step(o);
  o.queue = 2;
  CHECK(asserts([&] { policy.stop(o, episode::truncated); }) == 0);
  CHECK(policy.agent().done().steps == 2);

  const TestType one{1};
  const TestType other{1};  // the same value, read anew
  policy.start(other);
  policy.step(one);
  CHECK(asserts([&] { policy.stop(other, episode::truncated); }) == 0);
  CHECK(policy.agent().done().steps == 4);

  still_world<TestType> world;
  CHECK(asserts([&] { run(world, policy, 100); }) == 0);
  CHECK(policy.agent().done().steps == 104);
  CHECK(line_of(policy.health()).empty());
}

TEMPLATE_TEST_CASE("in a world that stands still at times an observation like the one before proves nothing", "",
                   comparable, plain, labelled) {
  auto policy = a_learner<TestType>();
  TestType o{0};
  policy.start(o);
  o.queue = 1;
  policy.step(o);
  o.queue = 1;  // read anew, and nothing has changed
  policy.step(o);
  CHECK(asserts([&] { policy.stop(o, episode::truncated); }) == 0);
  CHECK(policy.agent().done().steps == 3);
  CHECK(line_of(policy.health()).empty());

  // An episode may start where the one before had its last step.
  auto other = a_learner<TestType>();
  o.queue = 0;
  other.start(o);
  o.queue = 2;
  other.stop(o, episode::truncated);
  o.queue = 0;
  other.start(o);
  o.queue = 1;
  other.step(o);
  CHECK(asserts([&] { other.stop(o, episode::truncated); }) == 1);
}

TEST_CASE("stop(ongoing) leaves out the step whose consequence is not known, and is no mistake") {
  auto policy = a_learner<plain>();
  plain o{0};
  policy.start(o);
  o.queue = 1;
  policy.step(o);
  const auto learned = table_of(policy.agent());
  CHECK(asserts([&] { policy.stop(o, episode::ongoing); }) == 0);
  o.queue = 2;
  CHECK(asserts([&] { policy.step(o); }) == 0);  // the episode goes on
  CHECK(table_of(policy.agent()) == learned);
  CHECK(line_of(policy.health()).empty());
}

TEST_CASE("a pause leaves out the step whose consequence is not seen, and the episode goes on") {
  auto policy = a_learner<plain>();
  policy.pause();  // outside of an episode it is nothing
  CHECK(asserts([&] { policy.step({0}); }) == 1);
  policy.step({1});
  const auto learned = table_of(policy.agent());
  policy.pause();
  CHECK(asserts([&] { policy.step({2}); }) == 0);
  CHECK(table_of(policy.agent()) == learned);
  CHECK(policy.agent().done().steps == 1);
  policy.step({0});
  CHECK(policy.agent().done().steps == 2);
  CHECK(policy.health().misused.starts_within == 0);
  CHECK(policy.health().misused.repeated_stops == 0);
}

TEST_CASE("a step without start is counted, and taken for the start") {
  auto policy = a_learner<plain>();
  CHECK(asserts([&] { policy.step({0}); }) == 1);
  CHECK(asserts([&] { policy.step({1}); }) == 0);  // one mistake, one count
  CHECK(policy.agent().done().steps == 1);
  policy.stop({2}, episode::truncated);
  CHECK(asserts([&] { policy.step({0}); }) == 1);  // forgotten in the second episode
  CHECK(policy.health().misused.steps_without_start == 2);
  CHECK(line_of(policy.health()) == "learner: 2 steps without start, call start first");
  CHECK(asserts([&] { policy.stop({0}, episode::truncated), policy.stop({0}, episode::ongoing), policy.step({1}); }) ==
        1);  // stop(ongoing) outside of an episode begins none
}

TEST_CASE("a start within an episode may follow a gap: it is counted, and not asserted") {
  auto policy = a_learner<plain>();
  policy.start({0});
  CHECK(asserts([&] { policy.start({1}); }) == 0);
  CHECK(policy.health().misused.starts_within == 1);
  CHECK(line_of(policy.health()) ==
        "learner: 1 start within an episode, whose last step was not learned: call stop first");
}

TEST_CASE("all that is wrong stands in one line, each subject once") {
  learner_health<dqn_health> h;
  h.refused = {.observations = 2, .rewards = 1, .menus = 3};
  h.misused = {1, 0, 2};
  h.agent.diverged = 4;
  h.agent.refused_rewards = 5;
  h.agent.updates = 100;
  CHECK(line_of(h) ==
        "learner: 1 step without start, call start first; 2 starts within an episode, whose last step was not learned: "
        "call stop first; 2 observations refused, not finite or outside the agent's states; 1 reward refused, not "
        "finite; 3 moments without a legal action; agent: 4 updates not made, the result would not have been finite; 5 "
        "rewards refused, not finite or too large");
  CHECK(line_of(h.agent) ==
        "agent: 4 updates not made, the result would not have been finite; 5 rewards refused, not finite or too large");
  ppo_health p;
  p.refused_states = 1;
  CHECK(line_of(p) == "agent: 1 state refused, the network's output was not finite");
}

TEST_CASE("an agent that was copied where it should have been moved says that only the copy learns") {
  const std::string sentence =
      "agent: 1 copy made of it before it learned anything, only the copy learns: use std::move, or ask the policy's "
      "agent()";
  sarsa agent{3, 3, {}, 1};
  auto policy = learn_on<still_world<plain>>(see<plain>(), agent, paid, menu_of_three);
  still_world<plain> world;
  run(world, policy, 10);
  CHECK(line_of(agent.health()) == sentence);
  CHECK(asserts([&] { (void)agent.done(); }) == 1);
  CHECK(line_of(policy.health()).empty());
  CHECK(asserts([&] { CHECK(policy.agent().done().steps == 10); }) == 0);

  dqn network{1, 3, {}, 1};
  const dqn copy = network;
  CHECK(line_of(network.health()) == sentence);
  CHECK(asserts([&] { (void)network.done(); }) == 1);
  CHECK(asserts([&] { (void)copy.done(); }) == 0);
  ppo actor{1, 3, {}, 1};
  const ppo second = actor;
  CHECK(line_of(actor.health()) == sentence);
  CHECK(asserts([&] { (void)actor.done(); }) == 1);
  CHECK(asserts([&] { (void)second.done(); }) == 0);
}

TEST_CASE("a copy on purpose is no mistake: of an agent that has learned, from steps, a log or a file") {
  sarsa stepped{3, 3, {}, 1};
  stepped.start(state_index{0});
  stepped.terminate(1);
  sarsa logged{3, 3, {}, 1};
  logged.learn(state_index{0}, action_index{0}, 1);
  sarsa adopted{3, 3, {.trace_decay = 0.9}, 1};
  adopted.adopt(q_table(3, 3, 1));
  for (const sarsa<>* agent : {&stepped, &logged, &adopted}) {
    const sarsa copy = *agent;
    CHECK(line_of(agent->health()).empty());
    CHECK(asserts([&] { (void)agent->done(); }) == 0);
  }
  sarsa moved{3, 3, {}, 1};
  const sarsa there = std::move(moved);
  CHECK(line_of(there.health()).empty());
}

TEST_CASE("an agent that was moved from is refused, wherever it is used again") {
  const auto check = [](auto agent, auto state, const std::string& name) {
    INFO(name);
    const auto there = std::move(agent);
    CHECK(there.actions() == 3);
    CHECK_THROWS_WITH(agent.start(state), name + ": it was moved from, must be used where it was moved to");
  };
  check(sarsa{3, 3, {}, 1}, state_index{}, "sarsa");
  check(expected_sarsa{3, 3, {}, 1}, state_index{}, "expected_sarsa");
  check(q_learning{3, 3, {.trace_decay = 0.9}, 1}, state_index{}, "q_learning");
  const float numbers[] = {1};
  check(dqn{1, 3, {}, 1}, vector_state(numbers), "dqn");
  check(ppo{1, 3, {}, 1}, vector_state(numbers), "ppo");

  const std::string sentence = "learner: its agent was moved from, must be used where it was moved to";
  sarsa agent{3, 3, {}, 1};
  const auto first = learn_on<still_world<plain>>(see<plain>(), std::move(agent), paid, menu_of_three);
  CHECK_THROWS_WITH(learn_on<still_world<plain>>(see<plain>(), std::move(agent), paid, menu_of_three), sentence);
  dqn network{1, 3, {}, 1};
  const standardize scaled{between{&plain::queue, 0, 1}};
  const auto second = learn_on<still_world<plain>>(scaled, std::move(network), paid, menu_of_three);
  CHECK_THROWS_WITH(learn_on<still_world<plain>>(scaled, std::move(network), paid, menu_of_three), sentence);
  agent = sarsa{3, 3, {}, 1};  // it may be given a new value
  CHECK_NOTHROW(agent.start(state_index{0}));
}

TEST_CASE("a policy that was moved from is refused, and so is an encoder") {
  const std::string sentence = "learner: it was moved from, must be used where it was moved to";
  auto policy = learn_on<still_world<plain>>(one_hot{one_of{&plain::queue, 3}}, dqn{3, 3, {}, 1}, paid, menu_of_three);
  policy.start({1});
  auto there = std::move(policy);
  CHECK_THROWS_WITH(policy.step({1}), sentence);
  CHECK_THROWS_WITH(policy.start({1}), sentence);
  CHECK(asserts([&] { there.step({1}); }) == 0);  // the episode moved along
  CHECK(there.agent().done().steps == 1);

  any_policy<plain, int> erased{std::move(there)};
  const any_policy<plain, int> other = std::move(erased);
  CHECK_THROWS_WITH(erased.start({1}), "any_policy: it was moved from, must be used where it was moved to");

  auto encode = see<plain>();
  const auto taken = std::move(encode);
  CHECK(taken.size() == 3);
  CHECK_THROWS_WITH(learn_on<still_world<plain>>(encode, sarsa{3, 3, {}, 1}, paid, menu_of_three),
                    "learner: number of states of the agent is 3, must equal the encoder's, 0");
  q_table table(3, 3, 1);
  const q_table kept = std::move(table);
  CHECK(kept.states() == 3);
  CHECK(table.states() == 0);
  CHECK(table.actions() == 0);
}

namespace {

struct counted {
  double queue = 0;
  int replicas = 4;
};

}  // namespace

TEST_CASE("a mask that never left a choice is said, after a hundred moments") {
  const auto make = [](int largest) {
    const limited menu{actions{-5, 0, +5}, &counted::replicas, {.minimum = 1, .maximum = largest}};
    return learn_on<still_world<counted>>(see<counted>(), sarsa{3, 3, {}, 1}, paid, menu);
  };
  auto stuck = make(8);  // from 4 replicas neither 9 nor -1 are within 1 to 8
  still_world<counted> world;
  run(world, stuck, 82);  // and one observation more in each of 17 episodes: 99
  CHECK(line_of(stuck.health()).empty());
  run(world, stuck, 1);
  CHECK(line_of(stuck.health()) ==
        "learner: 101 moments with one legal action, and none with a choice: the menu's moves do not fit into the "
        "limits");
  auto free = make(9);
  run(world, free, 200);
  CHECK(line_of(free.health()).empty());
  // One moment with a choice is enough.
  stuck.start({0, 3});
  CHECK(line_of(stuck.health()).empty());
}

TEST_CASE("a frozen policy says that nothing was learned") {
  auto policy = a_learner<plain>();
  frozen deployed{policy};
  CHECK(line_of(deployed.health()).empty());
  still_world<plain> world;
  run(world, deployed, 10);
  CHECK(deployed.health().learned_nothing == 10);
  CHECK(line_of(deployed.health()) == "frozen: 10 decisions, nothing was learned: to learn, run the learner itself");
  deployed.step({std::numeric_limits<double>::quiet_NaN()});
  CHECK(deployed.health().refused.observations == 1);
}

TEST_CASE("what is inside of a guard can be reached, changed and asked for its health") {
  guarded policy{a_learner<plain>(), [](const plain&, int) { return 0; }};
  policy.start(plain{0});
  policy.inner().agent().adopt(q_table(3, 3, 2));
  CHECK(std::as_const(policy).inner().agent().value(state_index{0}, action_index{0}) == 2);
  policy.start(plain{0});
  CHECK(policy.health().misused.starts_within == 1);
  reported told{std::move(policy), [](const plain&) { return 0; }};
  CHECK(told.health().misused.starts_within == 1);
}

namespace {

// Counts what it was told.
struct told_encoder {
  using state_type = state_index;
  int begun = 0;
  int since_begin = 0;
  state_index operator()(const plain&) {
    ++since_begin;
    return state_index{0};
  }
  [[nodiscard]] static std::size_t size() { return 1; }
  void begin_episode() {
    ++begun;
    since_begin = 0;
  }
};

}  // namespace

TEST_CASE("an encoder is told where an episode begins, before it sees the first observation") {
  auto policy = learn_on<still_world<plain>>(told_encoder{}, sarsa{1, 3, {}, 1}, paid, menu_of_three);
  const told_encoder& encode = policy.parts().encode;
  policy.start({0});
  policy.step({0});
  CHECK(encode.begun == 1);
  CHECK(encode.since_begin == 2);
  policy.stop({1}, episode::ongoing);  // seen, and the episode goes on
  policy.step({0});
  CHECK(encode.begun == 1);
  CHECK(encode.since_begin == 4);
  policy.stop({2}, episode::truncated);
  policy.step({0});  // a start that was forgotten
  CHECK(encode.begun == 2);
  CHECK(encode.since_begin == 1);
  asserted.clear();

  frozen deployed{policy};
  deployed.start({0});
  deployed.step({0});
  CHECK(deployed.learner().parts().encode.begun == 3);
  CHECK(deployed.learner().parts().encode.since_begin == 2);
}

TEST_CASE("a repeated observation is shown to an encoder once") {
  auto policy = learn_on<still_world<plain>>(told_encoder{}, sarsa{1, 3, {}, 1}, paid, menu_of_three);
  const plain o{1};
  policy.start({0});
  policy.step(o);
  policy.stop(o, episode::ongoing);
  CHECK(policy.parts().encode.since_begin == 2);
}

namespace {

// Drives two steps, saves, and drives on: the one that was saved is as the one that never was, and the one that was
// read goes on with a start.
template <class Make>
void check_saving_within_an_episode(Make make) {
  auto saved = make();
  auto never_saved = make();
  const std::vector<plain> seen{{0}, {1}, {2}, {0.2}, {1.2}};
  const auto drive = [&](auto& policy, std::size_t from, std::size_t to) {
    for (std::size_t k = from; k < to; ++k) {
      if (k == 0)
        policy.start(seen[k]);
      else
        policy.step(seen[k]);
    }
  };
  drive(saved, 0, 3);
  drive(never_saved, 0, 3);
  checkpoint file;
  store(saved, file, "policy");
  auto read = make();
  restore(read, file, "policy");
  CHECK(read.agent().done().steps == saved.agent().done().steps);  // two: no transition is invented
  CHECK(asserts([&] { read.start(seen[2]); }) == 0);
  drive(saved, 3, 5);
  drive(never_saved, 3, 5);
  drive(read, 3, 5);
  checkpoint one;
  checkpoint other;
  store(saved, one, "policy");
  store(never_saved, other, "policy");
  CHECK(one == other);
  CHECK(read.agent().done().steps == 4);
}

}  // namespace

TEST_CASE("a learner may be saved within an episode: a table, a network, a rollout") {
  check_saving_within_an_episode([] {
    return learn_on<still_world<plain>>(see<plain>(), sarsa{3, 3, {.trace_decay = 0.5}, 1}, paid, menu_of_three);
  });
  check_saving_within_an_episode([] {
    return learn_on<still_world<plain>>(
        standardize{between{&plain::queue, 0, 2}},
        dqn{1, 3, {.hidden = {4}, .batch = 1, .capacity = 8, .warm_up = 1, .n_steps = 2}, 1}, paid, menu_of_three);
  });
  check_saving_within_an_episode([] {
    return learn_on<still_world<plain>>(standardize{between{&plain::queue, 0, 2}},
                                        ppo{1, 3, {.hidden = {4}, .rollout = 8, .minibatch = 2}, 1}, paid,
                                        menu_of_three);
  });
}
