#pragma once

#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/policies/guarded.hpp>

namespace headroom {

/// How old what is seen may be.
struct hold_when_stale_options {
  double limit_s = 60;  ///< s; nothing is done on anything older
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const hold_when_stale_options& checked(const hold_when_stale_options& o) {
  require_positive("hold_when_stale", "limit_s", o.limit_s);
  return o;
}

namespace internal {

// The age as a guard.
template <class Age>
class stale_guard {
 public:
  static constexpr std::string_view guard_name = "hold_when_stale";
  stale_guard(Age age_s, double limit_s) : age_s_(std::move(age_s)), limit_s_(limit_s) {}

  template <class Observation>
  int operator()(const Observation& o, int wish) const {
    const double age_s = number_of(age_s_, o);
    return age_s <= limit_s_ && age_s >= -limit_s_ ? wish : 0;
  }
  [[nodiscard]] static std::string_view why() noexcept { return "what is seen is too old, or its age is not known"; }

 private:
  Age age_s_;
  double limit_s_;
};

}  // namespace internal

/// A policy of deltas that holds while what it sees is too old: the age in the observation is above a limit, is NaN, or
/// lies as far in the future. The policy still sees every observation and is told what was executed. It is a guard
/// (policies/guarded.hpp). O(1), no allocation. Model of CorrectablePolicy.
///     hold_when_stale policy{std::move(learner), &sample::age_s, {.limit_s = 45}};
template <class Inner, class Age>
class hold_when_stale : public guarded<Inner, internal::stale_guard<Age>> {
 public:
  hold_when_stale(Inner inner, Age age_s, const hold_when_stale_options& options = {})
      : guarded<Inner, internal::stale_guard<Age>>(std::move(inner), {std::move(age_s), checked(options).limit_s}) {}
};

}  // namespace headroom
