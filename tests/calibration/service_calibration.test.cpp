#include <cmath>
#include <stdexcept>

#include <headroom/calibration/replay.hpp>
#include <headroom/calibration/service_calibration.hpp>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;
using enum service_parameter;

namespace {

service_fit_options small(std::uint64_t seed = 1) {
  service_fit_options o;
  o.start.window_s = 15;
  o.most_requests = 3e4;
  o.search = {.round = 12, .rounds = 2, .last = 30, .seed = seed};
  return o;
}
void holds(const fitted_parameter& p, double truth) {
  INFO(name_of(p.which) << " " << p.low << " to " << p.high << ", is " << truth);
  CHECK(p.fitted());
  CHECK(p.low <= truth);
  CHECK(p.high >= truth);
}

}  // namespace

TEST_CASE("calibration.service_calibration: known values are found, and lie in their intervals") {
  const service_history h = recorded_service(400, 6);
  const service_fit f = service_calibration(h, small()).fit();
  REQUIRE(f.parameters.size() == 4);
  holds(f[start_delay], 60);
  holds(f[service_time], 0.25);
  holds(f[variation], 1);
  holds(f[slots], 4);
  CHECK(f[service_time].high / f[service_time].low < 1.1);
  CHECK(f[variation].high / f[variation].low < 1.4);
  CHECK(f[slots].low == 4);
  CHECK(f[slots].high == 4);
  CHECK(f.law == service_law::lognormal);
  CHECK(f.options.slots == 4);
  CHECK(f.options.service_time.mean_s() == f[service_time].value);
  CHECK(f.options.service_time.variation() == f[variation].value);
  CHECK(f.options.start_delay.mean_s() == f[start_delay].value);
  CHECK(f.found.probability > 0.02);
  CHECK(f.replays > 100);
  CHECK_FALSE(f.stopped);
}

TEST_CASE(
    "calibration.service_calibration: wishes alone tell the start delay by what the replicas do when they serve") {
  service_history h = recorded_service(400, 6);
  h.ready.clear();
  h.in_flight.clear();
  service_fit_options o = small();
  o.law = service_law::lognormal;  // replays of so many rows are dear, and which law it is, is not the question
  const service_fit f = service_calibration(h, o).fit();
  holds(f[start_delay], 60);
  holds(f[service_time], 0.25);
  holds(f[slots], 4);
  CHECK(f[start_delay].high - f[start_delay].low < 60);
}

TEST_CASE(
    "calibration.service_calibration: without utilisation the slots are those with which requests wait as they did") {
  service_history h = recorded_service(500, 7, 0.9);
  h.utilisation.clear();
  const service_fit f = service_calibration(h, small()).fit();
  holds(f[service_time], 0.25);
  holds(f[slots], 4);
  CHECK(f[slots].high <= 6);
}

TEST_CASE("calibration.service_calibration: what is kept stays, and settles what it can") {
  service_history h = recorded_service(400, 6);
  h.in_flight.clear();
  h.mean_latency_s.clear();
  h.p50_s.clear();
  h.p99_s.clear();
  service_fit_options o = small();
  o.start.service_time = duration::lognormal(1, 1);
  o.start.slots = 4;
  o.kept = {variation, slots};
  const service_fit f = service_calibration(h, o).fit();
  holds(f[service_time], 0.25);
  CHECK(f[slots].kept);
  CHECK(f[slots].value == 4);
  CHECK(f[variation].value == 1);
  CHECK_FALSE(f[variation].fitted());
  CHECK(f.options.slots == 4);
}

TEST_CASE("calibration.service_calibration: slots alone, and nothing at all, if the rest is kept") {
  const service_history h = recorded_service(200, 6);
  service_fit_options o = small();
  o.start = recorded_options();
  o.start.slots = 9;
  o.kept = {start_delay, service_time, variation};
  const service_fit f = service_calibration(h, o).fit();
  CHECK(f[slots].low == 4);
  CHECK(f[slots].high == 4);
  CHECK(f.options.slots == 4);
  CHECK(f.options.service_time.mean_s() == 0.25);
  o.kept.push_back(slots);
  const service_fit none = service_calibration(h, o).fit();
  CHECK(none.replays == 0);
  CHECK(none.options.slots == 9);
}

TEST_CASE("calibration.service_calibration: shared processors are fitted in place of slots") {
  service_options o = recorded_options();
  o.order = discipline::processor_sharing;
  o.balance = balancer::random_of_two;
  o.slots = 0;
  o.cores = 2.5;
  o.service_time = duration::lognormal(0.15, 1);
  const service_history h = history_replay(recorded_service(300, 6))(o, 3);
  service_fit_options how = small();
  how.start = o;
  how.start.cores = 1;
  how.start.service_time = duration::exponential(1);
  how.kept = {start_delay};
  const service_fit f = service_calibration(h, how).fit();
  holds(f[service_time], 0.15);
  holds(f[slots], 2.5);
  CHECK(f.options.cores == f[slots].value);
  CHECK(f.options.slots == 0);
}

TEST_CASE(
    "calibration.service_calibration: what cannot be told is as in the start, with the reason, before anything is "
    "replayed") {
  service_history h = recorded_service(400, 6);
  h.wanted.assign(h.size(), 9);
  h.ready.assign(h.size(), 9);
  service_fit_options o = small();
  o.start.start_delay = duration::constant(77);
  o.law = service_law::lognormal;
  service_calibration c(h, o);
  const auto before = c.told();
  CHECK_THAT(before[0].untold, Catch::Contains("never rise"));
  CHECK(before[0].value == 77);
  CHECK(before[3].untold.empty());
  int calls = 0;
  o.progress = [&](std::size_t done, std::size_t expected) {
    CHECK(done <= expected);
    return ++calls == 5;
  };
  const service_fit f = service_calibration(h, o).fit();
  CHECK(f.stopped);
  CHECK(f.options.start_delay.mean_s() == 77);
}

TEST_CASE(
    "calibration.service_calibration: the law of the service times is found where two quantiles and the mean tell it") {
  service_options o = recorded_options();
  o.service_time = duration::gamma(0.25, 1.2);
  const service_history h = history_replay(recorded_service(400, 6))(o, 3);
  const service_fit f = service_calibration(h, small()).fit();
  CHECK(f.law == service_law::gamma);
  holds(f[variation], 1.2);
}

TEST_CASE("calibration.service_calibration: impossible options and histories without requests are refused") {
  service_fit_options o = small();
  o.most_requests = 10;
  CHECK_THROWS_WITH(service_calibration(recorded_service(60, 1), o), Catch::Contains("most_requests is 10"));
  service_history idle = recorded_service(60, 1);
  idle.load_per_s.assign(60, 0.5);
  CHECK_THROWS_WITH(service_calibration(idle, small()),
                    Catch::Contains("the number of requests in the history is 450"));
  CHECK_THROWS_AS(service_calibration(recorded_service(60, 1).rows(0, 30), small()), std::invalid_argument);
}
