#pragma once

#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::move

#include <headroom/core/types.hpp>
#include <headroom/baselines/intake.hpp>
#include <headroom/baselines/signals.hpp>

namespace headroom {

/// The shared base of policies that limit another policy of deltas, by time and replicas. Derived provides
/// allowed(now_s, replicas, wish), which returns how much of a wish is executed, and forget(), which is called when an
/// episode begins and after a clock that jumped backwards. Both are found at compile time; nothing is virtual. If the
/// executed delta differs from the wish, the inner policy is told. If the clock or the number of replicas cannot be
/// used, it holds and counts. Model of CorrectablePolicy.
///     class mine : public clocked_guard<mine, inner, gauge> { friend clocked_guard<mine, inner, gauge>; ...
template <class Derived, class Inner, class O>
class clocked_guard {
 public:
  int start(const O& o) {
    door_.start();
    law().forget();
    return settle(o, inner_.start(o));
  }
  int step(const O& o) { return settle(o, inner_.step(o)); }
  void stop(const O& o, episode end) { inner_.stop(o, end); }
  void executed(int delta) {
    if constexpr (requires { inner_.executed(delta); }) inner_.executed(delta);
  }

  /// What a checkpoint stores, between episodes: an episode starts without a past.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if constexpr (requires { std::remove_cvref_t<Inner>::fields(self.inner_, a); }) a("inner", self.inner_);
    a("door", self.door_);
    a("overrides", self.overrides_);
  }

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  /// How many wishes were not executed unchanged.
  [[nodiscard]] std::uint64_t overrides() const noexcept { return overrides_; }
  [[nodiscard]] const refused_signals& refused() const noexcept { return door_.refused(); }

 protected:
  /// Needs signals.time_s and signals.replicas, which Derived checks, after its options.
  clocked_guard(Inner inner, const signals<O>& see) : inner_(std::move(inner)), see_(see) {}

 private:
  Derived& law() noexcept { return static_cast<Derived&>(*this); }

  int settle(const O& o, int wish) {
    const int delta = corrected(o, wish);
    if (delta == wish) return wish;
    ++overrides_;
    executed(delta);
    return delta;
  }
  int corrected(const O& o, int wish) {
    const double now_s = see_.time_s(o);
    const double current = see_.replicas(o);
    const bool in_time = door_.clock(now_s);
    if (door_.jumped()) law().forget();
    if (!door_.count(current, std::numeric_limits<int>::max()) || !in_time) return 0;
    return law().allowed(now_s, current, wish);
  }

  Inner inner_;
  signals<O> see_;
  intake door_;
  std::uint64_t overrides_ = 0;
};

}  // namespace headroom
