#pragma once

#include <array>        // std::array
#include <concepts>     // std::equality_comparable
#include <cstddef>      // std::byte
#include <cstring>      // std::memcmp, std::memcpy
#include <type_traits>  // std::is_trivially_copyable_v

namespace headroom::internal {

/// Recognises an observation that is given a second time: the same object, not written in between. Its place alone
/// proves nothing, because a host may read each observation into one variable. Its value alone proves nothing either,
/// because a world may stand still. Both together are taken for a repetition, but only as long as no observation of a
/// step was like the one before it: in a service that is idle at times, nothing can be said. An observation that holds
/// the time never is like the one before it.
///
/// The value is that of the copy which a learner keeps anyway, if it can be compared: with ==, or byte by byte.
/// Otherwise the bytes of the object are kept here. That needs no knowledge of the members, and strings in it that
/// were assigned anew may escape.
template <class Observation>
class same_observation {
  static constexpr bool comparable = std::equality_comparable<Observation>;
  static constexpr bool keeps_bytes = !comparable && !std::is_trivially_copyable_v<Observation>;

 public:
  /// `copy` is a copy of the observation that was remembered before.
  void remember(const Observation& o, const Observation& copy) {
    stood_still_ = stood_still_ || same(o, copy);
    place_ = &o;
    if constexpr (keeps_bytes) std::memcpy(bytes_.data(), &o, sizeof o);
  }
  /// The next observation follows on none: an episode begins.
  void forget() noexcept { place_ = nullptr; }

  /// Whether `o` is what `remember` saw last. `copy` is a copy that was made then.
  [[nodiscard]] bool repeats(const Observation& o, const Observation& copy) const {
    return !stood_still_ && same(o, copy);
  }

 private:
  [[nodiscard]] bool same(const Observation& o, const Observation& copy) const {
    if (place_ != &o) return false;
    if constexpr (comparable) {
      return copy == o;
    } else if constexpr (keeps_bytes) {
      return std::memcmp(bytes_.data(), &o, sizeof o) == 0;
    } else {
      return std::memcmp(&copy, &o, sizeof o) == 0;
    }
  }

  const void* place_ = nullptr;
  bool stood_still_ = false;
  std::array<std::byte, keeps_bytes ? sizeof(Observation) : 0> bytes_{};
};

}  // namespace headroom::internal
