#include <headroom/policies/learner.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/random.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double place = 0;   // 0, 1 or 2: the state
  double reward = 0;  // that the step before brought
  int replicas = 2;
};

struct world {
  using observation_type = sample;
  using action_type = int;
  sample reset() { return {}; }
  step_result<sample> step(int) { return {}; }
};

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

const bins see{cut{&sample::place, {0.5, 1.5}}};
constexpr actions menu_of_three{-1, 0, +1};
// What the environment paid, and a part that depends on the action, so that crediting another action shows.
constexpr auto paid = [](const sample& before, int action, const sample& next) {
  return next.reward + 0.25 * action + 0.125 * before.place;
};

// A third of all choices explore: agents that disagree on one draw soon disagree on everything.
sarsa<> an_agent(std::size_t states = 3, std::size_t choices = 3) {
  return {states, choices, {.learning_rate = 0.5, .discount = 0.9, .trace_decay = 0.7}, 7, epsilon_greedy{0.33}};
}
auto a_learner(const learner_options& options = {}) {
  return learn_on<world>(see, an_agent(), paid, menu_of_three, options);
}

template <class Agent>
std::vector<double> table_of(const Agent& agent) {
  const q_table table = agent.table();
  return {table.all().begin(), table.all().end()};
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

// The agent without the policy around it: what the learner must be indistinguishable from.
struct by_hand {
  sarsa<> agent = an_agent();
  sample before{};
  int action = 0;

  int start(const sample& o) { return remember(o, agent.start(state_of(o))); }
  int step(const sample& o) { return remember(o, agent.step(paid(before, action, o), state_of(o))); }
  void stop(const sample& o, episode end) {
    if (end == episode::terminated)
      agent.terminate(paid(before, action, o));
    else
      agent.truncate(paid(before, action, o), state_of(o));
  }

 private:
  static state_index state_of(const sample& o) { return state_index{static_cast<std::size_t>(o.place)}; }
  int remember(const sample& o, action_index i) {
    before = o;
    return action = menu_of_three[i];
  }
};

// Warms both up alike: a table that is not zero, traces that are not empty, a transition that waits.
template <class Learner>
void warm_up(Learner& policy, by_hand& hand) {
  REQUIRE(policy.start({0, 0}) == hand.start({0, 0}));
  for (int k = 0; k < 20; ++k) {
    const sample o{static_cast<double>(k % 3), 1.0 + k};
    REQUIRE(policy.step(o) == hand.step(o));
  }
}

// After a refusal: nothing is pending, and a good observation starts afresh.
template <class Learner>
void check_resumes(Learner& policy, by_hand& hand) {
  const auto before = table_of(policy.agent());
  CHECK(policy.step({2, 5}) == hand.start({2, 5}));
  CHECK(same_bits(table_of(policy.agent()), before));  // what led here was not seen
  for (int k = 0; k < 20; ++k) {
    const sample o{static_cast<double>((k * 2) % 3), -1.0 * k};
    REQUIRE(policy.step(o) == hand.step(o));
  }
  CHECK_FALSE(same_bits(table_of(policy.agent()), before));
  CHECK(same_bits(table_of(policy.agent()), table_of(hand.agent)));
}

}  // namespace

TEST_CASE("a learner decides and learns as its agent does when driven by hand") {
  auto policy = a_learner();
  by_hand hand;
  engine random(1);
  for (int k = 0; k < 50; ++k) {
    const auto draw = [&] { return sample{static_cast<double>(random.below(3)), random.uniform()}; };
    const sample first = draw();
    REQUIRE(policy.start(first) == hand.start(first));
    for (std::size_t n = random.below(10); n > 0; --n) {
      const sample o = draw();
      REQUIRE(policy.step(o) == hand.step(o));
    }
    const sample last = draw();
    const episode end = k % 2 == 0 ? episode::terminated : episode::truncated;
    policy.stop(last, end);
    hand.stop(last, end);
  }
  CHECK(same_bits(table_of(policy.agent()), table_of(hand.agent)));
  CHECK(policy.agent().done().episodes == 50);
  CHECK(policy.refused().observations + policy.refused().rewards + policy.refused().menus == 0);
}

