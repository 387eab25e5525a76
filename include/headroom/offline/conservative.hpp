#pragma once

#include <algorithm>  // std::fill, std::min
#include <cmath>      // std::abs, std::exp, std::sqrt
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <limits>     // std::numeric_limits
#include <optional>   // std::optional
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/agents/dqn.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/offline/log_parts.hpp>
#include <headroom/offline/offline.hpp>

namespace headroom {

/// Options of `conservative_networks`.
struct conservative_options {
  std::size_t networks = 4;       ///< each learns from episodes of its own, drawn from the log with replacement
  std::uint64_t updates = 5'000;  ///< of each network
  double margin = 2;              ///< by how much an action must be better in every network, in deviations of a reward
  double least_share = 0.2;  ///< how often the author must do an action in such a state, as far as a network can say
  /// Its capacity and its batch follow the log. `conservative` is alpha.
  dqn_options network{.learning_rate = 1e-3, .discount = 0.95, .warm_up = 0, .conservative = 1};
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const conservative_options& checked(const conservative_options& o) {
  require(o.networks >= 1 && o.networks <= 64, "conservative_networks", "networks", o.networks, "be from 1 to 64");
  require(o.updates >= 1, "conservative_networks", "updates", o.updates, "be at least 1");
  require_not_negative("conservative_networks", "margin", o.margin);
  require_fraction("conservative_networks", "least_share", o.least_share);
  require(o.network.conservative > 0, "conservative_networks", "network.conservative", o.network.conservative,
          "be positive: without it a network believes in what nobody tried");
  checked(o.network);
  return o;
}

/// The standard deviation of the rewards of a log, by which they are divided before a network learns from them; where
/// all rewards are equal, their magnitude, and 1 if that is 0. Throws std::invalid_argument for an empty log.
template <class State>
[[nodiscard]] double reward_deviation(const std::vector<logged<State>>& log) {
  require(!log.empty(), "reward_deviation", "number of steps", log.size(), "be at least 1");
  const auto n = static_cast<double>(log.size());
  double mean = 0;
  for (const logged<State>& t : log) mean += t.reward / n;
  double variance = 0;
  for (const logged<State>& t : log) variance += (t.reward - mean) * (t.reward - mean) / n;
  const double deviation = std::sqrt(variance);
  if (deviation > 1e-9 * std::abs(mean)) return deviation;
  return mean != 0 ? std::abs(mean) : 1;
}

/// Networks that learn from a log alone, by conservative Q-learning (Kumar et al. 2020): the values of actions that the
/// log does not show are pressed down. Several networks learn from resampled episodes, and the least of their opinions
/// counts, so what only some of them believe is not done. Rewards are divided by their deviation first. One more
/// network learns what the author does. Training is part of the construction. As an adviser (`advised`) it replaces the
/// author's decision only where every network finds another action better by `margin`, and the author does that action,
/// too, in such states (`least_share`). `advise` and `greedy` share scratch memory: use one object for each thread.
///     conservative_networks learned{log, menu.size(), {.updates = 5'000}, 1};
class conservative_networks {
 public:
  conservative_networks(const std::vector<logged<std::vector<float>>>& log, std::size_t actions,
                        const conservative_options& options, std::uint64_t seed)
      : options_(checked(options)), scale_(reward_deviation(log)), ahead_(actions), shares_(actions) {
    const double discount = options_.network.discount;
    const log_parts parts = parts_of(log, 10, discount < 1 ? steps_that_matter(discount) : 100);
    engine random(seed, stream::initialisation);
    for (std::size_t k = 0; k < options_.networks; ++k) {
      std::vector<logged<std::vector<float>>> drawn;
      for (std::size_t e = 0; e < parts.size(); ++e) {
        const auto [from, to] = parts.ranges[options_.networks == 1 ? e : random.below(parts.size())];
        for (std::size_t i = from; i < to; ++i) {
          drawn.push_back(log[i]);
          drawn.back().reward /= scale_;
        }
      }
      networks_.push_back(learned(drawn, actions, options_.network, options_.updates, seed + k));
    }
    // Without rewards and without a future the pressure alone counts, and that is the loss of a classifier.
    std::vector<logged<std::vector<float>>> decisions = log;
    for (auto& t : decisions) t.reward = 0;
    dqn_options imitation = options_.network;
    imitation.discount = 0;
    imitation.conservative = 10;
    author_.push_back(learned(decisions, actions, imitation, options_.updates, seed + options_.networks));
  }

  /// The action to do instead of the author's decision `then`, or nothing.
  [[nodiscard]] std::optional<action_index> advise(vector_state s, action_index then) const {
    const std::span<const double> ahead = least_ahead(s, then);
    const std::span<const double> shares = author(s);
    std::optional<action_index> best;
    double most = options_.margin;
    for (std::size_t a = 0; a < ahead.size(); ++a) {
      if (shares[a] < options_.least_share || !(ahead[a] > most)) continue;
      most = ahead[a];
      best = action_index{a};
    }
    return best;
  }
  /// The action that the first network likes best, without an author.
  [[nodiscard]] action_index greedy(vector_state s) const { return networks_.front().greedy(s); }

  /// How often the author does each action in such a state, as far as a network can say; valid until the next call.
  [[nodiscard]] std::span<const double> author(vector_state s) const {
    const std::span<const double> values = author_.front().values(s);
    double sum = 0;
    for (std::size_t a = 0; a < shares_.size(); ++a) sum += shares_[a] = std::exp(values[a]);
    for (double& one : shares_) one /= sum;
    return shares_;
  }
  /// By how much each action is better than `then` in the network that likes it least, in deviations of a reward; valid
  /// until the next call.
  [[nodiscard]] std::span<const double> least_ahead(vector_state s, action_index then) const {
    HEADROOM_ASSERT(to_size(then) < ahead_.size(), "conservative_networks: action outside the menu");
    std::fill(ahead_.begin(), ahead_.end(), std::numeric_limits<double>::infinity());
    for (const dqn<>& one : networks_) {
      const std::span<const double> values = one.values(s);
      for (std::size_t a = 0; a < ahead_.size(); ++a) {
        ahead_[a] = std::min(ahead_[a], values[a] - values[to_size(then)]);
      }
    }
    return ahead_;
  }

  [[nodiscard]] std::size_t actions() const noexcept { return ahead_.size(); }
  [[nodiscard]] std::size_t dimension() const { return networks_.front().dimension(); }
  /// What rewards were divided by.
  [[nodiscard]] double reward_scale() const noexcept { return scale_; }
  [[nodiscard]] const std::vector<dqn<>>& networks() const noexcept { return networks_; }

 private:
  static dqn<> learned(const std::vector<logged<std::vector<float>>>& log, std::size_t actions, dqn_options o,
                       std::uint64_t updates, std::uint64_t seed) {
    o.capacity = log.size();
    o.batch = std::min(o.batch, log.size());
    dqn<> one(log.front().state.size(), actions, o, seed);
    learn_from(one, log, updates);
    return one;
  }

  conservative_options options_;
  double scale_;
  std::vector<dqn<>> networks_{};
  std::vector<dqn<>> author_{};
  mutable std::vector<double> ahead_;
  mutable std::vector<double> shares_;
};

}  // namespace headroom
