#include "allocations.hpp"

#include <cerrno>   // ENOMEM
#include <cstddef>  // std::size_t
#include <cstdlib>  // std::malloc
#include <new>      // std::bad_alloc, std::align_val_t

// Three ways to be told. A sanitizer owns malloc and offers a hook. Otherwise the program may define malloc itself:
// glibc keeps its own under another name, and operator new goes through malloc. Elsewhere only operator new is
// replaced, and malloc goes unseen.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEADROOM_TEST_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HEADROOM_TEST_SANITIZER 1
#endif
#endif

namespace {
constinit thread_local std::uint64_t count = 0;
// What is given back by another thread than took it makes the balance wrong; the readers have one thread.
constinit thread_local std::int64_t live = 0;
constinit thread_local std::int64_t most = 0;

[[maybe_unused]] void taken(std::size_t bytes) noexcept {
  live += static_cast<std::int64_t>(bytes);
  most = live > most ? live : most;
}
[[maybe_unused]] void returned(std::size_t bytes) noexcept { live -= static_cast<std::int64_t>(bytes); }
}  // namespace

std::uint64_t allocations_of_this_thread() noexcept { return count; }
std::int64_t bytes_of_this_thread() noexcept { return live; }
std::int64_t most_bytes_of_this_thread(bool anew) noexcept {
  if (anew) most = live;
  return most;
}

#if defined(HEADROOM_TEST_SANITIZER)

extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t),
                                                         void (*)(const volatile void*));
extern "C" std::size_t __sanitizer_get_allocated_size(const volatile void*);
namespace {
[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t bytes) {
      ++count;
      taken(bytes);
    },
    [](const volatile void* p) {
      if (p != nullptr) returned(__sanitizer_get_allocated_size(p));
    });
}  // namespace

#elif defined(__GLIBC__)

#include <malloc.h>  // malloc_usable_size

namespace {
void* counted(void* p) noexcept {
  ++count;
  taken(::malloc_usable_size(p));
  return p;
}
}  // namespace

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t bytes) noexcept { return counted(__libc_malloc(bytes)); }
void* calloc(std::size_t n, std::size_t bytes) noexcept { return counted(__libc_calloc(n, bytes)); }
void* realloc(void* old, std::size_t bytes) noexcept {
  returned(::malloc_usable_size(old));
  return counted(__libc_realloc(old, bytes));
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept { return counted(__libc_memalign(alignment, bytes)); }
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return counted(__libc_memalign(alignment, bytes));
}
int posix_memalign(void** result, std::size_t alignment, std::size_t bytes) noexcept {
  void* const p = counted(__libc_memalign(alignment, bytes));
  if (p == nullptr) return ENOMEM;
  *result = p;
  return 0;
}
void free(void* p) noexcept {
  returned(::malloc_usable_size(p));
  __libc_free(p);
}
}

#else

// The array, the nothrow and the sized forms of the standard library call these.
void* operator new(std::size_t bytes) {
  ++count;
  if (void* const p = std::malloc(bytes > 0 ? bytes : 1)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  ++count;
  const auto a = static_cast<std::size_t>(alignment);
  if (void* const p = std::aligned_alloc(a, (bytes + a - 1) / a * a)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

#endif
