#pragma once

#include <algorithm>    // std::max
#include <array>        // std::array
#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t
#include <string_view>  // std::string_view
#include <tuple>        // std::apply, std::get, std::tuple_size_v
#include <type_traits>  // std::is_invocable_v, std::remove_cvref_t
#include <utility>      // std::index_sequence, std::make_index_sequence, std::move

namespace headroom {

/// How one figure of an episode is taken from what it is at each step.
enum class taken : std::uint8_t {
  total,          ///< sum over the steps
  mean,           ///< mean over the steps
  mean_measured,  ///< mean over the steps at which it is finite: NaN says that it was not measured there; 0 without one
  mean_over_time,  ///< each step weighted by its length, which `time_s` of the observations tells
  largest,         ///< at any step, and at least 0
  last             ///< at the last step
};

/// One figure of a score. `at(record, reward)` is what it is at one step; `reward` is that of the step. A figure that
/// needs what is known only at run time has `at(record, reward, metrics)`, where `metrics` is the object of the list.
template <class At>
struct metric {
  std::string_view name;
  taken how;
  At at;
};
template <class At>
metric(std::string_view, taken, At) -> metric<At>;

/// A score made of named metrics and one reward. `Metrics::list` is the tuple of them, which is all that the score of a
/// system says. Model of Score. No allocation; without a step every figure is 0.
///     struct figures {
///       static constexpr std::tuple list{
///           metric{"total_reward", taken::total, [](const auto&, double reward) { return reward; }},
///           metric{"mean_replicas", taken::mean, [](const auto& r, double) { return r.next.replicas; }}};
///     };
///     metric_score<figures, my_reward> score{my_reward{}};
template <class Metrics, class RewardT>
class metric_score {
 public:
  static constexpr std::size_t count = std::tuple_size_v<std::remove_cvref_t<decltype(Metrics::list)>>;
  static constexpr std::array<std::string_view, count> names =
      std::apply([](const auto&... m) { return std::array<std::string_view, count>{m.name...}; }, Metrics::list);

  explicit metric_score(RewardT reward, Metrics metrics = {})
      : reward_(std::move(reward)), metrics_(std::move(metrics)) {}

  template <class Observation>
  void on_start(const Observation&) {
    values_ = {};
    measured_ = {};
    steps_ = 0;
    time_s_ = 0;
  }
  template <class Record>
  void on_step(const Record& r) {
    ++steps_;
    double elapsed_s = 0;
    if constexpr (timed) {
      elapsed_s = r.next.time_s - r.observation.time_s;
      time_s_ += elapsed_s;
    }
    const double reward = reward_(r.observation, r.action, r.next);
    each([&](double& value, double& measured, const auto& m) {
      add(value, measured, m.how, at(m, r, reward), elapsed_s);
    });
  }

  [[nodiscard]] std::array<double, count> values() const { return values_; }

 private:
  static constexpr bool timed =
      std::apply([](const auto&... m) { return ((m.how == taken::mean_over_time) || ...); }, Metrics::list);

  template <class F>
  void each(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (f(values_[I], measured_[I], std::get<I>(Metrics::list)), ...); }
    (std::make_index_sequence<count>{});
  }
  template <class Metric, class Record>
  double at(const Metric& m, const Record& r, double reward) const {
    if constexpr (std::is_invocable_v<decltype(m.at), const Record&, double>) {
      return static_cast<double>(m.at(r, reward));
    } else {
      return static_cast<double>(m.at(r, reward, metrics_));
    }
  }
  void add(double& value, double& measured, taken how, double x, double elapsed_s) const {
    switch (how) {
      case taken::total:
        value += x;
        break;
      case taken::mean:
        value += (x - value) / steps_;
        break;
      case taken::mean_measured:
        if (std::isfinite(x)) value += (x - value) / ++measured;
        break;
      case taken::mean_over_time:
        if (time_s_ > 0) value += (x - value) * (elapsed_s / time_s_);
        break;
      case taken::largest:
        value = std::max(value, x);
        break;
      case taken::last:
        value = x;
        break;
    }
  }

  RewardT reward_;
  [[no_unique_address]] Metrics metrics_;
  std::array<double, count> values_{};
  std::array<double, count> measured_{};  // steps at which the figure was finite, counted for mean_measured
  double steps_ = 0;
  double time_s_ = 0;
};

}  // namespace headroom
