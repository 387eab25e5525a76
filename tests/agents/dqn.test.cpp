#include <headroom/agents/dqn.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/explorations/greedy.hpp>
#include <headroom/explorations/softmax.hpp>
#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/learner.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "network_agents.hpp"

using namespace headroom;
using namespace network_agents;

namespace {

// The action values; a dueling head makes them of advantages and a value.
std::vector<double> values_by_hand(const mlp<float>& net, const row& s, bool dueling = false) {
  std::vector<double> x = by_hand(net, s);
  if (!dueling) return x;
  const double value = x.back();  // advantages first, the value last
  x.pop_back();
  double mean = 0;
  for (const double a : x) mean += a / static_cast<double>(x.size());
  for (double& a : x) a += value - mean;
  return x;
}
std::size_t best(const std::vector<double>& q) {
  return static_cast<std::size_t>(std::max_element(q.begin(), q.end()) - q.begin());
}
double huber_of(double error) { return std::abs(error) <= 1 ? error * error / 2 : std::abs(error) - 0.5; }

// One transition is all that is remembered, so that an update's loss is known; online and target network are two.
dqn_options small() {
  return {.hidden = {8},
          .learning_rate = 0.05,
          .discount = 0.9,
          .batch = 1,
          .capacity = 1,
          .warm_up = 1'000'000,
          .target_rate = 1,
          .target_every = 1'000'000};
}
dqn<> apart(const dqn_options& options) {
  dqn<> agent{2, 3, options, 7};
  engine random(3);
  for (int k = 0; k < 60; ++k) {
    agent.remember(somewhere(random), action_index{random.below(3)}, uniform(random, -3, 3), here, true);
    REQUIRE(agent.update());
  }
  return agent;
}

}  // namespace

TEST_CASE("dqn: is an agent that respects masks and can be corrected") {
  STATIC_REQUIRE(MaskedAgent<dqn<>>);
  STATIC_REQUIRE(CorrectableAgent<dqn<>>);
  STATIC_REQUIRE(MaskedAgent<dqn<softmax>>);
  const dqn agent{2, 3, {.hidden = {32, 16}, .activate = activation::tanh}, 1};
  CHECK(agent.dimension() == 2);
  CHECK(agent.actions() == 3);
  CHECK(agent.online().sizes() == std::vector<std::size_t>{2, 32, 16, 3});
  CHECK(agent.online().hidden() == activation::tanh);
  CHECK(parameters(agent.online()) == parameters(agent.target()));
}

TEST_CASE("dqn: values are the network's, with a dueling head those of value and advantages") {
  for (const bool dueling : {false, true}) {
    for (const auto activate : {activation::relu, activation::tanh}) {
      auto options = small();
      options.dueling = dueling;
      options.activate = activate;
      const auto agent = apart(options);
      const auto q = values_by_hand(agent.online(), there, dueling);
      REQUIRE(q.size() == 3);
      for (std::size_t a = 0; a < 3; ++a) CHECK(agent.value(there, action_index{a}) == Approx(q[a]).epsilon(1e-5));
      CHECK(agent.greedy(there) == action_index{best(q)});
    }
  }
}

TEST_CASE("dqn: the target is what the options say, to the last term") {
  engine random(5);
  const std::uint64_t first_two = 0b011;
  for (const bool double_dqn : {true, false}) {
    for (const bool dueling : {false, true}) {
      auto options = small();
      options.double_dqn = double_dqn;
      options.dueling = dueling;
      auto agent = apart(options);
      int disagreements = 0;  // of the two networks about the best next action
      int masked_bests = 0;
      for (int k = 0; k < 200; ++k) {
        const row s = somewhere(random);
        const row next = somewhere(random);
        const std::size_t a = random.below(3);
        const double r = uniform(random, -1, 1);
        const bool end = k % 10 == 0;
        const bool mask = k % 3 == 0;
        agent.remember(s, action_index{a}, r, next, end, mask ? action_mask{&first_two} : action_mask{});
        auto online = values_by_hand(agent.online(), next, dueling);
        auto target = values_by_hand(agent.target(), next, dueling);
        const double q = values_by_hand(agent.online(), s, dueling)[a];
        if (mask) {
          masked_bests += best(double_dqn ? online : target) == 2;
          online.pop_back();
          target.pop_back();
        }
        disagreements += best(online) != best(target);
        const double later = target[best(double_dqn ? online : target)];
        const double expected = huber_of(q - (r + (end ? 0 : 0.9 * later)));
        REQUIRE(agent.update());
        INFO("double " << double_dqn << ", dueling " << dueling << ", transition " << k);
        REQUIRE(agent.health().loss == Approx(expected).epsilon(1e-4).margin(1e-6));
      }
      CHECK(disagreements > 20);  // so that the one rule is not the other by chance
      CHECK(masked_bests > 5);
    }
  }
}

