#pragma once

#include <cstdio>       // std::snprintf
#include <string>       // std::string
#include <string_view>  // std::string_view

/// What all pictures write: numbers of coordinates, and text that may hold any character.
namespace tool::svg {

[[nodiscard]] inline std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", v);
  return text;
}
[[nodiscard]] inline std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

}  // namespace tool::svg
