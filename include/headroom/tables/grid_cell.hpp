#pragma once

#include <cstddef>  // std::size_t

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// A table's configuration as the state, or the pair of it and the load, the load running fastest: what is exact needs
/// no bins. Reads `cell` and `level` of the observation. Model of DiscreteEncoder; a cell or a load that is none is
/// refused.
///     grid_cell see{world.grid().cells()};      grid_cell see{world.grid().cells(), world.grid().levels()};
class grid_cell {
 public:
  using state_type = state_index;

  explicit grid_cell(std::size_t cells) : cells_(cells) {
    require(cells > 0, "grid_cell", "cells", cells, "be at least 1");
  }
  grid_cell(std::size_t cells, std::size_t levels) : grid_cell(cells) {
    require(levels > 0, "grid_cell", "levels", levels, "be at least 1");
    levels_ = levels;
    reads_load_ = true;
  }

  [[nodiscard]] std::size_t size() const noexcept { return cells_ * levels_; }

  template <class Observation>
  state_index operator()(const Observation& o) const noexcept {
    const std::size_t level = reads_load_ ? o.level : 0;
    return o.cell < cells_ && level < levels_ ? state_index{o.cell * levels_ + level} : no_state;
  }

 private:
  std::size_t cells_;
  std::size_t levels_ = 1;
  bool reads_load_ = false;
};

}  // namespace headroom
