#include <headroom/rewards/over_time.hpp>

#include <limits>

#include <headroom/rewards/cost.hpp>
#include <headroom/rewards/weighted.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double time_s = 0;
  double replicas = 0;
};

}  // namespace

TEST_CASE("over_time pays for the length of the step") {
  const over_time paid{cost{&sample::replicas, 10}, &sample::time_s, 8};
  CHECK(paid(sample{0, 5}, 0, sample{8, 5}) == -0.5);
  CHECK(paid(sample{100, 5}, 0, sample{124, 5}) == -1.5);  // three intervals
  CHECK(paid(sample{0, 5}, 0, sample{4, 5}) == -0.25);
  // The same hour costs the same, however it is cut into steps.
  double short_steps = 0;
  double long_steps = 0;
  for (int k = 0; k < 6; ++k) short_steps += paid(sample{8.0 * k, 7}, 0, sample{8.0 * (k + 1), 7});
  for (int k = 0; k < 2; ++k) long_steps += paid(sample{24.0 * k, 7}, 0, sample{24.0 * (k + 1), 7});
  CHECK(short_steps == Approx(long_steps).epsilon(1e-15));
}

TEST_CASE("over_time stays within its bounds") {
  const over_time paid{cost{&sample::replicas, 10}, &sample::time_s, 8, 4};
  CHECK(paid(sample{0, 10}, 0, sample{1e9, 10}) == -4);  // a clock that jumps ahead
  CHECK(paid(sample{50, 10}, 0, sample{8, 10}) == 0);    // or back
  CHECK(paid.lowest() == -4);
  CHECK(paid.highest() == 0);
  const weighted objective{term{"replicas", 2, paid}};
  CHECK(objective.lowest() == -8);
}

TEST_CASE("over_time refuses impossible settings") {
  const cost inner{&sample::replicas, 10};
  CHECK_THROWS_WITH((over_time{inner, &sample::time_s, 0}), "over_time: interval_s is 0, must be positive and finite");
  CHECK_THROWS_WITH((over_time{inner, &sample::time_s, 8, std::numeric_limits<double>::infinity()}),
                    "over_time: most is inf, must be positive and finite");
}
