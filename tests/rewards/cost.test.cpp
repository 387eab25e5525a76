#include <headroom/rewards/cost.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  int replicas = 0;
};
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("cost: the share of the capacity that is used, negative, at most 1") {
  const cost price{&sample::replicas, 32};
  static_assert(Reward<decltype(price), sample, int>);
  const auto at = [&](int replicas) { return price(sample{77}, 0, sample{replicas}); };
  CHECK(at(0) == 0);
  CHECK(at(8) == -0.25);
  CHECK(at(32) == -1);
  CHECK(at(33) == -1);
  CHECK(at(-1) == 0);
  CHECK(price.lowest() == -1);
  CHECK(price.highest() == 0);
}

TEST_CASE("cost: an impossible capacity is refused") {
  CHECK_THROWS_WITH((cost{&sample::replicas, 0}), "cost: capacity is 0, must be positive and finite");
  CHECK_THROWS_WITH((cost{&sample::replicas, -1}), "cost: capacity is -1, must be positive and finite");
  CHECK_THROWS_WITH((cost{&sample::replicas, inf}), "cost: capacity is inf, must be positive and finite");
  CHECK_THROWS_WITH((cost{&sample::replicas, nan_value}), "cost: capacity is nan, must be positive and finite");
}

TEST_CASE("churn: the share of the largest change, whichever way") {
  const churn still{4};
  static_assert(Reward<churn, sample, int>);
  const auto at = [&](int delta) { return still(sample{1}, delta, sample{9}); };
  CHECK(at(0) == 0);
  CHECK(at(1) == -0.25);
  CHECK(at(-1) == -0.25);
  CHECK(at(4) == -1);
  CHECK(at(-5) == -1);
  CHECK(at(std::numeric_limits<int>::min()) == -1);  // |min| is no int
  CHECK(churn{}(sample{}, -1, sample{}) == -1);
  CHECK(still.lowest() == -1);
  CHECK(still.highest() == 0);
  CHECK_THROWS_WITH(churn{0}, "churn: largest is 0, must be positive and finite");
  CHECK_THROWS_WITH(churn{nan_value}, "churn: largest is nan, must be positive and finite");
}
