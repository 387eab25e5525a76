#pragma once

#include <charconv>      // std::from_chars
#include <cmath>         // std::isnan
#include <concepts>      // std::same_as
#include <cstdint>       // std::int64_t, std::uint64_t
#include <limits>        // std::numeric_limits
#include <optional>      // std::optional
#include <string_view>   // std::string_view
#include <system_error>  // std::errc
#include <type_traits>   // std::is_arithmetic_v

namespace headroom {

namespace internal {

// All of `text` as one number of the widest type of its kind: whoever wants a narrower one asks whether it fits.
template <class Widest>
[[nodiscard]] std::optional<Widest> number_of(std::string_view text) {
  Widest value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace internal

/// The inverse of to_text: reads all of `text` as one Number or bool. Nothing if it is anything else, out of range, or
/// NaN.
template <class Number>
requires std::is_arithmetic_v<Number>
[[nodiscard]] std::optional<Number> from_text(std::string_view text) {
  if constexpr (std::same_as<Number, bool>) {
    if (text != "true" && text != "false") return std::nullopt;
    return text == "true";
  } else if constexpr (std::is_floating_point_v<Number>) {
    const auto value = internal::number_of<Number>(text);
    return value && std::isnan(*value) ? std::nullopt : value;
  } else {
    using widest = std::conditional_t<std::is_signed_v<Number>, std::int64_t, std::uint64_t>;
    const auto value = internal::number_of<widest>(text);
    using limits = std::numeric_limits<Number>;
    if (!value || *value < limits::min() || *value > limits::max()) return std::nullopt;
    return static_cast<Number>(*value);
  }
}

}  // namespace headroom
