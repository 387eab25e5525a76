#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <cstdint>    // std::uint64_t
#include <utility>    // std::exchange, std::pair

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

/// The environment of docs/1-first-environment.md, and of the examples that go on from there.

using namespace headroom;

// [world]
// A pool of replicas behind a queue. A new replica is paid for at once and serves two steps later; requests come as a
// Poisson process whose rate jumps.
struct sample {
  double queue = 0;
  double arrivals = 0;
  int replicas = 2;
};

class jumping_pool {
 public:
  using observation_type = sample;
  using action_type = int;

  explicit jumping_pool(std::uint64_t seed) : next_seed_(seed) {}

  sample reset() {
    random_ = engine(next_seed_++, stream::workload);  // another episode, another load; the same seed, the same load
    now_ = {0, 20, 4};
    ready_ = {4, 4};
    t_ = 0;
    return now_;
  }

  step_result<sample> step(int delta) {
    now_.replicas = std::clamp(now_.replicas + delta, 1, 12);
    const int serving =
        std::min(std::exchange(ready_.first, std::exchange(ready_.second, now_.replicas)), now_.replicas);
    now_.arrivals = poisson(random_, t_ / 25 % 2 == 0 ? 20 : 50);
    now_.queue = std::max(0.0, now_.queue + now_.arrivals - 10.0 * serving);
    return {now_, ++t_ == 100 ? episode::truncated : episode::ongoing};
  }

 private:
  std::uint64_t next_seed_;
  engine random_{0};
  sample now_;
  std::pair<int, int> ready_{4, 4};  // replicas that serve in the next step, and in the one after it
  int t_ = 0;
};
static_assert(Environment<jumping_pool>);
// [world]
