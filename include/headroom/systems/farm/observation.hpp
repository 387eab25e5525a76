#pragma once

#include <headroom/core/types.hpp>

namespace headroom::farm {

/// What can be seen of the farm. The first nine are the published observation, in its order; an agent's encoder picks
/// by member pointer. The rest is what the published system keeps beside it: the clock, the counters and the outcome.
struct observation {
  double input_queue = 0;        ///< phases not yet started; leaks the schedule
  double worker_queue = 0;       ///< requests waiting, not in service
  double result_queue = 0;       ///< finished, not yet collected
  double output_queue = 0;       ///< collected so far, cumulative
  double workers = 0;            ///< replicas asked for, from the moment the request is made
  double average_latency = 1.5;  ///< seconds from generation to collection, mean over the window; 1.5 if it is empty
  double maximum_latency = 1.5;  ///< seconds, maximum over the window; 1.5 if it is empty
  double arrival_rate = 0;       ///< requests per second since the previous observation
  double qos_rate = 1;           ///< fraction in time over the window; 1 if it is empty

  double time_s = 0;          ///< since the program started
  double enqueued_total = 0;  ///< requests ever enqueued; 0 in the first observation, as published
  int requested_delta = 0;    ///< what the last action asked for
  int applied_delta = 0;      ///< what was done of it
  double blocked_s = 0;       ///< how long the scaling calls blocked the step
  double unfinished = 0;      ///< requests not collected yet, of all that the episode will bring
  double final_qos = 0;       ///< after the end and its drain: in time / collected
  double final_qos_all = 0;   ///< after the end and its drain: in time / all requests of the episode
  episode status = episode::ongoing;
};

}  // namespace headroom::farm
