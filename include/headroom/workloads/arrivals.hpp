#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <functional>  // std::function
#include <vector>      // std::vector

namespace headroom {

/// The requests of one episode, in order of time, as a struct of arrays. It is reused from episode to episode, so only
/// the first few episodes allocate.
struct arrivals {
  std::vector<double> time_s;  ///< since the start of the workload, ascending
  std::vector<std::uint32_t>
      window;  ///< number of generation windows filled before the window of this request; ascending
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

/// Fills in the requests of the episode with this seed. Called once an episode, so the cost of a std::function does not
/// matter.
using arrival_source = std::function<void(std::uint64_t seed, arrivals& out)>;

}  // namespace headroom
