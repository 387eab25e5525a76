#include <headroom/policies/learner_options.hpp>

#include "catch.hpp"

TEST_CASE("the defaults are those without a defect") {
  const headroom::learner_options o;
  REQUIRE_FALSE(o.bootstrap_at_termination);
  REQUIRE_FALSE(o.truncation_is_terminal);
  REQUIRE_FALSE(o.learn_requested_action);
}

TEST_CASE("health begins without a count") {
  struct nothing {};
  const headroom::learner_health<nothing> h;
  REQUIRE(h.refused.observations + h.refused.rewards + h.refused.menus == 0);
  REQUIRE(h.misused.steps_without_start + h.misused.repeated_stops + h.misused.starts_within == 0);
  REQUIRE(h.without_choice == 0);
}
