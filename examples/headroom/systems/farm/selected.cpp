#include "scaling/selected.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/policies/hedged.hpp>
#include <headroom/systems/farm/environment.hpp>

#include "scaling/hindsight.hpp"
#include "scaling/knob_settings.hpp"
#include "systems/farm/autoscalers.hpp"
#include "systems/farm/known_rate.hpp"
#include "systems/farm/learners.hpp"

namespace tool {

using namespace headroom;

namespace {

// The figures of a table: the mean over episodes of their workers and of their fraction in time.
class farm_use {
 public:
  explicit farm_use(bool by_time) : by_time_(by_time) {}

  template <class Record>
  void on_step(const Record& r) {
    const double weight = by_time_ ? r.next.time_s - r.observation.time_s : 1;
    workers_ += weight * r.next.workers;
    weights_ += weight;
    if (r.next.status == episode::ongoing) return;
    mean_ += workers_ / weights_;
    level_ += r.next.final_qos;
    levels_.push_back(r.next.final_qos);
    workers_ = weights_ = 0;
    ++episodes_;
  }
  [[nodiscard]] double mean() const { return mean_ / episodes_; }
  [[nodiscard]] double level() const { return level_ / episodes_; }
  [[nodiscard]] std::span<const double> levels() const noexcept { return levels_; }

 private:
  bool by_time_;
  double workers_ = 0;  // of this episode
  double weights_ = 0;
  double mean_ = 0;
  double level_ = 0;
  double episodes_ = 0;
  std::vector<double> levels_{};
};

select_plan<farm::environment, farm_use> selection_on_farm(const farm_training& t) {
  select_plan<farm::environment, farm_use> plan;
  plan.race.level = t.level.value_or(0.99);
  plan.race.train_seed = t.train_seed;
  plan.noun = "workers";
  plan.race.open = [load = t.load](std::uint64_t seed, std::size_t n) { return load.make_evenly(seed, n); };
  if (t.load.newest) {
    plan.race.open_newest = [load = t.load](std::uint64_t seed, std::size_t n) { return load.make_newest(seed, n); };
  }
  plan.race.in_turn = true;
  plan.race.cost = [wide = t.wide()] { return farm_use(wide); };

  // A plan needs a third of the episodes of a search. Where none can be made the search gets them all.
  const bool planned = farm_plan_refusal(t.load, t.moves).empty();
  const std::uint64_t of_plan = planned ? std::max<std::uint64_t>(1, t.episodes * 2 / 7) : 0;
  const auto add = [&](const char* kind, std::uint64_t episodes) {
    if (episodes == 0) return;
    const std::string name = held_to_level(kind, plan.race.level);
    // The load and the moves belong to the system, which lives longer than its trainings.
    plan.learners.push_back({name, episodes, [name, &load = t.load, moves = t.moves, seed = t.train_seed, episodes] {
                               return make_farm_learner(name, load, moves, seed, episodes);
                             }});
  };
  add("cem", std::max<std::uint64_t>(1, t.episodes - std::min(t.episodes, of_plan)));
  add("belief", of_plan);

  const scaled_service about = service_of(t.load, t.moves.back());
  const auto all = std::make_shared<const std::vector<farm_autoscaler>>(farm_autoscalers(about));
  plan.race.autoscalers = first_knob_settings(*all, about);
  // All of them together play in each round no more than a quarter of what the learners train on.
  const std::size_t pieces = plan.race.open_newest ? 2 : 1;
  plan.race.first_look = std::clamp<std::uint64_t>(t.episodes / (4 * pieces * plan.race.autoscalers.size()), 2, 20);
  plan.race.last_look = std::clamp<std::uint64_t>(t.episodes / 50, 10, 1'000);
  plan.race.beside = [all, about](const std::string& name) {
    return settings_beside(*find_autoscaler(*all, name), name, about);
  };
  plan.race.make = [all, about](const std::string& name) {
    const farm_autoscaler* const one = find_autoscaler(*all, name);
    require(one != nullptr, "select", "the policy that it chose", name, "be an autoscaler of the farm");
    return make_autoscaler(*one, name, about);
  };
  return plan;
}

}  // namespace

std::unique_ptr<farm_learner> select_on_farm(const farm_training& t) {
  return std::make_unique<selected_search<farm::environment, farm_use>>(selection_on_farm(t));
}

std::unique_ptr<farm_learner> hedge_on_farm(const farm_training& t) {
  auto plan = selection_on_farm(t);
  const double needed = std::max(1.0, t.load.mean_per_s * farm_service_s);
  const auto price = hindsight_price(plan.race.level);
  const auto cost = [needed, price](std::size_t, int advice, int, const farm::observation& o,
                                    const farm::observation& next) {
    const double seconds = next.time_s - o.time_s;
    const double came = next.enqueued_total - o.enqueued_total;
    return hindsight_cost(
        {.wanted = o.workers + advice, .needed = seconds > 0 ? came / seconds * farm_service_s : 0, .usual = needed},
        price);
  };
  plan.blend = [cost, seed = t.train_seed, interval_s = farm_interval_s(t.load)](std::vector<farm_policy> all) {
    return farm_policy(hedge_on<farm::environment>(std::move(all), cost, hindsight_hedge(interval_s), seed));
  };
  return std::make_unique<selected_search<farm::environment, farm_use>>(std::move(plan));
}

}  // namespace tool
