#include <headroom/policies/clocked_guard.hpp>

#include <limits>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>

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
