#include "reports/cells.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "reports/svg_text.hpp"

namespace tool::svg {

namespace {

constexpr double cells_left = 130;
constexpr double cells_top = 70;
constexpr double cell_width = 66;
constexpr double cell_height = 30;

std::string signed_number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.3g", std::round(v * 100) / 100);
  return std::abs(v) < 0.005 ? "0" : text;
}

}  // namespace

std::string draw(const cells_chart& c) {
  const double width = cells_left + cell_width * static_cast<double>(c.columns.size()) + 20;
  const double bottom = cells_top + cell_height * static_cast<double>(c.rows.size());
  std::string out = sheet(width, bottom + 88, c.title,
                          "<defs><pattern id=\"asked\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
                          "patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"#ffffff\"/><line "
                          "x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\" stroke=\"#dcdcdc\" "
                          "stroke-width=\"3\"/></pattern></defs>\n");
  out += text_at(20, 26, c.title, "font-size=\"17\" font-weight=\"bold\"");
  out += text_at(20, 46, c.subtitle, "fill=\"#444\"");
  double strongest = 0.5;
  for (const cell& one : c.cells) {
    if (one.kind == cell_kind::seen) strongest = std::max(strongest, std::abs(one.value));
  }
  for (std::size_t j = 0; j < c.rows.size(); ++j) {
    const double y = bottom - cell_height * static_cast<double>(j + 1);
    out += text_at(cells_left - 8, y + 20, c.rows[j], "text-anchor=\"end\" fill=\"#444\"");
    for (std::size_t i = 0; i < c.columns.size(); ++i) {
      const cell& one = c.cells.at(j * c.columns.size() + i);
      const double x = cells_left + cell_width * static_cast<double>(i);
      const double opacity = 0.1 + 0.55 * std::abs(one.value) / strongest;
      const std::string fill = one.kind == cell_kind::seen
                                   ? std::string(one.value < 0 ? "#c85a00" : "#0b62a8") + "\" fill-opacity=\"" +
                                         std::to_string(opacity).substr(0, 4)
                                   : std::string(one.kind == cell_kind::asked ? "url(#asked)" : "#ffffff");
      out += "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(cell_width) + "\" height=\"" +
             number(cell_height) + "\" stroke=\"#ffffff\" fill=\"" + fill + "\"/>\n";
      out += text_at(x + cell_width / 2, y + 20, one.kind == cell_kind::never ? "\u00b7" : signed_number(one.value),
                     one.kind == cell_kind::seen ? "text-anchor=\"middle\"" : "text-anchor=\"middle\" fill=\"#666\"");
    }
  }
  for (std::size_t i = 0; i < c.columns.size(); ++i) {
    out += text_at(cells_left + cell_width * (static_cast<double>(i) + 0.5), bottom + 18, c.columns[i],
                   "text-anchor=\"middle\" fill=\"#444\"");
  }
  out += text_at((cells_left + width - 20) / 2, bottom + 38, c.x_label, "text-anchor=\"middle\"");
  out += "<text transform=\"translate(22 " + number((cells_top + bottom) / 2) +
         ") rotate(-90)\" text-anchor=\"middle\">" + escaped(c.y_label) + "</text>\n";
  out +=
      text_at(20, bottom + 68,
              "Filled: it came there itself, and moved so on average. Striped: only others came there; it was asked. "
              "A dot: nobody came there.",
              "fill=\"#444\"");
  return out + "</svg>\n";
}

}  // namespace tool::svg
