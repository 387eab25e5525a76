#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/run/service_score.hpp>

#include "scaling/replayed_episodes.hpp"
#include "scaling/scaled_system.hpp"
#include "shards/parts.hpp"
#include "support/command_line.hpp"
#include "systems/farm/farm.hpp"
#include "systems/policy_names.hpp"
#include "systems/service/autoscalers.hpp"
#include "systems/service/learners.hpp"
#include "systems/service/load.hpp"
#include "systems/service/planning.hpp"
#include "systems/service/service_file.hpp"
#include "systems/gym_world.hpp"
#include "systems/simulated_system.hpp"

/// A service of the user's own: what it is, its load, and every autoscaler and learner on it.
namespace tool {

using namespace headroom;

namespace {

// What a step costs: replicas by the interval, and the late requests at twenty times what one takes of a replica. Only
// for the column; each learner has its own price.
struct usual_reward {
  double late;
  double operator()(const service_observation&, int, const service_observation& next) const {
    return -next.replicas - late * next.late;
  }
};
using figures = service_score<usual_reward>;

report::style service_style() {
  const report::figure in_time{"in_time", "in time %", 100, 2, 6, "% in time", "points in time"};
  const report::figure replicas{"mean_replicas", "mean replicas", 1, 2, 6, "replicas", "replicas"};
  return {.subject = "The service under ",
          .unit = " replicas",
          .columns = {in_time,
                      replicas,
                      {"max_replicas", "max replicas", 1, 1, 5},
                      {"scaling_actions", "scalings", 1, 1, 5},
                      {"turns", "turns", 1, 1, 5},
                      {"mean_starting", "starting", 1, 2, 5},
                      {"late", "late requests", 1, 0, 6}},
          .service = in_time,
          .cost = replicas,
          .cost_over_training = replicas,
          .tracked = {in_time.metric, replicas.metric}};
}

// Three figures are enough for a person.
double rounded(double x) {
  const double unit = x > 0 ? std::pow(10.0, std::floor(std::log10(x)) - 2) : 1;
  return std::round(x / unit) * unit;
}

// Requests that a replica works on at full speed.
double served_at_once(const service_options& o) { return o.order == discipline::processor_sharing ? o.cores : o.slots; }

std::string durations_sentence(const service_options& o) {
  std::string text = to_text(o.slots) + (o.slots == 1 ? " slot" : " slots") + " a replica, " +
                     to_text(rounded(o.service_time.mean_s())) + " s a request, " +
                     to_text(rounded(o.start_delay.mean_s())) + " s to start, a decision every " +
                     to_text(o.interval_s) + " s";
  return text;
}

// Whether the objective can be kept at all: a request alone on a replica takes its service time.
void require_reachable(const service_options& o, double level) {
  constexpr int draws = 100'000;
  engine random(1);
  int in_time = 0;
  for (int k = 0; k < draws; ++k) in_time += o.service_time(random) <= o.objective_s ? 1 : 0;
  const double most = static_cast<double>(in_time) / draws;
  require(most >= level, "--objective",
          "the fraction of requests whose service alone takes at most " + to_text(o.objective_s) + " s",
          std::round(most * 1e4) / 1e4,
          "be at least the level that is wanted, " + to_text(level) + ": no number of replicas could keep it");
}

// The keys of a service in a model.
const std::string in_model = "service.";

}  // namespace

scaled_service about_service(const service_plan& plan) {
  const service_options& o = plan.service;
  const double slots = served_at_once(o);
  scaled_service s;
  s.minimum = o.min_replicas;
  s.maximum = o.max_replicas;
  s.reach = plan.moves.empty() ? o.max_replicas : plan.moves.back();
  s.interval_s = o.interval_s;
  s.service_s = o.service_time.mean_s();
  s.service_scv = o.service_time.variation() * o.service_time.variation();
  s.slots = std::max(1, static_cast<int>(slots));
  s.serves_per_s = rounded(slots / s.service_s);
  s.mean_per_s = s.serves_per_s * o.max_replicas / 2;
  return s;
}

service_world world_of(service_plan plan, const service_load_options& load) {
  service_world w;
  w.plan = std::move(plan);
  w.options = w.plan.service;
  w.options.objective_s = w.plan.wanted.bound_s;
  service_options& o = w.options;
  w.moves = w.plan.moves;
  const double each_per_s = served_at_once(o) / o.service_time.mean_s();
  w.asked = load.complete(each_per_s * o.max_replicas);
  w.load = make_service_load(w.asked);
  w.learned = {w.load.mean_per_s, w.load.peak_per_s};
  require(w.load.length_s >= 2 * o.interval_s, "--episode-length", "the length of an episode", w.load.length_s,
          "be at least two decisions of " + to_text(o.interval_s) + " s");
  if (!w.plan.given.contains("initial_replicas")) {
    const double at_60 = std::ceil(w.load.mean_per_s / each_per_s / 0.6);
    o.initial_replicas = static_cast<int>(std::clamp<double>(at_60, o.min_replicas, o.max_replicas));
  }
  checked(o);
  require_reachable(o, w.plan.wanted.level);
  w.about = about_service(w.plan);
  w.about.mean_per_s = w.load.mean_per_s;
  return w;
}

// A file that the model names is opened only where the user named it, too: the model may come from somebody else, who
// could name any.
service_plan plan_in(const checkpoint& model, const service_flags& flags) {
  service_plan p;
  for (const auto& [key, text] : model.settings()) {
    if (!key.starts_with(in_model) || text.empty()) continue;
    const std::string name = key.substr(in_model.size());
    if (text.starts_with("file:")) {
      if (flags.says(name)) continue;
      throw checkpoint_error(model.source(), "was trained with " + name + " = " + in_quotes(text) +
                                                 "; say it again on the command line, no file is opened unasked");
    }
    try {
      set_key(p, name, text, {});
    } catch (const std::invalid_argument& e) {
      throw checkpoint_error(model.source(), e.what());
    }
  }
  return p;
}

namespace {

class service_system final : public scaled_system {
 public:
  service_system(service_world w, bool no_line)
      : world_(std::make_shared<const service_world>(std::move(w))),
        no_line_(no_line),
        autoscalers_(service_autoscalers(world_->about)) {
    most_train_episodes = 10'000'000;
    fresh_seeds = !world_->load.recorded;
    if (world_->load.recorded) recorded = " --trace " + world_->asked.recorded.trace.string();
    price_unit = "of a late request, in times of what a request takes of a replica";
    usual_prices = "5,10,20,40,80";
    describe();
    offer();
  }

