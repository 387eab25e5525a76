#pragma once

#include <cstdint>      // std::uint64_t
#include <optional>     // std::optional
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::move

#include <headroom/actions/menu.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// A policy that goes on deciding, and an adviser who may put another action in its place. `advise(state, index)` is
/// told the action on the menu that the policy chose, and returns the index of the one to do instead, or nothing. What
/// was learned from the log of an autoscaler runs this way: the autoscaler decides wherever the log gives no good
/// reason for something else. An action that is not on the menu is done as it is, and so is the action in a state that
/// the encoder refuses. The policy is told what was executed. O(menu) besides its parts. Model of CorrectablePolicy.
///     advised policy{hpa, see, menu, [&](state_index s, action_index a) { return plan.advise(s, a); }};
template <class Inner, class EncoderT, class MenuT, class Advise>
class advised {
 public:
  advised(Inner inner, EncoderT encode, MenuT menu, Advise advise)
      : inner_(std::move(inner)), encode_(std::move(encode)), menu_(std::move(menu)), advise_(std::move(advise)) {}

  template <class Observation>
  auto start(const Observation& o) {
    return decide(o, inner_.start(o));
  }
  template <class Observation>
  auto step(const Observation& o) {
    return decide(o, inner_.step(o));
  }
  template <class Observation>
  void stop(const Observation& o, episode end) {
    inner_.stop(o, end);
  }
  template <class Action>
  void executed(const Action& a) {
    if constexpr (requires { inner_.executed(a); }) inner_.executed(a);
  }

  /// What a checkpoint stores, between episodes: what the policy stores, and the counts.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if constexpr (requires { std::remove_cvref_t<Inner>::fields(self.inner_, a); }) a("inner", self.inner_);
    a("decisions", self.decisions_);
    a("replaced", self.replaced_);
  }

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  [[nodiscard]] std::uint64_t decisions() const noexcept { return decisions_; }
  /// Decisions in which the adviser's action took the place of the policy's.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return replaced_; }

 private:
  template <class Observation, class Action>
  Action decide(const Observation& o, Action own) {
    ++decisions_;
    const auto s = encode_(o);  // also where nothing is asked of it: an encoder may hold history
    const std::optional<action_index> at = index_of(menu_, own);
    if (!at || refused(s)) return own;
    const std::optional<action_index> better = advise_(s, *at);
    if (!better || *better == *at) return own;
    ++replaced_;
    const Action instead = menu_[*better];
    executed(instead);
    return instead;
  }
  template <class State>
  static bool refused(const State& s) {
    if constexpr (requires { s.empty(); }) {
      return s.empty();
    } else {
      return !within(s, to_size(no_state));
    }
  }

  Inner inner_;
  EncoderT encode_;
  MenuT menu_;
  Advise advise_;
  std::uint64_t decisions_ = 0;
  std::uint64_t replaced_ = 0;
};

}  // namespace headroom
