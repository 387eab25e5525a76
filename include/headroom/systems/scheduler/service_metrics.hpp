#pragma once

namespace headroom::scheduler {

/// The five numbers of the published request scheduler, raw, in the order in which its network takes them. A type of
/// its own, so that the simulator, the live window and the recorded log hand out the same thing and one encoder serves
/// all three.
struct service_metrics {
  double n_instances = 1;            ///< replicas
  double pressure = 0;               ///< response time / its threshold; 0 without traffic
  double queue_length_dominant = 0;  ///< (response time - service time) / service time, of the worst
  double utilization = 0;            ///< busy fraction of a replica; above 1: overload
  double workload = 0;               ///< requests per second
};

}  // namespace headroom::scheduler
