#include <headroom/agents/td_options.hpp>

#include <limits>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("td_options: the defaults and the ends of the ranges pass, and come back as they are") {
  const td_options defaults;
  CHECK(&checked(defaults, "sarsa") == &defaults);
  CHECK_NOTHROW(checked({.learning_rate = linear{1, 0, 10}, .discount = 1, .trace_decay = 1}, "sarsa"));
  CHECK_NOTHROW(checked({.discount = 0, .trace_decay = 0}, "sarsa"));
}

TEST_CASE("td_options: what cannot work is refused in the name of the agent") {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(checked({.learning_rate = 1.5}, "sarsa"), "sarsa: learning_rate is 1.5, must be in (0, 1]");
  CHECK_THROWS_WITH(checked({.learning_rate = linear{0.1, -0.1, 10}}, "q_learning"),
                    "q_learning: learning_rate is -0.1, must never fall below 0");
  CHECK_THROWS_WITH(checked({.discount = -1}, "sarsa"), "sarsa: discount is -1, must be in [0, 1]");
  CHECK_THROWS_WITH(checked({.trace_decay = unknown}, "sarsa"), "sarsa: trace_decay is nan, must be in [0, 1]");
  CHECK_THROWS_WITH(checked({.trace_threshold = 0}, "sarsa"), "sarsa: trace_threshold is 0, must be in (0, 1)");
  CHECK_THROWS_WITH(checked({.trace_threshold = 1}, "sarsa"), "sarsa: trace_threshold is 1, must be in (0, 1)");
  CHECK_THROWS_WITH(checked({.initial_value = unknown}, "sarsa"),
                    "sarsa: initial_value is nan, must be finite, from -1e150 to 1e150");
}
