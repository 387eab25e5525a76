#include <headroom/telemetry/autoregressive.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/forecast.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(Forecaster<autoregressive>);

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// y(t) = 5 + 0.6 y(t-1) - 0.3 y(t-2) + noise
std::vector<double> series(std::size_t n, double deviation, std::uint64_t seed = 1) {
  engine noise(seed, stream::noise);
  std::vector<double> y{4, 9};
  while (y.size() < n) y.push_back(5 + 0.6 * y[y.size() - 1] - 0.3 * y[y.size() - 2] + normal(noise, 0, deviation));
  return y;
}
void show(autoregressive& model, const std::vector<double>& y) {
  for (std::size_t t = 0; t < y.size(); ++t) model.observe(60.0 * static_cast<double>(t) + 30, y[t]);
}

}  // namespace

TEST_CASE("an autoregressive model of an exact series knows its coefficients and continues it") {
  const auto y = series(40, 0);
  autoregressive model{{.order = 2, .ridge = 1e-9}};
  model.fit(std::vector<double>(y.begin(), y.begin() + 20));
  CHECK(model.coefficients()[0] == Approx(5).epsilon(1e-4));
  CHECK(model.coefficients()[1] == Approx(0.6).epsilon(1e-4));
  CHECK(model.coefficients()[2] == Approx(-0.3).epsilon(1e-4));
  show(model, {y.begin(), y.begin() + 10});
  const double now_s = 60.0 * 9 + 30;
  CHECK(model.forecast(now_s, 0) == y[9]);
  CHECK(model.forecast(now_s, 60) == Approx(y[10]).epsilon(1e-5));
  CHECK(model.forecast(now_s, 300) == Approx(y[14]).epsilon(1e-5));
}

// One coefficient and a constant: the normal equations by hand.
TEST_CASE("recursive least squares is ridge regression") {
  const auto y = series(50, 1);
  const double ridge = 0.7;
  double n = 0, sx = 0, sxx = 0, sy = 0, sxy = 0;
  for (std::size_t t = 1; t < y.size(); ++t) {
    n += 1;
    sx += y[t - 1];
    sxx += y[t - 1] * y[t - 1];
    sy += y[t];
    sxy += y[t - 1] * y[t];
  }
  const double determinant = (n + ridge) * (sxx + ridge) - sx * sx;
  autoregressive model{{.order = 1, .ridge = ridge}};
  model.fit(y);
  CHECK(model.coefficients()[0] == Approx(((sxx + ridge) * sy - sx * sxy) / determinant));
  CHECK(model.coefficients()[1] == Approx(((n + ridge) * sxy - sx * sy) / determinant));
}

TEST_CASE("online it learns what a fit learns, unless it is told not to") {
  const auto y = series(400, 1);
  autoregressive fitted{{.order = 2}};
  fitted.fit(y);
  autoregressive online{{.order = 2}};
  show(online, y);
  online.observe(60.0 * static_cast<double>(y.size()), 1);  // closes the last slot
  for (std::size_t i = 0; i < 3; ++i) CHECK(online.coefficients()[i] == Approx(fitted.coefficients()[i]));
  autoregressive fixed{{.order = 2, .learns = false}};
  fixed.fit(y);
  show(fixed, series(100, 3, 9));
  for (std::size_t i = 0; i < 3; ++i) CHECK(fixed.coefficients()[i] == fitted.coefficients()[i]);
}

TEST_CASE("on a noisy series it forecasts as well as who knows the coefficients, nearly") {
  const auto y = series(6000, 1);
  autoregressive model{{.order = 4}};
  model.fit(std::vector<double>(y.begin(), y.begin() + 3000));
  double squares = 0;
  for (std::size_t t = 3000; t + 1 < y.size(); ++t) {
    model.observe(60.0 * static_cast<double>(t), y[t]);
    if (t < 3010) continue;
    const double d = model.forecast(60.0 * static_cast<double>(t), 60) - y[t + 1];
    squares += d * d / 2989;
  }
  CHECK(squares < 1.08);  // of 1, the variance of the noise itself
  CHECK(squares > 0.92);
}

TEST_CASE("a memory below 1 follows coefficients that change, and does not blow up where nothing varies") {
  autoregressive model{{.order = 1, .memory = 0.98}};
  std::vector<double> y{1};
  engine noise(2, stream::noise);
  for (int t = 0; t < 2000; ++t) y.push_back((t < 1000 ? 0.9 : 0.2) * y.back() + normal(noise, 1, 0.5));
  show(model, y);
  CHECK(model.coefficients()[1] == Approx(0.2).margin(0.2));
  autoregressive still{{.order = 2, .memory = 0.9}};
  show(still, std::vector<double>(5000, 7.0));
  for (const double c : still.coefficients()) CHECK(std::isfinite(c));
  CHECK(still.forecast(60.0 * 4999 + 30, 120) == Approx(7).epsilon(0.01));
}

TEST_CASE("an autoregressive model says nothing before it has p slots, and begins anew after a gap") {
  autoregressive model{{.order = 3}};
  CHECK(std::isnan(model.forecast(0, 60)));
  model.fit(series(100, 1));
  model.observe(0, 5);
  model.observe(60, 5);
  CHECK(std::isnan(model.forecast(60, 60)));
  model.observe(120, 5);
  CHECK(std::isfinite(model.forecast(120, 60)));
  model.observe(600, 5);
  CHECK(std::isnan(model.forecast(600, 60)));
  model.observe(missing, 3);
  model.observe(660, missing);
  model.observe(0, 5);  // the clock ran back
  CHECK(std::isnan(model.forecast(0, 60)));
}

TEST_CASE("a forecast stays near what was seen, however unstable the coefficients are") {
  std::vector<double> y{1};
  while (y.size() < 20) y.push_back(1.5 * y.back());
  autoregressive model{{.order = 1, .ridge = 1e-9}};
  model.fit(y);
  model.observe(0, y.back());
  const double highest = y.back();
  CHECK(model.forecast(0, 6000) <= 2 * highest);
  CHECK(model.forecast(0, 60) == Approx(1.5 * highest));
}

TEST_CASE("an autoregressive model is stored, forgets its last values alone, and allocates on construction only") {
  autoregressive one{{.order = 3}};
  one.fit(series(200, 1));
  const std::vector<double> learned(one.coefficients().begin(), one.coefficients().end());
  checkpoint c;
  store(one, c, "model");
  autoregressive two{{.order = 3}};
  restore(two, c, "model");
  show(one, series(30, 1, 4));
  show(two, series(30, 1, 4));
  CHECK(one.forecast(60.0 * 29 + 30, 240) == two.forecast(60.0 * 29 + 30, 240));
  CHECK(allocations_in([&] {
          one.observe(60.0 * 31, 3);
          one.forget();
        }) == 0);
  for (std::size_t i = 0; i < 4; ++i) CHECK(one.coefficients()[i] == learned[i]);
  CHECK_THROWS_WITH((autoregressive{{.order = 0}}), "autoregressive: order is 0, must be from 1 to 200");
  CHECK_THROWS((autoregressive{{.ridge = 0}}));
}
