#pragma once

#include <algorithm>    // std::equal
#include <bit>          // std::endian
#include <cmath>        // std::isfinite
#include <concepts>     // std::same_as
#include <cstddef>      // std::byte, std::size_t
#include <cstdint>      // std::int64_t, std::uint64_t, std::int32_t, std::uint32_t, std::uint8_t
#include <iterator>     // std::data, std::size
#include <span>         // std::as_bytes, std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::declval, std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>

namespace headroom {

static_assert(std::endian::native == std::endian::little, "a checkpoint is little-endian, and so must be the machine");

/// The types of a tensor in a file. `bool` and `long` are left out, because their width differs between machines.
template <class T>
concept TensorScalar = std::same_as<T, double> || std::same_as<T, float> || std::same_as<T, std::int64_t> ||
    std::same_as<T, std::uint64_t> || std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> ||
    std::same_as<T, std::uint8_t>;

/// Its name in a safetensors file.
template <TensorScalar T>
inline constexpr std::string_view dtype_of = std::same_as<T, double>          ? "F64"
                                             : std::same_as<T, float>         ? "F32"
                                             : std::same_as<T, std::int64_t>  ? "I64"
                                             : std::same_as<T, std::uint64_t> ? "U64"
                                             : std::same_as<T, std::int32_t>  ? "I32"
                                             : std::same_as<T, std::uint32_t> ? "U32"
                                                                              : "U8";

namespace internal {

/// Values that lie side by side: an array, a std::vector, a std::span. <ranges> knows more of them, and costs more to
/// parse than this file.
template <class R>
concept Contiguous = requires(R& r) {
  *std::data(r);
  std::size(r);
};
template <Contiguous R>
using element_of = std::remove_cvref_t<decltype(*std::data(std::declval<R&>()))>;

}  // namespace internal

/// A tensor whose scalar type is known only at run time, because a file names it. It stores bytes: the heap aligns them
/// for every scalar. A variant of seven typed vectors costs every program that loads a model half a second more to
/// compile.
class stored_tensor {
 public:
  std::vector<std::uint64_t> shape;

  stored_tensor() = default;
  /// Copies `values`.
  template <TensorScalar T>
  stored_tensor(std::vector<std::uint64_t> dimensions, std::span<const T> values)
      : stored_tensor(std::move(dimensions), dtype_of<T>, std::as_bytes(values)) {}

  /// Zeros: `bytes` of a type that dtype_bytes knows.
  [[nodiscard]] static stored_tensor zeros(const std::vector<std::uint64_t>& shape, std::string_view dtype,
                                           std::uint64_t bytes) {
    stored_tensor t(shape, dtype, {});
    t.bytes_.resize(static_cast<std::size_t>(bytes));
    return t;
  }

  [[nodiscard]] std::string_view dtype() const noexcept { return dtype_; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::span<std::byte> bytes() noexcept { return bytes_; }

  /// The values. `T` must be what `dtype` names.
  template <TensorScalar T>
  [[nodiscard]] std::span<const T> values() const {
    HEADROOM_ASSERT(dtype_ == dtype_of<T>, "stored_tensor: asked for another type than it holds");
    // Bytes of the heap hold whatever scalars were copied into them.
    return {reinterpret_cast<const T*>(bytes_.data()), bytes_.size() / sizeof(T)};
  }

  /// "value 3 is nan" for the first value that is NaN or infinite, nothing if all are finite.
  [[nodiscard]] std::string not_finite() const {
    if (dtype_ == dtype_of<double>) return first_not_finite(values<double>());
    if (dtype_ == dtype_of<float>) return first_not_finite(values<float>());
    return {};
  }

  /// The same type, the same shape, and the same values.
  friend bool operator==(const stored_tensor& a, const stored_tensor& b) {
    if (a.dtype_ != b.dtype_ || a.shape != b.shape) return false;
    if (a.dtype_ == dtype_of<double>) return equal(a.values<double>(), b.values<double>());
    if (a.dtype_ == dtype_of<float>) return equal(a.values<float>(), b.values<float>());
    return a.bytes_ == b.bytes_;
  }

 private:
  stored_tensor(std::vector<std::uint64_t> dimensions, std::string_view dtype, std::span<const std::byte> bytes)
      : shape(std::move(dimensions)), dtype_(dtype), bytes_(bytes.begin(), bytes.end()) {}

  template <class T>
  static std::string first_not_finite(std::span<const T> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) return "value " + to_text(i) + " is " + to_text(values[i]);
    }
    return {};
  }
  template <class T>
  static bool equal(std::span<const T> a, std::span<const T> b) {  // -0.0 is 0.0
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

  std::string dtype_ = std::string(dtype_of<double>);
  std::vector<std::byte> bytes_;
};

}  // namespace headroom
