#include <headroom/systems/scheduler/metric_window.hpp>

#include <cmath>
#include <limits>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// Two pods: a serves 0.5 s and 1 s in 1 s and 4 s, b serves 2 s in 5 s.
void fill(scheduler::metric_window& window) {
  window.add("a", 0.5, 1);
  window.add("a", 1, 4);
  window.add("b", 2, 5);
}

}  // namespace

TEST_CASE("the five metrics as the published scheduler computes them") {
  scheduler::metric_window window{scheduler::metric_window_options::published(0.5, 60)};
  window.begin(100);
  fill(window);
  const scheduler::metric_reading m = window.read(190, 2);  // 90 s later, and nobody notices
  CHECK(m.n_instances == 2);
  CHECK(m.pressure == Approx(10.0 / 3 / 0.5).epsilon(1e-15));
  CHECK(m.queue_length_dominant == 2);  // a: (1 + 3) / 2, b: 1.5
  CHECK(m.utilization == Approx(3.5 / 60 / 2).epsilon(1e-15));
  CHECK(m.workload == 0.05);
  CHECK(m.window_s == 60);
  CHECK(m.samples == 3);
  CHECK(m.response_time_s == Approx(10.0 / 3).epsilon(1e-15));
  CHECK(m.service_time_s == Approx(3.5 / 3).epsilon(1e-15));
}

TEST_CASE("the window that was measured, and the ratio of the means") {
  scheduler::metric_window window{{.pressure_threshold_s = 0.5}};
  window.begin(100);
  fill(window);
  const scheduler::metric_reading m = window.read(110, 2);
  CHECK(m.window_s == 10);
  CHECK(m.workload == 0.3);
  CHECK(m.utilization == 0.175);                                             // 3.5 / 10 / 2
  CHECK(m.queue_length_dominant == Approx((5 - 1.5) / 1.5).epsilon(1e-15));  // a; b: 1.5
}

