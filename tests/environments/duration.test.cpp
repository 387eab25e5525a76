#include <headroom/environments/duration.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <headroom/io/state.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("duration: each law has the mean and the variation that it was given") {
  const duration laws[] = {duration::constant(2),       duration::exponential(2),    duration::gamma(2, 0.5),
                           duration::gamma(2, 1.7),     duration::lognormal(2, 0.8), duration::sample({1, 1, 4}),
                           duration::lognormal(2, 0.1), duration::gamma(2, 0.1),     duration::sample({0, 0, 0, 8})};
  for (const duration& law : laws) {
    engine random(11);
    constexpr int n = 200'000;
    double sum = 0;
    double squares = 0;
    for (int k = 0; k < n; ++k) {
      const double s = law(random);
      if (!(s >= 0)) FAIL("a negative duration: " << s);
      sum += s;
      squares += s * s;
    }
    const double mean = sum / n;
    const double variation = std::sqrt(std::max(0.0, squares / n - mean * mean)) / mean;
    CHECK(law.mean_s() == Approx(2));
    CHECK(std::abs(mean - 2) <= 5 * 2 * law.variation() / std::sqrt(n) + 1e-9);
    CHECK(variation == Approx(law.variation()).margin(0.03));
  }
}

TEST_CASE("duration: never is longer than anything, and nothing else is infinite or negative") {
  engine random(1);
  CHECK(duration::never()(random) == std::numeric_limits<double>::infinity());
  CHECK(duration()(random) == 0);
  CHECK_THROWS_WITH(duration::constant(-1), "duration: constant is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(duration::exponential(std::numeric_limits<double>::infinity()),
                    "duration: mean of exponential is inf, must be zero or more, and finite");
  CHECK_THROWS_WITH(duration::gamma(1, 0), "duration: variation of gamma is 0, must be positive and finite");
  CHECK_THROWS_WITH(duration::lognormal(1, -1), "duration: variation of lognormal is -1, must be positive and finite");
  CHECK_THROWS_WITH(duration::sample({}), "duration: size of sample is 0, must be at least 1");
  CHECK_THROWS_WITH(duration::sample({1, -2}), "duration: value of sample is -2, must be zero or more, and finite");
}

TEST_CASE("duration: a sample of short durations has its variation, and one of zeros has none") {
  CHECK(duration::sample({0.1, 0.3}).variation() == Approx(0.5));
  CHECK(duration::sample({0.1, 0.3}).mean_s() == Approx(0.2));
  CHECK(duration::sample({0, 0}).variation() == 0);
  CHECK(duration::never().variation() == 0);
}

TEST_CASE("duration: what a checkpoint stores draws the same, whatever the law") {
  const duration laws[] = {duration::exponential(2), duration::gamma(2, 0.5), duration::lognormal(2, 0.8),
                           duration::sample({1, 1, 4})};
  for (const duration& law : laws) {
    checkpoint c;
    store(law, c, "d");
    duration again =
        law.variation() == duration::sample({1, 1, 4}).variation() ? duration::sample({5, 6, 7}) : duration();
    restore(again, c, "d");
    CHECK(again.mean_s() == law.mean_s());
    CHECK(again.variation() == law.variation());
    engine a(3);
    engine b(3);
    for (int k = 0; k < 20; ++k) CHECK(again(a) == law(b));
  }
}

TEST_CASE("duration: a random moment meets long ones, and what is left follows the renewal law") {
  const duration laws[] = {duration::constant(2),   duration::exponential(2),    duration::gamma(2, 0.5),
                           duration::gamma(2, 1.5), duration::lognormal(2, 0.8), duration::sample({1, 1, 4})};
  for (const duration& law : laws) {
    engine random(3);
    double sum = 0;
    const int n = 40000;
    for (int k = 0; k < n; ++k) sum += law.under_way(random);
    CAPTURE(law.mean_s(), law.variation());
    CHECK(sum / n == Approx(law.mean_s() * (1 + law.variation() * law.variation())).epsilon(0.05));
  }
  engine random(3);
  CHECK(duration::sample({0, 0}).under_way(random) == 0);
  CHECK(duration::never().under_way(random) > 1e300);
}

TEST_CASE("duration: what is left of one that has lasted is longer than what has passed") {
  engine random(3);
  CHECK(duration::constant(5).remaining(random, 2) == 3);
  CHECK(duration::constant(5).remaining(random, 9) == 0);
  CHECK(duration::sample({1, 4}).remaining(random, 2) == 2);
  CHECK(duration::sample({1, 4}).remaining(random, 4) == 0);
  double exponential = 0;
  double gamma = 0;  // of shape 4 and scale 0.5, which has lasted 3
  for (int k = 0; k < 40000; ++k) {
    exponential += duration::exponential(2).remaining(random, 100) / 40000;
    gamma += duration::gamma(2, 0.5).remaining(random, 3) / 40000;
  }
  CHECK(exponential == Approx(2).epsilon(0.03));
  // E[D | D > 3] = 2 Q(5, 6) / Q(4, 6), with the Poisson tails Q(n, 6) = P(N < n).
  CHECK(gamma == Approx(2 * 0.285057 / 0.151204 - 3).epsilon(0.03));
  CHECK(duration::exponential(2).memoryless());
  CHECK_FALSE(duration::gamma(2, 1).memoryless());
}

TEST_CASE("duration: a restored sample knows its longest") {
  checkpoint c;
  store(duration::sample({1, 1, 9}), c, "d");
  duration again = duration::sample({5, 6, 7});
  restore(again, c, "d");
  engine random(3);
  double sum = 0;
  for (int k = 0; k < 4000; ++k) sum += again.under_way(random) / 4000;
  CHECK(sum == Approx(83.0 / 11).epsilon(0.03));
}
