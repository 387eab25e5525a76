#include <headroom/policies/internal/last_choice.hpp>

#include <array>
#include <cstdint>
#include <vector>

#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>

#include "catch.hpp"

using namespace headroom;
using internal::last_choice;

namespace {

struct agent_of_a_table {
  [[nodiscard]] double value(state_index s, action_index a) const {
    return 10 * static_cast<double>(to_size(s)) + static_cast<double>(to_size(a));
  }
};
struct agent_of_numbers {
  bool with_values = true;
  [[nodiscard]] float value(vector_state s, action_index a) const { return s[0] + static_cast<float>(to_size(a)); }
  [[nodiscard]] bool has_values() const { return with_values; }
};

template <class State, class AgentT>
std::vector<decision_values> told(const last_choice<State>& last, const AgentT& agent, action_mask legal = {}) {
  std::vector<decision_values> all;
  last.tell(agent, 3, legal, [&](const decision_values& v) { all.push_back(v); });
  return all;
}

}  // namespace

TEST_CASE("the last choice of a table is told with the values of its state, until it is forgotten") {
  last_choice<state_index> last;
  REQUIRE(told(last, agent_of_a_table{}).empty());
  REQUIRE(last.remember(state_index{4}, action_index{2}) == action_index{2});
  const auto once = told(last, agent_of_a_table{});
  REQUIRE(once.size() == 1);
  REQUIRE(once[0] == decision_values{4, 2, {40, 41, 42}, {}});
  const std::uint64_t ends = 0b101;
  REQUIRE(told(last, agent_of_a_table{}, action_mask{&ends})[0].legal == std::vector<bool>{true, false, true});
  last.forget();
  REQUIRE(told(last, agent_of_a_table{}).empty());
}

TEST_CASE("a state of numbers is copied, and an agent without values tells the action alone") {
  last_choice<vector_state> last;
  last.resize(1);
  std::array<float, 1> seen{0.5F};
  (void)last.remember(vector_state{seen}, action_index{1});
  seen[0] = 7;
  REQUIRE(told(last, agent_of_numbers{})[0] == decision_values{{}, 1, {0.5, 1.5, 2.5}, {}});
  REQUIRE(told(last, agent_of_numbers{false})[0] == decision_values{{}, 1, {}, {}});
}
