#include <headroom/agents/td_control.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/random.hpp>
#include <headroom/encoders/tiles.hpp>
#include <headroom/io/state.hpp>

#include "agents/dense_reference.hpp"
#include "allocations.hpp"
#include "catch.hpp"
#include "first_failure.hpp"

using namespace headroom;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

// What holds for one of them holds for all three.
template <class Body>
void for_each_agent(std::size_t states, std::size_t actions, const td_options& options, std::uint64_t seed,
                    const epsilon_greedy& explore, Body body) {
  {
    INFO("sarsa");
    body(sarsa{states, actions, options, seed, explore});
  }
  {
    INFO("expected_sarsa");
    body(expected_sarsa{states, actions, options, seed, explore});
  }
  {
    INFO("q_learning");
    body(q_learning{states, actions, options, seed, explore});
  }
}

q_table table_of(std::size_t states, std::size_t actions, const std::vector<double>& values) {
  q_table table(states, actions);
  std::copy(values.begin(), values.end(), table.all().begin());
  return table;
}

bool same_bits(const q_table& a, const q_table& b) {
  return std::equal(a.all().begin(), a.all().end(), b.all().begin(), b.all().end());
}

const epsilon_greedy no_exploration{0.0, tie_break::smallest_index};

}  // namespace

TEST_CASE("td_control: an agent begins at the initial value, with nothing done") {
  for_each_agent(3, 2, {.initial_value = 7}, 1, no_exploration, [](const auto& agent) {
    CHECK(agent.states() == 3);
    CHECK(agent.actions() == 2);
    const q_table table = agent.table();
    for (const double v : table.all()) CHECK(v == 7);
    CHECK(agent.done().steps == 0);
    CHECK(agent.done().episodes == 0);
    CHECK(agent.active_traces() == 0);
    CHECK(agent.options().discount == 0.99);
    CHECK(agent.exploration().epsilon() == 0);
  });
}

TEST_CASE("td_control: termination masks the bootstrap, truncation does not") {
  for_each_agent(2, 2, {.learning_rate = 0.5, .discount = 0.5}, 1, no_exploration, [](auto agent) {
    agent.adopt(table_of(2, 2, {0, 0, 8, 4}));
    auto cut = agent;
    agent.start(state_index{0});
    agent.terminate(3);
    CHECK(agent.value(state_index{0}, action_index{0}) == 0.5 * 3);
    cut.start(state_index{0});
    cut.truncate(3, state_index{1});
    CHECK(cut.value(state_index{0}, action_index{0}) == 0.5 * (3 + 0.5 * 8));
    for (const auto& one : {std::cref(agent), std::cref(cut)}) {
      CHECK(one.get().done().steps == 1);
      CHECK(one.get().done().episodes == 1);
      CHECK(one.get().value(state_index{1}, action_index{0}) == 8);
    }
  });
}

TEST_CASE("td_control: truncation learns what a step to the same state learns") {
  for_each_agent(2, 2, {.learning_rate = 0.5, .discount = 0.5}, 3, epsilon_greedy{0.5}, [](auto agent) {
    agent.adopt(table_of(2, 2, {0, 0, 8, 4}));
    for (int i = 0; i < 20; ++i) {
      auto twin = agent;
      agent.start(state_index{0});
      twin.start(state_index{0});
      agent.step(3, state_index{1});
      twin.truncate(3, state_index{1});
      CHECK(same_bits(agent.table(), twin.table()));
      agent.terminate(0);
    }
  });
}

TEST_CASE("td_control: start drops what was pending, and with it the traces") {
  for_each_agent(3, 2, {.learning_rate = 0.5, .discount = 1, .trace_decay = 1}, 1, no_exploration, [](auto agent) {
    agent.start(state_index{0});
    agent.step(0, state_index{1});
    CHECK(agent.active_traces() == 1);
    agent.start(state_index{2});
    CHECK(agent.active_traces() == 0);
    agent.terminate(4);
    CHECK(agent.value(state_index{2}, action_index{0}) == 2);
    CHECK(agent.value(state_index{0}, action_index{0}) == 0);
    CHECK(agent.value(state_index{1}, action_index{0}) == 0);
  });
}

TEST_CASE("td_control: the executed action is the one that is learned") {
  for_each_agent(2, 3, {.learning_rate = 0.5, .discount = 0.5}, 1, no_exploration, [](auto agent) {
    CHECK(agent.start(state_index{0}) == action_index{0});
    agent.executed(action_index{2});
    agent.step(6, state_index{1});
    CHECK(agent.value(state_index{0}, action_index{2}) == 3);
    CHECK(agent.value(state_index{0}, action_index{0}) == 0);
    // After a step as after a start, and said twice the last word counts.
    agent.executed(action_index{1});
    agent.executed(action_index{2});
    agent.terminate(2);
    CHECK(agent.value(state_index{1}, action_index{2}) == 1);
    CHECK(agent.value(state_index{1}, action_index{1}) == 0);
    CHECK(agent.value(state_index{1}, action_index{0}) == 0);
  });
}

TEST_CASE("td_control: the executed action is the one whose trace is made") {
  for_each_agent(3, 2, {.learning_rate = 0.5, .discount = 1, .trace_decay = 1}, 1, no_exploration, [](auto agent) {
    agent.start(state_index{0});
    agent.executed(action_index{1});
    agent.step(0, state_index{1});
    agent.terminate(8);
    CHECK(agent.value(state_index{0}, action_index{1}) == 4);
    CHECK(agent.value(state_index{0}, action_index{0}) == 0);
  });
}

