#pragma once

#include <cmath>     // std::isfinite
#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint8_t, std::uint32_t, std::uint64_t
#include <memory>    // std::make_shared, std::shared_ptr
#include <optional>  // std::optional
#include <span>      // std::span
#include <string>    // std::string
#include <utility>   // std::move
#include <vector>    // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/tables/measured_grid.hpp>
#include <headroom/tables/measurements.hpp>

namespace headroom {

/// The observation of a table of measurements. The views point into the table; they are valid while an environment over
/// the table exists.
struct table_observation {
  std::span<const std::uint32_t> position{};  ///< the configuration: one place an axis, from 0
  std::span<const double> row{};              ///< the measured numbers, all columns of the table; may hold NaN
  std::size_t cell = 0;                       ///< number of the configuration
  std::size_t level = 0;                      ///< number of `load` among the loads of the table
  double load = 0;                            ///< see load_source
  std::size_t steps_left = 0;                 ///< steps left in the episode, 0 in its last observation
  bool refused_move = false;                  ///< whether the last action led nowhere
};

/// Features of a table_observation, for encoders and rewards: the place on an axis, and a measured number.
struct axis_place {
  std::size_t axis = 0;
  double operator()(const table_observation& o) const noexcept { return o.position[axis]; }
};
struct measured {
  std::size_t column = 0;
  double operator()(const table_observation& o) const noexcept { return o.row[column]; }
};

/// What an action of the table means.
enum class table_actions : std::uint8_t {
  moves,           ///< 0 holds, 1 + 2 k raises axis k by one place, 2 + 2 k lowers it
  configurations,  ///< 0 holds, 1 + c goes to cell c
};

/// Where the load of a step comes from.
enum class load_source : std::uint8_t {
  /// As published: any row of the configuration is drawn, whatever its load, and `load` is that of the row. So the load
  /// at the time of the choice is not the load of the step, and no policy can follow it.
  rows,
  drawn,     ///< each step draws one of the table's loads; `load` is that of the coming step
  sequence,  ///< the same, but from `loads` in a cycle, beginning at a place drawn at `reset`
};

struct table_options {
  std::size_t max_steps = 50;              ///< steps before the episode is truncated
  std::optional<std::size_t> start_row{};  ///< index of the first row of each episode; none: drawn
  table_actions actions = table_actions::moves;
  load_source load = load_source::rows;
  std::vector<double> loads{};  ///< for load_source::sequence; each stands for the nearest measured load
};

/// A service as recorded in a table of measurements. An action leads to a configuration; one of its rows, drawn with
/// equal probability, is the result. An action that leads off the grid (or into a hole) changes nothing and sets
/// `refused_move`; its cost is up to the reward. Where loads are known beforehand, the load still changes, and the
/// present configuration is measured under it.
///
/// A configuration takes effect at once and keeps no history, so the problem is only to find the best one: the cost
/// during a change is not in the table. `plan.hpp` solves it exactly.
///
/// `reset` number k of a table with seed s plays episode s + k. Step t draws the same numbers whatever was done before,
/// so that policies are compared on the same draws. Copies share the table. No allocation in `reset` and `step`.
class table {
 public:
  using observation_type = table_observation;
  using action_type = std::size_t;

  table(std::uint64_t seed, std::shared_ptr<const measured_grid> grid, const table_options& options = {})
      : grid_(checked(std::move(grid))), options_(options), first_seed_(seed) {
    require(options_.max_steps > 0, "table", "max_steps", options_.max_steps, "be at least 1");
    if (options_.start_row) {
      const std::size_t row = *options_.start_row;
      require(row < grid_->table().rows(), "table", "start_row", row, "be below " + to_text(grid_->table().rows()));
      require(grid_->cell_of(row) != measured_grid::none, "table", "start_row", row, "be a row that counts");
    }
    const bool follows = options_.load != load_source::rows;
    require(!follows || !grid_->columns().load.empty(), "table", "column of the load", grid_->columns().load,
            "be named, where loads are known beforehand");
    const bool sequence = options_.load == load_source::sequence;
    require(sequence == !options_.loads.empty(), "table", "number of loads", options_.loads.size(),
            sequence ? "be at least 1" : "be 0 unless they are a sequence");
    for (const double load : options_.loads) {
      require_finite("table", "load", load);
      sequence_.push_back(grid_->level(load));
    }
  }
  table(std::uint64_t seed, measurements rows, grid_columns columns, const table_options& options = {})
      : table(seed, std::make_shared<const measured_grid>(std::move(rows), std::move(columns)), options) {}

