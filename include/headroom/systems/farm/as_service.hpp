#pragma once

#include <algorithm>  // std::max

#include <headroom/environments/service_observation.hpp>
#include <headroom/systems/farm/observation.hpp>
#include <headroom/systems/farm/signals.hpp>

namespace headroom::farm {

/// The farm's observation as that of a service, for policies that are written for any service. A worker counts from the
/// request on, so all of them are ready. The farm does not tell quantiles of the latency, nor errors: these stay
/// unknown (NaN) or 0.
[[nodiscard]] inline service_observation as_service(const observation& o) {
  service_observation s;
  s.time_s = o.time_s;
  s.load = o.arrival_rate;
  s.in_flight = std::max(0.0, concurrency(o) - o.worker_queue);
  s.backlog = o.worker_queue;
  s.utilisation = utilisation(o);
  s.latency_s = o.average_latency;
  s.maximum_s = o.maximum_latency;
  s.replicas = static_cast<int>(o.workers);
  s.ready = s.replicas;
  s.requested = o.requested_delta;
  s.applied = o.applied_delta;
  s.status = o.status;
  return s;
}

}  // namespace headroom::farm
