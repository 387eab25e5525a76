#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::pow
#include <cstdint>    // std::uint64_t

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// The unit that a schedule counts.
enum class per : std::uint8_t { step, episode };

/// Falls or rises from `from` to `to` in a straight line over `over` counts; constant afterwards.
struct linear {
  double from = 1;
  double to = 0;
  std::uint64_t over = 10'000;
  per unit = per::step;

  double operator()(std::uint64_t n) const {
    return n >= over ? to : from + (to - from) * (static_cast<double>(n) / static_cast<double>(over));
  }
};

/// from * factor^n, but never below `to`. The published farm agent uses {.from = 0.4, .to = 0.1, .factor = 0.995, .unit
/// = per::episode}.
struct exponential_decay {
  double from = 1;
  double to = 0;
  double factor = 0.999;
  per unit = per::step;

  double operator()(std::uint64_t n) const { return std::max(to, from * std::pow(factor, static_cast<double>(n))); }
};

/// from / (1 + n / half_after), but never below `to`. It falls like 1/n, as stochastic approximation asks of a learning
/// rate in a stationary environment (Robbins and Monro 1951).
struct harmonic_decay {
  double from = 1;
  double to = 0;
  double half_after = 1'000;
  per unit = per::step;

  double operator()(std::uint64_t n) const { return std::max(to, from / (1 + static_cast<double>(n) / half_after)); }
};

/// Any of the schedules above as one small value, so that options stay a plain aggregate: `.learning_rate = 0.1` or
/// `.learning_rate = linear{0.5, 0.01, 100'000}`. Model of Schedule; 40 bytes, no allocation. Throws
/// std::invalid_argument on an impossible schedule.
class schedule {
 public:
  constexpr schedule(double value = 0) noexcept : from_(value), to_(value) {}  // NOLINT: implicit on purpose
  schedule(const linear& s)
      : kind_(kind::linear), unit_(s.unit), from_(s.from), to_(s.to), rate_(static_cast<double>(s.over)) {  // NOLINT
    require(s.over > 0, "linear", "over", s.over, "be at least 1");
    check("linear");
  }
  schedule(const exponential_decay& s)
      : kind_(kind::exponential), unit_(s.unit), from_(s.from), to_(s.to), rate_(s.factor) {  // NOLINT
    require_step_size("exponential_decay", "factor", s.factor);
    check("exponential_decay");
  }
  schedule(const harmonic_decay& s)
      : kind_(kind::harmonic), unit_(s.unit), from_(s.from), to_(s.to), rate_(s.half_after) {  // NOLINT
    require_positive("harmonic_decay", "half_after", s.half_after);
    check("harmonic_decay");
  }

  [[nodiscard]] double operator()(std::uint64_t n) const {
    switch (kind_) {
      case kind::linear:
        return linear{from_, to_, static_cast<std::uint64_t>(rate_), unit_}(n);
      case kind::exponential:
        return exponential_decay{from_, to_, rate_, unit_}(n);
      case kind::harmonic:
        return harmonic_decay{from_, to_, rate_, unit_}(n);
      case kind::constant:
        break;
    }
    return from_;
  }
  [[nodiscard]] double at(const progress& p) const { return (*this)(unit_ == per::episode ? p.episodes : p.steps); }

  /// Whether the value can differ from one step to the next. If so, callers ask at every step; otherwise once an
  /// episode.
  [[nodiscard]] constexpr bool varies_by_step() const noexcept { return kind_ != kind::constant && unit_ == per::step; }
  /// Every value lies between these two. Constructors of agents check the two against their own law.
  [[nodiscard]] constexpr double lowest() const noexcept { return std::min(from_, to_); }
  [[nodiscard]] constexpr double highest() const noexcept { return std::max(from_, to_); }

  friend constexpr bool operator==(const schedule&, const schedule&) noexcept = default;

  /// A schedule is configuration: a resumed run must have the same schedule.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("kind", self.kind_);
    a.same("unit", self.unit_);
    a.same("from", self.from_);
    a.same("to", self.to_);
    a.same("rate", self.rate_);
  }

 private:
  enum class kind : std::uint8_t { constant, linear, exponential, harmonic };

  void check(std::string_view who) const {
    require_finite(who, "from", from_);
    require_finite(who, "to", to_);
    if (kind_ != kind::linear) require(to_ <= from_, who, "to", to_, "not be above from");
  }

  kind kind_ = kind::constant;
  per unit_ = per::step;
  double from_ = 0;
  double to_ = 0;
  double rate_ = 0;
};

}  // namespace headroom
