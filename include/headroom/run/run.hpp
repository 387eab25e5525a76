#pragma once

#include <concepts>     // std::same_as
#include <cstdint>      // std::uint64_t
#include <type_traits>  // std::remove_const_t

#include <headroom/core/concepts.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// The result of a call of `run`.
struct run_result {
  std::uint64_t steps = 0;
  std::uint64_t episodes = 0;  ///< episodes that the environment ended
  bool stopped = false;        ///< an observer stopped the run
};

namespace internal {

// Observers implement the hooks they want: on_start(o), on_step(step_record), on_stop(o, why). A hook that returns bool
// stops the run with true.
template <class Hook>
bool asks_to_stop(Hook&& hook) {
  if constexpr (std::same_as<decltype(hook()), bool>)
    return hook();
  else {
    hook();
    return false;
  }
}
template <class Observer, class O>
bool tell_start(Observer& x, const O& o) {
  if constexpr (requires(std::remove_const_t<Observer> & y) { y.on_start(o); }) {
    static_assert(
        requires { x.on_start(o); }, "run: this observer is const, but its on_start is not: it would never be called");
  }
  if constexpr (requires { x.on_start(o); })
    return asks_to_stop([&] { return x.on_start(o); });
  else
    return false;
}
template <class Observer, class Record>
bool tell_step(Observer& x, const Record& r) {
  if constexpr (requires(std::remove_const_t<Observer> & y) { y.on_step(r); }) {
    static_assert(
        requires { x.on_step(r); }, "run: this observer is const, but its on_step is not: it would never be called");
  }
  if constexpr (requires { x.on_step(r); })
    return asks_to_stop([&] { return x.on_step(r); });
  else
    return false;
}
template <class Observer, class O>
bool tell_stop(Observer& x, const O& o, episode why) {
  if constexpr (requires(std::remove_const_t<Observer> & y) { y.on_stop(o, why); }) {
    static_assert(
        requires { x.on_stop(o, why); },
        "run: this observer is const, but its on_stop is not: it would never be called");
  }
  if constexpr (requires { x.on_stop(o, why); })
    return asks_to_stop([&] { return x.on_stop(o, why); });
  else
    return false;
}

}  // namespace internal

/// When a run ends by itself.
struct run_limits {
  std::uint64_t steps = ~std::uint64_t{0};
  std::uint64_t episodes = ~std::uint64_t{0};
};

/// The loop for simulators: the policy drives the environment until a limit is reached or an observer stops it. Then
/// the episode is truncated, so that the last transition is learned too, and the next call can start afresh.
template <Environment E, Policy<observation_t<E>, action_t<E>> P, class... Observers>
run_result run(E& env, P& policy, const run_limits& limits, Observers&&... observers) {
  run_result done;
  while (done.steps < limits.steps && done.episodes < limits.episodes && !done.stopped) {
    observation_t<E> before = env.reset();
    // Every observer is called, in the given order, whatever the others returned. A fold over || of the hooks alone
    // would skip those after the first that stops. Function arguments would be evaluated in an unspecified order.
    ((done.stopped = internal::tell_start(observers, before) || done.stopped), ...);
    if (done.stopped) break;
    action_t<E> action = policy.start(before);
    for (;;) {
      const step_result<observation_t<E>> result = env.step(action);
      [[maybe_unused]] const step_record<observation_t<E>, action_t<E>> record{
          before, action, result.observation, result.status, done.steps, done.episodes};
      ++done.steps;
      ((done.stopped = internal::tell_step(observers, record) || done.stopped), ...);
      const bool cut = done.stopped || done.steps == limits.steps;
      if (result.status != episode::ongoing || cut) {
        const episode why = result.status != episode::ongoing ? result.status : episode::truncated;
        policy.stop(result.observation, why);
        if (result.status != episode::ongoing) ++done.episodes;
        ((done.stopped = internal::tell_stop(observers, result.observation, why) || done.stopped), ...);
        break;
      }
      before = result.observation;
      action = policy.step(before);
    }
  }
  return done;
}

/// Runs a number of steps, over as many episodes as needed.
template <Environment E, Policy<observation_t<E>, action_t<E>> P, class... Observers>
run_result run(E& env, P& policy, std::uint64_t steps, Observers&&... observers) {
  return run(env, policy, run_limits{.steps = steps}, observers...);
}

/// Runs a number of whole episodes.
template <Environment E, Policy<observation_t<E>, action_t<E>> P, class... Observers>
run_result run_episodes(E& env, P& policy, std::uint64_t episodes, Observers&&... observers) {
  return run(env, policy, run_limits{.episodes = episodes}, observers...);
}

}  // namespace headroom
