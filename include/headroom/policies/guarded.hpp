#pragma once

#include <cstdint>      // std::uint64_t
#include <type_traits>  // std::is_same_v
#include <utility>      // std::move

#include <headroom/core/concepts.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>
#include <headroom/policies/guard_note.hpp>

namespace headroom {

/// A policy behind a guard, which decides what is executed: `guard(observation, action) -> action`. When the guard
/// overrides an action, the inner policy is told, so a learner learns from the executed action. Model of
/// CorrectablePolicy.
///     guarded policy{std::move(inner), [](const sample& o, int delta) {
///                      return o.errors > 0 ? std::max(delta, 0) : delta;
///                    }};
template <class Inner, class Guard>
class guarded {
 public:
  guarded(Inner inner, Guard decides) : inner_(std::move(inner)), guard_(std::move(decides)) {}

  template <class Observation>
  auto start(const Observation& o) {
    return check(o, inner_.start(o));
  }
  template <class Observation>
  auto step(const Observation& o) {
    return check(o, inner_.step(o));
  }
  template <class Observation>
  void stop(const Observation& o, episode end) {
    inner_.stop(o, end);
  }
  template <class Action>
  void executed(const Action& a) {
    if constexpr (requires { inner_.executed(a); }) inner_.executed(a);
  }

  /// What a checkpoint stores: of the guard, what it says itself.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("inner", self.inner_);
    if constexpr (requires { Guard::fields(self.guard_, a); }) a("guard", self.guard_);
    a("overrides", self.overrides_);
  }

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  [[nodiscard]] Inner& inner() noexcept { return inner_; }
  [[nodiscard]] auto health() const requires requires(const Inner& p) { p.health(); }
  { return inner_.health(); }
  [[nodiscard]] const Guard& guard() const noexcept { return guard_; }
  [[nodiscard]] std::uint64_t overrides() const noexcept { return overrides_; }

  /// What the learner inside expects of its actions.
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(inner_, sink);
  }
  /// Calls `sink(guard_note)` for the guards inside of this one, then for this one, about the last decision. A guard
  /// with a `guard_name` and a `why()` is named and gives its reason. Only of a policy of deltas.
  template <class Sink>
  void explain(Sink&& sink) const {
    headroom::explain(inner_, sink);
    guard_note note{.guard = "guarded", .why = {}, .wished = wished_, .allowed = allowed_};
    if constexpr (requires { Guard::guard_name; }) note.guard = Guard::guard_name;
    if constexpr (requires { guard_.why(); }) {
      if (note.changed()) note.why = guard_.why();
    }
    sink(note);
  }

 private:
  template <class Observation, class Action>
  Action check(const Observation& o, const Action& wanted) {
    const Action allowed = guard_(o, wanted);
    if constexpr (std::is_same_v<Action, int>) {
      wished_ = wanted;
      allowed_ = allowed;
    }
    if (allowed == wanted) return wanted;
    ++overrides_;
    executed(allowed);
    return allowed;
  }

  Inner inner_;
  Guard guard_;
  std::uint64_t overrides_ = 0;
  int wished_ = 0;
  int allowed_ = 0;
};

/// A policy for an observation that reports the executed action (the environment clipped the action, or another
/// controller won). It reads that member before each step and tells the inner policy. Model of CorrectablePolicy.
///     reported policy{std::move(learner), &farm::observation::applied_delta};
template <class Inner, class Executed>
class reported {
 public:
  reported(Inner inner, Executed what) : inner_(std::move(inner)), what_(std::move(what)) {}

  template <class Observation>
  auto start(const Observation& o) {
    return inner_.start(o);
  }
  template <class Observation>
  auto step(const Observation& o) {
    inner_.executed(internal::part_of(what_, o));
    return inner_.step(o);
  }
  template <class Observation>
  void stop(const Observation& o, episode end) {
    inner_.executed(internal::part_of(what_, o));
    inner_.stop(o, end);
  }
  template <class Action>
  void executed(const Action& a) {
    inner_.executed(a);
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("inner", self.inner_);
  }

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  [[nodiscard]] Inner& inner() noexcept { return inner_; }
  [[nodiscard]] auto health() const requires requires(const Inner& p) { p.health(); }
  { return inner_.health(); }
  template <class Sink>
  void explain(Sink&& sink) const {
    headroom::explain(inner_, sink);
  }
  /// What the learner inside expects of its actions.
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(inner_, sink);
  }

 private:
  Inner inner_;
  Executed what_;
};

}  // namespace headroom
