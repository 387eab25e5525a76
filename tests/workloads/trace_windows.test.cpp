#include <headroom/workloads/trace_windows.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("a window plays its part of the trace as rates") {
  // Counts that tell where they come from: with 1000 k in interval k, the window that begins at interval b has about
  // 1000 (b + j) requests in its interval j.
  std::vector<float> counts;
  for (int k = 0; k < 20; ++k) counts.push_back(static_cast<float>(1000 * k));
  const trace_windows source(trace(10, counts), {.window_s = 40});
  CHECK(source.places() == 17);
  arrivals a;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    source(seed, a);
    const double begin = source.begin_s(seed) / 10;
    INFO("seed " << seed << ", interval " << begin);
    CHECK(begin == std::floor(begin));
    CHECK(a.end_s == 40);
    CHECK(a.phase_start_s == std::vector<double>{0});
    CHECK(a.window == std::vector<std::uint32_t>(a.size(), 0));
    CHECK(std::is_sorted(a.time_s.begin(), a.time_s.end()));
    std::vector<double> per_interval(4);
    for (const double t : a.time_s) ++per_interval.at(static_cast<std::size_t>(t / 10));
    for (std::size_t j = 0; j < 4; ++j) {
      const double mean = 1000 * (begin + static_cast<double>(j));
      CHECK(std::abs(per_interval[j] - mean) <= 5 * std::sqrt(mean));
    }
  }
}

TEST_CASE("the same seed gives the same window and the same requests") {
  const trace_windows source(trace(1, std::vector<float>(100, 5)), {.window_s = 20});
  const trace_windows copy = source;
  arrivals a;
  arrivals b;
  source(3, a);
  copy(4, b);
  CHECK(a.time_s != b.time_s);
  copy(3, b);
  CHECK(a.time_s == b.time_s);
}

TEST_CASE("windows stay within their bounds and reach all of them") {
  const trace_windows source(trace(10, std::vector<float>(20, 1)), {.window_s = 30, .from_s = 50, .to_s = 120});
  CHECK(source.places() == 5);
  std::set<double> begins;
  for (std::uint64_t seed = 0; seed < 200; ++seed) begins.insert(source.begin_s(seed));
  CHECK(begins == std::set<double>{50, 60, 70, 80, 90});
}

TEST_CASE("a window may be the whole trace") {
  const trace_windows source(trace(0.1, {1, 2, 3}), {.window_s = 0.3});
  CHECK(source.places() == 1);
  CHECK(source.begin_s(9) == 0);
}

TEST_CASE("trace_windows refuses windows that do not fit") {
  const trace t(10, std::vector<float>(20, 1));
  CHECK_THROWS_WITH(trace_windows(t, {.window_s = 35}),
                    "trace_windows: window_s is 35, must be a whole number of intervals of 10 s");
  CHECK_THROWS_WITH(trace_windows(t, {.window_s = 210}),
                    "trace_windows: window_s is 210, must fit between from_s and to_s");
  CHECK_THROWS_WITH(trace_windows(t, {.window_s = 30, .from_s = 180}),
                    "trace_windows: window_s is 30, must fit between from_s and to_s");
  CHECK_THROWS_WITH(trace_windows(t, {.window_s = 30, .from_s = 200}),
                    "trace_windows: from_s is 200, must be within the trace");
  CHECK_THROWS_WITH(trace_windows(t, {.window_s = 30, .from_s = 50, .to_s = 50}),
                    "trace_windows: to_s is 50, must come after from_s");
  CHECK_THROWS_WITH(trace_windows(t, {.window_s = 0}), "trace_windows: window_s is 0, must be positive and finite");
}
