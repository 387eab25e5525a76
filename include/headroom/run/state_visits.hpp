#pragma once

#include <algorithm>  // std::sort
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// How often the states of a table were met.
struct visit_summary {
  std::size_t states = 0;     ///< that there are
  std::size_t met = 0;        ///< of them at least once
  std::uint64_t visits = 0;   ///< in all
  std::uint64_t refused = 0;  ///< observations that the encoder gave no state
  std::uint64_t most = 0;     ///< visits of one state, over those that were met; 0 if there is none
  std::uint64_t least = 0;    ///< the same
  double mean = 0;            ///< the same
  double median = 0;          ///< the same; of an even number the mean of the two in the middle

  /// The fraction of the states that was met.
  [[nodiscard]] double coverage() const noexcept {
    return states == 0 ? 0 : static_cast<double>(met) / static_cast<double>(states);
  }
};

/// An observer that counts the states of a discrete encoder in which a decision was made: what a table has learned
/// from, and where it has never been. `encode` is a copy of the policy's encoder. It sees every observation in order,
/// as the policy's own does, so it may hold history. The observation with which an episode ends is no decision, and is
/// not counted. A step costs the encoder and an addition; nothing allocates.
///     state_visits seen{see};
///     run(world, policy, 200'000, seen);
///     print(seen.summarized().coverage());
template <class EncoderT>
class state_visits {
 public:
  /// Throws std::invalid_argument if the encoder has no states.
  explicit state_visits(EncoderT encode) : encode_(std::move(encode)), counts_(encode_.size()) {
    require(!counts_.empty(), "state_visits", "states of the encoder", counts_.size(), "be at least 1");
  }

  template <class Observation>
  void on_start(const Observation& o) {
    if constexpr (requires { encode_.begin_episode(); }) encode_.begin_episode();
    now_ = encode_(o);
  }
  template <class Record>
  void on_step(const Record& r) {
    if (to_size(now_) < counts_.size())
      ++counts_[to_size(now_)];
    else
      ++refused_;
    now_ = encode_(r.next);
  }

  /// Visits by state. O(1).
  [[nodiscard]] const std::vector<std::uint64_t>& counts() const noexcept { return counts_; }
  /// O(states log states), allocates.
  [[nodiscard]] visit_summary summarized() const {
    visit_summary s{.states = counts_.size(), .refused = refused_};
    std::vector<std::uint64_t> met;
    for (const std::uint64_t n : counts_) {
      if (n > 0) met.push_back(n);
      s.visits += n;
    }
    s.met = met.size();
    if (met.empty()) return s;
    std::sort(met.begin(), met.end());
    s.least = met.front();
    s.most = met.back();
    s.mean = static_cast<double>(s.visits) / static_cast<double>(s.met);
    const std::size_t middle = met.size() / 2;
    s.median = met.size() % 2 == 1 ? static_cast<double>(met[middle])
                                   : (static_cast<double>(met[middle - 1]) + static_cast<double>(met[middle])) / 2;
    return s;
  }

 private:
  EncoderT encode_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t refused_ = 0;
  state_index now_ = no_state;
};

}  // namespace headroom
