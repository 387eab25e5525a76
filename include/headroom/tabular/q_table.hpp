#pragma once

#if __has_include(<xtensor/containers/xtensor.hpp>)  // since xtensor 0.26
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xtensor.hpp>
#endif

#include <array>      // std::array
#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <stdexcept>  // std::out_of_range
#include <string>     // std::string
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// A dense table of action values with shape (states, actions), row-major, so the values of one state are contiguous.
/// The storage is an xtensor, for computations on the whole table; all other members return spans. 8 bytes an entry.
class q_table {
 public:
  using storage_type = xt::xtensor<double, 2>;

  q_table(std::size_t states, std::size_t actions, double initial_value = 0)
      : values_(checked_shape(states, actions), initial_value), actions_(actions) {
    require_finite("q_table", "initial_value", initial_value);
  }
  /// Takes over the values of another table (from a file). Throws std::invalid_argument if it is empty or has a
  /// non-finite value.
  explicit q_table(storage_type values) : values_(std::move(values)), actions_(values_.shape()[1]) {
    static_cast<void>(checked_shape(values_.shape()[0], values_.shape()[1]));
    for (const double v : all()) require_finite("q_table", "an action value", v);
  }

  /// Throws std::invalid_argument for an impossible shape, before memory is allocated.
  static std::array<std::size_t, 2> checked_shape(std::size_t states, std::size_t actions) {
    constexpr std::size_t most = std::size_t{1} << 40U;  // 8 TiB of values: certainly a mistake
    require(states > 0, "q_table", "number of states", states, "be at least 1");
    require(actions > 0, "q_table", "number of actions", actions, "be at least 1");
    require(states <= most / actions, "q_table", "number of states", states, "leave at most 2^40 entries");
    return {states, actions};
  }

  [[nodiscard]] std::size_t states() const noexcept { return values_.shape()[0]; }
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
      throw std::out_of_range("q_table: action is " + to_text(to_size(a)) + ", must be below " + to_text(actions_));
    return (*this)(s, a);
  }

  [[nodiscard]] const storage_type& storage() const& noexcept { return values_; }
  void storage() const&& = delete;

  /// What a checkpoint stores: the values, shape (states, actions).
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("values", self.all(), {self.states(), self.actions()});
  }

 private:
  storage_type values_;
  std::size_t actions_;
};

}  // namespace headroom
