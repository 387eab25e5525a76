#include <headroom/neural/rollout.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

const std::array<double, 2> even{std::log(0.5), std::log(0.5)};

void add(rollout& r, float x, double value, std::size_t action = 0, action_mask legal = {}) {
  r.add(std::array{x}, action_index{action}, value, even, legal);
}
std::vector<double> advantages(rollout& r, double discount, double trace_decay) {
  r.estimate(discount, trace_decay);
  std::vector<double> all;
  for (std::size_t i = 0; i < r.size(); ++i) all.push_back(r.advantage(i));
  return all;
}

}  // namespace

TEST_CASE("rollout: advantages by hand, through an end, a cut and the end of the room") {
  // Values 1, 2, 3 and rewards 10, 20, 40 end; then 4, 5 with rewards 1, 2, cut where it is worth 8; then 6 with 3,
  // followed by a state worth 16.
  const auto filled = [] {
    rollout r{6, 1, 2};
    add(r, 0, 1);
    r.reward(10);
    add(r, 1, 2);
    r.reward(20);
    add(r, 2, 3);
    r.reward(40);
    r.terminate();
    add(r, 3, 4);
    r.reward(1);
    add(r, 4, 5);
    r.reward(2);
    r.cut(8);
    add(r, 5, 6);
    CHECK_FALSE(r.full());
    r.reward(3);
    r.cut(16);
    CHECK(r.full());
    return r;
  };
  // Errors of the critic with discount 1/2: 10 + 1 - 1, 20 + 1.5 - 2, 40 - 3; 1 + 2.5 - 4, 2 + 4 - 5; 3 + 8 - 6.
  const std::vector<double> errors{10, 19.5, 37, -0.5, 1, 5};
  auto r = filled();
  CHECK(advantages(r, 0.5, 0) == errors);
  // With trace decay 1/2 each gets a quarter of the next one's, within its episode.
  CHECK(advantages(r, 0.5, 0.5) == std::vector<double>{10 + (19.5 + 37 / 4.0) / 4, 19.5 + 37 / 4.0, 37, -0.25, 1, 5});
  // With trace decay 1 the target is the discounted sum of rewards, and of the value where it was cut.
  r.estimate(0.5, 1);
  const std::vector<double> returns{10 + 10 + 10, 20 + 20, 40, 1 + 1 + 2, 2 + 4, 3 + 8};
  for (std::size_t i = 0; i < 6; ++i) CHECK(r.target(i) == returns[i]);
}

TEST_CASE("rollout: keeps what it is given, row by row") {
  const std::uint64_t first_only = 0b01;
  rollout r{4, 3, 2};
  CHECK(r.stride() == 16);
  const std::array<float, 3> here{1, 2, 3};
  const std::array<double, 2> odd{std::log(0.25), std::log(0.75)};
  r.add(here, action_index{1}, 7, odd);
  CHECK(r.open());
  CHECK(r.size() == 0);
  r.reward(-1);
  r.add(here, action_index{0}, 8, even, action_mask{&first_only});
  r.reward(-2);
  r.add(here, action_index{0}, 9, even);
  r.reward(-3);
  REQUIRE(r.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) CHECK(r.observation(0)[k] == here[k]);
  for (std::size_t k = 3; k < 16; ++k) CHECK(r.observation(0)[k] == 0);
  CHECK(r.action(0) == 1);
  CHECK(r.value(0) == 7);
  CHECK(r.reward_of(0) == -1);
  CHECK(r.log_probabilities(0)[1] == static_cast<float>(std::log(0.75)));
  CHECK(r.log_probabilities(1)[1] == static_cast<float>(std::log(0.5)));
  CHECK(r.legal(0)[1]);  // added before there was any mask
  CHECK(r.legal(1)[0]);
  CHECK_FALSE(r.legal(1)[1]);
  CHECK(r.legal(2)[1]);
  CHECK(r.own(0));
}

TEST_CASE("rollout: an overridden action stands in its row, which is not the drawer's own any more") {
  rollout r{4, 1, 2};
  r.disown(action_index{1});  // there is none
  add(r, 0, 0, 1);
  r.disown(action_index{1});  // what was drawn was done
  r.reward(0);
  add(r, 0, 0, 1);
  r.disown(action_index{0});
  r.reward(0);
  add(r, 0, 0, 1);
  r.reward(0);
  CHECK(r.own(0));
  CHECK_FALSE(r.own(1));
  CHECK(r.action(1) == 0);
  CHECK(r.own(2));
}

