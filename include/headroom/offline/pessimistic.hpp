#pragma once

#include <algorithm>  // std::copy_n, std::fill, std::fill_n, std::max, std::max_element
#include <cmath>      // std::abs, std::sqrt
#include <cstddef>    // std::ptrdiff_t, std::size_t
#include <cstdint>    // std::uint64_t
#include <optional>   // std::optional
#include <span>       // std::span
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/offline/off_policy.hpp>
#include <headroom/offline/offline.hpp>
#include <headroom/planning/plan.hpp>

namespace headroom {

/// Options of `plan_pessimistically`.
struct pessimistic_options {
  double discount = 0.95;            ///< gamma, in [0, 1)
  std::uint64_t least_visits = 100;  ///< an action that was tried less often in a state is not preferred there
  double caution = 3;  ///< standard errors by which an action must be better than the author's own mixture; a table
                       ///< has hundreds of pairs, and 2 would find some of them better by luck
  double unknown = 0;  ///< worth of a state that the log never leaves; the least that can come is the careful choice
  std::uint64_t most_rounds = 50;  ///< of evaluation and improvement; it usually settles in a few
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const pessimistic_options& checked(const pessimistic_options& o) {
  require(o.discount >= 0 && o.discount < 1, "pessimistic", "discount", o.discount, "be in [0, 1)");
  require(o.least_visits >= 1, "pessimistic", "least_visits", o.least_visits, "be at least 1");
  require_not_negative("pessimistic", "caution", o.caution);
  require_finite("pessimistic", "unknown", o.unknown);
  require(o.most_rounds >= 1, "pessimistic", "most_rounds", o.most_rounds, "be at least 1");
  return o;
}

/// What `plan_pessimistically` found. A checkpoint stores it; one to be restored is made with the numbers of its table.
struct pessimistic_plan {
  pessimistic_plan(std::size_t number_of_states, std::size_t number_of_actions)
      : states(number_of_states),
        actions(number_of_actions),
        shares(states * actions),
        values(states * actions),
        improved(states) {}

  std::size_t states;
  std::size_t actions;
  std::vector<double> shares;  ///< [state * actions + action]: the policy; the author's own where nothing is better
  std::vector<double> values;  ///< of each pair, to that policy; `unknown` for one that was never tried
  std::vector<std::uint8_t> improved;  ///< by state, 0 or 1: whether one action replaced the author's mixture
  std::uint64_t rounds = 0;            ///< of evaluation and improvement

