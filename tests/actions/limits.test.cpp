#include <headroom/actions/limits.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr int most = std::numeric_limits<int>::max();

struct sample {
  int replicas = 1;
};

}  // namespace

TEST_CASE("allow: every count and delta near the range, against the law in words") {
  constexpr replica_limits limits{.minimum = 3, .maximum = 8, .max_up = 3, .max_down = 2};
  for (int current = 0; current <= 12; ++current) {
    for (int delta = -5; delta <= 5; ++delta) {
      const bool inside = current >= 3 && current <= 8;
      const int next = current + delta;
      bool expected = false;
      if (delta >= -2 && delta <= 3) {  // within the rate limits
        if (next >= 3 && next <= 8)
          expected = true;  // ends inside: always
        else if (!inside && current > 8)
          expected = delta <= 0 && next > 8;  // above: may hold, may come down
        else if (!inside)
          expected = delta >= 0 && next < 3;  // below: may hold, may climb
      }
      INFO(current << " replicas, delta " << delta);
      CHECK(limits.allow(current, delta) == expected);
    }
  }
}

TEST_CASE("allow: at the minimum and at the maximum only one way is open") {
  constexpr replica_limits limits{.minimum = 1, .maximum = 32, .max_up = 1, .max_down = 1};
  CHECK_FALSE(limits.allow(1, -1));
  CHECK(limits.allow(1, 0));
  CHECK(limits.allow(1, 1));
  CHECK(limits.allow(32, -1));
  CHECK(limits.allow(32, 0));
  CHECK_FALSE(limits.allow(32, 1));
  // A delta beyond the rate limit does not become legal because it leads back.
  CHECK_FALSE(limits.allow(40, -8));
  CHECK(limits.allow(40, -1));
  CHECK_FALSE(limits.allow(40, 1));
  CHECK(limits.allow(0, 1));
  CHECK_FALSE(limits.allow(0, -1));
}

TEST_CASE("allow: an unknown count allows nothing but to hold") {
  constexpr replica_limits limits{.minimum = 0, .maximum = 8, .max_up = 2, .max_down = 2};
  for (const int delta : {-2, -1, 1, 2}) CHECK_FALSE(limits.allow(nan_value, delta));
  CHECK(limits.allow(nan_value, 0));
}

TEST_CASE("allow: the largest numbers do not overflow") {
  constexpr replica_limits limits{.minimum = 0, .maximum = most, .max_up = most, .max_down = most};
  CHECK(limits.allow(0, most));
  CHECK_FALSE(limits.allow(1, most));
  CHECK(limits.allow(most, -most));
  CHECK_FALSE(limits.allow(most - 1.0, -most));
}

TEST_CASE("towards moves as far as the range and the rate allow") {
  constexpr replica_limits limits{.minimum = 3, .maximum = 8, .max_up = 3, .max_down = 2};
  CHECK(limits.towards(5, 5) == 0);
  CHECK(limits.towards(5, 6) == 1);
  CHECK(limits.towards(4, 100) == 3);  // the rate binds
  CHECK(limits.towards(6, 100) == 2);  // the maximum binds
  CHECK(limits.towards(8, 100) == 0);
  CHECK(limits.towards(8, 0) == -2);
  CHECK(limits.towards(4, 0) == -1);  // the minimum binds
  CHECK(limits.towards(3, 0) == 0);
  CHECK(limits.towards(12, 12) == -2);  // above the maximum: back, at the allowed rate
  CHECK(limits.towards(0, 0) == 3);
  CHECK(limits.towards(5, 5.4) == 0);  // to the nearest whole replica
  CHECK(limits.towards(5, 5.6) == 1);
  CHECK(limits.towards(0, 1e300) == 3);
  CHECK(limits.towards(100, -1e300) == -2);
}

TEST_CASE("towards never asks for what allow forbids, from any whole count to any target") {
  for (const replica_limits limits :
       {replica_limits{3, 8, 3, 2}, replica_limits{0, 0, 1, 1}, replica_limits{2, 5, 0, 4}, replica_limits{2, 5, 4, 0},
        replica_limits{1, most, most, most}}) {
    for (int current = 0; current <= 14; ++current) {
      for (double desired = -3; desired <= 14; desired += 0.25) {
        const int delta = limits.towards(current, desired);
        INFO(current << " to " << desired << ": " << delta);
        CHECK(limits.allow(current, delta));
      }
    }
  }
}

TEST_CASE("towards something unknown keeps what is there") {
  constexpr replica_limits limits{.minimum = 1, .maximum = 32, .max_up = 4, .max_down = 4};
  CHECK(limits.towards(5, nan_value) == 0);
  CHECK(limits.towards(nan_value, 5) == 0);
  CHECK(limits.towards(nan_value, nan_value) == 0);
  CHECK(limits.towards(5, inf) == 0);
  CHECK(limits.towards(5, -inf) == 0);
  CHECK(limits.towards(inf, 5) == 0);
}