TEST_CASE("rollout: what is forgotten cuts what came before, in the state that it began in") {
  rollout r{5, 1, 2};
  add(r, 0, 10);
  r.forget();
  CHECK(r.size() == 0);
  CHECK_FALSE(r.open());
  add(r, 0, 1);
  r.reward(2);
  CHECK(r.goes_on());
  add(r, 1, 4);
  CHECK_FALSE(r.goes_on());
  r.forget();  // without a reward
  add(r, 2, 100);
  r.reward(7);
  r.terminate();
  CHECK_FALSE(r.goes_on());
  REQUIRE(r.size() == 2);
  CHECK(advantages(r, 0.5, 1) == std::vector<double>{2 + 0.5 * 4 - 1, 7 - 100});
  // A row after an end changes nothing about it.
  add(r, 3, 50);
  r.forget();
  CHECK(advantages(r, 0.5, 1) == std::vector<double>{2 + 0.5 * 4 - 1, 7 - 100});
  // A complete one.
  add(r, 4, 6);
  r.reward(1);
  add(r, 5, 8);
  r.reward(1);
  r.forget();
  REQUIRE(r.size() == 3);
  CHECK(advantages(r, 0.5, 1)[2] == 1 + 4 - 6);
  r.clear();
  CHECK(r.size() == 0);
  r.forget();
  r.cut(3);
  r.terminate();
  CHECK(r.size() == 0);
}

TEST_CASE("rollout: stored and restored between two episodes, it is the same") {
  const std::uint64_t second_only = 0b10;
  rollout r{8, 2, 2};
  const auto fill = [&](rollout& to, float x) {
    to.add(std::array{x, -x}, action_index{1}, 3 * x, even, action_mask{&second_only});
    to.reward(x);
    to.add(std::array{x + 1, 0.0F}, action_index{0}, x, even);
    to.disown(action_index{1});
    to.reward(2 * x);
    to.cut(0.5 * x);
  };
  fill(r, 1);
  fill(r, 2);
  checkpoint c;
  store(r, c, "rollout");
  rollout other{8, 2, 2};
  fill(other, 9);
  restore(other, c, "rollout");
  fill(r, 3);
  fill(other, 3);
  REQUIRE(other.size() == r.size());
  CHECK(advantages(other, 0.9, 0.8) == advantages(r, 0.9, 0.8));
  for (std::size_t i = 0; i < r.size(); ++i) {
    CHECK(other.observation(i)[0] == r.observation(i)[0]);
    CHECK(other.observation(i)[1] == r.observation(i)[1]);
    CHECK(other.action(i) == r.action(i));
    CHECK(other.own(i) == r.own(i));
    CHECK(other.legal(i)[0] == r.legal(i)[0]);
    CHECK(other.log_probabilities(i)[1] == r.log_probabilities(i)[1]);
  }
  rollout smaller{4, 2, 2};
  CHECK_THROWS(restore(smaller, c, "rollout"));
  c.set("rollout.size", std::uint64_t{8});
  CHECK_THROWS_WITH(restore(other, c, "rollout"),
                    "checkpoint: rollout.size is 8 in the file, must be below the capacity, 8");
}

TEST_CASE("rollout: nothing is allocated after construction, and what cannot be is refused") {
  rollout r{16, 3, 2};
  CHECK(allocations_in([&] {
          for (int k = 0; k < 3; ++k) {
            while (!r.full()) {
              r.add(std::array{1.0F, 2.0F, 3.0F}, action_index{0}, 1, even);
              r.reward(1);
            }
            r.cut(1);
            r.estimate(0.9, 0.9);
            r.clear();
          }
        }) == 0);
  CHECK_THROWS_WITH((rollout{0, 1, 1}), "rollout: capacity is 0, must be in [1, 2^32 - 1]");
  CHECK_THROWS_WITH((rollout{1, 0, 1}), "rollout: dimension is 0, must be at least 1");
  CHECK_THROWS_WITH((rollout{1, 1, 0}), "rollout: number of actions is 0, must be in [1, 2^32 - 1]");
  CHECK_THROWS_WITH((rollout{4'000'000'000, 4'000'000'000, 1}),
                    "rollout: dimension is 4000000000, must leave the memory countable");
}
