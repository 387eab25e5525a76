#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::erfc, std::exp, std::log, std::sqrt
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <vector>     // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/core/check.hpp>

namespace headroom {

/// One replica that was asked for, as rows tell it. The wish was first seen in row w. If it became ready, that was
/// first seen in row w + `rows`; if it never did, it was still starting in row w + `rows`.
struct observed_start {
  double rows = 0;
  bool became_ready = true;
};

/// Pairs the rises of the wanted replicas with those of the ready ones: the oldest wish is served first, and a
/// scale-down takes back the newest wish, as Kubernetes does. A replica that stops being ready while it is wanted is a
/// wish again. Replicas that were starting in the first row are left out. Both columns are needed. O(rows + replicas).
[[nodiscard]] inline std::vector<observed_start> observed_starts(const service_history& h) {
  require(h.wanted.size() == h.size() && h.ready.size() == h.size(), "observed_starts", "number of ready replicas",
          h.ready.size(), "be that of the rows, as that of the wanted ones");
  constexpr double unknown = -1;
  std::vector<observed_start> found;
  std::vector<double> wishes;  // the rows in which they were seen, oldest first
  for (std::size_t i = 0; i < h.size(); ++i) {
    const auto row = static_cast<double>(i);
    const double served = i == 0 ? 0 : std::max(0.0, h.ready[i] - h.ready[i - 1]);
    for (double n = 0; n < served && !wishes.empty(); ++n) {
      if (wishes.front() != unknown) found.push_back({row - wishes.front(), true});
      wishes.erase(wishes.begin());
    }
    const double open = std::max(0.0, h.wanted[i] - h.ready[i]);
    while (static_cast<double>(wishes.size()) < open) wishes.push_back(i == 0 ? unknown : row);
    while (static_cast<double>(wishes.size()) > open) {
      if (wishes.back() != unknown && row - 1 > wishes.back()) found.push_back({row - 1 - wishes.back(), false});
      wishes.pop_back();
    }
  }
  const auto last = static_cast<double>(h.size() - 1);
  for (const double wish : wishes) {
    if (wish != unknown && last > wish) found.push_back({last - wish, false});
  }
  return found;
}

/// When the number of wanted replicas is changed.
enum class decision_moment { anywhere, after_row };

struct start_delay_fit {
  double mean_s = 0;
  double low_s = 0;  ///< 90 % interval of the mean
  double high_s = 0;
  double deviation_s = 0;  ///< of a single start; 0 where one constant explains all
  std::size_t starts = 0;  ///< that became ready
};

/// How long replicas take to start, from wishes and readiness of which only the rows are known. A wish is made
/// somewhere in the interval before the row that shows it, always at the same place of it (not known, unless `moment`
/// is after_row: right at its beginning); so a start that took `rows` rows took from rows - 1 to rows + 1 intervals.
/// The likelihood is that of a normal distribution, censored to these intervals; the interval of the mean holds
/// whatever is within the 90 % likelihood ratio of the best, for some place and some deviation. With one constant delay
/// it is two intervals wide (one with after_row): rows tell no more.
///
/// `starts`: at least one that became ready. Throws std::invalid_argument. O(10^6 + starts) steps.
[[nodiscard]] inline start_delay_fit fit_start_delay(const std::vector<observed_start>& starts, double interval_s,
                                                     decision_moment moment = decision_moment::anywhere) {
  require_positive("fit_start_delay", "interval_s", interval_s);
  struct group {
    observed_start of;
    double times;
  };
  std::vector<group> groups;
  start_delay_fit fit;
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  for (const observed_start& s : starts) {
    if (s.became_ready) {
      ++fit.starts;
      least = std::min(least, s.rows);
      most = std::max(most, s.rows);
    }
    bool known = false;
    for (group& g : groups) {
      if (g.of.rows != s.rows || g.of.became_ready != s.became_ready) continue;
      ++g.times;
      known = true;
    }
    if (!known) groups.push_back({s, 1});
  }
  require(fit.starts > 0, "fit_start_delay", "number of starts that became ready", 0, "be at least 1");

  // Times in rows. `place`: how long before its row a wish was made. Rows are not read to the millisecond: a delay of
  // exactly six intervals may show in the sixth row or in the seventh.
  constexpr double slack = 0.05;
  const auto above = [](double x, double mean, double deviation) {  // the probability of more than x
    return 0.5 * std::erfc((x - mean) / (deviation * std::sqrt(2.0)));
  };
  const auto likelihood = [&](double mean, double deviation, double place) {
    double sum = 0;
    for (const group& g : groups) {
      const double to = g.of.rows + place;
      const double p = g.of.became_ready ? above(to - 1 - slack, mean, deviation) - above(to + slack, mean, deviation)
                                         : above(to - slack, mean, deviation);
      sum += g.times * std::log(std::max(p, 1e-300));
    }
    return sum;
  };
  constexpr std::size_t means = 601;
  constexpr std::size_t deviations = 24;
  constexpr double smallest = 0.02;  // of a row: as good as constant
  const double from = std::max(0.0, least - 1);
  const double widest = std::max(1.0, most - least + 1);
  const std::size_t places = moment == decision_moment::anywhere ? 11 : 1;
  std::vector<double> best(means, -std::numeric_limits<double>::infinity());
  std::vector<double> deviation_of(means);
  const auto mean_at = [&](std::size_t k) {
    return from + (most + 2 - from) * static_cast<double>(k) / static_cast<double>(means - 1);
  };
  double highest = -std::numeric_limits<double>::infinity();
  for (std::size_t p = 0; p < places; ++p) {
    const double place = places == 1 ? 1 : static_cast<double>(p) / static_cast<double>(places - 1);
    for (std::size_t d = 0; d < deviations; ++d) {
      const double deviation = smallest * std::exp(std::log(widest / smallest) * static_cast<double>(d) /
                                                   static_cast<double>(deviations - 1));
      for (std::size_t k = 0; k < means; ++k) {
        const double l = likelihood(mean_at(k), deviation, place);
        if (l > best[k] + 1e-9) {
          best[k] = l;
          deviation_of[k] = deviation;
        }
        highest = std::max(highest, l);
      }
    }
  }
  constexpr double threshold = 1.353;  // half the 90 % quantile of chi-squared with one degree of freedom
  double weight = 0;
  double deviation = std::numeric_limits<double>::infinity();
  fit.low_s = std::numeric_limits<double>::infinity();
  const double step_s = (mean_at(1) - mean_at(0)) * interval_s;
  for (std::size_t k = 0; k < means; ++k) {
    if (best[k] < highest - threshold) continue;
    const double mean_s = mean_at(k) * interval_s;
    fit.low_s = std::min(fit.low_s, std::max(0.0, mean_s - step_s));
    fit.high_s = std::max(fit.high_s, mean_s + step_s);
    if (best[k] < highest - 0.01) continue;
    fit.mean_s += mean_s;
    ++weight;
    deviation = std::min(deviation, deviation_of[k]);
  }
  fit.mean_s /= weight;
  fit.deviation_s = deviation > 0.3 ? deviation * interval_s : 0;
  return fit;
}

}  // namespace headroom
