#include "systems/farm/farm.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/score.hpp>

#include "shards/parts.hpp"
#include "support/command_line.hpp"
#include "systems/farm/bound.hpp"
#include "systems/gym_world.hpp"
#include "systems/farm/known_rate.hpp"
#include "scaling/replayed_episodes.hpp"
#include "systems/policy_names.hpp"
#include "systems/simulated_system.hpp"

namespace tool {

using namespace headroom;

namespace {

using environment = farm::environment;

// "±1, ±2".
std::string moves_text(const std::vector<int>& moves) {
  std::string text;
  for (const int m : moves) text.append(text.empty() ? "±" : ", ±").append(to_text(m));
  return text;
}

report::style farm_style(bool wide) {
  const report::figure in_time{"final_qos", "in time %", 100, 2, 6, "% in time", "points in time"};
  const report::figure workers{"mean_workers", "mean workers", 1, 2, 5, "workers", "workers"};
  const report::figure by_time{"mean_workers_by_time", "workers by time", 1, 2, 5};
  report::style how{.subject = "The farm under ",
                    .unit = " workers",
                    .noun = "worker",
                    .columns = {in_time,
                                workers,
                                {"max_workers", "max workers", 1, 1, 4},
                                {"scaling_actions", "scalings", 1, 1, 4},
                                {"noop_actions", "no-ops", 1, 1, 5}},
                    .service = in_time,
                    .cost = workers,
                    .cost_over_training = wide ? by_time : workers,
                    .tracked = {in_time.metric, workers.metric, by_time.metric}};
  if (wide) how.columns.push_back(by_time);  // weighting by time changes nothing where every step lasts the same
  how.columns.push_back({"total_reward", "reward", 1, 0, 7});
  return how;
}

// On a recorded load the constants are those that its first part suggests: enough for the mean, and for the peak.
std::vector<std::string> default_policies(const farm_load& load) {
  std::vector<std::string> names;
  if (load.name == "trace") {
    for (const double per_s : {load.mean_per_s, load.peak_per_s}) {
      const double wanted =
          std::clamp(std::ceil(per_s * farm_service_s * 1.2), 1.0, static_cast<double>(load.farm.max_workers));
      const std::string name = "constant:" + to_text(static_cast<int>(wanted));
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  } else {
    names = {"constant:12", "constant:14", "constant:16", "scheduled:16/17/13/12"};
  }
  for (const char* name : {"threshold", "reactive-average", "reactive-maximum", "reactive-average-2025-11-08",
                           "reactive-maximum-2025-11-08", "sarsa"}) {
    names.emplace_back(name);
  }
  return names;
}

evaluate_policy<environment> evaluate_under(const std::shared_ptr<const farm_load>& load) {
  return evaluate_with<environment>([load](std::uint64_t seed) { return load->make(seed); },
                                    farm::score{farm::published_reward{}});
}

// The published reward, term by term: it is linear in its weights, so a term is the reward of its weights alone.
std::vector<farm::published_reward> published_terms() {
  farm::reward_options none = farm::reward_options::dqn_row();
  for (double* w : {&none.unfinished, &none.completion, &none.qos, &none.backlog, &none.scaling, &none.efficiency,
                    &none.scale_up, &none.scale_down})
    *w = 0;
  const farm::reward_options all = farm::reward_options::dqn_row();
  std::vector<farm::reward_options> of(5, none);
  of[0].qos = all.qos;
  of[1].backlog = all.backlog;
  of[2].scaling = all.scaling;
  of[2].scale_up = all.scale_up;
  of[2].scale_down = all.scale_down;
  of[3].efficiency = all.efficiency;
  of[4].unfinished = all.unfinished;
  of[4].completion = all.completion;
  std::vector<farm::published_reward> terms;
  for (const farm::reward_options& o : of) terms.emplace_back(o);
  return terms;
}

episode_recorder<environment> recorder_under(const std::shared_ptr<const farm_load>& load) {
  episode_recorder<environment> how;
  how.make = [load](std::uint64_t seed) { return load->make(seed); };
  how.columns = {"time_s",    "load",           "replicas",       "backlog",      "latency_s",
                 "in_time",   "reward.service", "reward.backlog", "reward.moves", "reward.idle_workers",
                 "reward.end"};
  how.row = [terms = published_terms()](const farm::observation& o, int move, const farm::observation& next) {
    std::vector<double> row{o.time_s, o.arrival_rate, o.workers, o.worker_queue, next.average_latency, next.qos_rate};
    for (const farm::published_reward& term : terms) row.push_back(term(o, move, next));
    return row;
  };
  return how;
}

// Counts the moves of a policy that are on no menu. Autoscalers move by any number within their limits.
class watched {
 public:
  watched(farm_policy one, std::vector<int> moves, std::shared_ptr<what_it_did> did)
      : one_(std::move(one)), moves_(std::move(moves)), did_(std::move(did)) {}

  int start(const farm::observation& o) { return counted(one_.start(o)); }
  int step(const farm::observation& o) { return counted(one_.step(o)); }
  void stop(const farm::observation& o, episode end) { one_.stop(o, end); }
  void executed(int delta) { one_.executed(delta); }

 private:
  int counted(int delta) {
    if (delta == 0) return 0;
    ++did_->moves;
    if (std::find(moves_.begin(), moves_.end(), std::abs(delta)) == moves_.end()) ++did_->off_menu;
    return delta;
  }

  farm_policy one_;
  std::vector<int> moves_;
  std::shared_ptr<what_it_did> did_;
};

class farm_command_options final : public system_options {
 public:
  void declare(command& to) override {
    options_.load.declare(to);
    options_.declare_actions(to);
    command_ = &to;
  }
  void declare_table(command& to) override { options_.declare_no_bound(to); }
  [[nodiscard]] std::unique_ptr<system> make() const override { return std::make_unique<farm_system>(options_); }
  [[nodiscard]] std::unique_ptr<system> make_for(const checkpoint& model) const override {
    farm_options o = options_;
    if (command_->given("--trace")) {
      o.load.recorded = recorded_for(model, *command_, o.load.recorded);
    } else if (!command_->given("--workload")) {
      if (has_recorded(model)) refuse_unnamed_trace(model);
      o.load.workload = model.text("workload");
    }
    if (!command_->given("--actions")) o.actions = model.text("actions");
    return std::make_unique<farm_system>(o);
  }

 private:
  farm_options options_;
  const command* command_ = nullptr;
};

}  // namespace

void farm_options::declare_actions(command& to) {
  to.add("--actions", actions, "Of farm: sizes of the moves allowed per decision, as in 1,2,4").shows_default();
}
void farm_options::declare_no_bound(command& to) {
  to.add_flag(
      "--no-bound", no_bound,
      "Of farm: leave out the clairvoyant bound, what no policy can beat, and what a policy reaches that is told "
      "the rate; they take a tenth of a second an episode");
}

std::vector<int> moves_in(const std::string& text) {
  std::vector<int> moves;
  std::string_view rest = text;
  for (;;) {
    const auto comma = rest.find(',');
    std::string_view one = rest.substr(0, comma);
    for (const std::string_view sign : {"±", "+-"}) {
      if (one.starts_with(sign)) one.remove_prefix(sign.size());
    }
    const auto value = from_text<int>(one);
    if (!value || *value < 1 || *value > 31 || (!moves.empty() && *value <= moves.back())) {
      throw std::invalid_argument("--actions: '" + text + "' must be moves from 1 to 31, ascending, as in 1,2,4");
    }
    moves.push_back(*value);
    if (comma == std::string_view::npos) return moves;
    rest.remove_prefix(comma + 1);
  }
}

std::string moves_list(const std::vector<int>& moves) {
  std::string text;
  for (const int one : moves) text.append(text.empty() ? "" : ",").append(to_text(one));
  return text;
}

farm_system::farm_system(const farm_options& o)
    : asked_(o),
      load_(std::make_shared<const farm_load>(make_farm_load(o.load))),
      moves_(moves_in(o.actions)),
      no_bound_(o.no_bound) {
  for (int& one : moves_) one *= load_->unit;
  service_ = service_of(*load_, moves_.back());
  autoscalers_ = farm_autoscalers(service_);
  wide = moves_.back() > 1 && load_->farm.block_on_scaling;
  if (!o.load.recorded.trace.empty()) recorded = " --trace " + o.load.recorded.trace.string();
  fresh_seeds = load_->name != "trace";
  price_unit = "of a request out of time, in worker-steps";
  metrics = {.level = "final_qos",
             .level_all = "final_qos_all",
             .cost = wide ? "mean_workers_by_time" : "mean_workers",
             .bounded = "mean_workers",
             .churn = "scaling_actions",
             .noun = "worker"};
  most_train_episodes = 100'000'000;
  describe();
  offer_autoscalers();
  offer_learners();
}

episode_recorder<environment> farm_system::recorder() const { return recorder_under(load_); }

void farm_system::describe() {
  description.environment = "farm";
  description.workload = load_->name;
  description.sentence = load_->sentence;
  description.actions = moves_text(moves_);
  description.how = farm_style(wide);
  description.defaults = default_policies(*load_);
}

void farm_system::offer_autoscalers() {
  policy_list<environment> list(policies,
                                [evaluate = evaluate_under(load_), how = recorder_under(load_)](farm_policy one) {
                                  return evaluated_and_recorded<environment>(std::move(one), evaluate, how);
                                });
  for (const farm_autoscaler& one : autoscalers_) {
    list.add(std::string(one.name), std::string(one.line),
             [this](const std::string& name) {
               auto& did = did_[name];
               did = std::make_shared<what_it_did>();
               return farm_policy(watched(autoscaler_named(name, did->forecasts), moves_, did));
             })
        .knobs = knob_names(one);
  }
}

void farm_system::offer_learners() {
  policy_list<environment> list(policies,
                                [evaluate = evaluate_under(load_), how = recorder_under(load_)](farm_policy one) {
                                  return evaluated_and_recorded<environment>(std::move(one), evaluate, how);
                                });
  for (const offered_farm_learner& one : farm_learners()) {
    // About as many steps as the published episodes would have: a recorded episode is longer. And about as many
    // requests: each takes its time to be simulated.
    const double steps = static_cast<double>(farm::options{}.max_steps) / static_cast<double>(load_->farm.max_steps);
    const auto usual =
        static_cast<std::uint64_t>(static_cast<double>(one.train_episodes) * steps / std::max(1.0, load_->size));
    list.add(std::string(one.name), std::string(one.line), std::max<std::uint64_t>(1, usual),
             [this](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
               return learner_named(name, train_seed, episodes);
             })
        .knobs = one.as_published() ? ""
                 : one.has_price()  ? "price"
                                    : "level";
  }
}

training_seeds farm_system::trained_on(const std::string& name, std::uint64_t train_seed,
                                       std::uint64_t episodes) const {
  return farm_trained_on(*find_farm_learner(name), train_seed, episodes);
}

// An autoscaler moves by any number of workers up to the largest move, a learner by those on its menu. And a forecast
// whose season is longer than an episode never comes.
void farm_system::tell_what_they_did(report::findings& f) const {
  for (const auto& [name, did] : did_) {
    if (did->forecasts->observations + did->moves > 0)
      shards::keep_counts(name, {did->moves, did->off_menu, did->forecasts->observations, did->forecasts->forecasts});
    if (const auto kept = shards::kept_counts(name); kept && kept->size() == 4) {
      did->moves = kept->at(0);
      did->off_menu = kept->at(1);
      *did->forecasts = {kept->at(2), kept->at(3)};
    }
  }
  const bool learner = std::any_of(f.rows.begin(), f.rows.end(), [](const report::row& r) { return r.learns; });
  for (const report::row& r : f.rows) {
    const auto found = did_.find(r.name);
    if (found == did_.end()) continue;
    const what_it_did& did = *found->second;
    if (learner && did.off_menu > 0) {
      f.notes.push_back(r.name + " made " + to_text(did.off_menu) + " of its " + to_text(did.moves) +
                        " moves by a number of workers that no learner here can move by (" + moves_text(moves_) + ").");
    }
    if (did.forecasts->observations > 0 && did.forecasts->forecasts == 0) {
      f.notes.push_back("Health of " + r.name + ": it had a forecast at 0 of " + to_text(did.forecasts->observations) +
                        " steps, as an episode is shorter than what its model must have seen; it acted without one.");
    }
  }
}

void farm_system::complete(report::findings& f) const {
  tell_what_they_did(f);
  f.known_rate = known_rate(f.seeds, f.notes);
  f.clairvoyant = bound(f.seeds, f.notes);
  if (!f.clairvoyant) return;
  // Mean workers above what is proven that a policy needs which knows the future and keeps the same level of all
  // requests.
  for (report::row& r : f.rows) {
    r.regret =
        r.result.summarized("mean_workers").mean - f.clairvoyant->lower_at(r.result.summarized("final_qos_all").mean);
  }
}

farm_policy farm_system::autoscaler_named(const std::string& name, std::shared_ptr<forecast_health> forecasts) const {
  const farm_autoscaler* const one = find_autoscaler(autoscalers_, name);
  if (one == nullptr || (one->needs_settings() && name == kind_of(name))) refuse_name(name);
  return make_autoscaler(*one, name, service_, std::move(forecasts));
}

std::vector<std::string> farm_system::settings_of(const std::string& name) const {
  const farm_autoscaler* const one = find_autoscaler(autoscalers_, name);
  if (one == nullptr || name == "scheduled") refuse_name(name);
  return settings_to_try(*one, one->possible, name, service_);
}
std::vector<knob> farm_system::knobs_of(const std::string& name) const {
  const farm_autoscaler* const one = find_autoscaler(autoscalers_, name);
  if (one == nullptr) refuse_name(name);
  return one->knobs;
}
std::vector<std::string> farm_system::contenders() const {
  std::vector<std::string> names;
  for (const farm_autoscaler& one : autoscalers_) {
    if (one.kind() == "scheduled") {
      if (load_->phases == 4) names.emplace_back("scheduled:16/17/13/12");
    } else {
      names.emplace_back(one.kind());
    }
  }
  names.emplace_back("sarsa");
  names.emplace_back("cem");
  return names;
}
bool farm_system::priced(std::string_view learner) const {
  const offered_farm_learner* const one = find_farm_learner(learner);
  return one != nullptr && one->has_price();
}

// Up to a few thousand episodes are drawn once.
std::unique_ptr<episode_player> farm_system::player(const std::vector<std::uint64_t>& tuning,
                                                    const std::vector<std::uint64_t>& reported) const {
  using figures = farm::score<farm::published_reward>;
  using episodes = replayed_episodes<environment, figures>;
  const auto of = [](farm_load load, const std::vector<std::uint64_t>& seeds) {
    const bool keeps = seeds.size() <= 5'000;
    load.farm.distinct_episodes = keeps ? seeds.size() : 0;
    return episodes([load = std::move(load)](const std::vector<std::uint64_t>& all) { return load.make(all.front()); },
                    keeps, figures{farm::published_reward{}}, seeds);
  };
  return std::make_unique<player_on<environment, figures>>(
      of(load_->training_part(), tuning), of(*load_, reported),
      [this](const std::string& name) { return autoscaler_named(name); },
      [this](const std::string& name, std::uint64_t seed, std::uint64_t n) { return learner_named(name, seed, n); });
}

void farm_system::write_plan(checkpoint& to) const {
  to.set("environment", "farm");
  to.set("workload", load_->name);
  to.set("actions", moves_list(moves_in(asked_.actions)));
  if (!asked_.load.recorded.trace.empty()) write_recorded(asked_.load.recorded, to);
}

std::unique_ptr<farm_learner> farm_system::learner_named(const std::string& name, std::uint64_t train_seed,
                                                         std::uint64_t episodes) const {
  return make_farm_learner(name, *load_, moves_, train_seed, episodes);
}

std::optional<clairvoyant_bound> farm_system::bound(const std::vector<std::uint64_t>& seeds,
                                                    std::vector<std::string>& notes) const {
  if (no_bound_ || terminal::interrupted) return std::nullopt;
  if (load_->unit > 1) {
    notes.emplace_back("No bound: the search for it is made for a farm of the published size (--trace-peak 8).");
    return std::nullopt;
  }
  auto c = shards::bound_unit([&]() -> std::optional<clairvoyant_bound> {
    terminal::progress_bar bar("clairvoyant bound", seeds.size());
    clairvoyant_bound whole = clairvoyant_bound_of(*load_, seeds, moves_, [&](std::uint64_t done) {
      bar.show(done);
      return terminal::interrupted.load();
    });
    if (whole.stopped) return std::nullopt;
    return whole;
  });
  if (c && wide) {
    notes.emplace_back(
        "The bound is of the mean over steps, and loose: how long a step of larger moves lasts is not known to it.");
  }
  return c;
}

std::optional<known_rate_line> farm_system::known_rate(const std::vector<std::uint64_t>& seeds,
                                                       std::vector<std::string>& notes) const {
  if (no_bound_ || terminal::interrupted) return std::nullopt;
  if (const std::string why = farm_plan_refusal(*load_, moves_); !why.empty()) {
    notes.push_back("No line of a known rate: " + why + ".");
    return std::nullopt;
  }
  return shards::known_rate_unit([&]() -> std::optional<known_rate_line> {
    terminal::progress_bar bar("known rate", seeds.size());
    known_rate_line line = farm_known_rate(*load_, seeds, moves_, [&](std::uint64_t done) {
      bar.show(done);
      return terminal::interrupted.load();
    });
    if (line.stopped) return std::nullopt;
    return line;
  });
}

std::unique_ptr<gym_world> farm_system::by_numbers(std::uint64_t first_seed, bool evaluated) const {
  return farm_by_numbers(*load_, moves_, first_seed, evaluated);
}

std::unique_ptr<system_options> farm_system_options() { return std::make_unique<farm_command_options>(); }

}  // namespace tool
