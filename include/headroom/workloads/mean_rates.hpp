#pragma once

#include <algorithm>  // std::max, std::min
#include <cstddef>    // std::size_t
#include <span>       // std::span

#include <headroom/core/check.hpp>
#include <headroom/workloads/arrivals.hpp>

namespace headroom {

/// The mean rate over each of `out.size()` intervals of `length_s` from `begin_s` on, requests per second, from the
/// rates that the requests of an episode were drawn from. 0 before the first piece and after the end of the workload.
/// O(pieces + intervals). Throws std::invalid_argument where the rates are not known, and for a length that is not
/// positive.
inline void mean_rates(const arrivals& of, double begin_s, double length_s, std::span<double> out) {
  require(!of.rates.empty(), "mean_rates", "number of rates that the workload tells", of.rates.size(),
          "be at least 1: it was not drawn from a known rate");
  require_finite("mean_rates", "begin_s", begin_s);
  require_positive("mean_rates", "length_s", length_s);
  std::size_t piece = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const double from_s = begin_s + static_cast<double>(k) * length_s;
    const double to_s = from_s + length_s;
    const auto end_of = [&](std::size_t p) {
      return p + 1 < of.rates.size() ? of.rates[p + 1].begin_s : std::max(of.end_s, of.rates[p].begin_s);
    };
    while (piece + 1 < of.rates.size() && end_of(piece) <= from_s) ++piece;
    double requests = 0;
    for (std::size_t p = piece; p < of.rates.size() && of.rates[p].begin_s < to_s; ++p) {
      requests += of.rates[p].per_s * std::max(0.0, std::min(to_s, end_of(p)) - std::max(from_s, of.rates[p].begin_s));
    }
    out[k] = requests / length_s;
  }
}

}  // namespace headroom
