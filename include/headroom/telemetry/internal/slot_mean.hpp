#pragma once

#include <cmath>  // std::abs, std::floor, std::isfinite

namespace headroom::internal {

/// The mean of the values of the current slot of time. Slots of `slot_s` seconds begin at multiples of it and are
/// numbered; a forecaster learns one number a slot. All calls cost O(1), none allocates.
class slot_mean {
 public:
  explicit slot_mean(double slot_s) : slot_s_(slot_s) {}

  /// Takes one value. Ignores a value that is not finite, and a time that is in no slot: not finite, or beyond slot
  /// 9e15, where neighbouring numbers are not told apart. `placed`: whether the number of the current slot is known;
  /// if it is, `back()` is called first for a time in an earlier slot, and `over(slot)` for a time in a later one,
  /// while number() and mean() are still those of the slot that is over.
  template <class Back, class Over>
  void observe(double now_s, double value, bool placed, Back&& back, Over&& over) {
    const double slot = slot_at(now_s);
    if (!std::isfinite(value) || !is_number(slot)) return;
    if (placed && slot < number_) {
      back();
      clear();
    } else if (placed && slot > number_) {
      over(slot);
      clear();
    }
    number_ = slot;
    ++count_;
    mean_ += (value - mean_) / count_;
  }

  /// Places an empty slot where `now_s` is.
  void place(double now_s) {
    clear();
    number_ = slot_at(now_s);
  }
  /// Forgets the values.
  void clear() noexcept {
    count_ = 0;
    mean_ = 0;
  }

  [[nodiscard]] double slot_at(double time_s) const noexcept { return std::floor(time_s / slot_s_); }
  [[nodiscard]] static bool is_number(double slot) noexcept { return std::abs(slot) < 9e15; }
  [[nodiscard]] bool has_value() const noexcept { return count_ > 0; }
  [[nodiscard]] double number() const noexcept { return number_; }  ///< of the current slot
  [[nodiscard]] double mean() const noexcept { return mean_; }      ///< of its values so far; 0 without one

  /// What a checkpoint stores, among the fields of the forecaster.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("open", self.number_);
    a("mean", self.mean_);
    a("count", self.count_);
  }

 private:
  double slot_s_;
  double number_ = 0;
  double mean_ = 0;
  double count_ = 0;
};

}  // namespace headroom::internal