TEST_CASE("a non-finite observation is refused: neutral action, counted once, nothing learned") {
  for (const double bad : {not_a_number, infinity, -infinity}) {
    auto policy = a_learner();
    by_hand hand;
    warm_up(policy, hand);
    const auto before = table_of(policy.agent());
    CHECK(policy.step({bad, 3}) == 0);
    CHECK(policy.refused().observations == 1);
    CHECK(policy.refused().rewards == 0);
    CHECK(policy.refused().menus == 0);
    CHECK(same_bits(table_of(policy.agent()), before));
    CHECK(policy.step({bad, 3}) == 0);  // and a second one is a second refusal
    CHECK(policy.refused().observations == 2);
    CHECK(same_bits(table_of(policy.agent()), before));
    check_resumes(policy, hand);
    CHECK(policy.refused().observations == 2);
  }
}

TEST_CASE("a non-finite observation at the start of an episode is refused too") {
  auto policy = a_learner();
  by_hand hand;
  CHECK(policy.start({not_a_number, 0}) == 0);
  CHECK(policy.refused().observations == 1);
  check_resumes(policy, hand);
}

TEST_CASE("a non-finite reward is refused: counted once, nothing learned, and the good observation starts afresh") {
  for (const double bad : {not_a_number, infinity, -infinity}) {
    auto policy = a_learner();
    by_hand hand;
    warm_up(policy, hand);
    const auto before = table_of(policy.agent());
    CHECK(policy.step({1, bad}) == hand.start({1, bad}));
    CHECK(policy.refused().rewards == 1);
    CHECK(policy.refused().observations == 0);
    CHECK(same_bits(table_of(policy.agent()), before));
    for (int k = 0; k < 20; ++k) {
      const sample o{static_cast<double>(k % 3), 1.0 * k};
      REQUIRE(policy.step(o) == hand.step(o));
    }
    CHECK(same_bits(table_of(policy.agent()), table_of(hand.agent)));
    CHECK(policy.refused().rewards == 1);
  }
}

namespace {

// Says that it has three states, and does not keep its word.
struct liar {
  using state_type = state_index;
  [[nodiscard]] static std::size_t size() { return 3; }
  state_index operator()(const sample& o) const { return state_index{static_cast<std::size_t>(o.place)}; }
};

}  // namespace

TEST_CASE("an encoder that leaves its range is refused like a non-finite observation") {
  auto policy = learn_on<world>(liar{}, an_agent(), paid, menu_of_three);
  by_hand hand;
  warm_up(policy, hand);
  const auto before = table_of(policy.agent());
  CHECK(policy.step({3, 1}) == 0);  // the first index outside
  CHECK(policy.step({1e9, 1}) == 0);
  CHECK(policy.refused().observations == 2);
  CHECK(same_bits(table_of(policy.agent()), before));
  CHECK(policy.decide({3, 1}) == 0);
  CHECK(policy.refused().observations == 3);
  check_resumes(policy, hand);
}

namespace {

// Nothing is legal once there are no replicas left.
struct moody_menu {
  [[nodiscard]] static std::size_t size() { return 3; }
  int operator[](action_index i) const { return menu_of_three[i]; }
  [[nodiscard]] static bool legal(const sample& o, action_index) { return o.replicas > 0; }
};

}  // namespace

TEST_CASE("a moment without a legal action is refused: neutral action, counted once, nothing learned") {
  auto policy = learn_on<world>(see, an_agent(), paid, moody_menu{});
  by_hand hand;
  warm_up(policy, hand);
  const auto before = table_of(policy.agent());
  CHECK(policy.step({1, 3, 0}) == 0);
  CHECK(policy.refused().menus == 1);
  CHECK(policy.refused().observations + policy.refused().rewards == 0);
  CHECK(same_bits(table_of(policy.agent()), before));
  CHECK(policy.decide({1, 3, 0}) == 0);
  CHECK(policy.refused().menus == 2);
  check_resumes(policy, hand);
}

TEST_CASE("a learner behind limits never leaves them, exploring or not") {
  limited bounded{menu_of_three, &sample::replicas, replica_limits{.minimum = 1, .maximum = 3}};
  auto policy = learn_on<world>(see, sarsa<>{3, 3, {}, 7, epsilon_greedy{1.0}}, paid, bounded);
  int replicas = 1;
  int at_minimum = 0;
  int at_maximum = 0;
  replicas += policy.start({0, 0, replicas});
  for (int k = 0; k < 1000; ++k) {
    REQUIRE(replicas >= 1);
    REQUIRE(replicas <= 3);
    at_minimum += replicas == 1;
    at_maximum += replicas == 3;
    replicas += policy.step({0, 0, replicas});
  }
  CHECK(at_minimum > 0);
  CHECK(at_maximum > 0);
  CHECK(policy.refused().menus == 0);
}

