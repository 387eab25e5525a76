#pragma once

#include <cmath>    // std::isfinite
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint32_t
#include <limits>   // std::numeric_limits
#include <span>     // std::span
#include <string>   // std::string
#include <vector>   // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/tables/table.hpp>
#include <headroom/planning/plan.hpp>
#include <headroom/tables/measured_grid.hpp>

namespace headroom {

namespace internal {

// What the actions of a table lead to and are paid for, on average over the rows that may stand before and after.
template <class RewardT>
class table_model {
 public:
  table_model(const table& world, const RewardT& reward)
      : world_(world), grid_(world.grid()), reward_(reward), by_load_(world.options().load == load_source::drawn) {
    reads_row_before_ = finds_row_before();
  }

  [[nodiscard]] std::size_t levels() const { return by_load_ ? grid_.levels() : 1; }
  [[nodiscard]] std::size_t states() const { return grid_.cells() * levels(); }

  template <class LeadsTo>
  void outcomes(std::size_t s, std::size_t a, LeadsTo&& leads_to) const {
    if (grid_.rows_of(s / levels()).count == 0) {  // a hole: no action leads here
      if (a == 0) leads_to(s, 1.0, 0.0);
      return;
    }
    const consequence c = consequence_of(s, a);
    const double r = mean_reward(c);
    for (std::size_t l = 0; l < levels(); ++l) leads_to(c.to * levels() + l, 1 / static_cast<double>(levels()), r);
  }

 private:
  // Where an action leads, and the rows that may come before and after it.
  struct consequence {
    std::size_t from = 0;
    std::size_t to = 0;
    std::size_t level = 0;
    std::size_t action = 0;
    bool refused = false;
    std::span<const std::uint32_t> before{};
    std::span<const std::uint32_t> after{};
  };
  [[nodiscard]] consequence consequence_of(std::size_t state, std::size_t action) const {
    const auto rows = [&](measured_grid::range r) { return grid_.order().subspan(r.first, r.count); };
    consequence c{.from = state / levels(), .level = state % levels(), .action = action};
    const std::uint32_t target = world_.leads_to(c.from, action);
    c.refused = target == measured_grid::none;
    c.to = c.refused ? c.from : target;
    c.before = rows(grid_.rows_of(c.from));
    c.after = by_load_ ? rows(grid_.rows_of(c.to, c.level)) : rows(grid_.rows_of(c.to));
    return c;
  }

  [[nodiscard]] table_observation seen(std::size_t cell, std::size_t row) const {
    table_observation o;
    o.cell = cell;
    o.position = grid_.position(cell);
    o.row = grid_.table().row(row);
    o.level = grid_.level_of(row);
    o.load = grid_.loads()[o.level];
    return o;
  }
  [[nodiscard]] double paid(const consequence& c, std::size_t before, std::size_t after) const {
    table_observation o = seen(c.from, before);
    table_observation next = seen(c.to, after);
    next.refused_move = c.refused;
    if (by_load_) {
      o.level = c.level;
      o.load = grid_.loads()[c.level];
      next.load = std::numeric_limits<double>::quiet_NaN();
    }
    const double r = reward_(o, c.action, next);
    require(std::isfinite(r), "model_of", "reward of row " + to_text(after), r, "be finite");
    return r;
  }
  [[nodiscard]] double mean_reward(const consequence& c) const {
    double sum = 0;
    if (c.refused && !by_load_) {  // a refused move changes neither the cell nor the row
      for (const std::uint32_t row : c.before) sum += paid(c, row, row);
      return sum / static_cast<double>(c.before.size());
    }
    const auto before = reads_row_before_ ? c.before : c.before.first(1);
    for (const std::uint32_t one : before) {
      for (const std::uint32_t other : c.after) sum += paid(c, one, other);
    }
    return sum / static_cast<double>(before.size() * c.after.size());
  }
  // Whether the reward of any action differs between the first and the last row that may stand before it.
  [[nodiscard]] bool finds_row_before() const {
    for (std::size_t s = 0; s < states(); s += levels()) {
      if (grid_.rows_of(s / levels()).count == 0) continue;
      for (std::size_t a = 0; a < world_.actions(); ++a) {
        const consequence c = consequence_of(s, a);
        const std::size_t after = c.after.front();
        if (paid(c, c.before.front(), after) != paid(c, c.before.back(), after)) return true;
      }
    }
    return false;
  }

  const table& world_;
  const measured_grid& grid_;
  const RewardT& reward_;
  bool by_load_;
  bool reads_row_before_ = false;
};

}  // namespace internal

/// What a table of measurements says, as a finite_model under this reward: exactly the world that `table` plays, with
/// what it draws averaged. A state is a cell; where loads are drawn and known beforehand it is a cell and a load, the
/// load running fastest, as grid_cell numbers them. Actions are the table's.
///
/// The reward is averaged over the rows of the cell that an action leads to. If it also reads the row before, which is
/// tried out, over those of the cell before as well, which costs as many times more; this is exact but for the first
/// step after a fixed start row, and where loads are known. `steps_left`, and where loads are known the load to come
/// (NaN here), are not for the reward to read.
///
/// O(actions * rows) calls of the reward: 150,000 for TeaStore. Throws std::invalid_argument for a reward that is not
/// finite (the row has a NaN: `finite_or`), and for a table whose loads follow a sequence, which is not in the state.
template <Reward<table_observation, std::size_t> RewardT>
[[nodiscard]] finite_model model_of(const table& world, const RewardT& reward) {
  require(world.options().load != load_source::sequence, "model_of", "load source", "a sequence", "be rows or drawn");
  const internal::table_model<RewardT> model(world, reward);
  return finite_model(model.states(), world.actions(),
                      [&](std::size_t s, std::size_t a, auto&& leads_to) { model.outcomes(s, a, leads_to); });
}

/// The probability of each state of the model at the beginning of an episode of `world`.
[[nodiscard]] inline std::vector<double> start_of(const table& world) {
  const measured_grid& grid = world.grid();
  const std::size_t levels = world.options().load == load_source::drawn ? grid.levels() : 1;
  std::vector<double> start(grid.cells() * levels);
  for (std::size_t s = 0; s < start.size(); ++s) {
    const std::size_t cell = s / levels;
    const double share = static_cast<double>(grid.rows_of(cell).count) / static_cast<double>(grid.order().size());
    const bool here = world.options().start_row && grid.cell_of(*world.options().start_row) == cell;
    start[s] = (world.options().start_row ? (here ? 1.0 : 0.0) : share) / static_cast<double>(levels);
  }
  return start;
}

}  // namespace headroom
