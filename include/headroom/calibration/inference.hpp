#pragma once

#include <algorithm>   // std::clamp, std::max, std::min, std::sort
#include <cmath>       // std::abs, std::isfinite, std::sqrt
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <span>        // std::span
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/calibration/internal/linear_map.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>

namespace headroom {

/// One parameter of a simulator, on the scale on which it is searched. Take logarithms of what is positive: then a
/// deviation is a relative one, and summaries that are logarithms, too, change along straight lines.
struct inferred_parameter {
  double first = 0;            ///< where the search begins
  double spread = 0.2;         ///< how far around it the first simulations are scattered, a standard deviation
  double least_spread = 0.02;  ///< later ones are scattered so far at least: a whole number needs its neighbours
  double low = -30;            ///< the simulator is never asked outside of [low, high]
  double high = 30;
};

struct inference_options {
  std::size_t round = 24;  ///< simulations of a round that looks for the place
  std::size_t rounds = 3;  ///< of these at least; twice as many at most, while the place still moves
  std::size_t last = 60;   ///< simulations at the place that was found, of which the intervals are made
  std::uint64_t seed = 1;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const inference_options& checked(const inference_options& o) {
  require(o.round >= 8 && o.round <= 100'000, "inference", "round", o.round, "be from 8 to 100000");
  require(o.rounds >= 1 && o.rounds <= 100, "inference", "rounds", o.rounds, "be from 1 to 100");
  require(o.last >= 20 && o.last <= 1'000'000, "inference", "last", o.last, "be from 20 to 1000000");
  return o;
}

struct inference {
  std::vector<double> estimate{};  ///< of each parameter, without the bias that was measured
  std::vector<double> low{};       ///< of its 90 % interval
  std::vector<double> high{};
  double misfit = 0;        ///< squared distance of the observed summaries from the fitted ones, in their scatter
  double usual_misfit = 0;  ///< its median over simulations of the fitted model
  double probability = 1;   ///< the share of simulations that fit no better: below 0.02 the model is not the right one
  std::vector<double> off{};  ///< of each summary, by how many standard deviations the fitted one is missed
  std::size_t simulations = 0;
  std::size_t refused = 0;  ///< of these, those whose summaries were not finite: ignored
  bool stopped = false;     ///< by `progress`; the numbers are then those of the last round
};

/// Fits the parameters of a simulator to summaries of what was observed, by indirect inference (Gourieroux, Monfort and
/// Renault 1993), and gives each a 90 % interval. The summaries may be anything that depends on the parameters, such as
/// rough estimates of them; their bias does not matter, because the simulator's have it too.
///
///  1. Rounds: simulate around a place, fit the straight way from parameters to summaries, go where the observed
///     summaries lead, and simulate there, less scattered.
///  2. The last simulations measure the error: each has its summaries, made with known parameters, led back to
///     parameters by the way that the *other half* of them gives. The interval is the estimate minus what these errors
///     are (a parametric bootstrap with correction of the bias): normal or by order statistics, whichever is farther
///     out, and a fifth wider. Where the observed misfit is larger than that of nearly all simulations, the interval is
///     widened by it.
///
/// `simulate(parameters, seed, summaries)` fills in the summaries; it may move the parameters to those that it can do,
/// as to a whole number. `tolerance`: of each summary, the standard deviation of what no simulation knows, such as the
/// rounding of a recorded number. `progress(done, expected)` is told after each simulation; true stops.
/// Throws std::invalid_argument; std::runtime_error if most simulations of a round have summaries that are not finite.
template <class Simulate>
[[nodiscard]] inference infer(const std::vector<inferred_parameter>& parameters, std::span<const double> observed,
                              std::span<const double> tolerance, Simulate&& simulate,
                              const inference_options& options = {},
                              const std::function<bool(std::size_t, std::size_t)>& progress = {}) {
  checked(options);
  const std::size_t p = parameters.size();
  const std::size_t m = observed.size();
  require(p >= 1, "inference", "number of parameters", p, "be at least 1");
  require(m >= p, "inference", "number of summaries", m, "be at least that of the parameters, " + to_text(p));
  require(tolerance.size() == m, "inference", "number of tolerances", tolerance.size(),
          "be that of the summaries, " + to_text(m));
  for (const double s : observed) require_finite("inference", "an observed summary", s);

  inference result;
  engine random(options.seed, stream::exploration);
  std::size_t expected = options.round * options.rounds + options.last;
  std::vector<double> centre(p);
  std::vector<double> spread(p);
  for (std::size_t j = 0; j < p; ++j) {
    centre[j] = std::clamp(parameters[j].first, parameters[j].low, parameters[j].high);
    spread[j] = std::max(parameters[j].spread, parameters[j].least_spread);
  }
  std::vector<double> points;
  std::vector<double> summaries;
  const auto scatter = [&](std::size_t n) {
    points.clear();
    summaries.clear();
    std::vector<double> at(p);
    std::vector<double> seen(m);
    for (std::size_t i = 0; i < n && !result.stopped; ++i) {
      for (std::size_t j = 0; j < p; ++j) {
        const double z = std::clamp(normal(random, 0.0, 1.0), -2.0, 2.0);
        at[j] = std::clamp(centre[j] + spread[j] * z, parameters[j].low, parameters[j].high);
      }
      simulate(std::span<double>(at), split(options.seed, 1000 + result.simulations), std::span<double>(seen));
      ++result.simulations;
      result.stopped = progress && progress(result.simulations, expected);
      if (!std::all_of(seen.begin(), seen.end(), [](double s) { return std::isfinite(s); })) {
        ++result.refused;
        continue;
      }
      points.insert(points.end(), at.begin(), at.end());
      summaries.insert(summaries.end(), seen.begin(), seen.end());
    }
    if (points.size() / p < p + 6 && !result.stopped) {
      throw std::runtime_error("inference: most simulations have summaries that are not finite");
    }
  };

  for (std::size_t round = 0; round < 2 * options.rounds; ++round) {
    scatter(options.round);
    if (result.stopped) return result;
    const internal::linear_map way(points, summaries, centre, tolerance);
    const std::vector<double> to = way.estimate(observed);
    bool far = false;
    for (std::size_t j = 0; j < p; ++j) {
      const double step = std::clamp(to[j] - centre[j], -2.5 * spread[j], 2.5 * spread[j]);
      far = far || std::abs(step) > 1.5 * spread[j];
      centre[j] = std::clamp(centre[j] + step, parameters[j].low, parameters[j].high);
      const double wanted = std::abs(step) > 1.5 * spread[j] ? spread[j] : 1.5 * way.deviation(j);
      spread[j] = std::clamp(wanted, std::max(parameters[j].least_spread, 0.3 * spread[j]),
                             std::max(parameters[j].spread, parameters[j].least_spread));
    }
    result.estimate = centre;
    if (round + 1 >= options.rounds && !far) break;
    if (round + 1 >= options.rounds) expected += options.round;
  }

  scatter(options.last);
  if (result.stopped) return result;
  const std::size_t n = points.size() / p;
  const internal::linear_map way(points, summaries, centre, tolerance);
  const std::vector<double> raw = way.estimate(observed);
  std::vector<double> errors(n * p);
  std::vector<double> misfits;
  for (const std::size_t half : {std::size_t{0}, std::size_t{1}}) {
    std::vector<double> some_points;
    std::vector<double> some_summaries;
    for (std::size_t i = 1 - half; i < n; i += 2) {
      some_points.insert(some_points.end(), points.begin() + static_cast<std::ptrdiff_t>(i * p),
                         points.begin() + static_cast<std::ptrdiff_t>((i + 1) * p));
      some_summaries.insert(some_summaries.end(), summaries.begin() + static_cast<std::ptrdiff_t>(i * m),
                            summaries.begin() + static_cast<std::ptrdiff_t>((i + 1) * m));
    }
    const internal::linear_map other(some_points, some_summaries, centre, tolerance);
    for (std::size_t i = half; i < n; i += 2) {
      const auto seen = std::span<const double>(summaries).subspan(i * m, m);
      const std::vector<double> back = other.estimate(seen);
      for (std::size_t j = 0; j < p; ++j) errors[i * p + j] = back[j] - points[i * p + j];
      misfits.push_back(way.misfit(seen, way.estimate(seen)));
    }
  }
  std::sort(misfits.begin(), misfits.end());
  result.misfit = way.misfit(observed, raw);
  result.usual_misfit = misfits[misfits.size() / 2];
  const auto worse = misfits.end() - std::lower_bound(misfits.begin(), misfits.end(), result.misfit);
  result.probability = static_cast<double>(worse + 1) / static_cast<double>(misfits.size() + 1);
  result.off = way.distances(observed, raw);
  // A real service is never quite the simulator: a fifth more than the simulations' own errors.
  constexpr double margin = 1.2;
  const double widened =
      margin * (result.probability < 0.05 && m > p ? std::sqrt(std::max(1.0, result.misfit / result.usual_misfit)) : 1);

  result.estimate.resize(p);
  const auto count = static_cast<double>(n);
  for (std::size_t j = 0; j < p; ++j) {
    std::vector<double> e(n);
    double bias = 0;
    for (std::size_t i = 0; i < n; ++i) bias += (e[i] = errors[i * p + j]) / count;
    double squares = 0;
    for (const double x : e) squares += (x - bias) * (x - bias);
    // The tolerance is no part of the simulations' errors: what it adds is the difference of the two deviations.
    const double scattered = std::sqrt(squares / (count - 1));
    const double deviation = std::max(scattered, way.deviation(j)) * std::sqrt(1 + 1 / count);
    const double t = 1.6449 + (1.6449 * 1.6449 * 1.6449 + 1.6449) / (4 * (count - 1));  // Student's t, 95 %
    std::sort(e.begin(), e.end());
    const auto place = static_cast<std::size_t>(0.05 * (count + 1));  // counted from 1; 0 for fewer than 19
    const double below = e[place > 0 ? place - 1 : 0];
    const double above = e[n - std::max<std::size_t>(place, 1)];
    result.estimate[j] = std::clamp(raw[j] - bias, parameters[j].low, parameters[j].high);
    result.low.push_back(raw[j] - bias - widened * std::max(t * deviation, above - bias));
    result.high.push_back(raw[j] - bias + widened * std::max(t * deviation, bias - below));
  }
  return result;
}

}  // namespace headroom
