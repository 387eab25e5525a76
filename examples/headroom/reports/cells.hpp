#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint8_t
#include <string>   // std::string
#include <vector>   // std::vector

/// A table of coloured cells: two axes that are cut into parts, a number in each cell. One self-contained SVG, as
/// reports/svg.hpp draws.
namespace tool::svg {

enum class cell_kind : std::uint8_t {
  seen,   ///< filled, the stronger the further its number is from zero; above and below zero in two colours
  asked,  ///< striped
  never   ///< a dot
};

struct cell {
  cell_kind kind = cell_kind::never;
  double value = 0;  ///< is written into the cell, unless nobody ever came there
};

struct cells_chart {
  std::string title{};
  std::string subtitle{};
  std::string x_label{};
  std::string y_label{};
  std::vector<std::string> columns{};  ///< the part of the x axis that each is
  std::vector<std::string> rows{};     ///< from below
  std::vector<cell> cells{};           ///< row by row, from the lowest: rows times columns
};

[[nodiscard]] std::string draw(const cells_chart& c);

}  // namespace tool::svg
