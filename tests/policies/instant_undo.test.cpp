#include <headroom/policies/instant_undo.hpp>

#include <limits>
#include <stdexcept>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/policies/guarded.hpp>

#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

namespace {

constexpr double bad = 3;   // late requests a second
constexpr double good = 0;  // none
constexpr instant_undo_options within_100_s{.broken_above = 1, .watch_s = 100, .widen_s = 500, .margin = 0.2};
constexpr replica_limits up_to_30{.minimum = 1, .maximum = 30};

std::vector<guard_note> undo_notes(const instant_undo<wisher, sample>& policy) {
  std::vector<guard_note> all;
  policy.explain([&](const guard_note& n) { all.push_back(n); });
  return all;
}

}  // namespace

TEST_CASE("policies.instant_undo: a broken service level after a scale-down takes it back at once") {
  instant_undo policy{wisher{}, see(), &sample::activity, within_100_s, up_to_30};
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start(sample{0, 10, -4, good}) == -4);
  CHECK(policy.step(sample{30, 6, 0, bad}) == +4);
  CHECK(undo_notes(policy).back() ==
        guard_note{"instant_undo", "the service level broke after a scale-down: back at once", 0, 4});
  CHECK(policy.undone() == 1);
  CHECK(policy.inner().told == std::vector<int>{4});
  CHECK(policy.step(sample{60, 10, 0, bad}) == 0);  // once: now it is the policy's turn
  // The widened level is 12 for 500 s.
  CHECK(policy.step(sample{90, 10, -1, good}) == 0);
  CHECK(undo_notes(policy).back().why == "a scale-down was undone a while ago: not below that level and its margin");
  CHECK(policy.step(sample{100, 15, -5, good}) == -3);
  CHECK(policy.step(sample{529, 12, -5, good}) == 0);
  CHECK(policy.step(sample{530, 12, -5, good}) == -5);
}

TEST_CASE("policies.instant_undo: several scale-downs within the watch are undone together") {
  instant_undo policy{wisher{}, see(), &sample::activity, within_100_s, up_to_30};
  CHECK(policy.start(sample{0, 10, -2, good}) == -2);
  CHECK(policy.step(sample{60, 8, -3, good}) == -3);
  CHECK(policy.step(sample{120, 5, 0, good}) == 0);
  CHECK(policy.step(sample{160, 5, -1, bad}) == +5);  // 100 s after the second
}

TEST_CASE("policies.instant_undo: what breaks later, or without a scale-down, is not undone") {
  instant_undo policy{wisher{}, see(), &sample::activity, within_100_s, up_to_30};
  CHECK(policy.start(sample{0, 10, 0, bad}) == 0);
  CHECK(policy.step(sample{10, 10, -2, bad}) == -2);  // nothing was watched yet
  CHECK(policy.step(sample{110.5, 8, 0, bad}) == 0);
  CHECK(policy.step(sample{120, 8, -2, good}) == -2);
  CHECK(policy.step(sample{130, 10, 0, bad}) == 0);  // somebody went back already
  CHECK(policy.undone() == 0);
}

TEST_CASE("policies.instant_undo: the wish stays where it goes further up, and the maximum holds") {
  instant_undo policy{wisher{}, see(), &sample::activity, within_100_s, up_to_30};
  CHECK(policy.start(sample{0, 10, -4, good}) == -4);
  CHECK(policy.step(sample{30, 6, +9, bad}) == +9);
  CHECK(policy.undone() == 1);
  instant_undo above{wisher{}, see(), &sample::activity, within_100_s, up_to_30};
  CHECK(above.start(sample{0, 40, -20, good}) == -20);
  CHECK(above.step(sample{30, 20, 0, bad}) == +10);
}

TEST_CASE("policies.instant_undo: a second break in the widened time does not narrow it") {
  instant_undo policy{wisher{}, see(), &sample::activity, within_100_s, up_to_30};
  CHECK(policy.start(sample{0, 20, -10, good}) == -10);
  CHECK(policy.step(sample{10, 10, 0, bad}) == +10);  // 24 for 500 s
  CHECK(policy.step(sample{20, 26, -2, good}) == -2);
  CHECK(policy.step(sample{30, 24, 0, bad}) == +2);  // 32 for 500 s from here
  CHECK(policy.step(sample{520, 30, -1, good}) == 0);
  CHECK(policy.step(sample{530, 30, -1, good}) == -1);
}

TEST_CASE("policies.instant_undo: without a metric nothing is undone, and without replicas nothing is done") {
  constexpr double no_metric = std::numeric_limits<double>::quiet_NaN();
  instant_undo policy{wisher{}, see(), &sample::activity, within_100_s, up_to_30};
  CHECK(policy.start(sample{0, 10, -4, no_metric}) == -4);
  CHECK(policy.step(sample{30, 6, 0, no_metric}) == 0);
  CHECK(policy.refused().values == 2);
  CHECK(policy.step(sample{40, no_metric, 1, bad}) == 0);
  CHECK(policy.step(sample{50, 6, 0, bad}) == +4);
}

TEST_CASE("policies.instant_undo: a scale-down that was not executed is not watched, and an episode has no past") {
  const auto never_down = [](const sample&, int wish) { return wish < 0 ? 0 : wish; };
  guarded policy{instant_undo{wisher{}, see(), &sample::activity, within_100_s, up_to_30}, never_down};
  CHECK(policy.start(sample{0, 10, -4, good}) == 0);
  CHECK(policy.step(sample{30, 6, 0, bad}) == 0);  // another controller went to 6
  instant_undo fresh{wisher{}, see(), &sample::activity, within_100_s, up_to_30};
  CHECK(fresh.start(sample{0, 10, -4, good}) == -4);
  fresh.stop(sample{10, 6, 0, good}, episode::truncated);
  CHECK(fresh.start(sample{20, 6, 0, bad}) == 0);
}

TEST_CASE("policies.instant_undo: what cannot work is refused by name") {
  CHECK_THROWS_WITH((instant_undo{wisher{}, see(), &sample::activity, {.watch_s = 0}, up_to_30}),
                    "instant_undo: watch_s is 0, must be positive and finite");
  CHECK_THROWS_AS((instant_undo{wisher{}, see(), &sample::activity, {.margin = -1}, up_to_30}), std::invalid_argument);
  CHECK_THROWS_WITH((instant_undo{wisher{}, see(), {}, within_100_s, up_to_30}),
                    "instant_undo: broken is missing, must be named");
}
