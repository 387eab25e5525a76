#include <headroom/agents/ppo.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

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

std::vector<double> softmax_of(std::vector<double> logits) {
  double total = 0;
  for (double& x : logits) total += x = std::exp(x);
  for (double& x : logits) x /= total;
  return logits;
}

// One decision is a rollout, learned once and undiluted.
ppo_options single() {
  return {.hidden = {8},
          .policy_scale = 1,
          .learning_rate = 0.05,
          .discount = 0.5,
          .rollout = 1,
          .minibatch = 1,
          .epochs = 1,
          .normalise = false,
          .clip_norm = infinity,
          .adam = {}};
}

ppo_options everything(bool shared) {
  return {.hidden = {20, 10},
          .shared = shared,
          .learning_rate = linear{1e-2, 1e-3, 1'000},
          .rollout = 50,
          .minibatch = 16,
          .epochs = 3,
          .clip = linear{0.3, 0.1, 1'000},
          .entropy = linear{0.1, 0, 1'000},
          .value_clip = value_clipping::around_old,
          .value_bound = 0.5,
          .kl_weight = 0.2};
}

}  // namespace

TEST_CASE("ppo: is an agent that respects masks and can be corrected") {
  STATIC_REQUIRE(MaskedAgent<ppo>);
  STATIC_REQUIRE(CorrectableAgent<ppo>);
  const ppo agent{2, 3, {.hidden = {32, 16}}, 1};
  CHECK(agent.dimension() == 2);
  CHECK(agent.actions() == 3);
  CHECK(agent.policy().sizes() == std::vector<std::size_t>{2, 32, 16, 3});
  CHECK(agent.critic().sizes() == std::vector<std::size_t>{2, 32, 16, 1});
  const ppo shared{2, 3, {.hidden = {32, 16}, .activate = activation::relu, .shared = true}, 1};
  CHECK(shared.policy().sizes() == std::vector<std::size_t>{2, 32, 16, 4});
  CHECK(&shared.critic() == &shared.policy());
  CHECK(shared.policy().hidden() == activation::relu);
}

TEST_CASE("ppo: probabilities, values and the best are the networks'") {
  for (const bool shared : {false, true}) {
    for (const auto activate : {activation::relu, activation::tanh}) {
      auto options = single();
      options.shared = shared;
      options.activate = activate;
      const ppo agent{2, 3, options, 3};
      auto out = by_hand(agent.policy(), there);
      const double v = shared ? out.back() : by_hand(agent.critic(), there)[0];
      out.resize(3);
      const auto p = softmax_of(out);
      for (std::size_t a = 0; a < 3; ++a) CHECK(agent.probabilities(there)[a] == Approx(p[a]).epsilon(1e-5));
      CHECK(agent.value(there) == Approx(v).epsilon(1e-5));
      CHECK(to_size(agent.greedy(there)) == static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin()));
    }
  }
  // It begins undecided, by as much as policy_scale says; the critic's last layer is none of its business.
  for (const bool shared : {false, true}) {
    const ppo undecided{2, 3, {.shared = shared, .policy_scale = 0}, 3};
    for (const double p : undecided.probabilities(there)) CHECK(p == Approx(1.0 / 3).epsilon(1e-12));
    CHECK(undecided.value(there) != 0);
  }
}

TEST_CASE("ppo: an illegal action is never chosen, and has probability 0") {
  ppo agent{2, 3, single(), 5};
  const auto favourite = agent.greedy(here);
  const std::uint64_t word = 0b111U & ~(1U << to_size(favourite));
  const action_mask legal{&word};
  const auto p = agent.probabilities(here, legal);
  CHECK(p[to_size(favourite)] == 0);
  CHECK(p[0] + p[1] + p[2] == Approx(1));
  CHECK(agent.greedy(here, legal) != favourite);
  std::array<int, 3> n{};
  const std::vector<double> expected{p.begin(), p.end()};
  constexpr int draws = 20'000;
  for (int k = 0; k < draws; ++k) ++n[to_size(agent.start(here, legal))];
  CHECK(n[to_size(favourite)] == 0);
  for (std::size_t a = 0; a < 3; ++a) {
    CHECK(std::abs(n[a] - draws * expected[a]) <= 4 * std::sqrt(draws * expected[a] * (1 - expected[a])));
  }
  // In the loss as well: of two legal actions that are learned about, the third's preference is none of their business.
  const std::uint64_t first_two = 0b011;
  agent = ppo{2, 3, single(), 5};
  const auto before = agent.policy();
  agent.start(here, action_mask{&first_two});
  agent.terminate(1);
  REQUIRE(agent.health().updates == 1);
  const std::size_t head = before.layers() - 1;
  CHECK(agent.policy().bias(head)(0, 2) == before.bias(head)(0, 2));
  CHECK(agent.policy().bias(head)(0, 0) != before.bias(head)(0, 0));
}

TEST_CASE("ppo: the loss is what the options say, and the gradient is the loss's, by finite differences") {
  // Adam's first step is the learning rate against the sign of each gradient, and health() tells the policy's length.
  for (const bool shared : {false, true}) {
    for (const auto activate : {activation::relu, activation::tanh}) {
      auto options = single();
      options.shared = shared;
      options.activate = activate;
      options.entropy = 0.3;
      options.value_weight = 0.7;
      ppo agent{2, 3, options, 7};
      const mlp<float> policy = agent.policy();
      const mlp<float> critic = agent.critic();
      const double v0 = agent.value(here);
      const auto a = to_size(agent.start(here));
      agent.step(0.75, there);  // ends the rollout; bootstraps
      REQUIRE(agent.health().updates == 1);
      const double target = 0.75 + 0.5 * by_hand(critic, there).back();
      const double advantage = target - v0;
      const auto drawn = softmax_of([&] {
        auto out = by_hand(policy, here);
        out.resize(3);
        return out;
      }())[a];
      const auto policy_loss = [&](const mlp<float>& net) {
        auto out = by_hand(net, here);
        out.resize(3);
        const auto p = softmax_of(out);
        double entropy = 0;
        for (const double x : p) entropy -= x * std::log(x);
        return -p[a] / drawn * advantage - 0.3 * entropy;
      };
      const auto value_loss_of = [&](const mlp<float>& net) {
        const double error = by_hand(net, here).back() - target;
        return error * error;
      };
      INFO((shared ? "shared" : "apart") << (activate == activation::tanh ? ", tanh" : ", relu"));
      CHECK(agent.health().policy_loss == Approx(policy_loss(policy)).epsilon(1e-4));
      CHECK(agent.health().value_loss == Approx(value_loss_of(critic)).epsilon(1e-4));
      CHECK(agent.health().kl == Approx(0).margin(1e-6));
      CHECK(agent.health().clipped == 0);

      const auto check = [](const mlp<float>& before, const mlp<float>& after, auto loss) {
        double square = 0;
        int moved = 0;
        const auto through = [&](auto part) {
          mlp<float> net = before;
          const auto size = part(net).size();
          for (std::ptrdiff_t i = 0; i < size; ++i) {
            const auto at = [&](auto&& m) -> decltype(auto) { return m(i / m.cols(), i % m.cols()); };
            const float was = at(part(before));
            const float up = was + 0.002F;
            const float down = was - 0.002F;
            at(part(net)) = up;
            const double high = loss(net);
            at(part(net)) = down;
            const double g = (high - loss(net)) / static_cast<double>(up - down);
            at(part(net)) = was;
            square += g * g;
            if (std::abs(g) < 1e-3) continue;
            ++moved;
            CHECK(static_cast<double>(at(part(after)) - was) == Approx(g > 0 ? -0.05 : 0.05).epsilon(1e-3));
          }
        };
        for (std::size_t k = 0; k < before.layers(); ++k) {
          through([k](auto& net) { return net.weight(k); });
          through([k](auto& net) { return net.bias(k); });
        }
        CHECK(moved > 10);
        return std::sqrt(square);
      };
      if (shared) {
        const auto both = [&](const mlp<float>& net) { return policy_loss(net) + 0.7 * value_loss_of(net); };
        CHECK(agent.health().gradient_norm == Approx(check(policy, agent.policy(), both)).epsilon(1e-3));
      } else {
        CHECK(agent.health().gradient_norm == Approx(check(policy, agent.policy(), policy_loss)).epsilon(1e-3));
        check(critic, agent.critic(), value_loss_of);
      }
    }
  }
}

TEST_CASE("ppo: what it goes over is what was seen, done and paid, over the ends of episodes") {
  ppo agent{2, 3, {.discount = 0.5, .trace_decay = 0, .rollout = 50, .minibatch = 10}, 1};
  const auto& memory = agent.remembered();
  const auto a = agent.start(here);
  CHECK(memory.size() == 0);
  agent.step(1.5, there);
  agent.terminate(-2);
  agent.start(there);
  agent.truncate(3, here);
  REQUIRE(memory.size() == 3);
  CHECK(memory.observation(0)[0] == here[0]);
  CHECK(memory.observation(1)[1] == there[1]);
  CHECK(memory.action(0) == to_size(a));
  CHECK(memory.reward_of(0) == 1.5);
  CHECK(memory.value(0) == agent.value(here));
  CHECK(static_cast<double>(memory.log_probabilities(0)[0]) ==
        Approx(std::log(agent.probabilities(here)[0])).epsilon(1e-6));
  CHECK(agent.done().steps == 3);
  CHECK(agent.done().episodes == 2);

  // 1.5 then there; -2 then nothing; 3 then here, cut.
  rollout copy = memory;
  copy.estimate(0.5, 0);
  CHECK(copy.target(0) == Approx(1.5 + 0.5 * agent.value(there)));
  CHECK(copy.target(1) == Approx(-2));
  CHECK(copy.target(2) == Approx(3 + 0.5 * agent.value(here)));

  // What is pending when a new episode starts is dropped, and what led to it is cut there.
  agent.start(here);
  agent.step(7, there);
  agent.start(here);
  agent.terminate(1);
  copy = memory;
  REQUIRE(copy.size() == 5);
  copy.estimate(0.5, 1);
  CHECK(copy.target(3) == Approx(7 + 0.5 * agent.value(there)));
  CHECK(copy.target(4) == Approx(1));
  agent.terminate(5);  // nothing is pending
  CHECK(memory.size() == 5);
}

TEST_CASE("ppo: learns when a rollout is full, wherever that is, and begins the next one empty") {
  const auto made = [] { return ppo{2, 3, {.hidden = {8}, .rollout = 10, .minibatch = 4, .epochs = 3}, 1}; };
  auto agent = made();
  agent.start(here);
  for (int k = 0; k < 9; ++k) agent.step(1, there);
  CHECK(agent.health().rollouts == 0);
  agent.step(1, there);
  CHECK(agent.health().rollouts == 1);
  CHECK(agent.health().epochs == 3);
  CHECK(agent.health().updates == 6);  // two minibatches of four an epoch, the other two rows sit out
  CHECK(agent.remembered().size() == 0);
  CHECK(agent.remembered().open());
  for (const bool cut : {false, true}) {
    agent = made();
    agent.start(here);
    for (int k = 0; k < 9; ++k) agent.step(1, there);
    if (cut)
      agent.truncate(1, there);
    else
      agent.terminate(1);
    CHECK(agent.health().rollouts == 1);
    CHECK(agent.remembered().size() == 0);
    CHECK_FALSE(agent.remembered().open());
  }
  // An update ends after the epoch in which the policy has moved too far.
  ppo wary{2,
           3,
           {.hidden = {8}, .learning_rate = 0.1, .rollout = 10, .minibatch = 5, .epochs = 30, .stop_above_kl = 0.01},
           1};
  engine random(1);
  wary.start(here);
  for (int k = 0; k < 10; ++k) wary.step(uniform(random, -1, 1), somewhere(random));
  CHECK(wary.health().rollouts == 1);
  CHECK(wary.health().epochs < 5);
  CHECK(wary.health().updates == 2 * wary.health().epochs);
}

TEST_CASE("ppo: a ratio that has left its range pulls no more") {
  // One action is better than the other by 2, and 400 passes over ten draws push its ratio up to the bound and, save
  // for the last step, no further; unclipped, they would make it all but certain.
  const auto ratio_after = [](double clip) {
    ppo agent{2,
              2,
              {.hidden = {8},
               .policy_scale = 0,
               .learning_rate = 1e-3,
               .rollout = 10,
               .minibatch = 10,
               .epochs = 400,
               .normalise = false,
               .clip = clip,
               .adam = {.decay1 = 0}},  // without momentum, to stop where the pull does
              3};
    for (int k = 0; k < 10; ++k)
      agent.terminate((agent.start(here) == action_index{0} ? 1.0 : -1.0) + agent.value(here));
    REQUIRE(agent.health().rollouts == 1);
    return agent.probabilities(here)[0] / 0.5;
  };
  CHECK(ratio_after(0.2) == Approx(1.2).margin(0.02));
  CHECK(ratio_after(0.4) == Approx(1.4).margin(0.02));
  CHECK(ratio_after(100) > 1.9);
}

TEST_CASE("ppo: advantages are normalised over the rollout, so that the size of rewards does not matter") {
  const auto after = [](double scale, bool normalise) {
    ppo agent{2,
              2,
              {.hidden = {8},
               .learning_rate = 1e-3,
               .discount = 0,
               .rollout = 16,
               .minibatch = 16,
               .epochs = 1,
               .normalise = normalise,
               .clip_norm = infinity},
              3};
    engine random(1);
    for (int k = 0; k < 16; ++k) {
      agent.start(here);
      agent.terminate(agent.value(here) + scale * uniform(random, 0, 1));  // an advantage of that
    }
    return agent.health().gradient_norm;
  };
  CHECK(after(100, true) == Approx(after(1, true)).epsilon(1e-4));
  CHECK(after(100, false) == Approx(100 * after(1, false)).epsilon(1e-4));
}

TEST_CASE("ppo: the penalty's weight is steered to its target") {
  auto options = everything(false);
  options.kl_target = 1e-6;  // always exceeded
  ppo strict{2, 3, options, 1};
  live(strict, 5, 5);
  REQUIRE(strict.health().rollouts == 2);
  CHECK(strict.kl_weight() == Approx(0.2 * 1.5 * 1.5));
  options.kl_target = 1e6;
  ppo lenient{2, 3, options, 1};
  live(lenient, 5, 5);
  CHECK(lenient.kl_weight() == Approx(0.2 / 4));
  live(lenient, 5, 200);
  CHECK(lenient.kl_weight() == Approx(0.2e-6));  // not to zero, from where it could grow no more
  // A heavy one holds the policy where it was.
  options.kl_target = 0.01;
  options.epochs = 20;
  options.kl_weight = 1000;
  ppo held{2, 3, options, 1};
  options.kl_weight = 0;
  ppo loose{2, 3, options, 1};
  live(held, 5, 3);
  live(loose, 5, 3);
  REQUIRE(held.health().rollouts == 1);
  CHECK(held.health().kl < loose.health().kl / 10);
  CHECK(loose.kl_weight() == 0);
}

TEST_CASE("ppo: of an overridden step the critic learns, the policy does not") {
  auto options = single();
  ppo agent{2, 3, options, 3};
  const auto policy = parameters(agent.policy());
  const auto critic = parameters(agent.critic());
  const auto a = agent.start(here);
  const action_index other{(to_size(a) + 1) % 3};
  agent.executed(other);
  agent.terminate(1);
  CHECK(agent.health().updates == 1);
  CHECK(agent.health().overridden == 1);
  CHECK(parameters(agent.policy()) == policy);
  CHECK(furthest(parameters(agent.critic()), critic) == Approx(0.05).epsilon(1e-3));
  // What was drawn and confirmed is its own.
  agent.executed(agent.start(here));
  agent.terminate(1);
  CHECK(agent.health().overridden == 1);
  CHECK_FALSE(parameters(agent.policy()) == policy);
  // Nor does the momentum of what was learned before move it.
  const auto moved = parameters(agent.policy());
  agent.executed(action_index{(to_size(agent.start(here)) + 1) % 3});
  agent.terminate(1);
  CHECK(agent.health().overridden == 2);
  CHECK(parameters(agent.policy()) == moved);
  // The steps around it see its reward: overridden in the second of two steps, whose reward is 10.
  ppo pair{2, 3, {.discount = 0.5, .trace_decay = 1, .rollout = 4, .minibatch = 4}, 3};
  pair.start(here);
  const auto second = pair.step(1, there);
  pair.executed(action_index{(to_size(second) + 1) % 3});
  pair.terminate(10);
  rollout memory = pair.remembered();
  memory.estimate(0.5, 1);
  CHECK(memory.target(0) == Approx(1 + 5));
  CHECK(memory.own(0));
  CHECK_FALSE(memory.own(1));
  // In a shared network the critic's output alone is moved.
  options.shared = true;
  ppo shared{2, 3, options, 3};
  const auto before = shared.policy();
  const auto drawn = shared.start(here);
  shared.executed(action_index{(to_size(drawn) + 1) % 3});
  shared.terminate(1);
  const std::size_t head = before.layers() - 1;
  for (std::ptrdiff_t o = 0; o < 3; ++o) CHECK(shared.policy().bias(head)(0, o) == before.bias(head)(0, o));
  CHECK(shared.policy().bias(head)(0, 3) != before.bias(head)(0, 3));
}

TEST_CASE("ppo: the seed decides everything") {
  for (const bool shared : {false, true}) {
    const auto options = everything(shared);
    ppo one{2, 3, options, 1};
    ppo same{2, 3, options, 1};
    ppo other{2, 3, options, 2};
    CHECK(parameters(one.policy()) == parameters(same.policy()));
    CHECK_FALSE(parameters(one.policy()) == parameters(other.policy()));
    for (auto* const agent : {&one, &same, &other}) live(*agent, 5, 20);
    CHECK(one.health().rollouts == 20 * 21 / 50);
    CHECK(one.health().updates == 8 * 3 * 3);
    CHECK(one.health().diverged == 0);
    CHECK(parameters(one.policy()) == parameters(same.policy()));
    CHECK(parameters(one.critic()) == parameters(same.critic()));
  }
}

TEST_CASE("ppo: greedy, value and probabilities neither learn nor draw") {
  ppo one{2, 3, everything(false), 1};
  ppo other{2, 3, everything(false), 1};
  live(one, 5, 10);
  live(other, 5, 10);
  for (int k = 0; k < 100; ++k) {
    static_cast<void>(one.greedy(there));
    static_cast<void>(one.value(here));
    static_cast<void>(one.probabilities(here));
  }
  live(one, 6, 10);
  live(other, 6, 10);
  CHECK(parameters(one.policy()) == parameters(other.policy()));
}

TEST_CASE("ppo: saved and restored, it is the same agent, to the last bit of what it learns later") {
  for (const bool shared : {false, true}) {
    const auto options = everything(shared);
    ppo whole{2, 3, options, 1};
    live(whole, 5, 13);
    CHECK(whole.remembered().size() == 13 * 21 % 50);  // in the middle of a rollout
    checkpoint file;
    store(whole, file, "agent");
    ppo resumed{2, 3, options, 99};
    live(resumed, 8, 3);  // with a past of its own, which must leave no trace
    restore(resumed, file, "agent");
    CHECK(parameters(resumed.policy()) == parameters(whole.policy()));
    live(whole, 6, 10);
    live(resumed, 6, 10);
    CHECK(parameters(resumed.policy()) == parameters(whole.policy()));
    CHECK(parameters(resumed.critic()) == parameters(whole.critic()));
    CHECK(resumed.health().updates == whole.health().updates);
    CHECK(resumed.health().overridden == whole.health().overridden);
    CHECK(resumed.kl_weight() == whole.kl_weight());
    CHECK(resumed.health().policy_loss == whole.health().policy_loss);
    CHECK(resumed.done().steps == whole.done().steps);
    CHECK(resumed.start(here) == whole.start(here));
    // Saved within an episode: the open step is left out, and the step before it is cut in the state of the open one.
    checkpoint within;
    store(whole, within, "agent");
    CHECK(whole.remembered().open());  // saving disturbs nothing
    ppo later{2, 3, options, 7};
    restore(later, within, "agent");
    CHECK_FALSE(later.remembered().open());
    CHECK(later.remembered().size() == whole.remembered().size());
    CHECK(later.start(here) == [&] {
      ppo cut = whole;
      return cut.start(here);  // a start drops the open step as well
    }());

    auto changed = options;
    changed.epochs = 4;
    ppo different{2, 3, changed, 1};
    CHECK_THROWS_WITH(restore(different, file, "agent"), "checkpoint: agent.epochs is 3 in the file, must be 4");
    checkpoint small;
    ppo idle{2, 3, options, 1};
    store(idle, small, "agent", keep::decisions);
    for (const auto& name : small.names()) CHECK(name.starts_with("agent.policy."));
  }
}

TEST_CASE("ppo: nothing is allocated after construction") {
  for (const bool shared : {false, true}) {
    ppo agent{2, 3, everything(shared), 1};
    CHECK(allocations_in([&] {
            live(agent, 5, 20);
            for (int k = 0; k < 10; ++k) {
              static_cast<void>(agent.greedy(here));
              static_cast<void>(agent.probabilities(here));
              static_cast<void>(agent.value(here));
            }
          }) == 0);
    CHECK(agent.health().rollouts == 8);
  }
}

TEST_CASE("ppo: an update gives the caller's floating-point state back") {
  ppo agent{2, 3, everything(false), 1};
  live(agent, 5, 10);
  check_that_denormals_are_left();
}

TEST_CASE("ppo: rewards that no value function could hold cost their step, and nothing that was learned is lost") {
  ppo agent{2, 3, {.discount = 0.5, .rollout = 20, .minibatch = 5}, 1};
  const auto before = parameters(agent.policy());
  std::uint64_t refused = 0;
  for (const double bad : {1e30, -1e30, not_a_number, infinity, -infinity}) {
    agent.start(here);
    agent.terminate(bad);
    CHECK(agent.health().refused_rewards == ++refused);
    CHECK(agent.remembered().size() == 0);
  }
  // Within an episode what came before is cut where the refused step began.
  agent.start(here);
  agent.step(1, there);
  agent.step(not_a_number, here);
  agent.step(4, there);
  agent.terminate(8);
  rollout memory = agent.remembered();
  REQUIRE(memory.size() == 3);
  memory.estimate(0.5, 1);
  CHECK(memory.target(0) == Approx(1 + 0.5 * agent.value(there)));
  CHECK(memory.target(1) == Approx(4 + 4));
  CHECK(agent.health().refused_rewards == ++refused);
  CHECK(parameters(agent.policy()) == before);
  // Clipped ones are not refused, unless they are no numbers.
  ppo clipping{2, 3, {.rollout = 20, .minibatch = 5, .clip_reward = 1}, 1};
  clipping.start(here);
  clipping.terminate(1e30);
  clipping.start(here);
  clipping.terminate(-infinity);
  REQUIRE(clipping.remembered().size() == 1);
  CHECK(clipping.remembered().reward_of(0) == 1);
  CHECK(clipping.health().refused_rewards == 1);
}

TEST_CASE("ppo: a state in which an output is not finite is not learned from, and still answered within the mask") {
  // ReLU units pass on whatever size comes.
  auto options = everything(false);
  options.activate = activation::relu;
  ppo agent{2, 3, options, 1};
  const row monster{3e38F, -3e38F};
  const std::uint64_t only_last = 0b100;
  agent.start(here);
  agent.step(1, there);
  CHECK(agent.step(2, monster, action_mask{&only_last}) == action_index{2});
  CHECK(agent.health().refused_states == 1);
  CHECK(agent.remembered().size() == 1);  // what led there has no value to bootstrap from
  agent.step(3, here);                    // nothing was pending
  agent.truncate(4, monster);
  CHECK(agent.health().refused_states == 2);
  CHECK(agent.remembered().size() == 1);
  CHECK(agent.remembered().reward_of(0) == 1);
  live(agent, 5, 3);
  CHECK(agent.health().rollouts == 1);
  CHECK(agent.health().diverged == 0);
  for (const float w : parameters(agent.policy())) CHECK(std::isfinite(w));
}

TEST_CASE("ppo: an update that is not finite is not made, and it is reported") {
  // An input of 1e11 has a value that can still be represented, and a gradient whose square cannot.
  auto options = single();
  options.activate = activation::relu;
  options.rollout = 2;
  ppo agent{2, 3, options, 1};
  const auto policy = parameters(agent.policy());
  const auto critic = parameters(agent.critic());
  const row monster{1e11F, -1e11F};
  for (int k = 0; k < 2; ++k) {
    agent.start(monster);
    agent.terminate(1);
  }
  CHECK(agent.health().refused_states == 0);
  CHECK(agent.health().diverged == 2);
  CHECK(agent.health().updates == 0);
  CHECK(parameters(agent.policy()) == policy);
  CHECK(parameters(agent.critic()) == critic);
  for (int k = 0; k < 2; ++k) {
    agent.start(here);
    agent.terminate(1);
  }
  CHECK(agent.health().diverged == 2);
  CHECK(agent.health().updates == 2);
  CHECK_FALSE(parameters(agent.policy()) == policy);
}

TEST_CASE("ppo in a learner: what cannot be learned from is refused and counted, and leaves the networks alone") {
  standardize see{between{&sight::load, 0, 1}, between{&sight::replicas, 1, 3}};
  limited menu{actions{-1, 0, +1}, &sight::replicas, replica_limits{.minimum = 1, .maximum = 3}};
  auto policy = learn_on<service>(see, ppo{2, 3, {.rollout = 64}, 1}, cost, menu);
  policy.start({0.5, 2});
  for (int k = 0; k < 20; ++k) policy.step({0.05 * k, 2});
  CHECK(policy.agent().remembered().size() == 20);
  CHECK(policy.step({not_a_number, 2}) == 0);
  CHECK(policy.refused().observations == 1);
  CHECK(policy.step({0.5, 9}) <= 0);  // beyond the limits there is no way up
  CHECK(policy.step({-infinity, 9}) == 0);
  CHECK(policy.refused().observations == 2);
  CHECK(policy.agent().remembered().size() == 20);
  CHECK(policy.agent().health().refused_states == 0);
  CHECK_THROWS_WITH(learn_on<service>(see, ppo{3, 3, {}, 1}, cost, menu),
                    "learner: dimension of the agent is 3, must equal the encoder's, 2");
}

TEST_CASE("ppo: the published settings make networks of 256 and 256") {
  const ppo_options o = ppo_options::rllib_2_4();
  CHECK(ppo(29, 7, o, 1).critic().sizes() == std::vector<std::size_t>{29, 256, 256, 1});
}

TEST_CASE("ppo: bad configuration is refused") {
  const auto with = [](auto change) {
    ppo_options options;
    change(options);
    return ppo{2, 3, options, 1};
  };
  CHECK_THROWS_WITH(with([](auto& o) { o.discount = 1.5; }), "ppo: discount is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.hidden = {64, 0}; }), "mlp: width of layer 2 is 0, must be from 1 to 65536");
  CHECK_THROWS_WITH((ppo{2, 0, {}, 1}), "ppo: number of actions is 0, must be at least 1");
  CHECK_THROWS_WITH((ppo{0, 3, {}, 1}), "mlp: width of layer 0 is 0, must be from 1 to 65536");
}

TEST_CASE("ppo: the reward of an overridden step does not change the scale of the other steps") {
  const auto after = [](double overridden_advantage) {
    ppo agent{2,
              2,
              {.hidden = {8},
               .learning_rate = 1e-3,
               .discount = 0,
               .rollout = 8,
               .minibatch = 8,
               .epochs = 1,
               .clip_norm = infinity},
              3};
    engine random(1);
    for (int k = 0; k < 8; ++k) {
      const action_index chosen = agent.start(here);
      const double advantage = k == 5 ? overridden_advantage : uniform(random, 0, 1);
      if (k == 5) agent.executed(action_index{1 - to_size(chosen)});
      agent.terminate(agent.value(here) + advantage);
    }
    return agent.health().gradient_norm;
  };
  CHECK(after(1'000) == Approx(after(1)).epsilon(1e-4));
}

TEST_CASE("a gradient far above the clip is counted by the update") {
  const auto counted = [](double clip) {
    ppo_options o = single();
    o.clip_norm = clip;
    ppo agent{2, 3, o, 5};
    const float place[] = {1.0F, -0.5F};
    agent.start(place);
    for (int k = 0; k < 10; ++k) agent.step(k % 2 == 0 ? 5 : -5, place);
    REQUIRE(agent.health().rollouts == 10);
    return agent.health().far_above_clip;
  };
  CHECK(counted(1e-6) == 10);
  CHECK(counted(infinity) == 0);
}
