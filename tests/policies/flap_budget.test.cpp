#include <headroom/policies/flap_budget.hpp>

#include <stdexcept>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/policies/guarded.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

TEST_CASE("policies.flap_budget: a scale-down needs room for itself and for the change back up") {
  flap_budget policy{wisher{}, see(), {.changes = 3, .window_s = 100}};
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start(sample{0, 4, +2}) == +2);
  CHECK(policy.step(sample{1, 6, -1}) == -1);  // the first change
  CHECK(policy.step(sample{2, 5, -1}) == -1);  // the same direction: no change
  CHECK(policy.step(sample{3, 4, +1}) == +1);  // the second
  CHECK(policy.step(sample{4, 5, -1}) == 0);   // a third would leave no room for the way back up
  CHECK(policy.step(sample{5, 5, +3}) == +3);
  CHECK(policy.step(sample{100.5, 8, -1}) == 0);  // the first change was at 1 s: it is remembered until 101 s
  CHECK(policy.step(sample{101, 8, -1}) == -1);
  CHECK(policy.step(sample{102, 7, 0}) == 0);
  CHECK(policy.changes() == 3);
  CHECK(policy.overrides() == 2);
  CHECK(policy.inner().told == std::vector<int>{0, 0});
}

TEST_CASE("policies.flap_budget: over any window no more changes than the budget, and no move up is refused") {
  constexpr int budget = 5;
  constexpr double window_s = 200;
  flap_budget policy{stubborn{}, see(), {.changes = budget, .window_s = window_s}};
  engine random(3);
  int direction = 0;
  double now_s = 0;
  double replicas = 500;
  std::vector<double> changed_s;
  int refused = 0;
  for (int k = 0; k < 20000; ++k) {
    now_s += random.uniform() * 30;
    const int wish = static_cast<int>(random.below(7)) - 3;
    const sample o{now_s, replicas, wish};
    const int delta = k == 0 ? policy.start(o) : policy.step(o);
    REQUIRE((delta == wish || (delta == 0 && wish < 0)));
    if (delta != wish) ++refused;
    if (delta != 0) {
      const int d = delta > 0 ? 1 : -1;
      if (direction != 0 && d != direction) changed_s.push_back(now_s);
      direction = d;
    }
    int within = 0;
    for (std::size_t i = changed_s.size(); i-- > 0 && now_s - changed_s[i] < window_s;) ++within;
    REQUIRE(within <= budget);
  }
  CHECK(refused > 1000);
  CHECK(changed_s.size() > 500);
}

TEST_CASE("policies.flap_budget: what was overridden outside counts as it was executed") {
  const auto never_down = [](const sample& o, int wish) { return o.activity > 0 ? wish : 0; };
  guarded policy{flap_budget{wisher{}, see(), {.changes = 2, .window_s = 1000}}, never_down};
  CHECK(policy.start(sample{0, 4, +1}) == +1);
  for (int k = 1; k < 10; ++k) CHECK(policy.step(sample{k * 1.0, 5, -1, 0}) == 0);  // none of them happened
  CHECK(policy.step(sample{10, 5, -1}) == -1);
  CHECK(policy.step(sample{11, 4, +1}) == +1);
  CHECK(policy.step(sample{12, 5, -1}) == 0);
  CHECK(policy.inner().changes() == 2);
}

TEST_CASE("policies.flap_budget: it holds where replicas or time cannot be used, and a new episode has no past") {
  flap_budget policy{wisher{}, see(), {.changes = 2, .window_s = 1000}};
  CHECK(policy.start(sample{0, 4, +1}) == +1);
  CHECK(policy.step(sample{1, 5, -1}) == -1);
  CHECK(policy.step(sample{2, 4, +1}) == +1);
  CHECK(policy.step(sample{3, 5, -1}) == 0);
  CHECK(policy.step(sample{4, -1, +2}) == 0);
  CHECK(policy.refused().replicas == 1);
  policy.stop(sample{5, 5, 0}, episode::truncated);
  CHECK(policy.start(sample{0, 5, -1}) == -1);
  CHECK(policy.step(sample{1, 4, +1}) == +1);
}

TEST_CASE("policies.flap_budget: it allocates nothing, and refuses a budget without a way back") {
  flap_budget policy{stubborn{}, see(), {.changes = 10}};
  (void)policy.start(sample{0, 4, 1});
  const auto flap = [&] {
    for (int k = 1; k < 200; ++k) (void)policy.step(sample{k * 1.0, 50, k % 2 == 0 ? 1 : -1});
  };
  CHECK(allocations_in(flap) == 0);
  CHECK_THROWS_WITH((flap_budget{wisher{}, see(), {.changes = 1}}),
                    "flap_budget: changes is 1, must be from 2 to 1000");
  CHECK_THROWS_AS((flap_budget{wisher{}, see(), {.window_s = 0}}), std::invalid_argument);
  CHECK_THROWS_WITH((flap_budget{wisher{}, signals<sample>{.time_s = &sample::time_s}}),
                    "flap_budget: signals.replicas is missing, must be named");
}
