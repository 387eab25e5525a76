#include "reports/svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "reports/svg_text.hpp"

namespace tool::svg {

namespace {

constexpr double width = 1000;
constexpr double left = 64;
constexpr double right = 980;
constexpr double top = 70;
constexpr double bottom = 600;
constexpr double text_px = 12.5;

constexpr std::array<std::string_view, 3> strong_colours{"#c1121f", "#5a189a", "#0a6847"};
constexpr std::array<std::string_view, 12> colours{"#1f6fb4", "#e07b00", "#2a9134", "#7a5195", "#8c564b", "#c2457f",
                                                   "#5b6470", "#9a8c00", "#0e8a93", "#3d3fa8", "#b5651d", "#4f7942"};

constexpr std::string_view grey = "#8d8d8d";

std::string short_number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", v);
  return text;
}
struct box {
  double x0 = 0;
  double y0 = 0;
  double x1 = 0;
  double y1 = 0;
};
bool overlap(const box& a, const box& b) { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1; }

// How much of a line runs through a box, in steps of its length.
double crossing(const box& b, point p, point q) {
  constexpr int steps = 40;
  int inside = 0;
  for (int k = 0; k <= steps; ++k) {
    const double t = static_cast<double>(k) / steps;
    const double x = p.x + (q.x - p.x) * t;
    const double y = p.y + (q.y - p.y) * t;
    inside += x > b.x0 && x < b.x1 && y > b.y0 && y < b.y1 ? 1 : 0;
  }
  return inside * std::hypot(q.x - p.x, q.y - p.y) / steps;
}

// A curve in pixels.
struct drawn {
  const curve* of = nullptr;
  std::string_view colour{};
  std::vector<point> line{};
  std::vector<point> rings{};
};

class canvas {
 public:
  explicit canvas(const chart& c) : c_(c) {
    find_range();
    lay_out();
  }

  std::string text() {
    height_ = bottom + 62 + 18 * static_cast<double>(c_.notes.size());
    out_ = sheet(width, height_, c_.title,
                 "<defs><clipPath id=\"plot\"><rect x=\"" + number(left) + "\" y=\"" + number(top) + "\" width=\"" +
                     number(right - left) + "\" height=\"" + number(bottom - top) +
                     "\"/></clipPath><pattern id=\"hatch\" width=\"7\" height=\"7\" "
                     "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" "
                     "fill=\"#f1f1f1\"/><line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\" stroke=\"#d2d2d2\" "
                     "stroke-width=\"2\"/></pattern></defs>\n");
    axes();
    for (const int rank : {0, 1, 2}) {
      for (const drawn& d : curves_) {
        if (rank_of(d) == rank) draw(d);
      }
    }
    impossible();
    place_labels();
    words();
    return out_ + "</svg>\n";
  }

 private:
  [[nodiscard]] static int rank_of(const drawn& d) { return d.of->strong ? 2 : d.of->pale ? 0 : 1; }
  [[nodiscard]] double depth(double level) const { return -std::log10(std::max(1 - level, 1 - c_.highest)); }
  [[nodiscard]] point at(point p) const {
    const double y = (depth(p.y) - depth(c_.lowest)) / (depth(c_.highest) - depth(c_.lowest));
    return {left + (p.x - x0_) / (x1_ - x0_) * (right - left), bottom - y * (bottom - top)};
  }
  [[nodiscard]] bool visible(point p) const { return p.y >= c_.lowest && p.x >= x0_ && p.x <= x1_; }

  // From the leftmost that is shown to where most curves and every strong one have come to the mark; a curve that needs
  // thrice as much would press all others together.
  void find_range() {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    std::vector<double> reach;
    double strongest = -std::numeric_limits<double>::infinity();
    for (const curve& one : c_.curves) {
      double marked = -1;
      for (const point& p : one.points) {
        if (p.y < c_.lowest) continue;
        low = std::min(low, p.x);
        high = std::max(high, p.x);
        if (p.y >= c_.mark && marked < 0) marked = p.x;
      }
      if (marked >= 0) reach.push_back(marked);
      if (one.strong && marked >= 0) strongest = std::max(strongest, marked);
    }
    for (const point& p : c_.impossible) {
      if (p.y >= c_.lowest) low = std::min(low, p.x);
    }
    if (!std::isfinite(low) || !std::isfinite(high)) low = 0, high = 1;
    if (!reach.empty()) {
      std::sort(reach.begin(), reach.end());
      const double most = reach.back();
      const double usual = reach[reach.size() / 2];
      const double wanted = std::min(most + 0.25 * (most - low), usual + 0.85 * (usual - low));
      high = std::min(high, std::max({low, wanted, strongest + 0.15 * (strongest - low)}));
    }
    const double span = std::max(high - low, 0.5);
    x0_ = std::max(0.0, low - 0.08 * span);
    x1_ = high + 0.06 * span;
  }