  [[nodiscard]] training_seeds trained_on(const std::string&, std::uint64_t train_seed,
                                          std::uint64_t episodes) const override {
    return {first_training_seed(train_seed), episodes, false};
  }
  void complete(report::findings& f) const override {
    std::string names;
    for (const report::row& r : f.rows) {
      const double kept = r.result.summarized("in_time").mean;
      if (kept < world_->plan.wanted.level) names.append(names.empty() ? "" : ", ").append(r.name);
    }
    if (!names.empty()) {
      f.notes.push_back("Below the objective of " + to_text(world_->plan.wanted.level * 100) + " % within " +
                        to_text(world_->plan.wanted.bound_s) + " s: " + names + ".");
    }
    f.known_rate = known_rate(f.seeds, f.notes);
    f.level = world_->plan.wanted.level;
    f.clairvoyant = bound(f.seeds, f.notes);
  }

  [[nodiscard]] std::vector<std::string> contenders() const override {
    std::vector<std::string> names;
    for (const service_autoscaler& one : autoscalers_) names.emplace_back(one.kind());
    names.emplace_back("cem");
    return names;
  }
  [[nodiscard]] std::vector<std::string> settings_of(const std::string& name) const override {
    const service_autoscaler& one = found(name);
    return settings_to_try(one, one.possible, name, world_->about);
  }
  [[nodiscard]] std::vector<knob> knobs_of(const std::string& name) const override { return found(name).knobs; }
  [[nodiscard]] bool priced(std::string_view learner) const override {
    const offered_service_learner* const one = find_learner(learner);
    return one != nullptr && one->has_price();
  }
  [[nodiscard]] std::unique_ptr<episode_player> player(const std::vector<std::uint64_t>& tuning,
                                                       const std::vector<std::uint64_t>& reported) const override {
    using episodes = replayed_episodes<service, figures>;
    const auto of = [&](bool tuned, const std::vector<std::uint64_t>& seeds) {
      return episodes(
          [w = world_, tuned](const std::vector<std::uint64_t>& all) {
            return tuned ? w->training(all.front()) : w->test(all.front());
          },
          false, figures{reward()}, seeds);
    };
    return std::make_unique<player_on<service, figures>>(
        of(true, tuning), of(false, reported), [this](const std::string& name) { return autoscaler_named(name); },
        [this](const std::string& name, std::uint64_t seed, std::uint64_t n) { return learner_named(name, seed, n); });
  }
  [[nodiscard]] std::optional<clairvoyant_bound> bound(const std::vector<std::uint64_t>&,
                                                       std::vector<std::string>&) const override {
    return std::nullopt;
  }
  [[nodiscard]] std::unique_ptr<gym_world> by_numbers(std::uint64_t first_seed, bool evaluated) const override {
    return service_by_numbers(world_, first_seed, evaluated);
  }
  void write_plan(checkpoint& to) const override {
    to.set("environment", "service");
    for (const auto& [key, text] : all_keys(world_->plan)) to.set(in_model + key, text);
    world_->asked.write(to);
    to.set("learned.mean_per_s", world_->learned.mean_per_s);
    to.set("learned.peak_per_s", world_->learned.peak_per_s);
  }
  [[nodiscard]] std::optional<known_rate_line> known_rate(const std::vector<std::uint64_t>& seeds,
                                                          std::vector<std::string>& notes) const override {
    if (no_line_ || terminal::interrupted) return std::nullopt;
    const service_planner planner(*world_);
    if (const std::string why = planner.refusal(); !why.empty()) {
      notes.push_back("No line of a known rate: " + why + ".");
      return std::nullopt;
    }
    const std::vector<std::uint64_t> first(
        seeds.begin(), seeds.begin() + static_cast<std::ptrdiff_t>(std::min(seeds.size(), most_known)));
    auto line = shards::known_rate_unit([&]() -> std::optional<known_rate_line> {
      terminal::progress_bar bar("known rate", first.size());
      known_rate_line whole = service_known_rate(planner, first, [&](std::uint64_t done) {
        bar.show(done);
        return terminal::interrupted.load();
      });
      if (whole.stopped) return std::nullopt;
      return whole;
    });
    if (line && first.size() < seeds.size())
      notes.push_back("The line of a known rate is over the first " + to_text(first.size()) + " of these episodes.");
    return line;
  }

