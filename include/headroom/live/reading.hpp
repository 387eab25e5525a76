#pragma once

#include <cmath>        // std::isfinite
#include <cstdint>      // std::uint8_t
#include <limits>       // std::numeric_limits
#include <string_view>  // std::string_view

namespace headroom {

/// Why a value is not known.
enum class unknown_why : std::uint8_t {
  no,          ///< it is known
  failed,      ///< the question failed: no connection, a timeout, a status that is an error, an answer that is damaged
  empty,       ///< the answer holds no value
  not_finite,  ///< the answer is NaN or infinite
  stale,       ///< the value is older than it may be, or its age is not known
  several,     ///< the answer holds several values, where one was asked for
  impossible   ///< the value cannot be what it stands for: a negative rate, half a replica
};

/// The word that a journal and a counter use: "known", "failed", "empty", "not finite", "stale", "several",
/// "impossible".
[[nodiscard]] constexpr std::string_view to_text(unknown_why why) noexcept {
  switch (why) {
    case unknown_why::no:
      return "known";
    case unknown_why::failed:
      return "failed";
    case unknown_why::empty:
      return "empty";
    case unknown_why::not_finite:
      return "not finite";
    case unknown_why::stale:
      return "stale";
    case unknown_why::several:
      return "several";
    case unknown_why::impossible:
      return "impossible";
  }
  return "failed";
}

/// One value as a live host sees it, or why there is none. Missing is never zero: without a value, `value` is NaN. A
/// *query* is any callable `reading()`. It does not throw, and it returns within a time that its host states.
///     auto load = [&] { return reading::of(last.value, now_s - last.time_s); };
struct reading {
  double value = std::numeric_limits<double>::quiet_NaN();  ///< NaN unless `known()`
  double age_s = 0;                                         ///< s since the value was measured; 0 if there is none
  unknown_why why = unknown_why::empty;                     ///< `no` if the value is known

  [[nodiscard]] constexpr bool known() const noexcept { return why == unknown_why::no; }

  /// A value and its age. A value that is not finite is not known, and neither is one whose age is not finite.
  [[nodiscard]] static reading of(double value, double age_s = 0) noexcept {
    if (!std::isfinite(value)) return none(unknown_why::not_finite);
    if (!std::isfinite(age_s)) return none(unknown_why::stale);
    return {value, age_s, unknown_why::no};
  }
  /// No value. `no` is no reason: it is taken for `empty`.
  [[nodiscard]] static constexpr reading none(unknown_why why) noexcept {
    return {std::numeric_limits<double>::quiet_NaN(), 0, why == unknown_why::no ? unknown_why::empty : why};
  }
  /// The same value, if it is at most `limit_s` old. A value from the future is as old as it is ahead: two clocks
  /// disagree, so its age is not known.
  [[nodiscard]] reading not_older_than(double limit_s) const noexcept {
    return known() && !(age_s <= limit_s && -age_s <= limit_s) ? none(unknown_why::stale) : *this;
  }
};

}  // namespace headroom
