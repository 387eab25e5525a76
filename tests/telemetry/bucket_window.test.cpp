#include <headroom/telemetry/bucket_window.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <vector>

#include <headroom/core/random.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// The definition, without a ring and without a running sum.
double mean_of_buckets(const std::map<int, double>& buckets, int window, int now) {
  double sum = 0;
  for (const auto& [at, value] : buckets) sum += at > now - window ? value : 0;
  return sum / std::min(now - buckets.begin()->first + 1, window);
}

}  // namespace

TEST_CASE("a bucket window divides by its age until it is full, then by its length") {
  bucket_window window{{.window_s = 4}};
  CHECK(window.size() == 4);
  CHECK(window.empty());
  CHECK(window.average(0) == 0);
  window.record(10, 8);
  CHECK_FALSE(window.empty());
  CHECK(window.average(10) == 8);
  window.record(11, 4);
  CHECK(window.average(11) == 6);
  window.record(12, 0);
  CHECK(window.average(12) == 4);
  window.record(13, 8);
  CHECK(window.average(13) == 5);
  window.record(14, 2);  // the 8 of bucket 10 left
  CHECK(window.average(14) == 3.5);
  window.clear();
  CHECK(window.empty());
  CHECK(window.average(14) == 0);
  window.record(3, 1);  // any clock
  CHECK(window.average(3) == 1);
}

TEST_CASE("gaps between buckets count as zero, silence since the last one does not") {
  bucket_window window{{.window_s = 6}};
  window.record(0, 6);
  window.record(3, 6);
  CHECK(window.average(3) == 3);    // 12 over 4 buckets
  CHECK(window.average(4) == 3);    // still of the 4 there are
  CHECK(window.average(5) == 3);    // 6 - 2 are left to count
  CHECK(window.average(6) == 2);    // the first left: 6 over the 3 that are not silent
  CHECK(window.average(8) == 6);    // 6 over 1
  CHECK(window.average(9) == 0);    // nothing of a whole window
  CHECK(window.average(3) == 3);    // asking changes nothing
  CHECK(window.average(-50) == 3);  // nor is there an average of the past
}

TEST_CASE("silence of a whole window forgets, of one bucket less it does not") {
  bucket_window shorter{{.window_s = 6}};
  shorter.record(0, 6);
  shorter.record(5, 6);
  CHECK(shorter.average(5) == 2);
  bucket_window whole{{.window_s = 6}};
  whole.record(0, 6);
  whole.record(6, 6);
  CHECK(whole.average(6) == 6);
  whole.record(8, 6);  // and its age begins anew
  CHECK(whole.average(8) == 4);
}

TEST_CASE("a sample fills the buckets it held for, at most a window of them") {
  bucket_window window{{.window_s = 6}};
  window.fill(-1, 1, 3);
  CHECK(window.average(1) == 3);
  window.fill(1, 3, 9);
  CHECK(window.average(3) == 6);  // 3 3 9 9
  window.fill(3.5, 3.9, 1);       // within a bucket: the mean of its two samples
  CHECK(window.average(3) == 5);  // 3 3 9 5
  window.fill(3.9, 7.1, 5);
  CHECK(window.average(7) == Approx((9 + 5 + 4 * 5) / 6.0).margin(1e-6).epsilon(0));
  window.fill(7.1, 1e15, 7);
  CHECK(window.average(1e15) == 7);
  window.fill(1e15, 1e300, 8);
  CHECK(window.average(1e300) == 8);
}

TEST_CASE("filling is recording in every bucket, however long the interval") {
  engine random{11};
  for (const bool exponential : {false, true}) {
    for (const int length : {1, 2, 3, 6, 60}) {
      const bucket_window_options o{.window_s = double(length), .exponential = exponential};
      bucket_window filled{o};
      bucket_window recorded{o};
      double now_s = 0;
      for (int k = 0; k < 2000; ++k) {
        const double since_s = now_s;
        now_s += 1 + static_cast<double>(random.below(random.below(9) == 0 ? 100 : 9));
        const double value = random.uniform() * 1000;
        filled.fill(since_s, now_s, value);
        for (double t = since_s + 1; t <= now_s; ++t) recorded.record(t, value);
        REQUIRE(filled.average(now_s) == Approx(recorded.average(now_s)).margin(1.1e-6).epsilon(0));
        REQUIRE(filled.average(now_s + 1) == Approx(recorded.average(now_s + 1)).margin(1.1e-6).epsilon(0));
      }
    }
  }
}

TEST_CASE("an interval that begins before the newest bucket merges with it, one that ends before it is dropped") {
  bucket_window window{{.window_s = 4}};
  window.record(5, 2);
  window.fill(2, 7, 4);
  CHECK(window.average(7) == Approx(11 / 3.0).margin(1e-6).epsilon(0));  // 3 4 4
  window.fill(2, 6, 1000);
  CHECK(window.average(7) == Approx(11 / 3.0).margin(1e-6).epsilon(0));
}

