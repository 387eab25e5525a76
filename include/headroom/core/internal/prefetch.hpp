#pragma once

#include <cstddef>  // std::size_t

namespace headroom::internal {

// Asks for the cache lines of `bytes` bytes, which will be read and perhaps written soon.
inline void prefetch_bytes([[maybe_unused]] const void* from, [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(__GNUC__)
  const auto* const p = static_cast<const char*>(from);
  for (std::size_t k = 0; k < bytes; k += 64) __builtin_prefetch(p + k);
  if (bytes > 0) __builtin_prefetch(p + bytes - 1);  // where the first byte begins within a line
#endif
}
template <class T>
void prefetch_object(const T& x) noexcept {
  prefetch_bytes(&x, sizeof x);
}

}  // namespace headroom::internal
