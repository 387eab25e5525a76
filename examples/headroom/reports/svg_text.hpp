#pragma once

#include <cstdio>       // std::snprintf
#include <string>       // std::string
#include <string_view>  // std::string_view

/// What all pictures write: their beginning, numbers of coordinates, lines, and text that may hold any character.
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

/// Text at a point; `style` is more attributes of it.
[[nodiscard]] inline std::string text_at(double x, double y, std::string_view what, std::string_view style) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " + std::string(style) + ">" + escaped(what) +
         "</text>\n";
}
/// A straight line.
[[nodiscard]] inline std::string line_between(double x0, double y0, double x1, double y1, std::string_view style) {
  return "<line x1=\"" + number(x0) + "\" y1=\"" + number(y0) + "\" x2=\"" + number(x1) + "\" y2=\"" + number(y1) +
         "\" " + std::string(style) + "/>\n";
}
/// How a picture begins: its size in pixels, its title, `definitions` that it refers to, and a white ground. It ends
/// with "</svg>".
[[nodiscard]] inline std::string sheet(double width, double height, std::string_view title,
                                       std::string_view definitions = {}) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(width) + ' ' + number(height) +
         "\" width=\"" + number(width) + "\" height=\"" + number(height) +
         "\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"12.5\">\n<title>" +
         escaped(title) + "</title>\n" + std::string(definitions) +
         "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
}

}  // namespace tool::svg
