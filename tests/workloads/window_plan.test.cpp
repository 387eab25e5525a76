#include <headroom/workloads/window_plan.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("window_plan: a window may begin wherever it fits, and each beginning is drawn") {
  const window_plan plan("who", {.interval_s = 10, .size = 12}, {.window_s = 30, .from_s = 20, .to_s = 80});
  CHECK(plan.places() == 4);
  std::set<double> begins;
  for (std::uint64_t seed = 0; seed < 200; ++seed) begins.insert(plan.begin_s(seed));
  CHECK(begins == std::set<double>{20, 30, 40, 50});
}

TEST_CASE("window_plan: an episode plays the window that its seed names") {
  const window_plan plan("who", {.interval_s = 10, .size = 12}, {.window_s = 30});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::size_t asked = 99;
    arrivals out;
    plan.play(
        seed,
        [&](std::size_t begin, std::size_t length) {
          asked = begin;
          return std::vector<float>(length, 5.0F);
        },
        out);
    CHECK(static_cast<double>(asked) * 10 == plan.begin_s(seed));
    CHECK(out.end_s == 30);
    CHECK(out.phase_start_s == std::vector<double>{0});
  }
}

TEST_CASE("window_plan: windows that do not fit are refused in the name of who asked") {
  const trace_grid grid{.interval_s = 10, .size = 12};
  const auto with = [&](const trace_windows_options& o) { return window_plan("who", grid, o); };
  CHECK_THROWS_WITH(with({.window_s = 0}), "who: window_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(with({.window_s = 25}), "who: window_s is 25, must be a whole number of intervals of 10 s");
  CHECK_THROWS_WITH(with({.window_s = 30, .from_s = 120}), "who: from_s is 120, must be within the trace");
  CHECK_THROWS_WITH(with({.window_s = 30, .from_s = 50, .to_s = 50}), "who: to_s is 50, must come after from_s");
  CHECK_THROWS_WITH(with({.window_s = 130}), "who: window_s is 130, must fit between from_s and to_s");
}
