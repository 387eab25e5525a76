#include <cmath>

#include <headroom/calibration/told.hpp>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;
using enum service_parameter;

namespace {

std::string why(service_parameter p, const service_history& h, const std::vector<service_parameter>& kept = {}) {
  return untold(p, h, history_summaries(h), kept);
}
void forget_latency(service_history& h) {
  h.mean_latency_s.clear();
  h.p50_s.clear();
  h.p95_s.clear();
  h.p99_s.clear();
}

}  // namespace

TEST_CASE("calibration.told: a history with everything tells everything") {
  const service_history h = recorded_service(300, 5);
  for (const service_parameter p : service_parameters) CHECK(why(p, h).empty());
  CHECK(name_of(variation) == "variation");
  CHECK(name_of(slots) == "slots");
}

TEST_CASE("calibration.told: the start delay needs starts that can be seen") {
  service_history h = recorded_service(300, 5);
  service_history flat = h;
  flat.wanted.assign(300, 4);
  CHECK_THAT(why(start_delay, flat), Catch::Contains("never rise"));
  flat.wanted.clear();
  CHECK_THAT(why(start_delay, flat), Catch::Contains("only ready replicas were recorded"));
  service_history never = h;
  for (std::size_t i = 0; i < 300; ++i) never.wanted[i] = 5 + (i > 250 ? 1 : 0), never.ready[i] = 5;
  CHECK_THAT(why(start_delay, never), Catch::Contains("no replica became ready that was asked for"));
  h.ready.clear();
  CHECK(why(start_delay, h).empty());
  h.utilisation.clear();
  CHECK(why(start_delay, h).empty());
  forget_latency(h);
  CHECK_THAT(why(start_delay, h), Catch::Contains("neither ready replicas nor utilisation or latency"));
}

TEST_CASE("calibration.told: the service time needs latency or requests in flight, its variation two of them") {
  service_history h = recorded_service(300, 5);
  forget_latency(h);
  CHECK(why(service_time, h).empty());
  CHECK_THAT(why(variation, h), Catch::Contains("no latency was recorded"));
  h.in_flight.clear();
  CHECK_THAT(why(service_time, h), Catch::Contains("divided by the slots only"));
  CHECK(why(service_time, h, {slots}).empty());
  CHECK_THAT(why(slots, h), Catch::Contains("divided by the slots only"));
  CHECK(why(slots, h, {service_time}).empty());
  h.utilisation.clear();
  CHECK_THAT(why(service_time, h), Catch::Contains("neither latency nor requests in flight"));
  service_history one = recorded_service(300, 5);
  one.in_flight.clear();
  one.mean_latency_s.clear();
  one.p50_s.clear();
  one.p99_s.clear();
  CHECK_THAT(why(service_time, one), Catch::Contains("one quantile of the latency does not tell the mean"));
  CHECK(why(service_time, one, {variation}).empty());
  CHECK_THAT(why(variation, one), Catch::Contains("one column of latencies alone"));
  CHECK(why(variation, one, {service_time}).empty());
  one.p50_s = one.p95_s;
  CHECK(why(variation, one).empty());
}

TEST_CASE("calibration.told: without utilisation the slots show only where requests wait") {
  service_history idle = recorded_service(300, 5, 0.3);
  CHECK(why(slots, idle).empty());
  idle.utilisation.clear();
  CHECK_THAT(why(slots, idle), Catch::Contains("no request ever waits for a slot"));
  forget_latency(idle);
  CHECK_THAT(why(slots, idle), Catch::Contains("neither utilisation nor latency were recorded"));
  service_history busy = recorded_service(300, 5, 0.95);
  busy.utilisation.clear();
  CHECK(why(slots, busy).empty());
}