  void lay_out() {
    std::size_t strong = 0;
    std::size_t plain = 0;
    for (const curve& one : c_.curves) {
      drawn d{.of = &one, .colour = grey};
      if (one.strong)
        d.colour = strong_colours[strong++ % strong_colours.size()];
      else if (!one.pale)
        d.colour = colours[plain++ % colours.size()];
      // A line enters the picture from outside, so its points beyond the edges stay; the picture is clipped.
      for (const point& p : one.points) d.line.push_back(at(p));
      for (const point& p : one.hollow) {
        if (visible(p)) d.rings.push_back(at(p));
      }
      curves_.push_back(std::move(d));
    }
  }

  void line(point a, point b, std::string_view style) { out_ += line_between(a.x, a.y, b.x, b.y, style); }
  void words_at(point p, std::string_view what, std::string_view style) { out_ += text_at(p.x, p.y, what, style); }

  void axes() {
    for (const double level : {0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995}) {
      if (level < c_.lowest - 1e-9 || level > c_.highest + 1e-9) continue;
      const double y = at({x0_, level}).y;
      const bool marked = std::abs(level - c_.mark) < 1e-9;
      line({left, y}, {right, y},
           marked ? "stroke=\"#777\" stroke-width=\"1.2\" stroke-dasharray=\"6 4\"" : "stroke=\"#e6e6e6\"");
      words_at({left - 8, y + 4}, short_number(level * 100),
               marked ? "text-anchor=\"end\" font-weight=\"bold\"" : "text-anchor=\"end\" fill=\"#444\"");
    }
    const double span = x1_ - x0_;
    double step = std::pow(10.0, std::floor(std::log10(span / 4)));
    for (const double factor : {2.0, 5.0, 10.0}) {
      if (span / step <= 14) break;
      step = std::pow(10.0, std::floor(std::log10(span / 4))) * factor;
    }
    for (double x = std::ceil(x0_ / step) * step; x <= x1_ + 1e-9; x += step) {
      const double at_x = at({x, c_.lowest}).x;
      line({at_x, top}, {at_x, bottom}, "stroke=\"#f0f0f0\"");
      words_at({at_x, bottom + 18}, short_number(std::round(x * 1e6) / 1e6), "text-anchor=\"middle\" fill=\"#444\"");
    }
    line({left, bottom}, {right, bottom}, "stroke=\"#888\"");
    line({left, top}, {left, bottom}, "stroke=\"#888\"");
  }

  void draw(const drawn& d) {
    const std::string colour(d.colour);
    const double thick = d.of->strong ? 3.6 : d.of->pale ? 1.0 : 2.0;
    out_ += "<g clip-path=\"url(#plot)\">";
    if (d.line.size() > 1) {
      out_ += "<polyline fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"" + number(thick) + "\" points=\"";
      for (const point& p : d.line) out_ += number(p.x) + ',' + number(p.y) + ' ';
      out_ += "\"/>";
    }
    for (std::size_t k = 0; k < d.line.size(); ++k) {
      out_ += "<circle cx=\"" + number(d.line[k].x) + "\" cy=\"" + number(d.line[k].y) + "\" r=\"" +
              number(d.of->strong ? 4.6
                     : d.of->pale ? 1.8
                                  : 2.9) +
              "\" fill=\"" + colour + "\"/>";
    }
    for (const point& p : d.rings) {
      out_ += "<circle cx=\"" + number(p.x) + "\" cy=\"" + number(p.y) + "\" r=\"" +
              number(d.of->strong ? 6.5
                     : d.of->pale ? 4.0
                                  : 5.5) +
              "\" fill=\"#ffffff\" stroke=\"" + colour + "\" stroke-width=\"" + (d.of->pale ? "1.2" : "2") + "\"/>";
    }
    out_ += "</g>\n";
  }

  void impossible() {
    std::vector<point> edge;
    for (const point& p : c_.impossible) edge.push_back(at(p));
    if (edge.size() < 2) return;
    out_ += "<g clip-path=\"url(#plot)\"><polygon fill=\"url(#hatch)\" points=\"";
    out_ += number(left) + ',' + number(edge.front().y) + ' ';
    for (const point& p : edge) out_ += number(p.x) + ',' + number(p.y) + ' ';
    out_ += number(left) + ',' + number(edge.back().y) +
            "\"/><polyline fill=\"none\" stroke=\"#222222\" "
            "stroke-width=\"2.6\" points=\"";
    for (const point& p : edge) out_ += number(p.x) + ',' + number(p.y) + ' ';
    out_ += "\"/></g>\n";
    edge_ = edge;
  }