 private:
  static constexpr std::size_t most_known = 50;  // episodes: a plan of one takes a second

  [[nodiscard]] usual_reward reward() const {
    return {20 * world_->about.service_s / world_->about.slots / world_->options.interval_s};
  }
  [[nodiscard]] episode_recorder<service> recorder() const {
    episode_recorder<service> how;
    how.make = [w = world_](std::uint64_t seed) { return w->test(seed); };
    how.columns = {"time_s",    "load",        "replicas", "backlog",         "ready",
                   "latency_s", "utilisation", "late",     "reward.replicas", "reward.late"};
    how.row = [late = reward().late](const service_observation& o, int, const service_observation& next) {
      return std::vector<double>{o.time_s,
                                 o.load,
                                 static_cast<double>(o.replicas),
                                 o.backlog,
                                 static_cast<double>(o.ready),
                                 next.latency_s,
                                 next.utilisation,
                                 next.late,
                                 -static_cast<double>(next.replicas),
                                 -late * next.late};
    };
    return how;
  }
  [[nodiscard]] static const offered_service_learner* find_learner(std::string_view name) {
    for (const offered_service_learner& one : service_learners()) {
      if (one.name == kind_of(name)) return &one;
    }
    return nullptr;
  }
  [[nodiscard]] const service_autoscaler& found(const std::string& name) const {
    const service_autoscaler* const one = find_autoscaler(autoscalers_, name);
    if (one == nullptr) refuse_name(name);
    return *one;
  }
  [[nodiscard]] service_policy autoscaler_named(const std::string& name) const {
    const service_autoscaler& one = found(name);
    if (one.needs_settings() && name == kind_of(name)) refuse_name(name);
    return make_autoscaler(one, name, world_->about);
  }
  [[nodiscard]] std::unique_ptr<service_learner> learner_named(const std::string& name, std::uint64_t train_seed,
                                                               std::uint64_t episodes) const {
    return make_service_learner(*find_learner(name), *world_, name, train_seed, episodes);
  }

