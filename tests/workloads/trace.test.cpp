#include <headroom/workloads/trace.hpp>

#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Workload<trace>);

TEST_CASE("a trace is the count over the interval, and nothing outside") {
  const trace t(60, {120, 0, 30});
  CHECK(t(0) == 2);
  CHECK(t(59.999) == 2);
  CHECK(t(60) == 0);
  CHECK(t(120) == 0.5);
  CHECK(t(179.999) == 0.5);
  CHECK(t(180) == 0);
  CHECK(t(-0.001) == 0);
  CHECK(t(std::numeric_limits<double>::quiet_NaN()) == 0);
  CHECK(t(std::numeric_limits<double>::infinity()) == 0);
  CHECK(t.duration_s() == 180);
  CHECK(t.size() == 3);
}

TEST_CASE("mean and peak are rates") {
  const trace t(60, {120, 0, 30});
  CHECK(t.mean_per_s() == 150.0 / 180);
  CHECK(t.peak_per_s() == 2);
}

TEST_CASE("the mean of many counts does not drown in float") {
  // Summed in float, 2^24 ones would be as far as it gets.
  const trace t(1, std::vector<float>(20'000'000, 1));
  CHECK(t.mean_per_s() == 1);
}

TEST_CASE("scaling keeps the shape") {
  const trace t(60, {120, 0, 30});
  const trace m = t.scaled_to_mean(5);
  CHECK(m.mean_per_s() == Approx(5).epsilon(1e-7));
  CHECK(m.counts()[0] == Approx(4 * m.counts()[2]).epsilon(1e-7));
  CHECK(m.counts()[1] == 0);
  CHECK(m.interval_s() == 60);
  const trace p = t.scaled_to_peak(8);
  CHECK(p.peak_per_s() == 8);
  CHECK(p.counts() == std::vector<float>{480, 0, 120});
  CHECK(t.scaled_to_mean(0).peak_per_s() == 0);
  CHECK(t.counts() == std::vector<float>{120, 0, 30});
}

TEST_CASE("a slice holds the intervals that begin in it") {
  const trace t(10, {1, 2, 3, 4, 5});
  CHECK(t.slice(10, 30).counts() == std::vector<float>{2, 3});
  CHECK(t.slice(0, 50).counts() == t.counts());
  CHECK(t.slice(11, 31).counts() == std::vector<float>{3, 4});
  CHECK(t.slice(40, 50).counts() == std::vector<float>{5});
  CHECK(t.slice(10, 30)(0) == 0.2);
  // 0.3 / 0.1 is a hair below 3; the third interval still begins there.
  CHECK(trace(0.1, {1, 2, 3, 4, 5}).slice(0.1 + 0.2, 0.5).counts() == std::vector<float>{4, 5});
  CHECK(trace(0.1, {1, 2, 3, 4, 5}).slice(0, 0.1 + 0.2).counts() == std::vector<float>{1, 2, 3});
}

TEST_CASE("a trace may go on from its beginning") {
  const trace t(10, {1, 2, 3});
  CHECK(t.repeated(1).counts() == t.counts());
  CHECK(t.repeated(3).counts() == std::vector<float>{1, 2, 3, 1, 2, 3, 1, 2, 3});
  CHECK(t.repeated(3).interval_s() == 10);
  CHECK_THROWS_WITH(t.repeated(0),
                    "trace: number of repetitions is 0, must be at least 1, and the intervals still countable");
  CHECK_THROWS_WITH(t.repeated(std::numeric_limits<std::size_t>::max()),
                    "trace: number of repetitions is 18446744073709551615, must be at least 1, and the intervals still "
                    "countable");
}

TEST_CASE("a trace refuses what is no record of counts") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(trace(60, {}), "trace: number of intervals is 0, must be at least 1");
  CHECK_THROWS_WITH(trace(0, {1}), "trace: interval_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(trace(60, {1, 2, -3}), "trace: count 2 is -3, must be zero or more, and finite");
  CHECK_THROWS_WITH(trace(60, {1, nan}), "trace: count 1 is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(trace(60, {infinity}), "trace: count 0 is inf, must be zero or more, and finite");
}

TEST_CASE("what cannot be scaled or sliced is refused") {
  const trace nothing(60, {0, 0});
  CHECK_THROWS_WITH(nothing.scaled_to_mean(5), "trace: number of requests is 0, must be positive to be scaled");
  CHECK_THROWS_WITH(nothing.scaled_to_peak(5), "trace: number of requests is 0, must be positive to be scaled");
  const trace t(10, {1, 2, 3});
  CHECK_THROWS_WITH(t.scaled_to_mean(-1), "trace: mean to scale to is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(t.scaled_to_peak(-1), "trace: peak to scale to is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(t.scaled_to_peak(1e300), "trace: peak after scaling is inf, must be finite");
  CHECK_THROWS_WITH(t.slice(-1, 20), "trace: from_s is -1, must be within the trace");
  CHECK_THROWS_WITH(t.slice(30, 40), "trace: from_s is 30, must be within the trace");
  CHECK_THROWS_WITH(t.slice(0, 31), "trace: to_s is 31, must come after from_s and not after the end");
  CHECK_THROWS_WITH(t.slice(20, 20), "trace: to_s is 20, must come after from_s and not after the end");
  CHECK_THROWS_WITH(t.slice(21, 29), "trace: to_s is 29, must leave at least one interval after from_s");
}
