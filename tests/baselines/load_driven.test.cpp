#include <headroom/baselines/load_driven.hpp>

#include <limits>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

struct pods {
  double time_s = 0;
  double replicas = 4;
  double ready = 3;
  double load = 6;
};
const signals<pods> see{.time_s = &pods::time_s, .replicas = &pods::replicas, .ready = &pods::ready};
constexpr replica_limits free_hand{.minimum = 1, .maximum = 8, .max_up = 8, .max_down = 8};

// Wants as many replicas as there is load, and writes down what it was shown.
class follower : public load_driven<follower, pods> {
  friend load_driven<follower, pods>;

 public:
  explicit follower(double period_s, const signals<pods>& named = see)
      : load_driven("follower", named, &pods::load, period_s, free_hand) {}

  int begins = 0;
  std::vector<load_sample> shown{};
  std::vector<double> evaluated_s{};
  bool hurries = false;

 private:
  void begin(const load_sample&) { ++begins; }
  void decide(const load_sample& s) {
    shown.push_back(s);
    if (!due(s.now_s, hurries)) return;
    evaluated_s.push_back(s.now_s);
    desired_ = bounded(s.load);
  }
};

}  // namespace

TEST_CASE("a law of load sees only what can be used, whole") {
  static_assert(Policy<follower, pods, int>);
  follower law(0);
  CHECK(law.start({.time_s = 1}) == +2);
  REQUIRE(law.shown.size() == 1);
  CHECK(law.shown[0].now_s == 1);
  CHECK(law.shown[0].replicas == 4);
  CHECK(law.shown[0].ready == 3);
  CHECK(law.shown[0].load == 6);
  CHECK(law.step({.time_s = unknown}) == 0);
  CHECK(law.step({.time_s = 2, .ready = -1}) == 0);
  CHECK(law.step({.time_s = 3, .load = unknown}) == 0);
  CHECK(law.step({.time_s = 4, .replicas = unknown, .ready = -1, .load = -1}) == 0);  // without those nothing is read
  CHECK(law.refused() == refused_signals{.values = 1, .clocks = 1, .replicas = 2});
  CHECK(law.shown.size() == 1);
  CHECK(law.desired() == 6);
  CHECK(law.step({.time_s = 5, .load = 9}) == +4);  // of the nine it may have eight
  CHECK(law.begins == 1);
}

TEST_CASE("where readiness is not named all replicas are ready, and are not counted twice") {
  follower law(0, {.time_s = &pods::time_s, .replicas = &pods::replicas});
  law.start({.replicas = 9, .ready = -1});
  REQUIRE(law.shown.size() == 1);
  CHECK(law.shown[0].ready == 9);
  CHECK(law.refused() == refused_signals{.above_maximum = 1});
}

TEST_CASE("until a law of load was shown anything it wants what is there, within the bounds") {
  follower law(0);
  CHECK(law.desired() == 1);
  CHECK(law.start({.replicas = 10, .load = unknown}) == -2);
  CHECK(law.desired() == 8);
  CHECK(law.step({.time_s = 1, .replicas = 3, .load = unknown}) == 0);
  CHECK(law.desired() == 3);
  CHECK(law.begins == 0);
}

TEST_CASE("an evaluation is due at first, after a period, and at once when asked for, and begins a period") {
  follower law(10);
  law.start({.time_s = 0});
  for (const double t : {4.0, 9.9, 10.0, 12.0}) law.step({.time_s = t});
  CHECK(law.evaluated_s == std::vector<double>{0, 10});
  law.hurries = true;
  law.step({.time_s = 13});
  law.hurries = false;
  for (const double t : {20.0, 22.9, 23.0}) law.step({.time_s = t});
  CHECK(law.evaluated_s == std::vector<double>{0, 10, 13, 23});
  CHECK(law.shown.size() == 9);
}

TEST_CASE("a clock that jumped backwards and a new episode begin anew and evaluate") {
  follower law(100);
  law.start({.time_s = 50});
  CHECK(law.step({.time_s = 40, .load = 1}) == 0);
  CHECK(law.begins == 1);
  CHECK(law.desired() == 4);  // what is there: its history is gone
  CHECK(law.step({.time_s = 41, .load = 1}) == -3);
  CHECK(law.begins == 2);
  CHECK(law.start({.time_s = 42, .load = 2}) == -2);
  CHECK(law.begins == 3);
  CHECK(law.evaluated_s == std::vector<double>{50, 41, 42});
}
