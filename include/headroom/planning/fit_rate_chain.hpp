#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::exp, std::log
#include <cstddef>    // std::size_t
#include <span>       // std::span
#include <string>     // std::string
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/planning/rate_belief.hpp>
#include <headroom/planning/step_grid.hpp>

namespace headroom {

/// Requests that came in one decision interval.
struct rate_count {
  double requests = 0;
  double seconds = 0;
};

struct rate_fit_options {
  std::size_t rounds = 15;  ///< of expectation and maximisation
  double spread = 0.15;     ///< what is believed before: the logarithm of the rate moves by so much in an interval
  double jump = 0.02;       ///< and with this probability it is any other rate
  double doubt = 20;        ///< what is believed before weighs as much as so many intervals at each rate
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const rate_fit_options& checked(const rate_fit_options& o) {
  require(o.rounds >= 1 && o.rounds <= 10'000, "fit_rate_chain", "rounds", o.rounds, "be from 1 to 10000");
  require_positive("fit_rate_chain", "spread", o.spread);
  require(o.jump > 0 && o.jump < 1, "fit_rate_chain", "jump", o.jump, "be in (0, 1)");
  require_positive("fit_rate_chain", "doubt", o.doubt);
  return o;
}

/// What was learned of a rate from episodes.
struct rate_fit {
  rate_chain law;
  /// For each rate: what a request weighs that comes at it where every episode counts the same, however many requests
  /// it has. 1 on average over the intervals; where a rate was hardly seen, near 1.
  std::vector<double> worth;
  double log_likelihood = 0;  ///< of the counts under the law of the last round but one, per interval
};

/// The chain that makes the counts of many episodes most likely, by expectation and maximisation (Baum, Petrie, Soules
/// and Weiss 1970), drawn towards a small random walk with rare jumps. Nothing else is assumed: no clock, no season.
/// O(rounds x intervals x rates^2). Throws std::invalid_argument without a count, and for one that is negative or over
/// no time.
[[nodiscard]] inline rate_fit fit_rate_chain(const step_grid& rates, std::span<const std::vector<rate_count>> episodes,
                                             const rate_fit_options& options = {}) {
  checked(options);
  const std::size_t n = rates.size();
  require_positive("fit_rate_chain", "lowest rate", rates[0]);
  std::size_t intervals = 0;
  std::size_t longest = 0;
  double requests = 0;
  for (const auto& one : episodes) {
    for (const rate_count& c : one) {
      require_not_negative("fit_rate_chain", "number of requests", c.requests);
      require_positive("fit_rate_chain", "seconds", c.seconds);
      requests += c.requests;
    }
    intervals += one.size();
    longest = std::max(longest, one.size());
  }
  require(intervals > 0, "fit_rate_chain", "number of counts", intervals, "be at least 1");

  // What is believed before: a walk in the logarithm, and jumps to any rate.
  std::vector<double> walk(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double far = std::log(rates[k] / rates[i]) / options.spread;
      sum += walk[i * n + k] = std::exp(-0.5 * far * far);
    }
    for (std::size_t k = 0; k < n; ++k)
      walk[i * n + k] = (1 - options.jump) * walk[i * n + k] / sum + options.jump / static_cast<double>(n);
  }
  rate_fit fit{{std::vector<double>(n, 1.0 / static_cast<double>(n)), walk}, std::vector<double>(n, 1.0), 0};

  std::vector<double> likely(longest * n);   // of each count under each rate
  std::vector<double> forward(longest * n);  // normalised
  std::vector<double> backward(n);
  std::vector<double> weighed(n);
  std::vector<double> start(n);
  std::vector<double> turns(n * n);
  std::vector<double> seen(n);
  std::vector<double> weights(n);
  const double mean = requests / static_cast<double>(episodes.size());
  for (std::size_t round = 0; round < options.rounds; ++round) {
    start.assign(n, options.doubt / static_cast<double>(n * n));
    for (std::size_t k = 0; k < n * n; ++k) turns[k] = options.doubt * walk[k];
    seen.assign(n, options.doubt);
    weights.assign(n, options.doubt);
    double total = 0;
    for (const auto& one : episodes) {
      if (one.empty()) continue;
      double of_episode = 0;
      for (std::size_t t = 0; t < one.size(); ++t) {
        of_episode += one[t].requests;
        double most = -1e300;
        double* const l = likely.data() + t * n;
        for (std::size_t i = 0; i < n; ++i) {
          l[i] = one[t].requests * std::log(rates[i] * one[t].seconds) - rates[i] * one[t].seconds;
          most = std::max(most, l[i]);
        }
        total += most;
        for (std::size_t i = 0; i < n; ++i) l[i] = std::exp(l[i] - most);
        double* const f = forward.data() + t * n;
        double sum = 0;
        for (std::size_t k = 0; k < n; ++k) {
          double before = t == 0 ? fit.law.start[k] : 0;
          if (t > 0) {
            for (std::size_t i = 0; i < n; ++i) before += forward[(t - 1) * n + i] * fit.law.next[i * n + k];
          }
          sum += f[k] = before * l[k];
        }
        for (std::size_t k = 0; k < n; ++k) f[k] /= sum;
        total += std::log(sum);
      }
      const double weight = of_episode > 0 ? mean / of_episode : 1;
      backward.assign(n, 1.0);
      for (std::size_t t = one.size(); t-- > 0;) {
        const double* const f = forward.data() + t * n;
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += f[i] * backward[i];
        for (std::size_t i = 0; i < n; ++i) {
          const double p = f[i] * backward[i] / sum;
          seen[i] += p;
          weights[i] += p * weight;
          if (t == 0) start[i] += p;
        }
        if (t == 0) break;
        // Turns from the interval before, and what it knows of the future.
        const double* const before = forward.data() + (t - 1) * n;
        double all = 0;
        for (std::size_t k = 0; k < n; ++k) weighed[k] = likely[t * n + k] * backward[k];
        for (std::size_t i = 0; i < n; ++i) {
          double ahead = 0;
          for (std::size_t k = 0; k < n; ++k) ahead += fit.law.next[i * n + k] * weighed[k];
          backward[i] = ahead;
          all += before[i] * ahead;
        }
        for (std::size_t i = 0; i < n; ++i) {
          const double scale = before[i] / all;
          if (!(scale > 0)) continue;
          for (std::size_t k = 0; k < n; ++k) turns[i * n + k] += scale * fit.law.next[i * n + k] * weighed[k];
          backward[i] /= all;
        }
      }
    }
    const auto normalise = [](std::span<const double> from, std::span<double> to) {
      double sum = 0;
      for (const double p : from) sum += p;
      for (std::size_t k = 0; k < to.size(); ++k) to[k] = from[k] / sum;
    };
    normalise(start, fit.law.start);
    for (std::size_t i = 0; i < n; ++i)
      normalise(std::span<const double>(turns).subspan(i * n, n), std::span(fit.law.next).subspan(i * n, n));
    for (std::size_t i = 0; i < n; ++i) fit.worth[i] = weights[i] / seen[i];
    fit.log_likelihood = total / static_cast<double>(intervals);
  }
  return fit;
}

}  // namespace headroom
