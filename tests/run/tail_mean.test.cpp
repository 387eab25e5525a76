#include <headroom/run/tail_mean.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// What Rockafellar and Uryasev minimise; it is least at a value of the sample.
double by_definition(const std::vector<double>& sample, double worst) {
  double least = std::numeric_limits<double>::infinity();
  for (const double t : sample) {
    double sum = 0;
    for (const double x : sample) sum += std::max(x - t, 0.0);
    least = std::min(least, t + sum / worst / static_cast<double>(sample.size()));
  }
  return least;
}

}  // namespace

TEST_CASE("tail_mean is the mean of the worst values, the last of them in part") {
  const std::vector<double> ten{3, 1, 4, 1, 5, 9, 2, 6, 5, 8};
  CHECK(tail_mean(ten, 0.1).mean == 9);
  CHECK(tail_mean(ten, 0.3).mean == Approx((9 + 8 + 6) / 3.0));
  CHECK(tail_mean(ten, 0.25).mean == Approx((9 + 8 + 0.5 * 6) / 2.5));
  CHECK(tail_mean(ten, 0.05).mean == 9);  // half of one value is still that value
  CHECK(tail_mean(ten, 1).mean == Approx(4.4));
  CHECK(tail_mean(ten, 0.3).quantile == 5);
  CHECK(tail_mean(ten, 0.3).count == 10);
  CHECK(tail_mean(ten, 0.3).worst == 0.3);
}

TEST_CASE("tail_mean is the minimum that Rockafellar and Uryasev define, on random samples") {
  engine random(11, stream::noise);
  for (int k = 0; k < 200; ++k) {
    std::vector<double> sample(1 + static_cast<std::size_t>(uniform(random, 0, 40)));
    for (double& x : sample) x = std::floor(normal(random, 0, 5));  // with ties
    const double worst = uniform(random, 0.01, 1);
    CAPTURE(k, worst, sample);
    CHECK(tail_mean(sample, worst).mean == Approx(by_definition(sample, worst)).margin(1e-9));
  }
}

TEST_CASE("the rounding of a fraction does not move the tail") {
  std::vector<double> sample(30);
  for (std::size_t i = 0; i < sample.size(); ++i) sample[i] = static_cast<double>(i);
  CHECK(tail_mean(sample, 0.1).mean == Approx(28).margin(1e-12));  // 0.1 * 30 is above 3 in doubles
  CHECK(tail_mean(sample, 0.7 / 7).mean == Approx(28).margin(1e-12));
}

TEST_CASE("the interval of the whole sample is that of its mean, and of one value there is none") {
  const std::vector<double> x{1, 2, 3, 10};
  const summary plain = summarize(x);
  CHECK(tail_mean(x, 1).low == Approx(plain.low));
  CHECK(tail_mean(x, 1).high == Approx(plain.high));
  CHECK(tail_mean({7}, 0.1).mean == 7);
  CHECK(tail_mean({7}, 0.1).low == 7);
  CHECK(tail_mean({7}, 0.1).high == 7);
  CHECK(tail_mean({}, 0.1).count == 0);
}

// The tail of an exponential variable above its 90 % quantile has the mean 1 + ln 10.
TEST_CASE("the interval covers the tail mean of an exponential variable about as often as it claims") {
  engine random(3, stream::noise);
  const auto coverage = [&](std::size_t n) {
    int covered = 0;
    for (int k = 0; k < 1000; ++k) {
      std::vector<double> sample(n);
      for (double& x : sample) x = -std::log(1 - random.uniform());
      const tail_summary s = tail_mean(sample, 0.1);
      covered += s.low <= 1 + std::log(10) && s.high >= 1 + std::log(10);
    }
    return covered;
  };
  const int of_many = coverage(1000);
  const int of_few = coverage(100);
  CAPTURE(of_many, of_few);
  CHECK(of_many >= 925);
  CHECK(of_many <= 970);
  CHECK(of_few >= 820);  // of ten values in the tail
  CHECK(of_few < of_many);
}

TEST_CASE("tail_mean refuses what has no tail") {
  CHECK_THROWS_WITH(tail_mean({1, 2}, 0), "tail_mean: worst is 0, must be in (0, 1]");
  CHECK_THROWS_WITH(tail_mean({1, 2}, 1.5), "tail_mean: worst is 1.5, must be in (0, 1]");
  CHECK_THROWS(tail_mean({1, std::numeric_limits<double>::quiet_NaN()}, 0.5));
}
