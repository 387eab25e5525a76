#include <headroom/agents/dqn_options.hpp>

#include <cstddef>
#include <string>
#include <vector>

#include <headroom/core/schedule.hpp>

#include "catch.hpp"
#include "network_agents.hpp"

using namespace headroom;
using namespace network_agents;

TEST_CASE("dqn_options: what cannot work is refused, by name") {
  const auto with = [](auto change) {
    dqn_options options;
    change(options);
    return checked(options);
  };
  CHECK_THROWS_WITH(with([](auto& o) { o.capacity = 0; }), "dqn: capacity is 0, must be at least 1");
  CHECK_THROWS_WITH(with([](auto& o) { o.batch = 0; }), "dqn: batch is 0, must be at least 1");
  CHECK_THROWS_WITH(with([](auto& o) { o.capacity = 32; }), "dqn: batch is 64, must be at most the capacity, 32");
  CHECK_THROWS_WITH(with([](auto& o) { o.learning_rate = not_a_number; }),
                    "dqn: learning_rate is nan, must be in (0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.learning_rate = 0; }), "dqn: learning_rate is 0, must be in (0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) {
                      o.learning_rate = linear{0.1, -0.1, 10};
                    }),
                    "dqn: learning_rate is -0.1, must never fall below 0");
  CHECK_THROWS_WITH(with([](auto& o) { o.discount = 1.5; }), "dqn: discount is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.discount = not_a_number; }), "dqn: discount is nan, must be in [0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.train_every = 0; }), "dqn: train_every is 0, must be at least 1");
  CHECK_THROWS_WITH(with([](auto& o) { o.target_rate = 0; }), "dqn: target_rate is 0, must be in (0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.target_every = 0; }), "dqn: target_every is 0, must be at least 1");
  CHECK_THROWS_WITH(with([](auto& o) { o.clip_norm = 0; }), "dqn: clip_norm is 0, must be positive");
  CHECK_THROWS_WITH(with([](auto& o) { o.clip_norm = not_a_number; }), "dqn: clip_norm is nan, must be positive");
  CHECK_THROWS_WITH(with([](auto& o) { o.clip_reward = -1; }), "dqn: clip_reward is -1, must be positive");
  CHECK_THROWS_WITH(with([](auto& o) { o.priority = 2; }), "dqn: priority is 2, must be in [0, 1]");
  CHECK_THROWS_WITH(with([](auto& o) { o.importance = 2; }), "dqn: importance is 2, must be in [0, 1]");
}

TEST_CASE("dqn_options: the defaults and the ends of the ranges pass, and come back as they are") {
  const dqn_options defaults;
  CHECK(&checked(defaults) == &defaults);
  CHECK_NOTHROW(checked(dqn_options{.learning_rate = linear{1, 0, 10}, .discount = 1, .batch = 1, .capacity = 1}));
  CHECK_NOTHROW(checked(dqn_options{.discount = 0, .target_rate = 1, .clip_norm = infinity, .priority = 1}));
}

TEST_CASE("dqn_options: a training that goes on compares all but the networks, the memory and the machine") {
  compared_names seen;
  dqn_options{}.same_training(seen);
  CHECK(seen.all == std::vector<std::string>{"learning_rate", "discount", "batch", "warm_up", "train_every", "n_steps",
                                             "double_dqn", "target_rate", "target_every", "clip_norm", "clip_reward",
                                             "priority", "importance"});
  CHECK(seen.tunable == std::vector<std::string>{"learning_rate"});
}
