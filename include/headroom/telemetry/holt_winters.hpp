#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::floor, std::pow
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/telemetry/internal/slot_mean.hpp>

namespace headroom {

/// The options of `holt_winters`. The weights are those of the component form.
struct holt_winters_options {
  double slot_s = 60;     ///< length of a slot; the series is the mean of each slot; slots begin at multiples of it
  double level = 0.3;     ///< weight of the newest slot mean (alpha), in (0, 1]
  double trend = 0.05;    ///< weight of the newest slope (beta*), in [0, 1]; 0: no trend
  double damping = 0.98;  ///< part of the slope that remains one slot later (phi), in (0, 1]; 1: no damping
  double seasonal = 0.1;  ///< weight of the newest deviation from the season (gamma), in [0, 1]
  std::size_t season_slots = 0;  ///< slots of a season (m), 2 or more; 0: no season
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("slot_s", self.slot_s);
    a("level", self.level);
    a("trend", self.trend);
    a("damping", self.damping);
    a("seasonal", self.seasonal);
    a("season_slots", self.season_slots);
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const holt_winters_options& checked(const holt_winters_options& o) {
  require_positive("holt_winters", "slot_s", o.slot_s);
  require_step_size("holt_winters", "level", o.level);
  require_fraction("holt_winters", "trend", o.trend);
  require_step_size("holt_winters", "damping", o.damping);
  require_fraction("holt_winters", "seasonal", o.seasonal);
  require(o.season_slots != 1 && o.season_slots <= 10'000'000, "holt_winters", "season_slots", o.season_slots,
          "be 0 (no season), or from 2 to 10000000");
  return o;
}

/// Exponential smoothing with a damped trend and an additive season (Hyndman and Athanasopoulos, Forecasting:
/// Principles and Practice, 3rd ed., sections 8.2 to 8.4):
///     level  l = alpha (y - s) + (1 - alpha) (l' + phi b')         s: the season's part, one season ago
///     slope  b = beta* (l - l') + (1 - beta*) phi b'
///     season s = gamma (y - l' - phi b') + (1 - gamma) s
///     h slots ahead: l + (phi + ... + phi^h) b + s
///
/// Model of Forecaster. A value and a forecast cost O(1). Memory: `season_slots` doubles; no allocation after
/// construction.
///
/// The current slot counts with the mean of its values so far, so a forecast uses the newest value. The slope begins at
/// 0, because the textbook's y2 - y1 is noise when slots are short. The season begins with the deviations of the first
/// m slots from their mean; before m slots are over there is no forecast. A slot without values moves the state along
/// its own forecast (in the first season it repeats the last value). After a gap longer than a season and longer than
/// 10 slots, the slope becomes 0.
class holt_winters {
 public:
  explicit holt_winters(const holt_winters_options& options = {})
      : options_(checked(options)), slot_(options.slot_s), seasonal_(options.season_slots, 0.0) {}

  /// Takes one value. Ignores a value or a time that is not finite. If the clock runs back into an earlier slot, the
  /// model forgets everything.
  void observe(double now_s, double value) {
    slot_.observe(
        now_s, value, slot_.has_value() || begun_, [this] { forget(); },
        [this](double slot) {
          if (slot_.has_value()) close();
          skip(slot - slot_.number() - (slot_.has_value() ? 1 : 0));
        });
  }

  /// The expected mean of the slot that contains `now_s + horizon_s`; NaN before there is enough history.
  [[nodiscard]] double forecast(double now_s, double horizon_s) {
    const double target = slot_.slot_at(now_s + horizon_s);
    const bool seen = slot_.has_value();  // whether the current slot has a value
    if (!ready() || !(seen || begun_) || !internal::slot_mean::is_number(target))
      return std::numeric_limits<double>::quiet_NaN();
    const state next = seen ? learned() : now_;
    const double slot = std::max(target, slot_.number());
    double y = next.level;
    if (next.trend != 0) y += damped(slot - slot_.number() + (seen ? 0 : 1)) * next.trend;
    if (seasonal_.empty()) return y;
    const std::size_t at = place(slot);
    return y + (seen && at == place(slot_.number()) ? next.seasonal : seasonal_[at]);
  }

  /// Back to the state after construction.
  void forget() {
    now_ = {};
    for (double& s : seasonal_) s = 0;
    collected_ = 0;
    slot_.clear();
    begun_ = false;
  }

