#pragma once

#include <cstddef>  // std::size_t

#include <headroom/core/types.hpp>

/// The poorest types that the concepts promise to accept: they can do what is asked for and nothing else. What can only
/// be moved is not copied, what is not asked to be comparable is not, results convert where a conversion is allowed. An
/// algorithm that takes them needs no more than its constraints say.
namespace archetype {

/// Default constructible, copyable, nothing more: std::semiregular. Not comparable, not a number.
struct observation {
  observation() = default;
  explicit observation(int) {}
};
struct action {
  action() = default;
  explicit action(int) {}
};

/// Cannot be copied, moved or default constructed: algorithms take it by reference.
struct pinned {
  explicit pinned(int) {}
  pinned(const pinned&) = delete;
  pinned& operator=(const pinned&) = delete;
};

struct environment : pinned {
  using observation_type = observation;
  using action_type = action;
  using pinned::pinned;
  int left = 0;
  int resets = 0;
  observation reset() {
    left = 3;
    ++resets;
    return observation(0);
  }
  headroom::step_result<observation> step(const action&) {
    return {observation(1), --left > 0 ? headroom::episode::ongoing : headroom::episode::terminated};
  }
};

struct policy : pinned {
  using pinned::pinned;
  int starts = 0;
  int steps = 0;
  int stops = 0;
  action start(const observation&) {
    ++starts;
    return action(0);
  }
  action step(const observation&) {
    ++steps;
    return action(0);
  }
  void stop(const observation&, headroom::episode) { ++stops; }
};

/// Results that only convert, and refuse everything else that a number can do.
struct converts_to_double {
  operator double() const { return 2.5; }
};

/// A learner owns its organs, so these can be moved, and no more.
struct movable {
  explicit movable(int) {}
  movable(movable&&) = default;
  movable& operator=(movable&&) = default;
};

/// A state need only be what an encoder yields and an agent takes.
struct state {
  explicit state(int) {}
};

struct encoder : movable {
  using state_type = state;
  using movable::movable;
  state operator()(const observation&) { return state(0); }  // may hold history: not const
};
struct reward : movable {
  using movable::movable;
  converts_to_double operator()(const observation&, const action&, const observation&) const { return {}; }
};
struct agent : movable {
  using state_type = state;
  using movable::movable;
  double learned = 0;
  int starts = 0;
  int ends = 0;
  int cuts = 0;
  headroom::action_index start(const state&) {
    ++starts;
    return headroom::action_index{0};
  }
  headroom::action_index step(double r, const state&) {
    learned += r;
    return headroom::action_index{0};
  }
  void terminate(double r) {
    learned += r;
    ++ends;
  }
  void truncate(double r, const state&) {
    learned += r;
    ++cuts;
  }
  headroom::action_index greedy(const state&) const { return headroom::action_index{0}; }
};

/// A learner looks executed actions up in its menu, so these can be compared, and no more.
struct comparable_action {
  int which = 0;
  friend bool operator==(const comparable_action& a, const comparable_action& b) { return a.which == b.which; }
};
struct menu : movable {
  using movable::movable;
  [[nodiscard]] std::size_t size() const { return 1; }
  comparable_action operator[](headroom::action_index) const { return {7}; }
};
struct comparable_environment : pinned {
  using observation_type = observation;
  using action_type = comparable_action;
  using pinned::pinned;
  int left = 0;
  int last = 0;
  observation reset() {
    left = 3;
    return observation(0);
  }
  headroom::step_result<observation> step(const comparable_action& a) {
    last = a.which;
    return {observation(1), --left > 0 ? headroom::episode::ongoing : headroom::episode::terminated};
  }
};
struct learning_reward : movable {
  using movable::movable;
  converts_to_double operator()(const observation&, const comparable_action&, const observation&) const { return {}; }
};

/// Observers implement the hooks that they want; a hook may return anything, and only true of type bool stops.
struct silent_observer : pinned {
  using pinned::pinned;
};
struct observer : pinned {
  using pinned::pinned;
  int starts = 0;
  int steps = 0;
  int stops = 0;
  void on_start(const observation&) { ++starts; }
  void on_step(const headroom::step_record<observation, action>&) { ++steps; }
  void on_stop(const observation&, headroom::episode) { ++stops; }
};

}  // namespace archetype
