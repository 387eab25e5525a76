#pragma once

#include <algorithm>  // std::lower_bound, std::min
#include <cmath>      // std::ceil, std::exp, std::floor, std::sqrt
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

/// Queues with c servers, Poisson arrivals and one waiting line (Erlang 1917; Cooper, Introduction to Queueing Theory,
/// 2nd ed., chapter 3). The offered load a = arrivals per second x mean service seconds, in erlangs, is the mean number
/// of busy servers. With a servers or fewer there is no steady state.
namespace headroom {

namespace internal {

// 1/B(c, a) by its recursion 1/B(n) = 1 + (n/a) / B(n - 1). Every term is positive, so nothing cancels. For n far
// beyond a, 1/B overflows to infinity, which is correct: B is 0 there.
[[nodiscard]] inline double next_inverse_erlang_b(double inverse_b, double n, double inverse_load) {
  return 1 + n * inverse_load * inverse_b;
}

// C from 1/B, for n > a.
[[nodiscard]] inline double erlang_c_of(double inverse_b, double n, double load) {
  const double busy = load / n;
  return 1 / (inverse_b * (1 - busy) + busy);
}

}  // namespace internal

/// Erlang B: the fraction of requests that `servers` servers without a waiting line lose. O(servers).
[[nodiscard]] inline double erlang_b(double load, int servers) {
  double inverse = 1;
  for (int n = 1; n <= servers; ++n) inverse = internal::next_inverse_erlang_b(inverse, n, 1 / load);
  return 1 / inverse;
}

/// Erlang C: the fraction of requests that must wait, P(W > 0) of M/M/c; 1 if `servers` <= load. O(servers).
[[nodiscard]] inline double erlang_c(double load, int servers) {
  if (!(servers > load)) return 1;
  return internal::erlang_c_of(1 / erlang_b(load, servers), servers, load);
}

/// P(W > wait_s). `scv` is the squared coefficient of variation of the service time. With scv = 1 the result is exact
/// for M/M/c: C exp(-(c - a) wait / service). With any other scv it approximates M/G/c: a request that waits does so
/// for an exponential time with the mean of M/M/c times (1 + scv) / 2. Allen and Cunneen correct the mean wait by this
/// factor (Allen, Probability, Statistics and Queueing Theory, 2nd ed. 1990, section 5.2.7). The approximation becomes
/// exact as the load approaches the number of servers (Kingman 1962). 1 where there is no steady state.
[[nodiscard]] inline double wait_beyond(double load, int servers, double service_s, double wait_s, double scv = 1) {
  if (!(servers > load)) return 1;
  return erlang_c(load, servers) * std::exp(-(servers - load) * 2 * wait_s / (service_s * (1 + scv)));
}

/// Mean seconds in line. Exact for M/M/c (scv = 1) and for one server (Pollaczek and Khinchine), otherwise Allen and
/// Cunneen's approximation. Infinite where there is no steady state.
[[nodiscard]] inline double mean_wait_s(double load, int servers, double service_s, double scv = 1) {
  if (!(servers > load)) return std::numeric_limits<double>::infinity();
  return erlang_c(load, servers) * service_s / (servers - load) * (1 + scv) / 2;
}

/// A service level objective on waiting: a request waits at most `bound_s` with probability `probability` or more.
struct waiting_slo {
  double bound_s = 0;         ///< seconds in line; 0: a request must not wait
  double probability = 0.99;  ///< fraction of the requests, in (0, 1)
  double scv = 1;             ///< squared coefficient of variation of the service time: 0 fixed, 1 exponential
  /// The exponent by which P(W > bound_s) falls for each server above the load.
  [[nodiscard]] double decay(double service_s) const { return 2 * bound_s / (service_s * (1 + scv)); }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const waiting_slo& checked(const waiting_slo& o) {
  require_not_negative("waiting_slo", "bound_s", o.bound_s);
  require(o.probability > 0 && o.probability < 1, "waiting_slo", "probability", o.probability, "be in (0, 1)");
  require_not_negative("waiting_slo", "scv", o.scv);
  return o;
}

/// Up to this load, in erlangs, the answer is exact. Beyond it, the servers on top of the load grow with the square
/// root of the load, fitted at this load. The exact number grows more slowly, so the answer is a few servers too large.
inline constexpr double erlang_exact_load = 20'000;

/// The fewest servers that keep the objective; 0 for no load, infinite for an infinite load. One pass of the recursion:
/// O(load), about 2 ns an erlang. It does not overflow, because 1/B grows no further than at the answer.
[[nodiscard]] inline double fewest_servers(double arrivals_per_s, double service_s, const waiting_slo& slo) {
  const double load = arrivals_per_s * service_s;
  if (!(load > 0)) return 0;
  const double exact = std::min(load, erlang_exact_load);
  const double decay = slo.decay(service_s);
  const double decayed = std::exp(-decay);
  double tail = std::exp(-(std::floor(exact) + 1 - exact) * decay);
  double inverse_b = 1;
  double n = 0;
  for (const double inverse_load = 1 / exact;;) {
    ++n;
    inverse_b = internal::next_inverse_erlang_b(inverse_b, n, inverse_load);
    if (!(n > exact)) continue;
    // C(n) tail <= 1 - probability, without a division and without an exponential.
    if (n * tail <= (1 - slo.probability) * (inverse_b * (n - exact) + exact)) break;
    tail *= decayed;
  }
  return exact == load ? n : std::ceil(load + (n - exact) * std::sqrt(load / exact));
}

/// The same answers from a table, for one service time. The constructor finds by bisection which load each number of
/// servers can carry (O(n^2): 50 us for 32 servers, 15 ms for 512). A call is then a binary search. Beyond the table
/// the square root law holds, fitted at the end of the table.
class server_table {
 public:
  static constexpr int longest = 512;

  /// Throws std::invalid_argument on an impossible SLO, or a service time that is not positive and finite.
  server_table(double service_s, const waiting_slo& slo, int largest) : service_s_(service_s) {
    checked(slo);
    require_positive("server_table", "service_s", service_s);
    require(largest >= 1, "server_table", "largest", largest, "be at least 1");
    const double decay = slo.decay(service_s);
    double low = 0;
    for (int n = 1; n <= std::min(largest, longest); ++n) {
      double high = n;  // at this load there is no steady state
      while (high - low > 1e-12 * high) {
        const double middle = low + (high - low) / 2;
        if (middle == low || middle == high) break;
        const bool keeps = erlang_c(middle, n) * std::exp(-(n - middle) * decay) <= 1 - slo.probability;
        (keeps ? low : high) = middle;
      }
      loads_.push_back(low);
    }
  }

  /// The fewest servers; 0 for no load.
  [[nodiscard]] double operator()(double arrivals_per_s) const {
    const double load = arrivals_per_s * service_s_;
    if (!(load > 0)) return 0;
    const auto size = static_cast<double>(loads_.size());
    if (load > loads_.back()) return std::ceil(load + (size - loads_.back()) * std::sqrt(load / loads_.back()));
    return 1 + static_cast<double>(std::lower_bound(loads_.begin(), loads_.end(), load) - loads_.begin());
  }

  /// The most requests per second that `servers` of the table can take.
  [[nodiscard]] double most_arrivals_per_s(int servers) const {
    return servers < 1 ? 0 : loads_.at(static_cast<std::size_t>(servers) - 1) / service_s_;
  }

 private:
  double service_s_;
  std::vector<double> loads_;  // [n - 1]: the most erlangs that n servers carry within the SLO
};

}  // namespace headroom
