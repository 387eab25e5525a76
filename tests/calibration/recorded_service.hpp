#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::ceil, std::sin
#include <cstdint>    // std::uint64_t

#include <headroom/calibration/history.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/workloads/poisson.hpp>

/// A service with 4 slots, 0.25 s a request (lognormal, variation 1) and 60 s to start, followed by a simple autoscaler
/// for `rows` rows of 15 s: everything that a history can hold.
[[nodiscard]] inline headroom::service_options recorded_options() {
  headroom::service_options o;
  o.slots = 4;
  o.service_time = headroom::duration::lognormal(0.25, 1);
  o.start_delay = headroom::duration::constant(60);
  o.scrape_s = o.window_s = 15;
  o.initial_replicas = 3;
  return o;
}
[[nodiscard]] inline headroom::service_history recorded_service(int rows, std::uint64_t seed, double aim = 0.7) {
  using namespace headroom;
  const service_options o = recorded_options();
  const auto rate = [](double t_s) { return 30 + 18 * std::sin(t_s / 300); };
  service world(seed, o, poisson_arrivals{rate, {.duration_s = 15.0 * rows}});
  service_history h;
  service_observation now = world.reset();
  for (int row = 0; row < rows; ++row) {
    h.load_per_s.push_back(now.load);
    h.wanted.push_back(now.replicas);
    h.ready.push_back(now.ready);
    h.in_flight.push_back(now.in_flight);
    h.utilisation.push_back(now.utilisation);
    h.mean_latency_s.push_back(now.latency_s);
    h.p50_s.push_back(now.p50_s);
    h.p95_s.push_back(now.p95_s);
    h.p99_s.push_back(now.p99_s);
    const int needed = static_cast<int>(std::max(1.0, std::ceil(now.load / 16 / aim)));
    now = world.step(needed > now.replicas || row % 4 == 0 ? needed - now.replicas : 0).observation;
  }
  return h;
}
