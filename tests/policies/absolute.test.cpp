#include <headroom/policies/absolute.hpp>

#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using wishes::sample;
using wishes::stubborn;
using wishes::wisher;

namespace {
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
}

TEST_CASE("absolute: the number of replicas is what is observed plus the delta") {
  absolute policy{wisher{}, &sample::replicas};
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start(sample{0, 4, +3}) == 7);
  CHECK(policy.step(sample{1, 7, 0}) == 7);
  CHECK(policy.step(sample{2, 7, -2}) == 5);
  CHECK(policy.step(sample{3, 5, -9}) == 0);  // never below none
  CHECK(policy.step(sample{4, 2e9, 2'000'000'000}) == std::numeric_limits<int>::max());
  policy.stop(sample{5, 0, 0}, episode::truncated);
  CHECK(policy.inner().starts == 1);
  CHECK(policy.inner().steps == 4);
  CHECK(policy.inner().stops == 1);
}

TEST_CASE("absolute: what was set instead reaches the inner policy as a delta") {
  absolute policy{wisher{}, &sample::replicas};
  policy.start(sample{0, 4, +3});
  policy.executed(5);
  policy.step(sample{1, 5, +3});
  policy.executed(2);
  CHECK(policy.inner().told == std::vector<int>{1, -3});
  absolute hard{stubborn{}, &sample::replicas};
  CHECK(hard.start(sample{0, 4, 1}) == 5);
  hard.executed(4);  // nobody listens
}

TEST_CASE("absolute: without a number the last one stands, and before the first one nothing is asked for") {
  absolute policy{wisher{}, &sample::replicas};
  CHECK(policy.start(sample{0, nan_value, +1}) == decltype(policy)::keep);
  policy.executed(4);
  CHECK(policy.inner().told.empty());
  CHECK(policy.step(sample{1, 4, +1}) == 5);
  CHECK(policy.step(sample{2, nan_value, 0}) == 4);
  CHECK(policy.start(sample{0, nan_value, +1}) == decltype(policy)::keep);  // another episode
}
