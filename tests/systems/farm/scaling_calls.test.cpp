#include <headroom/systems/farm/scaling_calls.hpp>

#include <algorithm>
#include <cmath>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("a call that removes a worker takes 1.2, 2.2 or 3.2 s, in the measured proportions") {
  engine random(11);
  constexpr int n = 100'000;
  int fast = 0;
  int usual = 0;
  int slow = 0;
  for (int k = 0; k < n; ++k) {
    const double d = farm::scale_down_call_s(random);
    fast += d == 1.2 ? 1 : 0;
    usual += d == 2.2 ? 1 : 0;
    slow += d == 3.2 ? 1 : 0;
  }
  CHECK(fast + usual + slow == n);
  // Four standard deviations of a binomial count.
  CHECK(std::abs(fast - 0.08 * n) < 4 * std::sqrt(n * 0.08 * 0.92));
  CHECK(std::abs(usual - 0.60 * n) < 4 * std::sqrt(n * 0.60 * 0.40));
}

TEST_CASE("a call that adds a worker takes its two humps and the thin tail") {
  engine random(12);
  constexpr int n = 100'000;
  double sum = 0;
  int tail = 0;
  double least = 100;
  double most = 0;
  for (int k = 0; k < n; ++k) {
    const double d = farm::scale_up_call_s(random);
    sum += d;
    tail += d > 9 ? 1 : 0;
    least = std::min(least, d);
    most = std::max(most, d);
  }
  CHECK(least >= 4.5);
  CHECK(most < 15);
  // 0.65 of 5.75, 0.34 of 7.15, 0.01 of the mean of 8 to 15.
  CHECK(sum / n == Approx(0.65 * 5.75 + 0.34 * 7.15 + 0.01 * 11.5).epsilon(0.002));
  CHECK(std::abs(tail - 0.01 * n * 6 / 7) < 4 * std::sqrt(0.01 * n * 6 / 7));
}
