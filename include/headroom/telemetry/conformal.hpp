#pragma once

#include <algorithm>    // std::lower_bound, std::move, std::move_backward, std::upper_bound
#include <cmath>        // std::ceil, std::floor, std::isfinite
#include <cstddef>      // std::ptrdiff_t, std::size_t
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/telemetry/internal/slot_mean.hpp>

namespace headroom {

struct conformal_options {
  double slot_s = 60;            ///< length of a slot; a forecast is judged by the mean of the slot it was made for
  double coverage = 0.9;         ///< fraction of slots that is to lie at or below what was forecast, in (0, 1)
  std::size_t window = 500;      ///< errors that are remembered, the newest
  double step = 0;               ///< 0: split conformal; positive (0.005 to 0.05): adaptive, for a load that drifts
  std::size_t most_ahead = 256;  ///< a forecast of more slots ahead is not judged
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const conformal_options& checked(const conformal_options& o) {
  require_positive("conformal", "slot_s", o.slot_s);
  require(o.coverage > 0 && o.coverage < 1, "conformal", "coverage", o.coverage, "be in (0, 1)");
  require(o.window >= 1 && o.window <= 10'000'000, "conformal", "window", o.window, "be from 1 to 10000000");
  require_fraction("conformal", "step", o.step);
  require(o.most_ahead >= 1 && o.most_ahead <= 10'000'000, "conformal", "most_ahead", o.most_ahead,
          "be from 1 to 10000000");
  return o;
}

/// What the forecasts of a `conformal` reached.
struct conformal_coverage {
  double wanted = 0;
  double reached = 0;         ///< NaN before the first that was judged
  std::uint64_t judged = 0;   ///< forecasts whose slot is over
  std::uint64_t covered = 0;  ///< of these, those whose slot lay at or below
  double level = 0;           ///< the quantile of the errors that is added now; the wanted one unless it adapts
};

/// Turns any forecaster into a forecaster of an upper quantile. It adds a quantile of the forecaster's own errors (the
/// value that came - the value that was forecast) over the last `window` slots. This is split conformal prediction
/// (Vovk et al. 2005; Lei et al. 2018): if the errors are exchangeable, a slot is covered with the wanted probability,
/// for any model and any distribution. For a load that drifts, a positive `step` moves the level of the quantile after
/// each judged slot: up if the slot was not covered, else down (adaptive conformal inference, Gibbs and Candes 2021).
/// Over T judged slots the coverage then differs from the wanted one by exactly |change of the level| / (step T), for
/// any load. A level above 1 adds more than the largest error: the excess times ten times the spread of the errors.
///
/// Model of Forecaster, as the model inside is. It returns NaN until it has coverage / (1 - coverage) errors, which the
/// quantile needs: let it see the training part first. Of the forecasts made for one slot, the first is judged.
/// `forget` makes the model forget and drops the forecasts that are not judged yet; errors and counts stay. O(window)
/// for a slot (a move of memory), O(1) for a forecast besides the model's, no allocation after construction.
///     conformal model{holt_winters{{.slot_s = 60}}, {.slot_s = 60, .coverage = 0.95, .step = 0.01}};
template <class Model>
class conformal {
 public:
  explicit conformal(Model model, const conformal_options& options = {})
      : model_(std::move(model)),
        options_(checked(options)),
        slot_(options.slot_s),
        level_(options.coverage),
        errors_(options.window),
        sorted_(options.window),
        due_(options.most_ahead) {}

  /// Takes one value. Ignores a value or a time that is not finite. If the clock runs back into an earlier slot, what
  /// was not judged is dropped.
  void observe(double now_s, double value) {
    model_.observe(now_s, value);
    slot_.observe(
        now_s, value, slot_.has_value(), [this] { drop(); }, [this](double) { judge(); });
  }

  /// The upper quantile of the slot that contains `now_s + horizon_s`.
  [[nodiscard]] double forecast(double now_s, double horizon_s) {
    const auto plain = static_cast<double>(model_.forecast(now_s, horizon_s));
    const double bound = plain + quantile();
    const double slot = slot_.slot_at(now_s + horizon_s);
    if (slot_.has_value() && std::isfinite(plain) && slot > slot_.number() &&
        slot < slot_.number() + static_cast<double>(due_.size())) {
      promise& p = due_[place(slot)];
      if (p.slot != slot) p = {slot, plain, bound};
    }
    return bound;
  }

