#include "scaling/dependable_level.hpp"

#include <cmath>
#include <vector>

#include <headroom/core/random.hpp>

#include "catch.hpp"

// What of a level can be counted on, where what comes next is known.

namespace {

using tool::dependable_level;

constexpr tool::level_question in_order{0.99, true};
constexpr tool::level_question independent{0.99, false};

// Ten pieces of so many episodes, those of a piece alike.
std::vector<double> pieces(const std::vector<double>& levels, std::size_t of_each) {
  std::vector<double> all;
  for (const double level : levels) all.insert(all.end(), of_each, level);
  return all;
}

}  // namespace

TEST_CASE("dependable_level: what never varies is its mean") {
  CHECK(dependable_level(std::vector<double>(40, 0.992), in_order) == Approx(0.992));
  CHECK(dependable_level(std::vector<double>(40, 0.992), independent) == Approx(0.992));
  CHECK(dependable_level(std::vector<double>(40, 0.7), in_order) == Approx(0.7));
  CHECK(dependable_level(std::vector<double>{0.97}, in_order) == 0.97);
  CHECK(dependable_level(std::vector<double>{}, in_order) == 0);
}

TEST_CASE("dependable_level: a doubt within what is tolerated costs nothing, one beyond it does") {
  // Half of the pieces lie as far above the mean as the other half below it.
  const auto around = [](double by) {
    std::vector<double> levels;
    for (int k = 0; k < 10; ++k) levels.push_back(0.99 + (k % 2 == 0 ? by : -by));
    return pieces(levels, 4);
  };
  CHECK(dependable_level(around(0.0005), in_order) == Approx(0.99).margin(1e-12));
  // The deviation is sqrt(10 / 9) * 0.003; t(9) at 90 % is 1.383; 0.2 % is tolerated.
  const double doubt = 1.383 * std::sqrt(10.0 / 9) * 0.003 * std::sqrt(0.1 + 0.7 / 3);
  CHECK(dependable_level(around(0.003), in_order) == Approx(0.99 - doubt + 0.002).margin(2e-6));
  CHECK(dependable_level(around(0.003), {0.9, true}) == Approx(0.99).margin(1e-12));  // 2 % are tolerated at 90 %
}

TEST_CASE("dependable_level: neighbours count once in the order of time, and each for itself elsewhere") {
  const std::vector<double> alike = pieces({1, 1, 1, 1, 1, 0.95, 0.95, 1, 1, 1}, 30);
  CHECK(dependable_level(alike, in_order) < 0.982);
  CHECK(dependable_level(alike, independent) == Approx(0.99));  // 300 independent ones leave little doubt
  CHECK(dependable_level(pieces({1, 1, 1, 1, 1, 0.95, 0.95, 1, 1, 1}, 1), independent) < 0.985);
  // Where the bad ones are spread evenly every piece has its share.
  std::vector<double> spread;
  for (int k = 0; k < 300; ++k) spread.push_back(k % 5 == 0 ? 0.95 : 1.0);
  CHECK(dependable_level(spread, in_order) == Approx(0.99));
}

TEST_CASE("dependable_level: a longer stretch to come is less in doubt") {
  const std::vector<double> levels = pieces({0.98, 1, 0.99, 1, 0.97, 1, 1, 0.99, 1, 0.98}, 2);
  tool::level_question next = in_order;
  double last = 0;
  for (const double length : {0.1, 0.43, 1.0, 10.0}) {
    next.next = length;
    const double level = dependable_level(levels, next);
    CHECK(level > last);
    last = level;
  }
}

TEST_CASE("dependable_level: about a tenth of what comes next is kept worse by more than is tolerated") {
  headroom::engine random(5);
  int worse = 0;
  constexpr int times = 4'000;
  for (int k = 0; k < times; ++k) {
    const auto of_days = [&](int days) {
      std::vector<double> levels;
      for (int day = 0; day < days; ++day) levels.push_back(headroom::normal(random, 0.98, 0.004));
      return levels;
    };
    const double counted = dependable_level(of_days(10), in_order);
    const auto later = of_days(4);
    double mean = 0;
    for (const double level : later) mean += level / 4;
    worse += mean < counted - 0.002 ? 1 : 0;
  }
  CHECK(worse > 0.07 * times);
  CHECK(worse < 0.13 * times);
}

TEST_CASE("dependable_level: the quantiles are those of Student's t") {
  // Abramowitz and Stegun, table 26.10.
  CHECK(tool::t_quantile_90(1) == Approx(3.078).margin(0.001));
  CHECK(tool::t_quantile_90(2) == Approx(1.886).margin(0.01));
  CHECK(tool::t_quantile_90(4) == Approx(1.533).margin(0.001));
  CHECK(tool::t_quantile_90(9) == Approx(1.383).margin(0.001));
  CHECK(tool::t_quantile_90(120) == Approx(1.289).margin(0.001));
}
