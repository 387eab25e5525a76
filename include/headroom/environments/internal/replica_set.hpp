#pragma once

#include <algorithm>  // std::max, std::min
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint8_t
#include <limits>     // std::numeric_limits
#include <vector>     // std::vector

#include <headroom/core/random.hpp>
#include <headroom/environments/service_options.hpp>

namespace headroom::internal {

/// The replicas of a service and the nodes under them: who starts, who is ready, who drains, and when each of these
/// changes. It knows no requests.
class replica_set {
 public:
  static constexpr double never = std::numeric_limits<double>::infinity();
  enum class phase : std::uint8_t { absent, starting, ready, draining };
  struct replica {
    phase is = phase::absent;
    double change_s = never;  // starting: ready then; ready: fails then
    std::size_t node = 0;
  };

  explicit replica_set(const service_options& options) : options_(options) {}

  void reset(engine& random) {
    replicas_.clear();
    nodes_.clear();
    starting_ = ready_ = draining_ = 0;
    for (int k = 0; k < options_.initial_replicas; ++k) {
      const std::size_t r = place(0, 0);
      nodes_of(r).image_s = 0;
      become_ready(r, 0, random);
    }
    find_next();
  }

  /// Begins in the middle: so many of each. `rest_s(k)` is how long the k-th that starts still takes, the newest last.
  /// Ready ones have lived for an unknown time. All stand on nodes that run and have the image; `nodes` of them run, or
  /// as many as are needed.
  template <class Rest>
  void begin(double now_s, int ready, int starting, int draining, int nodes, engine& random, Rest&& rest_s) {
    replicas_.clear();
    nodes_.clear();
    starting_ = starting;
    ready_ = ready;
    draining_ = draining;
    for (int k = 0; k < draining + ready + starting; ++k) {
      const std::size_t r = place(now_s, 0);
      nodes_of(r).image_s = now_s;
      if (k < draining) {
        replicas_[r].is = phase::draining;
      } else if (k < draining + ready) {
        replicas_[r].is = phase::ready;
        if (options_.life.mean_s() < never) {
          replicas_[r].change_s = now_s + options_.life.under_way(random) * random.uniform();
        }
      } else {
        replicas_[r].is = phase::starting;
        replicas_[r].change_s = now_s + rest_s(k - draining - ready);
      }
    }
    while (options_.replicas_per_node > 0 && nodes_.size() < static_cast<std::size_t>(nodes)) {
      nodes_.push_back({true, 0, now_s, now_s, now_s});
    }
    find_next();
  }

  [[nodiscard]] int wanted() const noexcept { return starting_ + ready_; }
  [[nodiscard]] int starting() const noexcept { return starting_; }
  [[nodiscard]] int ready() const noexcept { return ready_; }
  [[nodiscard]] int draining() const noexcept { return draining_; }
  [[nodiscard]] int nodes() const noexcept {
    int n = 0;
    for (const node& m : nodes_) n += m.running ? 1 : 0;
    return options_.replicas_per_node > 0 ? n : 0;
  }
  [[nodiscard]] std::size_t size() const noexcept { return replicas_.size(); }
  [[nodiscard]] const replica& operator[](std::size_t r) const noexcept { return replicas_[r]; }

  /// When the next replica becomes ready or fails, and which.
  [[nodiscard]] double next_s() const noexcept { return next_s_; }
  [[nodiscard]] std::size_t next() const noexcept { return next_; }

  /// One replica more; it starts now.
  void add(double now_s, engine& random) {
    const std::size_t r = place(now_s, options_.node_delay(random));
    replicas_[r].is = phase::starting;
    ++starting_;
    start(r, now_s, random);
    find_next();
  }
  /// The replica that a scale-down takes: one that starts before one that serves, the newest of them, as Kubernetes
  /// does. Only if one is wanted.
  [[nodiscard]] std::size_t victim() const noexcept {
    const phase from = starting_ > 0 ? phase::starting : phase::ready;
    std::size_t r = replicas_.size();
    while (replicas_[--r].is != from) {
    }
    return r;
  }
  /// A starting one is gone at once; a ready one drains until `leave`.
  void remove(std::size_t r, double now_s) {
    if (replicas_[r].is == phase::starting) {
      --starting_;
      vacate(r, now_s);
    } else {
      --ready_;
      ++draining_;
      replicas_[r].is = phase::draining;
      replicas_[r].change_s = never;
    }
    find_next();
  }
  void leave(std::size_t r, double now_s) {
    --draining_;
    vacate(r, now_s);
  }

