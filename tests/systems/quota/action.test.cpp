#include <headroom/systems/quota/action.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("published classes are the actions after hold, and no other number is one") {
  CHECK(quota::from_published_class(0) == quota::action::apply);
  CHECK(quota::from_published_class(1) == quota::action::migrate);
  CHECK(quota::from_published_class(2) == quota::action::scale_up);
  CHECK(quota::from_published_class(3) == quota::action::scale_down);
  CHECK(quota::from_published_class(4) == quota::action::hold);
  CHECK(quota::from_published_class(-1) == quota::action::hold);
  CHECK(quota::action{} == quota::action::hold);
  CHECK(to_string(quota::action::scale_down) == "scale down");
}
