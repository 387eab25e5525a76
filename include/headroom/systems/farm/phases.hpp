#pragma once

#include <algorithm>  // std::min
#include <bit>        // std::bit_width
#include <cmath>      // std::cos
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <numbers>    // std::numbers::pi
#include <numeric>    // std::accumulate
#include <string>     // std::string
#include <utility>    // std::move, std::swap
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/workloads/arrivals.hpp>
#include <headroom/systems/farm/legacy_random.hpp>

namespace headroom::farm {

/// One phase of a phased workload.
struct phase {
  std::string name;
  double multiplier = 1;   ///< factor of the base rate
  double duration_s = 60;  ///< nominal; in `executed` mode empty windows shorten it
  double window_s = 1;     ///< generation window, > 0
  double swing_low = 1;    ///< oscillation factor at the trough; 1 and 1: steady
  double swing_high = 1;   ///< oscillation factor at the crest
  double cycles = 0;       ///< oscillations over the duration
};

/// How phases become requests. `executed` is what the published generator really does: every phase is flat, and a
/// window that draws no request takes no time, so the low phase lasts about 46 s instead of 60 s. `documented` is what
/// its configuration says: true oscillation, and every window takes its time. Results must say which one they used; the
/// same constant policy differs by five points between the two.
enum class phase_mode : std::uint8_t { executed, documented };

/// A workload in phases: the farm's emitter. Model of Workload (the documented rate) and an arrival_source generator,
/// bit-exact with the published one from the seed: NumPy's legacy stream, one Poisson draw a window, then one
/// exponential gap a request.
class phases {
 public:
  explicit phases(std::vector<phase> list = farm_phases(), double base_rate_per_s = 5)
      : phases_(std::move(list)), base_rate_(base_rate_per_s) {
    require(!phases_.empty(), "phases", "number of phases", phases_.size(), "be at least 1");
    require_positive("phases", "base_rate_per_s", base_rate_);
    for (const phase& p : phases_) {
      require_positive("phases", "multiplier of " + p.name, p.multiplier);
      require_positive("phases", "window_s of " + p.name, p.window_s);
      require(p.duration_s >= p.window_s, "phases", "duration_s of " + p.name, p.duration_s, "be at least one window");
      require(p.swing_low >= 0 && p.swing_high >= p.swing_low && p.swing_low + p.swing_high > 0, "phases",
              "swing_high of " + p.name, p.swing_high, "not be below swing_low, and not both be 0");
    }
  }

  /// The four phases of the published configuration: 1140 requests.
  [[nodiscard]] static std::vector<phase> farm_phases() {
    return {{"steady low", 0.3, 60, 1, 1, 1, 0},
            {"steady high", 1.5, 60, 1, 1, 1, 0},
            {"slow oscillation", 1.0, 60, 1, 0.5, 1.5, 1},
            {"fast oscillation", 1.0, 60, 1, 0.3, 1.7, 4}};
  }

  /// The same phases in the order that `seed` gives, by the published generator's shuffle (CPython's). Its fixed seed
  /// 42 gives the order 3, 2, 4, 1. The published generator used this one order in every episode; here the caller
  /// passes a seed for each episode.
  [[nodiscard]] phases shuffled(std::uint64_t seed) const {
    phases copy = *this;
    auto random = mersenne_twister::from_words(seed);
    for (std::size_t i = copy.phases_.size() - 1; i > 0; --i) {
      const auto bits = static_cast<unsigned>(std::bit_width(i + 1));
      std::size_t j = random() >> (32U - bits);
      while (j > i) j = random() >> (32U - bits);
      std::swap(copy.phases_[i], copy.phases_[j]);
    }
    return copy;
  }

  [[nodiscard]] const std::vector<phase>& list() const& noexcept { return phases_; }
  [[nodiscard]] std::vector<phase> list() && noexcept { return std::move(phases_); }
  [[nodiscard]] double duration_s() const {
    return std::accumulate(phases_.begin(), phases_.end(), 0.0,
                           [](double t, const phase& p) { return t + p.duration_s; });
  }
  /// The exact number of requests of phase `p`.
  [[nodiscard]] std::size_t requests(const phase& p) const {
    return static_cast<std::size_t>(base_rate_ * p.multiplier * p.duration_s);
  }
  /// The exact number of requests of an episode.
  [[nodiscard]] std::size_t requests() const {
    std::size_t n = 0;
    for (const phase& p : phases_) n += requests(p);
    return n;
  }

