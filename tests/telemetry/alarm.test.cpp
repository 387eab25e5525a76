#include <headroom/telemetry/alarm.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("an alarm is raised by N bad datapoints and ended by one good one") {
  threshold_alarm a({.threshold = 5, .period_s = 0, .evaluation_periods = 3});
  double now = 0;
  const auto show = [&](double value) {
    CHECK(a.observe(now++, value));
    return a.raised();
  };
  CHECK_FALSE(a.raised());
  CHECK_FALSE(show(6));
  CHECK_FALSE(show(6));
  CHECK(show(6));
  CHECK(show(9));
  CHECK_FALSE(show(5));  // on the threshold is not above it
  CHECK_FALSE(show(6));
  CHECK_FALSE(show(6));
  CHECK(show(std::nextafter(5, 6)));
}

TEST_CASE("M of N datapoints in any order are enough") {
  threshold_alarm a({.threshold = 5, .period_s = 0, .evaluation_periods = 5, .datapoints_to_alarm = 3});
  double now = 0;
  std::vector<bool> seen;
  for (const double value : {9, 1, 9, 1, 9, 1, 1, 9, 9, 9}) {
    a.observe(now++, value);
    seen.push_back(a.raised());
  }
  CHECK(seen == std::vector<bool>{false, false, false, false, true, false, false, false, true, true});
}

TEST_CASE("each side of a threshold") {
  const auto raised = [](breach when, double value) {
    threshold_alarm a({.threshold = 5, .when = when, .period_s = 0, .evaluation_periods = 1});
    a.observe(0, value);
    return a.raised();
  };
  const auto all = [&](double value) {
    return std::vector<bool>{raised(breach::above, value), raised(breach::at_or_above, value),
                             raised(breach::below, value), raised(breach::at_or_below, value)};
  };
  CHECK(all(6) == std::vector<bool>{true, true, false, false});
  CHECK(all(5) == std::vector<bool>{false, true, false, true});
  CHECK(all(4) == std::vector<bool>{false, false, true, true});
}

TEST_CASE("a datapoint is the mean of its period, and periods do not drift with the looks") {
  threshold_alarm a({.threshold = 0, .period_s = 60, .evaluation_periods = 1});
  std::vector<double> ends;
  std::vector<double> means;
  double sum = 0;
  int count = 0;
  for (int k = 0; k < 60; ++k) {
    const double now = 100 + 8.05 * k;
    sum += k;
    ++count;
    if (a.observe(now, k)) {
      ends.push_back(now);
      means.push_back(a.datapoint());
      CHECK(a.datapoint() == Approx(sum / count));
      sum = 0;
      count = 0;
    }
  }
  REQUIRE(ends.size() == 7);
  // The first look at or after 160, 220, 280, ...: the eighth look would be at 164.4, 228.8, 293.2 if it drifted.
  for (std::size_t i = 0; i < ends.size(); ++i) {
    CHECK(ends[i] >= 160 + 60 * static_cast<double>(i));
    CHECK(ends[i] < 168.05 + 60 * static_cast<double>(i));
  }
  CHECK(means[0] == Approx(4));  // 0 to 8
}

TEST_CASE("with looks rarer than the period each value is a datapoint") {
  threshold_alarm a({.threshold = 5, .period_s = 60, .evaluation_periods = 3});
  CHECK_FALSE(a.observe(0, 100));  // no period has passed
  CHECK(a.observe(200, 7));
  CHECK(a.datapoint() == 7);
  CHECK(a.observe(400, 8));
  CHECK_FALSE(a.raised());
  CHECK(a.observe(600, 9));
  CHECK(a.datapoint() == 9);
  CHECK(a.raised());
  // The period itself as the interval, give or take a rounding.
  threshold_alarm b({.threshold = 5, .period_s = 0.1, .evaluation_periods = 1});
  double now = 0;
  int ended = 0;
  for (int k = 0; k <= 1000; ++k, now += 0.1) ended += b.observe(now, k) && b.datapoint() == k ? 1 : 0;
  CHECK(ended == 1000);
}

