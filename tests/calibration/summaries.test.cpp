#include <cmath>
#include <vector>

#include <headroom/calibration/replay.hpp>
#include <headroom/calibration/summaries.hpp>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;

TEST_CASE("calibration.summaries: Little's law and the utilisation give service time, and service time over slots") {
  const service_history h = recorded_service(600, 2);
  const history_summaries s(h);
  CHECK(std::exp(s.of(h, "in flight")) == Approx(0.25).epsilon(0.05));
  CHECK(std::exp(s.of(h, "utilisation")) == Approx(0.25 / 4).epsilon(0.03));
  CHECK(s.has("p95_s in quiet rows"));
  CHECK_FALSE(s.has("start delay"));  // ready replicas were recorded
  CHECK(s.of(h, "p95_s in quiet rows") < s.of(h, "p95_s in busy rows") + 0.05);
  CHECK(std::isnan(s.of(h, "none of this name")));
  CHECK(s.tolerance().size() == s.size());
}

TEST_CASE("calibration.summaries: what is not recorded has no summary, and rows that are not known are passed over") {
  service_history h = recorded_service(200, 2);
  h.utilisation.clear();
  h.p99_s.assign(200, std::nan(""));
  for (std::size_t i = 0; i < 200; i += 3) h.p95_s[i] = std::nan("");
  const history_summaries s(h);
  CHECK_FALSE(s.has("utilisation"));
  CHECK_FALSE(s.has("p99_s in quiet rows"));
  CHECK(s.has("p95_s in quiet rows"));
  std::vector<double> out(s.size());
  s(h, out);
  for (const double x : out) CHECK(std::isfinite(x));
}

TEST_CASE("calibration.summaries: of wishes alone, the delay with which they explain the utilisation") {
  service_history h = recorded_service(600, 2);
  h.ready.clear();
  const history_summaries by_use(h);
  CHECK(by_use.of(h, "start delay") * 10 == Approx(4).margin(0.5));  // 60 s are four rows
  h.utilisation.clear();
  const history_summaries by_latency(h);
  REQUIRE(by_latency.has("start delay"));
  CHECK_FALSE(by_latency.has("utilisation"));
}

TEST_CASE("calibration.summaries: latency rises where requests wait") {
  const service_history idle = recorded_service(400, 2, 0.3);
  const service_history busy = recorded_service(400, 2, 0.95);
  CHECK(history_summaries(idle).rise(idle) < 1.05);
  CHECK(history_summaries(busy).rise(busy) > 1.3);
  service_history silent = idle;
  silent.mean_latency_s.clear();
  silent.p50_s.clear();
  silent.p95_s.clear();
  silent.p99_s.clear();
  CHECK(std::isnan(history_summaries(silent).rise(silent)));
}

TEST_CASE("calibration.summaries: rows in which ready replicas change are left out, and the first ones") {
  service_history h = recorded_service(300, 2);
  const history_summaries before(h);
  const double was = before.of(h, "utilisation");
  for (std::size_t i = 1; i < h.size(); ++i) {
    if (h.ready[i] != h.ready[i - 1]) h.utilisation[i] = 0;
  }
  h.utilisation[0] = h.utilisation[1] = 0;
  CHECK(before.of(h, "utilisation") == was);
}
