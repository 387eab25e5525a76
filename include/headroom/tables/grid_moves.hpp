#pragma once

#include <cstddef>  // std::size_t
#include <memory>   // std::shared_ptr
#include <utility>  // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/tables/measured_grid.hpp>

namespace headroom {

/// The actions 0 to n - 1 of an environment that numbers its actions. Model of ActionSet.
class numbered {
 public:
  explicit numbered(std::size_t count) : count_(count) {
    require(count > 0, "numbered", "number of actions", count, "be at least 1");
  }

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t operator[](action_index i) const noexcept { return to_size(i); }

 private:
  std::size_t count_;
};

/// The moves of a measured grid. Moves that lead nowhere are masked, so a learner does not pay to find them. Reads
/// `cell` of the observation. Model of MaskedActionSet.
class grid_moves {
 public:
  explicit grid_moves(std::shared_ptr<const measured_grid> grid) : grid_(std::move(grid)) {
    require(grid_ != nullptr, "grid_moves", "grid", "nothing", "be a grid");
  }

  [[nodiscard]] std::size_t size() const noexcept { return grid_->moves(); }
  [[nodiscard]] std::size_t operator[](action_index i) const noexcept { return to_size(i); }

  template <class Observation>
  [[nodiscard]] bool legal(const Observation& o, action_index i) const noexcept {
    return grid_->target(o.cell, to_size(i)) != measured_grid::none;
  }

 private:
  std::shared_ptr<const measured_grid> grid_;
};

}  // namespace headroom
