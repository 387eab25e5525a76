#pragma once

#include <cstddef>  // std::size_t

#include <headroom/core/check.hpp>
#include <headroom/systems/farm/image_service.hpp>
#include <headroom/systems/farm/polling_farm.hpp>

namespace headroom::farm {

/// The options of the farm. The defaults are the published experiment.
struct options {
  int initial_workers = 12;
  int min_workers = 1;
  int max_workers = 32;
  std::size_t max_steps = 30;         ///< steps before the episode is truncated
  std::size_t distinct_episodes = 0;  ///< so many workloads are drawn, kept (41 kB each) and played in turn: three
                                      ///< times faster training; 0: every episode is a new one
  double step_s = 8;                  ///< decision interval in seconds
  double window_s = 8;                ///< look-back of latency and QoS
  double deadline_factor = 2;         ///< deadline = factor * service time, clamped to the next two
  double deadline_min_s = 0.1;
  double deadline_max_s = 30;
  double first_request_s = 0.6;   ///< when the generator's first request goes out
  double window_drift_s = 0.003;  ///< generator overhead per window
  double ready_lead_s = 1.6;      ///< a new worker polls this long before its scaling call returns
  double settle_s = 0.2;          ///< the step ends this long after the scaling call or later
  bool block_on_scaling = true;   ///< the step waits, one worker at a time; false: all at once, no wait
  polling_farm::options polling{};
  image_service service{};

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("initial_workers", self.initial_workers);
    a("min_workers", self.min_workers);
    a("max_workers", self.max_workers);
    a("max_steps", self.max_steps);
    a("distinct_episodes", self.distinct_episodes);
    a("step_s", self.step_s);
    a("window_s", self.window_s);
    a("deadline_factor", self.deadline_factor);
    a("deadline_min_s", self.deadline_min_s);
    a("deadline_max_s", self.deadline_max_s);
    a("first_request_s", self.first_request_s);
    a("window_drift_s", self.window_drift_s);
    a("ready_lead_s", self.ready_lead_s);
    a("settle_s", self.settle_s);
    a("block_on_scaling", self.block_on_scaling);
    a("worker_poll_s", self.polling.worker_poll_s);
    a("collector_poll_s", self.polling.collector_poll_s);
    a("hop_s", self.polling.hop_s);
    a("quadratic_s", self.service.quadratic_s);
    a("constant_s", self.service.constant_s);
    a("mean_s", self.service.mean_s);
    a("shape", self.service.shape);
    a("side_min", self.service.side_min);
    a("side_max", self.service.side_max);
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const options& checked(const options& o) {
  require(o.min_workers >= 1, "farm", "min_workers", o.min_workers, "be at least 1");
  require(o.max_workers >= o.min_workers && o.max_workers <= 4096, "farm", "max_workers", o.max_workers,
          "be from min_workers to 4096");
  require(o.initial_workers >= o.min_workers && o.initial_workers <= o.max_workers, "farm", "initial_workers",
          o.initial_workers, "be from min_workers to max_workers");
  require(o.max_steps > 0, "farm", "max_steps", o.max_steps, "be at least 1");
  require_positive("farm", "step_s", o.step_s);
  require_positive("farm", "window_s", o.window_s);
  require_positive("farm", "deadline_factor", o.deadline_factor);
  require_not_negative("farm", "deadline_min_s", o.deadline_min_s);
  require(o.deadline_max_s >= o.deadline_min_s, "farm", "deadline_max_s", o.deadline_max_s,
          "not be below deadline_min_s");
  require_not_negative("farm", "first_request_s", o.first_request_s);
  require_not_negative("farm", "window_drift_s", o.window_drift_s);
  require_not_negative("farm", "ready_lead_s", o.ready_lead_s);
  require_not_negative("farm", "settle_s", o.settle_s);
  require_positive("farm", "polling.worker_poll_s", o.polling.worker_poll_s);
  require_positive("farm", "polling.collector_poll_s", o.polling.collector_poll_s);
  require_not_negative("farm", "polling.hop_s", o.polling.hop_s);
  require_positive("farm", "service.shape", o.service.shape);
  require_positive("farm", "service.mean_s", o.service.mean_s);
  require_positive("farm", "service.quadratic_s", o.service.quadratic_s);
  require_not_negative("farm", "service.constant_s", o.service.constant_s);
  require_positive("farm", "service.side_min", o.service.side_min);
  require(o.service.side_max >= o.service.side_min && o.service.side_max < 1e9, "farm", "service.side_max",
          o.service.side_max, "not be below side_min, and below 1e9");
  return o;
}

}  // namespace headroom::farm
