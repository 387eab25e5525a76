#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include <headroom/calibration/inference.hpp>
#include <headroom/core/random.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// Fifty normal numbers with mean a and deviation exp(b): their mean, the logarithm of their mean square about 1, and a
// summary that is biased on purpose.
struct normal_sample {
  double bias = 0.3;
  void operator()(std::span<double> at, std::uint64_t seed, std::span<double> out) const {
    engine random(seed);
    double sum = 0;
    double squares = 0;
    double largest = -1e9;
    for (int k = 0; k < 50; ++k) {
      const double x = normal(random, at[0], std::exp(at[1]));
      sum += x / 50;
      squares += x * x / 50;
      largest = std::max(largest, x);
    }
    out[0] = sum + bias;
    out[1] = std::log(squares - sum * sum);
    out[2] = largest;
  }
};
const std::vector<inferred_parameter> two{{.first = 0, .spread = 0.5}, {.first = 0, .spread = 0.5}};
const std::vector<double> exact(3, 0.0);

std::vector<double> observed(double a, double b, std::uint64_t seed) {
  std::vector<double> at{a, b};
  std::vector<double> out(3);
  normal_sample{}(at, seed, out);
  return out;
}

}  // namespace

TEST_CASE(
    "calibration.inference: the intervals hold the truth at least nine times of ten, whatever the summaries' bias") {
  int held_mean = 0;
  int held_deviation = 0;
  double width = 0;
  constexpr int samples = 100;
  for (std::uint64_t k = 0; k < samples; ++k) {
    const inference f = infer(two, observed(1.2, -0.4, 900 + k), exact, normal_sample{}, {.seed = k});
    held_mean += f.low[0] <= 1.2 && f.high[0] >= 1.2 ? 1 : 0;
    held_deviation += f.low[1] <= -0.4 && f.high[1] >= -0.4 ? 1 : 0;
    width += (f.high[0] - f.low[0]) / samples;
    CHECK(f.refused == 0);
  }
  CHECK(held_mean >= 90);
  CHECK(held_deviation >= 90);
  // The interval of a textbook is 2 * 1.68 * 0.67 / sqrt(50) = 0.318 wide; ours is wider, and no multiple.
  CHECK(width > 0.318);
  CHECK(width < 1.8 * 0.318);
}

TEST_CASE("calibration.inference: it finds what lies far from where it began") {
  const inference f = infer(two, observed(4, -1, 3), exact, normal_sample{}, {.seed = 2});
  CHECK(f.estimate[0] == Approx(4).margin(0.2));
  CHECK(f.estimate[1] == Approx(-1).margin(0.4));
  CHECK(f.simulations >= 24 * 3 + 60);
}

TEST_CASE("calibration.inference: the same seed gives the same numbers") {
  const auto seen = observed(1, 0, 8);
  const inference a = infer(two, seen, exact, normal_sample{}, {.seed = 5});
  const inference b = infer(two, seen, exact, normal_sample{}, {.seed = 5});
  const inference c = infer(two, seen, exact, normal_sample{}, {.seed = 6});
  CHECK(a.low == b.low);
  CHECK(a.high == b.high);
  CHECK(a.low != c.low);
}

TEST_CASE("calibration.inference: summaries that no parameters give are noticed, and the interval is widened") {
  auto seen = observed(1, 0, 8);
  const inference good = infer(two, seen, exact, normal_sample{}, {.seed = 5});
  CHECK(good.probability > 0.05);
  seen[2] += 4;  // the largest of fifty is not that large
  const inference bad = infer(two, seen, exact, normal_sample{}, {.seed = 5});
  CHECK(bad.probability < 0.02);
  CHECK(bad.misfit > 10 * bad.usual_misfit);
  CHECK(bad.high[0] - bad.low[0] > 2 * (good.high[0] - good.low[0]));
  CHECK(bad.off[2] > 3);
}

TEST_CASE("calibration.inference: what a number may be wrong by for other reasons widens the interval") {
  const auto seen = observed(1, 0, 8);
  const inference sharp = infer(two, seen, exact, normal_sample{}, {.seed = 5});
  const inference blunt = infer(two, seen, std::vector<double>{1, 1, 1}, normal_sample{}, {.seed = 5});
  CHECK(blunt.high[0] - blunt.low[0] > 2 * (sharp.high[0] - sharp.low[0]));
}

TEST_CASE("calibration.inference: the simulator is asked within the bounds, and may move to what it can do") {
  auto bounded = two;
  bounded[0].low = 0.9;
  bounded[0].high = 1.1;
  bool outside = false;
  const auto whole = [&](std::span<double> at, std::uint64_t seed, std::span<double> out) {
    outside = outside || at[0] < 0.9 || at[0] > 1.1;
    normal_sample{}(at, seed, out);
    at[0] = std::round(at[0] * 100) / 100;
  };
  const inference f = infer(bounded, observed(2, 0, 8), exact, whole, {.seed = 5});
  CHECK_FALSE(outside);
  CHECK(f.estimate[0] == Approx(1.1));
}

TEST_CASE("calibration.inference: simulations without an answer are ignored and counted, but not if most are") {
  int calls = 0;
  const auto sometimes = [&](std::span<double> at, std::uint64_t seed, std::span<double> out) {
    normal_sample{}(at, seed, out);
    if (++calls % 10 == 0) out[1] = std::numeric_limits<double>::quiet_NaN();
  };
  const inference f = infer(two, observed(1, 0, 8), exact, sometimes, {.seed = 5});
  CHECK(f.refused == f.simulations / 10);
  CHECK(f.estimate[0] == Approx(1).margin(0.5));
  const auto never = [](std::span<double>, std::uint64_t, std::span<double> out) {
    out[0] = out[1] = out[2] = std::numeric_limits<double>::infinity();
  };
  CHECK_THROWS_AS(infer(two, observed(1, 0, 8), exact, never, {.seed = 5}), std::runtime_error);
}

TEST_CASE("calibration.inference: who asks may stop it") {
  const inference f = infer(two, observed(1, 0, 8), exact, normal_sample{}, {},
                            [](std::size_t done, std::size_t expected) { return done == 30 && expected >= done; });
  CHECK(f.stopped);
  CHECK(f.simulations == 30);
  CHECK(f.low.empty());
}

TEST_CASE("calibration.inference: impossible questions are refused") {
  const auto ask = [](const std::vector<inferred_parameter>& p, const std::vector<double>& seen, inference_options o) {
    static_cast<void>(infer(p, seen, std::vector<double>(seen.size(), 0.0), normal_sample{}, o));
  };
  CHECK_THROWS_WITH(ask({}, {1, 2, 3}, {}), Catch::Contains("number of parameters is 0"));
  CHECK_THROWS_WITH(ask(two, {1}, {}),
                    Catch::Contains("number of summaries is 1, must be at least that of the parameters, 2"));
  CHECK_THROWS_WITH(ask(two, {1, NAN, 1}, {}), Catch::Contains("an observed summary is nan"));
  CHECK_THROWS_WITH(ask(two, {1, 1, 1}, {.round = 3}), Catch::Contains("round is 3"));
  CHECK_THROWS_WITH(ask(two, {1, 1, 1}, {.rounds = 0}), Catch::Contains("rounds is 0"));
  CHECK_THROWS_WITH(ask(two, {1, 1, 1}, {.last = 5}), Catch::Contains("last is 5"));
}
