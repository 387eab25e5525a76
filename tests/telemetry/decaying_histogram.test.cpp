#include <headroom/telemetry/decaying_histogram.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// Widths 1, 2, 4, 8, ...: bucket n begins at 2^n - 1.
constexpr decaying_histogram_options doubling{.first_bucket = 1, .largest = 1000, .growth = 2, .half_life_s = 10};

}  // namespace

TEST_CASE("a percentile is the end of its bucket") {
  decaying_histogram h(doubling);
  CHECK(h.empty());
  CHECK(std::isnan(h.percentile(0.5)));
  h.observe(0, 0);    // [0, 1)
  h.observe(0, 2.9);  // [1, 3)
  h.observe(0, 3);    // [3, 7)
  h.observe(0, 100);  // [63, 127)
  CHECK(h.percentile(0) == Approx(1));
  CHECK(h.percentile(0.25) == Approx(1));
  CHECK(h.percentile(0.26) == Approx(3));
  CHECK(h.percentile(0.5) == Approx(3));
  CHECK(h.percentile(0.75) == Approx(7));
  CHECK(h.percentile(0.76) == Approx(127));
  CHECK(h.percentile(1) == Approx(127));
}

TEST_CASE("values beyond the largest share the last bucket, which has no end") {
  decaying_histogram h(doubling);
  h.observe(0, 1e300);
  CHECK(doubling.buckets() == 11);
  CHECK(h.percentile(1) == Approx(1023));
}

TEST_CASE("an observation of one half-life ago weighs half") {
  decaying_histogram h(doubling);
  h.observe(0, 100);  // weighs 1/8 at 30
  h.observe(10, 20);  // 1/4
  h.observe(30, 2);   // 1
  const double total = 1.375;
  CHECK(h.percentile(1 / total - 0.001) == Approx(3));
  CHECK(h.percentile(1 / total + 0.001) == Approx(31));
  CHECK(h.percentile(1.25 / total - 0.001) == Approx(31));
  CHECK(h.percentile(1.25 / total + 0.001) == Approx(127));
  decaying_histogram w(doubling);
  w.observe(0, 100, 0.125);
  w.observe(0, 20, 0.25);
  w.observe(0, 2, 1);
  for (double p = 0; p <= 1; p += 0.003) CHECK(w.percentile(p) == h.percentile(p));
}

TEST_CASE("percentiles of many values are right to a bucket's width") {
  decaying_histogram h({.half_life_s = 1e9, .percentile = 0.9, .margin = 0});
  engine random(7);
  std::vector<double> all;
  for (int k = 0; k < 20'000; ++k) {
    all.push_back(exponential(random, 50.0));
    h.observe(k, all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double p : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = all[static_cast<std::size_t>(std::ceil(p * 20'000)) - 1];
    CAPTURE(p, exact);
    CHECK(h.percentile(p) > exact * (1 - 1e-4));
    CHECK(h.percentile(p) <= exact * 1.05 + 0.01 + 1e-3 * exact);
  }
  CHECK(h.forecast(0, 60) == h.percentile(0.9));
}

TEST_CASE("the forecast is the percentile with its margin, whatever the horizon") {
  decaying_histogram h({.percentile = 0.5, .margin = 0.2});
  h.observe(0, 10);
  CHECK(h.forecast(0, 1) == Approx(1.2 * h.percentile(0.5)));
  CHECK(h.forecast(1e9, 1e9) == h.forecast(0, 1));
  CHECK(h.percentile(0.5) >= 10);
  CHECK(h.percentile(0.5) <= 10.51);
}

TEST_CASE("weights are rescaled before they overflow, and nobody notices") {
  decaying_histogram h(doubling);
  // Half-lives of 10 s for 100 000 s: 2^10000 has no double.
  for (int k = 0; k <= 100'000; ++k) h.observe(k, k % 2 == 0 ? 2 : 100);
  CHECK(h.percentile(0.45) == Approx(3));
  CHECK(h.percentile(0.55) == Approx(127));
  // After a jump of ages the new alone counts.
  h.observe(1e9, 20);
  CHECK(h.percentile(0.001) == Approx(31));
  CHECK(h.percentile(1) >= Approx(31));
}

TEST_CASE("bad values, weights and times are not counted") {
  decaying_histogram h(doubling);
  for (const double bad : {unknown, infinite, -infinite}) {
    h.observe(0, bad);
    h.observe(bad, 1);
    h.observe(0, 1, bad);
  }
  h.observe(0, -1);
  h.observe(0, 1, -1);
  h.observe(0, 1, 0);
  CHECK(h.empty());
}

TEST_CASE("a clock that runs far backwards makes it forget") {
  decaying_histogram h(doubling);
  h.observe(10'000, 100);
  h.observe(9'990, 2);  // an older one that came late weighs half
  CHECK(h.percentile(0.3) == Approx(3));
  CHECK(h.percentile(0.4) == Approx(127));
  h.observe(0, 2);
  CHECK(h.percentile(1) == Approx(3));
  h.forget();
  CHECK(h.empty());
}

TEST_CASE("a histogram that was stored goes on") {
  decaying_histogram h(doubling);
  for (int k = 0; k < 50; ++k) h.observe(k, k);
  checkpoint c;
  store(h, c, "model");
  decaying_histogram other(doubling);
  restore(other, c, "model");
  h.observe(60, 500);
  other.observe(60, 500);
  for (double p = 0; p <= 1; p += 0.01) CHECK(other.percentile(p) == h.percentile(p));
}

TEST_CASE("a histogram takes no memory after construction") {
  decaying_histogram h;
  double sum = 0;
  CHECK(allocations_in([&] {
          for (int k = 0; k < 1000; ++k) {
            h.observe(1e5 * k, k);
            sum += h.forecast(k, 1);
          }
          h.forget();
        }) == 0);
  CHECK(sum > 0);
}

TEST_CASE("impossible histograms are refused") {
  const auto make = [](const decaying_histogram_options& o) { return decaying_histogram(o); };
  CHECK_THROWS_WITH(make({.first_bucket = 0}), "decaying_histogram: first_bucket is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.largest = 0.01}),
                    "decaying_histogram: largest is 0.01, must be above first_bucket and finite");
  CHECK_THROWS_WITH(make({.growth = 1}), "decaying_histogram: growth is 1, must be in (1, 10]");
  CHECK_THROWS_WITH(make({.half_life_s = 0}), "decaying_histogram: half_life_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.percentile = 90}), "decaying_histogram: percentile is 90, must be in [0, 1]");
  CHECK_THROWS_WITH(make({.margin = -0.1}), "decaying_histogram: margin is -0.1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.growth = 1 + 1e-9}),
                    Catch::Matchers::StartsWith("decaying_histogram: number of buckets is "));
}
