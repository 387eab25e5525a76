#pragma once

#include <algorithm>  // std::max, std::upper_bound
#include <array>      // std::array
#include <cmath>      // std::isfinite, std::sqrt
#include <cstddef>    // std::size_t

#include <headroom/core/types.hpp>
#include <headroom/environments/farm.hpp>

namespace recipes {

/// What a learner sees of a load that it cannot foresee: how many workers there are beyond those that the load keeps
/// busy, in units of the square root of the load. That is the number by which queueing theory says how long requests
/// wait, whatever the load (Halfin and Whitt 1981: c = a + beta sqrt(a)), so what is learned at one load holds at
/// another; a table by rate and by workers has to learn each anew. Beside it the trend of the load in the same unit,
/// the queue and, coarsely, the load itself. Holds history: show it every observation once.
class margin_encoder {
 public:
  using state_type = headroom::state_index;

  [[nodiscard]] static constexpr std::size_t size() {
    return (margins.size() + 1) * (trends.size() + 1) * (queues.size() + 1) * (loads.size() + 1);
  }

  state_type operator()(const headroom::farm_observation& o) {
    if (!std::isfinite(o.arrival_rate + o.workers + o.worker_queue)) {
      begun_ = false;
      return headroom::no_state;
    }
    if (o.enqueued_total == 0 || !begun_) {  // a new episode: nothing has been seen to arrive yet
      begun_ = o.enqueued_total > 0;
      fast_ = slow_ = begun_ ? o.arrival_rate : 0;
    } else {
      fast_ += 0.4 * (o.arrival_rate - fast_);
      slow_ += 0.1 * (o.arrival_rate - slow_);
    }
    const double load = fast_ * service_s;
    const double root = std::sqrt(std::max(load, 0.5));
    std::size_t state = place(margins, (o.workers - load) / root);
    state = state * (trends.size() + 1) + place(trends, (fast_ - slow_) * service_s / root);
    state = state * (queues.size() + 1) + place(queues, o.worker_queue);
    return state_type{state * (loads.size() + 1) + place(loads, load)};
  }

 private:
  static constexpr double service_s = 1.4715;  // the farm's mean
  static constexpr std::array margins{-2.0, -1.5, -1.0, -0.5, 0.0, 0.25, 0.5, 0.75,
                                      1.0,  1.25, 1.5,  1.75, 2.0, 2.5,  3.0, 4.0};
  static constexpr std::array trends{-0.6, -0.2, 0.2, 0.6};
  static constexpr std::array queues{0.5, 3.5, 8.5};
  static constexpr std::array loads{4.0, 9.0};  // busy workers

  template <std::size_t N>
  static std::size_t place(const std::array<double, N>& edges, double x) {
    return static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin());
  }

  double fast_ = 0;
  double slow_ = 0;
  bool begun_ = false;
};

}  // namespace recipes
