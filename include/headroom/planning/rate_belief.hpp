#pragma once

#include <algorithm>    // std::fill, std::max, std::min
#include <cmath>        // std::abs, std::exp, std::isfinite, std::log
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <span>         // std::span
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/planning/step_grid.hpp>

namespace headroom {

/// How a rate changes from one decision interval to the next: a Markov chain over the values of a grid.
struct rate_chain {
  std::vector<double> start;  ///< how likely each rate is in the first interval; sums to 1
  std::vector<double> next;   ///< rates x rates: next[i * rates + k], how likely number k comes after number i
};

/// Throws std::invalid_argument unless it is a chain over so many rates; returns its argument.
inline const rate_chain& checked(const rate_chain& c, std::size_t rates) {
  require(c.start.size() == rates, "rate_chain", "size of start", c.start.size(), "be " + to_text(rates));
  require(c.next.size() == rates * rates, "rate_chain", "size of next", c.next.size(), "be " + to_text(rates * rates));
  const auto law = [](std::span<const double> p, std::string_view probability, std::string_view total) {
    double sum = 0;
    for (const double one : p) {
      require(one >= 0, "rate_chain", probability, one, "be zero or more");
      sum += one;
    }
    require(std::abs(sum - 1) < 1e-6, "rate_chain", total, sum, "be 1");
  };
  law(c.start, "probability in start", "sum of start");
  for (std::size_t i = 0; i < rates; ++i)
    law(std::span(c.next).subspan(i * rates, rates), "probability in next", "sum of a row of next");
  return c;
}

/// What is believed of a rate that nobody shows, from the requests that came: the forward filter of a hidden Markov
/// chain (Rabiner 1989) whose rate number i brings a Poisson number of requests. After each interval Bayes' rule weighs
/// the rates by how likely the count was, and the chain carries them on to the interval that comes.
///
/// O(rates^2) a count, no allocation after construction.
class rate_belief {
 public:
  /// Throws std::invalid_argument for a chain of another size, and for rates that are not positive.
  rate_belief(step_grid rates, const rate_chain& law)
      : rates_(std::move(rates)),
        law_(checked(law, rates_.size())),
        logs_(rates_.size()),
        now_(law_.start),
        next_(now_) {
    require_positive("rate_belief", "lowest rate", rates_[0]);
    for (std::size_t i = 0; i < rates_.size(); ++i) logs_[i] = std::log(rates_[i]);
  }

  /// Nothing has been seen: the first interval comes.
  void begin() { now_ = law_.start; }
  /// The interval is over: `requests` came in `seconds`. A count that is not known, negative or over no time is ignored
  /// and counted; the chain moves on all the same.
  void see(double requests, double seconds) {
    if (requests >= 0 && std::isfinite(requests) && seconds > 0 && std::isfinite(seconds)) {
      weigh(requests, seconds);
    } else {
      ++refused_;
    }
    const std::size_t n = rates_.size();
    std::fill(next_.begin(), next_.end(), 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      if (!(now_[i] > 1e-12)) continue;
      const double* const row = law_.next.data() + i * n;
      for (std::size_t k = 0; k < n; ++k) next_[k] += now_[i] * row[k];
    }
    now_.swap(next_);
  }

  /// How likely each rate is in the interval that comes.
  [[nodiscard]] std::span<const double> now() const noexcept { return now_; }
  [[nodiscard]] double mean() const noexcept {
    double sum = 0;
    for (std::size_t i = 0; i < now_.size(); ++i) sum += now_[i] * rates_[i];
    return sum;
  }
  [[nodiscard]] const step_grid& rates() const noexcept { return rates_; }
  [[nodiscard]] const rate_chain& law() const noexcept { return law_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

  /// What a checkpoint stores: the law. What was seen of an episode is not.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("rates", self.rates_.size());
    a.same("lowest_rate", self.rates_[0]);
    a.same("highest_rate", self.rates_.values().back());
    a("start", self.law_.start);
    a("next", self.law_.next);
  }

 private:
  void weigh(double requests, double seconds) {
    double most = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      next_[i] = requests * logs_[i] - rates_[i] * seconds;
      if (now_[i] > 0) most = std::max(most, next_[i]);
    }
    double sum = 0;
    for (std::size_t i = 0; i < rates_.size(); ++i) sum += now_[i] *= std::exp(std::min(0.0, next_[i] - most));
    if (sum > 0) {
      for (double& p : now_) p /= sum;
    } else {
      now_ = law_.start;  // impossible under the law: nothing is known
    }
  }

  step_grid rates_;
  rate_chain law_;
  std::vector<double> logs_;
  std::vector<double> now_;
  std::vector<double> next_;
  std::uint64_t refused_ = 0;
};

}  // namespace headroom
