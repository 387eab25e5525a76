#pragma once

#include <algorithm>  // std::max, std::min, std::sort
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <utility>    // std::swap
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/planning/relaxed_search.hpp>

namespace headroom {

/// The result of a schedule in an episode.
struct schedule_outcome {
  double replicas = 0;  ///< mean over the steps
  double missed = 0;    ///< fraction of the requests that missed their deadline

  [[nodiscard]] double paid(double price) const noexcept { return replicas + price * missed; }
};

/// One episode at one price: what is proven, and what was found.
struct clairvoyant_point {
  double price = 0;             ///< how many replicas all requests of the episode are worth
  double bound = 0;             ///< proven: replicas + price * missed of any policy is at least this
  bool exact = false;           ///< whether the relaxation itself reaches the bound
  schedule_outcome found{};     ///< what `schedule` achieved in the environment
  std::vector<int> schedule{};  ///< one move a step
};

struct clairvoyant_options {
  std::vector<double> prices{10, 25, 50, 100, 200, 400, 1000, 4000};  ///< each price gives one line under the curve
  std::size_t width = 8;                                              ///< width of the relaxed search
  std::size_t span = 6;       ///< to improve a schedule, two moves at most so many steps apart are changed
  std::size_t replays = 500;  ///< most replays to improve a schedule, at each price
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const clairvoyant_options& checked(const clairvoyant_options& o) {
  require(!o.prices.empty(), "clairvoyant", "number of prices", o.prices.size(), "be at least 1");
  for (std::size_t k = 0; k < o.prices.size(); ++k) {
    require_positive("clairvoyant", "price", o.prices[k]);
    require(k == 0 || o.prices[k] > o.prices[k - 1], "clairvoyant", "price " + to_text(k), o.prices[k],
            "be above the one before it");
  }
  return o;
}

/// Searches an episode with a known future from both sides: a proven lower bound on the cost of any policy, and a
/// schedule that was replayed in the environment. The difference of the two is the gap. The schedule begins as the
/// relaxation's. A local search then improves it by exchanging moves. Schedules found at one price are tried at all
/// others.
template <Relaxation R>
class clairvoyant {
 public:
  explicit clairvoyant(const clairvoyant_options& options = {})
      : options_(checked(options)), search_(options.width), points_(options_.prices.size()) {}

  [[nodiscard]] const clairvoyant_options& options() const noexcept { return options_; }

  /// One point for each price. `replay(schedule)` plays the schedule in the environment and returns the outcome; steps
  /// beyond its end hold.
  template <class Replay>
  const std::vector<clairvoyant_point>& operator()(const R& model, Replay&& replay) {
    search_.begin(model);
    const std::vector<int> hold(model.steps(), 0);
    std::vector<int> best = hold;
    schedule_outcome outcome = replay(best);
    // From the highest price to the lowest: a schedule that keeps nearly every deadline is a good start for one that
    // keeps fewer.
    for (std::size_t k = points_.size(); k-- > 0;) {
      clairvoyant_point& p = points_[k];
      p.price = options_.prices[k];
      p.bound = search_.bound(p.price, outcome.paid(p.price));
      p.exact = search_.exact();
      if (!search_.schedule().empty()) {
        std::vector<int> other = search_.schedule();
        other.resize(model.steps(), 0);
        const schedule_outcome seen = replay(other);
        if (seen.paid(p.price) < outcome.paid(p.price)) {
          best = other;
          outcome = seen;
        }
      }
      improve(model, replay, p.price, best, outcome);
      p.schedule = best;
      p.found = outcome;
    }
    for (clairvoyant_point& p : points_) {
      for (const clairvoyant_point& other : points_) {
        if (!(other.found.paid(p.price) < p.found.paid(p.price))) continue;
        p.found = other.found;
        p.schedule = other.schedule;
      }
    }
    return points_;
  }

