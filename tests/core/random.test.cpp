#include <headroom/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <headroom/io/state.hpp>

#include "catch.hpp"
#include "first_failure.hpp"

using namespace headroom;

namespace {

struct moments {
  double mean = 0;
  double variance = 0;  // about the true mean
};

template <class Draw>
moments measure(int n, double true_mean, Draw draw) {
  moments m;
  for (int i = 0; i < n; ++i) {
    const double x = draw();
    m.mean += x / n;
    m.variance += (x - true_mean) * (x - true_mean) / n;
  }
  return m;
}

// Both moments within five standard errors. `fourth` is the fourth central moment.
void check_moments(const moments& m, int n, double mean, double variance, double fourth) {
  CHECK(std::abs(m.mean - mean) < 5 * std::sqrt(variance / n));
  CHECK(std::abs(m.variance - variance) < 5 * std::sqrt((fourth - variance * variance) / n));
}

// Pearson's statistic has mean `freedom` and deviation sqrt(2 freedom).
void check_chi_square(const std::vector<double>& observed, const std::vector<double>& expected) {
  REQUIRE(observed.size() == expected.size());
  double statistic = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    statistic += (observed[i] - expected[i]) * (observed[i] - expected[i]) / expected[i];
  }
  const auto freedom = static_cast<double>(observed.size() - 1);
  CHECK(statistic < freedom + 5 * std::sqrt(2 * freedom));
}

double poisson_probability(double mean, double k) { return std::exp(k * std::log(mean) - mean - std::lgamma(k + 1)); }

constexpr int many = 400'000;

}  // namespace

TEST_CASE("mix is SplitMix64") {
  // The published generator's first five numbers from state 1234567.
  const std::uint64_t reference[] = {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                     4593380528125082431U, 16408922859458223821U};
  std::uint64_t state = 1234567;
  for (const std::uint64_t expected : reference) {
    CHECK(mix(state) == expected);
    state += 0x9e3779b97f4a7c15U;
  }
}

TEST_CASE("engine is xoshiro256++ seeded by SplitMix64") {
  engine one(1);
  const std::uint64_t reference[] = {0xcfc5d07f6f03c29bU, 0xbf424132963fe08dU, 0x19a37d5757aaf520U,
                                     0xbf08119f05cd56d6U, 0x2f47184b86186fa4U, 0x97299fcae7202345U};
  for (const std::uint64_t expected : reference) CHECK(one() == expected);
  for (int i = 6; i < 999; ++i) one();
  CHECK(one() == 0x92d52100f9e1da0dU);

  engine zero(0);  // an all-zero state would yield nothing but zeros
  CHECK(zero() == 0x53175d61490b23dfU);
  CHECK(zero() == 0x61da6f3dc380d507U);
}

TEST_CASE("uniform takes the upper 53 bits") {
  engine random(1);
  CHECK(random.uniform() == 0x1.9f8ba0fede078p-1);
  CHECK(random.uniform() == 0x1.7e8482652c7fcp-1);
  first_failure inside;
  for (int i = 0; i < many; ++i) {
    const double u = random.uniform();
    inside.holds(u >= 0 && u < 1, u);
  }
  CHECK(inside.report() == "");
}

TEST_CASE("split streams are the documented ones and differ") {
  CHECK(split(42, stream::workload) == 0x8bde7f3836611100U);
  CHECK(split(42, stream::noise) == 0xf1b51b689f4a73b4U);
  CHECK(split(42, stream::initialisation) == 0xfe75a38bcf6f99beU);
  CHECK(split(42, stream::exploration) == 0xb71b98c4a34281e6U);
  CHECK(engine(42, stream::noise) == engine(0xf1b51b689f4a73b4U));

  // Neighbouring seeds and streams, the ones that people use: no two alike.
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (std::uint64_t s = 0; s < 20; ++s) seeds.push_back(split(seed, s));
  }
  std::sort(seeds.begin(), seeds.end());
  CHECK(std::adjacent_find(seeds.begin(), seeds.end()) == seeds.end());

  // Two streams of one seed are not correlated: the mean of n products of two centred uniforms has deviation
  // 1 / (12 sqrt(n)).
  engine a(42, stream::workload);
  engine b(42, stream::noise);
  double products = 0;
  for (int i = 0; i < many; ++i) products += (a.uniform() - 0.5) * (b.uniform() - 0.5) / many;
  CHECK(std::abs(products) < 5 / (12 * std::sqrt(many)));
}

TEST_CASE("below is uniform, also where multiply and shift alone is not") {
  engine random(3);
  for (const std::size_t n : {2U, 3U, 7U, 10U, 1000U}) {
    std::vector<double> counts(n);
    for (int i = 0; i < many; ++i) ++counts.at(random.below(n));
    check_chi_square(counts, std::vector<double>(n, static_cast<double>(many) / static_cast<double>(n)));
  }
  for (int i = 0; i < 100; ++i) CHECK(random.below(1) == 0);

  // Of 3 * 2^30 numbers, those divisible by 3 have two preimages among 2^32 and the others one: without rejection a
  // half of the draws would be divisible, not a third.
  std::vector<double> remainders(3);
  const std::size_t large = std::size_t{3} << 30U;
  std::size_t largest = 0;
  for (int i = 0; i < many; ++i) {
    const std::size_t draw = random.below(large);
    largest = std::max(largest, draw);
    ++remainders[draw % 3];
  }
  CHECK(largest < large);
  check_chi_square(remainders, std::vector<double>(3, many / 3.0));
}

