#pragma once

#include <string>       // std::string
#include <string_view>  // std::string_view

namespace headroom::internal {

/// Adds `name=value` to the text of a form (application/x-www-form-urlencoded). Everything but letters, digits and -._~
/// is escaped.
inline void add_to_form(std::string& form, std::string_view name, std::string_view value) {
  const auto escaped = [&form](std::string_view text) {
    for (const char c : text) {
      const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                         c == '.' || c == '_' || c == '~';
      const auto byte = static_cast<unsigned char>(c);
      if (plain)
        form += c;
      else
        form.append(1, '%').append(1, "0123456789ABCDEF"[byte >> 4U]).append(1, "0123456789ABCDEF"[byte & 0xFU]);
    }
  };
  if (!form.empty()) form += '&';
  escaped(name);
  form += '=';
  escaped(value);
}

}  // namespace headroom::internal
