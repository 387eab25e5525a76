#pragma once

#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

/// A picture of curves for a page: one self-contained SVG, no script, no fonts but what the viewer has.
namespace tool::svg {

struct point {
  double x = 0;
  double y = 0;
};

/// A policy's curve: its points by ascending x, a marker at each, its name beside it.
struct curve {
  std::string name{};
  std::vector<point> points{};
  bool strong = false;          ///< drawn thick and above the others
  bool pale = false;            ///< drawn thin, in grey
  std::vector<point> hollow{};  ///< marked with a ring, on the curve or off it
};

/// How y is drawn: a level near one by how far it is from one, so that 99 and 99.9 % are as far apart as 90 and 99.
struct chart {
  std::string title{};
  std::string subtitle{};
  std::string x_label{};
  std::vector<curve> curves{};
  std::vector<point> impossible{};   ///< what lies left of this line cannot be; by ascending y. Empty: none
  std::string impossible_name{};     ///< may have several lines
  double mark = 0.99;                ///< the level that a line is drawn at
  double lowest = 0.9;               ///< the lowest level that is shown
  double highest = 0.9995;           ///< and the highest; what is above stands at the edge
  std::vector<std::string> notes{};  ///< lines under the picture
};

[[nodiscard]] std::string draw(const chart& c);

}  // namespace tool::svg
