#pragma once

namespace headroom::internal {

/// What a class is made of where no deduction guide fits its arguments: a specialisation for it holds one sentence that
/// says how they must be. Without it the compiler lists every constructor and guide, and a misspelt option is an
/// "initializer list" that cannot be converted.
template <class T>
struct wrong_arguments {};

template <class T>
inline constexpr bool never = false;

/// An argument of any type. A guide of these is taken only where no other fits, because each needs a conversion.
struct any_argument {
  template <class T>
  any_argument(const T&);  // NOLINT: implicit on purpose
};

}  // namespace headroom::internal
