#pragma once

#include <cstdint>  // std::uint8_t
#include <span>     // std::span
#include <utility>  // std::move
#include <vector>   // std::vector

#include <headroom/core/types.hpp>
#include <headroom/run/tail_mean.hpp>

namespace tool {

/// By what a search judges a candidate, besides the workers.
enum class paid_by : std::uint8_t {
  request,     ///< each late request costs the price: what an episode with many of them lacks weighs more
  episode,     ///< the mean over episodes of the late fraction, which is what the tables report
  worst_tenth  ///< the same, of the tenth of the episodes that cost most: for who fears bad days
};

/// What episodes of the farm cost: workers by the step, and the price of the requests that were not served in time,
/// those that never were included. An observer; it goes on over episodes.
class episode_cost {
 public:
  /// `step_s`: if positive, workers cost by the time, so many seconds a step.
  episode_cost(double price, double step_s, paid_by objective = paid_by::request)
      : price_(price), step_s_(step_s), objective_(objective) {}

  template <class Record>
  void on_step(const Record& r) {
    const double workers = r.next.workers * (step_s_ > 0 ? (r.next.time_s - r.observation.time_s) / step_s_ : 1.0);
    sum_ += workers;
    workers_ += workers;
    if (r.next.status == headroom::episode::ongoing) return;
    const double requests = r.next.output_queue + r.next.unfinished;
    requests_ += requests;
    sum_ += price_ * (1 - r.next.final_qos_all) * requests;
    in_time_ += r.next.final_qos;
    levels_.push_back(r.next.final_qos);
    of_episode_.push_back({workers_, 1 - r.next.final_qos_all});
    workers_ = 0;
  }

  [[nodiscard]] double sum() const noexcept { return sum_; }  ///< paid by request
  /// The mean cost of an episode, in worker-steps. A late fraction costs as much as so many requests of a mean episode,
  /// so a price means the same by request and by episode.
  [[nodiscard]] double mean() const {
    const auto n = static_cast<double>(of_episode_.size());
    if (objective_ == paid_by::request) return sum_ / n;
    std::vector<double> costs;
    for (const one& e : of_episode_) costs.push_back(e.workers + price_ * e.late * requests_ / n);
    return headroom::tail_mean(std::move(costs), objective_ == paid_by::worst_tenth ? 0.1 : 1.0).mean;
  }
  /// The mean over episodes of the fraction in time, as it is reported.
  [[nodiscard]] double level() const { return in_time_ / static_cast<double>(of_episode_.size()); }
  [[nodiscard]] std::span<const double> levels() const noexcept { return levels_; }  ///< of each episode

 private:
  struct one {
    double workers = 0;
    double late = 0;  // fraction of its requests
  };

  double price_;
  double step_s_;
  paid_by objective_;
  double workers_ = 0;  // of this episode
  double requests_ = 0;
  double sum_ = 0;
  double in_time_ = 0;
  std::vector<one> of_episode_{};
  std::vector<double> levels_{};
};

}  // namespace tool
