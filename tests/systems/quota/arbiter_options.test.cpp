#include <headroom/systems/quota/arbiter_options.hpp>

#include <limits>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("quota::arbiter_options: each state has its name") {
  CHECK(to_string(quota::state::pending) == "pending");
  CHECK(to_string(quota::state::applied) == "applied");
  CHECK(to_string(quota::state::conflicting) == "conflicting");
  CHECK(to_string(quota::state::disabled) == "disabled");
}

TEST_CASE("quota::arbiter_options: what cannot work is refused, the detector's options in its own name") {
  const quota::arbiter_options defaults;
  CHECK(&checked(defaults) == &defaults);
  CHECK_NOTHROW(checked(quota::arbiter_options::published()));
  CHECK_THROWS_WITH(checked(quota::arbiter_options{.latency_threshold = 1}),
                    "quota::arbiter: latency_threshold is 1, must be above 1");
  CHECK_THROWS_WITH(checked(quota::arbiter_options{.latency_threshold = std::numeric_limits<double>::quiet_NaN()}),
                    "quota::arbiter: latency_threshold is nan, must be above 1");
  CHECK_THROWS_WITH(checked(quota::arbiter_options{.detector = {.rises = 1}}),
                    "rising_counter: rises is 1, must be from 2 to 1000");
}

TEST_CASE("quota::arbiter_options: the published system compares nothing at declaration, and has all its defects") {
  constexpr auto o = quota::arbiter_options::published();
  CHECK_FALSE(o.at_declaration);
  CHECK_FALSE(o.rivals_overlap);
  CHECK(o.count_unmeasured);
  CHECK(o.lone_conflict_stays);
  CHECK(o.count_withdrawn);
  CHECK(o.applied_when_level);
  CHECK_FALSE(o.revert_disabled);
  CHECK(o.detector.rises == 3);
  CHECK(o.detector.window == 20);
  CHECK(o.latency_threshold == 1.2);
}

TEST_CASE("quota::arbiter_options: two patches are equal if all of them is") {
  const quota::patch one{"a/b/c", "mine", {}, false};
  quota::patch other = one;
  CHECK(other == one);
  other.revert = true;
  CHECK_FALSE(other == one);
}