TEST_CASE("dqn: the gradient is that of the loss, by finite differences") {
  // Adam's first step is the learning rate against the sign of each gradient, and health() tells the length of all of
  // them together.
  for (const bool dueling : {false, true}) {
    for (const auto activate : {activation::relu, activation::tanh}) {
      auto options = small();
      options.dueling = dueling;
      options.activate = activate;
      options.clip_norm = infinity;
      dqn agent{2, 3, options, 7};
      agent.remember(here, action_index{1}, 0.75, there, true);
      const mlp<float> before = agent.online();
      REQUIRE(agent.update());
      double square = 0;
      int moved = 0;
      const auto loss = [&](const mlp<float>& net) { return huber_of(values_by_hand(net, here, dueling)[1] - 0.75); };
      const auto check = [&](auto part) {
        mlp<float> net = before;
        const auto size = part(net).size();
        for (std::ptrdiff_t i = 0; i < size; ++i) {
          const auto at = [&](auto&& matrix) -> decltype(auto) { return matrix(i / matrix.cols(), i % matrix.cols()); };
          const float was = at(part(before));
          const float up = was + 0.004F;
          const float down = was - 0.004F;
          at(part(net)) = up;
          const double high = loss(net);
          at(part(net)) = down;
          const double g = (high - loss(net)) / static_cast<double>(up - down);
          at(part(net)) = was;
          square += g * g;
          if (std::abs(g) < 1e-3) continue;
          ++moved;
          CHECK(static_cast<double>(at(part(agent.online())) - was) == Approx(g > 0 ? -0.05 : 0.05).epsilon(1e-3));
        }
      };
      for (std::size_t k = 0; k < before.layers(); ++k) {
        check([k](auto& net) { return net.weight(k); });
        check([k](auto& net) { return net.bias(k); });
      }
      INFO((dueling ? "dueling" : "plain") << (activate == activation::tanh ? ", tanh" : ", relu"));
      CHECK(moved > 15);
      CHECK(agent.health().gradient_norm == Approx(std::sqrt(square)).epsilon(1e-3));
    }
  }
}

