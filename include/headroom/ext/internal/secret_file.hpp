#pragma once

#include <cstddef>      // std::size_t
#include <filesystem>   // std::filesystem::path
#include <span>         // std::as_writable_bytes, std::span
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>

namespace headroom::internal {

/// A token or a password: the text of a file without the line end behind it. Throws file_error for a file that cannot
/// be read, is empty, is longer than 64 KiB, or holds what no header of HTTP may hold. What it holds is never part of a
/// sentence.
[[nodiscard]] inline std::string secret_in(const std::filesystem::path& file) {
  constexpr std::size_t most = 64U << 10U;
  input_file in(file);
  if (in.size() > most) throw file_error(file, "has " + to_text(in.size()) + " bytes, a secret has at most 65536");
  std::string text(static_cast<std::size_t>(in.size()), '\0');
  in.read(std::as_writable_bytes(std::span(text)));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.empty()) throw file_error(file, "is empty, must hold a secret");
  for (const char c : text) {
    if (c < ' ' || c > '~') throw file_error(file, "holds a character that a secret cannot have: one line of ASCII");
  }
  return text;
}

/// Whether both are the same, in a time that does not tell where they differ.
[[nodiscard]] inline bool same_secret(std::string_view one, std::string_view other) noexcept {
  unsigned difference = one.size() == other.size() ? 0U : 1U;
  for (std::size_t k = 0; k < one.size(); ++k) {
    const char beside = other.empty() ? '\0' : other[k % other.size()];
    difference |= static_cast<unsigned char>(one[k]) ^ static_cast<unsigned char>(beside);
  }
  return difference == 0;
}

}  // namespace headroom::internal
