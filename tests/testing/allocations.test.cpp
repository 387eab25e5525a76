#include "allocations.hpp"

#include <cstdlib>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "catch.hpp"

namespace {

// Where the optimiser cannot see, so that it cannot leave the allocation out.
void* volatile sink = nullptr;
template <class T>
T* seen(T* p) {
  sink = p;
  return p;
}

struct alignas(128) wide {
  double x = 0;
};

}  // namespace

TEST_CASE("allocations: each form of new counts once, and delete does not") {
  CHECK(allocations_in([] { delete seen(new int(1)); }) == 1);
  CHECK(allocations_in([] { delete[] seen(new int[3]()); }) == 1);
  CHECK(allocations_in([] { delete seen(new (std::nothrow) int(1)); }) == 1);
  CHECK(allocations_in([] { delete seen(new wide); }) == 1);
  CHECK(allocations_in([] { seen(std::make_shared<int>(1).get()); }) == 1);
}

TEST_CASE("allocations: a vector within its capacity takes nothing, beyond it once") {
  std::vector<double> v;
  CHECK(allocations_in([&] { v.reserve(4); }) == 1);
  CHECK(allocations_in([&] { v.assign(4, 1.0); }) == 0);
  CHECK(allocations_in([&] { v.push_back(1.0); }) == 1);
  CHECK(allocations_in([&] { v = std::vector<double>(); }) == 0);
  CHECK(allocations_in([] {}) == 0);
}

TEST_CASE("allocations: other threads do not count") {
  std::uint64_t there = 0;
  const auto here = allocations_in([&] {
    std::thread([&] {
      there = allocations_in([] {
        for (int i = 0; i < 1000; ++i) delete seen(new int(i));
      });
    }).join();
  });
  CHECK(there == 1000);
  CHECK(here < 10);  // starting a thread takes some
}

// Thread sanitizer's hook does not see aligned_alloc (GCC 12).
#if defined(__GLIBC__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("allocations: malloc and its kin count, which is how Eigen allocates") {
  CHECK(allocations_in([] { std::free(seen(std::malloc(8))); }) == 1);
  CHECK(allocations_in([] { std::free(seen(std::calloc(2, 8))); }) == 1);
  CHECK(allocations_in([] { std::free(seen(std::aligned_alloc(64, 64))); }) == 1);
  CHECK(allocations_in([] { std::free(seen(std::realloc(seen(std::malloc(8)), 1000))); }) == 2);
  CHECK(allocations_in([] {
          void* p = nullptr;
          if (::posix_memalign(&p, 64, 100) == 0) std::free(seen(p));
        }) == 1);
}
#endif
