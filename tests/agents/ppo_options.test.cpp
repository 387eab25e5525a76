#include <headroom/agents/ppo_options.hpp>

#include <cstddef>
#include <string>
#include <vector>

#include <headroom/core/schedule.hpp>

#include "catch.hpp"
#include "network_agents.hpp"

using namespace headroom;
using namespace network_agents;

TEST_CASE("ppo_options: the published settings, by name") {
  const ppo_options o = ppo_options::rllib_2_4();
  CHECK(o.hidden == std::vector<std::size_t>{256, 256});
  CHECK(o.activate == activation::tanh);
  CHECK_FALSE(o.shared);
  CHECK(o.learning_rate == schedule(5e-5));
  CHECK(o.discount == 0.99);
  CHECK(o.trace_decay == 1);
  CHECK(o.rollout == 4'000);
  CHECK(o.minibatch == 128);
  CHECK(o.epochs == 30);
  CHECK(o.clip == schedule(0.3));
  CHECK(o.entropy == schedule(0.0));
  CHECK(o.value_weight == 1);
  CHECK(o.value_clip == value_clipping::squared_error);
  CHECK(o.value_bound == 10);
  CHECK(o.kl_weight == 0.2);
  CHECK(o.kl_target == 0.01);
  CHECK(o.clip_norm == infinity);
}

TEST_CASE("ppo_options: what cannot work is refused, by name") {
  const auto with = [](auto change) {
    ppo_options options;
    change(options);
    return checked(options);
  };
  CHECK_THROWS_WITH(with([](auto& o) { o.policy_scale = 2; }), "ppo: policy_scale is 2, must be in [0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.learning_rate = not_a_number; }),
                    "ppo: learning_rate is nan, must be in (0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) {
                      o.learning_rate = linear{0.1, -0.1, 10};
                    }),
                    "ppo: learning_rate is -0.1, must never fall below 0");
  CHECK_THROWS_WITH(with([](auto& o) { o.discount = 1.5; }), "ppo: discount is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.trace_decay = -1; }), "ppo: trace_decay is -1, must be in [0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.rollout = 0; }), "ppo: rollout is 0, must be at least 1");
  CHECK_THROWS_WITH(with([](auto& o) { o.minibatch = 0; }), "ppo: minibatch is 0, must be at least 1");
  CHECK_THROWS_WITH(with([](auto& o) { o.rollout = 32; }), "ppo: minibatch is 64, must be at most the rollout, 32");
  CHECK_THROWS_WITH(with([](auto& o) { o.epochs = 0; }), "ppo: epochs is 0, must be at least 1");
  CHECK_THROWS_WITH(with([](auto& o) { o.clip = 0; }), "ppo: clip is 0, must be positive");
  CHECK_THROWS_WITH(with([](auto& o) { o.clip = not_a_number; }), "ppo: clip is nan, must be positive");
  CHECK_THROWS_WITH(with([](auto& o) { o.entropy = -0.1; }), "ppo: entropy is -0.1, must be zero or more, and finite");
  CHECK_THROWS_WITH(with([](auto& o) { o.value_weight = 0; }), "ppo: value_weight is 0, must be positive and finite");
  CHECK_THROWS_WITH(with([](auto& o) { o.value_bound = 0; }), "ppo: value_bound is 0, must be positive");
  CHECK_THROWS_WITH(with([](auto& o) { o.kl_weight = -1; }), "ppo: kl_weight is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(with([](auto& o) { o.kl_target = 0; }), "ppo: kl_target is 0, must be positive and finite");
  CHECK_THROWS_WITH(with([](auto& o) { o.stop_above_kl = 0; }), "ppo: stop_above_kl is 0, must be positive");
  CHECK_THROWS_WITH(with([](auto& o) { o.clip_norm = not_a_number; }), "ppo: clip_norm is nan, must be positive");
  CHECK_THROWS_WITH(with([](auto& o) { o.clip_reward = -1; }), "ppo: clip_reward is -1, must be positive");
}

TEST_CASE("ppo_options: the defaults and the ends of the ranges pass, and come back as they are") {
  const ppo_options defaults;
  CHECK(&checked(defaults) == &defaults);
  CHECK_NOTHROW(checked(ppo_options{.policy_scale = 0, .discount = 1, .trace_decay = 0, .rollout = 1, .minibatch = 1}));
  CHECK_NOTHROW(checked(ppo_options{.clip = linear{0.2, 0, 10}, .kl_weight = 0, .clip_norm = infinity}));
  CHECK_NOTHROW(checked(ppo_options::rllib_2_4()));
}

TEST_CASE("ppo_options: a training that goes on compares all but the networks, the rollout and the machine") {
  compared_names seen;
  ppo_options{}.same_training(seen);
  CHECK(seen.all == std::vector<std::string>{"learning_rate", "discount", "trace_decay", "minibatch", "epochs",
                                             "normalise", "clip", "entropy", "value_weight", "value_clip",
                                             "value_bound", "first_kl_weight", "kl_target", "stop_above_kl",
                                             "clip_norm", "clip_reward"});
  CHECK(seen.tunable == std::vector<std::string>{"learning_rate", "entropy"});
}
