#pragma once

#include <limits>  // std::numeric_limits

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>

/// What the tests of the small rewards have in common.
namespace small_rewards {

using namespace headroom;

struct sample {
  double done = 0;
  double asked = 1;
  double latency = 0;
  double cpu = 0;
  bool refused_move = false;
};
inline constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();

template <class R>
double after(const R& reward, const sample& next) {
  static_assert(Reward<R, sample, int>);
  return reward(sample{}, 0, next);
}

// Over a sample that is wider than any range here: within the bounds that the reward states.
template <class R>
bool bounded(const R& reward) {
  engine random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto any = [&] { return normal(random, 0, 300); };
    const sample o{any(), any(), any(), any(), false};
    const double r = reward(o, 0, sample{any(), any(), any(), any(), random.below(2) == 0});
    if (!(r >= reward.lowest() && r <= reward.highest())) return false;
  }
  return true;
}

}  // namespace small_rewards
