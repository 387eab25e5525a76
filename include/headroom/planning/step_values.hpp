#pragma once

#include <algorithm>  // std::fill, std::max, std::min
#include <cmath>      // std::abs, std::isfinite
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/planning/replica_moves.hpp>
#include <headroom/planning/step_table.hpp>

namespace headroom {

/// What an interval costs: one for each replica that is wanted in it, and these.
struct step_prices {
  double late = 10;  ///< of a late request, in replicas for one interval
  double move = 0;   ///< of each replica more or less, in the same
};

/// Throws std::invalid_argument on impossible prices; returns its argument.
inline const step_prices& checked(const step_prices& p) {
  require_not_negative("step_values", "price of a late request", p.late);
  require_not_negative("step_values", "price of a move", p.move);
  return p;
}

struct step_sweeps {
  double tolerance = 1e-3;   ///< the cost of an interval is known within so much of itself
  std::size_t most = 1'000;  ///< sweeps, after which it ends in any case
  double pace = 0.9;         ///< how far a sweep goes, in (0, 1]; below 1, a chain with a period converges, too
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const step_sweeps& checked(const step_sweeps& o) {
  require_positive("step_values", "tolerance", o.tolerance);
  require(o.most >= 1, "step_values", "most", o.most, "be at least 1");
  require_step_size("step_values", "pace", o.pace);
  return o;
}

/// The plan over a step_table: dynamic programming over rate, replicas and requests in the system. Two ways. `solve`:
/// the rate is a Markov chain, and the mean cost of an interval is made least by relative value iteration (White 1963;
/// Puterman 1994, 8.5), which bounds that cost from both sides (Odoni 1969). `back`: one step of backward induction,
/// for a rate that is known.
///
/// The cost is to be made least. Table and moves are not copied and must outlive it; moves and table have the same
/// courses. A sweep takes O(rates x choices x in_system x width), the width being that of a row of the table, plus
/// O(rates^2 x states x in_system). Allocates on construction only.
class step_values {
 public:
  /// Throws std::invalid_argument where table and moves do not fit.
  step_values(const step_table& table, const replica_moves& moves)
      : table_(&table),
        moves_(&moves),
        per_rate_(moves.states() * table.in_system().size()),
        choices_per_rate_(moves.choices() * table.in_system().size()),
        values_(table.rates().size() * per_rate_),
        after_(per_rate_),
        choices_(table.rates().size() * choices_per_rate_) {
    require(table.courses() == moves.courses(), "step_values", "number of courses of the table", table.courses(),
            "be that of the moves, " + to_text(moves.courses()));
  }

  /// How a plan ended. The mean cost of an interval under the best policy lies between `lower` and `upper`, as far as
  /// the table is right.
  struct result {
    double lower = 0;
    double upper = 0;
    std::size_t sweeps = 0;
    bool converged = false;
  };

  /// `chain[i * rates + k]`: how likely the rate of the next interval is number k after number i; rows sum to 1.
  /// `worth`: what a late request at rate number i costs, in times of the price; empty: the same everywhere. Begins
  /// with the values that the last plan left, so a second price takes fewer sweeps. Throws std::invalid_argument.
  result solve(std::span<const double> chain, const step_prices& prices, const step_sweeps& sweeps = {},
               std::span<const double> worth = {}) {
    const std::size_t n = table_->rates().size();
    check(chain, worth);
    checked(prices);
    checked(sweeps);
    result r;
    while (!r.converged && r.sweeps < sweeps.most) {
      ++r.sweeps;
      std::fill(choices_.begin(), choices_.end(), 0.0);
      for (std::size_t i = 0; i < n; ++i) {
        std::fill(after_.begin(), after_.end(), 0.0);
        for (std::size_t k = 0; k < n; ++k) {
          const double p = chain[i * n + k];
          if (!(p > 0)) continue;
          const double* const from = values_.data() + k * per_rate_;
          for (std::size_t x = 0; x < per_rate_; ++x) after_[x] += p * from[x];
        }
        const double late = prices.late * (worth.empty() ? 1.0 : worth[i]);
        add_choices(i, 1, late, after_, std::span(choices_).subspan(i * choices_per_rate_, choices_per_rate_));
      }
      r.lower = std::numeric_limits<double>::infinity();
      r.upper = -r.lower;
      for (std::size_t i = 0; i < n; ++i) sweep_rate(i, prices.move, sweeps.pace, r);
      const double first = values_.front();
      for (double& v : values_) v -= first;
      r.converged = r.upper - r.lower <= sweeps.tolerance * std::max(std::abs(r.lower), 1e-12);
    }
    return r;
  }

  /// The next `solve` begins as the first did, so that a plan does not depend on those before it.
  void forget() { std::fill(values_.begin(), values_.end(), 0.0); }

