#include <headroom/fleet/greedy_batch.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/agents/dqn.hpp>
#include <headroom/core/random.hpp>
#include <headroom/neural/internal/aligned.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

TEST_CASE("greedy_batch: chooses as the agent does for one state after the other") {
  for (const std::size_t inputs : {1U, 9U, 16U, 17U}) {
    for (const std::size_t actions : {1U, 3U, 5U, 70U}) {
      for (const bool dueling : {false, true}) {
        for (const tie_break ties : {tie_break::engine, tie_break::largest_index}) {
          const dqn agent{inputs,
                          actions,
                          {.hidden = {12, 18}, .batch = 4, .capacity = 10, .dueling = dueling},
                          3,
                          epsilon_greedy{0.1, ties}};
          const std::size_t stride = greedy_batch::stride_for(inputs);
          const std::size_t n = 2 * greedy_batch::block + 5;
          internal::aligned_vector<float> states(3 * greedy_batch::block * stride);
          const std::size_t words = action_mask::words(actions);
          std::vector<std::uint64_t> legal(n * words);
          engine random{inputs};
          for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t f = 0; f < inputs; ++f) states[i * stride + f] = static_cast<float>(random.uniform());
            for (std::size_t w = 0; w < words; ++w) legal[i * words + w] = random();
            legal[i * words] |= 1;
          }
          greedy_batch choose{agent.online(), actions, ties};
          std::vector<action_index> chosen(n);
          std::vector<action_index> masked(n);
          CHECK(allocations_in([&] {
                  choose(agent.online(), states, chosen);
                  choose(agent.online(), states, masked, {legal.data(), words});
                }) == 0);
          for (std::size_t i = 0; i < n; ++i) {
            const vector_state s{states.data() + i * stride, inputs};
            REQUIRE(chosen[i] == agent.greedy(s));
            REQUIRE(masked[i] == agent.greedy(s, action_mask{legal.data() + i * words}));
          }
        }
      }
    }
  }
}

// A network whose outputs are all equal: only the rule for ties decides.
TEST_CASE("greedy_batch: breaks ties as it is told") {
  engine random{1};
  mlp<float> net{{2, 4}, activation::relu, random};
  for (float& w : net.parameters()) w = 0;
  internal::aligned_vector<float> states(greedy_batch::block * greedy_batch::stride_for(2));
  std::vector<action_index> chosen(3);
  greedy_batch first{net, 4};
  first(net, states, chosen);
  CHECK(chosen[2] == action_index{0});
  greedy_batch last{net, 4, tie_break::largest_index};
  last(net, states, chosen);
  CHECK(chosen[2] == action_index{3});
  const std::vector<std::uint64_t> legal{6, 6, 6};
  first(net, states, chosen, {legal.data(), 1});
  CHECK(chosen[2] == action_index{1});
  last(net, states, chosen, {legal.data(), 1});
  CHECK(chosen[2] == action_index{2});
  CHECK(first.values().size() == 4 * greedy_batch::block);
  CHECK_THROWS_WITH((greedy_batch{net, 5}),
                    "greedy_batch: number of actions is 5, must be from 1 to the outputs of the network, 4");
}
