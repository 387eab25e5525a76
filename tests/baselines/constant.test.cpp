#include <headroom/baselines/constant.hpp>

#include <limits>
#include <stdexcept>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct fleet {
  double replicas = 0;
};
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a constant moves to its target by one, and stays there") {
  constant policy{14, &fleet::replicas, {.maximum = 32, .max_up = 1, .max_down = 1}};
  static_assert(Policy<decltype(policy), fleet, int>);
  CHECK(policy.start(fleet{12}) == +1);
  CHECK(policy.step(fleet{13}) == +1);
  CHECK(policy.step(fleet{14}) == 0);
  CHECK(policy.step(fleet{15}) == -1);
  CHECK(policy.step(fleet{40}) == -1);  // somebody else went beyond the maximum
  CHECK(policy.step(fleet{0}) == +1);
  int replicas = 1;
  for (int k = 0; k < 13; ++k) replicas += policy.step(fleet{static_cast<double>(replicas)});
  CHECK(replicas == 14);
}

TEST_CASE("a constant moves as fast as its limits allow, and not beyond its target") {
  constant policy{14, &fleet::replicas, {.maximum = 32, .max_up = 4, .max_down = 2}};
  CHECK(policy.step(fleet{1}) == +4);
  CHECK(policy.step(fleet{10}) == +4);
  CHECK(policy.step(fleet{11}) == +3);
  CHECK(policy.step(fleet{15}) == -1);
  CHECK(policy.step(fleet{16}) == -2);
  CHECK(policy.step(fleet{30}) == -2);
  constant frozen{14, &fleet::replicas, {.maximum = 32, .max_up = 0, .max_down = 0}};
  CHECK(frozen.step(fleet{1}) == 0);
  CHECK(frozen.step(fleet{30}) == 0);
}

TEST_CASE("a constant that cannot see the replicas holds") {
  constant policy{14, &fleet::replicas, {.maximum = 32, .max_up = 1, .max_down = 1}};
  CHECK(policy.start(fleet{unknown}) == 0);
  CHECK(policy.step(fleet{unknown}) == 0);
  CHECK(policy.step(fleet{12}) == +1);
}

TEST_CASE("a constant sees its replicas through anything that can be invoked") {
  constant policy{3, [](const fleet& o) { return o.replicas / 2; }};
  CHECK(policy.step(fleet{4}) == +1);
  CHECK(policy.step(fleet{6}) == 0);
}

TEST_CASE("a constant outside its limits is refused") {
  const auto make = [](int target, const replica_limits& limits) { return constant{target, &fleet::replicas, limits}; };
  CHECK_THROWS_WITH(make(33, {.maximum = 32, .max_up = 1, .max_down = 1}),
                    "constant: target is 33, must be within the limits 1 to 32");
  CHECK_THROWS_WITH(make(0, {.maximum = 32, .max_up = 1, .max_down = 1}),
                    "constant: target is 0, must be within the limits 1 to 32");
  CHECK_THROWS_WITH(make(2, {.minimum = 3, .maximum = 5}), "constant: target is 2, must be within the limits 3 to 5");
  CHECK_THROWS_WITH(make(1, {.minimum = -1}), "replica_limits: minimum is -1, must be at least 0");
  CHECK_THROWS_WITH(make(1, {.minimum = 2, .maximum = 1}),
                    "replica_limits: maximum is 1, must not be below minimum, 2");
  CHECK_THROWS_WITH(make(1, {.max_up = -1}), "replica_limits: max_up is -1, must be at least 0");
  CHECK_THROWS_WITH(make(1, {.max_down = -2}), "replica_limits: max_down is -2, must be at least 0");
  CHECK_THROWS_AS(make(33, {.maximum = 32, .max_up = 1, .max_down = 1}), std::invalid_argument);
  CHECK_NOTHROW(make(1, {.maximum = 1}));
  CHECK_NOTHROW(make(0, {.minimum = 0}));
}

TEST_CASE("a constant takes no memory") {
  constant policy{14, &fleet::replicas, {.maximum = 32, .max_up = 1, .max_down = 1}};
  CHECK(allocations_in([&] {
          policy.start(fleet{12});
          for (int k = 0; k < 100; ++k) policy.step(fleet{static_cast<double>(k)});
          policy.stop(fleet{12}, episode::truncated);
        }) == 0);
}
