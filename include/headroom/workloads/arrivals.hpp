#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <functional>  // std::function
#include <vector>      // std::vector

namespace headroom {

/// From `begin_s` on, until the next piece, requests were drawn at this rate.
struct rate_piece {
  double begin_s = 0;
  double per_s = 0;
};

/// The requests of one episode, in order of time, as a struct of arrays. It is reused from episode to episode, so only
/// the first few episodes allocate.
struct arrivals {
  std::vector<double> time_s;  ///< since the start of the workload, ascending
  std::vector<std::uint32_t>
      window;  ///< number of generation windows filled before the window of this request; ascending
  std::vector<double> phase_start_s;  ///< when each phase begins, ascending; the first is 0
  double end_s = 0;                   ///< when the workload ends
  /// The rate that the requests were drawn from, ascending in time. Nothing that runs the episode reads it: it is what
  /// a policy would know that is told the rate in advance. Empty: not known.
  std::vector<rate_piece> rates;

  [[nodiscard]] std::size_t size() const noexcept { return time_s.size(); }

  void clear() noexcept {
    time_s.clear();
    window.clear();
    phase_start_s.clear();
    rates.clear();
    end_s = 0;
  }
};

/// Fills in the requests of the episode with this seed. Called once an episode, so the cost of a std::function does not
/// matter.
using arrival_source = std::function<void(std::uint64_t seed, arrivals& out)>;

}  // namespace headroom
