#pragma once

#include <cstdint>  // std::uint64_t
#include <string>   // std::string

#include <headroom/core/check.hpp>
#include <headroom/io/internal/time_unit.hpp>

namespace headroom {

/// Looks at the counts of a recorded load as they go by, and says whether they look like something else: the values of
/// a counter, or the times of single requests. O(1) a row.
class trace_watch {
 public:
  void take(double count) noexcept {
    if (rows_ == 0) {
      first_ = count;
    } else if (count < last_) {
      // After a restart a counter begins near 0.
      (count < 0.1 * last_ ? restarts_ : falls_) += 1;
    } else if (count > last_) {
      ++rises_;
    }
    since_1970_ = since_1970_ && time_unit::surely_since_1970(count);
    last_ = count;
    ++rows_;
  }

  /// Whether all of them can be times of requests since 1970.
  [[nodiscard]] bool times() const noexcept { return rows_ > 0 && since_1970_; }
  /// Whether none is smaller than the one before.
  [[nodiscard]] bool in_order() const noexcept { return falls_ == 0 && restarts_ == 0; }
  /// Whether they rise as a counter does: most of the rows, over many rows, and fall only to begin anew.
  [[nodiscard]] bool counter() const noexcept {
    return rows_ >= few && falls_ == 0 && 2 * rises_ >= rows_ && restarts_ <= most_restarts && restarts_ * few <= rows_;
  }
  [[nodiscard]] std::string from_to() const { return "from " + to_text(first_) + " to " + to_text(last_); }
  [[nodiscard]] double first() const noexcept { return first_; }

 private:
  static constexpr std::uint64_t few = 20;           // a load may rise for a while
  static constexpr std::uint64_t most_restarts = 3;  // and rise again and again

  std::uint64_t rows_ = 0;
  std::uint64_t rises_ = 0;
  std::uint64_t falls_ = 0;
  std::uint64_t restarts_ = 0;
  double first_ = 0;
  double last_ = 0;
  bool since_1970_ = true;
};

}  // namespace headroom
