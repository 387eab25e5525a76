#include <headroom/neural/matrix_view.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("matrix_view: rows begin a stride apart, and what stands between is not seen") {
  std::array<float, 12> memory{};
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<float>(i);
  const matrix_view<float> m(memory.data() + 1, 2, 3, 5);
  CHECK(m.rows() == 2);
  CHECK(m.cols() == 3);
  CHECK(m.size() == 6);
  CHECK(m.stride() == 5);
  CHECK(m.data() == memory.data() + 1);
  CHECK(m(0, 0) == 1);
  CHECK(m(0, 2) == 3);
  CHECK(m(1, 0) == 6);
  CHECK(m(1, 2) == 8);
}

TEST_CASE("matrix_view: it writes through to the memory, a const view cannot") {
  std::array<double, 4> memory{};
  const matrix_view<double> m(memory.data(), 2, 2, 2);
  m(1, 0) = 7;
  CHECK(memory == std::array<double, 4>{0, 0, 7, 0});
  CHECK(std::is_same_v<decltype(m(0, 0)), double&>);
  const const_matrix_view<double> seen(memory.data(), 2, 2, 2);
  CHECK(seen(1, 0) == 7);
  CHECK(std::is_same_v<decltype(seen(0, 0)), const double&>);
}

TEST_CASE("matrix_view: it is known to the compiler, and a matrix without rows is empty") {
  static constexpr std::array<int, 4> numbers{1, 2, 3, 4};
  constexpr matrix_view<const int> m(numbers.data(), 2, 2, 2);
  STATIC_REQUIRE(m(1, 1) == 4);
  STATIC_REQUIRE(matrix_view<const int>(numbers.data(), 0, 2, 2).size() == 0);
}
