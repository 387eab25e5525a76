#pragma once

#include <algorithm>  // std::max, std::min

#include <headroom/core/check.hpp>
#include <headroom/environments/service_observation.hpp>

namespace headroom {

/// What a model has to know of a service between two decisions: a service_simulator begins here and ends a step here.
/// It is what a table of a planner is over.
struct service_state {
  double time_s = 0;      ///< seconds since the episode began
  double rate = 0;        ///< requests per second that are assumed to arrive, where the simulator is not given a load
  int ready = 0;          ///< replicas that serve
  int starting = 0;       ///< wanted as well, not ready yet
  int draining = 0;       ///< not wanted any more
  double in_service = 0;  ///< requests
  double waiting = 0;     ///< requests

  [[nodiscard]] int wanted() const noexcept { return ready + starting; }
  [[nodiscard]] double in_system() const noexcept { return in_service + waiting; }
};

/// As metrics and the cluster's interface show it. With a scrape delay the requests are those of the last scrape.
[[nodiscard]] inline service_state state_of(const service_observation& o) noexcept {
  return {o.time_s, o.load, o.ready, o.starting, o.draining, o.in_flight, o.backlog};
}

/// So many requests in the system: as many in service as there are slots, the others wait. What a state of a table
/// means. `slots` of one replica, at least 1. Throws std::invalid_argument on negative numbers.
[[nodiscard]] inline service_state state_of(double rate, int ready, int starting, double in_system, int slots) {
  require_not_negative("service_state", "rate", rate);
  require(ready >= 0 && starting >= 0, "service_state", "replicas", std::min(ready, starting), "be zero or more");
  require_not_negative("service_state", "in_system", in_system);
  require(slots >= 1, "service_state", "slots", slots, "be at least 1");
  const double served = std::min(in_system, static_cast<double>(slots) * ready);
  return {0, rate, ready, starting, 0, served, in_system - served};
}

/// What happened in one step of a service_simulator.
struct service_outcome {
  service_state next;    ///< after the step
  double arrived = 0;    ///< requests, further tries included
  double finished = 0;   ///< answered before the client gave up
  double in_time = 0;    ///< of these, within service_options::objective_s
  double lost = 0;       ///< clients that gave up, requests rejected or lost with their replica
  double busy_s = 0;     ///< slot or processor seconds
  double replica_s = 0;  ///< replicas wanted, integrated over the step

  /// Requests that ended in this step and were not answered in time. One that is late but still waits is counted in
  /// the step in which it ends.
  [[nodiscard]] double late() const noexcept { return std::max(0.0, finished - in_time) + lost; }
};

}  // namespace headroom
