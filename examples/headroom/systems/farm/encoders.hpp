#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <array>      // std::array
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <tuple>      // std::apply, std::tuple
#include <vector>     // std::vector

#include <headroom/core/features.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/signals.hpp>

/// What the farm's learners see: bins for a table, numbers for a network. Each with the clock of the episode, and
/// without it.
namespace tool::farm_encoders {

using namespace headroom;
using seen = farm::observation;

/// Every number of workers that can matter is a bin of its own.
inline auto workers_cut() {
  return cut{&seen::workers, {8.5, 9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5, 18.5, 19.5, 20.5, 21.5}};
}

/// Sees the clock: which decision of the episode it is, so it can act ahead of the load; the workers and the queue. How
/// many phases are still to come adds nothing to that but states to learn.
inline auto clocked_encoder(const farm::options& farm) {
  std::vector<double> decisions;
  const double interval_s = farm.step_s + 0.05;  // with the step's own overhead, on average
  for (std::size_t k = 1; k < farm.max_steps; ++k) {
    decisions.push_back(farm.first_request_s + 0.1 + (static_cast<double>(k) - 0.5) * interval_s);
  }
  return bins{cut{&seen::time_s, decisions}, workers_cut(), cut{&seen::worker_queue, {0.5, 3.5, 8.5, 15.5}}};
}

/// The grid of the encoder below.
inline auto workers_and_queue() {
  return bins{cut{&seen::workers, even_edges(0.5, 32.5, 32)}, cut{&seen::worker_queue, {0.5, 3.5, 8.5}}};
}

/// Sees neither clock nor phase nor anything that only counts up: a decaying mean of the arrival rate, the workers, the
/// queue. Far from a Markov state, which is what long traces are for. Holds history: show it every observation once.
class load_encoder {
 public:
  using state_type = state_index;

  [[nodiscard]] std::size_t size() const { return rate_.size() * grid_.size(); }

  state_index operator()(const seen& o) {
    if (o.enqueued_total == 0) {
      average_ = 0;  // a new episode: nothing has been seen to arrive yet
    } else {
      average_ = average_ == 0 ? o.arrival_rate : average_ + 0.3 * (o.arrival_rate - average_);
    }
    const state_index place = grid_(o);
    if (place == no_state || !std::isfinite(average_)) {
      average_ = 0;
      return no_state;
    }
    return state_index{rate_.bin(average_) * grid_.size() + to_size(place)};
  }

  /// Begins every episode afresh, so between two there is nothing to keep but what the states mean.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "load_encoder");
    a("average", self.rate_);
    a("grid", self.grid_);
  }

 private:
  cut<double seen::*> rate_{&seen::arrival_rate, {1, 2.7, 3.7, 4.5, 5.3, 6, 6.8, 8, 9.5, 11, 13, 15}};
  decltype(workers_and_queue()) grid_ = workers_and_queue();
  double average_ = 0;
};

/// What a network is given of the workers and the queue. A queue of four is another world than none, and one of forty
/// hardly another than one of sixteen, so it comes in three straight pieces.
inline auto workers_and_queue_scaled(const farm::options& farm) {
  return std::tuple{between{&seen::workers, static_cast<double>(std::max(farm.min_workers, 1)),
                            static_cast<double>(std::min(farm.max_workers, 22)), -1.0, 1.0},
                    between{&seen::worker_queue, 0.0, 4.0}, between{&seen::worker_queue, 4.0, 16.0},
                    between{&seen::worker_queue, 16.0, 80.0}};
}

/// Sees the clock as a network can use it: the time of the episode in eight straight pieces, of which a sum has any
/// shape with a corner every half a minute; the workers, the queue and the arrival rate.
inline auto clocked_vector(const farm::options& farm) {
  const double piece_s = static_cast<double>(farm.max_steps) * farm.step_s / 8;
  const auto piece = [&](int k) { return between{&seen::time_s, k * piece_s, (k + 1) * piece_s}; };
  return std::apply(
      [&](auto... others) {
        return standardize{piece(0),
                           piece(1),
                           piece(2),
                           piece(3),
                           piece(4),
                           piece(5),
                           piece(6),
                           piece(7),
                           between{&seen::time_s, 0.0, 8 * piece_s, -1.0, 1.0},
                           between{&seen::arrival_rate, 0.0, 12.0},
                           others...};
      },
      workers_and_queue_scaled(farm));
}

/// The same without a clock: what has been arriving, over the last two and the last ten observations or so, in its
/// place. Holds history: show it every observation once.
class load_vector {
 public:
  using state_type = vector_state;
  [[nodiscard]] static constexpr std::size_t dimension() { return 9; }

  vector_state operator()(const seen& o) {
    if (o.enqueued_total == 0) {  // a new episode: nothing has been seen to arrive yet
      fast_ = slow_ = 0;
    } else {
      fast_ = fast_ == 0 ? o.arrival_rate : fast_ + 0.5 * (o.arrival_rate - fast_);
      slow_ = slow_ == 0 ? o.arrival_rate : slow_ + 0.1 * (o.arrival_rate - slow_);
    }
    const std::array<double, 9> values{o.workers / 16 - 1,
                                       std::min(o.worker_queue, 4.0) / 4,
                                       std::clamp(o.worker_queue - 4, 0.0, 12.0) / 12,
                                       std::clamp(o.worker_queue - 16, 0.0, 64.0) / 64,
                                       o.arrival_rate / 6 - 1,
                                       fast_ / 6 - 1,
                                       slow_ / 6 - 1,
                                       farm::utilisation(o),
                                       o.qos_rate};
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (!std::isfinite(values[k])) {
        fast_ = slow_ = 0;
        return {};
      }
      buffer_[k] = static_cast<float>(std::clamp(values[k], -2.0, 2.0));
    }
    return buffer_;
  }

  /// Begins every episode afresh, so between two there is nothing to keep.
  template <class Self, class Archive>
  static void fields(Self&, Archive& a) {
    a.means("kind", "load_vector");
  }

 private:
  double fast_ = 0;
  double slow_ = 0;
  std::array<float, 9> buffer_{};
};

}  // namespace tool::farm_encoders