TEST_CASE("the neutral action is the value-initialised one where the menu has it, else the first") {
  const auto neutral_of = [](const menu<int>& acts) {
    auto policy = learn_on<world>(see, an_agent(3, acts.size()), paid, acts);
    CHECK(policy.start({not_a_number, 0}) == policy.decide({not_a_number, 0}));
    return policy.decide({not_a_number, 0});
  };
  CHECK(neutral_of(menu<int>({-1, 0, 1})) == 0);
  CHECK(neutral_of(menu<int>({3, 2, 1, 0})) == 0);
  CHECK(neutral_of(menu<int>({8, 4})) == 8);
  CHECK(neutral_of(menu<int>({-1, 1})) == -1);
}

namespace {

struct empty_menu {
  [[nodiscard]] static std::size_t size() { return 0; }
  int operator[](action_index) const { return 0; }
};

}  // namespace

TEST_CASE("parts that do not fit each other are refused with a sentence") {
  CHECK_THROWS_WITH(learn_on<world>(see, an_agent(3, 2), paid, menu_of_three),
                    "learner: number of actions of the agent is 2, must equal the menu's, 3");
  CHECK_THROWS_WITH(learn_on<world>(see, an_agent(3, 4), paid, menu_of_three),
                    "learner: number of actions of the agent is 4, must equal the menu's, 3");
  CHECK_THROWS_WITH(learn_on<world>(see, an_agent(4), paid, menu_of_three),
                    "learner: number of states of the agent is 4, must equal the encoder's, 3");
  CHECK_THROWS_WITH(learn_on<world>(see, an_agent(2), paid, menu_of_three),
                    "learner: number of states of the agent is 2, must equal the encoder's, 3");
  CHECK_THROWS_WITH(learn_on<world>(see, an_agent(), paid, empty_menu{}),
                    "learner: number of actions is 0, must be at least 1");
  CHECK_THROWS_AS(learn_on<world>(see, an_agent(4), paid, menu_of_three), std::invalid_argument);
}

TEST_CASE("start in the middle of an episode drops what was pending") {
  auto policy = a_learner();
  by_hand hand;
  warm_up(policy, hand);
  const auto before = table_of(policy.agent());
  CHECK(policy.start({1, 100}) == hand.start({1, 100}));
  CHECK(same_bits(table_of(policy.agent()), before));
  CHECK(policy.step({2, 1}) == hand.step({2, 1}));
  CHECK(same_bits(table_of(policy.agent()), table_of(hand.agent)));
}

namespace {

// A learning rate of 1 writes the target itself into the table: with all values 10, a reward of 1 and a discount of 0.9
// it is 1 without and 10 with a bootstrap.
auto exact_learner(const learner_options& options = {}, double initial = 10) {
  const auto one = [](const sample&, int, const sample& next) { return next.reward; };
  return learn_on<world>(
      see, sarsa<>{3, 3, {.learning_rate = 1, .discount = 0.9, .initial_value = initial}, 7, epsilon_greedy{0}}, one,
      menu_of_three, options);
}

double value_after(episode end, const learner_options& options) {
  auto policy = exact_learner(options);
  const int action = policy.start({0, 0});
  policy.stop({1, 1}, end);
  return policy.agent().table().at(state_index{0}, action_index{static_cast<std::size_t>(action + 1)});
}

}  // namespace

TEST_CASE("the end of a task is not bootstrapped, a cut is, and two switches turn that around") {
  CHECK(value_after(episode::terminated, {}) == 1.0);
  CHECK(value_after(episode::truncated, {}) == 10.0);
  CHECK(value_after(episode::terminated, {.bootstrap_at_termination = true}) == 10.0);
  CHECK(value_after(episode::truncated, {.bootstrap_at_termination = true}) == 10.0);
  CHECK(value_after(episode::terminated, {.truncation_is_terminal = true}) == 1.0);
  CHECK(value_after(episode::truncated, {.truncation_is_terminal = true}) == 1.0);
  CHECK(value_after(episode::ongoing, {}) == 10.0);  // neither: nothing is learned
}

