#pragma once

#include <cstdint>  // std::uint64_t
#include <utility>  // std::exchange

namespace headroom::internal {

/// A value that becomes T{} in an object that was moved from: a number of rows becomes 0, so that every index lies
/// outside of what is left, and no check is needed beside the one that hot paths have already.
template <class T>
class moved_to_zero {
 public:
  constexpr explicit moved_to_zero(T value = T{}) noexcept : value_(value) {}
  constexpr moved_to_zero(const moved_to_zero&) noexcept = default;
  constexpr moved_to_zero(moved_to_zero&& other) noexcept : value_(std::exchange(other.value_, T{})) {}
  constexpr moved_to_zero& operator=(const moved_to_zero&) noexcept = default;
  constexpr moved_to_zero& operator=(moved_to_zero&& other) noexcept {
    value_ = std::exchange(other.value_, T{});
    return *this;
  }
  constexpr moved_to_zero& operator=(T value) noexcept {
    value_ = value;
    return *this;
  }
  ~moved_to_zero() = default;

  constexpr operator T() const noexcept { return value_; }  // NOLINT: implicit on purpose

 private:
  T value_;
};

/// How often an object was copied. A copy begins at 0. Counting is a relaxed atomic operation, because threads may copy
/// one const object at the same time; the compilers' own function, because <atomic> would be parsed by every user.
class copy_count {
 public:
  copy_count() noexcept = default;
  copy_count(const copy_count& other) noexcept { other.add_one(); }
  copy_count(copy_count&& other) noexcept : count_(std::exchange(other.count_, 0)) {}
  copy_count& operator=(const copy_count& other) noexcept {
    if (this != &other) {
      other.add_one();
      count_ = 0;
    }
    return *this;
  }
  copy_count& operator=(copy_count&& other) noexcept {
    count_ = std::exchange(other.count_, 0);
    return *this;
  }
  ~copy_count() = default;

  [[nodiscard]] std::uint64_t value() const noexcept { return __atomic_load_n(&count_, __ATOMIC_RELAXED); }

 private:
  void add_one() const noexcept { __atomic_fetch_add(&count_, std::uint64_t{1}, __ATOMIC_RELAXED); }

  mutable std::uint64_t count_ = 0;
};

}  // namespace headroom::internal
