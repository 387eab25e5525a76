#pragma once

#include <headroom/encoders/bins.hpp>

namespace headroom::quota {

/// The features that matter for a decision about a quota, in 9,000 cells: how much of its memory and its CPU the
/// deployment keeps, the size of a pod (a small process is mostly its fixed part), how much slower it already is, its
/// replicas, and whether memory and CPU were cut before, because the measured usage is then smaller than the demand.
/// `Observation` is any type with these members. A latency that was not measured has its own cell.
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
