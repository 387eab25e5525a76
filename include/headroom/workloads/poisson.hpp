#pragma once

#include <algorithm>  // std::min, std::sort
#include <cmath>      // std::ceil, std::isfinite
#include <cstddef>    // std::ptrdiff_t, std::size_t
#include <cstdint>    // std::uint64_t
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/workloads/arrivals.hpp>

namespace headroom {

/// Appends a Poisson number of requests with the given mean, at uniform times in [begin_s, begin_s + length_s),
/// ascending. Given their number, the arrivals of a Poisson process are independent and uniform. The times are sorted,
/// not summed up from exponential gaps: a sum would need logarithms, whose rounding differs between libraries. O(n log
/// n) for n requests; allocates only while `out` still grows. The mean must be finite. The rate is told in `out.rates`.
inline void append_poisson(engine& random, double begin_s, double length_s, double mean, arrivals& out) {
  const auto n = static_cast<std::size_t>(poisson(random, mean));
  const std::size_t first = out.time_s.size();
  out.rates.push_back({begin_s, mean / length_s});
  for (std::size_t i = 0; i < n; ++i) out.time_s.push_back(begin_s + length_s * random.uniform());
  std::sort(out.time_s.begin() + static_cast<std::ptrdiff_t>(first), out.time_s.end());
  out.window.resize(out.time_s.size(), 0);
}

struct poisson_options {
  double duration_s = 240;  ///< length of an episode in seconds
  double resolution_s = 1;  ///< the rate is constant over this time, with its value in the middle
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const poisson_options& checked(const poisson_options& o) {
  require_positive("poisson_arrivals", "duration_s", o.duration_s);
  require_positive("poisson_arrivals", "resolution_s", o.resolution_s);
  return o;
}

/// Random requests with the rate of any Workload: an inhomogeneous Poisson process over [0, duration_s), as an
/// arrival_source. It is the standard model of many independent users. All `window` entries are 0, because there is no
/// generator whose windows could drift. The same seed gives the same bits. Throws std::invalid_argument, with the time,
/// when the workload yields a negative or a non-finite rate.
///
///     farm::environment world{42, {}, poisson_arrivals{diurnal_load{{.mean_per_s = 5, .period_s = 240}},
///                                                      {.duration_s = 240}}};
template <Workload W>
class poisson_arrivals {
 public:
  explicit poisson_arrivals(W load, const poisson_options& options = {})
      : load_(std::move(load)), options_(checked(options)) {}

  void operator()(std::uint64_t seed, arrivals& out) const {
    out.clear();
    engine random(seed, stream::workload);
    const auto intervals = static_cast<std::size_t>(std::ceil(options_.duration_s / options_.resolution_s));
    for (std::size_t k = 0; k < intervals; ++k) {
      const double begin_s = static_cast<double>(k) * options_.resolution_s;
      const double length_s = std::min(options_.resolution_s, options_.duration_s - begin_s);
      if (!(length_s > 0)) break;  // the division was rounded up to a whole number, so this interval is empty
      append_poisson(random, begin_s, length_s, rate(begin_s + length_s / 2) * length_s, out);
    }
    out.phase_start_s.push_back(0);
    out.end_s = options_.duration_s;
  }

  [[nodiscard]] const W& load() const noexcept { return load_; }

 private:
  // An infinite mean would draw for ever, so the rate is checked before every draw. The message is built only for a
  // refusal.
  [[nodiscard]] double rate(double t_s) const {
    const auto per_s = static_cast<double>(load_(t_s));
    if (per_s >= 0 && std::isfinite(per_s)) return per_s;
    require_not_negative("poisson_arrivals", "rate at " + to_text(t_s) + " s", per_s);
    return per_s;
  }

  W load_;
  poisson_options options_;
};

}  // namespace headroom