TEST_CASE("a stop without an end forgets the pending transition") {
  auto policy = exact_learner();
  policy.start({0, 0});
  policy.stop({1, 1}, episode::ongoing);
  policy.step({2, 1});  // there is nothing to learn from: a start
  CHECK(table_of(policy.agent()) == std::vector<double>(9, 10.0));
  policy.stop({1, 1}, episode::terminated);
  policy.stop({1, 1}, episode::terminated);  // the second has nothing left to say
  CHECK(policy.agent().done().episodes == 1);
}

TEST_CASE("what is refused at the end of an episode") {
  SECTION("a cut in an observation that cannot be seen") {
    auto policy = exact_learner();
    policy.start({0, 0});
    policy.stop({not_a_number, 1}, episode::truncated);
    CHECK(policy.refused().observations == 1);
    CHECK(table_of(policy.agent()) == std::vector<double>(9, 10.0));
  }
  SECTION("an end needs no observation, only its reward") {
    auto policy = exact_learner();
    const int action = policy.start({0, 0});
    policy.stop({not_a_number, 1}, episode::terminated);
    CHECK(policy.refused().observations == 0);
    CHECK(policy.agent().table().at(state_index{0}, action_index{static_cast<std::size_t>(action + 1)}) == 1.0);
  }
  SECTION("an end whose reward is none") {
    for (const episode end : {episode::terminated, episode::truncated}) {
      auto policy = exact_learner();
      policy.start({0, 0});
      policy.stop({1, not_a_number}, end);
      CHECK(policy.refused().rewards == 1);
      CHECK(policy.refused().observations == 0);
      CHECK(table_of(policy.agent()) == std::vector<double>(9, 10.0));
    }
  }
}

TEST_CASE("the executed action is learned, and the reward is asked about it") {
  for (const bool requested : {false, true}) {
    std::vector<int> asked;
    const auto reward = [&](const sample&, int action, const sample&) {
      asked.push_back(action);
      return 5.0;
    };
    // The values are such that +1 is chosen.
    q_table values(3, 3);
    for (std::size_t s = 0; s < 3; ++s) values.row(s)[2] = 1;
    sarsa<> agent{3, 3, {.learning_rate = 1, .discount = 0}, 7, epsilon_greedy{0}};
    agent.adopt(values);
    auto policy = learn_on<world>(see, agent, reward, menu_of_three, {.learn_requested_action = requested});
    REQUIRE(policy.start({0, 0}) == 1);
    policy.executed(-1);
    policy.step({1, 0});
    const auto& table = policy.agent().table();
    CHECK(table.at(state_index{0}, action_index{0}) == (requested ? 0.0 : 5.0));
    CHECK(table.at(state_index{0}, action_index{2}) == (requested ? 5.0 : 1.0));
    CHECK(asked == std::vector<int>{requested ? 1 : -1});
  }
}

TEST_CASE("an executed action that is not on the menu cannot be learned: the transition is dropped") {
  auto policy = a_learner();
  by_hand hand;
  warm_up(policy, hand);
  const auto before = table_of(policy.agent());
  policy.executed(7);
  CHECK(policy.step({1, 3}) == hand.start({1, 3}));
  CHECK(same_bits(table_of(policy.agent()), before));
  CHECK(policy.refused().observations + policy.refused().rewards + policy.refused().menus ==
        0);  // it was a good observation
  policy.executed(-7);
  const auto again = table_of(policy.agent());
  CHECK(policy.step({2, 3}) == hand.start({2, 3}));
  CHECK(same_bits(table_of(policy.agent()), again));
  for (int k = 0; k < 20; ++k) {
    const sample o{static_cast<double>(k % 3), 1.0 * k};
    REQUIRE(policy.step(o) == hand.step(o));
  }
  CHECK(same_bits(table_of(policy.agent()), table_of(hand.agent)));
}

