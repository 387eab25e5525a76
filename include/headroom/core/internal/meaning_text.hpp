#pragma once

#include <concepts>     // std::floating_point, std::same_as
#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t, std::uint64_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <tuple>        // std::get
#include <type_traits>  // std::is_arithmetic_v, std::is_convertible_v, std::is_enum_v, ...
#include <utility>      // std::index_sequence, std::make_index_sequence
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/members.hpp>

/// How a file says what a part means (io/meaning.hpp).
namespace headroom::internal {

template <class T>
concept Scalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// The number that represents a T in a file: an enum's underlying number, and a width that does not depend on the
/// machine.
template <class T>
[[nodiscard]] constexpr auto as_number(T value) noexcept {
  if constexpr (std::is_enum_v<T>)
    return as_number(static_cast<std::underlying_type_t<T>>(value));
  else if constexpr (std::same_as<T, bool> || std::floating_point<T>)
    return value;
  else if constexpr (std::is_signed_v<T>)
    return static_cast<std::int64_t>(value);
  else
    return static_cast<std::uint64_t>(value);
}

/// A value as the file says it: a number, or a text.
template <class T>
[[nodiscard]] std::string meaning_text(const T& value) {
  if constexpr (Scalar<T>)
    return to_text(as_number(value));
  else
    return std::string(value);
}

/// An entry whose text is known already.
struct ready_entry {
  std::string text;
};

/// An entry of a list as the file says it, in JSON: a number, the quoted name of an enumerator, an object of the
/// members of an aggregate, null for what cannot be said. `quote` puts a text into quotes.
template <class T, class Quote>
[[nodiscard]] std::string entry_text(const T& value, const Quote& quote) {
  if constexpr (std::is_same_v<T, ready_entry>) {
    return value.text;
  } else if constexpr (std::is_enum_v<T> && requires { std::string_view(to_string(value)); }) {
    return quote(to_string(value));
  } else if constexpr (Scalar<T>) {
    return to_text(as_number(value));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return quote(value);
  } else if constexpr (member_count<T>() > 0) {
    std::string text;
    const auto all = [&]<std::size_t... K>(std::index_sequence<K...>) {
      const auto members = members_of(value);
      const auto add = [&](std::string_view name, const auto& member) {
        text.append(text.empty() ? "" : ", ").append(quote(name)).append(": ").append(entry_text(member, quote));
      };
      if constexpr ((!name_of_member<T, K>().empty() && ...)) (add(name_of_member<T, K>(), std::get<K>(members)), ...);
    };
    all(std::make_index_sequence<member_count<T>()>{});
    return text.empty() ? "null" : '{' + text + '}';
  } else {
    return "null";
  }
}
template <class List, class Quote>
[[nodiscard]] std::vector<std::string> entry_texts(const List& values, const Quote& quote) {
  std::vector<std::string> texts;
  for (std::size_t k = 0; k < values.size(); ++k) texts.push_back(entry_text(values[k], quote));
  return texts;
}

}  // namespace headroom::internal
