#pragma once

namespace headroom::scheduler {

/// The five raw metrics of the published request scheduler, in the input order of its network. The simulator, the live
/// window and the recorded log all produce this type, so one encoder serves all three.
struct service_metrics {
  double n_instances = 1;            ///< replicas
  double pressure = 0;               ///< response time / its threshold; 0 without traffic
  double queue_length_dominant = 0;  ///< (response time - service time) / service time, of the worst
  double utilization = 0;            ///< busy fraction of a replica; above 1: overload
  double workload = 0;               ///< requests per second
};

}  // namespace headroom::scheduler
