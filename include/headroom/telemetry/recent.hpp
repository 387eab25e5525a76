#pragma once

#include <algorithm>    // std::max, std::min
#include <cmath>        // std::ceil
#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t
#include <type_traits>  // std::is_const_v
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/internal/prefetch.hpp>

/// The largest, the smallest or the sum of the samples whose age is below a window. A sample whose age equals the
/// window is out, as in Kubernetes' autoscaler. Memory is fixed: samples that arrive faster than planned are merged,
/// never dropped, and each class states the error.
namespace headroom {

/// A queue in a ring of fixed size: no allocation after construction.
template <class T>
class fixed_queue {
 public:
  explicit fixed_queue(std::size_t capacity) : slots_(capacity) {}

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] bool full() const noexcept { return size_ == slots_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return slots_.size(); }

  /// The oldest and the newest element. The queue must not be empty.
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
  /// The element with `k` older ones.
  [[nodiscard]] const T& at(std::size_t k) const noexcept { return slots_[slot(k)]; }
  void clear() noexcept { first_ = size_ = 0; }
  /// Asks for the memory of the oldest and the newest element, which will be read soon.
  void prefetch() const noexcept {
    internal::prefetch_object(slots_[first_]);
    internal::prefetch_object(slots_[slot(size_ == 0 ? 0 : size_ - 1)]);
  }

 private:
  [[nodiscard]] std::size_t slot(std::size_t k) const noexcept {
    const std::size_t i = first_ + k;
    return i < slots_.size() ? i : i - slots_.size();
  }

  std::vector<T> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

/// How many slots keep a window exact while samples are at least `interval_s` apart. It is twice the largest number of
/// samples, so that a clock with a jitter of half an interval merges nothing. From 4 to 4096 slots (96 KiB).
[[nodiscard]] inline std::size_t slots_for(double window_s, double interval_s) noexcept {
  const double slots = 2 * std::ceil(window_s / interval_s) + 2;
  return slots >= 4 ? static_cast<std::size_t>(std::min(slots, 4096.0)) : 4;  // 4 for NaN, too
}

namespace internal {

// std::greater and std::less, without the hash tables that <functional> brings along.
struct larger {
  constexpr bool operator()(double a, double b) const noexcept { return a > b; }
};
struct smaller {
  constexpr bool operator()(double a, double b) const noexcept { return a < b; }
};

// The elements of a queue as numbers, three each: since_s, time_s and what it holds.
template <class Archive, class Queue, class Make>
void keep_samples(Archive& a, const char* name, Queue& queue, Make make) {
  std::vector<double> all;
  all.reserve(3 * queue.capacity());
  for (std::size_t k = 0; k < queue.size(); ++k) {
    const auto& one = queue.at(k);
    for (const double v : {one.since_s, one.time_s, one.number()}) all.push_back(v);
  }
  a.list(name, all);
  if constexpr (!std::is_const_v<Queue>) {
    a.check(all.size() % 3 == 0, name, all.size(), "be three numbers for each sample");
    queue.clear();
    for (std::size_t k = 0; k + 2 < all.size(); k += 3) queue.push_back(make(all[k], all[k + 1], all[k + 2]));
  }
}

}  // namespace internal

/// The best of the samples with age < window. The queue holds only samples that
/// can still become the answer; each is worse than the one before it. O(1) amortised. Samples less than
/// window/(capacity - 2) apart share a slot, which keeps the better value and the later time. So a peak is never
/// dropped, but it may count for that much longer.
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

  /// Adds a sample, a finite value. `now_s` must not run backwards.
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

  /// The best of `value` and the samples in the window.
  [[nodiscard]] double best(double now_s, double value) noexcept {
    expire(now_s);
    return !samples_.empty() && Better{}(samples_.front().value, value) ? samples_.front().value : value;
  }

  /// Asks for the memory that the next call reads.
  void prefetch() const noexcept { samples_.prefetch(); }

  /// What a checkpoint stores: the samples that can still become the answer.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("window_s", self.window_s_);
    internal::keep_samples(a, "samples", self.samples_, [](double since_s, double time_s, double value) {
      return sample{since_s, time_s, value};
    });
  }

  [[nodiscard]] double window_s() const noexcept { return window_s_; }
  /// How many samples are held, at most `capacity`.
  [[nodiscard]] std::size_t size() const noexcept { return samples_.size(); }

 private:
  struct sample {
    double since_s = 0;  // time of the first sample in the slot
    double time_s = 0;   // time of the last sample in the slot
    double value = 0;
    [[nodiscard]] double number() const noexcept { return value; }
  };
  void expire(double now_s) noexcept {
    while (!samples_.empty() && !(now_s - samples_.front().time_s < window_s_)) samples_.pop_front();
  }

  double window_s_;
  double apart_s_ = 0;
  fixed_queue<sample> samples_;
};
using sliding_maximum = sliding_extreme<internal::larger>;
using sliding_minimum = sliding_extreme<internal::smaller>;

/// The sum of the amounts with age < period. Amounts are whole numbers, so the running sum stays exact. O(1) amortised.
/// Amounts less than period/(capacity - 2) apart share a slot with the later time, so they count for up to that much
/// longer. For a rate limit this error is on the safe side.
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

  /// Adds an amount. `now_s` must not run backwards.
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

  /// What a checkpoint stores: the amounts that still count. They must be below 2^53, to be exact.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("period_s", self.period_s_);
    internal::keep_samples(a, "events", self.events_, [](double since_s, double time_s, double amount) {
      return event{since_s, time_s, static_cast<std::int64_t>(amount)};
    });
    if constexpr (!std::is_const_v<Self>) {
      self.sum_ = 0;
      for (std::size_t k = 0; k < self.events_.size(); ++k) self.sum_ += self.events_.at(k).amount;
    }
  }

  [[nodiscard]] double period_s() const noexcept { return period_s_; }
  /// How many events are held, at most `capacity`.
  [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }

 private:
  struct event {
    double since_s = 0;  // time of the first event in the slot
    double time_s = 0;   // time of the last event in the slot
    std::int64_t amount = 0;
    [[nodiscard]] double number() const noexcept { return static_cast<double>(amount); }
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
