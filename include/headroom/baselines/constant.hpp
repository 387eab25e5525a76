#pragma once

#include <utility>  // std::move

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// Always the same number of replicas: the baseline that every comparison needs. Moves there as fast as its limits
/// allow.
///     constant fourteen{14, &sample::replicas, {.maximum = 32}};
template <class Replicas>
class constant {
 public:
  constant(int target, Replicas replicas, const replica_limits& limits = {})
      : target_(target), replicas_(std::move(replicas)), limits_(checked(limits)) {
    require(target >= limits_.minimum && target <= limits_.maximum, "constant", "target", target,
            "be within the limits " + to_text(limits_.minimum) + " to " + to_text(limits_.maximum));
  }

  template <class Observation>
  int start(const Observation& o) {
    return step(o);
  }
  template <class Observation>
  int step(const Observation& o) {
    return limits_.towards(internal::number_of(replicas_, o), target_);
  }
  template <class Observation>
  void stop(const Observation&, episode) {}

 private:
  int target_;
  Replicas replicas_;
  replica_limits limits_;
};
template <class Replicas>
constant(int, Replicas, replica_limits) -> constant<Replicas>;
template <class Replicas>
constant(int, Replicas) -> constant<Replicas>;

}  // namespace headroom
