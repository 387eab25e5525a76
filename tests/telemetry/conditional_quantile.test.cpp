#include <headroom/telemetry/conditional_quantile.hpp>

#include <cmath>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/forecast.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(Forecaster<conditional_quantile>);

namespace {

// Noise in proportion to the value, so that no one margin fits all.
std::vector<double> series(std::size_t n, std::uint64_t seed) {
  engine noise(seed, stream::noise);
  std::vector<double> y{10};
  while (y.size() < n) y.push_back(std::max(0.5, 1 + 0.9 * y.back() + normal(noise, 0, 0.1 * y.back())));
  return y;
}

}  // namespace

TEST_CASE("a conditional quantile of a few cases is the case of its rank") {
  // After 1 comes 1, 2, ..., 9 in turn, after those 1 again.
  std::vector<double> y;
  for (int k = 0; k < 90; ++k) {
    y.push_back(0);
    y.push_back(1 + k % 9);
  }
  y.push_back(0);
  conditional_quantile model{{.quantile = 0.5, .levels = 2, .trends = 1, .fewest = 5}};
  model.fit(y);
  model.observe(0, 3);
  model.observe(60, 0);
  CHECK(model.forecast(60, 60) == 5);  // the middle of 1 to 9
  conditional_quantile high{{.quantile = 0.95, .levels = 2, .trends = 1, .fewest = 5}};
  high.fit(y);
  high.observe(0, 3);
  high.observe(60, 0);
  CHECK(high.forecast(60, 60) == 9);
  // Of the 89 cases 79 are at most 8. Rank 80 of them is a 9, as 0.885 * 90 is above 79.
  conditional_quantile between{{.quantile = 0.885, .levels = 2, .trends = 1, .fewest = 5}};
  between.fit(y);
  between.observe(0, 3);
  between.observe(60, 0);
  CHECK(between.forecast(60, 60) == 9);
}

TEST_CASE("a conditional quantile tells a rise from a fall") {
  // A triangle: what rises goes on, until the turn.
  std::vector<double> y;
  for (int k = 0; k < 50; ++k) {
    for (int i = 0; i < 20; ++i) y.push_back(i);
    for (int i = 20; i > 0; --i) y.push_back(i);
  }
  conditional_quantile model{{.quantile = 0.5, .levels = 10, .trends = 2, .fewest = 10}};
  model.fit(y);
  model.observe(0, 9);
  model.observe(60, 10);
  CHECK(model.forecast(60, 60) == 11);
  model.forget();
  model.observe(0, 11);
  model.observe(60, 10);
  CHECK(model.forecast(60, 60) == 9);
  conditional_quantile blind{{.quantile = 0.5, .levels = 10, .trends = 2, .fewest = 1000}};
  CHECK_THROWS_WITH(blind.fit(y),
                    "conditional_quantile: number of cases in the series is 1998, must be at least levels * fewest, "
                    "10000");
}

TEST_CASE("a conditional quantile covers as much as it says, at low and at high loads alike") {
  const auto y = series(60'000, 3);
  conditional_quantile model{{.ahead = 2, .quantile = 0.9}};
  model.fit(std::vector<double>(y.begin(), y.begin() + 30'000));
  double judged[2] = {0, 0};
  double covered[2] = {0, 0};
  for (std::size_t t = 30'000; t + 2 < y.size(); ++t) {
    const double now_s = 60.0 * static_cast<double>(t);
    model.observe(now_s, y[t]);
    const double bound = model.forecast(now_s, 120);
    if (std::isnan(bound)) continue;
    const int high = y[t] > 10;
    ++judged[high];
    covered[high] += y[t + 2] <= bound;
  }
  for (const int i : {0, 1}) {
    CAPTURE(i, judged[i]);
    CHECK(judged[i] > 5'000);
    CHECK(covered[i] / judged[i] == Approx(0.9).margin(0.012));
  }
}

TEST_CASE("a conditional quantile knows one horizon, and nothing before a fit or a second slot") {
  conditional_quantile model{{.ahead = 2}};
  model.observe(0, 5);
  model.observe(60, 5);
  CHECK(std::isnan(model.forecast(60, 120)));
  model.fit(series(2000, 1));
  model.observe(0, 5);
  CHECK(std::isnan(model.forecast(0, 120)));
  model.observe(60, 5);
  CHECK(std::isfinite(model.forecast(60, 120)));
  CHECK(std::isnan(model.forecast(60, 60)));
  model.observe(300, 5);  // after a gap the trend is not known
  CHECK(std::isnan(model.forecast(300, 120)));
}

TEST_CASE("a conditional quantile is stored, and allocates where it is fitted only") {
  conditional_quantile one;
  one.fit(series(2000, 1));
  checkpoint c;
  store(one, c, "model");
  conditional_quantile two;
  restore(two, c, "model");
  for (conditional_quantile* m : {&one, &two}) {
    m->observe(0, 8);
    m->observe(60, 9);
  }
  CHECK(one.forecast(60, 60) == two.forecast(60, 60));
  double sum = 0;
  CHECK(allocations_in([&] {
          one.observe(120, 9.5);
          sum = one.forecast(120, 60);
        }) == 0);
  CHECK(sum > 0);
  CHECK_THROWS_WITH((conditional_quantile{{.quantile = 1}}), "conditional_quantile: quantile is 1, must be in (0, 1)");
  CHECK_THROWS((conditional_quantile{{.levels = 0}}));
}
