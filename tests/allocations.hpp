#pragma once

#include <cstdint>  // std::int64_t, std::uint64_t
#include <utility>  // std::forward

/// How often this thread took memory since it started. Defined in tests/allocations.cpp and not here, so that a program
/// that does not link the counter does not link at all: a count that is always zero would pass every test.
std::uint64_t allocations_of_this_thread() noexcept;
/// How many bytes this thread holds, and the most that it ever held since it was asked with `anew`.
std::int64_t bytes_of_this_thread() noexcept;
std::int64_t most_bytes_of_this_thread(bool anew) noexcept;

/// How often `f()` takes memory from the heap: new, malloc (Eigen's way) and their kin, on this thread. Giving memory
/// back is not counted.
///
///     CHECK(allocations_in([&] { policy.step(observation); }) == 0);
template <class F>
[[nodiscard]] std::uint64_t allocations_in(F&& f) {
  const std::uint64_t before = allocations_of_this_thread();
  std::forward<F>(f)();
  return allocations_of_this_thread() - before;
}

/// How many bytes `f()` holds at the worst moment, beyond what was held before. 0 where they cannot be counted.
template <class F>
[[nodiscard]] std::int64_t most_bytes_in(F&& f) {
  const std::int64_t before = bytes_of_this_thread();
  most_bytes_of_this_thread(true);
  std::forward<F>(f)();
  return most_bytes_of_this_thread(false) - before;
}
