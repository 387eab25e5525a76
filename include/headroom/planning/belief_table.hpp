#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::abs, std::isfinite
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <limits>     // std::numeric_limits
#include <span>       // std::span
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/planning/rate_belief.hpp>
#include <headroom/planning/replica_moves.hpp>
#include <headroom/planning/step_values.hpp>

namespace headroom {

/// What a belief_table must know of an observation.
struct belief_view {
  double requests = 0;   ///< that came since the observation before; NaN: not known
  double seconds = 0;    ///< since the observation before; not looked at in the first of an episode
  int ready = 0;         ///< replicas that serve
  int starting = 0;      ///< replicas wanted that do not serve yet
  double in_system = 0;  ///< requests in service or waiting; NaN: not known
};

/// Belief-state planning: a filter over the rate (rate_belief) and the costs of a plan (step_values). It does what
/// costs least on the average over the belief, as if the rate were known one interval later (QMDP: Littman, Cassandra
/// and Kaelbling 1995). Model of Policy; an action is a number of replicas more or less. It sees neither clock nor
/// season.
///
/// `View(observation, first)` gives the belief_view; `first` says that an episode begins. It may keep what it needs of
/// earlier observations. Where the requests in the system are not known, the policy holds.
///
/// A decision costs O(rates^2 + moves x rates), a few hundred nanoseconds to a few microseconds, without allocation.
/// The costs are floats: rates x choices x in_system of them, four bytes each.
template <class Observation, class View>
class belief_table {
 public:
  /// Of a plan that was solved with the price `move` of a move. `law` is that of the plan. The plan is copied. Throws
  /// std::invalid_argument where they do not fit.
  belief_table(const step_values& plan, const rate_chain& law, double move, View view)
      : moves_(plan.moves()),
        in_system_(plan.table().in_system()),
        belief_(plan.table().rates(), law),
        move_(move),
        view_(std::move(view)),
        costs_(plan.choices().size()) {
    require_not_negative("belief_table", "price of a move", move);
    const std::size_t rates = belief_.rates().size();
    const std::size_t width = in_system_.size();
    const double first = plan.choices().front();  // only differences matter, and floats keep those better near zero
    for (std::size_t i = 0; i < rates; ++i) {
      for (std::size_t y = 0; y < moves_.choices(); ++y) {
        for (std::size_t j = 0; j < width; ++j)
          costs_[(y * width + j) * rates + i] = static_cast<float>(plan.choice(i, y, j) - first);
      }
    }
  }

  /// One that knows nothing yet, for `restore`: it was made of these grids and moves.
  belief_table(const step_grid& rates, step_grid in_system, const replica_moves& moves, double move, View view)
      : moves_(moves),
        in_system_(std::move(in_system)),
        belief_(rates, stays(rates.size())),
        move_(move),
        view_(std::move(view)),
        costs_(moves.choices() * in_system_.size() * rates.size()) {
    require_not_negative("belief_table", "price of a move", move);
  }

  int start(const Observation& o) {
    belief_.begin();
    return decide(view_(o, true));
  }
  int step(const Observation& o) {
    const belief_view seen = view_(o, false);
    belief_.see(seen.requests, seen.seconds);
    return decide(seen);
  }
  void stop(const Observation&, episode) {}

  [[nodiscard]] const rate_belief& belief() const noexcept { return belief_; }
  /// Decisions to hold because the requests in the system were not known.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

  /// What a checkpoint stores. Restored into a policy that was made of the same grids and moves.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("least", self.moves_.least());
    a.same("most", self.moves_.most());
    a.same("choices", self.moves_.choices());
    a.same("in_system", self.in_system_.size());
    a.same("most_in_system", self.in_system_.values().back());
    a.same("move", self.move_);
    a("belief", self.belief_);
    a("costs", self.costs_, {self.moves_.choices(), self.in_system_.size(), self.belief_.rates().size()});
  }

 private:
  static rate_chain stays(std::size_t rates) {
    rate_chain c{std::vector<double>(rates, 1.0 / static_cast<double>(rates)), std::vector<double>(rates * rates)};
    for (std::size_t k = 0; k < rates; ++k) c.next[k * rates + k] = 1;
    return c;
  }

  int decide(const belief_view& seen) {
    if (!std::isfinite(seen.in_system)) {
      ++refused_;
      return 0;
    }
    const std::span<const double> belief = belief_.now();
    const step_grid::place at = in_system_.at(std::max(0.0, seen.in_system));
    const std::size_t rates = belief.size();
    int best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (const replica_moves::option& o : moves_.options(moves_.index_of(seen.ready, seen.starting))) {
      const float* const low = costs_.data() + (o.choice * in_system_.size() + at.below) * rates;
      const float* const high = low + rates;
      double cost = move_ * std::abs(o.delta);
      for (std::size_t i = 0; i < rates; ++i) {
        cost += belief[i] * ((1 - at.share) * static_cast<double>(low[i]) + at.share * static_cast<double>(high[i]));
      }
      if (cost < least) {
        least = cost;
        best = o.delta;
      }
    }
    return best;
  }

  replica_moves moves_;
  step_grid in_system_;
  rate_belief belief_;
  double move_;
  View view_;
  std::vector<float> costs_;  // choices x in_system x rates
  std::uint64_t refused_ = 0;
};

}  // namespace headroom