  void forget() {
    model_.forget();
    drop();
  }

  [[nodiscard]] conformal_coverage coverage() const noexcept {
    const double reached = judged_ > 0 ? static_cast<double>(covered_) / static_cast<double>(judged_)
                                       : std::numeric_limits<double>::quiet_NaN();
    return {options_.coverage, reached, judged_, covered_, level_};
  }
  [[nodiscard]] std::size_t errors() const noexcept { return known_; }  ///< that are remembered
  [[nodiscard]] const Model& model() const noexcept { return model_; }
  [[nodiscard]] const conformal_options& options() const noexcept { return options_; }

  /// What a checkpoint stores, between episodes.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if constexpr (requires { std::remove_cvref_t<decltype(self.model_)>::fields(self.model_, a); })
      a("model", self.model_);
    a.same("coverage", self.options_.coverage);
    a("level", self.level_);
    a("errors", self.errors_);
    a("sorted", self.sorted_);
    a("known", self.known_);
    a("next", self.next_);
    a("judged", self.judged_);
    a("covered", self.covered_);
    a.check(self.known_ <= self.errors_.size(), "known", self.known_, "be at most the window");
    a.check(self.next_ < self.errors_.size(), "next", self.next_, "be below the window");
  }

 private:
  struct promise {
    double slot = std::numeric_limits<double>::quiet_NaN();
    double plain = 0;  // what the model forecast
    double bound = 0;  // what was handed out; NaN: nothing yet
  };

  // That of rank ceil(level * (n + 1)): one more than a plain quantile, for the slot to come.
  [[nodiscard]] double quantile() const {
    const auto n = static_cast<double>(known_);
    if (options_.coverage * (n + 1) > n + 1e-9) return std::numeric_limits<double>::quiet_NaN();
    const double rank = std::ceil(level_ * (n + 1) - 1e-9);
    const double spread = sorted_[known_ - 1] - sorted_[0];
    if (level_ > 1) return sorted_[known_ - 1] + 10 * (level_ - 1) * spread;
    if (level_ < 0) return sorted_[0] + 10 * level_ * spread;
    if (rank >= n) return sorted_[known_ - 1];
    return sorted_[rank < 1 ? 0 : static_cast<std::size_t>(rank) - 1];
  }
  [[nodiscard]] std::size_t place(double slot) const {
    const auto m = static_cast<double>(due_.size());
    return static_cast<std::size_t>(slot - m * std::floor(slot / m));
  }
  void judge() {
    promise& p = due_[place(slot_.number())];
    if (p.slot != slot_.number()) return;
    if (std::isfinite(p.bound)) {
      const bool in = slot_.mean() <= p.bound;
      ++judged_;
      covered_ += in ? 1U : 0U;
      level_ += options_.step * (options_.coverage - (in ? 1 : 0));
    }
    add(slot_.mean() - p.plain);
    p = {};
  }
  // Keeps the errors sorted, and their order in time beside that.
  void add(double error) {
    const auto begin = sorted_.begin();
    auto end = begin + static_cast<std::ptrdiff_t>(known_);
    if (known_ == errors_.size()) {
      const auto oldest = std::lower_bound(begin, end, errors_[next_]);
      std::move(oldest + 1, end, oldest);
      --end;
    } else {
      ++known_;
    }
    const auto at = std::upper_bound(begin, end, error);
    std::move_backward(at, end, end + 1);
    *at = error;
    errors_[next_] = error;
    next_ = (next_ + 1) % errors_.size();
  }
  void drop() {
    for (promise& p : due_) p = {};
    slot_.clear();
  }

  Model model_;
  conformal_options options_;
  internal::slot_mean slot_;
  double level_;
  std::vector<double> errors_;  // a ring, oldest at next_ once it is full
  std::vector<double> sorted_;
  std::vector<promise> due_;  // by slot modulo the size
  std::size_t known_ = 0;
  std::size_t next_ = 0;
  std::uint64_t judged_ = 0;
  std::uint64_t covered_ = 0;
};
template <class Model>
conformal(Model, conformal_options) -> conformal<Model>;
template <class Model>
conformal(Model) -> conformal<Model>;

}  // namespace headroom
