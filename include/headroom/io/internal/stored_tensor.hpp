#pragma once

#include <bit>          // std::endian
#include <cmath>        // std::isfinite
#include <concepts>     // std::same_as
#include <cstddef>      // std::byte, std::size_t
#include <cstdint>      // std::int64_t, std::uint64_t, std::int32_t, std::uint32_t, std::uint8_t
#include <span>         // std::span, std::as_bytes
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <type_traits>  // std::is_floating_point_v
#include <variant>      // std::variant
#include <vector>       // std::vector

#include <headroom/core/check.hpp>

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

/// A tensor whose scalar type is known only at run time, because a file names it. Storage is typed, not bytes, so that
/// a span of doubles is aligned and needs no cast.
struct stored_tensor {
  std::vector<std::uint64_t> shape;
  std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>, std::vector<std::uint64_t>,
               std::vector<std::int32_t>, std::vector<std::uint32_t>, std::vector<std::uint8_t>>
      values;

  /// Zeros: `bytes` of a type that dtype_bytes knows.
  [[nodiscard]] static stored_tensor zeros(const std::vector<std::uint64_t>& shape, std::string_view dtype,
                                           std::uint64_t bytes) {
    stored_tensor t{shape, {}};
    if (dtype == "F32")
      t.values = std::vector<float>();
    else if (dtype == "I64")
      t.values = std::vector<std::int64_t>();
    else if (dtype == "U64")
      t.values = std::vector<std::uint64_t>();
    else if (dtype == "I32")
      t.values = std::vector<std::int32_t>();
    else if (dtype == "U32")
      t.values = std::vector<std::uint32_t>();
    else if (dtype == "U8")
      t.values = std::vector<std::uint8_t>();
    std::visit([&]<class T>(std::vector<T>& v) { v.resize(static_cast<std::size_t>(bytes / sizeof(T))); }, t.values);
    return t;
  }

  [[nodiscard]] std::string_view dtype() const {
    return std::visit([]<class T>(const std::vector<T>&) { return dtype_of<T>; }, values);
  }
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return std::visit([](const auto& v) { return std::as_bytes(std::span(v)); }, values);
  }
  [[nodiscard]] std::span<std::byte> bytes() {
    return std::visit([](auto& v) { return std::as_writable_bytes(std::span(v)); }, values);
  }

  /// "value 3 is nan" for the first value that is NaN or infinite, nothing if all are finite.
  [[nodiscard]] std::string not_finite() const {
    return std::visit(
        []<class T>(const std::vector<T>& v) {
          if constexpr (std::is_floating_point_v<T>) {
            for (std::size_t i = 0; i < v.size(); ++i) {
              if (!std::isfinite(v[i])) return "value " + to_text(i) + " is " + to_text(v[i]);
            }
          }
          return std::string();
        },
        values);
  }

  friend bool operator==(const stored_tensor&, const stored_tensor&) = default;
};

}  // namespace headroom
