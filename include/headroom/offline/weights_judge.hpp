#pragma once

#include <algorithm>  // std::fill, std::max, std::min
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <span>       // std::span
#include <tuple>      // std::tie
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/offline/log_parts.hpp>

namespace headroom {

/// Options of `judge_by_weights`.
struct weights_judge_options {
  double discount = 0.95;
  double least_effective = 10;  ///< episodes that must be left, by their weights, for a step to count as tried
  double least_tried = 0.9;     ///< share of an episode's steps, discounted, that must be tried for a number to be told
  std::size_t resamples = 200;  ///< at least 20
  std::uint64_t seed = 1;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const weights_judge_options& checked(const weights_judge_options& o) {
  require_fraction("judge_by_weights", "discount", o.discount);
  require(o.least_effective >= 1, "judge_by_weights", "least_effective", o.least_effective, "be at least 1");
  require_fraction("judge_by_weights", "least_tried", o.least_tried);
  require(o.resamples >= 20, "judge_by_weights", "resamples", o.resamples, "be at least 20");
  return o;
}

/// What the weights of a log say of one policy.
struct weighted_judgement {
  estimate worth;                 ///< of an episode from its beginning: each reward weighted by the actions up to it
  double tried = 0;               ///< discounted share of an episode's steps for which enough of the log is left
  double effective_episodes = 0;  ///< the least that was left at a tried step; 0 if there is none
};

/// Estimates a policy by importance weights: `ratios[i]` is its probability of the action of step i, to the logged one;
/// 1 everywhere judges the log's author. Step by step the weights are made to sum to one. As the weights of most
/// episodes vanish, the later steps rest on few of them or on none, and what came there would be missing from the
/// number; so none is told then. O(resamples * steps).
template <class State>
[[nodiscard]] weighted_judgement judge_by_weights(const std::vector<logged<State>>& log, std::span<const double> ratios,
                                                  const weights_judge_options& options = {}) {
  checked(options);
  require(!log.empty(), "judge_by_weights", "number of steps", log.size(), "be at least 1");
  require(ratios.size() == log.size(), "judge_by_weights", "number of ratios", ratios.size(),
          "be that of the steps, " + to_text(log.size()));
  const log_parts episodes = parts_of(log, 0, 1);
  std::size_t longest = 0;
  for (const auto& [from, to] : episodes.ranges) longest = std::max(longest, to - from);
  std::vector<double> paid(longest);
  std::vector<double> reaching(longest);
  std::vector<double> squares(longest);
  const auto value_of = [&](auto&& times_of) {
    std::fill(paid.begin(), paid.end(), 0.0);
    std::fill(reaching.begin(), reaching.end(), 0.0);
    std::fill(squares.begin(), squares.end(), 0.0);
    for (std::size_t e = 0; e < episodes.size(); ++e) {
      const double times = times_of(e);
      const auto [from, to] = episodes.ranges[e];
      double weight = 1;
      for (std::size_t k = 0; k < longest; ++k) {
        // An episode that ended keeps its last weight, with a reward of 0.
        if (k < to - from) {
          require(std::isfinite(ratios[from + k]) && ratios[from + k] >= 0, "judge_by_weights",
                  "ratio of step " + to_text(from + k), ratios[from + k], "be finite, and not negative");
          weight *= ratios[from + k];
          paid[k] += times * weight * log[from + k].reward;
        } else if (log[to - 1].status != episode::terminated) {
          break;  // a cut is not an end: nothing is known of what came after
        }
        if (weight == 0) break;
        reaching[k] += times * weight;
        squares[k] += times * weight * weight;
      }
    }
    double value = 0;
    double factor = 1;
    for (std::size_t k = 0; k < longest; ++k, factor *= options.discount) {
      if (reaching[k] > 0) value += factor * paid[k] / reaching[k];
    }
    return value;
  };
  weighted_judgement j;
  j.worth.value = value_of([](std::size_t) { return 1.0; });
  double all = 0;
  double tried = 0;
  double factor = 1;
  for (std::size_t k = 0; k < longest; ++k, factor *= options.discount) {
    all += factor;
    const double effective = squares[k] > 0 ? reaching[k] * reaching[k] / squares[k] : 0;
    if (effective < options.least_effective) continue;
    tried += factor;
    j.effective_episodes = j.effective_episodes == 0 ? effective : std::min(j.effective_episodes, effective);
  }
  j.tried = tried / all;
  if (j.tried < options.least_tried) {
    j.worth.why = "at " + percent_text(j.tried) + " of an episode's steps the log amounts to " +
                  to_text(options.least_effective) + " episodes of its own, a number needs " +
                  percent_text(options.least_tried);
    return j;
  }
  engine random(options.seed, stream::exploration);
  std::vector<double> times(episodes.size());
  std::vector<double> resampled;
  for (std::size_t r = 0; r < options.resamples; ++r) {
    std::fill(times.begin(), times.end(), 0.0);
    for (std::size_t e = 0; e < times.size(); ++e) times[random.below(times.size())] += 1;
    resampled.push_back(value_of([&](std::size_t e) { return times[e]; }));
  }
  std::tie(j.worth.low, j.worth.high) = middle_of(std::move(resampled));
  return j;
}

}  // namespace headroom
