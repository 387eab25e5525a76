#pragma once

#include <cmath>    // std::abs, std::ceil, std::floor, std::isfinite
#include <cstddef>  // std::size_t
#include <limits>   // std::numeric_limits
#include <vector>   // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

struct seasonal_naive_options {
  double slot_s = 3600;  ///< length of a slot; the series is the mean of each slot; slots begin at multiples of it
  std::size_t season_slots = 168;  ///< slots of a season: 24 one-hour slots a day, 168 a week
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("slot_s", self.slot_s);
    a("season_slots", self.season_slots);
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const seasonal_naive_options& checked(const seasonal_naive_options& o) {
  require_positive("seasonal_naive", "slot_s", o.slot_s);
  require(o.season_slots >= 1 && o.season_slots <= 10'000'000, "seasonal_naive", "season_slots", o.season_slots,
          "be from 1 to 10000000");
  return o;
}

/// The forecast is the value at the same time one season ago. Every other forecast must be better than this one
/// (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.2). Predictive scaling uses it
/// as a lower bound on top of a reactive policy: the load of the same hour last week, and never below the observed
/// load. If the slot one season ago had no values, the slot two seasons ago counts; if that slot had none either, there
/// is no forecast. Model of Forecaster. O(1), two doubles a slot, no allocation after construction.
class seasonal_naive {
 public:
  explicit seasonal_naive(const seasonal_naive_options& options = {})
      : options_(checked(options)), mean_(options.season_slots, 0.0), slot_(options.season_slots, never) {}

  /// Takes one value. Ignores a value or a time that is not finite. If the clock runs back into an earlier slot, the
  /// model forgets everything.
  void observe(double now_s, double value) {
    const double slot = std::floor(now_s / options_.slot_s);
    if (!std::isfinite(value) || !(std::abs(slot) < 9e15)) return;
    if (slot < open_) forget();
    if (slot > open_) {
      close();
      open_ = slot;
      seen_ = 0;
      count_ = 0;
    }
    ++count_;
    seen_ += (value - seen_) / count_;
  }

  /// The mean of the slot a whole number of seasons before the slot that contains `now_s + horizon_s`; NaN if it had no
  /// values.
  [[nodiscard]] double forecast(double now_s, double horizon_s) const {
    const double slot = std::floor((now_s + horizon_s) / options_.slot_s);
    if (!(std::abs(slot) < 9e15)) return std::numeric_limits<double>::quiet_NaN();
    const std::size_t at = place(slot);
    if (slot > open_ && at == place(open_) && count_ > 0) return seen_;  // a whole season ahead: use the current slot
    const double age = (slot - slot_[at]) / static_cast<double>(mean_.size());
    return age >= 1 && age <= remembered + std::ceil(horizon_s / season_s()) ? mean_[at]
                                                                             : std::numeric_limits<double>::quiet_NaN();
  }

  /// Back to the state after construction.
  void forget() {
    for (double& s : slot_) s = never;
    open_ = never;
    seen_ = 0;
    count_ = 0;
  }

  [[nodiscard]] const seasonal_naive_options& options() const noexcept { return options_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options_);
    a("means", self.mean_);
    a("slots", self.slot_);
    a("open", self.open_);
    a("mean", self.seen_);
    a("count", self.count_);
  }

 private:
  static constexpr double never = -1e16;   // before every slot, and a number that a file can store
  static constexpr double remembered = 2;  // in seasons

  [[nodiscard]] double season_s() const { return options_.slot_s * static_cast<double>(options_.season_slots); }
  [[nodiscard]] std::size_t place(double slot) const {
    const auto m = static_cast<double>(mean_.size());
    return static_cast<std::size_t>(slot - m * std::floor(slot / m));
  }
  void close() {
    if (count_ == 0) return;
    const std::size_t at = place(open_);
    mean_[at] = seen_;
    slot_[at] = open_;
  }

  seasonal_naive_options options_;
  std::vector<double> mean_;  // by slot modulo the season
  std::vector<double> slot_;  // which slot the mean belongs to
  double open_ = never;       // number of the current slot
  double seen_ = 0;           // mean of its values
  double count_ = 0;
};

}  // namespace headroom
