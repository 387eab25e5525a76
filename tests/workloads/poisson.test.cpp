#include <headroom/workloads/poisson.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <headroom/workloads/constant.hpp>
#include <headroom/workloads/diurnal.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {
arrivals drawn(const arrival_source& source, std::uint64_t seed) {
  arrivals a;
  source(seed, a);
  return a;
}
}  // namespace

TEST_CASE("the same seed gives the same bits, another seed others, whatever the buffer held") {
  const poisson_arrivals source{diurnal_load{{.mean_per_s = 5, .period_s = 240}}, {.duration_s = 240}};
  const arrivals a = drawn(source, 1);
  arrivals b = drawn(source, 2);
  CHECK(a.time_s != b.time_s);
  source(1, b);
  CHECK(a.time_s == b.time_s);
  CHECK(a.window == b.window);
  CHECK(b.phase_start_s == std::vector<double>{0});
  CHECK(b.end_s == 240);
}

TEST_CASE("it draws from the workload's stream: a count, then its uniform times") {
  const arrivals a = drawn(poisson_arrivals{constant_load{4}, {.duration_s = 2}}, 42);
  engine random(42, stream::workload);
  std::vector<double> expected;
  for (int k = 0; k < 2; ++k) {
    std::vector<double> times(static_cast<std::size_t>(poisson(random, 4)));
    for (double& t : times) t = k + random.uniform();
    std::sort(times.begin(), times.end());
    expected.insert(expected.end(), times.begin(), times.end());
  }
  CHECK(!expected.empty());
  CHECK(a.time_s == expected);
}

TEST_CASE("requests ascend within the episode, in window 0") {
  const arrivals a = drawn(poisson_arrivals{constant_load{50}, {.duration_s = 10.25, .resolution_s = 0.5}}, 3);
  CHECK(std::is_sorted(a.time_s.begin(), a.time_s.end()));
  CHECK(a.time_s.front() >= 0);
  CHECK(a.time_s.back() < 10.25);
  CHECK(a.window == std::vector<std::uint32_t>(a.size(), 0));
}

TEST_CASE("counts have the mean and the variance of a Poisson process, also when the last interval is cut") {
  constexpr int n = 4000;
  const poisson_arrivals source{constant_load{3}, {.duration_s = 5.5, .resolution_s = 2}};
  double mean = 0;
  double variance = 0;
  arrivals a;
  for (int seed = 0; seed < n; ++seed) {
    source(static_cast<std::uint64_t>(seed), a);
    const auto count = static_cast<double>(a.size());
    mean += count / n;
    variance += (count - 16.5) * (count - 16.5) / n;
  }
  CHECK(std::abs(mean - 16.5) < 5 * std::sqrt(16.5 / n));
  CHECK(std::abs(variance - 16.5) < 5 * std::sqrt((16.5 + 2 * 16.5 * 16.5) / n));
}

TEST_CASE("the rate is followed through the day") {
  // Requests in each of eight parts of a period against the integral of the rate over it.
  const diurnal_load load{{.mean_per_s = 20, .swing = 0.9, .period_s = 80, .peak_s = 20}};
  const poisson_arrivals source{load, {.duration_s = 80}};
  constexpr int n = 500;
  std::vector<double> counts(8);
  arrivals a;
  for (int seed = 0; seed < n; ++seed) {
    source(static_cast<std::uint64_t>(seed), a);
    for (const double t : a.time_s) ++counts[static_cast<std::size_t>(t / 10)];
  }
  for (std::size_t part = 0; part < 8; ++part) {
    double integral = 0;
    for (int k = 0; k < 10; ++k) integral += load(static_cast<double>(part) * 10 + k + 0.5);
    INFO("part " << part);
    CHECK(std::abs(counts[part] - n * integral) < 5 * std::sqrt(n * integral));
  }
}

TEST_CASE("gaps between requests are exponential") {
  // Their squared coefficient of variation is 1, and P(gap > mean) is 1 / e.
  const arrivals a = drawn(poisson_arrivals{constant_load{10}, {.duration_s = 10'000}}, 5);
  const auto n = static_cast<double>(a.size() - 1);
  double square = 0;
  double long_ones = 0;
  for (std::size_t i = 1; i < a.size(); ++i) {
    const double gap = (a.time_s[i] - a.time_s[i - 1]) * 10;
    square += gap * gap / n;
    long_ones += gap > 1 ? 1 / n : 0;
  }
  CHECK(std::abs(square - 2) < 5 * std::sqrt(20 / n));  // E x^4 - (E x^2)^2 = 24 - 4
  const double p = std::exp(-1.0);
  CHECK(std::abs(long_ones - p) < 5 * std::sqrt(p * (1 - p) / n));
}

TEST_CASE("no load, no requests") {
  const arrivals a = drawn(poisson_arrivals{constant_load{0}, {.duration_s = 60}}, 1);
  CHECK(a.size() == 0);
  CHECK(a.end_s == 60);
}

TEST_CASE("a duration that no resolution divides exactly is kept") {
  for (const double duration_s : {0.3, 1.1, 0.7}) {
    const arrivals a = drawn(poisson_arrivals{constant_load{1e5}, {.duration_s = duration_s, .resolution_s = 0.1}}, 1);
    CHECK(a.end_s == duration_s);
    CHECK(a.time_s.back() <= duration_s);
    CHECK(std::abs(static_cast<double>(a.size()) - 1e5 * duration_s) < 5 * std::sqrt(1e5 * duration_s));
  }
}

TEST_CASE("poisson_arrivals refuses bad options, and a workload that is none, with the time") {
  CHECK_THROWS_WITH((poisson_arrivals{constant_load{1}, {.duration_s = 0}}),
                    "poisson_arrivals: duration_s is 0, must be positive and finite");
  CHECK_THROWS_WITH((poisson_arrivals{constant_load{1}, {.duration_s = 1, .resolution_s = -1}}),
                    "poisson_arrivals: resolution_s is -1, must be positive and finite");
  const auto falls = [](double t_s) { return 2 - t_s; };
  arrivals a;
  const poisson_arrivals below_zero{falls, {.duration_s = 10}};
  CHECK_THROWS_WITH(below_zero(1, a), "poisson_arrivals: rate at 2.5 s is -0.5, must be zero or more, and finite");
  const auto endless = [](double) { return HUGE_VAL; };
  const poisson_arrivals never_done{endless, {}};
  CHECK_THROWS_WITH(never_done(1, a), "poisson_arrivals: rate at 0.5 s is inf, must be zero or more, and finite");
}
