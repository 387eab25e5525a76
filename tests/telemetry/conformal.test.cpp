#include <headroom/telemetry/conformal.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/forecast.hpp>
#include <headroom/telemetry/autoregressive.hpp>
#include <headroom/telemetry/holt_winters.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(Forecaster<conformal<holt_winters>>);

namespace {

// Forecasts the last value; so an error is the next step.
struct same {
  double last = 0;
  void observe(double, double y) { last = y; }
  double forecast(double, double) const { return last; }
  void forget() { last = 0; }
};

// Shows a series a slot at a time and asks for the next one each time.
template <class Model>
void play(Model& model, const std::vector<double>& y, std::size_t from = 0) {
  for (std::size_t t = from; t < y.size(); ++t) {
    const double now_s = 60.0 * static_cast<double>(t);
    model.observe(now_s, y[t]);
    static_cast<void>(model.forecast(now_s, 60));
  }
}
std::vector<double> ar1(std::size_t n, std::uint64_t seed) {
  engine noise(seed, stream::noise);
  std::vector<double> y{50};
  while (y.size() < n) y.push_back(10 + 0.8 * y.back() + normal(noise, 0, 2));
  return y;
}

}  // namespace

TEST_CASE("a conformal forecast adds the error of the right rank") {
  conformal model{same{}, {.coverage = 0.8, .window = 9}};
  std::vector<double> y{0};
  for (const double step : {3, 1, 4, 8, 5, 9, 2, 6, 7}) y.push_back(y.back() + step);
  for (std::size_t t = 0; t < y.size(); ++t) {
    const double now_s = 60.0 * static_cast<double>(t);
    model.observe(now_s, y[t]);
    const double bound = model.forecast(now_s, 60);
    // Of n errors the one of rank ceil(0.8 (n + 1)); the fourth is the first that exists. The newest slot is not over.
    if (t < 5) CHECK(std::isnan(bound));
    if (t == 5) CHECK(bound == y[5] + 8);  // of 3, 1, 4, 8
    if (t == 6) CHECK(bound == y[6] + 8);  // of 3, 1, 4, 8, 5: rank 5, as 0.8 * 6 is above 4
  }
  model.observe(60.0 * 10, y.back());  // closes the ninth error
  CHECK(model.errors() == 9);
  CHECK(model.forecast(600, 60) == y.back() + 8);  // rank 8 of 1 to 9
  model.observe(60.0 * 11, y.back() - 1);          // an error of 0 replaces the 3, which is the oldest
  CHECK(model.forecast(660, 60) == y.back() - 1 + 8);
  CHECK(model.errors() == 9);
}

TEST_CASE("on a stationary load split conformal covers as much as was asked for, whatever the model") {
  for (const double wanted : {0.8, 0.9, 0.97}) {
    const auto y = ar1(20'000, 7);
    autoregressive good{{.order = 2, .learns = false}};
    good.fit(std::vector<double>(y.begin(), y.begin() + 2000));
    conformal one{good, {.coverage = wanted, .window = 1000}};
    conformal two{same{}, {.coverage = wanted, .window = 1000}};
    play(one, y, 2000);
    play(two, y, 2000);
    CAPTURE(wanted, one.coverage().reached, two.coverage().reached);
    CHECK(one.coverage().wanted == wanted);
    CHECK(one.coverage().judged > 17'000);
    CHECK(one.coverage().reached == Approx(wanted).margin(0.01));
    CHECK(two.coverage().reached == Approx(wanted).margin(0.01));
    CHECK(one.coverage().level == wanted);
  }
}

TEST_CASE("a load whose noise grows is covered by the adaptive form alone") {
  engine noise(5, stream::noise);
  std::vector<double> y{50};
  for (int t = 1; t < 12'000; ++t) y.push_back(50 + normal(noise, 0, 1 + t / 1000.0));
  conformal split{same{}, {.coverage = 0.9, .window = 4000}};
  conformal adaptive{same{}, {.coverage = 0.9, .window = 4000, .step = 0.01}};
  play(split, y);
  play(adaptive, y);
  const conformal_coverage c = adaptive.coverage();
  CAPTURE(split.coverage().reached, c.reached);
  CHECK(split.coverage().reached < 0.885);
  CHECK(c.reached == Approx(0.9).margin(0.005));
  // What Gibbs and Candes prove, as an equation.
  CHECK(std::abs(c.reached - 0.9) == Approx(std::abs(c.level - 0.9) / (0.01 * static_cast<double>(c.judged))));
}

TEST_CASE("however fast a load rises, the adaptive form catches up") {
  std::vector<double> y;
  for (int t = 0; t < 3000; ++t) y.push_back(t < 500 ? t % 3 : 0.01 * (t - 500.0) * (t - 500.0));
  conformal adaptive{same{}, {.coverage = 0.9, .window = 200, .step = 0.02}};
  conformal split{same{}, {.coverage = 0.9, .window = 200}};
  play(adaptive, y);
  play(split, y);
  CAPTURE(adaptive.coverage().reached, split.coverage().reached);
  CHECK(adaptive.coverage().reached > 0.85);
  CHECK(split.coverage().reached < 0.3);
}

TEST_CASE("one forecast a slot is judged, later than its slot, and not after the clock ran back") {
  conformal model{same{}, {.coverage = 0.5, .window = 10}};
  model.observe(0, 1);
  for (int k = 0; k < 5; ++k) static_cast<void>(model.forecast(0, 120));
  model.observe(30, 5);
  static_cast<void>(model.forecast(30, 120));
  model.observe(60, 2);
  model.observe(120, 4);
  CHECK(model.errors() == 0);
  model.observe(180, 0);
  CHECK(model.errors() == 1);  // 4 - 1
  CHECK(model.forecast(180, 60) == 3);
  static_cast<void>(model.forecast(180, 60));
  model.observe(0, 1);
  model.observe(240, 1);
  model.observe(300, 1);
  CHECK(model.errors() == 1);
  CHECK(std::isnan(model.coverage().reached));
}

TEST_CASE("a conformal forecast feeds a policy, is stored, keeps its errors and allocates on construction only") {
  const auto y = ar1(400, 2);
  conformal one{holt_winters{}, {.coverage = 0.9, .window = 100, .step = 0.01}};
  play(one, y);
  const auto before = one.coverage();
  one.forget();
  CHECK(one.errors() == 100);
  CHECK(one.coverage().judged == before.judged);
  checkpoint c;
  store(one, c, "model");
  conformal two{holt_winters{}, {.coverage = 0.9, .window = 100, .step = 0.01}};
  restore(two, c, "model");
  CHECK(two.coverage().reached == before.reached);
  two.observe(0, 50);
  one.observe(0, 50);
  CHECK(two.forecast(0, 60) == one.forecast(0, 60));
  CHECK(two.forecast(0, 60) > 50);
  const auto more = ar1(50, 3);
  CHECK(allocations_in([&] { play(two, more); }) == 0);
  CHECK_THROWS_WITH((conformal{same{}, {.coverage = 0}}), "conformal: coverage is 0, must be in (0, 1)");
  CHECK_THROWS((conformal{same{}, {.step = -0.1}}));
}
