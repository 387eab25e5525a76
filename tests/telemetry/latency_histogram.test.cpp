#include <headroom/telemetry/latency_histogram.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("latency_histogram: quantiles are right to 0.8 % over six orders of magnitude") {
  engine random(1);
  for (const double scale_s : {0.001, 0.05, 3.0, 200.0}) {
    latency_histogram h;
    std::vector<double> all;
    for (int k = 0; k < 5000; ++k) {
      all.push_back(exponential(random, scale_s) + scale_s);
      h.add(all.back());
    }
    std::sort(all.begin(), all.end());
    for (const double q : {0.01, 0.5, 0.95, 0.99, 1.0}) {
      const double exact = all[static_cast<std::size_t>(std::ceil(q * 5000)) - 1];
      INFO(scale_s << " s, quantile " << q);
      CHECK(std::abs(h.quantile(q) - exact) <= 0.008 * exact);
    }
    CHECK(h.maximum_s() == all.back());
    CHECK(h.quantile(1) <= all.back());
    CHECK(h.size() == 5000);
  }
}

TEST_CASE("latency_histogram: without a latency nothing is known; beyond its range it counts at the ends") {
  latency_histogram h;
  CHECK(std::isnan(h.quantile(0.5)));
  CHECK(std::isnan(h.maximum_s()));
  h.add(0);
  CHECK(h.quantile(0.5) == 0);  // at most the maximum
  h.add(4096);                  // the first that is beyond
  CHECK(h.quantile(1) > 4000);
  h.add(1e6);
  CHECK(h.size() == 3);
  CHECK(h.maximum_s() == 1e6);
  CHECK(h.quantile(1) > 4000);
  CHECK(h.quantile(0.3) < 0.001);
}

TEST_CASE("latency_histogram: the smallest and the largest of its range are as right as the others") {
  latency_histogram h;
  h.add(0x1p-12);
  h.add(1);
  CHECK(std::abs(h.quantile(0.5) - 0x1p-12) <= 0.008 * 0x1p-12);
  h.clear();
  h.add(4095);
  h.add(1e9);
  CHECK(std::abs(h.quantile(0.5) - 4095) <= 0.008 * 4095);
  CHECK(std::abs(h.quantile(1) - 4095) <= 0.008 * 4095);  // what is beyond counts in the last bucket
}

TEST_CASE("latency_histogram: two add up, and clear forgets") {
  latency_histogram a;
  latency_histogram b;
  for (int k = 1; k <= 50; ++k) a.add(0.01 * k);
  for (int k = 51; k <= 100; ++k) b.add(0.01 * k);
  a += b;
  CHECK(a.size() == 100);
  CHECK(std::abs(a.quantile(0.75) - 0.75) < 0.008 * 0.75);
  CHECK(a.maximum_s() == 1);
  a.clear();
  CHECK(a.size() == 0);
  CHECK(std::isnan(a.maximum_s()));
}

TEST_CASE("latency_histogram: many at once are many, and none is none") {
  latency_histogram a;
  latency_histogram b;
  for (int k = 0; k < 30; ++k) a.add(0.2);
  for (int k = 0; k < 70; ++k) a.add(0.5);
  b.add(0.2, 30);
  b.add(0.5, 70);
  b.add(9, 0);
  CHECK(b.size() == 100);
  CHECK(b.maximum_s() == 0.5);
  for (const double q : {0.1, 0.3, 0.31, 0.9}) CHECK(a.quantile(q) == b.quantile(q));
}