  table_observation reset() {
    random_ = engine(first_seed_ + episodes_++, stream::workload);
    now_ = {};
    now_.steps_left = options_.max_steps;
    const double start = random_.uniform();  // always drawn, so that a fixed start gets the same steps
    const std::size_t row = options_.start_row ? *options_.start_row : drawn(start, all());
    phase_ = static_cast<std::size_t>(random_.uniform() * static_cast<double>(sequence_.size()));
    show(row, grid_->cell_of(row));
    if (follows()) come(random_.uniform());
    return now_;
  }

  step_result<table_observation> step(std::size_t action) {
    HEADROOM_ASSERT(grid_ != nullptr && !now_.row.empty(), "table: step before reset");
    const double luck = random_.uniform();
    const double load = random_.uniform();
    const std::uint32_t target = leads_to(now_.cell, action);
    now_.refused_move = target == measured_grid::none;
    if (follows()) {
      const std::size_t cell = now_.refused_move ? now_.cell : target;
      show(drawn(luck, grid_->rows_of(cell, now_.level)), cell);
      come(load);
    } else if (!now_.refused_move) {
      show(drawn(luck, grid_->rows_of(target)), target);
    }
    if (now_.steps_left > 0) --now_.steps_left;
    return {now_, now_.steps_left > 0 ? episode::ongoing : episode::truncated};
  }

  /// How many actions there are: 0 to n - 1.
  [[nodiscard]] std::size_t actions() const noexcept {
    return options_.actions == table_actions::moves ? grid_->moves() : grid_->cells() + 1;
  }
  /// The cell that an action leads to; measured_grid::none for a refused action.
  [[nodiscard]] std::uint32_t leads_to(std::size_t cell, std::size_t action) const noexcept {
    if (action >= actions()) return measured_grid::none;
    if (options_.actions == table_actions::moves) return grid_->target(cell, action);
    const std::size_t to = action == 0 ? cell : action - 1;
    return grid_->rows_of(to).count > 0 ? static_cast<std::uint32_t>(to) : measured_grid::none;
  }
  [[nodiscard]] const measured_grid& grid() const noexcept { return *grid_; }
  [[nodiscard]] const std::shared_ptr<const measured_grid>& shared_grid() const noexcept { return grid_; }
  [[nodiscard]] const table_options& options() const noexcept { return options_; }

  /// What a checkpoint stores, between episodes: which one is the next.
  /// The table must be the same; that it has as many rows and cells is all that is checked.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("rows", self.grid_->order().size());
    a.same("cells", self.grid_->cells());
    a.same("max_steps", self.options_.max_steps);
    a.same("start_row", self.options_.start_row.value_or(self.grid_->table().rows()));
    a.same("actions", self.options_.actions);
    a.same("load", self.options_.load);
    a.same("loads", self.sequence_.size());
    a.same("first_seed", self.first_seed_);
    a("episodes", self.episodes_);
  }

 private:
  static std::shared_ptr<const measured_grid> checked(std::shared_ptr<const measured_grid> grid) {
    require(grid != nullptr, "table", "grid", "nothing", "be a grid");
    return grid;
  }

  [[nodiscard]] bool follows() const noexcept { return options_.load != load_source::rows; }
  [[nodiscard]] measured_grid::range all() const noexcept {
    return {0, static_cast<std::uint32_t>(grid_->order().size())};
  }
  // Picks a row by u in [0, 1). It multiplies and does not reject, so each draw takes one number of the stream.
  [[nodiscard]] std::size_t drawn(double u, measured_grid::range rows) const noexcept {
    return grid_->order()[rows.first + static_cast<std::size_t>(u * rows.count)];
  }

  void show(std::size_t row, std::size_t cell) noexcept {
    now_.cell = cell;
    now_.position = grid_->position(cell);
    now_.row = grid_->table().row(row);
    if (follows()) return;
    now_.level = grid_->level_of(row);
    now_.load = grid_->loads()[now_.level];
  }
  // Sets the load of the coming step.
  void come(double u) noexcept {
    if (options_.load == load_source::drawn) {
      now_.level = static_cast<std::size_t>(u * static_cast<double>(grid_->levels()));
    } else {
      now_.level = sequence_[phase_];
      phase_ = phase_ + 1 < sequence_.size() ? phase_ + 1 : 0;
    }
    now_.load = grid_->loads()[now_.level];
  }

  std::shared_ptr<const measured_grid> grid_;
  table_options options_;
  std::vector<std::size_t> sequence_;  // levels
  std::uint64_t first_seed_;
  std::uint64_t episodes_ = 0;  // episodes begun so far
  engine random_{0};
  std::size_t phase_ = 0;
  table_observation now_;
};

}  // namespace headroom