  /// The documented rate, requests per second; 0 outside the phases.
  double operator()(double t_s) const {
    for (const phase& p : phases_) {
      if (t_s < p.duration_s) return t_s < 0 ? 0 : base_rate_ * p.multiplier * swing(p, t_s / p.duration_s);
      t_s -= p.duration_s;
    }
    return 0;
  }

  /// Fills `out` with the requests of episode `seed`. O(requests); allocates only while `out` still grows.
  void generate(std::uint64_t seed, phase_mode mode, arrivals& out) const {
    out.clear();
    auto random = mersenne_twister::from_seed(static_cast<std::uint32_t>(seed));
    double now = 0;
    std::uint32_t windows_filled = 0;
    for (const phase& p : phases_) {
      out.phase_start_s.push_back(now);
      const double phase_start = now;
      const auto windows = static_cast<std::size_t>(p.duration_s / p.window_s + 1e-9);  // so that 0.3 / 0.1 is 3
      auto remaining = static_cast<double>(requests(p));
      double weight_left = 0;
      for (std::size_t k = 0; k < windows; ++k) weight_left += weight(p, k, windows, mode);
      const double whole = weight_left;
      for (std::size_t k = 0; k < windows; ++k) {
        const double w = weight(p, k, windows, mode);
        double n = remaining;
        if (k + 1 < windows) n = std::min(poisson(random, remaining * (w / weight_left)), remaining);
        weight_left -= w;
        remaining -= n;
        if (mode == phase_mode::documented) {
          now = phase_start + static_cast<double>(k) * p.window_s;
          out.rates.push_back({now, static_cast<double>(requests(p)) * w / (whole * p.window_s)});
        }
        if (n > 0) {
          now = fill_window(random, static_cast<std::size_t>(n), now, p.window_s, mode, windows_filled, out);
          ++windows_filled;
        }
      }
      if (mode == phase_mode::documented) now = phase_start + p.duration_s;
      if (mode == phase_mode::executed && now > phase_start)
        out.rates.push_back({phase_start, static_cast<double>(requests(p)) / (now - phase_start)});
    }
    out.end_s = now;
  }

 private:
  static double swing(const phase& p, double fraction) {
    const double wave = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * p.cycles * fraction);
    return p.swing_low + (p.swing_high - p.swing_low) * (p.cycles > 0 ? wave : 0.5);
  }

  // As executed every window weighs the same: the draw's mean is remaining / remaining windows.
  static double weight(const phase& p, std::size_t k, std::size_t windows, phase_mode mode) {
    if (mode == phase_mode::executed) return 1;
    return swing(p, (static_cast<double>(k) + 0.5) / static_cast<double>(windows));
  }

  // Each request goes out before its gap: the first at the start of the window, and the last gap ends the window. In
  // `documented` mode the gaps are scaled to fill the window exactly; in `executed` mode their sum is the length of the
  // window.
  static double fill_window(mersenne_twister& random, std::size_t n, double now, double window_s, phase_mode mode,
                            std::uint32_t index, arrivals& out) {
    const double mean_gap = 1.0 / static_cast<double>(n);
    const double start = now;
    const std::size_t first = out.size();
    for (std::size_t i = 0; i < n; ++i) {
      out.time_s.push_back(now);
      out.window.push_back(index);
      now += exponential(random, mean_gap);
    }
    if (mode == phase_mode::executed) return now;
    const double scale = window_s / (now - start);
    for (std::size_t i = first; i < out.size(); ++i) out.time_s[i] = start + (out.time_s[i] - start) * scale;
    return start + window_s;
  }

  std::vector<phase> phases_;
  double base_rate_ = 5;
};

}  // namespace headroom::farm
