#pragma once

#include <headroom/core/types.hpp>

namespace headroom::farm {

/// The observation of the farm. The first nine are the published observation, in its order; an encoder picks members by
/// pointer. The rest is what the published system records besides: the clock, the counters and the result.
struct observation {
  double input_queue = 0;        ///< phases that have not started; reveals the schedule
  double worker_queue = 0;       ///< requests waiting, not in service
  double result_queue = 0;       ///< finished, not yet collected
  double output_queue = 0;       ///< collected so far, cumulative
  double workers = 0;            ///< replicas asked for, counted from the request on
  double average_latency = 1.5;  ///< seconds from generation to collection, mean over the window; 1.5 if it is empty
  double maximum_latency = 1.5;  ///< seconds, maximum over the window; 1.5 if it is empty
  double arrival_rate = 0;       ///< requests per second since the previous observation
  double qos_rate = 1;           ///< fraction in time over the window; 1 if it is empty

  double time_s = 0;          ///< seconds since the program started
  double enqueued_total = 0;  ///< requests ever enqueued; 0 in the first observation, as published
  int requested_delta = 0;    ///< what the last action asked for
  int applied_delta = 0;      ///< the executed part of it
  double blocked_s = 0;       ///< how long the scaling calls blocked the step
  double unfinished = 0;      ///< requests of the episode that are not collected yet
  double final_qos = 0;       ///< after the end and the drain: in time / collected
  double final_qos_all = 0;   ///< after the end and the drain: in time / all requests of the episode
  episode status = episode::ongoing;
};

}  // namespace headroom::farm
