#pragma once

#include <concepts>  // std::convertible_to, std::same_as, std::semiregular
#include <cstddef>   // std::size_t

namespace headroom {

/// A model of one episode with a known future. It is never worse off than the environment, whatever is done: what the
/// model cannot do, no policy can. `step` advances a state by one move and returns how many requests it missed; the
/// requests that are `certain` to be missed later are not included. `covers(a, b)`: a is nowhere worse than b.
/// `merge(a, b)` makes a nowhere worse than either; `forgotten(b, a)` then says how many certain misses of b are
/// missing in a. Only states with the same replicas after the same number of steps are compared.
// clang-format cannot lay out concepts (version 14).
// clang-format off
template <class R>
concept Relaxation = std::semiregular<typename R::state_type> &&
    requires(const R& r, typename R::state_type& s, const typename R::state_type& t) {
  { r.steps() } -> std::same_as<std::size_t>;  // most steps of the episode
  { r.requests() } -> std::convertible_to<double>;
  { r.moves()[0] } -> std::convertible_to<int>;  // the moves of a step
  {r.start(s)};
  { r.replicas(t) } -> std::convertible_to<std::size_t>;  // replicas asked for
  { r.step(s, 0, std::size_t{}) } -> std::convertible_to<double>;
  { r.certain(t) } -> std::convertible_to<double>;
  { r.forgotten(t, t) } -> std::convertible_to<double>;
  { r.may_end(t) } -> std::same_as<bool>;  // before the last step
  { r.end(s) } -> std::convertible_to<double>;  // requests missed after the end
  { r.covers(t, t) } -> std::same_as<bool>;
  {r.merge(s, t)};
};
// clang-format on

}  // namespace headroom
