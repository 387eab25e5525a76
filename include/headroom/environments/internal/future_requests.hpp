#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::ceil
#include <cstddef>    // std::size_t
#include <vector>     // std::vector

#include <headroom/core/random.hpp>
#include <headroom/environments/internal/service_clients.hpp>
#include <headroom/environments/service_options.hpp>

namespace headroom::internal {

/// The requests of a simulated service: those that are there when it begins, then those that are drawn to come.
class future_requests {
 public:
  explicit future_requests(const service_options& o)
      : service_time_(o.service_time),
        timeout_(o.timeout),
        patient_(!(o.timeout.mean_s() < service_clients::never)),
        times_out_in_service_(o.timeout_in_service) {}

  /// Draws the `in_service` and the `waiting` that are there at `now_s`. `rate` is that of the past, in requests per
  /// second. In a first come, first served queue those who wait are the last who arrived, and seen backwards a Poisson
  /// process is one, too. Those in service began when they were the first of it.
  void begin(double now_s, std::size_t in_service, std::size_t waiting, double rate, engine& hidden, engine arrivals) {
    random_ = arrivals;
    drawn_until_s_ = now_s;
    to_go_ = exponential(random_, 1.0);
    const std::size_t n = in_service + waiting;
    arrival_s_.resize(n);
    size_s_.resize(n);
    patience_s_.resize(patient_ ? 0 : n);
    const double gap_s = rate > 0 ? 1 / rate : service_time_.mean_s();
    double age_s = 0;
    for (std::size_t k = n; k-- > in_service;) {
      age_s += exponential(hidden, gap_s);
      size_s_[k] = service_time_(hidden);
      arrival_s_[k] = now_s - patient_age(k, age_s, true, hidden);
    }
    for (std::size_t k = in_service; k-- > 0;) {
      const double whole_s = service_time_.under_way(hidden);
      const double rest = hidden.uniform();
      size_s_[k] = whole_s * rest;
      arrival_s_[k] = now_s - patient_age(k, age_s + whole_s * (1 - rest), times_out_in_service_, hidden);
    }
  }

  /// Draws arrivals up to `end_s` at `rate(t_s)`, which is taken as constant over pieces of a second or less. One unit
  /// exponential a request, spent at the speed of the rate: so requests come in order, whatever the rate does.
  template <class Rate>
  void extend(double end_s, Rate&& rate) {
    const double span_s = end_s - drawn_until_s_;
    const auto pieces = static_cast<std::size_t>(std::max(1.0, std::ceil(span_s)));
    const double begin_s = drawn_until_s_;
    for (std::size_t k = 0; k < pieces; ++k) {
      double t_s = begin_s + span_s * static_cast<double>(k) / static_cast<double>(pieces);
      const double to_s =
          k + 1 == pieces ? end_s : begin_s + span_s * static_cast<double>(k + 1) / static_cast<double>(pieces);
      const double per_s = rate((t_s + to_s) / 2);
      if (!(per_s > 0)) continue;
      while (t_s + to_go_ / per_s < to_s) {
        t_s += to_go_ / per_s;
        add(t_s);
        to_go_ = exponential(random_, 1.0);
      }
      to_go_ = std::max(0.0, to_go_ - (to_s - t_s) * per_s);
    }
    drawn_until_s_ = end_s;
  }

  [[nodiscard]] service_requests requests() const noexcept { return {arrival_s_, size_s_, patience_s_}; }
  [[nodiscard]] std::size_t size() const noexcept { return arrival_s_.size(); }

 private:
  void add(double t_s) {
    arrival_s_.push_back(t_s);
    size_s_.push_back(service_time_(random_));
    if (!patient_) patience_s_.push_back(timeout_(random_));
  }
  // Draws how long client k waits in all, if it would give up by now. An age that no client would have waited is made
  // one that this client has.
  double patient_age(std::size_t k, double age_s, bool may_leave, engine& hidden) {
    if (patient_) return age_s;
    if (!may_leave) {
      patience_s_[k] = service_clients::never;
      return age_s;
    }
    const double rest_s = timeout_.remaining(hidden, age_s);
    if (!(rest_s > 0)) age_s = timeout_.mean_s() * hidden.uniform();
    patience_s_[k] = age_s + (rest_s > 0 ? rest_s : timeout_.mean_s() - age_s);
    return age_s;
  }

  duration service_time_;
  duration timeout_;
  bool patient_;
  bool times_out_in_service_;
  std::vector<double> arrival_s_;
  std::vector<double> size_s_;
  std::vector<double> patience_s_;
  engine random_{0};
  double drawn_until_s_ = 0;
  double to_go_ = 0;  // until the next arrival, in expected requests
};

}  // namespace headroom::internal
