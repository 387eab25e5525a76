#include <headroom/workloads/mean_rates.hpp>

#include <cmath>
#include <vector>

#include <headroom/workloads/diurnal.hpp>
#include <headroom/workloads/poisson.hpp>
#include <headroom/workloads/trace.hpp>
#include <headroom/workloads/trace_windows.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("workloads.mean_rates: the mean over each interval, wherever the pieces begin") {
  arrivals a;
  a.rates = {{0, 2}, {10, 6}, {15, 0}, {20, 4}};
  a.end_s = 30;
  std::vector<double> out(5);
  mean_rates(a, 0, 10, out);
  CHECK(out == std::vector<double>{2, 3, 4, 0, 0});
  mean_rates(a, -5, 10, out);
  CHECK(out == std::vector<double>{1, 4, 2, 2, 0});
  std::vector<double> late(1);
  mean_rates(a, 27, 6, late);
  CHECK(late[0] == Approx(2));
  mean_rates(a, 12, 1, late);
  CHECK(late[0] == Approx(6));
}

TEST_CASE("workloads.mean_rates: Poisson arrivals tell the rate that they were drawn from") {
  const diurnal_load load{{.mean_per_s = 5, .period_s = 240}};
  const poisson_arrivals source{load, {.duration_s = 240}};
  arrivals a;
  source(3, a);
  std::vector<double> out(24);
  mean_rates(a, 0, 10, out);
  double sum = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    CHECK(out[k] == Approx(load(10.0 * static_cast<double>(k) + 5)).epsilon(0.03).margin(0.05));
    sum += 10 * out[k];
  }
  CHECK(sum == Approx(static_cast<double>(a.size())).epsilon(0.1));
  source(4, a);  // what was told before is gone
  mean_rates(a, 0, 10, out);
  CHECK(out[3] == Approx(load(35)).epsilon(0.03));
}

TEST_CASE("workloads.mean_rates: windows of a trace tell its counts") {
  const trace recorded(60, {6, 12, 18, 24, 30, 36});
  const trace_windows windows(recorded, {.window_s = 180});
  arrivals a;
  windows(9, a);
  std::vector<double> out(3);
  mean_rates(a, 0, 60, out);
  for (std::size_t k = 0; k < 3; ++k)
    CHECK(out[k] == Approx(recorded(windows.begin_s(9) + 60 * static_cast<double>(k) + 1)).epsilon(1e-6));
}

TEST_CASE("workloads.mean_rates: what is not known is refused, and is not zero") {
  arrivals a;
  std::vector<double> out(2);
  CHECK_THROWS_WITH(mean_rates(a, 0, 1, out),
                    "mean_rates: number of rates that the workload tells is 0, must be at least 1: it was not drawn "
                    "from a known rate");
  a.rates = {{0, 1}};
  CHECK_THROWS_AS(mean_rates(a, 0, 0, out), std::invalid_argument);
}
