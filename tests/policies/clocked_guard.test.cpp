#include <headroom/policies/clocked_guard.hpp>

#include <limits>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/flap_budget.hpp>
#include <headroom/policies/instant_undo.hpp>
#include <headroom/policies/rate_limited.hpp>
#include <headroom/policies/stabilized.hpp>

#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// Allows at most one replica a decision, and writes down what it was shown.
template <class Inner>
class one_at_a_time : public clocked_guard<one_at_a_time<Inner>, Inner, sample> {
  using base = clocked_guard<one_at_a_time<Inner>, Inner, sample>;
  friend base;

 public:
  explicit one_at_a_time(Inner inner, const feature<sample>& metric = {}, int maximum = 99)
      : base(std::move(inner), see(), metric, maximum) {}

  std::vector<guard_sample> shown{};
  int forgotten = 0;

 private:
  void forget() { ++forgotten; }
  int allowed(const guard_sample& seen, int wish) {
    shown.push_back(seen);
    return !seen.counted || !seen.measured ? 0 : wish > 1 ? 1 : wish < -1 ? -1 : wish;
  }
};

}  // namespace

TEST_CASE("clocked_guard: the law corrects a wish, and the inner policy hears of it only then") {
  one_at_a_time<wisher> policy{wisher{}};
  static_assert(CorrectablePolicy<one_at_a_time<wisher>, sample, int>);
  CHECK(policy.start({0, 4, +3}) == +1);
  CHECK(policy.step({1, 5, +1}) == +1);
  CHECK(policy.step({2, 6, -2}) == -1);
  CHECK(policy.overrides() == 2);
  CHECK(policy.inner().told == std::vector<int>{+1, -1});
  policy.executed(0);  // what others did instead is passed on
  CHECK(policy.inner().told.back() == 0);
  policy.stop({}, episode::terminated);
  CHECK(policy.inner().stops == 1);
  REQUIRE(policy.shown.size() == 3);
  CHECK(policy.shown[1].now_s == 1);
  CHECK(policy.shown[1].replicas == 5);
  CHECK(policy.shown[1].load == 0);
  CHECK(policy.shown[1].measured);  // there is no metric that could be missing
}

TEST_CASE("clocked_guard: the past is forgotten at each start and after a clock that jumped backwards") {
  one_at_a_time<wisher> policy{wisher{}};
  policy.start({10, 4, 0});
  CHECK(policy.forgotten == 1);
  policy.step({11, 4, 0});
  CHECK(policy.forgotten == 1);
  CHECK(policy.step({5, 4, +1}) == 0);  // the observation that shows the jump is not used
  CHECK(policy.forgotten == 2);
  CHECK(policy.shown.size() == 2);
  CHECK(policy.step({6, 4, +1}) == +1);
  CHECK(policy.refused() == refused_signals{.clocks = 1});
  policy.start({0, 4, 0});
  CHECK(policy.forgotten == 3);
}

TEST_CASE("clocked_guard: what cannot be used is counted, and without a clock the law is not asked") {
  one_at_a_time<wisher> policy{wisher{}, &sample::activity, 8};
  policy.start({0, 4, 0, 2.5});
  CHECK(policy.shown.back().load == 2.5);
  CHECK(policy.step({unknown, 4, +1, 1}) == 0);
  CHECK(policy.shown.size() == 1);
  CHECK(policy.step({1, -1, +1, 1}) == 0);
  CHECK_FALSE(policy.shown.back().counted);
  CHECK(policy.step({2, 4, +1, unknown}) == 0);
  CHECK(policy.shown.back().counted);
  CHECK_FALSE(policy.shown.back().measured);
  CHECK(policy.step({3, 9, +1, 1}) == +1);  // above the maximum: counted, and used
  CHECK(policy.refused() == refused_signals{.values = 1, .clocks = 1, .replicas = 1, .above_maximum = 1});
  CHECK(policy.overrides() == 3);
}

TEST_CASE("clocked_guard: an inner policy that cannot be corrected is left in peace") {
  one_at_a_time<stubborn> policy{stubborn{}};
  CHECK(policy.start({0, 4, +3}) == +1);
  CHECK(policy.overrides() == 1);
}

