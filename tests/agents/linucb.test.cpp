#include <headroom/agents/linucb.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double truth[3][3] = {{0.2, 0.5, -0.3}, {0.4, -0.2, 0.1}, {0.1, 0.1, 0.6}};

double true_reward(std::size_t arm, const std::vector<double>& x) {
  return truth[arm][0] * x[0] + truth[arm][1] * x[1] + truth[arm][2] * x[2];
}

// The sum of what was lost against who knows the arms, in each quarter of the time.
std::vector<double> regrets(double exploration, std::uint64_t seed, int steps) {
  engine random(seed, stream::noise);
  linucb bandit(3, 3, {.exploration = exploration});
  std::vector<double> lost(4);
  for (int t = 0; t < steps; ++t) {
    const std::vector<double> x{1, uniform(random, -1, 1), uniform(random, -1, 1)};
    const std::size_t arm = bandit.choose(x);
    double best = -9;
    for (std::size_t a = 0; a < 3; ++a) best = std::max(best, true_reward(a, x));
    lost[static_cast<std::size_t>(t * 4 / steps)] += best - true_reward(arm, x);
    bandit.learn(arm, x, true_reward(arm, x) + normal(random, 0, 0.2));
  }
  return lost;
}

}  // namespace

TEST_CASE("the coefficients of an arm are those of ridge regression over its own cases") {
  linucb bandit(2, 2, {.ridge = 0.5});
  engine random(3, stream::noise);
  double a00 = 0.5, a01 = 0, a11 = 0.5, b0 = 0, b1 = 0;
  for (int t = 0; t < 30; ++t) {
    const std::vector<double> x{1, uniform(random, -2, 2)};
    const double r = uniform(random, -1, 1);
    bandit.learn(1, x, r);
    a00 += x[0] * x[0];
    a01 += x[0] * x[1];
    a11 += x[1] * x[1];
    b0 += r * x[0];
    b1 += r * x[1];
  }
  const double determinant = a00 * a11 - a01 * a01;
  CHECK(bandit.coefficients(1)[0] == Approx((a11 * b0 - a01 * b1) / determinant));
  CHECK(bandit.coefficients(1)[1] == Approx((a00 * b1 - a01 * b0) / determinant));
  CHECK(bandit.coefficients(0)[0] == 0);
  const std::vector<double> x{1, 3};
  CHECK(bandit.uncertainty(1, x) == Approx(std::sqrt((a11 - 2 * 3 * a01 + 9 * a00) / determinant)));
  CHECK(bandit.uncertainty(0, x) == Approx(std::sqrt(10 / 0.5)));
  CHECK(bandit.expected(1, x) == Approx(bandit.coefficients(1)[0] + 3 * bandit.coefficients(1)[1]));
}

TEST_CASE("an arm that is not known is pulled first, and greedy looks at no uncertainty") {
  linucb bandit(2, 1, {.exploration = 1});
  const std::vector<double> x{1};
  CHECK(bandit.choose(x) == 0);
  bandit.learn(0, x, 0.1);
  CHECK(bandit.choose(x) == 1);
  CHECK(bandit.greedy(x) == 0);
  for (int k = 0; k < 100; ++k) bandit.learn(1, x, -1);
  CHECK(bandit.choose(x) == 0);
}

TEST_CASE("on a linear problem the regret of LinUCB stops growing, and that of a blind choice does not") {
  const int steps = 8000;
  double first = 0, last = 0, total = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto lost = regrets(0.5, seed, steps);
    first += lost[0] / 5;
    last += lost[3] / 5;
    total += (lost[0] + lost[1] + lost[2] + lost[3]) / 5;
  }
  engine random(1, stream::noise);
  double blind = 0;
  for (int t = 0; t < steps; ++t) {
    const std::vector<double> x{1, uniform(random, -1, 1), uniform(random, -1, 1)};
    double best = -9;
    for (std::size_t a = 0; a < 3; ++a) best = std::max(best, true_reward(a, x));
    blind += best - true_reward(static_cast<std::size_t>(t % 3), x);
  }
  CAPTURE(first, last, total, blind);
  CHECK(last < first / 3);
  CHECK(total < blind / 50);
  CHECK(total < 3 * std::sqrt(3.0 * steps * std::log(steps)) * 0.2);  // of the order of the bound, sqrt(d T log T)
}

TEST_CASE("a bandit refuses what is not finite, is stored, and allocates on construction only") {
  linucb one(2, 2);
  const std::vector<double> x{1, 0.5};
  one.learn(0, x, std::numeric_limits<double>::quiet_NaN());
  one.learn(0, x, 1e10);
  one.learn(0, std::vector<double>{1, std::numeric_limits<double>::infinity()}, 1);
  CHECK(one.health().refused_rewards == 2);
  CHECK(one.health().refused_contexts == 1);
  CHECK(one.health().learned == 0);
  CHECK(one.choose(std::vector<double>{std::nan(""), 1}) == 0);
  CHECK_THROWS_WITH(one.choose(std::vector<double>{1}), "linucb: number of features is 1, must be 2");
  CHECK(allocations_in([&] { one.learn(one.choose(x), x, 2); }) == 0);
  checkpoint c;
  store(one, c, "bandit");
  linucb two(2, 2);
  restore(two, c, "bandit");
  CHECK(two.expected(0, x) == one.expected(0, x));
  two.learn(0, x, 1);
  one.learn(0, x, 1);
  CHECK(two.expected(0, x) == one.expected(0, x));
  linucb other(3, 2);
  CHECK_THROWS(restore(other, c, "bandit"));
  one.forget();
  CHECK(one.expected(0, x) == 0);
  CHECK_THROWS_WITH(linucb(0, 1), "linucb: number of arms is 0, must be from 1 to 100000");
  CHECK_THROWS(linucb(1, 1, {.ridge = 0}));
}
