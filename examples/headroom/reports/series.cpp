#include "reports/series.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include "reports/svg_text.hpp"

namespace tool::svg {

namespace {

constexpr double sheet_width = 1000;
constexpr double sheet_left = 70;
constexpr double sheet_right = 980;
constexpr double panel_height = 150;
constexpr double panel_gap = 44;
constexpr double first_top = 84;

std::string three_digits(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", v);
  return text;
}

constexpr std::array<const char*, 9> column_colours{"#2f7fc1", "#d9690f", "#1f9a6b", "#b94fa2", "#a08400",
                                                    "#7767dd", "#cf4436", "#0f97a1", "#7d858e"};

// How far the bars of a row reach below zero (down) and above it.
struct reach {
  double down = 0;
  double up = 0;
};
reach reach_of(const panel& p, std::size_t row) {
  reach r;
  for (const column& c : p.stack) {
    if (row < c.values.size() && std::isfinite(c.values[row])) (c.values[row] < 0 ? r.down : r.up) += c.values[row];
  }
  return r;
}
std::size_t rows_of(const panel& p) {
  std::size_t rows = std::max({p.observed.size(), p.middle.size(), p.low.size()});
  for (const auto* columns : {&p.lines, &p.stack}) {
    for (const column& c : *columns) rows = std::max(rows, c.values.size());
  }
  return rows;
}

// The height that all but the highest hundredth of the values stay below, so that one burst does not flatten the rest.
// Bars are shown whole.
double top_of(const panel& p) {
  std::vector<double> all;
  const auto take = [&all](const std::vector<double>& values) {
    for (const double v : values) {
      if (std::isfinite(v)) all.push_back(v);
    }
  };
  for (const auto* values : {&p.observed, &p.middle, &p.high}) take(*values);
  for (const column& c : p.lines) take(c.values);
  if (!p.stack.empty()) {
    double most = 0;
    double least = 0;
    for (std::size_t i = 0; i < rows_of(p); ++i) {
      most = std::max(most, reach_of(p, i).up);
      least = std::min(least, reach_of(p, i).down);
    }
    return most > 0 || least < 0 ? 1.05 * most : 1;
  }
  if (all.empty()) return 1;
  std::sort(all.begin(), all.end());
  const double most = all[static_cast<std::size_t>(0.99 * static_cast<double>(all.size() - 1))];
  return most > 0 ? 1.1 * most : 1;
}

double bottom_of(const panel& p) {
  double least = p.least;
  for (std::size_t i = 0; !p.stack.empty() && i < rows_of(p); ++i) least = std::min(least, 1.05 * reach_of(p, i).down);
  return least;
}

class panel_canvas {
 public:
  panel_canvas(const series_chart& c, const panel& p, double top, std::size_t number_of_panel)
      : chart_(c),
        panel_(p),
        top_(top),
        rows_(rows_of(p)),
        least_(bottom_of(p)),
        most_(top_of(p)),
        clip_("panel" + std::to_string(number_of_panel)) {}

  std::string text(bool last) {
    std::string out = "<clipPath id=\"" + clip_ + "\"><rect x=\"" + number(sheet_left) + "\" y=\"" + number(top_) +
                      "\" width=\"" + number(sheet_right - sheet_left) + "\" height=\"" + number(panel_height) +
                      "\"/></clipPath>\n";
    out += text_at(sheet_left, top_ - 8, panel_.name, "font-weight=\"bold\"");
    for (int k = 0; k <= 2; ++k) {
      const double value = least_ + (most_ - least_) * k / 2;
      out += line_between(sheet_left, y(value), sheet_right, y(value), "stroke=\"#e6e6e6\"");
      out += text_at(sheet_left - 8, y(value) + 4, three_digits(value), "text-anchor=\"end\" fill=\"#444\"");
    }
    out += names();
    out += bars();
    for (std::size_t k = 0; k < panel_.lines.size(); ++k)
      out += line(panel_.lines[k].values, colour_of(k), "1.6", true);
    out += band();
    out += line(panel_.middle, "#e07b00", "1.6");
    out += line(panel_.observed, "#1b1b1b", "1.1");
    if (last) {
      const double length_s = chart_.interval_s * (static_cast<double>(rows_) - 1);
      const double end_s = chart_.first_s + length_s;
      const double unit_s = chart_.counts || end_s < 600 ? 1 : end_s < 4 * 3600 ? 60 : 3600;
      const std::string unit = chart_.counts ? "" : unit_s > 60 ? "hours " : unit_s > 1 ? "minutes " : "seconds ";
      for (int k = 0; k <= 6; ++k) {
        out +=
            text_at(sheet_left + (sheet_right - sheet_left) * k / 6, top_ + panel_height + 18,
                    axis_number((chart_.first_s + length_s * k / 6) / unit_s), "text-anchor=\"middle\" fill=\"#444\"");
      }
      out += text_at((sheet_left + sheet_right) / 2, top_ + panel_height + 38, unit + chart_.x_label,
                     "text-anchor=\"middle\"");
    }
    return out;
  }

