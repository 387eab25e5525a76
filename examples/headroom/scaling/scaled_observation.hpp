#pragma once

#include <utility>  // std::move

#include <headroom/baselines/service_signals.hpp>
#include <headroom/baselines/signals.hpp>
#include <headroom/environments/service_observation.hpp>
#include <headroom/policies/any_policy.hpp>

namespace tool {

/// What a policy of the tool sees of whatever is scaled by its replicas. Each such system shows its own observation in
/// this form, so that an autoscaler is compiled once.
struct scaled_observation : headroom::service_observation {
  double requests = 0;    ///< in the system: in service or waiting
  double busy_share = 0;  ///< busy fraction of the replicas, as the system's own programs count it
  double phase = 0;       ///< of the load's schedule, from 0 on
};

using scaled_policy = headroom::any_policy<scaled_observation, int>;

/// What an autoscaler reads of it.
[[nodiscard]] inline headroom::signals<scaled_observation> scaled_signals() {
  headroom::signals<scaled_observation> see = headroom::service_signals<scaled_observation>();
  see.concurrency = &scaled_observation::requests;
  return see;
}

/// A policy of the tool as a policy of a system: `Show(observation)` is what the system shows.
template <class Observation, class Show>
class shown_as_seen {
 public:
  shown_as_seen(scaled_policy one, Show show) : one_(std::move(one)), show_(std::move(show)) {}

  int start(const Observation& o) { return one_.start(show_(o)); }
  int step(const Observation& o) { return one_.step(show_(o)); }
  void stop(const Observation& o, headroom::episode end) { one_.stop(show_(o), end); }
  void executed(int delta) { one_.executed(delta); }
  /// What the policy says of its last decision.
  template <class Sink>
  void explain(Sink&& sink) const {
    headroom::explain(one_, sink);
  }
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(one_, sink);
  }

 private:
  scaled_policy one_;
  Show show_;
};

}  // namespace tool
