#pragma once

#include <algorithm>  // std::max

#include <headroom/environments/farm.hpp>
#include <headroom/telemetry/signals.hpp>

namespace headroom {

/// Requests that are neither collected nor uncollected: waiting or in service. The first observation counts none, as
/// published, so it can be negative by what waits there; then it is 0.
[[nodiscard]] inline double farm_concurrency(const farm_observation& o) {
  return std::max(0.0, o.enqueued_total - o.output_queue - o.result_queue);
}

/// Busy workers per worker: a request that is enqueued and nowhere else is in service.
[[nodiscard]] inline double farm_utilisation(const farm_observation& o) {
  return std::max(0.0, farm_concurrency(o) - o.worker_queue) / std::max(1.0, o.workers);
}

/// What an autoscaler looks at on the farm.
[[nodiscard]] inline signals<farm_observation> farm_signals() {
  return {.time_s = &farm_observation::time_s,
          .replicas = &farm_observation::workers,
          .ready = {},
          .load = &farm_observation::arrival_rate,
          .concurrency = &farm_concurrency,
          .utilisation = &farm_utilisation,
          .latency_s = &farm_observation::average_latency,
          .backlog = &farm_observation::worker_queue};
}

}  // namespace headroom