  // Beside its own line and on nobody else's: of all places near its points the one that disturbs least.
  void place_labels() {
    std::vector<box> taken;
    if (!edge_.empty()) {
      double y = top + 24;
      std::string_view rest = c_.impossible_name;
      while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find('\n'));
        words_at({left + 10, y}, one, "fill=\"#222\" font-style=\"italic\" font-size=\"13\"");
        taken.push_back({left, y - text_px, left + 14 + 6.6 * static_cast<double>(one.size()), y + 4});
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        y += 17;
      }
    }
    for (const int rank : {2, 1, 0}) {
      for (const drawn& d : curves_) {
        if (rank_of(d) == rank) place(d, taken);
      }
    }
  }

  void place(const drawn& d, std::vector<box>& taken) {
    const double size = d.of->strong ? 15 : d.of->pale ? 11.5 : text_px;
    const double wide = static_cast<double>(d.of->name.size()) * size * (d.of->strong ? 0.60 : 0.545);
    std::vector<point> anchors;
    for (const auto* list : {&d.line, &d.rings}) {
      for (const point& p : *list) {
        if (p.x >= left && p.x <= right && p.y >= top - 1 && p.y <= bottom) anchors.push_back(p);
      }
    }
    if (anchors.empty()) return;
    double best = std::numeric_limits<double>::infinity();
    point chosen;
    point from;
    for (const point& a : anchors) {
      for (const double reach : {9.0, 22.0, 40.0, 65.0, 95.0, 130.0}) {
        for (int turn = 0; turn < 16; ++turn) {
          const double angle = turn * 3.14159265358979 / 8;
          const point tip{a.x + reach * std::cos(angle), a.y + reach * std::sin(angle) * 0.9};
          const double x = tip.x + (std::cos(angle) < -0.3 ? -wide : std::cos(angle) < 0.3 ? -wide / 2 : 0);
          const box b{x - 2, tip.y - size * 0.62, x + wide + 2, tip.y + size * 0.5};
          if (b.x0 < left + 2 || b.x1 > right - 2 || b.y0 < top + 1 || b.y1 > bottom - 2) continue;
          if (std::any_of(taken.begin(), taken.end(), [&](const box& t) { return overlap(b, t); })) continue;
          const double cost = reach * 1.1 + disturbance(b, d) + (reach > 9 ? 6 + through(a, tip, d) : 0);
          if (cost < best) {
            best = cost;
            chosen = {x, tip.y + size * 0.35};
            from = reach > 22 ? a : point{-1, -1};
            place_ = b;
          }
        }
      }
    }
    if (!std::isfinite(best)) return;
    taken.push_back(place_);
    const std::string colour(d.colour);
    if (from.x >= 0) {
      const point to{std::clamp(from.x, place_.x0, place_.x1), std::clamp(from.y, place_.y0, place_.y1)};
      line(from, to, "stroke=\"" + colour + "\" stroke-width=\"0.8\" stroke-dasharray=\"2 2\"");
    }
    words_at(chosen, d.of->name,
             "fill=\"" + colour + "\" font-size=\"" + number(size) + (d.of->strong ? "\" font-weight=\"bold" : "") +
                 "\" stroke=\"#ffffff\" stroke-width=\"3.5\" stroke-linejoin=\"round\" paint-order=\"stroke\"");
  }

  [[nodiscard]] double disturbance(const box& b, const drawn& own) const {
    double cost = 0;
    for (const drawn& d : curves_) {
      const double weight = &d == &own ? 0.8 : 1.6;
      for (std::size_t k = 1; k < d.line.size(); ++k) cost += weight * crossing(b, d.line[k - 1], d.line[k]);
      for (const auto* list : {&d.line, &d.rings}) {
        for (const point& p : *list) {
          if (p.x > b.x0 - 4 && p.x < b.x1 + 4 && p.y > b.y0 - 4 && p.y < b.y1 + 4) cost += 30;
        }
      }
    }
    for (std::size_t k = 1; k < edge_.size(); ++k) cost += 3 * crossing(b, edge_[k - 1], edge_[k]);
    return cost;
  }
  // Curves that a leader crosses.
  [[nodiscard]] double through(point a, point b, const drawn& own) const {
    const auto side = [](point p, point q, point r) { return (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x); };
    double cost = 0;
    for (const drawn& d : curves_) {
      if (&d == &own) continue;
      for (std::size_t k = 1; k < d.line.size(); ++k) {
        const point p = d.line[k - 1];
        const point q = d.line[k];
        if (side(a, b, p) * side(a, b, q) < 0 && side(p, q, a) * side(p, q, b) < 0) cost += 25;
      }
    }
    return cost;
  }

  void words() {
    words_at({left, 28}, c_.title, "font-size=\"19\" font-weight=\"bold\"");
    words_at({left, 50}, c_.subtitle, "fill=\"#444\" font-size=\"13\"");
    words_at({(left + right) / 2, bottom + 40}, c_.x_label, "text-anchor=\"middle\" font-size=\"14\"");
    out_ += "<text transform=\"translate(18 " + number((top + bottom) / 2) +
            ") rotate(-90)\" text-anchor=\"middle\" font-size=\"14\">requests in time, %</text>\n";
    for (std::size_t k = 0; k < c_.notes.size(); ++k)
      words_at({left, bottom + 64 + 18 * static_cast<double>(k)}, c_.notes[k], "fill=\"#444\"");
  }

  const chart& c_;
  double x0_ = 0;
  double x1_ = 1;
  double height_ = 0;
  std::vector<drawn> curves_;
  std::vector<point> edge_;
  box place_;
  std::string out_;
};

}  // namespace

std::string draw(const chart& c) { return canvas(c).text(); }

}  // namespace tool::svg