  /// The next change: a starting one becomes ready, a ready one fails and starts again where it is. Returns whether it
  /// became ready.
  bool change(engine& random) {
    const std::size_t r = next_;
    const double now_s = next_s_;
    const bool starts = replicas_[r].is == phase::starting;
    if (starts) {
      --starting_;
      become_ready(r, now_s, random);
    } else {
      --ready_;
      ++starting_;
      replicas_[r].is = phase::starting;
      start(r, now_s, random);
    }
    find_next();
    return starts;
  }

 private:
  struct node {
    bool running = false;
    int replicas = 0;
    double up_s = 0;         // runs from then on
    double image_s = never;  // has the image from then on; never: nobody asked for it
    double empty_s = never;  // empty since
  };
  node& nodes_of(std::size_t r) { return nodes_[replicas_[r].node]; }

  // A place for a replica: on the fullest node with room, else on a new one that runs after `delay_s`.
  std::size_t place(double now_s, double delay_s) {
    // Behind all others, because a scale-down takes the newest.
    const std::size_t r = replicas_.size();
    replicas_.emplace_back();
    const int most = options_.replicas_per_node > 0 ? options_.replicas_per_node : std::numeric_limits<int>::max();
    std::size_t best = nodes_.size();
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
      node& m = nodes_[k];
      if (m.running && m.replicas == 0 && now_s - m.empty_s >= options_.node_idle_s) m = {};  // was given back
      if (m.running && m.replicas < most && (best == nodes_.size() || m.replicas > nodes_[best].replicas)) best = k;
    }
    if (best == nodes_.size()) {
      best = 0;
      while (best < nodes_.size() && nodes_[best].running) ++best;
      if (best == nodes_.size()) nodes_.emplace_back();
      nodes_[best] = {true, 0, options_.replicas_per_node > 0 ? now_s + delay_s : now_s, never, never};
      if (options_.replicas_per_node == 0) nodes_[best].image_s = now_s;
    }
    ++nodes_[best].replicas;
    nodes_[best].empty_s = never;
    replicas_[r].node = best;
    return r;
  }
  void vacate(std::size_t r, double now_s) {
    node& m = nodes_of(r);
    if (--m.replicas == 0) m.empty_s = now_s;
    replicas_[r] = {};
    while (!replicas_.empty() && replicas_.back().is == phase::absent) replicas_.pop_back();
  }
  void start(std::size_t r, double now_s, engine& random) {
    node& m = nodes_of(r);
    const double pull_s = options_.image_pull(random);
    if (m.image_s == never) m.image_s = std::max(now_s, m.up_s) + pull_s;
    replicas_[r].change_s = std::max(now_s, m.image_s) + options_.start_delay(random);
  }
  void become_ready(std::size_t r, double now_s, engine& random) {
    ++ready_;
    replicas_[r].is = phase::ready;
    replicas_[r].change_s = now_s + options_.life(random);
  }
  void find_next() noexcept {
    next_s_ = never;
    for (std::size_t r = 0; r < replicas_.size(); ++r) {
      if (replicas_[r].change_s < next_s_) {
        next_s_ = replicas_[r].change_s;
        next_ = r;
      }
    }
  }

  service_options options_;
  std::vector<replica> replicas_;
  std::vector<node> nodes_;
  int starting_ = 0;
  int ready_ = 0;
  int draining_ = 0;
  double next_s_ = never;
  std::size_t next_ = 0;
};

}  // namespace headroom::internal
