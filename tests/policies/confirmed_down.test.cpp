#include <headroom/policies/confirmed_down.hpp>

#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/io/state.hpp>

#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

namespace {

// Wishes what was measured: here it stands in activity.
struct witness_of_activity {
  std::vector<int> told{};
  int stops = 0;

  int start(const sample& o) { return step(o); }
  int step(const sample& o) { return static_cast<int>(o.activity); }
  void stop(const sample&, episode) { ++stops; }
  void executed(int delta) { told.push_back(delta); }
};

}  // namespace

TEST_CASE("policies.confirmed_down: a scale-down goes no further than what was measured allows") {
  confirmed_down policy{wisher{}, witness_of_activity{}};
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start(sample{0, 9, -5, 0}) == 0);  // a forecast alone
  CHECK(policy.step(sample{1, 9, -5, +3}) == 0);  // what was measured wants more
  CHECK(policy.step(sample{2, 9, -5, -2}) == -2);
  CHECK(policy.step(sample{3, 7, -1, -4}) == -1);  // the witness does not push
  CHECK(policy.step(sample{4, 6, +6, -4}) == +6);  // up needs no witness
  CHECK(policy.step(sample{5, 12, 0, -4}) == 0);
  CHECK(policy.overrides() == 3);
  CHECK(policy.inner().told == std::vector<int>{0, 0, -2});
  CHECK(policy.witness().told == std::vector<int>{0, -1, 6, 0});
  policy.stop(sample{6, 12, 0}, episode::truncated);
  CHECK(policy.inner().stops == 1);
  CHECK(policy.witness().stops == 1);
}

TEST_CASE("policies.confirmed_down: it says why, and both are told what was executed outside") {
  confirmed_down policy{wisher{}, witness_of_activity{}};
  CHECK(policy.start(sample{0, 9, -5, -1}) == -1);
  std::vector<guard_note> notes;
  policy.explain([&](const guard_note& n) { notes.push_back(n); });
  CHECK(notes == std::vector<guard_note>{
                     {"confirmed_down", "what was measured does not confirm so large a scale-down", -5, -1}});
  policy.executed(0);
  CHECK(policy.inner().told == std::vector<int>{-1, 0});
  CHECK(policy.witness().told == std::vector<int>{0});
}
