#pragma once

#include <headroom/encoders/standardize.hpp>

namespace headroom::scheduler {

/// The declared ranges of the five metrics. The defaults are those that the shipped network of the published request
/// scheduler was trained with.
struct ranges {
  double n_min = 0;
  double n_max = 6;
  double pressure_max = 3;
  double queue_max = 10;
  double utilization_max = 1;
  double workload_max = 0.16;  ///< requests per second

  /// The older training code: (n - 1) / (n_max - 1), pressure up to the largest that the model can have, queue up
  /// to 99.
  [[nodiscard]] static constexpr ranges older(double n_max, double limit_over_demand, double workload_max) {
    return {1, n_max, 100 / limit_over_demand, 99, 1, workload_max};
  }
};

/// The five metrics of the published request scheduler in its order, each divided by its range. Its network was trained
/// on these numbers in [0, 1], but the published scheduler sent it the raw metrics (docs/pitfalls.md). Here the encoder
/// holds the ranges. A metric outside its range is clamped and counted (`saturated`). `Observation` is any type with
/// the five metrics, such as `service_metrics`.
///     auto see = features<observation>();
template <class Observation>
[[nodiscard]] auto features(const ranges& r = {}) {
  return standardize{
      between{&Observation::n_instances, r.n_min, r.n_max}, between{&Observation::pressure, 0.0, r.pressure_max},
      between{&Observation::queue_length_dominant, 0.0, r.queue_max},
      between{&Observation::utilization, 0.0, r.utilization_max}, between{&Observation::workload, 0.0, r.workload_max}};
}

}  // namespace headroom::scheduler