TEST_CASE("dqn: an update moves the values towards the target, by every path there is") {
  // Whatever the head and the activation: with one transition to learn, its value becomes the target.
  for (const bool dueling : {false, true}) {
    for (const auto activate : {activation::relu, activation::tanh}) {
      auto options = small();
      options.dueling = dueling;
      options.activate = activate;
      options.learning_rate = linear{0.02, 1e-5, 1'000};
      dqn agent{2, 3, options, 4};
      // The schedule counts steps: start and step, so that it runs.
      options.warm_up = 1;
      options.discount = 0;
      agent = dqn{2, 3, options, 4};
      const std::uint64_t only_one = 0b010;
      agent.start(here, action_mask{&only_one});
      for (int k = 0; k < 1'000; ++k) agent.step(2.5, here, action_mask{&only_one});
      CHECK(agent.value(here, action_index{1}) == Approx(2.5).epsilon(1e-4));
      CHECK(agent.health().updates == 1'000);
    }
  }
}

TEST_CASE("dqn: what is remembered is what was seen, done and paid") {
  const std::uint64_t word = 0b101;
  dqn agent{2, 3, {.batch = 1, .capacity = 3, .warm_up = 1'000}, 1};
  const auto a = agent.start(here);
  const auto b = agent.step(1.5, there, action_mask{&word});
  const auto& memory = agent.remembered();
  REQUIRE(memory.size() == 1);
  CHECK(memory.observation(0)[0] == here[0]);
  CHECK(memory.observation(0)[1] == here[1]);
  CHECK(memory.next(0)[0] == there[0]);
  CHECK(memory.action(0) == to_size(a));
  CHECK(memory.reward(0) == 1.5F);
  CHECK(memory.discount(0) == 0.99F);
  CHECK_FALSE(memory.legal(0)[1]);
  CHECK(b != action_index{1});

  agent.executed(action_index{1});  // a guard did something else
  agent.terminate(-2);
  REQUIRE(memory.size() == 2);
  CHECK(memory.action(1) == 1);
  CHECK(memory.terminated(1));
  CHECK(memory.discount(1) == 0);
  CHECK(memory.reward(1) == -2);

  agent.start(there);
  agent.truncate(3, here);
  REQUIRE(memory.size() == 3);
  CHECK_FALSE(memory.terminated(2));
  CHECK(memory.discount(2) == 0.99F);
  CHECK(memory.next(2)[1] == here[1]);
  CHECK(agent.done().steps == 3);
  CHECK(agent.done().episodes == 2);

  agent.start(here);
  agent.start(there);  // what was pending is dropped
  agent.step(7, here);
  CHECK(memory.size() == 3);  // full: over the oldest
  CHECK(memory.reward(0) == 7);
  CHECK(memory.observation(0)[0] == there[0]);
}

TEST_CASE("dqn: returns over n steps, by hand, through the end of an episode and its cut") {
  const auto at = [](float x) { return row{x, 0}; };
  for (const bool cut : {false, true}) {
    dqn agent{2, 3, {.discount = 0.5, .batch = 1, .capacity = 10, .warm_up = 1'000, .n_steps = 3}, 1};
    const auto& memory = agent.remembered();
    agent.start(at(0));
    agent.step(1, at(1));
    agent.step(2, at(2));
    CHECK(memory.size() == 0);
    agent.step(4, at(3));
    CHECK(memory.size() == 1);
    if (cut)
      agent.truncate(8, at(4));
    else
      agent.terminate(8);
    REQUIRE(memory.size() == 4);
    const std::array<float, 4> sums{1 + 1 + 1, 2 + 2 + 2, 4 + 4, 8};
    const std::array<float, 4> discounts{0.125F, 0.125F, 0.25F, 0.5F};
    for (std::size_t i = 0; i < 4; ++i) {
      INFO("transition " << i << (cut ? " of a cut episode" : " of an ended episode"));
      const bool last = i > 0;  // the first was complete before
      CHECK(memory.observation(i)[0] == static_cast<float>(i));
      CHECK(memory.reward(i) == sums[i]);
      CHECK(memory.terminated(i) == (last && !cut));
      CHECK(memory.discount(i) == (last && !cut ? 0 : discounts[i]));
      if (!memory.terminated(i)) CHECK(memory.next(i)[0] == (last ? 4.0F : 3.0F));
    }
    agent.start(at(5));
    agent.step(1, at(6));
    agent.step(1, at(7));
    CHECK(memory.size() == 4);  // no return reaches over from one episode to the next
  }
}

TEST_CASE("dqn: warm-up, train_every and the size of a batch say when it learns") {
  const auto updates_after = [](const dqn_options& options, int steps) {
    dqn agent{2, 3, options, 1};
    agent.start(here);
    for (int k = 0; k < steps; ++k) agent.step(1, there);
    return agent.health().updates;
  };
  CHECK(updates_after({.batch = 4, .capacity = 50, .warm_up = 10}, 9) == 0);
  CHECK(updates_after({.batch = 4, .capacity = 50, .warm_up = 10}, 10) == 1);
  CHECK(updates_after({.batch = 4, .capacity = 50, .warm_up = 10}, 30) == 21);
  CHECK(updates_after({.batch = 20, .capacity = 50, .warm_up = 0}, 30) == 11);
  CHECK(updates_after({.batch = 4, .capacity = 50, .warm_up = 10, .train_every = 4}, 30) == 5);  // 12, 16, ..., 28
  // The last step of an episode counts as any other.
  dqn agent{2, 3, {.batch = 1, .capacity = 5, .warm_up = 2}, 1};
  agent.start(here);
  agent.step(1, there);
  agent.terminate(1);
  CHECK(agent.health().updates == 1);
  agent.start(here);
  agent.truncate(1, there);
  CHECK(agent.health().updates == 2);

  dqn by_host{2, 3, {.batch = 2, .capacity = 5}, 1};
  by_host.remember(here, action_index{0}, 1, there, false);
  CHECK_FALSE(by_host.update());  // less than a batch
  by_host.remember(here, action_index{0}, 1, there, false);
  CHECK(by_host.update());
  CHECK(by_host.health().updates == 1);
  CHECK(by_host.done().steps == 0);
}

TEST_CASE("dqn: the target network follows by target_rate, every target_every updates") {
  auto options = small();
  options.target_rate = 0.25;
  options.target_every = 3;
  dqn agent{2, 3, options, 2};
  auto expected = parameters(agent.target());
  engine random(1);
  for (int k = 1; k <= 12; ++k) {
    agent.remember(somewhere(random), action_index{random.below(3)}, 1, here, false);
    REQUIRE(agent.update());
    const auto online = parameters(agent.online());
    if (k % 3 == 0) {
      for (std::size_t i = 0; i < online.size(); ++i) expected[i] += 0.25F * (online[i] - expected[i]);
    }
    CHECK(furthest(parameters(agent.target()), expected) < 1e-6);
    CHECK(furthest(parameters(agent.target()), online) > 1e-2);
  }
  options.target_rate = 1;
  options.target_every = 2;
  dqn hard{2, 3, options, 2};
  for (int k = 1; k <= 4; ++k) {
    hard.remember(here, action_index{0}, 1, there, false);
    REQUIRE(hard.update());
    CHECK((parameters(hard.target()) == parameters(hard.online())) == (k % 2 == 0));
  }
}

TEST_CASE("dqn: learning_rate and clip_norm are the size of a step") {
  // Adam's first step is rate * g / (|g| + 1e-8) for each parameter: the rate, but where a gradient is about 1e-8.
  const auto first_step = [](const dqn_options& options) {
    dqn agent{2, 3, options, 2};
    const auto before = parameters(agent.online());
    agent.start(here);
    agent.step(100, there);
    REQUIRE(agent.health().updates == 1);
    CHECK(agent.health().gradient_norm > 0.1);  // before it is clipped
    return furthest(parameters(agent.online()), before);
  };
  auto options = small();
  options.warm_up = 1;
  CHECK(first_step(options) == Approx(0.05).epsilon(1e-4));
  options.learning_rate = linear{0.03, 0.01, 2};
  CHECK(first_step(options) == Approx(0.02).epsilon(1e-4));  // at the first step, half of the way
  options.learning_rate = 0.05;
  options.clip_norm = 1e-9;
  CHECK(first_step(options) < 0.05 * (1e-9 / (1e-9 + 1e-8)) * 1.001);
  options.clip_norm = infinity;
  CHECK(first_step(options) == Approx(0.05).epsilon(1e-4));
}

TEST_CASE("dqn: clip_reward clamps what is stored, not what a return adds up to") {
  dqn agent{2, 3, {.discount = 0.5, .batch = 1, .capacity = 5, .warm_up = 100, .n_steps = 2, .clip_reward = 1}, 1};
  agent.start(here);
  agent.step(100, here);
  agent.step(-0.25, here);
  agent.step(-7, here);
  REQUIRE(agent.remembered().size() == 2);
  CHECK(agent.remembered().reward(0) == 1 - 0.125F);
  CHECK(agent.remembered().reward(1) == -0.25F - 0.5F);
  agent.remember(here, action_index{0}, 1e30, there, false);
  CHECK(agent.remembered().reward(2) == 1);
  CHECK(agent.health().refused_rewards == 0);
}

TEST_CASE("dqn: prioritised replay draws in proportion to the error's power, and weighs against it") {
  for (const double exponent : {1.0, 0.5}) {
    // The rate is so small that nothing is learned and errors stay as they are: |q - r| is about r.
    dqn agent{2,
              1,
              {.hidden = {4}, .learning_rate = 1e-30, .discount = 0, .batch = 1, .capacity = 2, .priority = exponent},
              1};
    agent.remember(here, action_index{0}, 800, here, false);
    agent.remember(here, action_index{0}, 200, here, false);
    const double q = agent.value(here, action_index{0});
    const double p0 = std::pow(800 - q, exponent);
    const double p1 = std::pow(200 - q, exponent);
    const auto draws_first = [&] {
      REQUIRE(agent.update());
      const bool first = agent.health().loss > 500;  // alone in its batch, its weight is 1
      REQUIRE(agent.health().loss == Approx((first ? 800 : 200) - q - 0.5).epsilon(1e-5));
      return first;
    };
    bool seen[2] = {false, false};
    while (!seen[0] || !seen[1]) seen[draws_first() ? 0 : 1] = true;  // until then a priority is only a guess
    constexpr int draws = 20'000;
    int first = 0;
    for (int k = 0; k < draws; ++k) first += draws_first();
    const double p = p0 / (p0 + p1);
    INFO("exponent " << exponent << ": " << first << " of " << draws << ", expected " << p * draws);
    CHECK(std::abs(first - p * draws) < 4 * std::sqrt(draws * p * (1 - p)));
  }

  // What was never learned from has the highest priority there was: beside one of 800, that is a chance of a half.
  int newest = 0;
  constexpr int agents = 400;
  for (std::uint64_t seed = 0; seed < agents; ++seed) {
    dqn agent{
        2, 1, {.hidden = {4}, .learning_rate = 1e-30, .discount = 0, .batch = 1, .capacity = 2, .priority = 1}, seed};
    agent.remember(here, action_index{0}, 800, here, false);
    REQUIRE(agent.update());
    agent.remember(here, action_index{0}, 2, here, false);
    REQUIRE(agent.update());
    newest += agent.health().loss < 100;
  }
  CHECK(std::abs(newest - agents / 2) < 4 * std::sqrt(agents / 4.0));

  for (const double beta : {0.0, 0.5, 1.0}) {
    dqn agent{2,
              1,
              {.hidden = {4},
               .learning_rate = 1e-30,
               .discount = 0,
               .batch = 2,
               .capacity = 2,
               .priority = 1,
               .importance = beta},
              1};
    agent.remember(here, action_index{0}, 800, here, false);
    agent.remember(here, action_index{0}, 200, here, false);
    const double q = agent.value(here, action_index{0});
    // Of two equal parts of the priorities, 800 and 200, the first is all the first transition's, of the second three
    // fifths: a batch is that transition twice, or both. Both: the heavier weight is 1, the other (200 / 800)^beta.
    const double twice = 800 - q - 0.5;
    const double both = (std::pow((200 - q) / (800 - q), beta) * (800 - q - 0.5) + (200 - q - 0.5)) / 2;
    int counts[2] = {0, 0};
    REQUIRE(agent.update());  // while the priorities are a guess, both
    for (int k = 0; k < 200; ++k) {
      REQUIRE(agent.update());
      const bool same = std::abs(agent.health().loss - twice) < 0.01;
      if (!same) REQUIRE(agent.health().loss == Approx(both).epsilon(1e-5));
      ++counts[same ? 0 : 1];
    }
    CHECK(counts[0] > 80);  // 120 expected, 160 - 80 = 6 standard deviations away
    CHECK(counts[1] > 40);
  }
}

TEST_CASE("dqn: explores by its exploration, within the mask") {
  const std::uint64_t without_middle = 0b101;
  const auto counts = [&](auto agent, action_mask legal) {
    std::array<int, 3> n{};
    for (int k = 0; k < 3'000; ++k) ++n[to_size(agent.start(here, legal))];
    return n;
  };
  const auto options = small();
  const dqn always{2, 3, options, 1, epsilon_greedy{1.0}};
  for (const int n : counts(always, {})) CHECK(std::abs(n - 1'000) < 5 * std::sqrt(3'000 * (1.0 / 3) * (2.0 / 3)));
  const auto masked = counts(always, action_mask{&without_middle});
  CHECK(masked[1] == 0);
  CHECK(std::abs(masked[0] - 1'500) < 5 * std::sqrt(3'000 * 0.25));

  dqn never{2, 3, options, 1, epsilon_greedy{0.0}};
  const auto chosen = never.greedy(here);
  CHECK(counts(never, {})[to_size(chosen)] == 3'000);
  const std::uint64_t without_best = 0b111U & ~(1U << to_size(chosen));
  const auto second = never.greedy(here, action_mask{&without_best});
  CHECK(second != chosen);
  for (std::size_t a = 0; a < 3; ++a) {
    if (action_index{a} != chosen) CHECK(never.value(here, second) >= never.value(here, action_index{a}));
  }

  const dqn soft{2, 3, options, 1, softmax{1.0}};
  const auto n = counts(soft, {});
  double sum = 0;
  for (std::size_t a = 0; a < 3; ++a) sum += std::exp(soft.value(here, action_index{a}));
  for (std::size_t a = 0; a < 3; ++a) {
    const double p = std::exp(soft.value(here, action_index{a})) / sum;
    CHECK(std::abs(n[a] - 3'000 * p) < 5 * std::sqrt(3'000 * p * (1 - p)));
  }
}

namespace {

dqn_options everything() {
  return {.hidden = {20, 10},
          .activate = activation::tanh,
          .learning_rate = linear{1e-2, 1e-3, 1'000},
          .batch = 24,
          .capacity = 300,
          .warm_up = 50,
          .n_steps = 3,
          .dueling = true,
          .priority = 0.6,
          .importance = linear{0.4, 1, 1'000}};
}

}  // namespace

TEST_CASE("dqn: the seed decides everything") {
  for (const auto& options : {everything(), dqn_options{.batch = 16, .capacity = 100, .warm_up = 20}}) {
    dqn one{2, 3, options, 1};
    dqn same{2, 3, options, 1};
    dqn other{2, 3, options, 2};
    CHECK(parameters(one.online()) == parameters(same.online()));
    CHECK_FALSE(parameters(one.online()) == parameters(other.online()));
    for (auto* const agent : {&one, &same, &other}) live(*agent, 5, 20);
    CHECK(one.health().updates > 300);
    CHECK(parameters(one.online()) == parameters(same.online()));
    CHECK(parameters(one.target()) == parameters(same.target()));
  }
}

TEST_CASE("dqn: greedy and value neither learn nor draw") {
  dqn one{2, 3, everything(), 1};
  dqn other{2, 3, everything(), 1};
  live(one, 5, 10);
  live(other, 5, 10);
  for (int k = 0; k < 100; ++k) static_cast<void>(one.value(here, one.greedy(there)));
  live(one, 6, 10);
  live(other, 6, 10);
  CHECK(parameters(one.online()) == parameters(other.online()));
  CHECK(one.done().steps == 2 * 10 * 21);
}

TEST_CASE("dqn: saved and restored, it is the same agent, to the last bit of what it learns later") {
  for (const auto& options :
       {everything(),
        dqn_options{
            .batch = 16, .capacity = 100, .warm_up = 20, .train_every = 3, .target_rate = 1, .target_every = 7}}) {
    dqn whole{2, 3, options, 1, epsilon_greedy{linear{0.5, 0.01, 500}}};
    live(whole, 5, 13);
    checkpoint file;
    store(whole, file, "agent");
    dqn resumed{2, 3, options, 99, epsilon_greedy{linear{0.5, 0.01, 500}}};
    live(resumed, 8, 3);  // with a past of its own, which must leave no trace
    restore(resumed, file, "agent");
    CHECK(parameters(resumed.online()) == parameters(whole.online()));
    live(whole, 6, 10);
    live(resumed, 6, 10);
    CHECK(parameters(resumed.online()) == parameters(whole.online()));
    CHECK(parameters(resumed.target()) == parameters(whole.target()));
    CHECK(resumed.health().updates == whole.health().updates);
    CHECK(resumed.health().loss == whole.health().loss);
    CHECK(resumed.done().steps == whole.done().steps);
    CHECK(resumed.remembered().size() == whole.remembered().size());
    CHECK(resumed.start(here) == whole.start(here));
  }
}

TEST_CASE("dqn: nothing is allocated after construction") {
  for (auto options : {everything(), dqn_options{.batch = 16, .capacity = 100, .warm_up = 20}}) {
    dqn agent{2, 3, options, 1};
    CHECK(allocations_in([&] {
            live(agent, 5, 20);
            for (int k = 0; k < 10; ++k) static_cast<void>(agent.greedy(here));
            agent.remember(here, action_index{1}, 1, there, false);
            agent.update();
          }) == 0);
    CHECK(agent.health().updates > 300);
  }
}

TEST_CASE("dqn: an update gives the caller's floating-point state back") {
  dqn agent{2, 3, everything(), 1};
  live(agent, 5, 10);
  check_that_denormals_are_left();
}

TEST_CASE("dqn: rewards that no value function could hold are refused, and nothing that was learned is lost") {
  dqn agent{2, 3, {.batch = 4, .capacity = 50, .warm_up = 1, .n_steps = 2}, 1};
  live(agent, 5, 2);
  const auto before = parameters(agent.online());
  const auto stored = agent.remembered().size();
  const auto updates = agent.health().updates;
  std::uint64_t refused = 0;
  for (const double bad : {1e30, -1e30, not_a_number, infinity, -infinity}) {
    agent.start(here);
    agent.terminate(bad);
    CHECK(agent.health().refused_rewards == ++refused);
    agent.remember(here, action_index{0}, bad, there, false);
    CHECK(agent.health().refused_rewards == ++refused);
  }
  CHECK(agent.remembered().size() == stored);
  for (std::size_t i = 0; i < stored; ++i) CHECK(std::abs(agent.remembered().reward(i)) <= 2);
  CHECK(agent.health().diverged == 0);
  CHECK(furthest(parameters(agent.online()), before) <=
        1.1 * 3e-4 * static_cast<double>(agent.health().updates - updates));

  // Within an episode it breaks the returns that would have held it, and no others.
  dqn memory{2, 3, {.discount = 0.5, .batch = 1, .capacity = 50, .warm_up = 1'000, .n_steps = 2}, 1};
  memory.start(here);
  memory.step(1, here);
  memory.step(1e30, here);
  memory.step(4, here);
  memory.step(8, here);
  REQUIRE(memory.remembered().size() == 1);
  CHECK(memory.remembered().reward(0) == 8);  // 4 + 8 / 2
}

TEST_CASE("dqn: an update that is not finite is not made, and it is reported") {
  for (const bool prioritised : {false, true}) {
    for (const float monstrous : {1e30F, 3e38F}) {
      auto options = small();
      options.priority = prioritised ? 0.5 : 0;
      auto agent = apart(options);
      const auto online = parameters(agent.online());
      const auto target = parameters(agent.target());
      const auto updates = agent.health().updates;
      const row monster{monstrous, -monstrous};
      agent.remember(monster, action_index{0}, 1, monster, false);
      CHECK_FALSE(agent.update());
      CHECK(agent.health().diverged == 1);
      CHECK(agent.health().updates == updates);
      CHECK_FALSE((std::isfinite(agent.health().loss) && std::isfinite(agent.health().gradient_norm)));
      CHECK(parameters(agent.online()) == online);
      CHECK(parameters(agent.target()) == target);

      agent.remember(here, action_index{0}, 1, there, false);  // over the only one there is
      CHECK(agent.update());
      CHECK(std::isfinite(agent.health().loss));
      CHECK(std::isfinite(agent.health().gradient_norm));
      CHECK(agent.health().diverged == 1);
    }
  }
}

TEST_CASE("dqn: a target that is not finite is no target, although the pull towards it would be") {
  // Huber's slope towards an infinite target is 1, so the gradient alone would not tell. The next observation is
  // finite, but with the signs of the first hidden unit's 64 weights that unit is not.
  constexpr std::size_t wide = 64;
  for (const bool double_dqn : {true, false}) {
    auto options = small();
    options.double_dqn = double_dqn;
    dqn agent{wide, 3, options, 1};
    const std::vector<float> zeros(wide, 0.0F);
    std::vector<float> next;
    for (std::size_t i = 0; i < wide; ++i) {
      next.push_back(agent.target().weight(0)(static_cast<std::ptrdiff_t>(i), 0) < 0 ? -3e38F : 3e38F);
    }
    const auto online = parameters(agent.online());
    agent.remember(zeros, action_index{0}, 1, next, false);
    CHECK_FALSE(agent.update());
    CHECK(agent.health().diverged == 1);
    CHECK_FALSE(std::isfinite(agent.health().loss));
    CHECK(parameters(agent.online()) == online);
    agent.remember(zeros, action_index{0}, 1, next, true);  // after which nothing comes: nobody asks what it is worth
    CHECK(agent.update());
  }
}

TEST_CASE("dqn in a learner: what cannot be learned from is refused and counted, and leaves the network alone") {
  standardize see{between{&sight::load, 0, 1}, between{&sight::replicas, 1, 3}};
  limited menu{actions{-1, 0, +1}, &sight::replicas, replica_limits{.minimum = 1, .maximum = 3}};
  dqn agent{2, 3, {.batch = 4, .capacity = 50, .warm_up = 4}, 1};
  auto policy = learn_on<service>(see, agent, cost, menu);
  policy.start({0.5, 2});
  for (int k = 0; k < 20; ++k) policy.step({0.05 * k, 2});
  const auto online = parameters(policy.agent().online());
  const auto stored = policy.agent().remembered().size();
  CHECK(stored == 20);

  CHECK(policy.step({not_a_number, 2}) == 0);
  CHECK(policy.refused().observations == 1);
  CHECK(policy.step({0.5, 9}) == -1);  // beyond the limits there is one way
  CHECK(policy.step({-infinity, 9}) == 0);
  CHECK(policy.refused().observations == 2);
  CHECK(parameters(policy.agent().online()) == online);
  CHECK(policy.agent().remembered().size() == stored);

  CHECK_THROWS_WITH(learn_on<service>(see, dqn{3, 3, {}, 1}, cost, menu),
                    "learner: dimension of the agent is 3, must equal the encoder's, 2");
  CHECK_THROWS_WITH(learn_on<service>(see, dqn{2, 4, {}, 1}, cost, menu),
                    "learner: number of actions of the agent is 4, must equal the menu's, 3");
}

namespace {

// A menu on which nothing is legal in a crisis.
struct closed_in_a_crisis {
  [[nodiscard]] std::size_t size() const { return 3; }
  int operator[](action_index i) const { return static_cast<int>(to_size(i)) - 1; }
  [[nodiscard]] bool legal(const sight& o, action_index) const { return o.load < 1; }
};

}  // namespace

TEST_CASE("dqn in a learner: where no action is legal, none is learned, and the neutral one is done") {
  standardize see{between{&sight::load, 0, 1}, between{&sight::replicas, 1, 3}};
  auto policy =
      learn_on<service>(see, dqn{2, 3, {.batch = 4, .capacity = 50, .warm_up = 4}, 1}, cost, closed_in_a_crisis{});
  policy.start({0.5, 2});
  for (int k = 0; k < 10; ++k) policy.step({0.5, 2});
  const auto online = parameters(policy.agent().online());
  CHECK(policy.step({1, 2}) == 0);
  CHECK(policy.step({1, 2}) == 0);
  CHECK(policy.refused().menus == 2);
  CHECK(policy.agent().remembered().size() == 10);
  CHECK(parameters(policy.agent().online()) == online);
  policy.step({0.5, 2});
  policy.step({0.5, 2});
  CHECK(policy.agent().remembered().size() == 11);
}

TEST_CASE("dqn: bad configuration is refused") {
  const auto with = [](auto change) {
    dqn_options options;
    change(options);
    return dqn<>{2, 3, options, 1};
  };
  CHECK_THROWS_WITH(with([](auto& o) { o.discount = 1.5; }), "dqn: discount is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.hidden = {64, 0}; }), "mlp: width of layer 2 is 0, must be from 1 to 65536");
  CHECK_THROWS_WITH(with([](auto& o) { o.n_steps = 0; }), "n_step: steps is 0, must be from 1 to 1000");
  CHECK_THROWS_WITH((dqn{2, 0, {}, 1}), "dqn: number of actions is 0, must be at least 1");
  CHECK_THROWS_WITH((dqn{0, 3, {}, 1}), "mlp: width of layer 0 is 0, must be from 1 to 65536");
}

TEST_CASE(
    "conservative Q-learning adds alpha times log sum exp Q - Q(s, a) to the loss, and its slope to the gradient") {
  // One transition whose error is 0: a task that ended with a reward equal to the value. What is left is the pressure.
  for (const bool dueling : {false, true}) {
    const float place[] = {0.3F, -0.7F};
    const vector_state s(place);
    const auto make = [&](double alpha) {
      return dqn<>(2, 3, {.hidden = {8}, .batch = 1, .capacity = 1, .dueling = dueling, .conservative = alpha}, 5);
    };
    dqn<> agent = make(2);
    const std::vector<double> q(agent.values(s).begin(), agent.values(s).end());
    agent.remember(s, action_index{1}, q[1], s, true);
    REQUIRE(agent.update());
    const double sum = std::exp(q[0]) + std::exp(q[1]) + std::exp(q[2]);
    CHECK(agent.health().loss == Approx(2 * (std::log(sum) - q[1])).epsilon(1e-5));
    CHECK(agent.health().gradient_norm > 0.1);
    // The pressed actions fall beside the one that was taken.
    const std::span<const double> after = agent.values(s);
    CHECK(after[0] - after[1] < q[0] - q[1]);
    CHECK(after[2] - after[1] < q[2] - q[1]);
    dqn<> plain = make(0);
    plain.remember(s, action_index{1}, q[1], s, true);
    REQUIRE(plain.update());
    CHECK(plain.health().loss == Approx(0).margin(1e-10));
  }
  CHECK_THROWS_WITH(dqn<>(2, 3, {.conservative = -1}, 1), "dqn: conservative is -1, must be zero or more, and finite");
}

TEST_CASE("a gradient far above the clip is counted, and scaled rewards bring it down") {
  // The same rewards in units of one and of a thousand.
  const auto trained = [](double unit, bool scale) {
    dqn agent{
        1, 2, {.hidden = {8}, .batch = 8, .capacity = 64, .warm_up = 8, .clip_norm = 1, .scale_rewards = scale}, 3};
    const float place[] = {1.0F};
    agent.start(place);
    for (int k = 0; k < 200; ++k) agent.step(unit * (k % 2 == 0 ? 1 : -1), place);
    return agent;
  };
  CHECK(trained(1, false).health().far_above_clip == 0);
  CHECK(trained(1, false).health().reward_scale == 1);
  dqn wide{1, 2, {.hidden = {8}, .batch = 8, .capacity = 64, .warm_up = 8, .clip_norm = 0.001}, 3};
  const float place[] = {1.0F};
  wide.start(place);
  for (int k = 0; k < 100; ++k) wide.step(100.0 * k, place);
  CHECK(wide.health().far_above_clip > 80);
  CHECK(wide.health().far_above_clip <= wide.health().updates);

  const auto small = trained(1, true);
  const auto large = trained(1024, true);  // a power of two, so that the division is exact
  CHECK(small.health().reward_scale == Approx(1));
  CHECK(large.health().reward_scale == Approx(1024));
  const std::vector<double> a(small.values(place).begin(), small.values(place).end());
  const std::vector<double> b(large.values(place).begin(), large.values(place).end());
  CHECK(a == b);
}

TEST_CASE("the scale of the rewards is kept in a checkpoint, and rewards that never differ are not divided") {
  const auto made = [](std::uint64_t seed) {
    return dqn<>{1, 2, {.hidden = {4}, .batch = 4, .capacity = 16, .warm_up = 4, .scale_rewards = true}, seed};
  };
  const float place[] = {1.0F};
  auto agent = made(1);
  agent.start(place);
  for (int k = 0; k < 20; ++k) agent.step(50 + 3.0 * (k % 3), place);
  agent.terminate(50);
  const double scale = agent.health().reward_scale;
  CHECK(scale == Approx(2.45).margin(0.1));
  checkpoint c;
  store(agent, c, "agent");
  auto again = made(2);
  restore(again, c, "agent");
  CHECK(again.health().reward_scale == scale);
  again.start(place);
  agent.start(place);
  again.step(80, place);
  agent.step(80, place);
  CHECK(again.health().reward_scale == agent.health().reward_scale);
  auto constant = made(1);
  constant.start(place);
  for (int k = 0; k < 20; ++k) constant.step(7, place);
  CHECK(constant.health().reward_scale == 1);
}
