#pragma once

#include <algorithm>  // std::clamp
#include <array>      // std::array
#include <cmath>      // std::exp, std::floor
#include <cstdint>    // std::int64_t, std::uint64_t
#include <string>     // std::string

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>

namespace headroom::scheduler {

/// The range of a uniform draw.
struct drawn_from {
  double low = 0;
  double high = 1;
};

/// The defaults are the training load of the published request scheduler.
struct two_bumps_options {
  double duration_s = 3'600;
  double maximum_per_s = 0.16;           ///< the load is clipped to [0, maximum]
  drawn_from first_centre{0.05, 0.35};   ///< as a fraction of the duration
  drawn_from second_centre{0.55, 0.75};  ///< as a fraction of the duration
  drawn_from width{0.4, 0.6};            ///< standard deviation of a bump, as a fraction of its centre
  drawn_from lower_peak{0.7, 0.8};       ///< as a fraction of the maximum; which bump is the lower one is drawn
  drawn_from higher_peak{0.9, 1};        ///< as a fraction of the maximum
  double noise_mean = -0.1;              ///< as a fraction of the maximum; negative, so that quiet times have no load
  double noise_deviation = 0.1;          ///< as a fraction of the maximum
  double noise_every_s = 10;             ///< how often the noise is drawn anew, in seconds
};

namespace internal {

// A message is built only for a refusal, because each episode makes a load and should not allocate for it.
inline void require_range(std::string_view name, const drawn_from& d) {
  if (d.low > 0 && d.high >= d.low && d.high < 1e9) return;
  require_positive("two_bumps_load", std::string(name).append(".low"), d.low);
  require(false, "two_bumps_load", std::string(name).append(".high"), d.high,
          "not be below low, " + to_text(d.low) + ", and below 1e9");
}

}  // namespace internal

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const two_bumps_options& checked(const two_bumps_options& o) {
  require_positive("two_bumps_load", "duration_s", o.duration_s);
  require_positive("two_bumps_load", "maximum_per_s", o.maximum_per_s);
  internal::require_range("first_centre", o.first_centre);
  internal::require_range("second_centre", o.second_centre);
  internal::require_range("width", o.width);
  internal::require_range("lower_peak", o.lower_peak);
  internal::require_range("higher_peak", o.higher_peak);
  require_finite("two_bumps_load", "noise_mean", o.noise_mean);
  require_not_negative("two_bumps_load", "noise_deviation", o.noise_deviation);
  require_positive("two_bumps_load", "noise_every_s", o.noise_every_s);
  return o;
}

/// Two Gaussian bumps with random place, width and height, plus noise: the load on which the published request
/// scheduler was trained. Model of Workload with a seed. The bumps are drawn on construction. The noise at a time is a
/// function of the seed and the time, so that two policies get the same load.
class two_bumps_load {
 public:
  struct bump {
    double centre_s = 0;
    double deviation_s = 1;
    double peak_per_s = 0;
  };

  explicit two_bumps_load(std::uint64_t seed, const two_bumps_options& options = {})
      : options_(checked(options)), noise_seed_(split(seed, stream::noise)) {
    engine random(seed, stream::workload);
    const auto draw = [&random](const drawn_from& d) { return uniform(random, d.low, d.high); };
    bumps_[0].centre_s = draw(options.first_centre) * options.duration_s;
    bumps_[1].centre_s = draw(options.second_centre) * options.duration_s;
    for (bump& b : bumps_) b.deviation_s = draw(options.width) * b.centre_s;
    const double lower = draw(options.lower_peak) * options.maximum_per_s;
    const double higher = draw(options.higher_peak) * options.maximum_per_s;
    const bool rising = random.below(2) == 1;
    bumps_[0].peak_per_s = rising ? lower : higher;
    bumps_[1].peak_per_s = rising ? higher : lower;
  }

  double operator()(double t_s) const noexcept {
    const auto tick = static_cast<std::uint64_t>(static_cast<std::int64_t>(std::floor(t_s / options_.noise_every_s)));
    engine random(noise_seed_ + tick);
    const double noise = normal(random, options_.noise_mean, options_.noise_deviation) * options_.maximum_per_s;
    return std::clamp(quiet(t_s) + noise, 0.0, options_.maximum_per_s);
  }

  /// Without the noise.
  [[nodiscard]] double quiet(double t_s) const noexcept {
    double sum = 0;
    for (const bump& b : bumps_) {
      const double z = (t_s - b.centre_s) / b.deviation_s;
      sum += b.peak_per_s * std::exp(-z * z / 2);
    }
    return std::clamp(sum, 0.0, options_.maximum_per_s);
  }

  [[nodiscard]] const std::array<bump, 2>& bumps() const noexcept { return bumps_; }

 private:
  two_bumps_options options_;
  std::uint64_t noise_seed_;
  std::array<bump, 2> bumps_{};
};

}  // namespace headroom::scheduler
