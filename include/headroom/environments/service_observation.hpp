#pragma once

#include <limits>  // std::numeric_limits

#include <headroom/core/types.hpp>

namespace headroom {

/// What can be seen of a service: what an operator's metrics and the cluster's interface would tell. Replicas are as of
/// now. Metrics are as of the last scrape that is old enough to be seen, and rates and quantiles are over the window
/// before it. A quantile is NaN where no request finished: unknown is not zero.
struct service_observation {
  double time_s = 0;       ///< seconds since the episode began
  double load = 0;         ///< requests that arrived, per second; retries count
  double in_flight = 0;    ///< requests in service
  double backlog = 0;      ///< requests that wait
  double utilisation = 0;  ///< busy fraction of the slots of ready replicas; of their processors, if they are shared

  double latency_s = std::numeric_limits<double>::quiet_NaN();  ///< mean, from arrival to answer
  double p50_s = std::numeric_limits<double>::quiet_NaN();
  double p95_s = std::numeric_limits<double>::quiet_NaN();
  double p99_s = std::numeric_limits<double>::quiet_NaN();
  double maximum_s = std::numeric_limits<double>::quiet_NaN();
  double finished = 0;  ///< answers in time, per second
  double timeouts = 0;  ///< clients that gave up, per second
  double errors = 0;    ///< requests rejected, or lost with their replica, per second

  /// Requests that turned out to be late since the last decision: answered after the objective, lost, or given up.
  double late = 0;
  /// After the end: the fraction of the episode's requests that were in time. NaN before, and without a request.
  double in_time = std::numeric_limits<double>::quiet_NaN();

  int replicas = 0;  ///< wanted: what a scaling action changes
  int ready = 0;     ///< of these, those that serve
  int starting = 0;  ///< of these, those that do not serve yet
  int draining = 0;  ///< not wanted any more; they finish what they began
  int nodes = 0;     ///< running or starting; 0 if nodes are not looked at

  int requested = 0;  ///< what the last action asked for, replicas more or less
  int applied = 0;    ///< the executed part of it
  episode status = episode::ongoing;
};

}  // namespace headroom
