#include <headroom/core/internal/prefetch.hpp>

#include <array>

#include "catch.hpp"

using namespace headroom;

// That it is faster is measured in bench/fleet.bench.cpp; here, that it changes nothing and may ask for nothing.
TEST_CASE("prefetch: asks and changes nothing") {
  std::array<int, 100> x{};
  x[99] = 5;
  const auto before = x;
  internal::prefetch_object(x);
  internal::prefetch_bytes(nullptr, 0);
  internal::prefetch_bytes(x.data() + 99, sizeof(int));
  CHECK(x == before);
}
