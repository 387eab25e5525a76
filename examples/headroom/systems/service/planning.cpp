#include "systems/service/planning.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/planning/fifo_steps.hpp>

#include "scaling/belief_search.hpp"
#include "scaling/known_rate.hpp"

namespace tool {

using namespace headroom;

namespace {

constexpr int plan_levels = 24;   // numbers of replicas that a plan is over, at most, where any move is allowed
constexpr int most_planned = 64;  // where the moves are given
constexpr double followed = 1e8;  // requests that a table follows, about

class service_level {
 public:
  template <class Record>
  void on_step(const Record& r) {
    if (r.next.status != episode::ongoing && std::isfinite(r.next.in_time)) level_ = r.next.in_time;
  }
  [[nodiscard]] double level() const { return level_; }

 private:
  double level_ = 1;
};

bool multiple(double of, double unit) { return std::abs(of / unit - std::round(of / unit)) < 1e-9; }

}  // namespace

std::string service_planner::refusal() const {
  const service_options& o = world_.options;
  if (o.order != discipline::shared_queue) return "its model is of one queue for all replicas";
  if (o.contention > 0) return "its model has no contention";
  if (std::isfinite(o.queue_limit)) return "its model has no limit of the queue";
  if (!world_.moves.empty() && most(world_.load.peak_per_s) > most_planned)
    return "with given moves it is made for at most " + to_text(most_planned) + " replicas";
  return {};
}

std::string service_planner::leaves_out(double highest_per_s) const {
  const service_options& o = world_.options;
  std::vector<std::string> all;
  if (o.start_delay.mean_s() > o.interval_s) all.emplace_back("how long each replica has been starting");
  if (o.replicas_per_node > 0) all.emplace_back("nodes");
  if (std::isfinite(o.life.mean_s())) all.emplace_back("failures");
  if (o.retries > 0) all.emplace_back("further tries");
  if (const int n = unit(highest_per_s); n > 1) all.push_back("numbers of replicas between multiples of " + to_text(n));
  if (all.empty()) return {};
  std::string text = "by a plan that leaves out ";
  for (std::size_t k = 0; k < all.size(); ++k)
    text.append(k == 0 ? "" : k + 1 == all.size() ? " and " : ", ").append(all[k]);
  return text;
}

int service_planner::most(double highest_per_s) const {
  const service_options& o = world_.options;
  const double needed = highest_per_s * world_.about.service_s / world_.about.slots;
  const int wanted = static_cast<int>(std::ceil(1.3 * needed + 2 * std::sqrt(needed))) + 2;
  return std::clamp(wanted, std::max(o.initial_replicas, std::max(o.min_replicas, 1)), o.max_replicas);
}
int service_planner::unit(double highest_per_s) const {
  return world_.moves.empty() ? (most(highest_per_s) + plan_levels - 1) / plan_levels : 1;
}
replica_moves service_planner::moves(double highest_per_s) const {
  const service_options& o = world_.options;
  const int n = unit(highest_per_s);
  const int largest = std::max(1, std::min((most(highest_per_s) + n - 1) / n, o.max_replicas / n));
  const int least = std::min(largest, (o.min_replicas + n - 1) / n);
  std::vector<int> deltas;
  for (const int m : world_.moves) deltas.insert(deltas.end(), {-m, m});
  if (world_.moves.empty()) {
    for (int m = 1; m <= largest - least; ++m) deltas.insert(deltas.end(), {-m, m});
  }
  return replica_moves::starting(least, largest, deltas, std::max(1e-3, o.start_delay.mean_s() / o.interval_s),
                                 o.start_delay.memoryless());
}
step_grid service_planner::rates(double highest_per_s) const {
  return step_grid::logarithmic(highest_per_s / 64, highest_per_s, 18);
}
step_grid service_planner::in_system(const replica_moves& m, double highest_per_s) const {
  const double slots = static_cast<double>(m.most()) * unit(highest_per_s) * world_.options.slots;
  // Beyond this everything that waits is late.
  const double objective_s = std::isfinite(world_.options.objective_s) ? world_.options.objective_s : 0;
  const double waiting = slots * (1 + objective_s / world_.about.service_s);
  return step_grid::counts(24, std::max(60.0, slots + std::min(3 * waiting, 20 * slots)), 0.06);
}
step_table service_planner::table(const replica_moves& m, double highest_per_s) const {
  service_options o = world_.options;
  o.slots *= unit(highest_per_s);
  fifo_steps model(o, m.most());
  const step_grid over = rates(highest_per_s);
  const step_grid queue = in_system(m, highest_per_s);
  double mean = 0;
  for (const double rate : over.values()) mean += rate * o.interval_s / static_cast<double>(over.size());
  const double of_sample = static_cast<double>(over.size() * m.courses() * queue.size()) * (mean + 10);
  const auto samples = static_cast<std::size_t>(std::clamp(followed / of_sample, 2.0, 48.0));
  return {over, queue, model, {.samples = samples}};
}

service_view::service_view(const service_options& o, int unit)
    : interval_s_(o.interval_s),
      window_s_(o.window_s),
      unit_(unit),
      exact_(o.scrape_delay_s == 0 && multiple(o.interval_s, o.scrape_s) && multiple(o.window_s, o.interval_s)),
      totals_(exact_ ? static_cast<std::size_t>(std::round(o.window_s / o.interval_s)) + 1 : 1) {}

belief_view service_view::operator()(const service_observation& o, bool first) {
  belief_view v;
  v.seconds = interval_s_;
  const double n = unit_;
  const int wanted = static_cast<int>(std::round(o.replicas / n));
  v.ready = std::min(wanted, static_cast<int>(std::round(o.ready / n)));
  v.starting = wanted - v.ready;
  v.in_system = o.in_flight + o.backlog;
  if (first) {
    decision_ = 0;
    std::fill(totals_.begin(), totals_.end(), 0.0);
    return v;
  }
  ++decision_;
  if (!exact_) {
    v.requests = o.load * interval_s_;
    return v;
  }
  // The window reaches back to a decision whose total is known.
  const std::size_t back = totals_.size() - 1;
  const double before = decision_ > back ? totals_[(decision_ - back) % totals_.size()] : 0;
  const double covered_s = std::min(window_s_, static_cast<double>(decision_) * interval_s_);
  const double total = before + o.load * covered_s;
  v.requests = std::max(0.0, total - totals_[(decision_ - 1) % totals_.size()]);
  totals_[decision_ % totals_.size()] = total;
  return v;
}

known_rate_line service_known_rate(const service_planner& planner, const std::vector<std::uint64_t>& seeds,
                                   const std::function<bool(std::uint64_t)>& shown) {
  // The unit is that of the highest rate of these episodes, as the plan's other numbers are.
  double highest = 0;
  for (const std::uint64_t seed : seeds) {
    service world = planner.world().test(seed);
    world.reset();
    for (const rate_piece& p : world.workload().rates) highest = std::max(highest, p.per_s);
  }
  known_rate_plan<service> plan;
  plan.open = [&](std::uint64_t seed) { return planner.world().test(seed); };
  plan.requests = [](const service& world) -> const arrivals& { return world.workload(); };
  plan.interval_s = planner.world().options.interval_s;
  plan.unit = planner.unit(highest);
  plan.leaves_out = planner.leaves_out(highest);
  plan.see = [view = service_view(planner.world().options, plan.unit)](const service_observation& o) {
    service_view own = view;             // threads share this function
    const belief_view v = own(o, true);  // what came is not looked at
    return known_rate_plan<service>::seen{o.time_s, v.ready, v.starting, v.in_system};
  };
  plan.moves = [&](double) { return planner.moves(highest); };
  plan.table = [&](const replica_moves& m, double) { return planner.table(m, highest); };
  plan.count = [](auto& sum, const service_observation& before, const service_observation& now) {
    sum.replicas += now.replicas * (now.time_s - before.time_s);
    if (now.status == episode::ongoing) return;
    sum.replicas /= now.time_s;
    sum.level = sum.level_all = std::isfinite(now.in_time) ? now.in_time : 1;
  };
  return known_rate_of(plan, seeds, shown);
}

std::unique_ptr<service_learner> plan_service_on_belief(const service_training& t) {
  const service_world& w = t.world;
  const auto planner = std::make_shared<const service_planner>(w);
  const std::string why = planner->refusal();
  require(why.empty(), "--policies: belief", "the plan", "not possible", "be left out: " + why);
  belief_plan<service, service_view> plan;
  plan.open = [w](std::uint64_t seed) { return w.training(seed); };
  plan.open_evenly = [w](std::uint64_t seed, std::size_t n) { return w.evenly(seed, n); };
  if (w.load.newest) plan.open_newest = [w](std::uint64_t seed, std::size_t n) { return w.newest(seed, n); };
  plan.requests = [](const service& world) -> const arrivals& { return world.workload(); };
  plan.interval_s = w.options.interval_s;
  plan.moves = [planner](double highest) { return planner->moves(highest); };
  plan.rates = [planner](double highest) { return planner->rates(highest); };
  plan.in_system = [planner](const replica_moves& m, double highest) { return planner->in_system(m, highest); };
  plan.table = [planner](const replica_moves& m, double highest) { return planner->table(m, highest); };
  plan.unit = [planner](double highest) { return planner->unit(highest); };
  plan.view = [w](int unit) { return service_view(w.options, unit); };
  plan.train_seed = t.train_seed;
  plan.episodes = t.episodes;
  // In times of what a request takes of a replica; the plan's price is in replicas for an interval.
  const double takes = w.about.service_s / w.about.slots / w.options.interval_s;
  if (t.price) plan.price = *t.price * takes;
  plan.first_price = 20 * takes;
  plan.least_price = 1.5 * takes;
  plan.level = t.level;
  return std::make_unique<belief_search<service, service_view, service_level>>(std::move(plan));
}

}  // namespace tool
