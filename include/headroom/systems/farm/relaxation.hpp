#pragma once

#include <algorithm>  // std::clamp, std::max, std::min, std::upper_bound
#include <cmath>      // std::ceil
#include <cstddef>    // std::size_t
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/systems/farm/environment.hpp>

namespace headroom::farm {

/// A farm that is never worse off than the one whose episode it was made from, and forgets enough to be searched: the
/// same requests, the same scaling calls, but workers that never wait for their next poll and a collector that takes
/// every result at once. Its state is the vector of Kiefer and Wolfowitz (1955): when each worker gets free, in order.
/// Work first come, first served on such a vector is monotone: if every entry is no later, every later request starts
/// no later. Hence two states can be replaced by one that is no worse than either, and what is found to be necessary
/// here is necessary on the farm. Model of Relaxation (planning/clairvoyant.hpp).
///
/// Where the two differ, it is always to the good: no worker polls (0 to 0.116 s), the collector takes 8 ms and not up
/// to 0.124, requests that wait may be forgotten when states are merged. Steps whose length depends on what only the
/// farm knows have a clock that is an interval: workers come at its early end and leave at its late one.
class relaxation {
 public:
  struct state_type {
    std::vector<double> free_s{};  ///< ascending: when each worker gets free, or finished its last request
    double early_s = 0;            ///< earliest time of the clock
    double late_s = 0;             ///< latest time of the clock
    std::size_t next = 0;          ///< the request that starts next
  };

  /// Of the episode that `world` was reset to; `first` is what the reset returned, `moves` what may be done in a step.
  relaxation(const environment& world, const observation& first, std::vector<int> moves = {-1, 0, 1})
      : options_(world.options()), begin_s_(first.time_s), moves_(std::move(moves)) {
    int reach = 0;
    for (const int delta : moves_) {
      require(delta >= -options_.max_workers && delta <= options_.max_workers, "farm::relaxation", "move", delta,
              "not be more than the maximum of workers");
      reach = std::max({reach, delta, -delta});
    }
    require(!moves_.empty(), "farm::relaxation", "number of moves", moves_.size(), "be at least 1");
    const std::vector<double>& generated = world.generated();
    const std::vector<double>& service = world.service_times();
    const std::vector<double>& deadline = world.deadlines();
    const double hop = options_.polling.hop_s;
    requests_.reserve(generated.size());
    for (std::size_t i = 0; i < generated.size(); ++i) {
      const double slack = deadline[i] - service[i] - 2 * hop;
      requests_.push_back({generated[i] + hop, service[i] + hop, generated[i] + slack + tolerance_s});
      longest_s_ = std::max(longest_s_, service[i] + hop);
      all_done_s_ = std::max(all_done_s_, generated[i] + 2 * hop + service[i]);
    }
    steps_.resize(options_.max_steps);
    for (std::size_t k = 0; k < steps_.size(); ++k) {
      engine noise = environment::noise_of_step(world.seed(), k);
      steps_[k].overhead_s = environment::overhead_s(noise);
      engine up = noise;
      engine down = noise;
      for (int call = 0; call < reach; ++call) {
        steps_[k].up_s.push_back(scale_up_call_s(up));
        steps_[k].down_s.push_back(scale_down_call_s(down));
      }
    }
  }

  [[nodiscard]] std::size_t steps() const noexcept { return steps_.size(); }
  /// An episode without requests has kept nothing in time, says the farm: as if one had been missed.
  [[nodiscard]] double requests() const noexcept {
    return requests_.empty() ? 1.0 : static_cast<double>(requests_.size());
  }
  [[nodiscard]] const std::vector<int>& moves() const noexcept { return moves_; }

  void start(state_type& s) const {
    s.free_s.assign(static_cast<std::size_t>(options_.initial_workers), 0.0);
    s.early_s = s.late_s = begin_s_;
    s.next = 0;
    static_cast<void>(serve(s, s.early_s));
  }

  [[nodiscard]] std::size_t replicas(const state_type& s) const noexcept { return s.free_s.size(); }

