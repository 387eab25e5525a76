#pragma once

#include <headroom/encoders/bins.hpp>

namespace headroom::quota {

/// What a decision about a quota turns on, in 9,000 cells: how much of its memory and of its CPU the deployment is to
/// keep, how large a pod is (a small process is mostly its fixed part), how much slower it is already, its replicas,
/// and whether memory and CPU have been cut before, so that what is measured is what it was left and not what it wants.
/// `Observation` is anything that has the fields, as a `observation` does. An unmeasured latency has a cell of
/// its own.
///     auto see = features<observation>();
template <class Observation>
[[nodiscard]] auto features() {
  using seen = const Observation&;
  return bins{cut{[](seen o) { return o.applied_memory / o.initial_memory; }, {0.16, 0.3, 0.5, 0.999, 1.001}},
              cut{[](seen o) { return o.applied_cpu / o.initial_cpu; }, {0.16, 0.3, 0.999, 1.001}},
              cut{[](seen o) { return o.initial_memory / o.replicas; }, {200, 500}},
              cut{[](seen o) { return o.latest_latency / o.initial_latency; }, {0, 1.06, 1.2, 1.5}},
              cut{&Observation::replicas, {2, 3, 4, 6}},
              cut{[](seen o) { return o.memory_limit / o.initial_memory; }, {1.05}},
              cut{[](seen o) { return o.cpu_limit / o.initial_cpu; }, {1.05}}};
}

}  // namespace headroom::quota
