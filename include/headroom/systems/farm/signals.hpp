#pragma once

#include <algorithm>  // std::max

#include <headroom/systems/farm/environment.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom::farm {

/// Requests that are neither collected nor uncollected: waiting or in service. The first observation counts none, as
/// published, so it can be negative by what waits there; then it is 0.
[[nodiscard]] inline double concurrency(const observation& o) {
  return std::max(0.0, o.enqueued_total - o.output_queue - o.result_queue);
}

/// Busy workers per worker: a request that is enqueued and nowhere else is in service.
[[nodiscard]] inline double utilisation(const observation& o) {
  return std::max(0.0, concurrency(o) - o.worker_queue) / std::max(1.0, o.workers);
}

/// What an autoscaler looks at on the farm.
[[nodiscard]] inline signals<observation> all_signals() {
  return {.time_s = &observation::time_s,
          .replicas = &observation::workers,
          .ready = {},
          .load = &observation::arrival_rate,
          .concurrency = &concurrency,
          .utilisation = &utilisation,
          .latency_s = &observation::average_latency,
          .backlog = &observation::worker_queue};
}

}  // namespace headroom::farm