  /// Plays step number `k` on `s`. Returns how many of the requests that started miss their deadline. A move beyond the
  /// limits is clipped, as on the farm.
  [[nodiscard]] double step(state_type& s, int move, std::size_t k) const {
    const int workers = static_cast<int>(s.free_s.size());
    const int delta = std::clamp(workers + move, options_.min_workers, options_.max_workers) - workers;
    const timing& t = steps_[k];
    double missed = 0;
    double early = s.early_s;
    double late = s.late_s;
    const auto pass = [&](double least, double most) {
      if (!options_.block_on_scaling) return;
      early += least;
      late += most;
    };
    for (int call = 0; call < delta; ++call) {
      const double d = t.up_s[static_cast<std::size_t>(call)];
      insert(s, early + std::max(0.0, d - options_.ready_lead_s));
      pass(d, d);
    }
    // An acknowledgement takes as long as the first worker to get free: at most the longest request and a poll.
    const double slowest = std::max(0.0, std::ceil(longest_s_ + options_.polling.worker_poll_s) - 1);
    for (int call = 0; call > delta; --call) {
      const double d = t.down_s[static_cast<std::size_t>(-call)];
      missed += serve(s, late);
      s.free_s.erase(s.free_s.begin());
      pass(d, d + slowest);
    }
    const auto end = [&](double begin, double now) {
      const double blocked = now - begin;
      return begin + std::max(options_.step_s, blocked > 0 ? blocked + options_.settle_s : 0.0) + t.overhead_s;
    };
    s.early_s = end(s.early_s, early);
    s.late_s = end(s.late_s, late);
    return missed + serve(s, s.early_s);
  }

  /// How many waiting requests miss their deadline whatever is done; `step` counts them when they start.
  [[nodiscard]] double certain(const state_type& s) const noexcept { return hopeless(s, requests_.size()); }
  /// How many of these `merged` no longer contains.
  [[nodiscard]] double forgotten(const state_type& s, const state_type& merged) const noexcept {
    return hopeless(s, merged.next);
  }

  /// Whether the episode may end here: every request was generated, and can be done.
  [[nodiscard]] bool may_end(const state_type& s) const noexcept { return s.late_s >= all_done_s_; }

  /// The requests that still miss their deadline when the episode ends here. What is left is served for at most ten
  /// more seconds.
  [[nodiscard]] double end(state_type& s) const {
    if (requests_.empty()) return 1;
    const double over = s.late_s + 2 * 5.0;
    double missed = serve(s, over);
    missed += static_cast<double>(requests_.size() - s.next);
    return missed;
  }

  /// Whether no entry of `a` is worse than that of `b`. O(workers).
  [[nodiscard]] bool covers(const state_type& a, const state_type& b) const noexcept {
    if (a.next < b.next || a.early_s > b.early_s || a.late_s < b.late_s) return false;
    for (std::size_t j = 0; j < a.free_s.size(); ++j) {
      if (a.free_s[j] > std::max(b.free_s[j], a.early_s)) return false;
    }
    return true;
  }

  /// Makes `a` a state that is nowhere worse than its old value or than `b`. O(workers).
  void merge(state_type& a, const state_type& b) const noexcept {
    a.early_s = std::min(a.early_s, b.early_s);
    a.late_s = std::max(a.late_s, b.late_s);
    a.next = std::max(a.next, b.next);
    for (std::size_t j = 0; j < a.free_s.size(); ++j) a.free_s[j] = std::min(a.free_s[j], b.free_s[j]);
  }

 private:
  struct request {
    double ready_s;   // can be taken from the queue
    double busy_s;    // its worker is away for so long
    double latest_s;  // started later, it is out of time
  };
  struct timing {
    double overhead_s = 0;
    std::vector<double> up_s{};
    std::vector<double> down_s{};
  };

  // The sums are in another order than the farm's. A request that is late by less than this counts as in time for the
  // bound.
  static constexpr double tolerance_s = 1e-9;

  // Starts what starts until `now`; returns how many of these are out of time.
  double serve(state_type& s, double now) const {
    double missed = 0;
    double* const v = s.free_s.data();
    const std::size_t n = s.free_s.size();
    while (s.next < requests_.size()) {
      const request& r = requests_[s.next];
      const double start = std::max(r.ready_s, v[0]);
      if (start > now) break;
      missed += start > r.latest_s ? 1.0 : 0.0;
      const double free = start + r.busy_s;
      std::size_t j = 1;
      for (; j < n && v[j] < free; ++j) v[j - 1] = v[j];
      v[j - 1] = free;
      ++s.next;
    }
    return missed;
  }

  [[nodiscard]] double hopeless(const state_type& s, std::size_t end) const noexcept {
    double n = 0;
    for (std::size_t i = s.next; i < end && requests_[i].ready_s <= s.early_s; ++i)
      n += requests_[i].latest_s < s.early_s ? 1.0 : 0.0;
    return n;
  }

  static void insert(state_type& s, double ready_s) {
    s.free_s.insert(std::upper_bound(s.free_s.begin(), s.free_s.end(), ready_s), ready_s);
  }

  options options_;
  double begin_s_;
  std::vector<int> moves_;
  double longest_s_ = 0;
  double all_done_s_ = 0;
  std::vector<request> requests_;
  std::vector<timing> steps_;
};

}  // namespace headroom::farm