 private:
  [[nodiscard]] std::string axis_number(double v) const {
    char text[32];
    std::snprintf(text, sizeof text, "%.0f", v);
    return chart_.counts ? text : three_digits(v);
  }
  [[nodiscard]] double x(double row) const {
    const double n = std::max<double>(1, static_cast<double>(rows_) - 1);
    return sheet_left + (sheet_right - sheet_left) * row / n;
  }
  static const char* colour_of(std::size_t k) { return column_colours[k % column_colours.size()]; }
  // The names of the columns, at the right end of the panel's title, each in its colour.
  [[nodiscard]] std::string names() const {
    std::string out;
    double at = sheet_right;
    const auto write = [&](const std::vector<column>& columns) {
      for (std::size_t k = columns.size(); k-- > 0;) {
        out += text_at(at, top_ - 8, columns[k].name,
                       "text-anchor=\"end\" font-weight=\"bold\" fill=\"" + std::string(colour_of(k)) + "\"");
        at -= 8.1 * static_cast<double>(columns[k].name.size()) + 12;
      }
    };
    write(panel_.lines);
    write(panel_.stack);
    return out;
  }
  [[nodiscard]] std::string bars() const {
    std::string out;
    std::vector<double> up(rows_, 0);
    std::vector<double> down(rows_, 0);
    for (std::size_t k = 0; k < panel_.stack.size(); ++k) {
      std::string path;
      const std::vector<double>& values = panel_.stack[k].values;
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i]) || values[i] == 0) continue;
        double& end = values[i] < 0 ? down[i] : up[i];
        const double begin = end;
        end += values[i];
        const double left = x(static_cast<double>(i) - 0.43);
        path += "M" + number(left) + " " + number(y(begin)) + "H" + number(x(static_cast<double>(i) + 0.43)) + "V" +
                number(y(end)) + "H" + number(left) + "Z";
      }
      if (!path.empty())
        out +=
            "<path clip-path=\"url(#" + clip_ + ")\" fill=\"" + std::string(colour_of(k)) + "\" d=\"" + path + "\"/>\n";
    }
    if (!panel_.stack.empty()) out += line_between(sheet_left, y(0), sheet_right, y(0), "stroke=\"#444\"");
    return out;
  }
  [[nodiscard]] double y(double value) const {
    return top_ + panel_height * (1 - std::min((value - least_) / (most_ - least_), 1.5));
  }
  [[nodiscard]] std::string point(double row, double value) const {
    return number(x(row)) + "," + number(y(value)) + " ";
  }
  [[nodiscard]] std::string line(const std::vector<double>& values, const char* colour, const char* thick,
                                 bool steps = false) const {
    std::string out;
    std::string points;
    const auto flush = [&] {
      if (!points.empty()) {
        out += "<polyline clip-path=\"url(#" + clip_ + ")\" fill=\"none\" stroke=\"" + std::string(colour) +
               "\" stroke-width=\"" + thick + "\" points=\"" + points + "\"/>\n";
      }
      points.clear();
    };
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto row = static_cast<double>(i);
      if (!std::isfinite(values[i])) {
        flush();
        continue;
      }
      if (steps && !points.empty()) points += point(row, values[i - 1]);
      points += point(row, values[i]);
    }
    flush();
    return out;
  }
  [[nodiscard]] std::string band() const {
    std::string forth;
    std::string back;
    for (std::size_t i = 0; i < panel_.low.size(); ++i) {
      if (!std::isfinite(panel_.low[i]) || !std::isfinite(panel_.high[i])) continue;
      forth += point(static_cast<double>(i), panel_.high[i]);
      back.insert(0, point(static_cast<double>(i), panel_.low[i]));
    }
    if (forth.empty()) return {};
    return "<polygon clip-path=\"url(#" + clip_ + ")\" fill=\"#f6c98b\" fill-opacity=\"0.6\" points=\"" + forth + back +
           "\"/>\n";
  }

  const series_chart& chart_;
  const panel& panel_;
  double top_;
  std::size_t rows_;
  double least_;
  double most_;
  std::string clip_;
};

}  // namespace

std::string draw(const series_chart& c) {
  const double height = first_top + static_cast<double>(c.panels.size()) * (panel_height + panel_gap) + 20;
  std::string out = sheet(sheet_width, height, c.title);
  out += text_at(sheet_left, 26, c.title, "font-size=\"17\" font-weight=\"bold\"");
  out += text_at(sheet_left, 46, c.subtitle, "fill=\"#444\"");
  for (std::size_t k = 0; k < c.panels.size(); ++k) {
    panel_canvas one(c, c.panels[k], first_top + static_cast<double>(k) * (panel_height + panel_gap), k);
    out += one.text(k + 1 == c.panels.size());
  }
  return out + "</svg>\n";
}

}  // namespace tool::svg
