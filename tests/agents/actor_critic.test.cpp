#include <headroom/agents/actor_critic.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "agents/network_agents.hpp"
#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;
using namespace network_agents;

namespace {

ppo_options small_networks() {
  ppo_options o;
  o.hidden = {8};
  o.minibatch = 4;
  o.policy_scale = 1;
  o.clip_norm = std::numeric_limits<double>::infinity();
  return o;
}

// Four steps in one state, each an episode: action 0 earned 1, action 1 nothing. The last two may be another's choice.
rollout four_steps(const actor_critic& nets, bool all_own = true, double best = 1) {
  rollout r(4, 2, 2);
  std::array<double, 2> log_p{};
  for (std::size_t i = 0; i < 4; ++i) {
    const double value = nets.judge(here, {}, log_p);
    r.add(here, action_index{i % 2}, value, log_p);
    if (!all_own) r.disown(action_index{(i + 1) % 2});
    r.reward(i % 2 == 0 ? best : 0);
    r.terminate();
  }
  r.estimate(1, 1);
  return r;
}
std::vector<std::uint32_t> rows_of(std::size_t n) {
  std::vector<std::uint32_t> rows(16, 0);
  for (std::size_t i = 0; i < n; ++i) rows[i] = static_cast<std::uint32_t>(i);
  return rows;
}
double first_probability(const actor_critic& nets) {
  std::array<double, 2> log_p{};
  (void)nets.judge(here, {}, log_p);
  return std::exp(log_p[0]);
}

}  // namespace

TEST_CASE("actor_critic: logits and value are those of the two networks") {
  const actor_critic nets(2, 3, small_networks(), 7);
  CHECK(nets.dimension() == 2);
  CHECK(nets.actions() == 3);
  CHECK(&nets.critic() != &nets.policy());
  const std::vector<double> by_paper = by_hand(nets.policy(), here);
  const std::span<const float> logits = nets.logits(here);
  REQUIRE(logits.size() == 3);
  for (std::size_t a = 0; a < 3; ++a) CHECK(static_cast<double>(logits[a]) == Approx(by_paper[a]).margin(1e-5));
  CHECK(nets.value(here) == Approx(by_hand(nets.critic(), here)[0]).margin(1e-5));
}

TEST_CASE("actor_critic: a shared critic is one more output of the policy's network") {
  ppo_options o = small_networks();
  o.shared = true;
  const actor_critic nets(2, 3, o, 7);
  CHECK(&nets.critic() == &nets.policy());
  CHECK(nets.policy().outputs() == 4);
  CHECK(nets.logits(here).size() == 3);
  CHECK(nets.value(here) == Approx(by_hand(nets.policy(), here)[3]).margin(1e-5));
}

TEST_CASE("actor_critic: judge is the softmax of the legal logits, and the value") {
  for (const bool shared : {false, true}) {
    ppo_options o = small_networks();
    o.shared = shared;
    const actor_critic nets(2, 3, o, 9);
    const std::vector<double> logits = by_hand(nets.policy(), there);
    const std::uint64_t bits = 0b101;
    std::array<double, 3> log_p{};
    CHECK(nets.judge(there, action_mask{&bits}, log_p) == Approx(nets.value(there)).margin(1e-6));
    const double sum = std::exp(logits[0]) + std::exp(logits[2]);
    CHECK(std::exp(log_p[0]) == Approx(std::exp(logits[0]) / sum).margin(1e-5));
    CHECK(std::exp(log_p[1]) == 0);
    CHECK(std::exp(log_p[2]) == Approx(std::exp(logits[2]) / sum).margin(1e-5));
  }
}

TEST_CASE("actor_critic: a policy scale of 0 begins undecided, and leaves the critic as it was drawn") {
  ppo_options o = small_networks();
  for (const bool shared : {false, true}) {
    o.shared = shared;
    o.policy_scale = 1;
    const actor_critic drawn(2, 3, o, 3);
    o.policy_scale = 0;
    const actor_critic undecided(2, 3, o, 3);
    for (const float logit : undecided.logits(here)) CHECK(logit == 0);
    CHECK(undecided.value(here) == drawn.value(here));
    CHECK(drawn.logits(here)[0] != 0);
  }
}

