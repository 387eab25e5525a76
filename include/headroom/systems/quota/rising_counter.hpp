#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <vector>   // std::vector

#include <headroom/core/check.hpp>

namespace headroom::quota {

struct rising_counter_options {
  std::size_t rises = 3;    ///< how many records in a row must rise by one
  std::size_t window = 20;  ///< iterations
  bool wipe = false;        ///< published: everything is forgotten after each `window` iterations
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const rising_counter_options& checked(const rising_counter_options& o) {
  require(o.rises >= 2 && o.rises <= 1'000, "rising_counter", "rises", o.rises, "be from 2 to 1000");
  require(o.window > o.rises, "rising_counter", "window", o.window, "be above rises, " + to_text(o.rises));
  return o;
}

/// Finds a fight by its symptom: a counter of changes that goes up by one at every look. That is all that a controller
/// can see of a rival which it does not know of. It takes `rises` changes to be sure, and each one restarted the pods.
///
/// With `wipe` a fight that stands across the boundary of a window is noticed later by what was forgotten; without it
/// only the last records count, and `window` says nothing. No allocation after construction.
class rising_counter {
 public:
  explicit rising_counter(const rising_counter_options& options = {})
      : options_(checked(options)), last_(options.rises) {}

  /// The counter at the end of iteration `iteration`, which counts from 1.
  void record(std::uint64_t iteration, std::uint64_t counter) {
    last_[records_ % last_.size()] = counter;
    ++records_;
    if (options_.wipe && iteration % options_.window == 0) records_ = 0;
  }

  /// Whether the last `rises` records are n, n + 1, n + 2, ...
  [[nodiscard]] bool rising() const { return runs(1) && records_ >= options_.rises; }
  /// Whether the last `rises` records are equal, and there were more.
  [[nodiscard]] bool level() const { return runs(0) && records_ > options_.rises; }

  [[nodiscard]] const rising_counter_options& options() const noexcept { return options_; }

 private:
  [[nodiscard]] bool runs(std::uint64_t step) const {
    const std::size_t n = last_.size();
    if (records_ < n) return false;
    for (std::size_t k = 1; k < n; ++k) {
      if (last_[(records_ + k) % n] != last_[(records_ + k - 1) % n] + step) return false;
    }
    return true;
  }

  rising_counter_options options_;
  std::vector<std::uint64_t> last_;  // a ring; the oldest stands at records_ % size
  std::size_t records_ = 0;
};

}  // namespace headroom::quota
