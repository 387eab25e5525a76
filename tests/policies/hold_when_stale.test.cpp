#include <headroom/policies/hold_when_stale.hpp>

#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

TEST_CASE("policies.hold_when_stale: nothing is done on what is too old, or of an unknown age") {
  hold_when_stale policy{wisher{}, &sample::activity, {.limit_s = 45}};  // activity stands for the age
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start(sample{0, 4, +2, 45}) == +2);
  CHECK(policy.step(sample{1, 4, +2, 45.5}) == 0);
  CHECK(policy.step(sample{2, 4, -2, std::numeric_limits<double>::quiet_NaN()}) == 0);
  CHECK(policy.step(sample{3, 4, -2, -46}) == 0);  // from the future
  CHECK(policy.step(sample{4, 4, -2, -1}) == -2);  // two clocks that are a second apart
  CHECK(policy.overrides() == 3);
  CHECK(policy.inner().told == std::vector<int>{0, 0, 0});
  CHECK(policy.inner().steps == 4);  // it sees every observation
}

TEST_CASE("policies.hold_when_stale: it says why") {
  hold_when_stale policy{wisher{}, [](const sample& o) { return o.time_s; }};
  CHECK(policy.start(sample{61, 4, +2}) == 0);
  std::vector<guard_note> notes;
  policy.explain([&](const guard_note& n) { notes.push_back(n); });
  CHECK(notes ==
        std::vector<guard_note>{{"hold_when_stale", "what is seen is too old, or its age is not known", 2, 0}});
  CHECK_THROWS_WITH((hold_when_stale{wisher{}, &sample::time_s, {.limit_s = 0}}),
                    "hold_when_stale: limit_s is 0, must be positive and finite");
}