TEST_CASE("a period without data counts as it is told") {
  const auto run = [](missing_data missing, double last) {
    threshold_alarm a({.threshold = 5, .period_s = 0, .evaluation_periods = 2, .missing = missing});
    a.observe(0, 9);
    a.observe(1, 9);
    REQUIRE(a.raised());
    CHECK(a.observe(2, last));
    return a.raised();
  };
  for (const double nothing : {unknown, infinite, -infinite}) {
    CHECK_FALSE(run(missing_data::not_breaching, nothing));
    CHECK(run(missing_data::breaching, nothing));
    CHECK(run(missing_data::ignore, nothing));
  }
  threshold_alarm quiet({.threshold = 5, .when = breach::below, .period_s = 0, .evaluation_periods = 1});
  quiet.observe(0, unknown);
  CHECK_FALSE(quiet.raised());
  CHECK(std::isnan(quiet.datapoint()));
}

TEST_CASE("what is missing within a period does not change its mean") {
  threshold_alarm a({.threshold = 5, .period_s = 10, .evaluation_periods = 1});
  a.observe(0, 4);
  a.observe(3, unknown);
  a.observe(6, 8);
  CHECK(a.observe(10, infinite));
  CHECK(a.datapoint() == 6);
}

TEST_CASE("a clock that runs backwards makes an alarm forget") {
  threshold_alarm a({.threshold = 5, .period_s = 10, .evaluation_periods = 2});
  for (int k = 0; k < 5; ++k) a.observe(10 * k, 9);
  REQUIRE(a.raised());
  CHECK_FALSE(a.observe(3, 9));
  CHECK_FALSE(a.raised());
  CHECK(std::isnan(a.datapoint()));
  CHECK(a.observe(13, 9));
  CHECK_FALSE(a.raised());
  CHECK(a.observe(23, 9));
  CHECK(a.raised());
  a.forget();
  CHECK_FALSE(a.raised());
}

TEST_CASE("64 datapoints are remembered and no more") {
  threshold_alarm a({.threshold = 5, .period_s = 0, .evaluation_periods = 64});
  for (int k = 0; k < 63; ++k) a.observe(k, 9);
  CHECK_FALSE(a.raised());
  a.observe(63, 9);
  CHECK(a.raised());
  threshold_alarm b({.threshold = 5, .period_s = 0, .evaluation_periods = 2, .datapoints_to_alarm = 2});
  b.observe(0, 9);
  b.observe(1, 1);
  b.observe(2, 9);
  CHECK_FALSE(b.raised());  // the first is out of sight
}

TEST_CASE("an alarm takes no memory") {
  threshold_alarm a({.threshold = 5, .period_s = 3, .evaluation_periods = 15});
  CHECK(allocations_in([&] {
          for (int k = 0; k < 1000; ++k) a.observe(k, k % 11);
          a.forget();
        }) == 0);
}

TEST_CASE("impossible alarms are refused") {
  const auto make = [](const alarm_options& o) { return threshold_alarm(o); };
  CHECK_THROWS_WITH(make({.threshold = unknown}), "threshold_alarm: threshold is nan, must be finite");
  CHECK_THROWS_WITH(make({.period_s = -1}), "threshold_alarm: period_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(make({.evaluation_periods = 0}), "threshold_alarm: evaluation_periods is 0, must be from 1 to 64");
  CHECK_THROWS_WITH(make({.evaluation_periods = 65}),
                    "threshold_alarm: evaluation_periods is 65, must be from 1 to 64");
  CHECK_THROWS_WITH(make({.evaluation_periods = 3, .datapoints_to_alarm = 4}),
                    "threshold_alarm: datapoints_to_alarm is 4, must be from 0 (all of them) to evaluation_periods");
}
