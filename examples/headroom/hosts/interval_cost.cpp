#include "hosts/interval_cost.hpp"

#include <algorithm>  // std::clamp, std::max, std::min
#include <cmath>      // std::isfinite
#include <limits>     // std::numeric_limits

#include <headroom/environments/service_simulator.hpp>
#include <headroom/policies/model_score.hpp>

namespace tool {

using namespace headroom;

namespace {

constexpr int futures = 20;

service_options simulated(const service_plan& plan) {
  service_options o = plan.service;
  o.objective_s = plan.wanted.bound_s;
  o.initial_replicas = std::clamp(1, o.min_replicas, o.max_replicas);
  return o;
}

}  // namespace

double replica_seconds_each(const service_plan& plan) {
  const service_options& o = plan.service;
  const double slots = o.order == discipline::processor_sharing ? o.cores : o.slots;
  return o.service_time.mean_s() / slots;
}

double late_price_of(const service_plan& plan, double said) {
  return std::isfinite(said) ? said : 1 / std::max(1e-6, 1 - plan.wanted.level);
}

struct interval_cost::parts {
  struct cost_of_interval {
    double interval_s;
    double late;  // replica-seconds
    double operator()(const service_observation& o, int action, const service_observation& next) const {
      return std::max(0, o.replicas + action) * interval_s + late * next.late;
    }
  };

  parts(const service_plan& plan, double late_price)
      : options(simulated(plan)),
        score(service_simulator<>(options),
              cost_of_interval{options.interval_s, late_price * replica_seconds_each(plan)},
              &service_observation::time_s, futures, 1),
        each_s(replica_seconds_each(plan)) {}

  service_options options;
  model_score<service_simulator<>, cost_of_interval> score;
  double each_s;
};

interval_cost::interval_cost(const service_plan& plan, double late_price)
    : parts_(std::make_unique<parts>(plan, late_price)) {}
interval_cost::interval_cost(interval_cost&&) noexcept = default;
interval_cost& interval_cost::operator=(interval_cost&&) noexcept = default;
interval_cost::~interval_cost() = default;

double interval_cost::operator()(int action, const live_observation& o) {
  if (!std::isfinite(o.load) || o.load < 0 || o.replicas < 0) return std::numeric_limits<double>::quiet_NaN();
  service_observation s = o;
  s.ready = o.ready < 0 ? o.replicas : o.ready;
  s.starting = std::max(0, s.replicas - s.ready);
  s.draining = 0;
  s.nodes = 0;
  const double slots = parts_->options.slots * std::max(0, s.ready);
  if (!std::isfinite(s.in_flight)) s.in_flight = std::min(slots, s.load * parts_->options.service_time.mean_s());
  if (!std::isfinite(s.backlog)) s.backlog = 0;
  for (double service_observation::*one :
       {&service_observation::utilisation, &service_observation::finished, &service_observation::timeouts,
        &service_observation::errors, &service_observation::late}) {
    if (!std::isfinite(s.*one)) s.*one = 0;  // metrics of the past, which no cost is made of
  }
  return parts_->score(action, action, s, s);
}

}  // namespace tool
