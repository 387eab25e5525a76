#pragma once

#include <cstddef>  // std::size_t
#include <new>      // std::align_val_t
#include <vector>   // std::vector

namespace headroom::internal {

/// Memory that begins on a cache line. A row of 16 floats then costs one line instead of two, and the widest vector
/// load (64 bytes) stays within one line. Model of the standard's Allocator.
template <class T>
struct aligned_allocator {
  using value_type = T;
  static constexpr std::size_t alignment = 64;  ///< bytes

  constexpr aligned_allocator() noexcept = default;
  template <class U>
  constexpr aligned_allocator(const aligned_allocator<U>&) noexcept {}  // NOLINT: the standard wants it implicit

  [[nodiscard]] T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{alignment}));
  }
  void deallocate(T* p, std::size_t) noexcept { ::operator delete (p, std::align_val_t{alignment}); }

  friend constexpr bool operator==(const aligned_allocator&, const aligned_allocator&) noexcept { return true; }
};

template <class T>
using aligned_vector = std::vector<T, aligned_allocator<T>>;

/// `n` rounded up to whole cache lines of floats. Rows of this length begin on a cache line and hold whole vectors.
[[nodiscard]] constexpr std::size_t padded(std::size_t n) noexcept { return (n + 15) / 16 * 16; }

}  // namespace headroom::internal
