#pragma once

#include <algorithm>  // std::max

#include <headroom/core/random.hpp>

namespace headroom::farm {

/// Seconds that one call to add a worker takes. Drawn from a fit of 5392 measured calls: two modes, which depend on the
/// state of the cluster, and a thin tail.
template <UniformSource G>
[[nodiscard]] double scale_up_call_s(G& random) {
  const double u = random.uniform();
  double d = u < 0.65 ? normal(random, 5.75, 0.30) : normal(random, 7.15, 0.35);
  if (u > 0.99) d = uniform(random, 8.0, 15.0);
  return std::max(d, 4.5);
}

/// How long one that removes a worker takes, before the worker's own time to acknowledge. Measured over 2343 calls:
/// whole seconds of polling for the acknowledgement and for the pod to vanish.
template <UniformSource G>
[[nodiscard]] double scale_down_call_s(G& random) {
  const double u = random.uniform();
  return u < 0.08 ? 1.2 : u < 0.68 ? 2.2 : 3.2;
}

}  // namespace headroom::farm
