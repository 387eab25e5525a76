#pragma once

#include <algorithm>    // std::max
#include <cmath>        // std::isfinite, std::isnan, std::round
#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

/// What was recorded of a service while somebody scaled it: one row every `interval_s`, a column of as many numbers for
/// each thing that was recorded, no numbers for what was not. Row i is the moment i * interval_s. Replicas and
/// in_flight are as of that moment; load, utilisation and latencies are over the time before it, one interval or as
/// long as the metrics' window. NaN: not known in this row; load and replicas are known in every row.
struct service_history {
  double interval_s = 15;                ///< from row to row
  std::vector<double> load_per_s{};      ///< requests that arrived, per second
  std::vector<double> wanted{};          ///< replicas that were asked for
  std::vector<double> ready{};           ///< replicas that serve
  std::vector<double> in_flight{};       ///< requests in service; those that wait are not counted
  std::vector<double> utilisation{};     ///< busy fraction of the slots of ready replicas
  std::vector<double> mean_latency_s{};  ///< from arrival to answer
  std::vector<double> p50_s{};
  std::vector<double> p95_s{};
  std::vector<double> p99_s{};

  [[nodiscard]] std::size_t size() const noexcept { return load_per_s.size(); }
  /// The replicas that a replay follows: those that were ready, if they were recorded, else those that were wanted.
  [[nodiscard]] const std::vector<double>& replicas() const noexcept { return ready.empty() ? wanted : ready; }

  /// Calls f(name, column) for each column that may hold NaN. `Self`: a history, const or not.
  template <class Self, class F>
  static void each_metric(Self& self, F&& f) {
    f("in_flight", self.in_flight);
    f("utilisation", self.utilisation);
    f("latency_s", self.mean_latency_s);
    f("p50_s", self.p50_s);
    f("p95_s", self.p95_s);
    f("p99_s", self.p99_s);
  }

  /// The rows [first, last). O(rows).
  [[nodiscard]] service_history rows(std::size_t first, std::size_t last) const {
    require(first < last && last <= size(), "service_history", "the last row", last,
            "be behind the first, " + to_text(first) + ", and at most " + to_text(size()));
    service_history part;
    part.interval_s = interval_s;
    const auto cut = [&](const std::vector<double>& from, std::vector<double>& to) {
      if (from.empty()) return;
      to.assign(from.begin() + static_cast<std::ptrdiff_t>(first), from.begin() + static_cast<std::ptrdiff_t>(last));
    };
    cut(load_per_s, part.load_per_s);
    cut(wanted, part.wanted);
    cut(ready, part.ready);
    cut(in_flight, part.in_flight);
    cut(utilisation, part.utilisation);
    cut(mean_latency_s, part.mean_latency_s);
    cut(p50_s, part.p50_s);
    cut(p95_s, part.p95_s);
    cut(p99_s, part.p99_s);
    return part;
  }
};

/// Throws std::invalid_argument for columns of unequal length, for a load or replicas that are not known in some row,
/// and for numbers that cannot be; returns its argument. O(rows).
inline const service_history& checked(const service_history& h) {
  constexpr std::string_view who = "service_history";
  constexpr std::size_t least = 40;
  require_positive(who, "interval_s", h.interval_s);
  require(h.size() >= least, who, "number of rows", h.size(),
          "be at least " + to_text(least) + ": fewer tell nothing about a service");
  require(!h.wanted.empty() || !h.ready.empty(), who, "number of columns of replicas", 0,
          "be at least 1: those that were wanted, or those that were ready");
  const auto column = [&](std::string_view name, const std::vector<double>& c, double most, bool known) {
    if (c.empty()) return;
    require(c.size() == h.size(), who, "number of rows of " + std::string(name), c.size(),
            "be that of load_per_s, " + to_text(h.size()));
    for (std::size_t i = 0; i < c.size(); ++i) {
      if (!known && std::isnan(c[i])) continue;
      require(c[i] >= 0 && c[i] <= most, who, std::string(name) + " in row " + to_text(i + 1), c[i],
              "be from 0 to " + to_text(most));
    }
  };
  column("load_per_s", h.load_per_s, 1e9, true);
  column("wanted", h.wanted, 1e6, true);
  column("ready", h.ready, 1e6, true);
  service_history::each_metric(h, [&](std::string_view name, const std::vector<double>& c) {
    column(name, c, name == "utilisation" ? 1.0001 : 1e9, false);
  });
  return h;
}

}  // namespace headroom
