#include <headroom/io/internal/stored_tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "catch.hpp"

using headroom::stored_tensor;
using headroom::TensorScalar;

static_assert(TensorScalar<double> && TensorScalar<float> && TensorScalar<std::uint8_t>);
static_assert(TensorScalar<std::int64_t> && TensorScalar<std::uint64_t>);
static_assert(TensorScalar<std::int32_t> && TensorScalar<std::uint32_t>);
static_assert(!TensorScalar<short> && !TensorScalar<bool> && !TensorScalar<long double> && !TensorScalar<const double>);

namespace {

template <class T>
stored_tensor tensor_of(const std::vector<T>& values) {
  return {{values.size()}, std::span<const T>(values)};
}
template <class T>
std::vector<T> to_vector(std::span<const T> values) {
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("stored_tensor: a name from a file gives the type that has this name") {
  const auto check = []<class T>(T) {
    const auto dtype = headroom::dtype_of<T>;
    const stored_tensor t = stored_tensor::zeros({3}, dtype, 3 * sizeof(T));
    CHECK(t.dtype() == dtype);
    CHECK(t.bytes().size() == 3 * sizeof(T));
    CHECK(to_vector(t.values<T>()) == std::vector<T>(3, T{0}));
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
  CHECK(to_vector(t.values<float>()) == std::vector<float>{1.0F, 0.0F});
}

TEST_CASE("stored_tensor: the first value that is not finite is named") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(tensor_of<double>({0, 1e308, -5e-324}).not_finite().empty());
  CHECK(tensor_of<double>({0, -infinity, infinity}).not_finite() == "value 1 is -inf");
  CHECK(tensor_of<float>({std::numeric_limits<float>::quiet_NaN()}).not_finite() == "value 0 is nan");
  CHECK(tensor_of<std::uint64_t>({~std::uint64_t{0}}).not_finite().empty());
}

TEST_CASE("stored_tensor: two are equal in type, shape and values") {
  CHECK(tensor_of<double>({0.0, 1}) == tensor_of<double>({-0.0, 1}));
  CHECK(tensor_of<float>({0.0F}) == tensor_of<float>({-0.0F}));
  CHECK_FALSE(tensor_of<double>({0, 1}) == tensor_of<double>({0, 2}));
  CHECK_FALSE(tensor_of<std::int64_t>({0}) == tensor_of<double>({0}));
  CHECK_FALSE(stored_tensor::zeros({2, 3}, "I32", 24) == stored_tensor::zeros({3, 2}, "I32", 24));
  CHECK_FALSE(tensor_of<std::uint8_t>({1, 2}) == tensor_of<std::uint8_t>({1, 3}));
}
