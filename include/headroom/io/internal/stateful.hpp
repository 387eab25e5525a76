#pragma once

#include <concepts>          // std::floating_point, std::same_as
#include <cstddef>           // std::size_t
#include <cstdint>           // std::uint8_t, ...
#include <initializer_list>  // std::initializer_list
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <type_traits>       // std::is_enum_v, std::remove_cvref_t
#include <vector>            // std::vector

#include <headroom/core/internal/meaning_text.hpp>
#include <headroom/io/internal/stored_tensor.hpp>

/// What the archives that a part's `fields` is called with have in common: state_writer writes into a checkpoint,
/// state_reader reads from it. What a part may say to them stands in headroom/io/state.hpp, with the two functions that
/// make them.
namespace headroom {

/// What a file must hold. `decisions`: what a policy needs to decide as it does now, a small file. `everything`: what
/// it needs to go on learning, bit for bit.
enum class keep : std::uint8_t { everything, decisions };

/// A part with a `fields` function.
template <class T, class Archive>
concept Stateful = requires(T& x, Archive& a) {
  std::remove_cv_t<T>::fields(x, a);
};

namespace internal {

template <class R>
concept Numbers = Contiguous<R> && Scalar<element_of<R>> && !std::same_as<std::remove_cvref_t<R>, std::string>;

// The scalar of the tensor that holds many T.
template <class T>
struct tensor_scalar {
  static auto pick() {
    if constexpr (std::is_enum_v<T>)
      return typename tensor_scalar<std::underlying_type_t<T>>::type{};
    else if constexpr (std::floating_point<T>)
      return T{};
    else if constexpr (sizeof(T) == 1 && std::is_unsigned_v<T>)
      return std::uint8_t{};
    else if constexpr (sizeof(T) <= 4)
      return std::conditional_t<std::is_signed_v<T>, std::int32_t, std::uint32_t>{};
    else
      return std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>{};
  }
  using type = decltype(pick());
};

template <class T>
inline constexpr bool storable = false;  // depends on T, so that a static_assert fails only when instantiated

[[nodiscard]] inline std::string joined(std::string_view prefix, std::string_view name) {
  std::string all(prefix);
  if (!all.empty() && !name.empty()) all += '.';
  return all.append(name);
}
[[nodiscard]] inline std::vector<std::uint64_t> shape_of(std::initializer_list<std::size_t> shape, std::size_t n) {
  if (shape.size() == 0) return {n};
  return {shape.begin(), shape.end()};
}

}  // namespace internal

}  // namespace headroom
