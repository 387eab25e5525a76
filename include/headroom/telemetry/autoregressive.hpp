#pragma once

#include <algorithm>  // std::clamp, std::max, std::min
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/telemetry/internal/slot_mean.hpp>

namespace headroom {

struct autoregressive_options {
  double slot_s = 60;     ///< length of a slot; the series is the mean of each slot; slots begin at multiples of it
  std::size_t order = 3;  ///< slots that a forecast looks back (p)
  double ridge = 1e-3;    ///< penalty of the coefficients; larger: nearer to 0
  double memory = 1;      ///< weight of a slot beside the next one, in (0, 1]; 1: all count alike
  bool learns = true;     ///< whether it goes on learning after `fit`
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("slot_s", self.slot_s);
    a("order", self.order);
    a("ridge", self.ridge);
    a("memory", self.memory);
    a("learns", self.learns);
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const autoregressive_options& checked(const autoregressive_options& o) {
  require_positive("autoregressive", "slot_s", o.slot_s);
  require(o.order >= 1 && o.order <= 200, "autoregressive", "order", o.order, "be from 1 to 200");
  require_positive("autoregressive", "ridge", o.ridge);
  require_step_size("autoregressive", "memory", o.memory);
  return o;
}

/// An autoregressive model, y(t) = c + a1 y(t-1) + ... + ap y(t-p), by recursive least squares with a ridge penalty
/// (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 9.3; Ljung 1999, section 11.2):
/// with memory = 1 the coefficients are those of ridge regression over all slots so far. A forecast repeats the
/// equation slot by slot. It stays within the range of what was seen, widened by as much again on both sides, so that
/// an unstable fit cannot run away.
///
/// Model of Forecaster. A slot costs O(p^2), a forecast O(p) a slot of the horizon; no allocation after construction.
/// Fit it to the training part of a load with `fit`; `forget` forgets the last values and not what was fitted. A slot
/// without values breaks the series: the next p slots teach nothing.
///     autoregressive model{{.slot_s = 60, .order = 5}};
///     model.fit(requests_per_s_of_each_minute);
class autoregressive {
 public:
  explicit autoregressive(const autoregressive_options& options = {})
      : options_(checked(options)),
        slot_(options.slot_s),
        now_(options.order + 1, options.ridge),
        fitted_(now_),
        last_(options.order),
        ahead_(options.order),
        x_(options.order + 1),
        gain_(options.order + 1) {}

  /// Learns a series of slot means; a value that is not finite is a gap. It begins from nothing: an earlier fit is
  /// forgotten. What it learned is what `forget` goes back to.
  void fit(std::span<const double> series) {
    now_ = fit_state(options_.order + 1, options_.ridge);
    known_ = 0;
    for (const double y : series) {
      if (std::isfinite(y)) {
        learn(y);
      } else {
        known_ = 0;
      }
    }
    fitted_ = now_;
    forget();
  }

  /// Takes one value. Ignores a value or a time that is not finite. If the clock runs back into an earlier slot, the
  /// model forgets.
  void observe(double now_s, double value) {
    slot_.observe(
        now_s, value, slot_.has_value(), [this] { forget(); },
        [this](double slot) {
          if (options_.learns) {
            learn(slot_.mean());
          } else {
            remember(slot_.mean());
          }
          if (slot > slot_.number() + 1) known_ = 0;
        });
  }

