#pragma once

#include <headroom/baselines/signals.hpp>

namespace headroom {

/// The signals that an autoscaler reads of a service's observation: service_observation, or a type that is derived from
/// it. The requests in the system are those in service and those that wait.
///     target_tracking policy{service_signals<service_observation>(), &service_observation::utilisation, {}};
template <class Observation>
[[nodiscard]] signals<Observation> service_signals() {
  return {.time_s = &Observation::time_s,
          .replicas = &Observation::replicas,
          .ready = &Observation::ready,
          .load = &Observation::load,
          .concurrency = [](const Observation& o) { return o.in_flight + o.backlog; },
          .utilisation = &Observation::utilisation,
          .latency_s = &Observation::latency_s,
          .backlog = &Observation::backlog};
}

}  // namespace headroom
