#pragma once

#include <cstdint>   // std::uint64_t
#include <optional>  // std::optional
#include <utility>   // std::move

#include <headroom/actions/menu.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/guarded.hpp>

namespace headroom {

namespace internal {

// The adviser as a guard.
template <class EncoderT, class MenuT, class Advise>
class advice {
 public:
  advice(EncoderT encode, MenuT menu, Advise advise)
      : encode_(std::move(encode)), menu_(std::move(menu)), advise_(std::move(advise)) {}

  template <class Observation, class Action>
  Action operator()(const Observation& o, const Action& own) {
    ++decisions_;
    const auto s = encode_(o);  // also where nothing is asked of it: an encoder may hold history
    const std::optional<action_index> at = index_at(menu_, o, own);
    if (!at || refused(s)) return own;
    const std::optional<action_index> better = advise_(s, *at);
    return better ? action_at(menu_, o, *better) : own;
  }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("decisions", self.decisions_);
  }
  [[nodiscard]] std::uint64_t decisions() const noexcept { return decisions_; }

 private:
  template <class State>
  static bool refused(const State& s) {
    if constexpr (requires { s.empty(); }) {
      return s.empty();
    } else {
      return !within(s, to_size(no_state));
    }
  }

  EncoderT encode_;
  MenuT menu_;
  Advise advise_;
  std::uint64_t decisions_ = 0;
};

}  // namespace internal

/// A policy that goes on deciding, and an adviser who may put another action in its place. `advise(state, index)` is
/// told the action on the menu that the policy chose, and returns the index of the one to do instead, or nothing. What
/// was learned from the log of an autoscaler runs this way: the autoscaler decides wherever the log gives no good
/// reason for something else. An action that is not on the menu is done as it is, and so is the action in a state that
/// the encoder refuses. It is a guard (policies/guarded.hpp): the policy is told what was executed. O(menu) besides its
/// parts. Model of CorrectablePolicy.
///     advised policy{hpa, see, menu, [&](state_index s, action_index a) { return plan.advise(s, a); }};
template <class Inner, class EncoderT, class MenuT, class Advise>
class advised : public guarded<Inner, internal::advice<EncoderT, MenuT, Advise>> {
 public:
  advised(Inner inner, EncoderT encode, MenuT menu, Advise advise)
      : guarded<Inner, internal::advice<EncoderT, MenuT, Advise>>(
            std::move(inner), {std::move(encode), std::move(menu), std::move(advise)}) {}

  [[nodiscard]] std::uint64_t decisions() const noexcept { return this->guard().decisions(); }
  /// Decisions in which the adviser's action took the place of the policy's.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return this->overrides(); }
};

}  // namespace headroom