TEST_CASE("one tiny service time outweighs all others in a mean of ratios, and not in a ratio of means") {
  for (const scheduler::queue_ratio ratio :
       {scheduler::queue_ratio::mean_of_ratios, scheduler::queue_ratio::ratio_of_means}) {
    scheduler::metric_window window{{.ratio = ratio}};
    window.begin(0);
    for (int k = 0; k < 99; ++k) window.add(1, 0.1, 0.2);
    window.add(1, 1e-6, 0.1);
    const double queue = window.read(60, 1).queue_length_dominant;
    if (ratio == scheduler::queue_ratio::mean_of_ratios)
      CHECK(queue == Approx((99 + 99'999) / 100.0).epsilon(1e-9));
    else
      CHECK(queue == Approx((19.9 - 9.900001) / 9.900001).epsilon(1e-9));
  }
}

TEST_CASE("a reading begins the next window, and begin forgets") {
  scheduler::metric_window window;
  window.begin(0);
  fill(window);
  CHECK(window.read(10, 1).samples == 3);
  window.add("a", 1, 1);
  const scheduler::metric_reading second = window.read(14, 1);
  CHECK(second.samples == 1);
  CHECK(second.window_s == 4);
  CHECK(second.workload == 0.25);
  fill(window);
  window.begin(20);
  CHECK(window.read(30, 1).samples == 0);
}

TEST_CASE("without traffic there is no pressure and no latency") {
  scheduler::metric_window window;
  window.begin(0);
  const scheduler::metric_reading m = window.read(60, 3);
  CHECK(m.n_instances == 3);
  CHECK(m.pressure == 0);
  CHECK(m.queue_length_dominant == 0);
  CHECK(m.utilization == 0);
  CHECK(m.workload == 0);
  CHECK(std::isnan(m.response_time_s));
  CHECK(std::isnan(m.service_time_s));
}

TEST_CASE("the utilisation is clamped, unless overload shall be seen") {
  for (const double clamp : {1.0, infinite}) {
    scheduler::metric_window window{{.utilization_max = clamp}};
    window.begin(0);
    for (int k = 0; k < 10; ++k) window.add(1, 3, 9);
    CHECK(window.read(10, 2).utilization == (clamp == 1.0 ? 1.0 : 1.5));
  }
}

TEST_CASE("nobody there: the published division by zero is overload if there was work, else rest") {
  scheduler::metric_window window;
  window.begin(0);
  CHECK(window.read(1, 0).utilization == 0);
  window.add(1, 0.5, 0.5);
  CHECK(window.read(2, 0).utilization == 1);
}

TEST_CASE("no time, no rate") {
  scheduler::metric_window window;
  window.begin(5);
  fill(window);
  const scheduler::metric_reading m = window.read(5, 2);
  CHECK(std::isnan(m.workload));
  CHECK(std::isnan(m.utilization));
  CHECK(m.response_time_s == Approx(10.0 / 3).epsilon(1e-15));
  CHECK(std::isnan(window.read(4, 2).workload));  // a clock that ran backwards
}

TEST_CASE("what is no duration is refused and counted") {
  scheduler::metric_window window;
  window.begin(0);
  window.add("a", 1, -1.74e12);  // milliseconds taken from seconds, as published
  window.add("a", 0, 1);
  window.add("a", -1, 1);
  window.add("a", unknown, 1);
  window.add("a", 1, unknown);
  window.add("a", infinite, 1);
  window.add("a", 1, infinite);
  window.add("a", 2, 1);  // clocks differ; that is no reason
  const scheduler::metric_reading m = window.read(10, 1);
  CHECK(m.refused == 7);
  CHECK(m.samples == 1);
  CHECK(m.queue_length_dominant == -0.5);
  CHECK(window.read(20, 1).refused == 0);
}

TEST_CASE("a percentile in the place of the mean is right to its error, upwards, and never beyond the longest") {
  scheduler::metric_window window{{.pressure_threshold_s = 1, .percentile = 0.9, .longest_s = 50}};
  window.begin(0);
  for (int k = 1; k <= 100; ++k) window.add(1, 0.01, k * 0.1);
  const scheduler::metric_reading m = window.read(60, 1);
  CHECK(m.response_time_s >= 9);
  CHECK(m.response_time_s <= 9 * 1.05 + 0.001);
  CHECK(m.pressure == m.response_time_s);
  for (int k = 0; k < 10; ++k) window.add(1, 1, 4e6);
  CHECK(window.read(120, 1).response_time_s == 50);
  window.add(1, 1, 2);
  CHECK(window.read(180, 1).response_time_s < 2.11);  // the histogram was emptied
}

TEST_CASE("instances beyond those told apart count in all but the queue") {
  scheduler::metric_window window{{.instances = 2}};
  window.begin(0);
  window.add(7, 1, 2);
  window.add(8, 1, 3);
  window.add(9, 1, 101);
  window.add(7, 1, 2);
  const scheduler::metric_reading m = window.read(10, 3);
  CHECK(m.unlisted == 1);
  CHECK(m.samples == 4);
  CHECK(m.response_time_s == 27);
  CHECK(m.queue_length_dominant == 2);
  window.add(9, 1, 101);  // the next window asks anew
  CHECK(window.read(20, 3).queue_length_dominant == 100);
}

TEST_CASE("a full table still tells its instances apart") {
  scheduler::metric_window window{{.instances = 300}};
  window.begin(0);
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t i = 0; i < 300; ++i) window.add(i, 1, 1 + static_cast<double>(i) * (round == 0 ? 1 : 3));
  }
  const scheduler::metric_reading m = window.read(60, 300);
  CHECK(m.unlisted == 0);
  CHECK(m.queue_length_dominant == 598);  // of the last: (299 + 897) / 2; samples of another would lower it
}

TEST_CASE("a window takes no memory after construction") {
  scheduler::metric_window window{{.percentile = 0.95}};
  window.begin(0);
  double sum = 0;
  CHECK(allocations_in([&] {
          for (std::uint64_t i = 0; i < 1000; ++i) window.add(i % 100, 0.1, 0.2);
          window.add("a-pod-with-a-name-that-is-longer-than-any-small-string", 0.1, 0.2);
          sum += window.read(60, 100).pressure;
        }) == 0);
  CHECK(sum > 0);
}

TEST_CASE("metric_window refuses options that make no sense") {
  CHECK_THROWS_WITH(scheduler::metric_window({.pressure_threshold_s = 0}),
                    "metric_window: pressure_threshold_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(scheduler::metric_window({.utilization_max = 0}),
                    "metric_window: utilization_max is 0, must be positive");
  CHECK_THROWS_WITH(scheduler::metric_window({.percentile = 95}), "metric_window: percentile is 95, must be in [0, 1]");
  CHECK_THROWS_WITH(scheduler::metric_window({.assumed_window_s = -1}),
                    "metric_window: assumed_window_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(scheduler::metric_window({.instances = 0}),
                    "metric_window: instances is 0, must be from 1 to 1000000");
  CHECK_THROWS_WITH(scheduler::metric_window({.longest_s = 0}),
                    "metric_window: longest_s is 0, must be above 0.001 and finite");
  CHECK_THROWS_WITH(scheduler::metric_window({.percentile_error = 0}),
                    "metric_window: percentile_error is 0, must be in [0.001, 1]");
  scheduler::metric_window window;
  CHECK_THROWS_WITH(window.begin(unknown), "metric_window: now_s is nan, must be finite");
}
