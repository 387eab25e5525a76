#include <headroom/policies/internal/fitting_parts.hpp>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>

#include <headroom/actions/menu.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct encoder_of_states {
  std::size_t n;
  [[nodiscard]] std::size_t size() const { return n; }
};
struct agent_on_states {
  using state_type = state_index;
  std::size_t n;
  std::size_t choices;
  [[nodiscard]] std::size_t states() const { return n; }
  [[nodiscard]] std::size_t actions() const { return choices; }
};
struct encoder_of_numbers {
  std::size_t n;
  [[nodiscard]] std::size_t dimension() const { return n; }
};
struct agent_on_numbers {
  using state_type = vector_state;
  std::size_t n;
  [[nodiscard]] std::size_t dimension() const { return n; }
};

template <class EncoderT, class AgentT>
std::string misfit(const EncoderT& encode, const AgentT& agent) {
  try {
    internal::require_fitting(encode, agent, actions{-1, 0, +1});
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("parts whose sizes differ are refused by the size that differs") {
  CHECK(misfit(encoder_of_states{5}, agent_on_states{5, 3}).empty());
  CHECK(misfit(encoder_of_states{4}, agent_on_states{5, 3}).find("number of states of the agent is 5") !=
        std::string::npos);
  CHECK(misfit(encoder_of_states{5}, agent_on_states{5, 2}).find("number of actions of the agent is 2") !=
        std::string::npos);
  CHECK(misfit(encoder_of_states{5}, agent_on_states{5, 0}).find("moved from") != std::string::npos);
  CHECK(misfit(encoder_of_numbers{2}, agent_on_numbers{2}).empty());
  CHECK(misfit(encoder_of_numbers{3}, agent_on_numbers{2}).find("dimension of the agent is 2") != std::string::npos);
}

TEST_CASE("an agent sees the states of its table, and vectors of its dimension") {
  CHECK(internal::within_agent(state_index{4}, agent_on_states{5, 3}));
  CHECK_FALSE(internal::within_agent(state_index{5}, agent_on_states{5, 3}));
  CHECK_FALSE(internal::within_agent(no_state, agent_on_states{5, 3}));
  const std::array<float, 2> two{1, 2};
  CHECK(internal::within_agent(vector_state{two}, agent_on_numbers{2}));
  CHECK_FALSE(internal::within_agent(vector_state{two}, agent_on_numbers{3}));
}