TEST_CASE("impossible limits are refused") {
  CHECK_THROWS_WITH(checked(replica_limits{.minimum = -1}), "replica_limits: minimum is -1, must be at least 0");
  CHECK_THROWS_WITH(checked(replica_limits{.minimum = 5, .maximum = 4}),
                    "replica_limits: maximum is 4, must not be below minimum, 5");
  CHECK_THROWS_WITH(checked(replica_limits{.max_up = -1}), "replica_limits: max_up is -1, must be at least 0");
  CHECK_THROWS_WITH(checked(replica_limits{.max_down = -2}), "replica_limits: max_down is -2, must be at least 0");
  CHECK_NOTHROW(checked(replica_limits{.minimum = 0, .maximum = 0, .max_up = 0, .max_down = 0}));
  CHECK_THROWS_WITH((limited{actions{-1, 0, 1}, &sample::replicas, replica_limits{.minimum = -1}}),
                    "replica_limits: minimum is -1, must be at least 0");
}

TEST_CASE("limited masks a menu by what is observed") {
  const limited scale{actions{-2, -1, 0, +1, +2}, &sample::replicas,
                      replica_limits{.minimum = 1, .maximum = 4, .max_up = 2, .max_down = 1}};
  static_assert(MaskedActionSet<decltype(scale), int, sample>);
  CHECK(scale.size() == 5);
  CHECK(scale[action_index{4}] == 2);
  CHECK(scale.limits().maximum == 4);
  const auto legal = [&](int replicas) {
    std::vector<int> deltas;
    for (std::size_t i = 0; i < scale.size(); ++i) {
      if (scale.legal(sample{replicas}, action_index{i})) deltas.push_back(scale[action_index{i}]);
    }
    return deltas;
  };
  CHECK(legal(1) == std::vector<int>{0, 1, 2});
  CHECK(legal(2) == std::vector<int>{-1, 0, 1, 2});
  CHECK(legal(3) == std::vector<int>{-1, 0, 1});
  CHECK(legal(4) == std::vector<int>{-1, 0});
  CHECK(legal(9) == std::vector<int>{-1, 0});
  CHECK(legal(0) == std::vector<int>{0, 1, 2});
}

TEST_CASE("limits are free by default: a decision moves as far as the policy wants, within minimum and maximum") {
  constexpr replica_limits limits{.minimum = 1, .maximum = 8};
  CHECK(limits.towards(1, 8) == 7);
  CHECK(limits.towards(8, 1) == -7);
  CHECK(limits.allow(3, 5));
  CHECK_FALSE(limits.allow(4, 5));
  CHECK(limits.allow(6, -5));
  CHECK_FALSE(limits.allow(5, -5));
}

TEST_CASE("limited by default allows the whole menu, as far as minimum and maximum leave room") {
  const limited scale{actions{-5, 0, +5}, &sample::replicas, {.minimum = 1, .maximum = 8}};
  CHECK(scale.legal(sample{1}, action_index{2}));
  CHECK(scale.legal(sample{6}, action_index{0}));
  CHECK_FALSE(scale.legal(sample{4}, action_index{2}));
  CHECK_FALSE(scale.legal(sample{5}, action_index{0}));
}

TEST_CASE("limited refuses limits that forbid every move of its menu, and the sentence names the smallest") {
  const auto made = [](const std::vector<int>& items, const replica_limits& limits) {
    return limited{menu(items), &sample::replicas, limits};
  };
  CHECK_THROWS_WITH(made({-5, 0, 5}, {.max_up = 1, .max_down = 1}),
                    "limited: the smallest move of the menu is -5, must be within max_up, 1, and max_down, 1");
  CHECK_THROWS_WITH(made({7, 0, -9}, {.max_up = 6, .max_down = 8}),
                    "limited: the smallest move of the menu is 7, must be within max_up, 6, and max_down, 8");
  CHECK_NOTHROW(made({-5, 0, 5}, {.max_up = 5, .max_down = 0}));
  CHECK_NOTHROW(made({-5, 0, 5}, {.max_up = 0, .max_down = 5}));
  CHECK_NOTHROW(made({0}, {.max_up = 0, .max_down = 0}));  // a menu without moves has none to lose
}

TEST_CASE("limited without limits never goes below one replica") {
  const limited scale{menu(std::vector<int>{-1, 0, 1}), [](const sample& s) { return s.replicas; }};
  CHECK_FALSE(scale.legal(sample{1}, action_index{0}));
  CHECK(scale.legal(sample{1'000'000}, action_index{2}));
}
