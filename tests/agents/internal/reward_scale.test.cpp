#include <headroom/agents/internal/reward_scale.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using headroom::internal::reward_scale;

namespace {

double deviation_in_two_passes(const std::vector<double>& rewards) {
  double mean = 0;
  for (const double r : rewards) mean += r / static_cast<double>(rewards.size());
  double squares = 0;
  for (const double r : rewards) squares += (r - mean) * (r - mean);
  return std::sqrt(squares / static_cast<double>(rewards.size()));
}

}  // namespace

TEST_CASE("the deviation is that of all rewards, in two passes") {
  headroom::engine random{3};
  reward_scale scale;
  std::vector<double> rewards;
  for (int k = 0; k < 1000; ++k) {
    rewards.push_back(1e4 + 7 * random.uniform());
    scale.measure(rewards.back());
    if (k > 0) REQUIRE(scale.deviation() == Approx(deviation_in_two_passes(rewards)).epsilon(1e-9));
  }
}

TEST_CASE("it is 1 until rewards differ") {
  reward_scale scale;
  REQUIRE(scale.deviation() == 1);
  scale.measure(-3);
  REQUIRE(scale.deviation() == 1);
  for (int k = 0; k < 100; ++k) scale.measure(-3);
  REQUIRE(scale.deviation() == 1);
  scale.measure(-4);
  REQUIRE(scale.deviation() < 1);
  // What differs by rounding alone does not differ.
  reward_scale rounded;
  for (int k = 0; k < 10; ++k) rounded.measure(1e9 + 1e-7 * (k % 2));
  REQUIRE(rounded.deviation() == 1);
}