TEST_CASE("being told that what was asked for was executed changes nothing") {
  auto policy = a_learner();
  by_hand hand;
  warm_up(policy, hand);
  for (int k = 0; k < 20; ++k) {
    policy.executed(hand.action);
    const sample o{static_cast<double>(k % 3), 2.0 * k};
    REQUIRE(policy.step(o) == hand.step(o));
  }
  CHECK(same_bits(table_of(policy.agent()), table_of(hand.agent)));
}

namespace {

// Learns nothing and cannot be corrected.
struct stubborn {
  using state_type = state_index;
  action_index start(state_index) {
    ++starts;
    return action_index{2};
  }
  action_index step(double, state_index) {
    ++steps;
    return action_index{2};
  }
  void terminate(double) {}
  void truncate(double, state_index) {}
  [[nodiscard]] static action_index greedy(state_index) { return action_index{2}; }
  int starts = 0;
  int steps = 0;
};

}  // namespace

TEST_CASE("an agent that cannot be corrected never learns from an overridden step") {
  static_assert(!CorrectableAgent<stubborn>);
  auto policy = learn_on<world>(see, stubborn{}, paid, menu_of_three);
  policy.start({0, 0});
  policy.step({1, 0});
  CHECK(policy.agent().steps == 1);
  policy.executed(0);
  policy.step({1, 0});
  CHECK(policy.agent().starts == 2);
  CHECK(policy.agent().steps == 1);
}

TEST_CASE("the reward is asked about what was seen before, what was done, and what came of it") {
  struct asked {
    double before, after;
    int action;
  };
  std::vector<asked> questions;
  const auto reward = [&](const sample& before, int action, const sample& after) {
    questions.push_back({before.place, after.place, action});
    return 0.0;
  };
  auto policy = learn_on<world>(see, an_agent(), reward, menu_of_three);
  const int first = policy.start({0, 0});
  CHECK(questions.empty());
  const int second = policy.step({1, 0});
  policy.stop({2, 0}, episode::terminated);
  REQUIRE(questions.size() == 2);
  CHECK(questions[0].before == 0);
  CHECK(questions[0].after == 1);
  CHECK(questions[0].action == first);
  CHECK(questions[1].before == 1);
  CHECK(questions[1].after == 2);
  CHECK(questions[1].action == second);
}

TEST_CASE("a learner takes no memory once it is made") {
  const auto exercise = [](auto policy) {
    return allocations_in([&] {
      for (int e = 0; e < 10; ++e) {
        policy.start({0, 0});
        for (int k = 0; k < 50; ++k) {
          policy.step({static_cast<double>(k % 3), k == 20 ? not_a_number : 1.0});
          if (k % 7 == 0) policy.executed(-1);
          if (k % 11 == 0) policy.step({not_a_number, 0});
        }
        policy.stop({1, 1}, e % 2 == 0 ? episode::terminated : episode::truncated);
        policy.decide({2, 0});
      }
    });
  };
  limited bounded{menu_of_three, &sample::replicas, replica_limits{.minimum = 1, .maximum = 2}};
  CHECK(exercise(a_learner()) == 0);
  CHECK(exercise(learn_on<world>(see, an_agent(), paid, bounded)) == 0);
  CHECK(exercise(learn_on<world>(see, q_learning<>{3, 3, {.trace_decay = 0.9}, 1}, paid, bounded)) == 0);
}

namespace {

// An agent that learns on vectors of two numbers, and keeps what it was shown.
struct listener {
  using state_type = vector_state;
  std::vector<std::vector<float>> heard{};
  int starts = 0;
  std::size_t width = 2;

  action_index start(vector_state s) { return ++starts, hear(s); }
  action_index step(double, vector_state s) { return hear(s); }
  void terminate(double) {}
  void truncate(double, vector_state s) { hear(s); }
  [[nodiscard]] action_index greedy(vector_state s) const { return action_index{s[0] > 0.5F ? 2U : 0U}; }
  [[nodiscard]] std::size_t dimension() const { return width; }
  [[nodiscard]] std::size_t actions() const { return 3; }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("starts", self.starts);
  }

 private:
  action_index hear(vector_state s) {
    heard.emplace_back(s.begin(), s.end());
    return action_index{2};
  }
};

auto two_numbers() { return standardize{between{&sample::place, 0, 2}, between{&sample::replicas, 0, 4}}; }