TEST_CASE("samples of one bucket are averaged, those of an earlier one are dropped") {
  bucket_window window{{.window_s = 3, .bucket_s = 0.5}};
  CHECK(window.size() == 6);
  for (const double value : {2.0, 4.0, 9.0}) window.record(0.1, value);
  CHECK(window.average(0.4) == 5);
  window.record(0.7, 11);
  CHECK(window.average(0.7) == 8);
  window.record(0.2, 1000);
  CHECK(window.average(0.7) == 8);
  CHECK(window.index(0.3 - 0.1 - 0.2 + 1.5) == 3);  // short of 1.5 by rounding alone
  CHECK(window.index(-0.1) == -1);
}

TEST_CASE("an average is rounded down to six digits") {
  bucket_window window{{.window_s = 3}};
  window.record(0, 1);
  window.record(1, 1);
  window.record(2, 0);
  CHECK(window.average(2) == 0.666666);
}

TEST_CASE("the running sum agrees with the definition over long histories with gaps") {
  engine random{7};
  for (const int length : {1, 6, 60}) {
    bucket_window window{{.window_s = double(length)}};
    std::map<int, double> buckets;
    int now = 0;
    for (int k = 0; k < 20'000; ++k) {
      const int ahead = random.below(8) == 0 ? 1 + static_cast<int>(random.below(90)) : 1;
      if (ahead >= length) buckets.clear();
      now += ahead;
      const double value = static_cast<double>(random.below(1'000'000)) / 1000;
      buckets[now] = value;
      window.record(now, value);
      REQUIRE(window.average(now) == Approx(mean_of_buckets(buckets, length, now)).margin(1.1e-6).epsilon(0));
    }
  }
}

TEST_CASE("a load that was immense leaves nothing behind") {
  bucket_window window{{.window_s = 60}};
  for (int t = 0; t < 100; ++t) window.record(t, 3);
  window.record(100, 1e18);
  for (int t = 101; t < 160; ++t) window.record(t, 3);
  window.record(160, 3);
  CHECK(window.average(160) == 3);

  for (const double huge : {1e300, std::numeric_limits<double>::max()}) {
    window.fill(160, 220, huge);
    CHECK(window.average(220) > 1e299);
    window.fill(220, 280, 0);
    CHECK(window.average(280) == 0);
    window.fill(280, 340, 2);
    CHECK(window.average(340) == 2);
    window.clear();
  }
}

TEST_CASE("what is no number does not enter") {
  for (const bool exponential : {false, true}) {
    bucket_window window{{.window_s = 6, .exponential = exponential}};
    window.fill(-6, 0, 3);
    const double before = window.average(0);
    for (const double bad : {unknown, infinite, -infinite, -1.0}) {
      window.record(1, bad);
      window.fill(0, 3, bad);
    }
    CHECK(window.average(0) == before);
  }
}

TEST_CASE("exponential weights fall with age and are those of the definition") {
  // n = 6: a = 1 - 0.0001^(1/6) = 0.784557; n = 60: 1 - 0.0001^(1/60) = 0.142304 is below 0.2.
  for (const int n : {6, 60}) {
    const double a = n == 6 ? 1 - std::pow(0.0001, 1 / 6.0) : 0.2;
    CHECK(a == Approx(n == 6 ? 0.784557 : 0.2).epsilon(1e-6));
    bucket_window window{{.window_s = double(n), .exponential = true}};
    std::vector<double> history;
    engine random{3};
    for (int t = 0; t < 1000; ++t) {
      history.push_back(static_cast<double>(random.below(1000)));
      window.record(t, history.back());
      double expected = 0;
      for (int i = 0; i < std::min(t + 1, n); ++i) {
        expected += a * std::pow(1 - a, i) * history[static_cast<std::size_t>(t - i)];
      }
      REQUIRE(window.average(t) == Approx(expected).epsilon(1e-12));
    }
    // Silence: the newest n - 2 buckets, two steps older.
    double expected = 0;
    for (int i = 2; i < n; ++i) expected += a * std::pow(1 - a, i) * history[static_cast<std::size_t>(999 + 2 - i)];
    CHECK(window.average(1001) == Approx(expected).epsilon(1e-12));
    CHECK(window.average(999 + n) == 0);
  }
}

TEST_CASE("impossible bucket windows are refused") {
  const auto make = [](const bucket_window_options& o) { return bucket_window{o}; };
  CHECK_THROWS_WITH(make({.window_s = 0}), "bucket_window: window_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.window_s = unknown}), "bucket_window: window_s is nan, must be positive and finite");
  CHECK_THROWS_WITH(make({.bucket_s = -1}), "bucket_window: bucket_s is -1, must be positive and finite");
  CHECK_THROWS_WITH(make({.window_s = 1e9}), "bucket_window: window_s is 1e+09, must hold at most 2^20 buckets");
  CHECK(make({.window_s = 0.25}).size() == 1);  // shorter than a bucket: the newest
  CHECK(make({.window_s = 5.5}).size() == 6);
}

TEST_CASE("a bucket window takes no memory after construction") {
  bucket_window window;
  CHECK(allocations_in([&] {
          for (int t = 0; t < 1000; ++t) window.fill(t - 1, t, t);
          window.clear();
        }) == 0);
}
