#include <headroom/io/internal/stored_tensor.hpp>

#include <limits>

#include "catch.hpp"

using headroom::stored_tensor;
using headroom::TensorScalar;

static_assert(TensorScalar<double> && TensorScalar<float> && TensorScalar<std::uint8_t>);
static_assert(TensorScalar<std::int64_t> && TensorScalar<std::uint64_t>);
static_assert(TensorScalar<std::int32_t> && TensorScalar<std::uint32_t>);
static_assert(!TensorScalar<short> && !TensorScalar<bool> && !TensorScalar<long double> && !TensorScalar<const double>);

TEST_CASE("stored_tensor: a name from a file gives the type that has this name") {
  const auto check = []<class T>(T) {
    const auto dtype = headroom::dtype_of<T>;
    const stored_tensor t = stored_tensor::zeros({3}, dtype, 3 * sizeof(T));
    CHECK(t.dtype() == dtype);
    CHECK(t.bytes().size() == 3 * sizeof(T));
    CHECK(std::get<std::vector<T>>(t.values) == std::vector<T>(3, T{0}));
  };
  check(double{});
  check(float{});
  check(std::int64_t{});
  check(std::uint64_t{});
  check(std::int32_t{});
  check(std::uint32_t{});
  check(std::uint8_t{});
}

TEST_CASE("stored_tensor: its bytes are those of the values, little-endian") {
  stored_tensor t = stored_tensor::zeros({2}, "F32", 8);
  t.bytes()[3] = std::byte{0x3f};
  t.bytes()[2] = std::byte{0x80};
  CHECK(std::get<std::vector<float>>(t.values) == std::vector<float>{1.0F, 0.0F});
}

TEST_CASE("stored_tensor: the first value that is not finite is named") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(stored_tensor{{3}, std::vector<double>{0, 1e308, -5e-324}}.not_finite().empty());
  CHECK(stored_tensor{{3}, std::vector<double>{0, -infinity, infinity}}.not_finite() == "value 1 is -inf");
  CHECK(stored_tensor{{1}, std::vector<float>{std::numeric_limits<float>::quiet_NaN()}}.not_finite() ==
        "value 0 is nan");
  CHECK(stored_tensor{{1}, std::vector<std::uint64_t>{~std::uint64_t{0}}}.not_finite().empty());
}