  /// What a choice costs from here on at rate number i with in_system number j, beside other choices of the same rate.
  /// Of the last sweep of `solve`. The price of the move itself is not in it.
  [[nodiscard]] double choice(std::size_t i, std::size_t choice, std::size_t j) const noexcept {
    return choices_[i * choices_per_rate_ + choice * table_->in_system().size() + j];
  }
  /// All of them: rates x choices x in_system.
  [[nodiscard]] std::span<const double> choices() const noexcept { return choices_; }

  /// One step of backward induction at a rate between two of the grid: from what states are worth after the interval,
  /// `next` (states x in_system), to what choices (choices x in_system) and states are worth before it.
  void back(double rate, const step_prices& prices, std::span<const double> next, std::span<double> choices,
            std::span<double> states) const {
    HEADROOM_ASSERT(next.size() == per_rate_ && states.size() == per_rate_ && choices.size() == choices_per_rate_,
                    "step_values: another length");
    std::fill(choices.begin(), choices.end(), 0.0);
    const step_grid::place p = table_->rates().at(rate);
    if (p.share < 1) add_choices(p.below, 1 - p.share, prices.late, next, choices);
    if (p.share > 0) add_choices(p.below + 1, p.share, prices.late, next, choices);
    for (std::size_t x = 0; x < moves_->states(); ++x) {
      const std::size_t width = table_->in_system().size();
      for (std::size_t j = 0; j < width; ++j) states[x * width + j] = best(choices, x, j, prices.move).value;
    }
  }

  /// The best option of a state, and what it costs from here on.
  struct found {
    std::size_t option = 0;
    double value = 0;
  };
  /// `choices` of one rate, as `back` gives them. Ties go to the first option, and that is to hold.
  [[nodiscard]] found best(std::span<const double> choices, std::size_t x, std::size_t j, double move) const noexcept {
    const std::size_t width = table_->in_system().size();
    const std::span<const replica_moves::option> options = moves_->options(x);
    found f{0, std::numeric_limits<double>::infinity()};
    for (std::size_t k = 0; k < options.size(); ++k) {
      const double value = choices[options[k].choice * width + j] + move * std::abs(options[k].delta);
      if (value < f.value) f = {k, value};
    }
    return f;
  }

  [[nodiscard]] const step_table& table() const noexcept { return *table_; }
  [[nodiscard]] const replica_moves& moves() const noexcept { return *moves_; }

 private:
  void check(std::span<const double> chain, std::span<const double> worth) const {
    const std::size_t n = table_->rates().size();
    require(chain.size() == n * n, "step_values", "size of the chain", chain.size(), "be " + to_text(n * n));
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < n; ++k) {
        require(chain[i * n + k] >= 0, "step_values", "probability in row " + to_text(i) + " of the chain",
                chain[i * n + k], "be zero or more");
        sum += chain[i * n + k];
      }
      require(std::abs(sum - 1) < 1e-6, "step_values", "sum of row " + to_text(i) + " of the chain", sum, "be 1");
    }
    require(worth.empty() || worth.size() == n, "step_values", "number of worths", worth.size(),
            "be 0 or that of the rates, " + to_text(n));
    for (const double w : worth) require_not_negative("step_values", "worth", w);
  }

  void add_choices(std::size_t i, double weight, double late, std::span<const double> next,
                   std::span<double> out) const noexcept {
    const std::size_t width = table_->in_system().size();
    for (std::size_t y = 0; y < moves_->choices(); ++y) {
      const std::span<double> to = out.subspan(y * width, width);
      for (double& value : to) value += weight * moves_->wanted(y);
      for (const replica_moves::path& p : moves_->paths(y)) {
        table_->add_expected(i, p.course, weight * p.probability, late, next.subspan(p.state * width, width), to);
      }
    }
  }
  void sweep_rate(std::size_t i, double move, double pace, result& r) noexcept {
    const std::size_t width = table_->in_system().size();
    const auto choices = std::span<const double>(choices_).subspan(i * choices_per_rate_, choices_per_rate_);
    for (std::size_t x = 0; x < moves_->states(); ++x) {
      for (std::size_t j = 0; j < width; ++j) {
        double& value = values_[i * per_rate_ + x * width + j];
        const double change = best(choices, x, j, move).value - value;
        r.lower = std::min(r.lower, change);
        r.upper = std::max(r.upper, change);
        value += pace * change;
      }
    }
  }

  const step_table* table_;
  const replica_moves* moves_;
  std::size_t per_rate_;
  std::size_t choices_per_rate_;
  std::vector<double> values_;   // rates x states x in_system
  std::vector<double> after_;    // states x in_system
  std::vector<double> choices_;  // rates x choices x in_system
};

}  // namespace headroom