TEST_CASE("below works beyond 32 bits") {
  engine random(4);
  const std::size_t huge = std::size_t{3} << 40U;
  std::vector<double> thirds(3);
  for (int i = 0; i < many; ++i) {
    const std::size_t draw = random.below(huge);
    ++thirds.at(draw >> 40U);
  }
  check_chi_square(thirds, std::vector<double>(3, many / 3.0));

  const std::size_t just_above = std::size_t{0xffffffffU} + 1;
  std::size_t bits = 0;
  for (int i = 0; i < 100; ++i) bits |= random.below(just_above);
  CHECK(bits == 0xffffffffU);
}

TEST_CASE("uniform between bounds has the moments of its law") {
  engine random(5);
  const double w = 4;  // width
  const auto m = measure(many, 1, [&] { return uniform(random, -1, 3); });
  check_moments(m, many, 1, w * w / 12, w * w * w * w / 80);
}

TEST_CASE("exponential has the moments of its law") {
  engine random(6);
  const auto m = measure(many, 2.5, [&] { return exponential(random, 2.5); });
  check_moments(m, many, 2.5, 6.25, 9 * 6.25 * 6.25);
  CHECK(exponential(random, 0) == 0);
}

TEST_CASE("normal has the moments of its law, and its tail") {
  engine random(7);
  const auto m = measure(many, 3, [&] { return normal(random, 3, 2); });
  check_moments(m, many, 3, 4, 3 * 16);

  double beyond = 0;
  for (int i = 0; i < many; ++i) beyond += std::abs(normal(random)) > 2 ? 1 : 0;
  const double p = std::erfc(2 / std::sqrt(2.0));
  CHECK(std::abs(beyond / many - p) < 5 * std::sqrt(p * (1 - p) / many));
}

TEST_CASE("gamma has the moments of its law on both sides of shape 1") {
  engine random(8);
  for (const double shape : {0.2, 0.5, 1.0, 1.5, 4.0, 30.0}) {
    const double scale = 0.375;
    const auto m = measure(many, shape * scale, [&] { return headroom::gamma(random, shape, scale); });
    const double fourth = (3 * shape * shape + 6 * shape) * std::pow(scale, 4);
    INFO("shape " << shape);
    check_moments(m, many, shape * scale, shape * scale * scale, fourth);
  }
}

TEST_CASE("gamma of shape 1 is exponential") {
  engine random(9);
  double beyond = 0;
  for (int i = 0; i < many; ++i) beyond += headroom::gamma(random, 1, 1) > 2 ? 1 : 0;
  const double p = std::exp(-2.0);
  CHECK(std::abs(beyond / many - p) < 5 * std::sqrt(p * (1 - p) / many));
}

TEST_CASE("poisson follows its probabilities below and above the change of method") {
  engine random(10);
  for (const double mean : {0.3, 3.0, 9.99, 10.0, 12.5, 50.0, 1000.0}) {
    // One class per count that is expected ten times or more, the two tails in the outermost classes.
    const double deviation = std::sqrt(mean);
    double low = std::max(0.0, std::floor(mean - 6 * deviation));
    double high = std::ceil(mean + 6 * deviation);
    while (many * poisson_probability(mean, low) < 10) ++low;
    while (many * poisson_probability(mean, high) < 10) --high;
    std::vector<double> expected;
    std::vector<double> observed(static_cast<std::size_t>(high - low) + 1);
    for (double k = low; k <= high; ++k) expected.push_back(many * poisson_probability(mean, k));
    for (double k = low - 1; k >= 0; --k) expected.front() += many * poisson_probability(mean, k);
    for (double k = high + 1; k < high + 40 * (1 + deviation); ++k)
      expected.back() += many * poisson_probability(mean, k);
    for (int i = 0; i < many; ++i) {
      ++observed[static_cast<std::size_t>(std::min(high, std::max(low, poisson(random, mean))) - low)];
    }
    INFO("mean " << mean);
    check_chi_square(observed, expected);
  }
}

TEST_CASE("poisson has the moments of its law, and 0 for a mean that is none") {
  engine random(11);
  for (const double mean : {0.05, 9.0, 11.0, 1e6}) {
    const auto m = measure(many, mean, [&] { return poisson(random, mean); });
    INFO("mean " << mean);
    check_moments(m, many, mean, mean, mean + 3 * mean * mean);
  }
  const engine before = random;
  CHECK(poisson(random, 0) == 0);
  CHECK(poisson(random, -1) == 0);
  CHECK(poisson(random, std::nan("")) == 0);
  CHECK(random == before);
}

TEST_CASE("log_factorial agrees with the gamma function") {
  for (const double k : {0.0, 1.0, 2.0, 5.0, 9.0, 10.0, 11.0, 25.0, 170.0, 1e4, 1e8}) {
    INFO("k " << k);
    CHECK(std::abs(log_factorial(k) - std::lgamma(k + 1)) <= 1e-13 * std::max(1.0, std::lgamma(k + 1)));
  }
}

TEST_CASE("an engine that is stored and given back goes on where it was") {
  engine one(5);
  for (int i = 0; i < 100; ++i) one();
  engine other(6);
  other.restore(one.state());
  CHECK(other == one);
  for (int i = 0; i < 100; ++i) CHECK(other() == one());

  const engine before = other;
  CHECK_THROWS_WITH(other.restore({}), "engine: state is 0, 0, 0, 0, must not be all zeros");
  CHECK(other == before);

  checkpoint c;
  store(one, c, "random");
  restore(other, c, "random");
  CHECK(other == one);
}
