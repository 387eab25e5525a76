// A complete agent in one translation unit, as a user would have it: made, trained and asked.
#include <headroom/agents/dqn.hpp>

headroom::action_index train_and_ask(headroom::vector_state s) {
  headroom::dqn agent(s.size(), 3, {.discount = 0.97}, 42);
  agent.start(s);
  for (int i = 0; i < 10'000; ++i) agent.step(1, s);
  agent.truncate(1, s);
  return agent.greedy(s);
}