TEST_CASE("actor_critic: learning makes the better action likelier and the value truer") {
  for (const bool shared : {false, true}) {
    ppo_options o = small_networks();
    o.shared = shared;
    actor_critic nets(2, 2, o, 5);
    const std::vector<std::uint32_t> rows = rows_of(4);
    const double before = first_probability(nets);
    const double error = std::abs(nets.value(here) - 0.5);
    for (int round = 0; round < 50; ++round) {
      const rollout r = four_steps(nets);
      double mean = 0;
      for (std::size_t i = 0; i < 4; ++i) mean += r.advantage(i) / 4;
      const std::optional<actor_critic::sums> s = nets.learn(r, rows, {{}, 0.01, mean, 1});
      REQUIRE(s);
      CHECK(s->steps == 4);
      CHECK(s->own == 4);
      CHECK(nets.gradient_norm() > 0);
    }
    CHECK(first_probability(nets) > before + 0.1);
    CHECK(std::abs(nets.value(here) - 0.5) < error);
  }
}

TEST_CASE("actor_critic: from steps that another decided only the critic learns") {
  actor_critic nets(2, 2, small_networks(), 5);
  const std::vector<float> policy = parameters(nets.policy());
  const std::vector<float> critic = parameters(nets.critic());
  const auto s = nets.learn(four_steps(nets, false), rows_of(4), {{}, 0.01, 0, 1});
  REQUIRE(s);
  CHECK(s->own == 0);
  CHECK(s->policy_loss == 0);
  CHECK(s->value_loss > 0);
  CHECK(parameters(nets.policy()) == policy);
  CHECK(parameters(nets.critic()) != critic);
}

TEST_CASE("actor_critic: a loss that is not finite changes no policy") {
  for (const bool shared : {false, true}) {
    ppo_options o = small_networks();
    o.shared = shared;
    actor_critic nets(2, 2, o, 5);
    const std::vector<float> policy = parameters(nets.policy());
    CHECK_FALSE(nets.learn(four_steps(nets, true, infinity), rows_of(4), {{}, 0.01, 0, 1}));
    CHECK(parameters(nets.policy()) == policy);
  }
}

TEST_CASE("actor_critic: sums add up, each figure to its own") {
  const actor_critic::sums one{1, 2, 3, 4, 5, 6, 7};
  actor_critic::sums all{10, 20, 30, 40, 50, 60, 70};
  all.add(one);
  CHECK(all.steps == 11);
  CHECK(all.own == 22);
  CHECK(all.policy_loss == 33);
  CHECK(all.value_loss == 44);
  CHECK(all.entropy == 55);
  CHECK(all.divergence == 66);
  CHECK(all.clipped == 77);
}

TEST_CASE("actor_critic: stored and restored it goes on bit for bit") {
  actor_critic nets(2, 2, small_networks(), 5);
  REQUIRE(nets.learn(four_steps(nets), rows_of(4), {{}, 0.01, 0, 1}));
  checkpoint all;
  store(nets, all, "nets");
  actor_critic again(2, 2, small_networks(), 6);
  restore(again, all, "nets");
  const rollout r = four_steps(nets);
  REQUIRE(nets.learn(r, rows_of(4), {{}, 0.01, 0, 1}));
  REQUIRE(again.learn(r, rows_of(4), {{}, 0.01, 0, 1}));
  CHECK(parameters(again.policy()) == parameters(nets.policy()));
  CHECK(parameters(again.critic()) == parameters(nets.critic()));
}

TEST_CASE("actor_critic: nothing allocates after construction, and a menu without actions is refused") {
  actor_critic nets(2, 2, small_networks(), 5);
  const rollout r = four_steps(nets);
  const std::vector<std::uint32_t> rows = rows_of(4);
  std::array<double, 2> log_p{};
  CHECK(allocations_in([&] {
          (void)nets.learn(r, rows, {{}, 0.01, 0, 1});
          (void)nets.judge(here, {}, log_p);
          (void)nets.logits(there);
        }) == 0);
  CHECK_THROWS_AS(actor_critic(2, 0, small_networks(), 5), std::invalid_argument);
}
