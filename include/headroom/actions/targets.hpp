#pragma once

#include <cmath>     // std::abs, std::isfinite
#include <cstddef>   // std::size_t
#include <limits>    // std::numeric_limits
#include <optional>  // std::optional
#include <utility>   // std::move
#include <vector>    // std::vector

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// A menu of targets for an environment that is scaled by deltas: entry k means "go to N replicas". Its action is the
/// delta that leads there from the observed number of replicas, as far as the limits let one decision move. The whole
/// range is one decision away, so that a learner need not learn a way through it; but a choice at random moves far.
/// Where the number of replicas is unknown, every entry is a delta of 0. The menu masks nothing: a target outside the
/// limits is refused when the menu is made. Model of ObservedActionSet.
///     targets menu{{2, 4, 8, 16}, &sample::replicas};
///     targets menu{{2, 4, 8, 16}, &sample::replicas, {.maximum = 32, .max_up = 4}};
template <class Replicas>
class targets {
 public:
  /// Throws std::invalid_argument without a target, for one outside the limits, or for one that is named twice.
  /// @param counts    numbers of replicas, in any order
  /// @param replicas  of the observation: the number that a delta changes
  /// @param limits    how far one decision moves, and the range that every target must be in
  targets(std::vector<int> counts, Replicas replicas, const replica_limits& limits = {.minimum = 0})
      : counts_(std::move(counts)), replicas_(std::move(replicas)), limits_(checked(limits)) {
    require(!counts_.empty(), "targets", "number of targets", counts_.size(), "be at least 1");
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      require(counts_[i] >= limits_.minimum && counts_[i] <= limits_.maximum, "targets", "target " + to_text(i),
              counts_[i], "be within the limits, [" + to_text(limits_.minimum) + ", " + to_text(limits_.maximum) + "]");
      for (std::size_t k = 0; k < i; ++k) {
        require(counts_[k] != counts_[i], "targets", "target " + to_text(i), counts_[i], "be named once");
      }
    }
    require(limits_.max_up > 0 || limits_.max_down > 0, "targets", "max_up and max_down", 0, "allow a move");
  }

  [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }
  /// The number of replicas that entry `i` leads to.
  [[nodiscard]] int target(action_index i) const {
    HEADROOM_ASSERT(to_size(i) < counts_.size(), "targets: index outside the menu");
    return counts_[to_size(i)];
  }
  /// The delta that entry `i` is at `o`.
  template <class Observation>
  [[nodiscard]] int at(const Observation& o, action_index i) const {
    return limits_.towards(internal::number_of(replicas_, o), target(i));
  }
  /// The entry that is this delta at `o`; of several, which only limits of a move cause, the one whose target is
  /// nearest. O(size).
  template <class Observation>
  [[nodiscard]] std::optional<action_index> find(const Observation& o, int delta) const {
    const double current = internal::number_of(replicas_, o);
    std::optional<action_index> best;
    if (!std::isfinite(current)) return best;
    double distance = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const double d = std::abs(current + delta - counts_[i]);
      if (d >= distance || limits_.towards(current, counts_[i]) != delta) continue;
      distance = d;
      best = action_index{i};
    }
    return best;
  }
  [[nodiscard]] const replica_limits& limits() const noexcept { return limits_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("targets", "target", self.counts_);
    a("replicas", named_part<Replicas>{self.replicas_});
    a.means("minimum", self.limits_.minimum);
    a.means("maximum", self.limits_.maximum);
    a.means("max_up", self.limits_.max_up);
    a.means("max_down", self.limits_.max_down);
  }

 private:
  std::vector<int> counts_;
  Replicas replicas_;
  replica_limits limits_;
};
template <class Replicas>
targets(std::vector<int>, Replicas, replica_limits) -> targets<Replicas>;
template <class Replicas>
targets(std::vector<int>, Replicas) -> targets<Replicas>;

}  // namespace headroom
