#pragma once

#include <charconv>      // std::from_chars, std::to_chars
#include <cmath>         // std::isfinite
#include <cstddef>       // std::size_t
#include <cstdint>       // std::int64_t
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::errc

namespace headroom::internal {

/// The power of ten of the first digit that is not zero, about: who asks wants to know whether a number is far above 1
/// or far below.
[[nodiscard]] inline std::int64_t decimal_magnitude(std::string_view digits) {
  const std::size_t e = digits.find_first_of("eE");
  const std::string_view mantissa = digits.substr(0, e);
  const auto point = static_cast<std::int64_t>(mantissa.substr(0, mantissa.find('.')).size());
  const auto first = static_cast<std::int64_t>(mantissa.find_first_of("123456789"));
  std::int64_t exponent = 0;
  if (e != digits.npos) {
    std::string_view text = digits.substr(e + 1);
    if (text.front() == '+') text.remove_prefix(1);
    const auto error = std::from_chars(text.data(), text.data() + text.size(), exponent).ec;
    if (error == std::errc::result_out_of_range) return text.front() == '-' ? -1 : 1;
  }
  // Beyond it the sum would not be a number, and the exponent alone decides.
  constexpr std::int64_t decisive = 1'000'000'000'000'000'000;
  if (exponent > decisive || exponent < -decisive) return exponent;
  return exponent + point - first;
}

/// Reads a number whose grammar is JSON's. False if it is beyond the range of double; one that is too small for a
/// double is zero.
[[nodiscard]] inline bool json_double(std::string_view digits, double& value) {
  value = 0;
  const auto error = std::from_chars(digits.data(), digits.data() + digits.size(), value).ec;
  if (error == std::errc() && std::isfinite(value)) return true;
  const bool minus = digits.front() == '-';
  if (decimal_magnitude(digits.substr(minus ? 1 : 0)) > 0) return false;
  value = minus ? -0.0 : 0.0;
  return true;
}

/// The shortest decimal number that reads back as the same double, with a point: 4.0, 0.25, 1e-05. `value` is finite.
[[nodiscard]] inline std::string json_number(double value) {
  char buffer[40];
  const char* const end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string_view all(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = all.find('e');
  std::string digits;
  for (const char c : all.substr(0, e)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  const char* const exponent_begin = buffer + e + (all[e + 1] == '+' ? 2 : 1);
  int exponent = 0;
  std::from_chars(exponent_begin, end, exponent);
  const std::string sign = all.front() == '-' ? "-" : "";
  const int before_point = exponent + 1;
  const int n = static_cast<int>(digits.size());
  constexpr int most = 15;  // a double has as many decimal digits for sure
  if (before_point > most || before_point <= -4) {
    if (n > 1) digits.insert(1, ".");
    return sign + digits + std::string(all.substr(e));
  }
  if (before_point <= 0) return sign + "0." + std::string(static_cast<std::size_t>(-before_point), '0') + digits;
  if (n <= before_point) return sign + digits + std::string(static_cast<std::size_t>(before_point - n), '0') + ".0";
  return sign + digits.insert(static_cast<std::size_t>(before_point), ".");
}

}  // namespace headroom::internal
