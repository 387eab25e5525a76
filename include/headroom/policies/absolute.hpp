#pragma once

#include <algorithm>  // std::clamp, std::max
#include <cmath>      // std::isfinite, std::lround
#include <limits>     // std::numeric_limits
#include <utility>    // std::move

#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// Any policy of deltas for a host that sets a number of replicas, as a cluster's interface takes it: a decision is
/// the observed number plus the delta, never below zero. Where the observed number is unknown, the last known one
/// stands, or `keep` if there was none; a host leaves the scale alone then. Model of CorrectablePolicy.
///     absolute policy{target_tracking{...}, &sample::replicas};
///     cluster.set_replicas(policy.step(o));
template <class Inner, class Replicas>
class absolute {
 public:
  static constexpr int keep = -1;

  absolute(Inner inner, Replicas replicas) : inner_(std::move(inner)), replicas_(std::move(replicas)) {}

  template <class O>
  int start(const O& o) {
    current_ = keep;
    see(o);
    return target(inner_.start(o));
  }
  template <class O>
  int step(const O& o) {
    see(o);
    return target(inner_.step(o));
  }
  template <class O>
  void stop(const O& o, episode end) {
    inner_.stop(o, end);
  }
  /// The number of replicas that was set in place of the last decision.
  void executed(int replicas) {
    if constexpr (requires { inner_.executed(0); }) {
      if (current_ != keep) inner_.executed(replicas - current_);
    }
  }

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  [[nodiscard]] Inner& inner() noexcept { return inner_; }

  /// What a checkpoint stores: what the inner policy does.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("inner", self.inner_);
  }

 private:
  template <class O>
  void see(const O& o) {
    const double seen = internal::number_of(replicas_, o);
    constexpr double most = std::numeric_limits<int>::max();
    if (std::isfinite(seen)) current_ = static_cast<int>(std::lround(std::clamp(seen, 0.0, most)));
  }
  [[nodiscard]] int target(int delta) const noexcept {
    if (current_ == keep) return keep;
    if (delta > std::numeric_limits<int>::max() - current_) return std::numeric_limits<int>::max();
    return std::max(0, current_ + delta);
  }

  Inner inner_;
  Replicas replicas_;
  int current_ = keep;
};

}  // namespace headroom
