#pragma once

#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <stdexcept>  // std::out_of_range
#include <string>     // std::string
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// A dense table of action values with shape (states, actions), row-major, so the values of one state are contiguous.
/// Its members return spans. headroom/ext/xtensor.hpp gives a view of the table as an xtensor, for computations on the
/// whole table. The storage is a plain vector, because xtensor takes longer to parse than the rest of a tabular agent.
/// 8 bytes an entry.
class q_table {
 public:
  q_table(std::size_t states, std::size_t actions, double initial_value = 0)
      : values_(checked_size(states, actions), initial_value), states_(states), actions_(actions) {
    require_finite("q_table", "initial_value", initial_value);
  }
  /// Takes over the values of another table (from a file), row by row. Throws std::invalid_argument if it is empty, has
  /// a non-finite value, or has another number of values than the shape.
  q_table(std::size_t states, std::size_t actions, std::vector<double> values)
      : values_(std::move(values)), states_(states), actions_(actions) {
    const std::size_t size = checked_size(states, actions);
    require(values_.size() == size, "q_table", "number of values", values_.size(), "be " + to_text(size));
    for (const double v : values_) require_finite("q_table", "an action value", v);
  }

  /// The number of entries. Throws std::invalid_argument for an impossible shape, before memory is allocated.
  static std::size_t checked_size(std::size_t states, std::size_t actions) {
    constexpr std::size_t most = std::size_t{1} << 40U;  // 8 TiB of values: certainly a mistake
    require(states > 0, "q_table", "number of states", states, "be at least 1");
    require(actions > 0, "q_table", "number of actions", actions, "be at least 1");
    require(states <= most / actions, "q_table", "number of states", states, "leave at most 2^40 entries");
    return states * actions;
  }

  [[nodiscard]] std::size_t states() const noexcept { return states_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }

  /// The values of one state, one per action. The state must be in range.
  [[nodiscard]] std::span<double> row(std::size_t state) & {
    HEADROOM_ASSERT(state < states(), "q_table: state outside the table");
    return {values_.data() + state * actions_, actions_};
  }
  [[nodiscard]] std::span<const double> row(std::size_t state) const& {
    HEADROOM_ASSERT(state < states(), "q_table: state outside the table");
    return {values_.data() + state * actions_, actions_};
  }
  /// All values, row by row.
  [[nodiscard]] std::span<double> all() & noexcept { return {values_.data(), values_.size()}; }
  [[nodiscard]] std::span<const double> all() const& noexcept { return {values_.data(), values_.size()}; }
  /// A view into a temporary table would dangle: name the table first.
  void row(std::size_t) const&& = delete;
  void all() const&& = delete;

  /// operator() is unchecked (asserted), for hot paths; `at` is checked.
  [[nodiscard]] double operator()(state_index s, action_index a) const { return row(to_size(s))[to_size(a)]; }
  [[nodiscard]] double at(state_index s, action_index a) const {
    if (to_size(s) >= states())
      throw std::out_of_range("q_table: state is " + to_text(to_size(s)) + ", must be below " + to_text(states()));
    if (to_size(a) >= actions_)
      throw std::out_of_range("q_table: action is " + to_text(to_size(a)) + ", must be below " + to_text(actions()));
    return (*this)(s, a);
  }

  /// The same shape and the same values.
  friend bool operator==(const q_table&, const q_table&) = default;

  /// What a checkpoint stores: the values, shape (states, actions).
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("values", self.all(), {self.states(), self.actions()});
  }

 private:
  std::vector<double> values_;
  internal::moved_to_zero<std::size_t> states_;  // a table that was moved from has the shape of what is left, none
  internal::moved_to_zero<std::size_t> actions_;
};

}  // namespace headroom