TEST_CASE("td_control: an illegal action is never bootstrapped on, although its value is the highest") {
  const std::uint64_t lower = 0b011;
  // Values of state 1: 4, 2, and 1000 for the illegal one.
  for_each_agent(2, 3, {.learning_rate = 1.0, .discount = 0.5}, 1, epsilon_greedy{0.2, tie_break::smallest_index},
                 [&](auto agent) {
                   agent.adopt(table_of(2, 3, {0, 0, 0, 4, 2, 1000}));
                   auto cut = agent;
                   const action_index first = agent.start(state_index{0});
                   const action_index second = agent.step(1, state_index{1}, action_mask{&lower});
                   const double learned = agent.value(state_index{0}, first);
                   // SARSA: 4 or 2; Expected SARSA: 0.9 * 4 + 0.1 * 2; Q-learning: 4.
                   const bool one_of_them = learned == 1 + 0.5 * 4 || learned == 1 + 0.5 * 2 ||
                                            learned == Approx(1 + 0.5 * 3.8).epsilon(1e-15);
                   CHECK(one_of_them);
                   CHECK(to_size(second) < 2);
                   const action_index again = cut.start(state_index{0});
                   cut.truncate(1, state_index{1}, action_mask{&lower});
                   CHECK(cut.value(state_index{0}, again) == learned);
                 });
}

