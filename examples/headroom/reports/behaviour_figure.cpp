#include "reports/behaviour_figure.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>

#include "reports/svg_text.hpp"

namespace tool::report {

namespace {

using svg::number;
using svg::text_at;

constexpr double map_left = 110;
constexpr double map_right = 980;
constexpr double map_top = 96;
constexpr double cell_height = 38;

std::string formatted(const char* how, double v) {
  char text[32];
  std::snprintf(text, sizeof text, how, v);
  return text;
}
// "4–8", and "8+" of the last part, which has all that is above.
std::string part_text(const json& edges, std::size_t k) {
  const std::string from = formatted("%.3g", edges.at(k));
  return k + 2 == edges.size() ? from + "+" : from + "\u2013" + formatted("%.3g", edges.at(k + 1));
}
// No sign for what rounds to nothing.
std::string move_text(double move) { return std::abs(move) < 0.005 ? "0" : formatted("%+.2f", move); }

std::string cell_at(double x, double y, double width, const std::string& fill) {
  return "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) + "\" height=\"" +
         number(cell_height) + "\" stroke=\"#ffffff\" " + fill + "/>\n";
}

}  // namespace

std::string behaviour_figure(const json& behaviour, const json& policy, const std::string& subtitle) {
  const json& loads = behaviour.at("load_edges");
  const json& backlogs = behaviour.at("backlog_edges");
  // All policies of a run have the same rows, so that their pictures can stand side by side.
  std::size_t rows = 1;
  for (const json& other : behaviour.at("policies")) {
    for (const json& cell : other.at("cells")) rows = std::max(rows, cell.at(1).get<std::size_t>() + 1);
  }
  double biggest = 0.5;
  for (const json& cell : policy.at("cells")) {
    if (!cell.at(3).is_null()) biggest = std::max(biggest, std::abs(cell.at(3).get<double>()));
  }
  const std::size_t columns = loads.size() - 1;
  const double cell_width = (map_right - map_left) / static_cast<double>(columns);
  const auto x_of = [&](std::size_t k) { return map_left + cell_width * static_cast<double>(k); };
  const auto y_of = [&](std::size_t k) { return map_top + cell_height * static_cast<double>(rows - 1 - k); };
  const double map_bottom = map_top + cell_height * static_cast<double>(rows);

  std::string out = svg::sheet(1000, map_bottom + 78, policy.at("name").get<std::string>() + ": what it does where",
                               "<defs><pattern id=\"asked\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
                               "patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"#ffffff\"/><line "
                               "x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\" stroke=\"#d8d8d8\" stroke-width=\"3\"/></pattern>"
                               "</defs>\n");
  out += text_at(map_left, 26, policy.at("name").get<std::string>() + ": its mean move at each load and backlog",
                 "font-size=\"17\" font-weight=\"bold\"");
  out += text_at(map_left, 46, subtitle, "fill=\"#444\"");
  out += text_at(map_left, 74, "backlog, requests that wait before the move", "font-weight=\"bold\"");
  for (std::size_t row = 0; row < rows; ++row) {
    out += text_at(map_left - 8, y_of(row) + cell_height / 2 + 4, part_text(backlogs, row),
                   "text-anchor=\"end\" fill=\"#444\"");
    for (std::size_t k = 0; k < columns; ++k) out += cell_at(x_of(k), y_of(row), cell_width, "fill=\"#f6f7f9\"");
  }
  for (std::size_t k = 0; k < columns; ++k) {
    out += text_at(x_of(k) + cell_width / 2, map_bottom + 18, part_text(loads, k),
                   "text-anchor=\"middle\" fill=\"#444\" font-size=\"11.5\"");
  }
  for (const json& cell : policy.at("cells")) {
    const double x = x_of(cell.at(0).get<std::size_t>());
    const double y = y_of(cell.at(1).get<std::size_t>());
    const bool own = cell.at(2) > 0;
    const double move = cell.at(own ? 3 : 5);
    const std::string opacity = formatted("%.2f", 0.1 + 0.55 * std::abs(move) / biggest);
    const std::string colour = move >= 0 ? "#0b62a8" : "#c85a00";
    out += cell_at(x, y, cell_width,
                   own ? "fill=\"" + colour + "\" fill-opacity=\"" + opacity + "\"" : "fill=\"url(#asked)\"");
    out += text_at(x + cell_width / 2, y + (own ? 17 : 23), move_text(move),
                   own ? "text-anchor=\"middle\" font-weight=\"bold\""
                       : "text-anchor=\"middle\" font-style=\"italic\" fill=\"#444\"");
    if (own) {
      out += text_at(x + cell_width / 2, y + 31, formatted("%.0f", cell.at(2)),
                     "text-anchor=\"middle\" font-size=\"10.5\" fill=\"#333\"");
    }
  }
  out += text_at((map_left + map_right) / 2, map_bottom + 38, "load, requests a second", "text-anchor=\"middle\"");
  out +=
      text_at(map_left, map_bottom + 62,
              "Coloured: it came there itself; mean move, and number of steps. Hatched: only others came, and it was "
              "asked. Empty: nobody came.",
              "fill=\"#444\"");
  return out + "</svg>\n";
}

}  // namespace tool::report
