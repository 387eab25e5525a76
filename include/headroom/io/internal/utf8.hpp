#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t
#include <string>       // std::string
#include <string_view>  // std::string_view

namespace headroom::internal {

/// What stands at one place of a text that should be UTF-8.
struct utf8_sequence {
  std::size_t length = 0;    ///< bytes that fit together
  bool complete = false;     ///< whether they are a character
  std::uint32_t number = 0;  ///< of the character, if they are
};

/// The sequence that begins at `text[at]` (Unicode, table 3-7: no overlong forms, no surrogates, nothing above
/// U+10FFFF).
[[nodiscard]] inline utf8_sequence utf8_at(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  if (first < 0x80) return {1, true, first};
  if (first < 0xC2 || first > 0xF4) return {};
  const std::size_t most = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  // Only the second byte has bounds that depend on the first.
  unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  utf8_sequence s{1, false, first & (0xFFU >> (most + 1))};
  while (s.length < most && at + s.length < text.size()) {
    const unsigned next = byte(at + s.length);
    if (next < low || next > high) return s;
    s.number = (s.number << 6U) | (next & 0x3FU);
    ++s.length;
    low = 0x80;
    high = 0xBF;
  }
  s.complete = s.length == most;
  return s;
}

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const utf8_sequence s = utf8_at(text, i);
    if (!s.complete) return false;
    i += s.length;
  }
  return true;
}

/// Appends the character with this number, at most 0x10FFFF.
inline void append_utf8(std::string& to, std::uint32_t number) {
  const auto put = [&to](std::uint32_t byte) { to += static_cast<char>(static_cast<unsigned char>(byte)); };
  const auto rest = [&](unsigned shift) { put(0x80U | ((number >> shift) & 0x3FU)); };
  if (number < 0x80) {
    put(number);
  } else if (number < 0x800) {
    put(0xC0U | (number >> 6U));
    rest(0);
  } else if (number < 0x10000) {
    put(0xE0U | (number >> 12U));
    rest(6);
    rest(0);
  } else {
    put(0xF0U | (number >> 18U));
    rest(12);
    rest(6);
    rest(0);
  }
}

}  // namespace headroom::internal