TEST_CASE("td_control: an illegal action is never chosen, although its value is the highest") {
  // Actions 0 and 70 are legal of a hundred; the others look better.
  std::vector<std::uint64_t> words(action_mask::words(100));
  words[0] = 1;
  words[1] = std::uint64_t{1} << 6U;
  const action_mask legal{words.data()};
  std::vector<double> values(200, 1000);
  for (const std::size_t s : {0U, 1U}) {
    values[s * 100] = 1;
    values[s * 100 + 70] = 2;
  }
  for_each_agent(2, 100, {.learning_rate = 1e-6, .discount = 0}, 1, epsilon_greedy{0.5}, [&](auto agent) {
    agent.adopt(table_of(2, 100, values));
    CHECK(agent.greedy(state_index{0}, legal) == action_index{70});
    std::size_t counts[2] = {0, 0};
    first_failure kept;
    const auto note = [&](action_index a) {
      kept.holds(to_size(a) == 0 || to_size(a) == 70, to_size(a));
      ++counts[to_size(a) == 70 ? 1 : 0];
    };
    note(agent.start(state_index{0}, legal));
    for (int t = 0; t < 100'000; ++t) {
      if (t % 100 == 99) {
        agent.truncate(1, state_index{0}, legal);
        note(agent.start(state_index{1}, legal));
      } else {
        note(agent.step(1, state_index{t % 2 == 0 ? 1U : 0U}, legal));
      }
    }
    CHECK(kept.report() == "");
    // The worse of the two comes by exploration alone: a quarter of 100001 draws, of deviation sqrt(100001 * 3) / 4 =
    // 137.
    CHECK(std::abs(static_cast<double>(counts[0]) - 25'000) < 5 * 137);
    const auto untouched = agent.table().at(state_index{0}, action_index{5});
    CHECK(untouched == 1000);
  });
}

TEST_CASE("td_control: greedy neither learns nor explores, and breaks ties as it was told") {
  for_each_agent(1, 3, {}, 1, epsilon_greedy{1.0, tie_break::largest_index}, [](auto agent) {
    agent.adopt(table_of(1, 3, {5, 5, 1}));
    const auto before = agent;
    for (int i = 0; i < 100; ++i) CHECK(agent.greedy(state_index{0}) == action_index{1});
    const std::uint64_t no_second = 0b101;
    CHECK(agent.greedy(state_index{0}, action_mask{&no_second}) == action_index{0});
    CHECK(same_bits(agent.table(), before.table()));
    // The engine was not asked: both go on alike.
    auto other = before;
    for (int i = 0; i < 20; ++i) CHECK(agent.start(state_index{0}) == other.start(state_index{0}));
  });
  for_each_agent(1, 3, {}, 1, epsilon_greedy{1.0, tie_break::engine},
                 [](auto agent) { CHECK(agent.greedy(state_index{0}) == action_index{0}); });
}

TEST_CASE("td_control: a learning rate by step is asked at every step") {
  // One state, reward 1, discount 0: Q goes to Q + rate (1 - Q), so each update tells the rate. Update n, from 1, has
  // the rate of n.
  const schedule rate = linear{.from = 0.5, .to = 0.1, .over = 4, .unit = per::step};
  for_each_agent(1, 1, {.learning_rate = rate, .discount = 0}, 1, no_exploration, [](auto agent) {
    double q = 0;
    agent.start(state_index{0});
    for (int n = 1; n <= 8; ++n) {
      const double expected = n < 4 ? 0.5 - 0.1 * n : 0.1;
      if (n % 3 == 0) {
        agent.truncate(1, state_index{0});
        agent.start(state_index{0});
      } else {
        agent.step(1, state_index{0});
      }
      q += expected * (1 - q);
      CHECK(agent.value(state_index{0}, action_index{0}) == Approx(q).epsilon(1e-14));
    }
  });
}

TEST_CASE("td_control: a learning rate by episode changes from one episode to the next and not within") {
  const schedule rate = exponential_decay{.from = 0.5, .to = 0.1, .factor = 0.5, .unit = per::episode};
  for_each_agent(1, 1, {.learning_rate = rate, .discount = 0}, 1, no_exploration, [](auto agent) {
    double q = 0;
    for (const double expected : {0.5, 0.25, 0.125, 0.1, 0.1}) {
      agent.start(state_index{0});
      for (int n = 0; n < 3; ++n) {
        if (n < 2)
          agent.step(1, state_index{0});
        else
          agent.terminate(1);
        q += expected * (1 - q);
        CHECK(agent.value(state_index{0}, action_index{0}) == Approx(q).epsilon(1e-14));
      }
    }
    CHECK(agent.done().episodes == 5);
    CHECK(agent.done().steps == 15);
  });
}

TEST_CASE("td_control: the exploration rate follows its schedule, by step and by episode") {
  for_each_agent(1, 2, {}, 1, epsilon_greedy{linear{.from = 1, .to = 0, .over = 4}}, [](auto agent) {
    agent.start(state_index{0});
    CHECK(agent.exploration().epsilon() == 1);
    for (const double expected : {0.75, 0.5, 0.25, 0.0, 0.0}) {
      agent.step(0, state_index{0});
      CHECK(agent.exploration().epsilon() == expected);
    }
  });
  for_each_agent(1, 2, {}, 1,
                 epsilon_greedy{exponential_decay{.from = 1, .to = 0.25, .factor = 0.5, .unit = per::episode}},
                 [](auto agent) {
                   for (const double expected : {1.0, 0.5, 0.25, 0.25}) {
                     agent.start(state_index{0});
                     CHECK(agent.exploration().epsilon() == expected);
                     agent.step(0, state_index{0});
                     CHECK(agent.exploration().epsilon() == expected);
                     agent.terminate(0);
                   }
                 });
}

TEST_CASE(
    "td_control: a tile-coded value is the sum over the active tiles, and the learning rate is divided among them") {
  using state = active_features<4>;
  const state s{{0, 5, 10, 15}};
  const state neighbour{{0, 5, 10, 16}};  // shares three of four
  const state stranger{{1, 6, 11, 17}};
  const auto test = [&](auto agent) {
    for (const auto& x : {s, neighbour, stranger})
      CHECK(agent.value(x, action_index{0}) == 8);  // the initial value is divided as well
    agent.start(s);
    agent.executed(action_index{1});
    agent.terminate(24);
    CHECK(agent.value(s, action_index{1}) == 8 + 0.5 * 16);
    CHECK(agent.value(neighbour, action_index{1}) == 8 + 0.75 * 0.5 * 16);
    CHECK(agent.value(stranger, action_index{1}) == 8);
    CHECK(agent.value(s, action_index{0}) == 8);
    CHECK(agent.greedy(s) == action_index{1});
    const std::uint64_t only_first = 0b01;
    CHECK(agent.greedy(s, action_mask{&only_first}) == action_index{0});
    CHECK(agent.greedy(stranger) == action_index{0});
    // The bootstrap is the sum as well: 0 + 0.5 * 16.
    agent.start(stranger);
    agent.executed(action_index{0});
    agent.truncate(0, s);
    CHECK(agent.value(stranger, action_index{0}) == 8 + 0.5 * (0.5 * 16 - 8));
  };
  const td_options options{.learning_rate = 0.5, .discount = 0.5, .initial_value = 8};
  SECTION("sarsa") { test(sarsa<epsilon_greedy, state>{20, 2, options, 1, no_exploration}); }
  SECTION("expected_sarsa") { test(expected_sarsa<epsilon_greedy, state>{20, 2, options, 1, no_exploration}); }
  SECTION("q_learning") { test(q_learning<epsilon_greedy, state>{20, 2, options, 1, no_exploration}); }
}

TEST_CASE("td_control: ties of a tile-coded state are broken as those of a table") {
  using state = active_features<2>;
  const state s{{0, 1}};
  CHECK(sarsa<epsilon_greedy, state>{2, 3, {}, 1, epsilon_greedy{0.0, tie_break::largest_index}}.greedy(s) ==
        action_index{2});
  CHECK(sarsa<epsilon_greedy, state>{2, 3, {}, 1, epsilon_greedy{0.0, tie_break::smallest_index}}.greedy(s) ==
        action_index{0});
  CHECK(sarsa<epsilon_greedy, state>{2, 3, {}, 1, epsilon_greedy{0.0, tie_break::engine}}.greedy(s) == action_index{0});
}

TEST_CASE("td_control: traces of a tile-coded state are one of each tile") {
  using state = active_features<4>;
  sarsa<epsilon_greedy, state> agent{
      20, 2, {.learning_rate = 0.5, .discount = 1, .trace_decay = 0.5}, 1, no_exploration};
  const state s{{0, 5, 10, 15}};
  const state neighbour{{0, 5, 10, 16}};
  agent.start(s);
  agent.step(0, neighbour);
  CHECK(agent.active_traces() == 4);
  agent.terminate(16);
  // Three tiles have a trace of 1 anew, tile 15 has 1/2 left, tile 16 has 1; each gains 0.5 / 4 * 16 = 2 times its
  // trace.
  CHECK(agent.value(neighbour, action_index{0}) == 8);
  CHECK(agent.value(s, action_index{0}) == 7);
  CHECK(agent.active_traces() == 5);
}

TEST_CASE("td_control: a copy has the same future, to the last bit") {
  for (const double trace_decay : {0.0, 0.8}) {
    for_each_agent(random_mdp::states, random_mdp::actions, {.discount = 0.9, .trace_decay = trace_decay}, 1,
                   epsilon_greedy{0.3}, [](auto agent) {
                     const auto live = [](auto& one, random_mdp& world, int steps) {
                       action_index a = one.start(state_index{world.reset()});
                       for (int t = 0; t < steps; ++t) {
                         const auto o = world.step(a);
                         if (o.status == episode::ongoing)
                           a = one.step(o.reward, state_index{o.state});
                         else {
                           if (o.status == episode::terminated)
                             one.terminate(o.reward);
                           else
                             one.truncate(o.reward, state_index{o.state});
                           a = one.start(state_index{world.reset()});
                         }
                       }
                     };
                     random_mdp world(4);
                     live(agent, world, 1'000);
                     auto copy = agent;
                     random_mdp same_world = world;
                     live(agent, world, 1'000);
                     CHECK_FALSE(same_bits(agent.table(), copy.table()));  // it learned something meanwhile
                     live(copy, same_world, 1'000);
                     CHECK(same_bits(agent.table(), copy.table()));
                     CHECK(agent.done().steps == copy.done().steps);
                     CHECK(agent.active_traces() == copy.active_traces());
                   });
  }
}

TEST_CASE("td_control: another seed explores otherwise") {
  // Two of 50 fair coins each: alike with probability 2^-50.
  std::vector<std::size_t> drawn[2];
  for (const std::uint64_t seed : {0U, 1U}) {
    sarsa agent{1, 2, {}, seed, epsilon_greedy{1.0}};
    for (int i = 0; i < 50; ++i) drawn[seed].push_back(to_size(agent.start(state_index{0})));
  }
  CHECK(drawn[0] != drawn[1]);
}

TEST_CASE("td_control: nothing allocates after construction") {
  std::uint64_t word = 0b1011;
  const action_mask some{&word};
  for (const double trace_decay : {0.0, 0.9}) {
    const td_options options{.learning_rate = linear{0.5, 0.1, 1000}, .discount = 0.9, .trace_decay = trace_decay};
    const epsilon_greedy explore{linear{1, 0.1, 1000}};
    const auto use = [&](auto agent, const auto& states) {
      engine random(3);
      const auto allocated = allocations_in([&] {
        for (int t = 0; t < 10'000; ++t) {
          const auto& s = states[random.below(states.size())];
          if (t % 10 == 0)
            agent.start(s, t % 20 == 0 ? some : action_mask{});
          else if (t % 10 == 9 && t % 20 == 9)
            agent.terminate(1);
          else if (t % 10 == 9)
            agent.truncate(1, s, some);
          else
            agent.step(1, s, t % 3 == 0 ? some : action_mask{});
          if (t % 7 == 0) agent.executed(action_index{t % 4 == 0 ? 1U : 0U});
          (void)agent.greedy(s);
          (void)agent.greedy(s, some);
          (void)agent.value(s, action_index{0});
        }
      });
      INFO("trace decay " << trace_decay);
      CHECK(allocated == 0);
    };
    std::vector<state_index> rows;
    for (std::size_t s = 0; s < 500; ++s) rows.push_back(state_index{s});
    for_each_agent(500, 4, options, 1, explore, [&](auto agent) { use(std::move(agent), rows); });

    tiles see{tilings<8>, axis{[](double x) { return x; }, 0.0, 1.0, 50}};
    std::vector<active_features<8>> places;
    for (int i = 0; i < 500; ++i) places.push_back(see(i / 500.0));
    use(sarsa<epsilon_greedy, active_features<8>>{see.size(), 4, options, 1, explore}, places);
    use(expected_sarsa<epsilon_greedy, active_features<8>>{see.size(), 4, options, 1, explore}, places);
    use(q_learning<epsilon_greedy, active_features<8>>{see.size(), 4, options, 1, explore}, places);
  }
}

TEST_CASE("td_control: adopt replaces what was learned, if the shape is the same") {
  for_each_agent(2, 3, {.trace_decay = 0.5}, 1, no_exploration, [](auto agent) {
    agent.start(state_index{0});
    agent.step(1, state_index{1});
    agent.adopt(table_of(2, 3, {1, 2, 3, 4, 5, 6}));
    CHECK(agent.value(state_index{1}, action_index{2}) == 6);
    CHECK(agent.active_traces() == 0);
  });
  sarsa a{2, 3, {}, 1};
  expected_sarsa b{2, 3, {}, 1};
  q_learning c{2, 3, {}, 1};
  CHECK_THROWS_WITH(a.adopt(q_table(3, 3)), "sarsa: number of states of the table is 3, must be 2");
  CHECK_THROWS_WITH(b.adopt(q_table(2, 2)), "expected_sarsa: number of actions of the table is 2, must be 3");
  CHECK_THROWS_WITH(c.adopt(q_table(3, 2)), "q_learning: number of states of the table is 3, must be 2");
  CHECK_NOTHROW(a.adopt(q_table(2, 3, 1e150)));
  CHECK_THROWS_WITH(a.adopt(q_table(2, 3, -1.1e150)),
                    "sarsa: an action value of the table is -1.1e+150, must be from -1e150 to 1e150");
}

TEST_CASE("td_control: impossible hyper-parameters are refused, by the agent's own name") {
  const auto sentences = [](const td_options& options, const std::string& rest) {
    CHECK_THROWS_WITH((sarsa{2, 2, options, 1}), "sarsa: " + rest);
    CHECK_THROWS_WITH((expected_sarsa{2, 2, options, 1}), "expected_sarsa: " + rest);
    CHECK_THROWS_WITH((q_learning{2, 2, options, 1}), "q_learning: " + rest);
    CHECK_THROWS_AS((sarsa{2, 2, options, 1}), std::invalid_argument);
  };
  sentences({.learning_rate = 1.5}, "learning_rate is 1.5, must be in (0, 1]");
  sentences({.learning_rate = 0.0}, "learning_rate is 0, must be in (0, 1]");
  sentences({.learning_rate = -0.1}, "learning_rate is -0.1, must be in (0, 1]");
  sentences({.learning_rate = nan_value}, "learning_rate is nan, must be in (0, 1]");
  sentences({.learning_rate = linear{0.5, 1.25, 10}}, "learning_rate is 1.25, must be in (0, 1]");
  sentences({.learning_rate = linear{0.5, -0.5, 10}}, "learning_rate is -0.5, must never fall below 0");
  sentences({.discount = 1.01}, "discount is 1.01, must be in [0, 1]");
  sentences({.discount = -0.5}, "discount is -0.5, must be in [0, 1]");
  sentences({.discount = nan_value}, "discount is nan, must be in [0, 1]");
  sentences({.trace_decay = 2}, "trace_decay is 2, must be in [0, 1]");
  sentences({.trace_decay = nan_value}, "trace_decay is nan, must be in [0, 1]");
  sentences({.trace_threshold = 0}, "trace_threshold is 0, must be in (0, 1)");
  sentences({.trace_threshold = 1}, "trace_threshold is 1, must be in (0, 1)");
  sentences({.trace_threshold = nan_value}, "trace_threshold is nan, must be in (0, 1)");
  sentences({.initial_value = inf}, "initial_value is inf, must be finite, from -1e150 to 1e150");
  sentences({.initial_value = nan_value}, "initial_value is nan, must be finite, from -1e150 to 1e150");
  CHECK_NOTHROW(sarsa{2, 2, {.learning_rate = linear{1, 0, 10}, .discount = 1, .trace_decay = 1}, 1});
  CHECK_THROWS_WITH((sarsa{0, 2, {}, 1}), "q_table: number of states is 0, must be at least 1");
  CHECK_THROWS_WITH((q_learning{2, 0, {}, 1}), "q_table: number of actions is 0, must be at least 1");
}

namespace {

// Options of each way to learn: one-step, a list of short traces, lazy ones.
const td_options each_way[] = {
    {.learning_rate = linear{0.5, 0.1, 1'000}, .discount = 0.9},
    {.learning_rate = 0.2, .discount = 0.9, .trace_decay = 0.5, .traces = trace_kind::dutch, .trace_threshold = 0.02},
    {.learning_rate = linear{0.5, 0.1, 1'000},
     .discount = 0.99,
     .trace_decay = 0.95,
     .traces = trace_kind::accumulating},
    {.learning_rate = 0.1, .discount = 1, .trace_decay = 1},
};

template <class Agent>
void live(Agent& agent, random_mdp& world, action_index& a, int steps) {
  for (int t = 0; t < steps; ++t) {
    const auto o = world.step(a);
    if (o.status == episode::ongoing) {
      a = agent.step(o.reward, state_index{o.state});
      continue;
    }
    if (o.status == episode::terminated)
      agent.terminate(o.reward);
    else
      agent.truncate(o.reward, state_index{o.state});
    a = agent.start(state_index{world.reset()});
  }
}

}  // namespace

TEST_CASE("td_control: every way to learn gives the table of the definition, where traces are short") {
  // Traces that fall below the threshold within eight steps are kept in a list, longer ones are lazy. With a decay of
  // 0.0099 what a threshold of 1e-15 drops is nothing beside 1e-12, with 1e-18 it takes more than eight steps.
  for (const double threshold : {1e-15, 1e-18}) {
    for (const auto kind : {trace_kind::accumulating, trace_kind::replacing, trace_kind::dutch}) {
      sarsa agent{
          random_mdp::states,
          random_mdp::actions,
          {.learning_rate = 0.1, .discount = 0.99, .trace_decay = 0.01, .traces = kind, .trace_threshold = threshold},
          5,
          epsilon_greedy{0.3}};
      dense_td reference(random_mdp::states, random_mdp::actions, 0.1, 0.99, 0.01, kind);
      const auto follow = [](const dense_td& r, std::size_t s, action_index a, action_mask) {
        return follow_up{r.value(s, to_size(a)), false};
      };
      CHECK(run_beside(agent, reference, 12, 20'000, false, follow) <= 1e-12);
    }
  }
}

TEST_CASE("td_control: the table, the values and what is greedy agree at any moment, and asking changes nothing") {
  for (const td_options& options : each_way) {
    for_each_agent(random_mdp::states, random_mdp::actions, options, 2, epsilon_greedy{0.3}, [](auto agent) {
      auto unasked = agent;
      random_mdp world(5);
      random_mdp same_world = world;
      action_index a = agent.start(state_index{world.reset()});
      action_index b = unasked.start(state_index{same_world.reset()});
      for (int k = 0; k < 300; ++k) {
        live(agent, world, a, 7);
        const q_table table = agent.table();
        for (std::size_t s = 0; s < agent.states(); ++s) {
          for (std::size_t i = 0; i < agent.actions(); ++i) {
            REQUIRE(table(state_index{s}, action_index{i}) == agent.value(state_index{s}, action_index{i}));
          }
          REQUIRE(agent.greedy(state_index{s}) == best_of(table.row(s), {}, tie_break::smallest_index));
        }
      }
      live(unasked, same_world, b, 7 * 300);
      CHECK(same_bits(agent.table(), unasked.table()));
    });
  }
}

TEST_CASE("td_control: learn does what step does, without drawing and counting") {
  for (const td_options& given : each_way) {
    td_options options = given;
    options.learning_rate = 0.1;  // a schedule goes with the steps that are counted
    for_each_agent(random_mdp::states, random_mdp::actions, options, 3, epsilon_greedy{0.3}, [](auto agent) {
      auto reader = agent;
      random_mdp world(6);
      std::size_t s = world.reset();
      action_index a = agent.start(state_index{s});
      reader.start(state_index{s});
      for (int t = 0; t < 5'000; ++t) {
        const auto o = world.step(a);
        const action_index next = agent.step(o.reward, state_index{o.state});
        reader.learn(state_index{s}, a, o.reward, state_index{o.state}, next);
        s = o.state;
        a = next;
      }
      CHECK(same_bits(agent.table(), reader.table()));
      CHECK(agent.active_traces() == reader.active_traces());
      CHECK(reader.done().steps == 0);
    });
  }
}

TEST_CASE("td_control: learn does what step does on active tiles, with traces and without") {
  using state = active_features<2>;
  for (const double decay : {0.0, 0.3, 0.99}) {
    INFO("trace_decay " << decay);
    const auto compare = [](auto agent) {
      auto reader = agent;
      engine random(4, stream::workload);
      const auto drawn = [&random] {
        const auto tile = [&random](double from) { return static_cast<std::size_t>(uniform(random, from, from + 10)); };
        const std::size_t first = tile(0);
        return state{{first, tile(10)}};
      };
      state s = drawn();
      action_index a = agent.start(s);
      reader.start(s);
      for (int t = 0; t < 2'000; ++t) {
        const state next = drawn();
        const double reward = uniform(random, -1, 1);
        const action_index then = agent.step(reward, next);
        reader.learn(s, a, reward, next, then);
        s = next;
        a = then;
      }
      CHECK(same_bits(agent.table(), reader.table()));
      CHECK(agent.active_traces() == reader.active_traces());
      CHECK(agent.value(s, a) != 0);
    };
    const td_options options{.learning_rate = 0.1, .discount = 0.9, .trace_decay = decay};
    compare(sarsa<epsilon_greedy, state>{20, 3, options, 1, epsilon_greedy{0.3}});
    compare(expected_sarsa<epsilon_greedy, state>{20, 3, options, 1, epsilon_greedy{0.3}});
    compare(q_learning<epsilon_greedy, state>{20, 3, options, 1, epsilon_greedy{0.3}});
  }
}

TEST_CASE("td_control: learn of a last transition does what terminate does, and its traces end there") {
  for (const td_options& given : each_way) {
    td_options options = given;
    options.learning_rate = 0.1;
    for_each_agent(random_mdp::states, random_mdp::actions, options, 3, epsilon_greedy{0.3}, [](auto agent) {
      auto reader = agent;
      random_mdp world(6);
      for (int e = 0; e < 200; ++e) {
        std::size_t s = world.reset();
        action_index a = agent.start(state_index{s});
        for (int t = 0; t < 9; ++t) {
          const auto o = world.step(a);
          const action_index next = agent.step(o.reward, state_index{o.state});
          reader.learn(state_index{s}, a, o.reward, state_index{o.state}, next);
          s = o.state;
          a = next;
        }
        const auto last = world.step(a);
        agent.terminate(last.reward);
        reader.learn(state_index{s}, a, last.reward);
        CHECK(reader.active_traces() == 0);
      }
      CHECK(same_bits(agent.table(), reader.table()));
      CHECK(reader.done().episodes == 0);
    });
  }
}

TEST_CASE("td_control: stored at any moment and restored, an agent goes on bit for bit") {
  for (const td_options& options : each_way) {
    const epsilon_greedy explore{linear{0.6, 0.1, 2'000}};
    for_each_agent(random_mdp::states, random_mdp::actions, options, 4, explore, [](auto agent) {
      auto other = agent;
      random_mdp world(7);
      random_mdp elsewhere(8);
      action_index a = agent.start(state_index{world.reset()});
      action_index b = other.start(state_index{elsewhere.reset()});
      for (int k = 0; k < 20; ++k) {
        live(agent, world, a, 100 + k);
        live(other, elsewhere, b, 50);  // it need not be fresh
        checkpoint c;
        store(agent, c, "agent");
        restore(other, c, "agent");
        CHECK(same_bits(agent.table(), other.table()));
        auto same_world = world;
        auto same_action = a;
        auto original = agent;
        live(original, world, a, 300);
        live(other, same_world, same_action, 300);
        CHECK(same_bits(original.table(), other.table()));
        CHECK(a == same_action);
        CHECK(original.done().steps == other.done().steps);
        CHECK(original.active_traces() == other.active_traces());
        CHECK(original.exploration().epsilon() == other.exploration().epsilon());
        agent = original;
      }
    });
  }
}

TEST_CASE("td_control: a tile-coded agent is stored and restored as well") {
  using state = active_features<4>;
  const td_options options{.learning_rate = 0.5, .discount = 0.9, .trace_decay = 0.9};
  sarsa<epsilon_greedy, state> agent{20, 2, options, 1};
  sarsa<epsilon_greedy, state> other{20, 2, options, 9};
  engine random(10);
  const auto place = [&](engine& r) { return state{{r.below(5), 5 + r.below(5), 10 + r.below(5), 15 + r.below(5)}}; };
  agent.start(place(random));
  for (int t = 0; t < 500; ++t) agent.step(random.uniform(), place(random));
  checkpoint c;
  store(agent, c);
  restore(other, c);
  engine same = random;
  first_failure equal;
  for (int t = 0; t < 500; ++t) {
    equal.same(agent.step(random.uniform(), place(random)), other.step(same.uniform(), place(same)));
  }
  CHECK(equal.report() == "");
  CHECK(same_bits(agent.table(), other.table()));
}

TEST_CASE("td_control: what decides can be stored alone, and read out of a file that holds everything") {
  for (const td_options& options : each_way) {
    for_each_agent(random_mdp::states, random_mdp::actions, options, 4, epsilon_greedy{0.3}, [&](auto agent) {
      random_mdp world(9);
      action_index a = agent.start(state_index{world.reset()});
      live(agent, world, a, 1'000);
      checkpoint everything;
      store(agent, everything);
      checkpoint decisions;
      store(agent, decisions, {}, keep::decisions);
      CHECK(decisions.names() == std::vector<std::string>{"action_values"});
      for (const checkpoint* c : {&everything, &decisions}) {
        // Configured otherwise, which is no matter to what decides.
        auto other = decltype(agent){random_mdp::states, random_mdp::actions, {.trace_decay = 0.9}, 77, no_exploration};
        restore(other, *c, {}, keep::decisions);
        CHECK(same_bits(agent.table(), other.table()));
        CHECK(other.active_traces() == 0);
      }
    });
  }
}

TEST_CASE("td_control: a file of another configuration or of no sense is refused, and nothing has changed") {
  sarsa agent{3, 2, {.trace_decay = 0.9}, 1};
  agent.start(state_index{0});
  for (std::size_t t = 0; t < 50; ++t) agent.step(1, state_index{t % 3});
  checkpoint c;
  store(agent, c);
  const auto refuses = [&](const td_options& options, const std::string& sentence) {
    sarsa other{3, 2, options, 5};
    other.start(state_index{1});
    for (std::size_t t = 0; t < 20; ++t) other.step(2, state_index{t % 3});
    auto before = other;
    CHECK_THROWS_WITH(restore(other, c), "checkpoint: " + sentence);
    CHECK(same_bits(other.table(), before.table()));
    for (std::size_t t = 0; t < 20; ++t) CHECK(other.step(2, state_index{t % 3}) == before.step(2, state_index{t % 3}));
    CHECK(same_bits(other.table(), before.table()));
  };
  refuses({.discount = 0.5, .trace_decay = 0.9}, "discount is 0.99 in the file, must be 0.5");
  refuses({.trace_decay = 0.8}, "trace_decay is 0.9 in the file, must be 0.8");
  refuses({.trace_decay = 0.9, .traces = trace_kind::dutch}, "trace_kind is 1 in the file, must be 2");
  sarsa wider{3, 3, {.trace_decay = 0.9}, 1};
  CHECK_THROWS_AS(restore(wider, c), checkpoint_error);
  sarsa faster{3, 2, {.learning_rate = 0.2, .trace_decay = 0.9}, 5};  // may be changed to go on
  CHECK(restore(faster, c).line() == "checkpoint: learning_rate.from is 0.1 in the file, here 0.2");
  CHECK(same_bits(faster.table(), agent.table()));
  const auto with = [&](const std::string& key, std::uint64_t value) {
    checkpoint bad;
    for (const auto& [k, v] : c.settings()) {
      if (k != key) bad.set(k, std::string_view(v));
    }
    bad.set(key, value);
    for (const std::string& name : c.names()) {
      const auto& shape = c.shape(name);
      if (name == "random.state" || name == "traces.first")
        bad.add(name, shape, c.get<std::uint64_t>(name, shape));
      else if (name == "traces.entry" || name == "traces.block" || name == "traces.queue")
        bad.add(name, shape, c.get<std::uint32_t>(name, shape));
      else
        bad.add(name, shape, c.get<double>(name, shape));
    }
    return bad;
  };
  sarsa other{3, 2, {.trace_decay = 0.9}, 5};
  CHECK_NOTHROW(restore(other, with("action", 1)));
  CHECK_THROWS_WITH(restore(other, with("action", 2)), "checkpoint: action is 2 in the file, must be on the menu");
  CHECK_THROWS_WITH(restore(other, with("state", 3)), "checkpoint: state is 3 in the file, must lie in the table");
  CHECK_THROWS_WITH(restore(other, with("learning_rate_now", 2)),
                    "checkpoint: learning_rate_now is 2 in the file, must be in [0, 1]");
}

TEST_CASE("td_control: a reward beyond the bound is not learned from, and counted") {
  for (const td_options& options : each_way) {
    for (const double reward : {1.5e308, -1.5e308, 1.001e9, -1.001e9, inf, -inf, nan_value}) {
      for_each_agent(3, 2, options, 1, no_exploration, [&](auto agent) {
        agent.adopt(table_of(3, 2, {5, 4, 6, 5, 7, 6}));
        agent.start(state_index{0});
        agent.step(1, state_index{1});
        const q_table before = agent.table();
        agent.step(reward, state_index{2});
        CHECK(agent.active_traces() == 0);
        CHECK(agent.health().refused_rewards == 1);
        agent.learn(state_index{0}, action_index{0}, reward);
        agent.learn(state_index{0}, action_index{0}, reward, state_index{1}, action_index{0});
        agent.truncate(reward, state_index{2});
        agent.terminate(reward);
        CHECK(agent.health().refused_rewards == 5);
        CHECK(agent.health().diverged == 0);
        CHECK(same_bits(agent.table(), before));
        CHECK(agent.done().steps == 4);
        CHECK(agent.done().episodes == 2);
        // What was chosen after the refused reward is learned as ever, with the largest reward that there is.
        agent.start(state_index{2});
        agent.step(largest_reward, state_index{2});
        agent.terminate(-largest_reward);
        CHECK(agent.health().refused_rewards == 5);
        CHECK(!same_bits(agent.table(), before));
      });
    }
  }
}

TEST_CASE("td_control: no reward turns a table into numbers that are not finite") {
  for (const td_options& options : each_way) {
    for_each_agent(2, 2, options, 1, epsilon_greedy{0.5}, [](auto agent) {
      agent.start(state_index{0});
      for (int k = 0; k < 2'000; ++k) {
        agent.step(k % 3 == 0 ? 1.5e308 : k % 2 == 0 ? 1e9 : -1e9, state_index{static_cast<std::size_t>(k % 2)});
      }
      for (const q_table all = agent.table(); const double v : all.all()) CHECK(std::abs(v) < 1e13);
      CHECK(agent.health().refused_rewards == 667);
    });
  }
}

TEST_CASE("td_control: sums of tiles that diverge stop at the bound of a step, and every such step is counted") {
  using state = active_features<2>;
  // Both tiles are one: every step moves the value twice as far as the rate says, and lambda 1 adds all of them up.
  for (const double trace_decay : {0.0, 1.0}) {
    sarsa<epsilon_greedy, state> agent{1,
                                       1,
                                       {.learning_rate = 1,
                                        .discount = 1,
                                        .trace_decay = trace_decay,
                                        .traces = trace_kind::accumulating,
                                        .initial_value = 1e120},
                                       1,
                                       no_exploration};
    const state s{0, 0};
    for (int k = 0; k < 500; ++k) {
      agent.start(s);
      for (int j = 0; j < 20; ++j) agent.step(k % 2 == 0 ? 1e9 : -1e9, s);
      agent.terminate(0);
    }
    CHECK(std::isfinite(agent.value(s, action_index{0})));
    CHECK(agent.health().diverged > 0);
    CHECK(agent.health().refused_rewards == 0);
  }
}

TEST_CASE("td_control: values and traces in a file that could overflow are refused") {
  for (const td_options& options : each_way) {
    for_each_agent(2, 2, options, 1, no_exploration, [](auto agent) {
      agent.start(state_index{0});
      agent.step(1, state_index{1});
      checkpoint c;
      store(agent, c);
      const auto with = [&](const std::string& tensor, double value) {
        checkpoint bad;
        for (const auto& [k, v] : c.settings()) bad.set(k, std::string_view(v));
        for (const std::string& name : c.names()) {
          const auto& shape = c.shape(name);
          const auto copy = [&]<class T>(T first) {
            const auto all = c.get<T>(name, shape);
            std::vector<T> numbers(all.begin(), all.end());
            if (name == tensor) numbers.at(0) = first;
            bad.add(name, shape, numbers);
          };
          if (name == "random.state" || name == "traces.first")
            copy(std::uint64_t{0});
          else if (name == "traces.entry" || name == "traces.block" || name == "traces.queue" ||
                   name == "traces.active")
            copy(std::uint32_t{0});
          else
            copy(value);
        }
        return bad;
      };
      const auto before = agent;
      CHECK_THROWS_WITH(restore(agent, with("action_values", -1e300)),
                        "checkpoint: action_values is -1e+300 in the file, must be from -1e150 to 1e150");
      CHECK_NOTHROW(restore(agent, with("action_values", 1e150)));
      if (c.contains("traces.trace")) {
        CHECK_THROWS_WITH(restore(agent, with("traces.trace", 1e16)),
                          "checkpoint: traces.trace is 1e+16 in the file, must be from 0 to 1e15");
      }
      for (const std::string name : {"value", "before", "sum"}) {
        if (!c.contains("traces." + name)) continue;
        CHECK_THROWS_WITH(restore(agent, with("traces." + name, 1e200)),
                          "checkpoint: traces." + name + " is 1e+200 in the file, must be from -1e+150 to 1e+150");
      }
      if (c.contains("traces.scale")) {
        CHECK_THROWS_WITH(restore(agent, with("traces.scale", -1)),
                          "checkpoint: traces.scale is -1 in the file, must be from 0 to 4.096e+18");
        CHECK_THROWS_WITH(restore(agent, with("traces.factor", 2)),
                          "checkpoint: traces.factor is 2 in the file, must be from 0 to 1");
      }
    });
  }
}

TEST_CASE("td_control: an update that is not finite is not spread along the traces") {
  for (const td_options& options : each_way) {
    if (options.trace_decay == 0) continue;
    for (const double reward : {inf, -inf, nan_value}) {
      for_each_agent(3, 2, options, 1, no_exploration, [&](auto agent) {
        agent.adopt(table_of(3, 2, {5, 4, 6, 5, 7, 6}));
        agent.start(state_index{0});
        agent.step(1, state_index{1});
        agent.step(1, state_index{2});
        const q_table before = agent.table();
        agent.terminate(reward);
        CHECK(same_bits(agent.table(), before));
        agent.start(state_index{2});
        agent.terminate(8);
        CHECK(agent.value(state_index{2}, action_index{0}) > 7);
        CHECK(agent.value(state_index{2}, action_index{0}) < 8);
      });
    }
  }
}
