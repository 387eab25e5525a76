#pragma once

#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <string_view>  // std::string_view
#include <type_traits>  // std::conditional_t, std::is_const_v, std::remove_cvref_t
#include <utility>      // std::move

#include <headroom/core/types.hpp>
#include <headroom/baselines/intake.hpp>
#include <headroom/baselines/signals.hpp>
#include <headroom/policies/decision_values.hpp>
#include <headroom/policies/guard_note.hpp>

namespace headroom {

/// What an observation shows a clocked guard.
struct guard_sample {
  double now_s = 0;
  double replicas = 0;
  double load = 0;       ///< the guard's metric; 0 without one
  bool counted = true;   ///< the number of replicas can be used
  bool measured = true;  ///< the metric can be used, or there is none
};

/// The shared base of policies that limit another policy of deltas, by time and replicas. Derived provides
/// allowed(sample, wish), which returns how much of a wish is executed, and forget(), which is called when an episode
/// begins and after a clock that jumped backwards. Both are found at compile time; nothing is virtual. allowed() gets
/// every sample whose clock can be used, and returns 0 if it needs a value that `counted` or `measured` says is
/// missing. If the executed delta differs from the wish, the inner policy is told. If the clock cannot be used, it
/// holds; what cannot be used is counted. A public `guard_name` and `law`, and `because` in allowed(), say in `explain`
/// which guard changed a decision and why. `past(self, archive)` names what it remembers of an episode, and go_on() is
/// called where an episode goes on that another process began. A guard that remembers moves derives from counted_moves.
/// Model of CorrectablePolicy.
///     class mine : public clocked_guard<mine, inner, gauge> { friend clocked_guard<mine, inner, gauge>; ...
template <class Derived, class Inner, class O>
class clocked_guard {
 public:
  /// After `restore` within an episode it goes on with the restored past; else an episode begins without one.
  int start(const O& o) {
    const bool goes_on = within_ && !begun_here_;
    within_ = begun_here_ = true;
    if (!goes_on) {
      door_.start();
      self().forget();
    } else if constexpr (requires { self().go_on(); }) {
      self().go_on();
    }
    return settle(o, inner_.start(o));
  }
  int step(const O& o) { return settle(o, inner_.step(o)); }
  void stop(const O& o, episode end) {
    if (end != episode::ongoing) within_ = false;
    inner_.stop(o, end);
  }
  void executed(int delta) {
    if constexpr (requires { inner_.executed(delta); }) inner_.executed(delta);
  }

  /// What a checkpoint stores. Of a guard within an episode also its past: a host that is started anew reads it, calls
  /// `start`, and its windows and budgets go on. Its clock must go on, too.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if constexpr (requires { std::remove_cvref_t<Inner>::fields(self.inner_, a); }) a("inner", self.inner_);
    a("door", self.door_);
    a("overrides", self.overrides_);
    if (!a.training()) return;  // a deployed copy begins its own episode
    a("within", self.within_);
    self.door_.past(self.door_, a);
    if constexpr (requires { Derived::past(static_cast<derived_as<Self>&>(self), a); })
      Derived::past(static_cast<derived_as<Self>&>(self), a);
  }

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  [[nodiscard]] Inner& inner() noexcept { return inner_; }
  /// How many wishes were not executed unchanged.
  [[nodiscard]] std::uint64_t overrides() const noexcept { return overrides_; }
  [[nodiscard]] const refused_signals& refused() const noexcept { return door_.refused(); }

  /// What the learner inside expects of its actions.
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(inner_, sink);
  }
  /// Calls `sink(guard_note)` for the guards inside of this one, then for this one, about the last decision.
  template <class Sink>
  void explain(Sink&& sink) const {
    headroom::explain(inner_, sink);
    guard_note note{.guard = "clocked_guard", .why = why_, .wished = wished_, .allowed = allowed_};
    if constexpr (requires { Derived::guard_name; }) note.guard = Derived::guard_name;
    if (!note.changed()) note.why = {};
    sink(note);
  }

 protected:
  /// Needs signals.time_s and signals.replicas, which Derived checks, after its options. More replicas than `maximum`
  /// are counted; `metric` may be empty.
  clocked_guard(Inner inner, const signals<O>& see, const feature<O>& metric = {},
                int maximum = std::numeric_limits<int>::max())
      : inner_(std::move(inner)), see_(see), metric_(metric), maximum_(maximum) {}

  /// For allowed(): the reason of a change, if it is another than Derived::law. A text that lives for ever.
  void because(std::string_view why) noexcept { why_ = why; }

 private:
  template <class Self>
  using derived_as = std::conditional_t<std::is_const_v<Self>, const Derived, Derived>;

  Derived& self() noexcept { return static_cast<Derived&>(*this); }

  int settle(const O& o, int wish) {
    const int delta = corrected(o, wish);
    wished_ = wish;
    allowed_ = delta;
    if (delta == wish) return wish;
    ++overrides_;
    executed(delta);
    return delta;
  }
  int corrected(const O& o, int wish) {
    guard_sample seen{.now_s = see_.time_s(o), .replicas = see_.replicas(o), .load = metric_ ? metric_(o) : 0};
    const bool in_time = door_.clock(seen.now_s);
    seen.counted = door_.count(seen.replicas, maximum_);
    seen.measured = !metric_ || door_.value(seen.load);
    if (door_.jumped()) self().forget();
    if (!in_time) {
      why_ = "the time cannot be used";
      return 0;
    }
    why_ = {};
    if constexpr (requires { Derived::law; }) why_ = Derived::law;
    if (!seen.counted) why_ = "the number of replicas cannot be used";
    return self().allowed(seen, wish);
  }

  Inner inner_;
  signals<O> see_;
  feature<O> metric_;
  int maximum_;
  intake door_;
  std::uint64_t overrides_ = 0;
  std::string_view why_{};
  int wished_ = 0;
  int allowed_ = 0;
  bool within_ = false;      // an episode
  bool begun_here_ = false;  // this object was started: what it remembers is its own
};

}  // namespace headroom
