#include "systems/service/learners.hpp"

#include <cmath>     // std::isfinite
#include <optional>  // std::optional
#include <utility>   // std::move

#include <headroom/baselines/service_signals.hpp>
#include <headroom/core/check.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "scaling/staffing_search.hpp"
#include "systems/policy_names.hpp"
#include "systems/service/planning.hpp"

namespace tool {

using namespace headroom;

namespace {

// The figures of an episode, as service_score takes them.
class service_figures {
 public:
  template <class Record>
  void on_step(const Record& r) {
    replica_s_ += r.next.replicas * (r.next.time_s - r.observation.time_s);
    time_s_ = r.next.time_s;
    if (r.next.status != episode::ongoing) in_time_ = r.next.in_time;
  }
  [[nodiscard]] episode_figures figures() const {
    return {std::isfinite(in_time_) ? in_time_ : 1, time_s_ > 0 ? replica_s_ / time_s_ : 0};
  }

 private:
  double replica_s_ = 0;
  double time_s_ = 0;
  double in_time_ = 1;  // an episode without a request has none that is late
};

// The level as asked for with `cem:99.5%`; none: that of the objective.
std::optional<double> level_in(const std::string& name) {
  if (name.find(':') == std::string::npos || !name.ends_with('%')) return std::nullopt;
  const std::string who = "--policies: " + name;
  const auto text = std::string_view(name).substr(name.find(':') + 1);
  const auto percent = from_text<double>(text.substr(0, text.size() - 1));
  require(percent && *percent > 0 && *percent < 100, who, "the level", text, "be above 0 % and below 100 %");
  return *percent / 100;
}

// The price of a late request as asked for with `cem:20`, in times of what a request takes of a replica.
std::optional<double> price_in(const std::string& name) {
  if (name == kind_of(name)) return std::nullopt;
  const auto list = settings_in(name);
  const std::string who = "--policies: " + name;
  require(list.size() == 1, who, "number of prices", list.size(), "be 1");
  require(std::isfinite(list[0]) && list[0] > 0 && list[0] <= 1e6, who, "the price of a late request", list[0],
          "be positive, and at most a million times what a request takes of a replica");
  return list[0];
}

std::unique_ptr<service_learner> search_for_staffing(const service_world& w, const std::string& name,
                                                     std::uint64_t train_seed, std::uint64_t episodes) {
  const double each_s = w.about.service_s / w.about.slots;  // of a replica, for a request
  const double needed = std::max(1e-3, w.load.mean_per_s * each_s);
  staffing_search_plan<service> plan;
  // The mean of the load over the time that a replica takes to start; about the margin that Erlang's formula has.
  plan.first_guess = {.service_s = each_s,
                      .level_s = std::max(w.options.interval_s, w.options.start_delay.mean_s()),
                      .trend_s = w.options.interval_s,
                      .margin = 1,
                      .spare = 0,
                      .backlog = 0.5 / w.about.slots,
                      .hold = std::max(1.0, 0.05 * needed),
                      .least = std::max(1.0, 0.3 * needed),
                      .expected_per_s = w.load.mean_per_s};
  plan.first_spread = {1,
                       0.7,
                       0.8,
                       1,
                       std::max(0.5, 0.1 * needed),
                       0.5 / w.about.slots,
                       1,
                       std::max(0.5, 0.4 * needed),
                       0.5 * w.load.mean_per_s};
  plan.limits = {w.about.minimum, w.about.maximum, w.about.reach, w.about.reach};
  plan.see = service_signals<service_observation>();
  plan.open = [w](std::uint64_t seed) { return w.training(seed); };
  plan.train_seed = train_seed;
  plan.episodes = episodes;
  if (const auto level = level_in(name)) {
    plan.level = *level;
    plan.first_price = 20 * needed;
  } else if (const auto price = price_in(name)) {
    plan.price = *price * needed;
  } else {
    plan.level = w.plan.wanted.level;
    plan.first_price = 20 * needed;
  }
  return std::make_unique<staffing_search<service, service_figures>>(std::move(plan));
}

}  // namespace

service_setting service_setting_in(const std::string& name) {
  if (const auto level = level_in(name)) return {{}, level};
  return {price_in(name), {}};
}

const std::vector<offered_service_learner>& service_learners() {
  static const std::vector<offered_service_learner> all{
      {"cem", "cross-entropy search for the nine numbers of a square-root staffing rule; keeps the objective's level",
       2e8, search_for_staffing},
      {"belief",
       "a filter of the arrival rate over a plan of one queue with slots; sees no clock; keeps the objective's level",
       1e8, plan_service_on_belief},
  };
  return all;
}

}  // namespace tool
