#include <headroom/neural/internal/aligned.hpp>

#include <cstddef>
#include <cstdint>
#include <new>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("aligned: every vector begins on a cache line, whatever its size and type") {
  bool aligned = true;
  const auto begins_on_a_line = [](const auto& v) { return reinterpret_cast<std::uintptr_t>(v.data()) % 64 == 0; };
  for (std::size_t n = 1; n < 200; n += 7) {
    const internal::aligned_vector<float> floats(n);
    const internal::aligned_vector<double> doubles(n);
    const internal::aligned_vector<char> bytes(n);
    aligned = aligned && begins_on_a_line(floats) && begins_on_a_line(doubles) && begins_on_a_line(bytes);
  }
  CHECK(aligned);
}

TEST_CASE("aligned: padded rounds up to whole lines of floats") {
  CHECK(internal::padded(0) == 0);
  CHECK(internal::padded(1) == 16);
  CHECK(internal::padded(16) == 16);
  CHECK(internal::padded(17) == 32);
}

TEST_CASE("aligned: a length whose bytes cannot be counted is refused") {
  internal::aligned_allocator<double> memory;
  CHECK_THROWS_AS(memory.allocate(static_cast<std::size_t>(-1) / 4), std::bad_array_new_length);
}
