#pragma once

#include <algorithm>    // std::max, std::min
#include <cstdint>      // std::uint64_t
#include <string_view>  // std::string_view
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::move

#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>
#include <headroom/policies/guard_note.hpp>

namespace headroom {

/// A policy of deltas that never scales down on a forecast alone. A second policy, the witness, looks only at what was
/// measured, and a scale-down goes at most as far as the witness would go by itself. Scaling up needs no witness: a
/// forecast that is wrong there costs money, and one that is wrong on the way down costs the service. Predictive
/// scaling of AWS keeps the same law.
///
/// Both policies see every observation, and each is told what was executed if it wished something else. O(1) besides
/// the two policies, no allocation. Model of CorrectablePolicy.
///     confirmed_down policy{std::move(forecasting), target_tracking{see, limits, {.target = 0.7}}};
template <class Inner, class Witness>
class confirmed_down {
 public:
  confirmed_down(Inner inner, Witness witness) : inner_(std::move(inner)), witness_(std::move(witness)) {}

  template <class Observation>
  int start(const Observation& o) {
    return settle(inner_.start(o), witness_.start(o));
  }
  template <class Observation>
  int step(const Observation& o) {
    return settle(inner_.step(o), witness_.step(o));
  }
  template <class Observation>
  void stop(const Observation& o, episode end) {
    inner_.stop(o, end);
    witness_.stop(o, end);
  }
  void executed(int delta) {
    tell(inner_, delta);
    tell(witness_, delta);
  }

  /// What a checkpoint stores, between episodes.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    const auto keep_of = [&a](const char* name, auto& policy) {
      if constexpr (requires { std::remove_cvref_t<decltype(policy)>::fields(policy, a); }) a(name, policy);
    };
    keep_of("inner", self.inner_);
    keep_of("witness", self.witness_);
    a("overrides", self.overrides_);
  }

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  [[nodiscard]] Inner& inner() noexcept { return inner_; }
  [[nodiscard]] const Witness& witness() const noexcept { return witness_; }
  /// How many scale-downs were refused or made smaller.
  [[nodiscard]] std::uint64_t overrides() const noexcept { return overrides_; }
  /// What the learner inside expects of its actions.
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(inner_, sink);
  }
  /// Calls `sink(guard_note)` for the guards inside of this one, then for this one, about the last decision.
  template <class Sink>
  void explain(Sink&& sink) const {
    headroom::explain(inner_, sink);
    const std::string_view why = wished_ == allowed_ ? "" : "what was measured does not confirm so large a scale-down";
    sink(guard_note{"confirmed_down", why, wished_, allowed_});
  }

 private:
  template <class P>
  static void tell(P& policy, int delta) {
    if constexpr (requires { policy.executed(delta); }) policy.executed(delta);
  }
  int settle(int wish, int measured) {
    const int delta = wish < 0 ? std::max(wish, std::min(measured, 0)) : wish;
    if (delta != wish) {
      ++overrides_;
      tell(inner_, delta);
    }
    if (delta != measured) tell(witness_, delta);
    wished_ = wish;
    allowed_ = delta;
    return delta;
  }

  Inner inner_;
  Witness witness_;
  std::uint64_t overrides_ = 0;
  int wished_ = 0;
  int allowed_ = 0;
};

}  // namespace headroom
