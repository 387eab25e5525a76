#pragma once

#include <algorithm>   // std::clamp, std::max
#include <cmath>       // std::floor, std::isfinite
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <span>        // std::span
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/inference.hpp>
#include <headroom/calibration/internal/searched_service.hpp>
#include <headroom/calibration/replay.hpp>
#include <headroom/calibration/service_fit.hpp>
#include <headroom/calibration/summaries.hpp>
#include <headroom/core/random.hpp>

namespace headroom::internal {

using searched_parameters = std::vector<searched_parameter>;

/// Replays of a history with models of its service, compared by summaries: what a calibration searches with. It counts
/// its replays and tells of them.
class replayed_search {
 public:
  /// `h`: the rows that are replayed. `o`: moments of decisions, search, progress, and the window of the metrics.
  replayed_search(service_history h, const service_fit_options& o, const searched_service& service)
      : service_(service),
        search_(o.search),
        progress_(o.progress),
        replay_(std::move(h), o.decisions),
        summaries_(replay_.history(), rows_of_window(o.start.window_s / replay_.history().interval_s)),
        observed_(summaries_.size()) {
    summaries_(replay_.history(), observed_);
  }

  [[nodiscard]] const service_history& history() const noexcept { return replay_.history(); }
  [[nodiscard]] const history_summaries& summaries() const noexcept { return summaries_; }
  /// Of the history.
  [[nodiscard]] const std::vector<double>& observed() const noexcept { return observed_; }
  [[nodiscard]] const searched_service& service() const noexcept { return service_; }
  [[nodiscard]] std::size_t replays() const noexcept { return replays_; }
  /// Replays that will come, for the progress.
  void expect(std::size_t replays) noexcept { expected_ = replays_ + replays; }
  /// Replays that somebody made by look().
  void count(std::size_t replays) noexcept { replays_ += replays; }
  void vary_start_delay(double variation) noexcept { delay_variation_ = variation; }

  [[nodiscard]] service_options options_of(const service_fit& f) const {
    return service_.options_of(f, delay_variation_);
  }
  /// The summaries of one replay. One that is off by more than a factor of two is made one that is off by two: what an
  /// overloaded model does is too wild to lead anywhere, its direction does.
  void look(const service_fit& model, std::uint64_t seed, std::span<double> out) const {
    constexpr double most = 0.7;
    summaries_(replay_(options_of(model), seed), out);
    for (std::size_t k = 0; k < out.size(); ++k) {
      if (std::isfinite(out[k])) out[k] = observed_[k] + std::clamp(out[k] - observed_[k], -most, most);
    }
  }
  /// Finds these parameters of a model by replays, and puts them and their intervals into it. `seed`: a number of this
  /// search's own.
  void fit(service_fit& model, const searched_parameters& which, std::size_t rounds, std::size_t last,
           std::uint64_t seed) {
    std::vector<inferred_parameter> how;
    how.reserve(which.size());
    for (const searched_parameter& s : which) how.push_back(s.how);
    inference_options o = search_;
    o.rounds = rounds;
    o.last = last;
    o.seed = split(search_.seed, seed);
    const std::size_t before = replays_;
    inference found = infer(
        how, observed_, summaries_.tolerance(),
        [&, tried = model](std::span<double> at, std::uint64_t s, std::span<double> out) mutable {
          service_.put(which, at, tried);
          look(tried, s, out);
        },
        o,
        [&](std::size_t done, std::size_t) {
          expected_ = std::max(expected_, before + done);
          return progress_ && progress_(before + done, expected_);
        });
    replays_ += found.simulations;
    take(model, which, std::move(found));
  }

 private:
  [[nodiscard]] static std::size_t rows_of_window(double rows) {
    return static_cast<std::size_t>(std::max(1.0, std::floor(rows + 1e-9)));
  }
  void take(service_fit& f, const searched_parameters& which, inference found) const {
    f.found = std::move(found);
    if (f.found.estimate.empty()) return;  // stopped before the first round was over
    for (std::size_t j = 0; j < which.size(); ++j) {
      fitted_parameter& p = f.parameters[static_cast<std::size_t>(which[j].which)];
      p.value = service_.found_as(p.which, f.found.estimate[j]);
      if (f.found.low.empty()) continue;
      p.low = service_.found_as(p.which, f.found.low[j]);
      p.high = service_.found_as(p.which, f.found.high[j]);
    }
  }

  searched_service service_;
  inference_options search_;
  std::function<bool(std::size_t done, std::size_t expected)> progress_;
  history_replay replay_;
  history_summaries summaries_;
  std::vector<double> observed_;
  double delay_variation_ = 0;
  std::size_t replays_ = 0;
  std::size_t expected_ = 0;
};

}  // namespace headroom::internal
