#pragma once

#include <array>     // std::array
#include <cmath>     // std::isfinite
#include <cstddef>   // std::size_t
#include <optional>  // std::optional
#include <span>      // std::span

#include <headroom/systems/quota/menu.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/types.hpp>

namespace headroom::quota {

struct rules_options {
  double latency_growth = 0.065;  ///< above it: migrate
  double starved = 0.16;          ///< as a fraction of its usage; a single replica that gets no more: migrate
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const rules_options& checked(const rules_options& o) {
  require_not_negative("quota::rules", "latency_growth", o.latency_growth);
  require_fraction("quota::rules", "starved", o.starved);
  return o;
}

/// Five rules that do what the published quota classifier was trained to do. They agree with 94.3 % of its 12,000
/// training rows; the 3,108 numbers of its smaller network agree with 98.7 %. Like the classifier, they never hold.
///
/// Reads the seven published features: replicas, CPU used and asked for, memory used and asked for, latency before and
/// now (-1: not measured, which counts as growth). Returns a class (0 apply, 1 migrate, 2 up, 3 down), or nothing if a
/// feature is not finite. Model of Policy on any observation with these seven members.
class rules {
 public:
  explicit rules(const rules_options& options = {}) : o_(checked(options)) {}

  [[nodiscard]] static constexpr std::size_t inputs() noexcept { return 7; }
  [[nodiscard]] static constexpr std::size_t classes() noexcept { return 4; }

  [[nodiscard]] std::optional<std::size_t> operator()(std::span<const double> x) const {
    HEADROOM_ASSERT(x.size() == inputs(), "quota::rules: seven features");
    for (const double feature : x) {
      if (!std::isfinite(feature)) return std::nullopt;
    }
    const double replicas = x[0];
    const double cpu = x[2] - x[1];
    const double memory = x[4] - x[3];
    if (x[6] > (1 + o_.latency_growth) * x[5] || x[6] < 0) return 1;
    if (cpu > 0 || memory > 0) return 2;
    if (replicas <= 1 && (x[2] <= o_.starved * x[1] || x[4] <= o_.starved * x[3])) return 1;
    if (replicas > 1 && (cpu < 0 || memory < 0)) return 3;
    return 0;
  }

  template <class Observation>
  action start(const Observation& o) const {
    return step(o);
  }
  template <class Observation>
  action step(const Observation& o) const {
    const std::array<double, 7> x{o.replicas,       o.initial_cpu,     o.applied_cpu,   o.initial_memory,
                                  o.applied_memory, o.initial_latency, o.latest_latency};
    const auto named = (*this)(x);
    return named ? from_published_class(static_cast<int>(*named)) : action::hold;
  }
  template <class Observation>
  void stop(const Observation&, episode) const {}

 private:
  rules_options o_;
};

}  // namespace headroom::quota
