#pragma once

#include <algorithm>  // std::min, std::sort
#include <cmath>      // std::log
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint8_t
#include <limits>     // std::numeric_limits
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/ready_after.hpp>

namespace headroom::internal {

/// Where only wanted replicas were recorded: the start delay with which the load per ready replica explains the
/// utilisation best, or else a latency. Delays from 0 to 60 intervals are tried, a quarter of one apart.
class start_delay_search {
 public:
  /// `settled`: rows before it are not looked at. O(rows * delays).
  start_delay_search(const service_history& observed, std::size_t settled)
      : load_(observed.load_per_s), settled_(settled) {
    const double most = std::min(60.0, static_cast<double>(observed.size()) / 4);
    for (double d = 0; d <= most; d += 0.25) delays_.push_back(d);
    std::vector<std::size_t> order;
    for (const double d : delays_) {
      paths_.push_back(ready_after(observed.wanted, d));
      const std::vector<double>& r = paths_.back();
      order.clear();
      for (std::size_t i = settled_; i < load_.size(); ++i) {
        if (r[i] > 0 && load_[i] > 0) order.push_back(i);
      }
      std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const double x = load_[a] / r[a];
        const double y = load_[b] / r[b];
        return x < y || (x == y && a < b);
      });
      std::vector<std::uint8_t> bin(load_.size(), bins);
      for (std::size_t k = 0; k < order.size(); ++k) {
        bin[order[k]] = static_cast<std::uint8_t>(k * bins / order.size());
      }
      bins_.push_back(std::move(bin));
    }
  }

  /// In intervals.
  [[nodiscard]] double delay(std::size_t k) const { return delays_[k]; }
  /// Ready replicas of each row with that delay.
  [[nodiscard]] const std::vector<double>& ready(std::size_t k) const { return paths_[k]; }
  /// Which of the delays explains best what `h` recorded, the observed history or a replay of it. O(rows * delays).
  [[nodiscard]] std::size_t best(const service_history& h) const {
    const std::vector<double>* latency = nullptr;
    for (const auto* c : {&h.p95_s, &h.mean_latency_s, &h.p99_s, &h.p50_s}) {
      if (latency == nullptr && !c->empty()) latency = c;
    }
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < delays_.size(); ++k) {
      double left = 0;
      if (!h.utilisation.empty())
        left = unexplained_use(h.utilisation, paths_[k]);
      else if (latency != nullptr)
        left = unexplained_latency(*latency, bins_[k]);
      if (left < least) {
        least = left;
        best = k;
      }
    }
    return best;
  }

 private:
  static constexpr std::size_t bins = 12;

  // What a straight line through zero leaves of the utilisation, where it is not one.
  [[nodiscard]] double unexplained_use(const std::vector<double>& use, const std::vector<double>& ready) const {
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (std::size_t i = settled_; i < load_.size(); ++i) {
      if (!(ready[i] > 0) || !(use[i] < 0.95)) continue;
      const double x = load_[i] / ready[i];
      xy += x * use[i];
      xx += x * x;
      yy += use[i] * use[i];
    }
    return xx > 0 ? yy - xy * xy / xx : std::numeric_limits<double>::infinity();
  }
  // What the bins of load per replica leave of the logarithm of a latency.
  [[nodiscard]] double unexplained_latency(const std::vector<double>& latency,
                                           const std::vector<std::uint8_t>& bin) const {
    double n[bins] = {};
    double sum[bins] = {};
    double squares = 0;
    for (std::size_t i = settled_; i < load_.size(); ++i) {
      if (bin[i] == bins || !(latency[i] > 0)) continue;
      const double y = std::log(latency[i]);
      ++n[bin[i]];
      sum[bin[i]] += y;
      squares += y * y;
    }
    for (std::size_t b = 0; b < bins; ++b) squares -= n[b] > 0 ? sum[b] * sum[b] / n[b] : 0;
    return squares;
  }

  std::vector<double> load_;
  std::size_t settled_;
  std::vector<double> delays_{};
  std::vector<std::vector<double>> paths_{};
  std::vector<std::vector<std::uint8_t>> bins_{};  // of load per ready replica; `bins` where there is none
};

}  // namespace headroom::internal
