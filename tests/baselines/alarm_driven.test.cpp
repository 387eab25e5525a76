#include <headroom/baselines/alarm_driven.hpp>

#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

struct gauge {
  double time_s = 0;
  double replicas = 4;
  double busy = 0.5;
};
const signals<gauge> see{.time_s = &gauge::time_s, .replicas = &gauge::replicas};
constexpr replica_limits free_hand{.minimum = 1, .maximum = 10, .max_up = 10, .max_down = 10};

// Goes where it is told: out when the minute was busier than 0.75, in when it was less than 0.25. Cooldowns: 300 s.
class pointed : public alarm_driven<pointed, gauge> {
  friend alarm_driven<pointed, gauge>;

 public:
  explicit pointed(const replica_limits& limits = free_hand)
      : alarm_driven("pointed", see, &gauge::busy, {.threshold = 0.75, .when = breach::above, .evaluation_periods = 1},
                     {.threshold = 0.25, .when = breach::below, .evaluation_periods = 1}, limits) {}

  int target = 4;
  std::vector<double> datapoints{};
  std::vector<double> pendings{};

  // A minute later, with this seen at its end.
  int minute(double replicas, double busy) {
    time_s_ += 60;
    return step({time_s_, replicas, busy});
  }
  int after(double seconds, double replicas) { return step({time_s_ += seconds, replicas, 0.5}); }

 private:
  void decide(double now_s, double n, double datapoint) {
    datapoints.push_back(datapoint);
    pendings.push_back(pending(n));
    if (high() && !out_cools(now_s)) scale_out(now_s, n, within(target), 300);
    if (low() && !in_cools(now_s)) scale_in(now_s, n, within(target), 300);
  }

  double time_s_ = 0;
};

}  // namespace

TEST_CASE("a move that is wished stands until it is reached, then whoever else scales is followed") {
  static_assert(Policy<pointed, gauge, int>);
  pointed law({.minimum = 1, .maximum = 10, .max_up = 2, .max_down = 2});
  CHECK(law.start({}) == 0);
  law.target = 9;
  CHECK(law.minute(4, 1) == +2);
  CHECK(law.after(8, 6) == +2);  // no period has ended
  CHECK(law.after(8, 8) == +1);
  CHECK(law.after(8, 9) == 0);
  CHECK(law.desired() == 9);
  CHECK(law.after(8, 7) == 0);
  CHECK(law.desired() == 7);
  CHECK(law.after(8, 12) == -2);  // but to the maximum
  CHECK(law.desired() == 10);
  CHECK(law.datapoints == std::vector<double>{1});
}

TEST_CASE("a law of alarms is told where a move under way leads, and the replicas when there is none") {
  pointed law;
  law.start({});
  law.target = 9;
  law.minute(4, 1);
  law.minute(5, 0.5);  // they come slowly
  law.minute(9, 0.5);
  CHECK(law.pendings == std::vector<double>{4, 9, 9});
}

TEST_CASE("each direction has its cooldown, and a scale-out ends that of a scale-in") {
  pointed law;
  law.start({});
  law.target = 3;
  CHECK(law.minute(4, 0) == -1);
  law.target = 2;
  CHECK(law.minute(3, 0) == 0);
  law.target = 6;
  CHECK(law.minute(3, 1) == +3);
  law.target = 5;
  CHECK(law.minute(6, 0) == -1);  // three minutes after the last
  law.target = 8;
  for (int k = 0; k < 3; ++k) CHECK(law.minute(5, 1) == 0);
  CHECK(law.minute(5, 1) == +3);  // 300 s after the last
}

TEST_CASE("a scale-out to what is there and a scale-in to more do not move and start no cooldown") {
  pointed law;
  law.start({});
  CHECK(law.minute(4, 1) == 0);
  law.target = 5;
  CHECK(law.minute(4, 1) == +1);
  law.target = 7;
  CHECK(law.minute(5, 0) == 0);
  CHECK(law.desired() == 5);
  law.target = 4;
  CHECK(law.minute(5, 0) == -1);
}

TEST_CASE("a law of alarms decides on datapoints, never on a period in which nothing could be read") {
  pointed law;
  law.start({});
  law.target = 9;
  CHECK(law.minute(4, unknown) == 0);
  CHECK(law.datapoints.empty());
  CHECK(law.minute(unknown, 1) == 0);  // a datapoint, but nobody knows of how many
  CHECK(law.datapoints.empty());
  CHECK(law.minute(4, 0.5) == 0);
  CHECK(law.datapoints == std::vector<double>{0.5});
  CHECK(law.refused() == refused_signals{.values = 1, .replicas = 1});
}

TEST_CASE("a clock that jumped backwards ends cooldowns and moves") {
  pointed law;
  law.start({.time_s = 1000});
  law.target = 9;
  CHECK(law.step({1060, 4, 1}) == +5);
  CHECK(law.step({500, 4, 1}) == 0);
  CHECK(law.step({501, 4, 1}) == 0);  // the first look begins the first minute
  CHECK(law.desired() == 4);
  CHECK(law.step({561, 4, 1}) == +5);
  CHECK(law.refused().clocks == 1);
}
