#include <headroom/rewards/missed.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double in_time = 1;
  long finished = 0;
};

}  // namespace

TEST_CASE("missed: the late requests of the step, in units of `per`, at most 1") {
  const missed late{&sample::in_time, &sample::finished, 100};
  static_assert(Reward<decltype(late), sample, int>);
  CHECK(late(sample{1, 1000}, 0, sample{0.5, 1040}) == -0.2);  // 20 of 40 late
  CHECK(late(sample{0, 1000}, 0, sample{1, 1040}) == 0);       // the fraction is read after the step
  CHECK(late(sample{1, 1000}, 0, sample{0, 1000}) == 0);       // nothing finished, nothing late
  CHECK(late(sample{1, 1000}, 0, sample{0, 1100}) == -1);
  CHECK(late(sample{1, 1000}, 0, sample{0, 9000}) == -1);
  CHECK(late(sample{1, 1000}, 0, sample{0, 0}) == 0);  // the count begins anew with an episode: no reward for that
  CHECK(late.lowest() == -1);
  CHECK(late.highest() == 0);
}

TEST_CASE("missed: summed over an episode it counts requests, which a mean over windows does not") {
  // Three steps: 90 requests all in time, 10 requests all late, none.
  const missed late{&sample::in_time, &sample::finished, 100};
  const sample seen[] = {{1, 0}, {1, 90}, {0, 100}, {0, 100}};
  double sum = 0;
  for (int k = 0; k < 3; ++k) sum += late(seen[k], 0, seen[k + 1]);
  CHECK(sum == -0.1);
}

TEST_CASE("missed: an impossible unit is refused") {
  CHECK_THROWS_WITH((missed{&sample::in_time, &sample::finished, 0}), "missed: per is 0, must be positive and finite");
  CHECK_THROWS_WITH((missed{&sample::in_time, &sample::finished, -5}),
                    "missed: per is -5, must be positive and finite");
  CHECK_THROWS_WITH((missed{&sample::in_time, &sample::finished, std::numeric_limits<double>::quiet_NaN()}),
                    "missed: per is nan, must be positive and finite");
}
