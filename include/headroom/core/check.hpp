#pragma once

#include <charconv>     // std::to_chars
#include <cmath>        // std::isfinite
#include <concepts>     // std::floating_point, std::integral, std::same_as
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/config.hpp>

/// Every refusal is one sentence: who refuses, what is refused, its value, and the law that it breaks.
///
///     sarsa: learning_rate is 1.5, must be in (0, 1]
///
/// The checks of options have one shape. A struct `x_options` is an aggregate with defaults. Behind it, in the same
/// header and namespace, stands the function that refuses what cannot work and returns its argument; the constructor of
/// x calls it where it stores the options, before anything is made from them:
///     inline const x_options& checked(const x_options& o) {
///       require_positive("x", "period_s", o.period_s);
///       return o;
///     }
///     explicit x(const x_options& options = {}) : options_(checked(options)) {}
/// Where several classes share one struct, a second argument `who` names the one that refuses. What depends on another
/// argument of the constructor is checked there.
namespace headroom {

/// The shortest text that reads back as the same number; the same on every compiler and in every locale.
template <class Number>
requires(std::integral<Number> || std::floating_point<Number>) && (!std::same_as<Number, bool>)
                                                                      [[nodiscard]] std::string to_text(Number value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}
[[nodiscard]] inline std::string to_text(std::string_view value) { return std::string(value); }
template <std::same_as<bool> Bool>  // a template: with a plain bool parameter, a string literal would convert to bool
[[nodiscard]] std::string to_text(Bool value) {
  return value ? "true" : "false";
}

/// Throws std::invalid_argument("`who`: `what` is `value`, must `law`") unless `ok`. For constructors, never for hot
/// paths.
template <class Value>
void require(bool ok, std::string_view who, std::string_view what, const Value& value, std::string_view law) {
  if (ok) return;
  std::string text(who);
  text.append(": ").append(what).append(" is ").append(to_text(value)).append(", must ").append(law);
  throw std::invalid_argument(text);
}

/// Laws that many constructors share. Each refuses NaN, because every comparison with NaN is false.
inline void require_fraction(std::string_view who, std::string_view what, double value) {
  require(value >= 0 && value <= 1, who, what, value, "be in [0, 1]");
}
inline void require_step_size(std::string_view who, std::string_view what, double value) {
  require(value > 0 && value <= 1, who, what, value, "be in (0, 1]");
}
inline void require_positive(std::string_view who, std::string_view what, double value) {
  require(value > 0 && std::isfinite(value), who, what, value, "be positive and finite");
}
inline void require_not_negative(std::string_view who, std::string_view what, double value) {
  require(value >= 0 && std::isfinite(value), who, what, value, "be zero or more, and finite");
}
inline void require_finite(std::string_view who, std::string_view what, double value) {
  require(std::isfinite(value), who, what, value, "be finite");
}

}  // namespace headroom
