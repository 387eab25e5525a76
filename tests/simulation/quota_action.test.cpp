#include <headroom/simulation/quota_action.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("published classes are the actions after hold, and no other number is one") {
  CHECK(from_quota_class(0) == quota_action::apply);
  CHECK(from_quota_class(1) == quota_action::migrate);
  CHECK(from_quota_class(2) == quota_action::scale_up);
  CHECK(from_quota_class(3) == quota_action::scale_down);
  CHECK(from_quota_class(4) == quota_action::hold);
  CHECK(from_quota_class(-1) == quota_action::hold);
  CHECK(quota_action{} == quota_action::hold);
  CHECK(to_string(quota_action::scale_down) == "scale down");
}
