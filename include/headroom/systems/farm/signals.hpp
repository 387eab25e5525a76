#pragma once

#include <algorithm>  // std::max

#include <headroom/systems/farm/environment.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom::farm {

/// Requests in the system: waiting or in service. It is the number enqueued less the results collected and waiting. As
/// published, the first observation counts 0 enqueued requests, so the difference can be negative; then the result is
/// 0.
[[nodiscard]] inline double concurrency(const observation& o) {
  return std::max(0.0, o.enqueued_total - o.output_queue - o.result_queue);
}

/// Busy workers divided by workers. A request in service is enqueued and in neither queue.
[[nodiscard]] inline double utilisation(const observation& o) {
  return std::max(0.0, concurrency(o) - o.worker_queue) / std::max(1.0, o.workers);
}

/// The signals of the farm's observation that an autoscaler reads.
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