 private:
  template <class Replay>
  void improve(const R& model, Replay& replay, double price, std::vector<int>& best, schedule_outcome& outcome) {
    std::vector<int> moves(model.moves().begin(), model.moves().end());
    std::sort(moves.begin(), moves.end());
    const auto place = [&](int move) {
      return static_cast<std::size_t>(std::lower_bound(moves.begin(), moves.end(), move) - moves.begin());
    };
    std::size_t replays = 0;
    const auto accept = [&] {
      if (replays == options_.replays) return false;
      ++replays;
      const schedule_outcome seen = replay(trial_);
      if (!(seen.paid(price) < outcome.paid(price) - 1e-12)) return false;
      best = trial_;
      outcome = seen;
      return true;
    };
    for (bool better = true; better && replays < options_.replays;) {
      better = false;
      for (std::size_t i = 0; i < best.size(); ++i) {
        for (const int move : moves) {
          if (move == best[i]) continue;
          trial_ = best;
          trial_[i] = move;
          better = accept() || better;
        }
        for (std::size_t j = i + 1; j < std::min(best.size(), i + 1 + options_.span); ++j) {
          if (best[i] != best[j]) {
            trial_ = best;
            std::swap(trial_[i], trial_[j]);
            better = accept() || better;
          }
          for (const bool up : {true, false}) {  // one move higher, the other lower
            const std::size_t a = place(best[up ? i : j]);
            const std::size_t b = place(best[up ? j : i]);
            if (a + 1 >= moves.size() || b == 0) continue;
            trial_ = best;
            trial_[up ? i : j] = moves[a + 1];
            trial_[up ? j : i] = moves[b - 1];
            better = accept() || better;
          }
        }
      }
    }
  }

  clairvoyant_options options_;
  relaxed_search<R> search_;
  std::vector<clairvoyant_point> points_;
  std::vector<int> trial_{};
};

/// The least mean replicas for a service level, over many episodes. Each price gives a line that no policy can be
/// under: replicas >= bound - price * missed. The maximum of the lines is the bound. By Lagrange duality it also holds
/// for a policy that is good in some episodes and bad in others.
class clairvoyant_curve {
 public:
  struct point {
    double price = 0;
    double bound = 0;          ///< proven: mean replicas + price * mean missed is at least this
    schedule_outcome found{};  ///< means over the episodes
    std::size_t exact = 0;     ///< episodes in which the relaxation was solved exactly
  };

  /// Adds one episode: one point for each price, always the same prices.
  void add(const std::vector<clairvoyant_point>& episode) {
    if (episodes_ == 0) points_.resize(episode.size());
    require(episode.size() == points_.size(), "clairvoyant_curve", "number of prices", episode.size(),
            "equal that of the first episode, " + to_text(points_.size()));
    ++episodes_;
    const double share = 1 / static_cast<double>(episodes_);
    for (std::size_t k = 0; k < points_.size(); ++k) {
      point& p = points_[k];
      const clairvoyant_point& e = episode[k];
      p.price = e.price;
      p.bound += (e.bound - p.bound) * share;
      p.found.replicas += (e.found.replicas - p.found.replicas) * share;
      p.found.missed += (e.found.missed - p.found.missed) * share;
      p.exact += e.exact ? 1U : 0U;
    }
  }

  [[nodiscard]] std::size_t episodes() const noexcept { return episodes_; }
  [[nodiscard]] const std::vector<point>& points() const noexcept { return points_; }

  /// Proven: a policy that keeps `level` of the requests in time, on average over these episodes, needs at least this
  /// many mean replicas. O(prices).
  [[nodiscard]] double lower_at(double level) const noexcept {
    double lower = 0;
    for (const point& p : points_) lower = std::max(lower, p.bound - p.price * (1 - level));
    return lower;
  }

  /// The fewest mean replicas that kept `level` in replays. Each episode may use the schedule of another price.
  /// Infinite if no replay reached the level.
  [[nodiscard]] double found_at(double level) const noexcept {
    const double missed = 1 - level;
    double found = std::numeric_limits<double>::infinity();
    for (const point& a : points_) {
      if (a.found.missed > missed) continue;
      found = std::min(found, a.found.replicas);
      for (const point& b : points_) {
        if (b.found.missed <= missed) continue;
        const double share = (missed - a.found.missed) / (b.found.missed - a.found.missed);
        found = std::min(found, a.found.replicas + share * (b.found.replicas - a.found.replicas));
      }
    }
    return found;
  }

 private:
  std::size_t episodes_ = 0;
  std::vector<point> points_{};
};

}  // namespace headroom