// An encoder whose vectors are not always what it says they are.
struct careless {
  using state_type = vector_state;
  float row[3] = {0.25F, 0.5F, 0.75F};
  vector_state operator()(const sample& o) const { return vector_state(row).first(static_cast<std::size_t>(o.place)); }
  [[nodiscard]] std::size_t dimension() const { return 2; }
};

}  // namespace

TEST_CASE("a learner shows vectors to an agent that learns on vectors, and never those that were refused") {
  auto policy = learn_on<world>(two_numbers(), listener{}, paid, menu_of_three);
  CHECK(policy.start({1, 0, 3}) == +1);
  CHECK(policy.step({2, 0, 1}) == +1);
  CHECK(policy.step({not_a_number, 0, 1}) == 0);
  CHECK(policy.refused().observations == 1);
  CHECK(policy.agent().starts == 1);
  CHECK(policy.step({0, 0, 4}) == +1);
  CHECK(policy.agent().starts == 2);  // afresh
  policy.stop({1, 0, 2}, episode::truncated);
  CHECK(policy.agent().heard == std::vector<std::vector<float>>{{0.5F, 0.75F}, {1, 0.25F}, {0, 1}, {0.5F, 0.5F}});
  CHECK(policy.decide({2, 0, 1}) == +1);
  CHECK(policy.decide({0, 0, 1}) == -1);
  CHECK(policy.decide({infinity, 0, 1}) == 0);
  CHECK(policy.refused().observations == 2);
}

TEST_CASE("a learner refuses a vector of another dimension: nothing is learned, and it is counted") {
  auto policy = learn_on<world>(careless{}, listener{}, paid, menu_of_three);
  CHECK(policy.start({2, 0}) == +1);
  CHECK(policy.step({1, 0}) == 0);
  CHECK(policy.step({3, 0}) == 0);
  CHECK(policy.step({0, 0}) == 0);
  CHECK(policy.decide({3, 0}) == 0);
  CHECK(policy.refused().observations == 4);
  CHECK(policy.step({2, 0}) == +1);
  CHECK(policy.agent().starts == 2);
  CHECK(policy.agent().heard == std::vector<std::vector<float>>{{0.25F, 0.5F}, {0.25F, 0.5F}});
}

TEST_CASE("a learner refuses an agent of another dimension than its encoder's") {
  CHECK_THROWS_WITH(learn_on<world>(two_numbers(), listener{.width = 3}, paid, menu_of_three),
                    "learner: dimension of the agent is 3, must equal the encoder's, 2");
}

TEST_CASE("a learner whose encoder follows the observations can be told to stop following") {
  auto policy =
      learn_on<world>(standardize{running{&sample::place}, running{&sample::reward}}, listener{}, paid, menu_of_three);
  policy.start({0, 1});
  policy.step({2, 3});
  CHECK(policy.parts().encode.seen() == 2);
  policy.freeze();
  policy.step({2, 3});
  CHECK(policy.parts().encode.seen() == 2);
  a_learner().freeze();  // of which there is nothing to freeze
}

TEST_CASE("a learner is saved with those of its organs that have something to save") {
  const auto make = [](const learner_options& options = {}) {
    return learn_on<world>(standardize{running{&sample::place}, running{&sample::reward}}, listener{}, paid,
                           menu_of_three, options);
  };
  auto policy = make();
  policy.start({0, 1});
  policy.step({not_a_number, 3});
  policy.step({2, 3});
  checkpoint file;
  store(policy, file, "deciding", keep::decisions);
  policy.stop({2, 4}, episode::ongoing);
  store(policy, file, "policy");

  auto other = make();
  restore(other, file, "policy");
  CHECK(other.agent().starts == 2);
  CHECK(other.refused().observations == 1);
  CHECK(other.parts().encode.seen() == 3);
  auto deciding = make();
  restore(deciding, file, "deciding", keep::decisions);
  CHECK(deciding.agent().starts == 2);
  CHECK(deciding.refused().observations == 0);
  CHECK(deciding.parts().encode.seen() == 2);

  other.start({0, 1});
  CHECK_THROWS_WITH(restore(other, file, "policy"),
                    "learner: restored within an episode, must be between episodes: call stop first");
  auto otherwise = make({.truncation_is_terminal = true});
  CHECK_THROWS_WITH(restore(otherwise, file, "policy"),
                    "checkpoint: policy.truncation_is_terminal is false in the file, must be true");
}