  /// The expected mean of the slot that contains `now_s + horizon_s`; NaN before there are p slots.
  [[nodiscard]] double forecast(double now_s, double horizon_s) {
    const double slots = slot_.slot_at(now_s + horizon_s) - slot_.number();
    const std::size_t p = options_.order;
    if (!slot_.has_value() || known_ + 1 < p || !(now_.told > 0) || !(slots >= 0 && slots <= 100'000)) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    // The present slot counts with its mean so far.
    ahead_[0] = slot_.mean();
    for (std::size_t i = 1; i < p; ++i) ahead_[i] = last_[i - 1];
    const double range = now_.highest - now_.lowest;
    for (double k = 0; k < slots; ++k) {
      double y = now_.coefficients[0];
      for (std::size_t i = 0; i < p; ++i) y += now_.coefficients[i + 1] * ahead_[i];
      for (std::size_t i = p - 1; i > 0; --i) ahead_[i] = ahead_[i - 1];
      ahead_[0] = std::clamp(y, now_.lowest - range, now_.highest + range);
    }
    return ahead_[0];
  }

  /// Forgets the last values; the coefficients are those of the last `fit`, or of the beginning.
  void forget() {
    now_ = fitted_;
    known_ = 0;
    slot_.clear();
  }

  /// The constant, then the weight of the last slot, of the one before, ...
  [[nodiscard]] std::span<const double> coefficients() const noexcept { return now_.coefficients; }
  [[nodiscard]] const autoregressive_options& options() const noexcept { return options_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options_);
    a("now", self.now_);
    a("fitted", self.fitted_);
    a("last", self.last_);
    a("known", self.known_);
    internal::slot_mean::fields(self.slot_, a);
    a.check(self.known_ <= self.last_.size(), "known", self.known_, "be at most the order");
  }

 private:
  struct fit_state {
    fit_state(std::size_t n, double ridge) : coefficients(n, 0.0), inverse(n * n, 0.0) {
      for (std::size_t i = 0; i < n; ++i) inverse[i * n + i] = 1 / ridge;
    }
    std::vector<double> coefficients;
    std::vector<double> inverse;  // [p + 1][p + 1]: of the matrix of second moments
    double told = 0;
    double lowest = 0;
    double highest = 0;
    template <class Self, class Archive>
    static void fields(Self& self, Archive& a) {
      a("coefficients", self.coefficients);
      a("inverse", self.inverse);
      a("told", self.told);
      a("lowest", self.lowest);
      a("highest", self.highest);
    }
  };

  void learn(double y) {
    now_.lowest = now_.told > 0 ? std::min(now_.lowest, y) : y;
    now_.highest = now_.told > 0 ? std::max(now_.highest, y) : y;
    ++now_.told;
    if (known_ == options_.order) update(y);
    remember(y);
  }
  void remember(double y) {
    for (std::size_t i = last_.size() - 1; i > 0; --i) last_[i] = last_[i - 1];
    last_[0] = y;
    known_ = std::min(known_ + 1, last_.size());
  }
  void update(double y) {
    const std::size_t n = x_.size();
    x_[0] = 1;
    for (std::size_t i = 1; i < n; ++i) x_[i] = last_[i - 1];
    double total = options_.memory;
    double error = y;
    for (std::size_t i = 0; i < n; ++i) {
      gain_[i] = 0;
      for (std::size_t j = 0; j < n; ++j) gain_[i] += now_.inverse[i * n + j] * x_[j];
      total += gain_[i] * x_[i];
      error -= now_.coefficients[i] * x_[i];
    }
    // What has not varied for long would be forgotten until its variance is infinite.
    double trace = 0;
    for (std::size_t i = 0; i < n; ++i) trace += now_.inverse[i * n + i];
    const double memory = trace < 1e3 * static_cast<double>(n) / options_.ridge ? options_.memory : 1;
    for (std::size_t i = 0; i < n; ++i) now_.coefficients[i] += gain_[i] / total * error;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        now_.inverse[i * n + j] = (now_.inverse[i * n + j] - gain_[i] * gain_[j] / total) / memory;
      }
    }
  }

  autoregressive_options options_;
  internal::slot_mean slot_;
  fit_state now_;
  fit_state fitted_;
  std::vector<double> last_;   // slot means, newest first
  std::vector<double> ahead_;  // the same while a forecast goes on
  std::vector<double> x_;
  std::vector<double> gain_;
  std::size_t known_ = 0;  // of last_
};

}  // namespace headroom
