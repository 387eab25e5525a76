#pragma once

#include <optional>     // std::optional
#include <string_view>  // std::string_view
#include <type_traits>  // std::is_const_v
#include <utility>      // std::move

#include <headroom/baselines/signals.hpp>
#include <headroom/core/check.hpp>
#include <headroom/policies/clocked_guard.hpp>
#include <headroom/policies/counted_moves.hpp>

namespace headroom {

/// How long after a scaling there is no other.
struct cooldown_options {
  double up_s = 0;     ///< until replicas may be added
  double down_s = 60;  ///< until replicas may be removed
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const cooldown_options& checked(const cooldown_options& o) {
  require_not_negative("cooldown", "up_s", o.up_s);
  require_not_negative("cooldown", "down_s", o.down_s);
  return o;
}

/// A policy of deltas that rests after each of its scalings: no replica is added within `up_s`, none removed within
/// `down_s`. The scaling may have been in either direction. What was executed counts, so a wrapper that overrides this
/// policy must tell it. If the clock or the number of replicas cannot be used, it holds and counts. Nothing
/// allocates; a few nanoseconds. Model of CorrectablePolicy.
///     cooldown policy{std::move(learner), see, {.down_s = 120}};
template <class Inner, class O>
class cooldown : public counted_moves<cooldown<Inner, O>, Inner, O> {
  using base = counted_moves<cooldown, Inner, O>;
  friend base;
  friend clocked_guard<cooldown, Inner, O>;

 public:
  static constexpr std::string_view guard_name = "cooldown";
  static constexpr std::string_view law = "it has not been long enough since the last scaling";

  /// Needs signals.time_s and signals.replicas.
  cooldown(Inner inner, const signals<O>& see, const cooldown_options& options = {})
      : base(std::move(inner), see), options_(checked(options)) {
    require_signal("cooldown", "time_s", see.time_s);
    require_signal("cooldown", "replicas", see.replicas);
  }

 private:
  void moved(const guard_move& last) noexcept { moved_s_ = last.at_s; }
  void forget() noexcept {
    moved_s_.reset();
    this->last_move() = {};
  }
  int allowed(const guard_sample& o, int wish) noexcept {
    const double rest_s = wish > 0 ? options_.up_s : options_.down_s;
    const bool rests = moved_s_ && o.now_s - *moved_s_ < rest_s;
    return this->let(o, o.counted && !rests ? wish : 0);
  }
  template <class Self, class Archive>
  static void past(Self& self, Archive& a) {
    a("last_s", self.last_move().at_s);
    a("last_delta", self.last_move().delta);
    bool moved = self.moved_s_.has_value();
    double moved_s = self.moved_s_.value_or(0);
    a("moved", moved);
    a("moved_s", moved_s);
    if constexpr (!std::is_const_v<Self>) self.moved_s_ = moved ? std::optional<double>(moved_s) : std::nullopt;
  }

  cooldown_options options_;
  std::optional<double> moved_s_{};  // when the last scaling was decided that is known to be done
};
template <class Inner, class O>
cooldown(Inner, signals<O>, cooldown_options) -> cooldown<Inner, O>;
template <class Inner, class O>
cooldown(Inner, signals<O>) -> cooldown<Inner, O>;

}  // namespace headroom
