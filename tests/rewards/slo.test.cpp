#include <headroom/rewards/slo.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double p95_s = 0;
  double qos_rate = 1;
};
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("slo: 0 while the objective holds, a straight line to -1 at the worst, constant beyond") {
  const slo latency{&sample::p95_s, good_when::below, 0.5, 2.5};
  static_assert(Reward<decltype(latency), sample, int>);
  const auto at = [&](double p95_s) { return latency(sample{}, 0, sample{p95_s, 1}); };
  CHECK(at(0) == 0);
  CHECK(at(0.5) == 0);
  CHECK(at(1) == -0.25);
  CHECK(at(1.5) == -0.5);
  CHECK(at(2.5) == -1);
  CHECK(at(1e300) == -1);
  CHECK(at(-1e300) == 0);
}

TEST_CASE("slo: above is the mirror image") {
  const slo quality{&sample::qos_rate, good_when::above, 0.75, 0.25};
  const auto at = [&](double qos_rate) { return quality(sample{}, 0, sample{0, qos_rate}); };
  CHECK(at(1) == 0);
  CHECK(at(0.75) == 0);
  CHECK(at(0.5) == -0.5);
  CHECK(at(0.25) == -1);
  CHECK(at(0) == -1);
}

TEST_CASE("slo: reads the next observation, not the one before, and no action") {
  const slo latency{&sample::p95_s, good_when::below, 0.5, 2.5};
  CHECK(latency(sample{100, 1}, 7, sample{0, 1}) == 0);
  CHECK(latency(sample{0, 1}, -7, sample{100, 1}) == -1);
}

TEST_CASE("slo: a metric that is unknown gives a reward that is not finite, for the learner to refuse") {
  const slo latency{&sample::p95_s, good_when::below, 0.5, 2.5};
  const double r = latency(sample{}, 0, sample{nan_value, 1});
  CHECK_FALSE(r == r);
}

TEST_CASE("slo: states its bounds") {
  const slo latency{&sample::p95_s, good_when::below, 0.5, 2.5};
  CHECK(latency.lowest() == -1);
  CHECK(latency.highest() == 0);
}

TEST_CASE("slo: a worst on the good side, or a number that is not finite, is refused") {
  const auto with = [](good_when side, double objective, double worst) {
    return slo{&sample::p95_s, side, objective, worst};
  };
  CHECK_THROWS_WITH(with(good_when::below, 0.5, 0.2), "slo: worst is 0.2, must lie on the bad side of the objective");
  CHECK_THROWS_WITH(with(good_when::below, 0.5, 0.5), "slo: worst is 0.5, must lie on the bad side of the objective");
  CHECK_THROWS_WITH(with(good_when::above, 0.5, 0.7), "slo: worst is 0.7, must lie on the bad side of the objective");
  CHECK_THROWS_WITH(with(good_when::below, nan_value, 1), "slo: objective is nan, must be finite");
  CHECK_THROWS_WITH(with(good_when::below, 0, inf), "slo: worst is inf, must be finite");
}