  void describe() {
    const service_world& w = *world_;
    description.environment = "service";
    description.workload = w.load.name;
    description.sentence = w.load.sentence + "; " + durations_sentence(w.options) + "; in time is within " +
                           to_text(w.plan.wanted.bound_s) + " s";
    std::string moves;
    for (const int m : w.moves) moves.append(moves.empty() ? "±" : ", ±").append(to_text(m));
    description.actions = w.moves.empty() ? "to any number of" : moves;
    description.how = service_style();
    const double needed = w.load.mean_per_s * w.about.service_s / w.about.slots;
    for (const double times : {w.load.peak_per_s / std::max(1e-9, w.load.mean_per_s), 1.2}) {
      const int n =
          static_cast<int>(std::clamp<double>(std::ceil(needed * times * 1.1), w.about.minimum, w.about.maximum));
      const std::string name = "constant:" + to_text(n);
      if (std::find(description.defaults.begin(), description.defaults.end(), name) == description.defaults.end())
        description.defaults.push_back(name);
    }
    for (const char* name : {"hpa", "hpa-concurrency", "kpa", "keda", "aws-target-tracking", "openfaas-pro", "staffing",
                             "predictive-hpa", "autopilot", "cem"})
      description.defaults.emplace_back(name);
    if (w.load.peak_per_s * w.about.service_s / w.about.slots > w.about.maximum) {
      description.notes.push_back("Beware: at its peak the load needs more than the most replicas, " +
                                  to_text(w.about.maximum) + ".");
    }
  }
  void offer() {
    const auto evaluate =
        evaluate_with<service>([w = world_](std::uint64_t seed) { return w->test(seed); }, figures{reward()});
    policy_list<service> list(policies, [evaluate, how = recorder()](service_policy one) {
      return evaluated_and_recorded<service>(std::move(one), evaluate, how);
    });
    for (const service_autoscaler& one : autoscalers_) {
      list.add(one.name, one.line, [this](const std::string& name) { return autoscaler_named(name); }).knobs =
          knob_names(one);
    }
    for (const offered_service_learner& one : service_learners()) {
      const double requests = std::max(1.0, world_->load.mean_per_s * world_->load.length_s);
      const auto usual = static_cast<std::uint64_t>(std::clamp(one.requests / requests, 300.0, 20'000.0));
      list.add(std::string(one.name), std::string(one.line), usual,
               [this](const std::string& name, std::uint64_t train_seed, std::uint64_t episodes) {
                 return learner_named(name, train_seed, episodes);
               })
          .knobs = one.has_price() ? "price" : "level";
    }
  }

  std::shared_ptr<const service_world> world_;
  bool no_line_;  // of a known rate
  std::vector<service_autoscaler> autoscalers_;
};

class service_command_options final : public system_options {
 public:
  void declare(command& to) override {
    flags_.declare(to);
    load_.declare(to);
    to.add("--actions", actions_, "Of service: any number of replicas where nothing is said");
    command_ = &to;
  }
  void declare_table(command& to) override {
    to.add_flag("--no-bound", no_line_, "Of service: leave out what a policy reaches that is told the rate");
  }
  [[nodiscard]] std::unique_ptr<system> make() const override {
    return std::make_unique<service_system>(world(flags_.plan(), load()), no_line_);
  }
  [[nodiscard]] std::unique_ptr<system> make_for(const checkpoint& model) const override {
    service_load_options asked = load();
    if (command_->given("--trace")) {
      asked.recorded = recorded_for(model, *command_, asked.recorded);
    } else if (!has_recorded(model)) {
      asked = asked.over(model, *command_);
    } else if (!service_load_options::pattern_given(*command_)) {
      refuse_unnamed_trace(model);
    }
    service_world w = world(flags_.plan(plan_in(model, flags_)), asked);
    w.learned = {model.setting<double>("learned.mean_per_s"), model.setting<double>("learned.peak_per_s")};
    return std::make_unique<service_system>(std::move(w), no_line_);
  }

 private:
  [[nodiscard]] service_load_options load() const {
    service_load_options all = load_;
    if (!command_->given("--trace-window")) all.recorded.trace_window_s = 3'600;
    return all;
  }
  [[nodiscard]] service_world world(service_plan plan, const service_load_options& asked) const {
    if (command_->given("--actions"))
      set_key(plan, "moves", actions_ == "any" ? actions_ : moves_list(moves_in(actions_)), {});
    return world_of(std::move(plan), asked);
  }

  service_flags flags_{};
  service_load_options load_{};
  std::string actions_ = "any";
  bool no_line_ = false;
  const command* command_ = nullptr;
};

}  // namespace

std::unique_ptr<system_options> service_system_options() { return std::make_unique<service_command_options>(); }

}  // namespace tool
