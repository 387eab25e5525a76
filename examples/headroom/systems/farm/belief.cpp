#include <algorithm>
#include <memory>

#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/signals.hpp>

#include "scaling/belief_search.hpp"
#include "systems/farm/autoscalers.hpp"
#include "systems/farm/known_rate.hpp"
#include "systems/farm/learners.hpp"

namespace tool {

using namespace headroom;

namespace {

// What the farm shows: requests ever enqueued, and since when.
class farm_view {
 public:
  belief_view operator()(const farm::observation& o, bool first) {
    const belief_view v{first ? 0 : o.enqueued_total - enqueued_, first ? 0 : o.time_s - time_s_,
                        static_cast<int>(o.workers), 0, farm::concurrency(o)};
    enqueued_ = o.enqueued_total;
    time_s_ = o.time_s;
    return v;
  }

 private:
  double enqueued_ = 0;
  double time_s_ = 0;
};

class farm_level {
 public:
  template <class Record>
  void on_step(const Record& r) {
    if (r.next.status != episode::ongoing) level_ = r.next.final_qos;
  }
  [[nodiscard]] double level() const { return level_; }

 private:
  double level_ = 1;
};

}  // namespace

std::unique_ptr<farm_learner> plan_on_belief(const farm_training& t) {
  const std::string why = farm_plan_refusal(t.load, t.moves);
  require(why.empty(), "--policies: " + t.name, "the plan", "not possible", "be left out: " + why);
  belief_plan<farm::environment, farm_view> plan;
  plan.open = [load = t.load](std::uint64_t seed) { return load.make_training(seed, 0); };
  plan.open_evenly = [load = t.load](std::uint64_t seed, std::size_t n) { return load.make_evenly(seed, n); };
  if (t.load.newest) {
    plan.open_newest = [load = t.load](std::uint64_t seed, std::size_t n) { return load.make_newest(seed, n); };
  }
  plan.requests = [](const farm::environment& world) -> const arrivals& { return world.requests(); };
  plan.interval_s = farm_interval_s(t.load);
  plan.moves = [load = t.load, sizes = t.moves](double highest) { return farm_moves(load, sizes, highest); };
  plan.rates = farm_rates;
  plan.in_system = [](const replica_moves& moves, double) { return farm_in_system(moves); };
  plan.table = [load = t.load](const replica_moves& moves, double highest) { return farm_table(load, moves, highest); };
  plan.view = [](int) { return farm_view{}; };
  plan.train_seed = t.train_seed;
  plan.episodes = t.episodes;
  plan.price = t.price;
  plan.least_price = 1.5 * farm_service_s / plan.interval_s;  // more than what a request takes of a worker
  plan.level = t.level.value_or(0.99);
  return std::make_unique<belief_search<farm::environment, farm_view, farm_level>>(std::move(plan));
}

}  // namespace tool
