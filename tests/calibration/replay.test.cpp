#include <algorithm>
#include <cmath>
#include <vector>

#include <headroom/calibration/replay.hpp>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

// A backlog is as sensitive to the moment of a change as means are to a backlog.
double median_of(std::vector<double> c) {
  std::erase_if(c, [](double x) { return !std::isfinite(x); });
  std::sort(c.begin(), c.end());
  return c[c.size() / 2];
}

}  // namespace

TEST_CASE("calibration.replay: a model with the true values gives what was recorded, in every column") {
  const service_history h = recorded_service(240, 4);
  const history_replay again(h);
  const service_history lived = again(recorded_options(), 9);
  REQUIRE(lived.size() == h.size());
  CHECK(lived.load_per_s == h.load_per_s);
  CHECK(median_of(lived.utilisation) == Approx(median_of(h.utilisation)).epsilon(0.03));
  CHECK(median_of(lived.in_flight) == Approx(median_of(h.in_flight)).epsilon(0.06));
  CHECK(median_of(lived.p50_s) == Approx(median_of(h.p50_s)).epsilon(0.1));
  CHECK(median_of(lived.p95_s) == Approx(median_of(h.p95_s)).epsilon(0.15));
  CHECK(median_of(lived.p99_s) == Approx(median_of(h.p99_s)).epsilon(0.15));
  CHECK(median_of(lived.mean_latency_s) == Approx(median_of(h.mean_latency_s)).epsilon(0.15));
  double requests = 0;
  for (std::size_t i = 1; i < h.size(); ++i) requests += 15 * h.load_per_s[i];
  CHECK(again.requests() == Approx(requests));
}

TEST_CASE("calibration.replay: a seed is a life, another seed another one") {
  const history_replay again(recorded_service(60, 4));
  CHECK(again(recorded_options(), 9).utilisation == again(recorded_options(), 9).utilisation);
  CHECK(again(recorded_options(), 9).utilisation != again(recorded_options(), 10).utilisation);
}

TEST_CASE("calibration.replay: only the recorded columns are kept") {
  service_history h = recorded_service(60, 4);
  h.utilisation.clear();
  h.p50_s.clear();
  const service_history lived = history_replay(h)(recorded_options(), 1);
  CHECK(lived.utilisation.empty());
  CHECK(lived.p50_s.empty());
  CHECK(lived.p95_s.size() == 60);
}

TEST_CASE(
    "calibration.replay: recorded ready replicas are followed whatever the start delay; wanted ones are started") {
  service_history h;
  h.interval_s = 10;
  h.load_per_s.assign(80, 8);
  h.wanted.assign(80, 1);
  for (std::size_t i = 20; i < 80; ++i) h.wanted[i] = 2;
  h.ready = h.wanted;
  h.utilisation.assign(80, 0.5);
  service_options o;
  o.window_s = 10;
  o.slots = 1;
  o.service_time = duration::constant(0.1);
  o.start_delay = duration::constant(200);
  const auto followed = history_replay(h)(o, 3).utilisation;
  CHECK(followed[15] == Approx(0.8).margin(0.08));
  CHECK(followed[25] == Approx(0.4).margin(0.08));
  h.ready.clear();
  const auto started = history_replay(h)(o, 3).utilisation;
  CHECK(started[35] == Approx(0.8).margin(0.08));
  CHECK(started[45] == Approx(0.4).margin(0.08));
  // Right after a row: 200 s after the moment of row 19.
  const auto known = history_replay(h, decision_moment::after_row)(o, 3).utilisation;
  CHECK(known[39] == Approx(0.8).margin(0.08));
  CHECK(known[40] == Approx(0.4).margin(0.08));
}

TEST_CASE("calibration.replay: each replay draws the moment of a change anew, within the interval") {
  service_history h;
  h.interval_s = 10;
  h.load_per_s.assign(60, 8);
  h.ready.assign(60, 1);
  for (std::size_t i = 30; i < 60; ++i) h.ready[i] = 2;
  h.utilisation.assign(60, 0.5);
  service_options o;
  o.window_s = 10;
  o.service_time = duration::constant(0.1);
  double least = 1;
  double most = 0;
  const history_replay again(h);
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto use = again(o, seed).utilisation;
    CHECK(use[29] == Approx(0.8).margin(0.1));
    CHECK(use[31] == Approx(0.4).margin(0.1));
    least = std::min(least, use[30]);
    most = std::max(most, use[30]);
  }
  CHECK(least == Approx(0.4).margin(0.1));
  CHECK(most == Approx(0.8).margin(0.1));
}

TEST_CASE("calibration.replay: what the recorded numbers hold already is not simulated again") {
  service_options o = recorded_options();
  o.retries = 3;
  o.life = duration::constant(100);
  o.replicas_per_node = 2;
  o.min_replicas = 5;
  o.initial_replicas = 5;
  const service_options played = history_replay(recorded_service(60, 4)).played(o);
  CHECK(played.retries == 0);
  CHECK(std::isinf(played.life.mean_s()));
  CHECK(played.replicas_per_node == 0);
  CHECK(played.min_replicas == 0);
  CHECK(played.initial_replicas == 3);
  service_history wishes = recorded_service(60, 4);
  wishes.ready.clear();
  CHECK(history_replay(wishes).played(o).replicas_per_node == 2);
}
