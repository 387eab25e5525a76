#pragma once

#include <array>    // std::array
#include <cstddef>  // std::size_t

#include <headroom/encoders/bins.hpp>

namespace headroom::quota {

/// What the published system tells of a deployment when it asks about a quota, in its order: cores, MiB and seconds of
/// all pods. `applied_...` is what the quota asks for; a latency of -1 was not measured.
struct question {
  double replicas = 0;
  double initial_cpu = 0;
  double applied_cpu = 0;
  double initial_memory = 0;
  double applied_memory = 0;
  double initial_latency = 0;
  double latest_latency = 0;

  /// The same as the features of a classifier.
  [[nodiscard]] std::array<double, 7> numbers() const noexcept {
    return {replicas, initial_cpu, applied_cpu, initial_memory, applied_memory, initial_latency, latest_latency};
  }
};

/// The cells in which what is learned about one question holds for others: `features` without the two that the
/// published question does not tell. 2250 cells. `Asked` is any type with the members of `question`; one of
/// an observation of `environment` and one of a question are the same cells. No use, hence no ratio, has no cell.
///     auto see = question_cells<question>();
template <class Asked>
[[nodiscard]] auto question_cells() {
  using seen = const Asked&;
  return bins{cut{[](seen o) { return o.applied_memory / o.initial_memory; }, {0.16, 0.3, 0.5, 0.999, 1.001}},
              cut{[](seen o) { return o.applied_cpu / o.initial_cpu; }, {0.16, 0.3, 0.999, 1.001}},
              cut{[](seen o) { return o.initial_memory / o.replicas; }, {200, 500}},
              cut{[](seen o) { return o.latest_latency / o.initial_latency; }, {0, 1.06, 1.2, 1.5}},
              cut{&Asked::replicas, {2, 3, 4, 6}}};
}

}  // namespace headroom::quota