namespace {

// Wishes what the observation says, and remembers nothing.
struct wishes_only {
  int start(const sample& o) { return o.wish; }
  int step(const sample& o) { return o.wish; }
  void stop(const sample&, episode) {}
  void executed(int) {}
  template <class Self, class Archive>
  static void fields(Self&, Archive&) {}
};
using any_guard = any_policy<sample, int>;

std::vector<any_guard> guards_with_a_past() {
  std::vector<any_guard> all;
  all.emplace_back(flap_budget{wishes_only{}, see(), {.changes = 3, .window_s = 300}});
  all.emplace_back(rate_limited{
      wishes_only{},
      see(),
      {.up = {{scaling_unit::replicas, 3, 60}}, .down = {{scaling_unit::percent, 20, 90}}, .interval_s = 15}});
  all.emplace_back(stabilized{wishes_only{}, see(), {.up_s = 60, .down_s = 120, .interval_s = 15}});
  all.emplace_back(instant_undo{wishes_only{},
                                see(),
                                &sample::activity,
                                {.broken_above = 2, .watch_s = 60, .widen_s = 150, .margin = 0.2},
                                {.minimum = 1, .maximum = 50}});
  // All of them, one around the other.
  any_guard chain{stabilized{wishes_only{}, see(), {.down_s = 60, .interval_s = 15}}};
  chain = any_guard{rate_limited{std::move(chain), see(), {.up = {{scaling_unit::replicas, 4, 60}}, .interval_s = 15}}};
  chain = any_guard{flap_budget{std::move(chain), see(), {.changes = 4, .window_s = 600}}};
  all.push_back(std::move(chain));
  return all;
}

// A day of a service whose replicas follow the guard, unless somebody else takes a part back.
struct guarded_day {
  explicit guarded_day(std::uint64_t seed) : random(seed, stream::workload) {}
  engine random;
  sample o{};

  const sample& next() {
    o.time_s += 15;
    o.wish = static_cast<int>(uniform(random, -4, 5));
    o.activity = random.uniform() < 0.2 ? 3 : 1;
    return o;
  }
  int done(any_guard& policy, int delta) {
    if (delta > 1 && random.uniform() < 0.2) policy.executed(--delta);
    o.replicas = std::max(1.0, o.replicas + delta);
    return delta;
  }
};

}  // namespace

TEST_CASE("policies.clocked_guard: a process that is started anew goes on with the past of its guards") {
  const std::size_t kinds = guards_with_a_past().size();
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    std::size_t forgetful = 0;  // runs in which a guard without its past decides otherwise
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      any_guard first = std::move(guards_with_a_past()[kind]);
      guarded_day day(seed);
      const int before = 3 + static_cast<int>(seed % 20);
      for (int k = 0; k < before; ++k) {
        const sample o = day.next();
        day.done(first, k == 0 ? first.start(o) : first.step(o));
      }
      checkpoint c;
      store(first, c, "guard");
      any_guard second = std::move(guards_with_a_past()[kind]);
      any_guard anew = std::move(guards_with_a_past()[kind]);
      restore(second, c, "guard");
      guarded_day other = day;
      guarded_day third = day;
      bool same = true;
      for (int k = 0; k < 30; ++k) {
        const int expected = day.done(first, first.step(day.next()));
        const sample o = other.next();
        const int again = other.done(second, k == 0 ? second.start(o) : second.step(o));
        const sample p = third.next();
        same = same && third.done(anew, k == 0 ? anew.start(p) : anew.step(p)) == expected;
        INFO("guard " << kind << ", seed " << seed << ", decision " << k);
        REQUIRE(again == expected);
      }
      if (!same) ++forgetful;
    }
    INFO("guard " << kind);
    CHECK(forgetful >= 5);
  }
}

TEST_CASE("policies.clocked_guard: an episode that has ended leaves no past, and a start in the same object forgets") {
  flap_budget guard{wishes_only{}, see(), {.changes = 2, .window_s = 1e6}};
  (void)guard.start({0, 4, +1, 1});
  (void)guard.step({15, 5, -1, 1});
  CHECK(guard.step({30, 4, +1, 1}) == 1);
  CHECK(guard.step({45, 5, -1, 1}) == 0);
  checkpoint within;
  store(guard, within);
  guard.stop({60, 5, 0, 1}, episode::truncated);
  checkpoint between;
  store(guard, between);
  flap_budget goes_on{wishes_only{}, see(), {.changes = 2, .window_s = 1e6}};
  restore(goes_on, within);
  CHECK(goes_on.start({60, 5, -1, 1}) == 0);
  flap_budget begins{wishes_only{}, see(), {.changes = 2, .window_s = 1e6}};
  restore(begins, between);
  CHECK(begins.start({60, 5, -1, 1}) == -1);
  CHECK(guard.start({60, 5, -1, 1}) == -1);
  (void)guard.step({75, 4, +1, 1});
  (void)guard.step({90, 5, +0, 1});
  CHECK(guard.start({105, 5, -1, 1}) == -1);  // without a stop, too: it is this object's own past
  flap_budget set_back{wishes_only{}, see(), {.changes = 2, .window_s = 1e6}};
  restore(set_back, within);
  CHECK(set_back.start({20, 5, -1, 1}) == 0);  // before the last time of the process before: refused once
  CHECK(set_back.refused().clocks == 1);
  CHECK(set_back.step({35, 5, -1, 1}) == -1);  // and forgotten
  flap_budget of_others{wishes_only{}, see(), {.changes = 3, .window_s = 1e6}};
  CHECK_THROWS_WITH(restore(of_others, within), Catch::Contains("changes"));
}
