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

// The height that all but the highest hundredth of the values stay below, so that one burst does not flatten the rest.
double top_of(const panel& p) {
  std::vector<double> all;
  const auto take = [&all](const std::vector<double>& column) {
    for (const double v : column) {
      if (std::isfinite(v)) all.push_back(v);
    }
  };
  for (const auto* column : {&p.observed, &p.middle, &p.high}) take(*column);
  for (const named_series& one : p.lines) take(one.values);
  if (all.empty()) return 1;
  std::sort(all.begin(), all.end());
  const double most = all[static_cast<std::size_t>(0.99 * static_cast<double>(all.size() - 1))];
  return most > 0 ? 1.1 * most : 1;
}

constexpr std::array<const char*, 6> term_colours{"#2f7fc1", "#d9690f", "#1f9a6b", "#b94fa2", "#a08400", "#7d858e"};

// A bar of a stack: from where the terms before it end to where it ends.
struct bar {
  std::size_t row = 0;
  double from = 0;
  double to = 0;
};
// For each term its bars; a number that is not known has none.
std::vector<std::vector<bar>> stacked(const std::vector<named_series>& terms) {
  std::vector<std::vector<bar>> all;
  std::vector<std::array<double, 2>> ends;  // of what takes away, of what adds
  for (const named_series& term : terms) {
    ends.resize(std::max(ends.size(), term.values.size()));
    std::vector<bar>& bars = all.emplace_back();
    for (std::size_t row = 0; row < term.values.size(); ++row) {
      const double v = term.values[row];
      if (!std::isfinite(v) || v == 0) continue;
      double& end = ends[row][v > 0 ? 1 : 0];
      bars.push_back({row, end, end + v});
      end += v;
    }
  }
  return all;
}

class panel_canvas {
 public:
  panel_canvas(const series_chart& c, const panel& p, double top, std::size_t number_of_panel)
      : chart_(c),
        panel_(p),
        bars_(stacked(p.terms)),
        top_(top),
        least_(p.least),
        most_(top_of(p)),
        clip_("panel" + std::to_string(number_of_panel)) {
    if (p.terms.empty()) return;
    least_ = most_ = 0;
    for (const auto& bars : bars_) {
      for (const bar& b : bars) {
        least_ = std::min(least_, b.to);
        most_ = std::max(most_, b.to);
      }
    }
    if (least_ == most_) most_ = 1;
  }

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
    out += stack();
    out += names(panel_.lines.empty() ? panel_.terms : panel_.lines);
    for (std::size_t k = 0; k < panel_.lines.size(); ++k)
      out += line(panel_.lines[k].values, term_colours[k % term_colours.size()], "1.6", true);
    out += band();
    out += line(panel_.middle, "#e07b00", "1.6");
    out += line(panel_.observed, "#1b1b1b", "1.1");
    if (last) {
      const double length_s = chart_.interval_s * static_cast<double>(panel_.observed.size() - 1);
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
  [[nodiscard]] double x(std::size_t row) const {
    const double n = std::max<double>(1, static_cast<double>(panel_.observed.size()) - 1);
    return sheet_left + (sheet_right - sheet_left) * static_cast<double>(row) / n;
  }
  [[nodiscard]] double y(double value) const {
    return top_ + panel_height * (1 - std::min((value - least_) / (most_ - least_), 1.5));
  }
  [[nodiscard]] std::string point(std::size_t row, double value) const {
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
      if (!std::isfinite(values[i])) {
        flush();
        continue;
      }
      if (steps && !points.empty()) points += point(i, values[i - 1]);
      points += point(i, values[i]);
    }
    flush();
    return out;
  }
  // Each name in its colour, after the panel's own.
  [[nodiscard]] std::string names(const std::vector<named_series>& of) const {
    std::string out;
    double x = sheet_left + 8 * static_cast<double>(panel_.name.size()) + 16;
    for (std::size_t k = 0; k < of.size(); ++k) {
      out += text_at(x, top_ - 8, of[k].name,
                     "fill=\"" + std::string(term_colours[k % term_colours.size()]) + "\" font-weight=\"bold\"");
      x += 8.2 * static_cast<double>(of[k].name.size()) + 16;
    }
    return out;
  }
  [[nodiscard]] std::string stack() const {
    if (panel_.terms.empty()) return {};
    const double half = (sheet_right - sheet_left) / 2 / std::max(1.0, static_cast<double>(panel_.observed.size()) - 1);
    std::string out;
    for (std::size_t k = 0; k < bars_.size(); ++k) {
      const std::string fill = "fill=\"" + std::string(term_colours[k % term_colours.size()]) + "\"";
      std::string path;
      for (const bar& b : bars_[k]) {
        path += "M" + number(x(b.row) - half) + "," + number(y(b.from)) + "H" + number(x(b.row) + half) + "V" +
                number(y(b.to)) + "H" + number(x(b.row) - half) + "Z";
      }
      if (!path.empty()) out += "<path clip-path=\"url(#" + clip_ + ")\" " + fill + " d=\"" + path + "\"/>\n";
    }
    return out + line_between(sheet_left, y(0), sheet_right, y(0), "stroke=\"#1b1b1b\"");
  }
  [[nodiscard]] std::string band() const {
    std::string forth;
    std::string back;
    for (std::size_t i = 0; i < panel_.low.size(); ++i) {
      if (!std::isfinite(panel_.low[i]) || !std::isfinite(panel_.high[i])) continue;
      forth += point(i, panel_.high[i]);
      back.insert(0, point(i, panel_.low[i]));
    }
    if (forth.empty()) return {};
    return "<polygon clip-path=\"url(#" + clip_ + ")\" fill=\"#f6c98b\" fill-opacity=\"0.6\" points=\"" + forth + back +
           "\"/>\n";
  }

  const series_chart& chart_;
  const panel& panel_;
  std::vector<std::vector<bar>> bars_;
  double top_;
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