  /// Starts from known values: the state before the slot that contains `now_s`. `season` holds the deviation of each
  /// slot of a season, beginning with the slot at time 0; its length must be `season_slots`.
  void assume(double now_s, double level, double trend, std::span<const double> season = {}) {
    require_finite("holt_winters", "now_s", now_s);
    require_finite("holt_winters", "level", level);
    require_finite("holt_winters", "trend", trend);
    require(season.size() == seasonal_.size(), "holt_winters", "size of season", season.size(), "be season_slots");
    forget();
    for (std::size_t i = 0; i < season.size(); ++i) {
      require_finite("holt_winters", "season", season[i]);
      seasonal_[i] = season[i];
    }
    now_ = {level, trend, 0};
    collected_ = seasonal_.size();
    begun_ = true;
    slot_.place(now_s);
  }

  /// The level of the last slot that is over.
  [[nodiscard]] double level() const noexcept { return now_.level; }
  [[nodiscard]] double trend() const noexcept { return now_.trend; }  ///< per slot
  [[nodiscard]] const holt_winters_options& options() const noexcept { return options_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options_);
    a("level", self.now_.level);
    a("trend", self.now_.trend);
    a("seasonal", self.seasonal_);
    a("collected", self.collected_);
    a.check(self.collected_ <= self.seasonal_.size(), "collected", self.collected_, "be at most season_slots");
    internal::slot_mean::fields(self.slot_, a);
    a("begun", self.begun_);
  }

 private:
  struct state {
    double level = 0;
    double trend = 0;
    double seasonal = 0;  // the new seasonal part of the current slot
  };

  [[nodiscard]] bool ready() const { return collected_ == seasonal_.size(); }
  [[nodiscard]] std::size_t place(double slot) const {
    const auto m = static_cast<double>(seasonal_.size());
    return static_cast<std::size_t>(slot - m * std::floor(slot / m));
  }
  // The state that would follow if the current slot ended with its present mean.
  [[nodiscard]] state learned() const {
    const double s = seasonal_.empty() ? 0 : seasonal_[place(slot_.number())];
    if (!begun_) return {slot_.mean() - s, 0, s};
    const double slope = options_.damping * now_.trend;
    state next;
    next.level = options_.level * (slot_.mean() - s) + (1 - options_.level) * (now_.level + slope);
    next.trend = options_.trend * (next.level - now_.level) + (1 - options_.trend) * slope;
    next.seasonal = options_.seasonal * (slot_.mean() - now_.level - slope) + (1 - options_.seasonal) * s;
    return next;
  }
  void close() {
    if (!ready()) {
      collect(slot_.number(), slot_.mean());
      return;
    }
    now_ = learned();
    begun_ = true;
    if (!seasonal_.empty()) seasonal_[place(slot_.number())] = now_.seasonal;
  }
  // The first season: stores its values, and at its end their deviations from their mean.
  void collect(double slot, double value) {
    seasonal_[place(slot)] = value;
    ++collected_;
    if (!ready()) return;
    double mean = 0;
    for (const double s : seasonal_) mean += s / static_cast<double>(seasonal_.size());
    for (double& s : seasonal_) s -= mean;
    now_ = {mean, 0, 0};
    begun_ = true;
  }
  void skip(double gap) {
    if (!(gap > 0)) return;
    if (!ready()) {
      if (gap >= static_cast<double>(seasonal_.size())) {
        forget();
        return;
      }
      const double last = slot_.mean();
      for (double k = 1; k <= gap && !ready(); ++k) collect(slot_.number() + k, last);
    }
    const bool far = gap > std::max(10.0, static_cast<double>(seasonal_.size()));
    if (!far && now_.trend != 0) {
      now_.level += damped(gap) * now_.trend;
      now_.trend *= power_;
    }
    if (far) now_.trend = 0;
  }
  // phi + ... + phi^h; leaves phi^h in power_. The horizon rarely changes, so the last answer is kept.
  double damped(double h) {
    const double phi = options_.damping;
    if (h != asked_) {
      asked_ = h;
      power_ = phi == 1 ? 1 : std::pow(phi, h);
      sum_ = phi == 1 ? h : phi * (1 - power_) / (1 - phi);
    }
    return sum_;
  }

  holt_winters_options options_;
  internal::slot_mean slot_;
  std::vector<double> seasonal_;  // by slot modulo the season
  state now_{};
  std::size_t collected_ = 0;  // how many slots of the first season are stored
  bool begun_ = false;
  double asked_ = 0;
  double power_ = 1;
  double sum_ = 0;
};

}  // namespace headroom
