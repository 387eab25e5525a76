#pragma once

#include <cstdint>      // std::uint64_t
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::move

#include <headroom/core/types.hpp>

namespace headroom {

/// Two policies and a test. While `trust(observation)` holds, the first policy decides; otherwise the second decides, a
/// baseline that needs fewer inputs. Both see every observation, so either can take over at any step. When the second
/// decided, the first is told what was executed. Model of Policy.
///     fallback policy{std::move(learner), threshold{...}, [](const sample& o) { return o.age_s < 30; }};
template <class First, class Second, class Trust>
class fallback {
 public:
  fallback(First first, Second second, Trust trust)
      : first_(std::move(first)), second_(std::move(second)), trust_(std::move(trust)) {}

  template <class Observation>
  auto start(const Observation& o) {
    return pick(o, first_.start(o), second_.start(o));
  }
  template <class Observation>
  auto step(const Observation& o) {
    return pick(o, first_.step(o), second_.step(o));
  }
  template <class Observation>
  void stop(const Observation& o, episode end) {
    first_.stop(o, end);
    second_.stop(o, end);
  }
  template <class Action>
  void executed(const Action& a) {
    tell(first_, a);
    tell(second_, a);
  }

  /// What a checkpoint stores, between episodes: what each of the two policies stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    const auto keep_of = [&a](const char* name, auto& policy) {
      if constexpr (requires { std::remove_cvref_t<decltype(policy)>::fields(policy, a); }) a(name, policy);
    };
    keep_of("first", self.first_);
    keep_of("second", self.second_);
    a("fallbacks", self.fallbacks_);
  }

  [[nodiscard]] const First& first() const noexcept { return first_; }
  [[nodiscard]] First& first() noexcept { return first_; }
  [[nodiscard]] const Second& second() const noexcept { return second_; }
  [[nodiscard]] Second& second() noexcept { return second_; }
  /// How many decisions the second one made.
  [[nodiscard]] std::uint64_t fallbacks() const noexcept { return fallbacks_; }
  /// What the guards of the policy that made the last decision did (policies/guard_note.hpp).
  template <class Sink>
  void explain(Sink&& sink) const {
    const auto ask = [&sink](const auto& policy) {
      if constexpr (requires { policy.explain(sink); }) policy.explain(sink);
    };
    if (trusted_)
      ask(first_);
    else
      ask(second_);
  }

 private:
  template <class P, class Action>
  static void tell(P& policy, const Action& a) {
    if constexpr (requires { policy.executed(a); }) policy.executed(a);
  }

  template <class Observation, class Action>
  Action pick(const Observation& o, const Action& first, const Action& second) {
    trusted_ = trust_(o);
    if (trusted_) {
      tell(second_, first);
      return first;
    }
    ++fallbacks_;
    tell(first_, second);
    return second;
  }

  First first_;
  Second second_;
  Trust trust_;
  bool trusted_ = true;
  std::uint64_t fallbacks_ = 0;
};

}  // namespace headroom
