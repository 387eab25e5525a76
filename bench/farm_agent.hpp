#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::floor
#include <cstddef>    // std::size_t
#include <vector>     // std::vector

#include <headroom/core/random.hpp>
#include <headroom/encoders/bins.hpp>

/// What the published farm agent sees, made up, and how it sees it.
namespace farm_agent {

using namespace headroom;

// The published farm agent: nine observations, three of them in one bin.
struct observation {
  double input_queue, worker_queue, result_queue, output_queue, workers, average_latency, maximum_latency, arrival_rate,
      qos_rate;
};
inline auto farm_encoder() {
  using o = observation;
  return bins{cut{&o::input_queue, {0.5, 1.5, 2.5}},
              cut{&o::worker_queue, {0.5, 2.5, 5.5, 9.5, 15.5, 30.5}},
              cut{&o::result_queue, {}},
              cut{&o::output_queue, {}},
              cut{&o::workers, {3.5, 7.5, 11.5, 12.5, 16.5, 20.5, 24.5}},
              cut{&o::average_latency, {0.5, 1, 2, 4, 8, 16, 32}},
              cut{&o::maximum_latency, {}},
              cut{&o::arrival_rate, {0.15, 0.5, 1.5, 3.5}},
              cut{&o::qos_rate, {0.5, 0.8, 0.9, 0.95, 0.999}}};
}
// The load goes up and down; the rest follows it, with noise.
inline std::vector<observation> farm_observations(std::size_t count) {
  engine random(3, stream::workload);
  std::vector<observation> all;
  for (std::size_t t = 0; t < count; ++t) {
    const double phase = static_cast<double>(t % 30) / 30;
    const double rate = 1 + 6 * phase * (1 - phase) + random.uniform();
    const double queue = std::max(0.0, 8 * (rate - 2) * random.uniform());
    const double latency = 0.3 + queue * random.uniform() / 2;
    all.push_back({std::floor(4 * (1 - phase)), std::floor(queue), 0, rate * 20, std::floor(8 + 10 * random.uniform()),
                   latency, 2 * latency, rate, 1 - 0.02 * queue * random.uniform()});
  }
  return all;
}

}  // namespace farm_agent
