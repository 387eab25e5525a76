#include <headroom/neural/n_step.hpp>

#include <array>
#include <vector>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct emitted {
  float observation;
  std::size_t action;
  double sum;
  double discount;
};

struct emissions {
  std::vector<emitted> all;
  auto sink() {
    return [this](std::span<const float> o, action_index a, double sum, double discount) {
      all.push_back({o[0], to_size(a), sum, discount});
    };
  }
};

void add(n_step& returns, float observation, std::size_t action) {
  returns.add(std::array{observation}, action_index{action});
}

}  // namespace

TEST_CASE("One step: each transition has its own reward") {
  n_step returns{1, 1, 0.5};
  emissions out;
  for (int k = 0; k < 3; ++k) {
    add(returns, static_cast<float>(k), static_cast<std::size_t>(k));
    returns.reward(10 * k, out.sink());
  }
  REQUIRE(out.all.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(out.all[k].observation == static_cast<float>(k));
    CHECK(out.all[k].action == k);
    CHECK(out.all[k].sum == 10.0 * static_cast<double>(k));
    CHECK(out.all[k].discount == 0.5);
  }
  CHECK(returns.empty());
}

TEST_CASE("Three steps, discounted, and what is left at the end") {
  n_step returns{3, 1, 0.5};
  emissions out;
  const std::array<double, 4> rewards{1, 2, 4, 8};
  for (std::size_t k = 0; k < 4; ++k) {
    add(returns, static_cast<float>(k), k);
    returns.reward(rewards[k], out.sink());
  }
  REQUIRE(out.all.size() == 2);
  CHECK(out.all[0].sum == 1 + 0.5 * 2 + 0.25 * 4);
  CHECK(out.all[1].sum == 2 + 0.5 * 4 + 0.25 * 8);
  CHECK(out.all[1].discount == 0.125);
  returns.finish(out.sink());
  REQUIRE(out.all.size() == 4);
  CHECK(out.all[2].observation == 2);
  CHECK(out.all[2].sum == 4 + 0.5 * 8);
  CHECK(out.all[2].discount == 0.25);
  CHECK(out.all[3].sum == 8);
  CHECK(out.all[3].discount == 0.5);
  CHECK(returns.empty());
}

TEST_CASE("An overridden action replaces the last one only") {
  n_step returns{2, 1, 1};
  emissions out;
  add(returns, 1, 0);
  returns.reward(1, out.sink());
  add(returns, 2, 0);
  returns.executed(action_index{2});
  returns.reward(1, out.sink());
  returns.finish(out.sink());
  REQUIRE(out.all.size() == 2);
  CHECK(out.all[0].action == 0);
  CHECK(out.all[1].action == 2);
}

TEST_CASE("Clearing forgets, and nothing takes memory") {
  n_step returns{3, 1, 0.9};
  int count = 0;
  CHECK(allocations_in([&] {
          for (int k = 0; k < 100; ++k) {
            add(returns, 1, 0);
            returns.reward(1, [&](auto&&...) { ++count; });
          }
        }) == 0);
  CHECK(count == 98);
  CHECK_FALSE(returns.empty());
  returns.clear();
  returns.finish([&](auto&&...) { ++count; });
  CHECK(count == 98);
}

TEST_CASE("A return of no steps is refused") {
  CHECK_THROWS_WITH((n_step{0, 1, 0.9}), "n_step: steps is 0, must be from 1 to 1000");
}
