#include <headroom/policies/cooldown.hpp>

#include <limits>
#include <string>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "scratch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

TEST_CASE("after a scaling it rests, for each direction as long as it was told, and the inner policy knows") {
  cooldown policy{wisher{}, see(), {.up_s = 10, .down_s = 60}};
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start({0, 4, -1}) == -1);  // there was no scaling before
  CHECK(policy.step({5, 3, +2}) == 0);
  CHECK(policy.step({10, 3, +2}) == +2);
  CHECK(policy.step({69, 5, -1}) == 0);
  CHECK(policy.step({70, 5, -1}) == -1);
  CHECK(policy.step({80, 4, +1}) == +1);  // up needs ten seconds from then on
  CHECK(policy.step({81, 5, 0}) == 0);
  CHECK(policy.step({139, 5, -1}) == 0);
  CHECK(policy.step({140, 5, -1}) == -1);
  CHECK(policy.inner().told == std::vector<int>{0, 0, 0});
  CHECK(policy.overrides() == 3);
  std::vector<std::string> said;
  CHECK(policy.step({141, 4, -1}) == 0);
  policy.explain([&](const guard_note& n) {
    if (n.changed()) said.emplace_back(std::string(n.guard) + ": " + std::string(n.why));
  });
  CHECK(said == std::vector<std::string>{"cooldown: it has not been long enough since the last scaling"});
}

TEST_CASE("a scaling that was not done is none, and one that was done instead is one") {
  cooldown policy{wisher{}, see(), {.down_s = 60}};
  CHECK(policy.start({0, 4, +1}) == +1);
  policy.executed(0);  // refused
  CHECK(policy.step({10, 4, -1}) == -1);
  CHECK(policy.step({80, 3, 0}) == 0);
  policy.executed(+2);  // somebody added two
  CHECK(policy.step({90, 5, -1}) == 0);
  CHECK(policy.step({140, 5, -1}) == -1);
}

TEST_CASE("an episode begins without a past, and so does a clock that jumped back") {
  cooldown policy{wisher{}, see(), {.down_s = 60}};
  CHECK(policy.start({100, 4, +1}) == +1);
  CHECK(policy.step({110, 5, -1}) == 0);
  policy.stop({110, 5, 0}, episode::truncated);
  CHECK(policy.start({111, 5, -1}) == -1);
  CHECK(policy.step({120, 4, -1}) == 0);
  CHECK(policy.step({std::numeric_limits<double>::quiet_NaN(), 4, -1}) == 0);
}

TEST_CASE("what it remembers goes on in another process, and nothing allocates") {
  cooldown policy{wisher{}, see(), {.down_s = 60}};
  CHECK(policy.start({100, 4, +1}) == +1);
  for (const double time_s : {110.0, 120.0}) {  // before it counts, and after
    checkpoint c;
    store(policy, c, "policy");
    cooldown other{wisher{}, see(), {.down_s = 60}};
    restore(other, c, "policy");
    CHECK(other.start({159, 5, -1}) == 0);
    CHECK(other.step({160, 5, -1}) == -1);
    CHECK(policy.step({time_s, 5, -1}) == 0);
  }
  cooldown quick{stubborn{}, see(), {.down_s = 60}};
  static_cast<void>(quick.start({0, 4, +1}));
  CHECK(allocations_in([&] {
          for (int k = 1; k < 100; ++k) static_cast<void>(quick.step({1.0 * k, 5, -1}));
        }) == 0);
}

TEST_CASE("impossible options are refused by name") {
  CHECK(refusal<std::invalid_argument>([] { cooldown(wisher{}, see(), {.up_s = -1}); }) ==
        "cooldown: up_s is -1, must be zero or more, and finite");
  CHECK(refusal<std::invalid_argument>([] { cooldown(wisher{}, see(), {.down_s = -1}); }) ==
        "cooldown: down_s is -1, must be zero or more, and finite");
}
