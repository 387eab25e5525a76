#pragma once

#include <cstddef>  // std::size_t

#include <headroom/core/random.hpp>
#include <headroom/environments/internal/replica_set.hpp>
#include <headroom/environments/service_options.hpp>

namespace headroom::internal {

/// How a balancer picks the replica for a request.
class replica_balance {
 public:
  explicit replica_balance(balancer how) : how_(how) {}

  void reset() noexcept { turn_ = 0; }

  /// One of the ready replicas, of which there must be one. `outstanding(r)` is how many requests replica r has.
  /// O(replicas) for least_outstanding, else O(1) where most are ready.
  template <class Outstanding>
  [[nodiscard]] std::size_t pick(const replica_set& replicas, engine& random, Outstanding&& outstanding) {
    const auto is_ready = [&](std::size_t r) { return replicas[r].is == replica_set::phase::ready; };
    if (how_ == balancer::round_robin) {
      do {
        turn_ = turn_ + 1 < replicas.size() ? turn_ + 1 : 0;
      } while (!is_ready(turn_));
      return turn_;
    }
    if (how_ == balancer::random_of_two) {
      const auto any = [&] {
        std::size_t r = random.below(replicas.size());
        while (!is_ready(r)) r = random.below(replicas.size());
        return r;
      };
      const std::size_t a = any();
      const std::size_t b = any();
      return outstanding(b) < outstanding(a) ? b : a;
    }
    std::size_t best = replicas.size();
    for (std::size_t r = 0; r < replicas.size(); ++r) {
      if (is_ready(r) && (best == replicas.size() || outstanding(r) < outstanding(best))) best = r;
    }
    return best;
  }

 private:
  balancer how_;
  std::size_t turn_ = 0;  // of round_robin: who got the last one
};

}  // namespace headroom::internal
