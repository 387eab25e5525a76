#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <headroom/encoders/standardize.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/run/run.hpp>
#include <headroom/testing/cartpole.hpp>

/// What learners on the cart and pole see, and how well they do.
namespace cartpole_learners {

using namespace headroom;

inline auto cartpole_features() {
  using o = cartpole_observation;
  const auto within = [](double o::*what, double bound) { return between{what, -bound, bound, -1, 1}; };
  return standardize{within(&o::place, cartpole::track), within(&o::speed, 3), within(&o::angle, cartpole::lean),
                     within(&o::angular_speed, 3)};
}

// Steps until the pole falls or the limit is reached, the fewest of twenty episodes.
template <class Learner>
std::size_t fewest_steps(const Learner& learner, std::uint64_t seed) {
  frozen policy{learner};
  cartpole world(seed);
  std::size_t fewest = cartpole::limit;
  for (int e = 0; e < 20; ++e) fewest = std::min<std::size_t>(fewest, run_episodes(world, policy, 1).steps);
  return fewest;
}

}  // namespace cartpole_learners
