#include <string_view>
#include <vector>

#include "catch.hpp"

namespace {

// What a user may put in the place of the assertion: here a list of what was broken.
std::vector<std::string_view> broken;

}  // namespace

#define HEADROOM_ASSERT(condition, message) ((condition) ? void() : broken.push_back(message))
#include <headroom/core/config.hpp>
#include <headroom/core/config.hpp>  // a second time: what was put there stays

// Nothing else of the library may be included here: its functions are inline, and those of the other tests assert
// otherwise.
TEST_CASE("HEADROOM_ASSERT can be routed elsewhere, asks once, and lets pass what is right") {
  broken.clear();
  int asked = 0;
  const auto below = [&](int n) {
    HEADROOM_ASSERT((++asked, n > 0), "below(0) has no answer");
    return n - 1;
  };
  CHECK(below(3) == 2);
  CHECK(broken.empty());
  CHECK(below(0) == -1);  // it goes on: what to do about it is the user's choice
  CHECK(broken == std::vector<std::string_view>{"below(0) has no answer"});
  CHECK(asked == 2);
  // One statement, wherever a statement may stand.
  if (asked == 2)
    HEADROOM_ASSERT(asked == 3, "three");
  else
    HEADROOM_ASSERT(asked == 2, "two");
  CHECK(broken.back() == "three");
}
