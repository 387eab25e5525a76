#include <headroom/telemetry/recent.hpp>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// The law without a ring: everything is kept and looked through.
template <class Better>
class remembered {
 public:
  explicit remembered(double window_s) : window_s_(window_s) {}
  void add(double now_s, double value) { all_.emplace_back(now_s, value); }
  double best(double now_s, double value) const {
    for (const auto& [time_s, old] : all_) {
      if (now_s - time_s < window_s_ && Better{}(old, value)) value = old;
    }
    return value;
  }

 private:
  double window_s_;
  std::vector<std::pair<double, double>> all_;
};

}  // namespace

TEST_CASE("a fixed queue goes round its ring") {
  fixed_queue<int> q(3);
  CHECK(q.empty());
  CHECK(q.capacity() == 3);
  for (int round = 0; round < 10; ++round) {
    q.push_back(3 * round);
    q.push_back(3 * round + 1);
    CHECK_FALSE(q.full());
    q.push_back(3 * round + 2);
    CHECK(q.full());
    CHECK(q.front() == 3 * round);
    q.pop_front();
    CHECK(q.front() == 3 * round + 1);
    CHECK(q.back() == 3 * round + 2);
    q.pop_back();
    CHECK(q.back() == 3 * round + 1);
    q.push_back(-1);
    CHECK(q.back() == -1);
    CHECK(q.size() == 2);
    q.pop_front();
    q.pop_front();
    CHECK(q.empty());
  }
}

TEST_CASE("slots are twice what a window can hold, within bounds") {
  CHECK(slots_for(300, 15) == 42);
  CHECK(slots_for(301, 15) == 44);
  CHECK(slots_for(0, 15) == 4);
  CHECK(slots_for(1, 15) == 4);
  CHECK(slots_for(3600, 0.001) == 4096);
  CHECK(slots_for(3600, 0) == 4096);
  CHECK(slots_for(0, 0) == 4);
  CHECK(slots_for(unknown, 15) == 4);
}

TEST_CASE("a sample counts while its age is below the window, and no longer") {
  sliding_maximum most(300, 42);
  most.add(0, 9);
  CHECK(most.best(0, 5) == 9);
  CHECK(most.best(299.999, 5) == 9);
  CHECK(most.best(300, 5) == 5);
  CHECK(most.size() == 0);

  sliding_minimum least(60, 12);
  least.add(0, 3);
  least.add(30, 4);
  CHECK(least.best(59, 9) == 3);
  CHECK(least.best(60, 9) == 4);
  CHECK(least.best(60, 2) == 2);
  CHECK(least.best(90, 9) == 9);
}

TEST_CASE("an empty history is the value itself, and so is a window of nothing") {
  sliding_maximum most(300, 42);
  CHECK(most.best(0, 7) == 7);
  CHECK(most.best(0, -7) == -7);
  most.add(0, 9);
  most.clear();
  CHECK(most.best(0, 7) == 7);

  sliding_maximum none(0, 3);
  none.add(0, 9);
  CHECK(none.best(0, 7) == 7);
  CHECK(none.size() == 0);
}

TEST_CASE("a window shorter than the interval holds the newest sample alone") {
  sliding_maximum most(1, 4);
  for (int k = 0; k < 10; ++k) {
    most.add(15 * k, 10 - k);
    CHECK(most.size() == 1);
    CHECK(most.best(15 * k + 0.5, 0) == 10 - k);
    CHECK(most.best(15 * k + 1, 0) == 0);
  }
}

TEST_CASE("the sliding extremes are those of everything with age below the window") {
  engine random(3);
  for (const double window_s : {1.0, 15.0, 60.0, 300.0}) {
    sliding_maximum most(window_s, slots_for(window_s, 1));
    sliding_minimum least(window_s, slots_for(window_s, 1));
    remembered<std::greater<>> all_most(window_s);
    remembered<std::less<>> all_least(window_s);
    double now_s = 1000;
    for (int k = 0; k < 3000; ++k) {
      now_s += 1 + static_cast<double>(random.below(3));  // whole seconds, so that the edge is met
      const auto value = static_cast<double>(random.below(50));
      const auto asked = static_cast<double>(random.below(50));
      REQUIRE(most.best(now_s, asked) == all_most.best(now_s, asked));
      REQUIRE(least.best(now_s, asked) == all_least.best(now_s, asked));
      most.add(now_s, value);
      least.add(now_s, value);
      all_most.add(now_s, value);
      all_least.add(now_s, value);
    }
  }
}

TEST_CASE("samples that come faster than foreseen are merged: a peak is never lost, and held at most a slot longer") {
  // 8 slots are 10 s each; samples come every half second and every one is lower than the one before: the worst case.
  sliding_maximum most(60, 8);
  remembered<std::greater<>> exact(60);
  remembered<std::greater<>> longer(70);
  for (int k = 0; k < 1000; ++k) {
    const double now_s = 0.5 * k;
    most.add(now_s, 1000 - k);
    exact.add(now_s, 1000 - k);
    longer.add(now_s, 1000 - k);
    REQUIRE(most.size() <= 8);
    REQUIRE(most.best(now_s, 0) >= exact.best(now_s, 0));
    REQUIRE(most.best(now_s, 0) <= longer.best(now_s, 0));
  }
  // And the smallest, the other way round.
  sliding_minimum least(60, 8);
  remembered<std::less<>> exactly(60);
  for (int k = 0; k < 1000; ++k) {
    least.add(0.5 * k, k);
    exactly.add(0.5 * k, k);
    REQUIRE(least.best(0.5 * k, 2000) <= exactly.best(0.5 * k, 2000));
    REQUIRE(least.best(0.5 * k, 2000) >= exactly.best(0.5 * k, 2000) - 20);
  }
}

