#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <functional>  // std::function
#include <vector>      // std::vector

namespace headroom {

/// The requests of one episode, in order of time; struct of arrays. Reused from episode to episode, so that after the
/// first few nothing allocates.
struct arrivals {
  std::vector<double> time_s;         ///< since the start of the workload, ascending
  std::vector<std::uint32_t> window;  ///< how many generation windows were filled before this request's; ascending
  std::vector<double> phase_start_s;  ///< when each phase begins, ascending; the first is 0
  double end_s = 0;                   ///< when the workload ends

  [[nodiscard]] std::size_t size() const noexcept { return time_s.size(); }

  void clear() noexcept {
    time_s.clear();
    window.clear();
    phase_start_s.clear();
    end_s = 0;
  }
};

/// Fills the requests of the episode with this seed. Called once an episode, so a std::function costs nothing that
/// matters.
using arrival_source = std::function<void(std::uint64_t seed, arrivals& out)>;

}  // namespace headroom
