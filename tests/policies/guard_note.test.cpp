#include <headroom/policies/guard_note.hpp>

#include <string>
#include <vector>

#include <headroom/core/types.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/confirmed_down.hpp>
#include <headroom/policies/fallback.hpp>
#include <headroom/policies/flap_budget.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/rate_limited.hpp>
#include <headroom/policies/scale_to_zero.hpp>
#include <headroom/policies/stabilized.hpp>

#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

namespace {

template <class P>
std::vector<guard_note> notes_of(const P& policy) {
  std::vector<guard_note> all;
  explain(policy, [&](const guard_note& n) { all.push_back(n); });
  return all;
}

}  // namespace

TEST_CASE("policies.guard_note: each guard says what it changed and why, the innermost first") {
  const auto at_most_one_up = [](const sample&, int wish) { return wish > 1 ? 1 : wish; };
  guarded policy{rate_limited{wisher{}, see(), {.up = {{scaling_unit::replicas, 3, 60}}}}, at_most_one_up};
  CHECK(notes_of(wisher{}).empty());
  CHECK(policy.start(sample{0, 4, +5}) == 1);
  const std::vector<guard_note> cut = notes_of(policy);
  REQUIRE(cut.size() == 2);
  CHECK(cut[0] == guard_note{"rate_limited", "no more replicas may be added or removed within the period", 5, 3});
  CHECK(cut[1] == guard_note{"guarded", "", 3, 1});  // a lambda has no name and no reason
  CHECK(policy.step(sample{10, 5, 0}) == 0);
  for (const guard_note& n : notes_of(policy)) {
    CHECK(!n.changed());
    CHECK(n.why.empty());
  }
}

TEST_CASE("policies.guard_note: a guard says when it could not use what it saw") {
  stabilized policy{wisher{}, see(), {.down_s = 100}};
  CHECK(policy.start(sample{50, 4, 0}) == 0);
  CHECK(policy.step(sample{60, 4, -1}) == 0);
  CHECK(notes_of(policy)[0].why == "another wish within the stabilisation window holds it");
  CHECK(policy.step(sample{10, 4, -1}) == 0);
  CHECK(notes_of(policy)[0].why == "the time cannot be used");
  CHECK(policy.step(sample{20, -1, -1}) == 0);
  CHECK(notes_of(policy)[0] == guard_note{"stabilized", "the number of replicas cannot be used", -1, 0});
}

TEST_CASE("policies.guard_note: a fallback speaks of the policy that decided") {
  fallback policy{guarded{wisher{}, [](const sample&, int) { return 7; }}, wisher{},
                  [](const sample& o) { return o.activity > 0; }};
  CHECK(policy.start(sample{0, 4, 2, 1}) == 7);
  CHECK(notes_of(policy) == std::vector<guard_note>{{"guarded", "", 2, 7}});
  CHECK(policy.step(sample{1, 4, 2, 0}) == 2);
  CHECK(notes_of(policy).empty());
}

TEST_CASE("policies.guard_note: a policy whose type is erased tells the same") {
  any_policy<sample, int> policy(guarded{wisher{}, [](const sample&, int) { return 7; }});
  CHECK(policy.start(sample{0, 4, 2}) == 7);
  CHECK(notes_of(policy) == std::vector<guard_note>{{"guarded", "", 2, 7}});
  int changed = 0;
  const auto count = [&](const guard_note& n) { changed += n.changed() ? 1 : 0; };
  explain(policy, count);
  CHECK(changed == 1);
  const any_policy<sample, int> plain(stubborn{});
  CHECK(notes_of(plain).empty());
}

TEST_CASE("policies.guard_note: every guard of time has a name and a law") {
  CHECK(flap_budget<wisher, sample>::guard_name == "flap_budget");
  CHECK(rate_limited<wisher, sample>::guard_name == "rate_limited");
  CHECK(stabilized<wisher, sample>::guard_name == "stabilized");
  scale_to_zero policy{wisher{}, see(), &sample::activity, {}, {.minimum = 0}};
  CHECK(policy.start(sample{0, 1, -1}) == 0);
  CHECK(notes_of(policy)[0] ==
        guard_note{"scale_to_zero", "zero replicas only without activity, and at least one with it", -1, 0});
}
