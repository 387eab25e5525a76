#pragma once

#include <algorithm>   // std::max, std::min
#include <cmath>       // std::ceil
#include <cstddef>     // std::size_t
#include <cstdint>     // std::int64_t
#include <functional>  // std::greater, std::less
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>

/// What was recently the largest, the smallest, the sum: over everything whose age is below a window. Age equal to the
/// window is out, as in Kubernetes' autoscaler. Fixed memory: whatever comes faster than foreseen is merged, never
/// forgotten, and the error is stated.
namespace headroom {

/// A queue in a ring whose size is fixed on construction: no allocation afterwards.
template <class T>
class fixed_queue {
 public:
  explicit fixed_queue(std::size_t capacity) : slots_(capacity) {}

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] bool full() const noexcept { return size_ == slots_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return slots_.size(); }

  /// The oldest and the newest. Only where there is one.
  [[nodiscard]] const T& front() const noexcept { return slots_[first_]; }
  [[nodiscard]] T& back() noexcept { return slots_[slot(size_ - 1)]; }

  void push_back(const T& value) noexcept {
    HEADROOM_ASSERT(!full(), "fixed_queue: it is full");
    slots_[slot(size_)] = value;
    ++size_;
  }
  void pop_front() noexcept {
    first_ = slot(1);
    --size_;
  }
  void pop_back() noexcept { --size_; }
  void clear() noexcept { first_ = size_ = 0; }

 private:
  [[nodiscard]] std::size_t slot(std::size_t k) const noexcept {
    const std::size_t i = first_ + k;
    return i < slots_.size() ? i : i - slots_.size();
  }

  std::vector<T> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

/// How many slots keep a window exact while samples are at least `interval_s` apart: twice as many as there can be, so
/// that a clock that trembles by half an interval merges nothing. From 4 to 4096, 96 KiB.
[[nodiscard]] inline std::size_t slots_for(double window_s, double interval_s) noexcept {
  const double slots = 2 * std::ceil(window_s / interval_s) + 2;
  return slots >= 4 ? static_cast<std::size_t>(std::min(slots, 4096.0)) : 4;  // 4 for a NaN, too
}

/// The best (Better = std::greater: the largest) of the samples with age < window.
/// A queue of the samples that can still become the answer, each worse than the one before it: O(1) amortised.
/// Samples that are less than window/(capacity - 2) apart share a slot: it keeps the better value and the later time,
/// so a peak is never forgotten, but may be held for that much longer.
template <class Better>
class sliding_extreme {
 public:
  /// `window_s` in seconds, 0 or more; 0 remembers nothing. `capacity` in samples, at least 3.
  sliding_extreme(double window_s, std::size_t capacity) : window_s_(window_s), samples_(capacity) {
    require_not_negative("sliding_extreme", "window_s", window_s);
    require(capacity >= 3, "sliding_extreme", "capacity", capacity, "be at least 3");
    apart_s_ = window_s / static_cast<double>(capacity - 2);
  }

  void clear() noexcept { samples_.clear(); }

  /// A sample at `now_s`, which must not run backwards; a finite value.
  void add(double now_s, double value) noexcept {
    if (!(window_s_ > 0)) return;
    expire(now_s);
    while (!samples_.empty() && !Better{}(samples_.back().value, value)) samples_.pop_back();
    if (!samples_.empty() && (samples_.full() || now_s - samples_.back().since_s < apart_s_)) {
      samples_.back().time_s = std::max(samples_.back().time_s, now_s);
      return;
    }
    samples_.push_back({now_s, now_s, value});
  }

  /// The best of `value` and what is remembered.
  [[nodiscard]] double best(double now_s, double value) noexcept {
    expire(now_s);
    return !samples_.empty() && Better{}(samples_.front().value, value) ? samples_.front().value : value;
  }

  [[nodiscard]] double window_s() const noexcept { return window_s_; }
  /// How many samples are held: at most the capacity.
  [[nodiscard]] std::size_t size() const noexcept { return samples_.size(); }

 private:
  struct sample {
    double since_s = 0;  // of the first that shares the slot
    double time_s = 0;   // of the last
    double value = 0;
  };
  void expire(double now_s) noexcept {
    while (!samples_.empty() && !(now_s - samples_.front().time_s < window_s_)) samples_.pop_front();
  }

  double window_s_;
  double apart_s_ = 0;
  fixed_queue<sample> samples_;
};
using sliding_maximum = sliding_extreme<std::greater<>>;
using sliding_minimum = sliding_extreme<std::less<>>;

/// The sum of the amounts with age < period. Whole numbers, so that a running sum is exact for ever. O(1) amortised.
/// Amounts that come less than period/(capacity - 2) apart share a slot at the later time: for a limit on a rate, which
/// is what it is for, the conservative error: they count for that much longer.
class sliding_sum {
 public:
  /// `period_s` in seconds, positive. `capacity` in events, at least 3.
  sliding_sum(double period_s, std::size_t capacity) : period_s_(period_s), events_(capacity) {
    require_positive("sliding_sum", "period_s", period_s);
    require(capacity >= 3, "sliding_sum", "capacity", capacity, "be at least 3");
    apart_s_ = period_s / static_cast<double>(capacity - 2);
  }

  void clear() noexcept {
    events_.clear();
    sum_ = 0;
  }

  /// An event at `now_s`, which must not run backwards.
  void add(double now_s, std::int64_t amount) noexcept {
    expire(now_s);
    if (amount == 0) return;
    sum_ += amount;
    if (!events_.empty() && (events_.full() || now_s - events_.back().since_s < apart_s_)) {
      events_.back().time_s = std::max(events_.back().time_s, now_s);
      events_.back().amount += amount;
      return;
    }
    events_.push_back({now_s, now_s, amount});
  }

  [[nodiscard]] std::int64_t sum(double now_s) noexcept {
    expire(now_s);
    return sum_;
  }

  [[nodiscard]] double period_s() const noexcept { return period_s_; }
  /// How many events are held: at most the capacity.
  [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }

 private:
  struct event {
    double since_s = 0;  // of the first that shares the slot
    double time_s = 0;   // of the last
    std::int64_t amount = 0;
  };
  void expire(double now_s) noexcept {
    while (!events_.empty() && !(now_s - events_.front().time_s < period_s_)) {
      sum_ -= events_.front().amount;
      events_.pop_front();
    }
  }

  double period_s_;
  double apart_s_ = 0;
  fixed_queue<event> events_;
  std::int64_t sum_ = 0;
};

}  // namespace headroom
