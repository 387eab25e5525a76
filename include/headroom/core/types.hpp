#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <limits>   // std::numeric_limits

#include <headroom/core/config.hpp>

namespace headroom {

/// A row of a table of action values. A type of its own, so that an action cannot be passed in the place of a state.
enum class state_index : std::size_t {};

/// A place in a menu of actions.
enum class action_index : std::size_t {};

/// What an encoder returns for an observation that it refuses (one with a NaN or an infinity). `no_state` lies outside
/// every table, so one comparison catches both a refusal and a state out of range.
inline constexpr state_index no_state{std::numeric_limits<std::size_t>::max()};

[[nodiscard]] constexpr std::size_t to_size(state_index s) noexcept { return static_cast<std::size_t>(s); }
[[nodiscard]] constexpr std::size_t to_size(action_index a) noexcept { return static_cast<std::size_t>(a); }

/// Whether an episode stopped, and why. `terminated`: the task ended, nothing comes after. `truncated`: the observer
/// ended the episode early; the task would have gone on, so a learner bootstraps. If a continuing task is reported as
/// terminated, the learned values miss all later rewards (docs/pitfalls.md).
enum class episode : std::uint8_t { ongoing, terminated, truncated };

/// The result of one step of an environment.
template <class Observation>
struct step_result {
  Observation observation{};
  episode status = episode::ongoing;
};

template <class E>
using observation_t = typename E::observation_type;
template <class E>
using action_t = typename E::action_type;

/// Every agent refuses a reward with a larger magnitude, and one that is not finite: it learns nothing from that step
/// and counts it in `health()`. Scale rewards to about one.
inline constexpr double largest_reward = 1e9;

/// How many steps and episodes an agent has seen. Agents keep it, schedules read it.
struct progress {
  std::uint64_t steps = 0;     ///< steps since construction
  std::uint64_t episodes = 0;  ///< episodes finished since construction

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("steps", self.steps);
    a("episodes", self.episodes);
  }
};

/// One step as an observer sees it: (observation, action) led to (next, status).
template <class Observation, class Action>
struct step_record {
  const Observation& observation;
  const Action& action;
  const Observation& next;
  episode status = episode::ongoing;
  std::uint64_t step = 0;           ///< index of this step within its run, from 0
  std::uint64_t episode_index = 0;  ///< index of the episode within its run, from 0
};

/// Which entries of a menu are legal now: a view of bits, 64 a word, least significant first. A default-constructed
/// mask allows everything and costs one comparison. The mask does not own its words; whoever made the mask does
/// (usually a learner).
class action_mask {
 public:
  constexpr action_mask() noexcept = default;
  constexpr explicit action_mask(const std::uint64_t* words) noexcept : words_(words) {}

  [[nodiscard]] constexpr bool everything() const noexcept { return words_ == nullptr; }
  [[nodiscard]] constexpr bool operator[](std::size_t i) const noexcept {
    return words_ == nullptr || ((words_[i / 64] >> (i % 64)) & 1U) != 0;
  }
  /// Bits 64 w to 64 w + 63, for code that stores or compares masks. The bits beyond the last action have no meaning.
  [[nodiscard]] constexpr std::uint64_t word(std::size_t w) const noexcept {
    return words_ == nullptr ? ~std::uint64_t{0} : words_[w];
  }
  /// How many words a mask of `n` actions needs.
  [[nodiscard]] static constexpr std::size_t words(std::size_t n) noexcept { return (n + 63) / 64; }

 private:
  const std::uint64_t* words_ = nullptr;
};

}  // namespace headroom
