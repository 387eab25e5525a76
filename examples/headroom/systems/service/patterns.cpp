#include "systems/service/patterns.hpp"

#include <algorithm>  // std::clamp, std::max, std::min
#include <cmath>      // std::cos, std::exp
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <numbers>    // std::numbers::pi
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/workloads/poisson.hpp>

namespace tool {

using namespace headroom;

namespace {

// A burst or a crowd: the rate climbs by `height` within `rise_s` and then falls with a time constant.
struct wave {
  double at_s;
  double height;
  double rise_s;
  double fall_s;

  [[nodiscard]] double at(double t_s) const {
    const double since = t_s - at_s;
    if (since < 0) return 0;
    if (since < rise_s) return height * since / rise_s;
    return height * std::exp(-(since - rise_s) / fall_s);
  }
  // Over an episode of this length.
  [[nodiscard]] double area(double length_s) const {
    const double rising = std::clamp(length_s - at_s, 0.0, rise_s);
    const double falling = std::max(0.0, length_s - at_s - rise_s);
    return height * (rising * rising / (2 * rise_s) + fall_s * (1 - std::exp(-falling / fall_s)));
  }
};

// The rate of one episode.
struct shape {
  double base = 1;
  double swing = 0;     // of a cosine
  double peak_at = 0;   // of it, as a fraction of the episode
  double climb_to = 1;  // of a ramp, as a factor of the base
  double climb_from_s = 0;
  double climb_s = 1;
  std::vector<wave> waves{};

  [[nodiscard]] double operator()(double t_s, double length_s) const {
    double rate = base * (1 + swing * std::cos(2 * std::numbers::pi * (t_s / length_s - peak_at)));
    rate *= 1 + (climb_to - 1) * std::clamp((t_s - climb_from_s) / climb_s, 0.0, 1.0);
    for (const wave& w : waves) rate += w.at(t_s);
    return rate;
  }
};

shape steady(const pattern_options& o, engine&) { return {.base = o.mean_per_s}; }
shape diurnal(const pattern_options& o, engine& random) {
  return {.base = o.mean_per_s, .swing = o.peak_ratio - 1, .peak_at = random.uniform()};
}
// About eight bursts an episode, each for about a minute of an hour.
shape bursty(const pattern_options& o, engine& random) {
  shape s{.base = o.mean_per_s};
  double area = 0;
  for (double at = exponential(random, o.length_s / 8); at < o.length_s; at += exponential(random, o.length_s / 8)) {
    s.waves.push_back({at, (o.peak_ratio - 1) * o.mean_per_s * random.uniform(), o.length_s / 240, o.length_s / 60});
    area += s.waves.back().area(o.length_s);
  }
  s.base = std::max(0.1 * o.mean_per_s, o.mean_per_s - area / o.length_s);
  return s;
}
shape flash(const pattern_options& o, engine& random) {
  const wave crowd{o.length_s * (0.1 + 0.7 * random.uniform()), 1, o.length_s / 60, o.length_s / 12};
  // base (1 + extra wave) has the mean and the peak that are asked for.
  const double share = crowd.area(o.length_s) / o.length_s;
  const double base = o.mean_per_s * (1 - o.peak_ratio * share) / (1 - share);
  shape s{.base = std::max(0.1 * o.mean_per_s, base)};
  s.waves.push_back({crowd.at_s, o.peak_ratio * o.mean_per_s - s.base, crowd.rise_s, crowd.fall_s});
  return s;
}
// Up or down between the peak and as far below the mean.
shape ramp(const pattern_options& o, engine& random) {
  const bool up = random.below(2) == 0;
  const double high = o.peak_ratio * o.mean_per_s;
  const double low = std::max(0.05, 2 - o.peak_ratio) * o.mean_per_s;
  const double from_s = o.length_s * 0.5 * random.uniform();
  return {.base = up ? low : high,
          .climb_to = up ? high / low : low / high,
          .climb_from_s = from_s,
          .climb_s = o.length_s * 0.5};
}

struct known_pattern {
  std::string_view name;
  shape (*draw)(const pattern_options& o, engine& random);
};
constexpr known_pattern known_patterns[] = {
    {"steady", steady}, {"diurnal", diurnal}, {"bursty", bursty}, {"flash", flash}, {"ramp", ramp}};

}  // namespace

std::string pattern_names() { return "steady, diurnal, bursty, flash or ramp"; }

arrival_source pattern_arrivals(const pattern_options& o) {
  require_positive("--mean", "the load", o.mean_per_s);
  require_positive("--episode-length", "the length of an episode", o.length_s);
  require(o.peak_ratio >= 1 && o.peak_ratio <= 100, "--peak-ratio", "the ratio", o.peak_ratio, "be from 1 to 100");
  require(o.name != "diurnal" || o.peak_ratio <= 2, "--peak-ratio", "the ratio", o.peak_ratio,
          "be at most 2 for --pattern diurnal, whose rate would fall below zero at night");
  const auto* const found = std::find_if(std::begin(known_patterns), std::end(known_patterns),
                                         [&](const auto& p) { return p.name == o.name; });
  require(found != std::end(known_patterns), "--pattern", "the name", o.name, "be " + pattern_names());
  return [o, draw = found->draw](std::uint64_t seed, arrivals& out) {
    engine random(split(seed, stream::workload) + 2);
    const shape rate = draw(o, random);
    const double resolution_s = std::max(1.0, o.length_s / 3'600);
    poisson_arrivals{[&](double t_s) { return rate(t_s, o.length_s); },
                     {.duration_s = o.length_s, .resolution_s = resolution_s}}(seed, out);
  };
}

}  // namespace tool
