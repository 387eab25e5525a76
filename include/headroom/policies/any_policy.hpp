#pragma once

#include <concepts>     // std::same_as
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <type_traits>  // std::is_const_v, std::remove_cvref_t
#include <utility>      // std::as_const, std::exchange, std::move, std::swap

#include <headroom/core/concepts.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>
#include <headroom/policies/guard_note.hpp>
#include <headroom/policies/internal/archive_calls.hpp>
#include <headroom/policies/internal/calls_to.hpp>

namespace headroom {

/// A policy chosen at run time, by name on a command line for instance: type erasure over the Policy concept,
/// move-only. One virtual call a decision; nothing in the core pays for it. Model of CorrectablePolicy.
template <class Observation, class Action>
class any_policy {
 public:
  template <class P>
  requires(!std::same_as<std::remove_cvref_t<P>, any_policy>) && Policy<P, Observation, Action> any_policy(P policy)
      : self_(new model<P>(std::move(policy))) {}  // NOLINT: implicit on purpose
  any_policy(any_policy&& other) noexcept : self_(std::exchange(other.self_, nullptr)) {}
  any_policy& operator=(any_policy&& other) noexcept {
    std::swap(self_, other.self_);
    return *this;
  }
  ~any_policy() { delete self_; }

  /// Throws std::invalid_argument if this policy was moved from.
  Action start(const Observation& o) {
    if (!self_) throw std::invalid_argument("any_policy: it was moved from, must be used where it was moved to");
    return self_->start(o);
  }
  Action step(const Observation& o) {
    HEADROOM_ASSERT(self_, "any_policy: it was moved from, must be used where it was moved to");
    return self_->step(o);
  }
  void stop(const Observation& o, episode end) { self_->stop(o, end); }
  void executed(const Action& a) { self_->executed(a); }
  /// Calls `sink(guard_note)` for the guards around the policy in it, as the policy does itself.
  template <class Sink>
  void explain(Sink&& sink) const {
    auto* at = &sink;  // a pointer to it, because the sink may be const
    self_->explain(&at, [](void* to, const guard_note& n) { (**static_cast<decltype(at)*>(to))(n); });
  }

  /// What the learner in it expects of its actions, if there is one.
  template <class Sink>
  void tell_values(Sink&& sink) const {
    auto* at = &sink;
    self_->tell_values(&at, [](void* to, const decision_values& v) { (**static_cast<decltype(at)*>(to))(v); });
  }

  /// What a checkpoint stores: what the policy in it stores, under the same names. So the file of the policy can be
  /// restored here. Throws std::invalid_argument for a policy without `fields`.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    internal::calls_to<Archive> calls(a);
    if constexpr (std::is_const_v<Self>)
      std::as_const(*self.self_).fields(calls);
    else
      self.self_->fields(calls);
  }

 private:
  struct base {
    virtual ~base() = default;
    virtual Action start(const Observation&) = 0;
    virtual Action step(const Observation&) = 0;
    virtual void stop(const Observation&, episode) = 0;
    virtual void executed(const Action&) = 0;
    virtual void explain(void* to, void (*tell)(void*, const guard_note&)) const = 0;
    virtual void tell_values(void* to, void (*tell)(void*, const decision_values&)) const = 0;
    virtual void fields(internal::archive_calls&) const = 0;
    virtual void fields(internal::archive_calls&) = 0;
  };
  template <class P>
  struct model final : base {
    explicit model(P p) : policy(std::move(p)) {}
    Action start(const Observation& o) override { return policy.start(o); }
    Action step(const Observation& o) override { return policy.step(o); }
    void stop(const Observation& o, episode end) override { policy.stop(o, end); }
    void executed(const Action& a) override {
      if constexpr (CorrectablePolicy<P, Observation, Action>) policy.executed(a);
    }
    void explain(void* to, void (*tell)(void*, const guard_note&)) const override {
      headroom::explain(policy, [&](const guard_note& n) { tell(to, n); });
    }
    void tell_values(void* to, void (*tell)(void*, const decision_values&)) const override {
      headroom::tell_values(policy, [&](const decision_values& v) { tell(to, v); });
    }
    void fields(internal::archive_calls& to) const override { all_fields(policy, to); }
    void fields(internal::archive_calls& to) override { all_fields(policy, to); }
    P policy;

   private:
    template <class Self>
    static void all_fields(Self& self, internal::archive_calls& to) {
      internal::erased_archive a(to);
      if constexpr (requires { P::fields(self, a); }) {
        P::fields(self, a);
      } else {
        throw std::invalid_argument("any_policy: the policy in it, " + std::string(internal::kind_name<P>()) +
                                    ", has no fields, so it cannot be stored");
      }
    }
  };

  // Owned. Not a std::unique_ptr, because its header includes the streams and the locales: every program that includes
  // this library would wait 0.15 s longer for its compiler, where the whole library takes 0.8 s.
  base* self_;
};

}  // namespace headroom