TEST_CASE("a clock that stands still fills no ring") {
  sliding_maximum most(60, 3);
  sliding_sum sum(60, 3);
  for (int k = 0; k < 100; ++k) {
    most.add(5, -k);
    sum.add(5, 2);
  }
  CHECK(most.size() == 1);
  CHECK(most.best(5, -1000) == 0);
  CHECK(sum.size() == 1);
  CHECK(sum.sum(5) == 200);
  CHECK(sum.sum(65) == 0);
}

TEST_CASE("a sum counts events while their age is below the period") {
  sliding_sum sum(60, 12);
  CHECK(sum.sum(0) == 0);
  sum.add(0, 3);
  sum.add(15, 4);
  sum.add(30, -2);
  CHECK(sum.sum(30) == 5);
  CHECK(sum.sum(59.999) == 5);
  CHECK(sum.sum(60) == 2);
  CHECK(sum.sum(75) == -2);
  CHECK(sum.sum(90) == 0);
  CHECK(sum.size() == 0);
  sum.add(100, 0);
  CHECK(sum.size() == 0);
  sum.add(100, 8);
  sum.clear();
  CHECK(sum.sum(100) == 0);
}

TEST_CASE("a sliding sum is that of everything with age below the period") {
  engine random(4);
  sliding_sum sum(60, slots_for(60, 1));
  std::vector<std::pair<double, std::int64_t>> all;
  double now_s = 0;
  for (int k = 0; k < 3000; ++k) {
    now_s += 1 + static_cast<double>(random.below(40));
    const auto amount = static_cast<std::int64_t>(random.below(9));
    std::int64_t expected = 0;
    for (const auto& [time_s, old] : all) expected += now_s - time_s < 60 ? old : 0;
    REQUIRE(sum.sum(now_s) == expected);
    sum.add(now_s, amount);
    all.emplace_back(now_s, amount);
  }
}

TEST_CASE("events that come faster than foreseen count at least as long as they should, and at most a slot longer") {
  sliding_sum sum(60, 8);  // 10 s a slot
  for (int k = 0; k < 1000; ++k) {
    sum.add(0.5 * k, 1);
    REQUIRE(sum.size() <= 8);
    REQUIRE(sum.sum(0.5 * k) >= std::min(k + 1, 120));
    REQUIRE(sum.sum(0.5 * k) <= std::min(k + 1, 140));
  }
}

TEST_CASE("impossible windows are refused") {
  CHECK_THROWS_WITH(sliding_maximum(-1, 8), "sliding_extreme: window_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(sliding_minimum(unknown, 8), "sliding_extreme: window_s is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(sliding_maximum(1, 2), "sliding_extreme: capacity is 2, must be at least 3");
  CHECK_THROWS_WITH(sliding_sum(0, 8), "sliding_sum: period_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(sliding_sum(unknown, 8), "sliding_sum: period_s is nan, must be positive and finite");
  CHECK_THROWS_WITH(sliding_sum(1, 2), "sliding_sum: capacity is 2, must be at least 3");
}

TEST_CASE("what is recent takes no memory") {
  sliding_maximum most(60, 8);
  sliding_sum sum(60, 8);
  CHECK(allocations_in([&] {
          for (int k = 0; k < 1000; ++k) {
            most.add(k, -k);
            sum.add(k, k);
            static_cast<void>(most.best(k, 0));
            static_cast<void>(sum.sum(k));
          }
        }) == 0);
}

TEST_CASE("a window goes on in a process that is started anew, merged slots and all") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    engine random(seed, stream::workload);
    sliding_maximum highest(20, 8);
    sliding_sum sum(20, 8);
    double now_s = 0;
    const auto live = [&](sliding_maximum& h, sliding_sum& s, engine& r, double& t) {
      t += r.uniform() * 3;  // faster than the slots foresee
      h.add(t, r.uniform() * 10);
      s.add(t, static_cast<std::int64_t>(r.uniform() * 5));
    };
    for (int k = 0; k < 30; ++k) live(highest, sum, random, now_s);
    checkpoint c;
    store(highest, c, "highest");
    store(sum, c, "sum");
    sliding_maximum highest_again(20, 8);
    sliding_sum sum_again(20, 8);
    sum_again.add(0, 99);  // what was there is replaced
    restore(highest_again, c, "highest");
    restore(sum_again, c, "sum");
    engine same = random;
    double same_s = now_s;
    for (int k = 0; k < 30; ++k) {
      CAPTURE(seed, k);
      const double ahead_s = now_s + 0.7 * k;
      sliding_maximum h = highest;
      sliding_maximum h_again = highest_again;
      REQUIRE(h.best(ahead_s, 0) == h_again.best(ahead_s, 0));
      sliding_sum s = sum;
      sliding_sum s_again = sum_again;
      REQUIRE(s.sum(ahead_s) == s_again.sum(ahead_s));
      live(highest, sum, random, now_s);
      live(highest_again, sum_again, same, same_s);
    }
  }
  checkpoint c;
  store(sliding_sum(20, 8), c);
  sliding_sum of_another_length(30, 8);
  CHECK_THROWS_AS(restore(of_another_length, c), checkpoint_error);
}
