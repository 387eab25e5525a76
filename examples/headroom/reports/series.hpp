#pragma once

#include <string>  // std::string
#include <vector>  // std::vector

/// A picture of series over time, one panel under another: what was observed beside what a model gives. One
/// self-contained SVG, as reports/svg.hpp draws.
namespace tool::svg {

/// A column with its name, of which a panel has several, each in a colour of its own.
struct named_series {
  std::string name{};
  std::vector<double> values{};
};

/// One panel. All vectors have a number for each row; NaN leaves a gap.
struct panel {
  std::string name{};              ///< with its unit
  std::vector<double> observed{};  ///< drawn as a dark line
  std::vector<double> middle{};    ///< of the model, a coloured line
  std::vector<double> low{};       ///< and the band around it
  std::vector<double> high{};
  std::vector<named_series> lines{};  ///< in colours; a value holds until the next row
  std::vector<named_series> terms{};  ///< stacked as bars: above zero what adds, below it what takes away
  double least = 0;                   ///< where the panel begins; with terms it is found
};

struct series_chart {
  std::string title{};
  std::string subtitle{};
  double interval_s = 1;  ///< from row to row
  double first_s = 0;     ///< time of the first row
  std::string x_label = "since the history began";
  bool counts = false;  ///< the axis counts something that is not time: it is written as it is, and x_label names it
  std::vector<panel> panels{};
};

[[nodiscard]] std::string draw(const series_chart& c);

}  // namespace tool::svg