  /// Writes the probability of each action, as the estimators ask for it.
  void operator()(state_index s, std::span<double> p) const {
    std::copy_n(shares.begin() + static_cast<std::ptrdiff_t>(to_size(s) * actions), actions, p.begin());
  }
  /// The likeliest action; of several the first.
  [[nodiscard]] action_index operator()(state_index s) const {
    const auto row = shares.begin() + static_cast<std::ptrdiff_t>(to_size(s) * actions);
    return action_index{
        static_cast<std::size_t>(std::max_element(row, row + static_cast<std::ptrdiff_t>(actions)) - row)};
  }
  /// What to do instead of the author's own decision `then`: nothing, where no action is better than the author. For
  /// `advised`, so that the author goes on where its log is no reason for anything else.
  [[nodiscard]] std::optional<action_index> advise(state_index s, action_index /*then*/) const {
    if (improved[to_size(s)] == 0) return std::nullopt;
    return (*this)(s);
  }
  /// The same for `log_judge`: writes the action that replaces the author's decision, or zeros where the author
  /// decides.
  void advise(state_index s, std::span<double> p) const {
    std::fill(p.begin(), p.end(), 0.0);
    if (improved[to_size(s)] != 0) p[to_size((*this)(s))] = 1;
  }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("shares", self.shares, {self.states, self.actions});
    a("values", self.values, {self.states, self.actions});
    a("improved", self.improved);
  }
};

namespace internal {

// How much the outcomes of each pair vary: the variance of r + discount V(s') about its mean, drawn towards the mean
// variance of the log as by two more visits, because few outcomes may agree by chance.
inline std::vector<double> outcome_variances(const std::vector<logged<state_index>>& log, std::size_t actions,
                                             std::span<const double> values, std::span<const double> next,
                                             std::span<const double> visits, double discount) {
  std::vector<double> squares(visits.size());
  double all = 0;
  for (const logged<state_index>& t : log) {
    const std::size_t i = to_size(t.state) * actions + to_size(t.action);
    const double follows = t.status == episode::terminated ? 0 : discount * next[to_size(t.next)];
    const double error = t.reward + follows - values[i];
    squares[i] += error * error;
    all += error * error;
  }
  const double mean = all / static_cast<double>(log.size());
  for (std::size_t i = 0; i < squares.size(); ++i) squares[i] = (squares[i] + 2 * mean) / (visits[i] + 2);
  return squares;
}

}  // namespace internal

/// Learns a policy from a log alone and stays near its author where the log shows little. In each state it keeps the
/// author's mixture of actions, unless one action was tried there `least_visits` times and is better than the mixture
/// by more than `caution` standard errors; then it does that action (policy improvement with a lower confidence bound,
/// which bootstraps on the author as in Laroche, Trichelair and Tachet des Combes 2019). Evaluation and improvement are
/// repeated until nothing changes. A cut is not an end. It cannot see what the states do not show: if the author
/// decided by something that is not in them, an action can look better than it is. O(rounds * sweeps * outcomes).
///     const pessimistic_plan plan = plan_pessimistically(log, states, actions, {.unknown = -100});
[[nodiscard]] inline pessimistic_plan plan_pessimistically(const std::vector<logged<state_index>>& log,
                                                           std::size_t states, std::size_t actions,
                                                           const pessimistic_options& options = {}) {
  checked(options);
  require(!log.empty(), "pessimistic", "number of steps", log.size(), "be at least 1");
  const std::vector<double> author = author_shares(log, states, actions);
  std::vector<double> visits(states * actions);
  for (const logged<state_index>& t : log) ++visits[to_size(t.state) * actions + to_size(t.action)];
  pessimistic_plan plan(states, actions);
  plan.shares = author;
  for (; plan.rounds < options.most_rounds; ++plan.rounds) {
    const auto target = [&](state_index s, std::span<double> p) { plan(s, p); };
    fitted_q q = fitted_q_evaluation(log, states, actions, target, options.discount, options.unknown);
    const std::vector<double> variance =
        internal::outcome_variances(log, actions, q.values, q.states, visits, options.discount);
    bool changed = false;
    for (std::size_t s = 0; s < states; ++s) {
      double usual = 0;  // what the author's mixture is worth, with its error
      double doubt = 0;
      double seen = 0;
      for (std::size_t a = 0; a < actions; ++a) seen += visits[s * actions + a];
      if (seen == 0) continue;
      for (std::size_t i = s * actions; i < (s + 1) * actions; ++i) {
        if (visits[i] == 0) continue;
        usual += author[i] * q.values[i];
        doubt += author[i] * author[i] * variance[i] / visits[i];
      }
      std::size_t best = actions;
      double margin = 0;
      for (std::size_t a = 0; a < actions; ++a) {
        const std::size_t i = s * actions + a;
        if (visits[i] < static_cast<double>(options.least_visits) || author[i] == 1) continue;
        const double ahead = q.values[i] - usual - options.caution * std::sqrt(variance[i] / visits[i] + doubt);
        if (ahead > margin) {
          margin = ahead;
          best = a;
        }
      }
      const auto row = plan.shares.begin() + static_cast<std::ptrdiff_t>(s * actions);
      const bool better = best < actions;
      if ((plan.improved[s] == 1) == better && (!better || row[static_cast<std::ptrdiff_t>(best)] == 1)) continue;
      changed = true;
      plan.improved[s] = better ? 1 : 0;
      if (better) {
        std::fill_n(row, actions, 0.0);
        row[static_cast<std::ptrdiff_t>(best)] = 1;
      } else {
        std::copy_n(author.begin() + static_cast<std::ptrdiff_t>(s * actions), actions, row);
      }
    }
    plan.values = std::move(q.values);
    if (!changed) break;
  }
  return plan;
}

}  // namespace headroom
