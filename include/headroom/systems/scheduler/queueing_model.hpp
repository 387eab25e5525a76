#pragma once

#include <algorithm>  // std::max
#include <cmath>      // std::ceil, std::isfinite
#include <cstddef>    // std::size_t
#include <string>     // std::string
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

namespace headroom::scheduler {

/// One service of a chain. It runs on each of the n instances that share its load.
struct queueing_component {
  double demand_s = 26.54;  ///< service time of a call without other calls
  double limit_s = 250;     ///< a response time above it is a violation
  double forwards = 1;      ///< mean number of calls to the next component for each call; above 1: a fan-out
};

/// The result of n instances under one load.
struct queueing_state {
  double utilization = 0;      ///< of an instance, sum of load times demand over n; above 1: overload
  double response_time_s = 0;  ///< of the dominant component: the one with the largest response time / limit
  double pressure = 0;         ///< of the dominant component: response time / limit
  double queue_length = 0;     ///< of the dominant component: (response time - demand) / demand
  std::size_t dominant = 0;
  bool violation = false;  ///< whether a response time is above its limit
};

/// The mean of a chain of processor-sharing stations, R = D / (1 - u): the model behind the published request scheduler
/// (FIGARO on RL4CC). The first component gets the load, each next one what the one before forwards, and all share the
/// n instances: u = sum of load_i D_i / n. At u >= 1 a queue has no mean, so 1 - u is at least `margin`: R is at most D
/// / margin, 100 D as published. O(components) for a state, no allocation.
class queueing_model {
 public:
  explicit queueing_model(std::vector<queueing_component> chain, double margin = 0.01)
      : chain_(std::move(chain)), margin_(margin) {
    require(!chain_.empty(), "queueing_model", "number of components", chain_.size(), "be at least 1");
    require_step_size("queueing_model", "margin", margin);
    double visits = 1;
    for (std::size_t i = 0; i < chain_.size(); ++i) {
      const std::string of = " of component " + to_text(i);
      require_positive("queueing_model", "demand_s" + of, chain_[i].demand_s);
      require(chain_[i].limit_s > chain_[i].demand_s && std::isfinite(chain_[i].limit_s), "queueing_model",
              "limit_s" + of, chain_[i].limit_s,
              "be above its demand, " + to_text(chain_[i].demand_s) + ", and finite");
      require_not_negative("queueing_model", "forwards" + of, chain_[i].forwards);
      work_s_ += visits * chain_[i].demand_s;
      tightest_ = std::max(tightest_, chain_[i].demand_s / chain_[i].limit_s);
      visits *= chain_[i].forwards;
    }
    require_positive("queueing_model", "work of a request", work_s_);
  }

  /// `load_per_s` requests per second on `instances`, both at least 0; 0 instances are saturated.
  [[nodiscard]] queueing_state at(double load_per_s, double instances) const noexcept {
    queueing_state s;
    s.utilization = instances > 0 ? load_per_s * work_s_ / instances : 1;
    const double slow = 1 / std::max(1 - s.utilization, margin_);
    double least = 0;
    for (std::size_t i = 0; i < chain_.size(); ++i) {
      const double left = chain_[i].limit_s - chain_[i].demand_s * slow;
      if (i > 0 && !(left < least)) continue;
      least = left;
      s.dominant = i;
    }
    const queueing_component& d = chain_[s.dominant];
    s.response_time_s = d.demand_s * slow;
    s.pressure = s.response_time_s / d.limit_s;
    s.queue_length = slow - 1;
    s.violation = s.response_time_s > d.limit_s;
    return s;
  }

  /// The fewest instances that keep every component within its limit: the published solver's choice. `n_max` if none
  /// do. O(n_max components).
  [[nodiscard]] int fewest(double load_per_s, int n_max) const noexcept {
    int n = 1;
    while (n < n_max && at(load_per_s, n).violation) ++n;
    return n;
  }

  /// The same in closed form, if limits are below demand / margin: D / (1 - W / n) <= L solved for n, where W is the
  /// seconds of work that arrive in a second. At a load where two counts tie, rounding decides.
  [[nodiscard]] double closed_form(double load_per_s) const noexcept {
    return std::max(1.0, std::ceil(load_per_s * work_s_ / (1 - tightest_)));
  }
  /// The largest load at which n instances keep the limit.
  [[nodiscard]] double capacity_per_s(int n) const noexcept { return n * (1 - tightest_) / work_s_; }

  /// Seconds of service that one request takes over all components.
  [[nodiscard]] double work_s() const noexcept { return work_s_; }
  [[nodiscard]] double margin() const noexcept { return margin_; }
  [[nodiscard]] const std::vector<queueing_component>& chain() const noexcept { return chain_; }

  /// What a checkpoint stores: configuration only.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("margin", self.margin_);
    a.same("components", self.chain_.size());
    for (std::size_t i = 0; i < self.chain_.size(); ++i) {
      const std::string name = "component_" + to_text(i);
      a.same(name + ".demand_s", self.chain_[i].demand_s);
      a.same(name + ".limit_s", self.chain_[i].limit_s);
      a.same(name + ".forwards", self.chain_[i].forwards);
    }
  }

 private:
  std::vector<queueing_component> chain_;
  double margin_;
  double work_s_ = 0;
  double tightest_ = 0;  // the largest demand / limit: the component that is the first to reach its limit
};

}  // namespace headroom::scheduler
