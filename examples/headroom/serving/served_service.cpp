#include "serving/served_service.hpp"

#include <algorithm>  // std::find_if, std::max, std::min
#include <cmath>      // std::ceil, std::isnan
#include <memory>     // std::make_shared

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

#include "support/command_line.hpp"
#include "systems/policy_names.hpp"
#include "systems/service/learners.hpp"

namespace tool {

using namespace headroom;

namespace {

[[noreturn]] void refuse_name(const std::string& name, const std::vector<autoscaler>& all) {
  std::string text = "--policy: there is no autoscaler '" + name + "'; there are";
  for (const autoscaler& a : all) {
    if (a.kind() != "scheduled") text.append(text.ends_with("are") ? " " : ", ").append(a.name);
  }
  throw std::invalid_argument(text + ". A learner is trained first, and is served with --model");
}

// A learner sees the observation of the environment that it was trained on.
struct sees_service {
  service_policy one;
  int start(const scaled_observation& o) { return one.start(o); }
  int step(const scaled_observation& o) { return one.step(o); }
  void stop(const scaled_observation& o, episode end) { one.stop(o, end); }
  void executed(int delta) { one.executed(delta); }
  template <class Sink>
  void explain(Sink&& sink) const {
    headroom::explain(one, sink);
  }
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(one, sink);
  }
};

// What the user says of the service must be what the model was trained on.
void require_same(const service_plan& said, const service_plan& model, const std::filesystem::path& file) {
  const auto trained = all_keys(model);
  const auto asked = all_keys(said);
  for (std::size_t k = 0; k < asked.size(); ++k) {
    if (asked[k].second == trained.at(k).second) continue;
    throw checkpoint_error(file, "was trained with " + trained[k].first + " = " + trained[k].second + ", not " +
                                     asked[k].second + ": a model serves the service that it was trained on");
  }
}

}  // namespace

scaled_observation show_told::operator()(const told_observation& o) const {
  scaled_observation s{o};
  if (s.ready < 0) s.ready = s.replicas;
  s.starting = std::max(0, s.replicas - s.ready);
  if (std::isnan(s.latency_s)) s.latency_s = o.pressure * objective_s;
  s.requests = s.in_flight + s.backlog;
  s.busy_share = s.utilisation;
  return s;
}

void served_policy_options::declare(command& to) {
  const option name =
      to.add("--policy", policy, "The autoscaler that decides, as in hpa or hpa:0.6; headroom policies lists them");
  to.add("--model", model, "Or what train --environment service wrote; it knows the service that it was trained on")
      .excludes(name);
  service.declare(to);
}

served_policy::served_policy(const served_policy_options& o) {
  require(o.policy.empty() != o.model.empty(), "--policy", "the policy", "missing", "be named, or a --model");
  if (o.model.empty())
    take_autoscaler(o);
  else
    take_model(o);
  const std::vector<int> known = tried(nullptr);
  reads_ = {tried(&told_observation::load) != known, tried(&told_observation::in_flight) != known,
            tried(&told_observation::backlog) != known, tried(&told_observation::utilisation) != known,
            tried(&told_observation::latency_s) != known};
  // A table that hardly learned moves nowhere, so trying it finds nothing. What a learner sees of a service stands in
  // systems/service/: all see the load and the backlog, and one that is not known here may see the utilisation.
  if (o.model.empty()) return;
  reads_.load = reads_.backlog = true;
  const std::string_view kind = kind_of(name_);
  reads_.in_flight = reads_.in_flight || kind == "belief";
  reads_.utilisation = reads_.utilisation || (kind != "cem" && kind != "sarsa" && kind != "belief");
}

void served_policy::take_autoscaler(const served_policy_options& o) {
  name_ = o.policy;
  const service_plan plan = o.service.plan();
  about_ = about_service(plan);
  plan_ = plan;
  objective_s_ = plan.wanted.bound_s;
  const std::vector<autoscaler> all = autoscalers_for(about_);
  const autoscaler* const found = find_autoscaler(all, name_);
  // A schedule needs a load whose times are known.
  if (found == nullptr || found->kind() == "scheduled") refuse_name(name_, all);
  if (found->needs_settings() && name_ == kind_of(name_)) refuse_name(name_, all);
  make_ = [one = *found, name = name_, about = about_] { return make_autoscaler(one, name, about); };
}

void served_policy::take_model(const served_policy_options& o) {
  const auto model = std::make_shared<const checkpoint>(load(o.model));
  if (!model->has("environment") || model->text("environment") != "service") {
    throw checkpoint_error(o.model, "was not trained on a service of your own (train --environment service)");
  }
  name_ = model->text("policy");
  const service_plan trained = plan_in(*model, o.service);
  require_same(o.service.plan(trained), trained, o.model);
  // The load of its training is not played again, only what the learner was made for.
  service_load_options steady;
  steady.pattern = "steady";
  steady.mean_per_s = model->setting<double>("learned.mean_per_s");
  plan_ = trained;
  const auto world = std::make_shared<service_world>(world_of(trained, steady));
  world->learned = {steady.mean_per_s, model->setting<double>("learned.peak_per_s")};
  about_ = world->about;
  objective_s_ = trained.wanted.bound_s;
  const std::vector<offered_service_learner>& all = service_learners();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == kind_of(name_); });
  if (found == all.end())
    throw checkpoint_error(o.model, "policy is " + in_quotes(name_) + ", must be one that learns");
  const std::shared_ptr<const service_learner> learner =
      make_service_learner(*found, *world, name_, model->setting<std::uint64_t>("train_seed"),
                           model->setting<std::uint64_t>("train_episodes"));
  make_ = [learner, world, model] { return scaled_policy(sees_service{learner->policy_in(*model)}); };
}

told_policy served_policy::make() const { return {make_(), show_told{objective_s_}}; }

// The policy decides for two hours of a load that rises and falls over its whole range; one number is never known.
std::vector<int> served_policy::tried(double told_observation::*unknown) const {
  told_policy one = make();
  std::vector<int> all;
  const double least = std::max(1, about_.minimum);
  const double most = about_.maximum;
  int replicas = static_cast<int>(std::ceil(least));
  const auto intervals = static_cast<int>(std::max(64.0, std::min(2000.0, 7200 / about_.interval_s)));
  for (int k = 0; k < intervals; ++k) {
    told_observation o;
    const bool high = k / (intervals / 4) % 2 == 1;
    const double each = about_.serves_per_s;
    o.time_s = k * about_.interval_s;
    o.load = high ? 0.9 * most * each : 0.5 * least * each;
    o.replicas = o.ready = replicas;
    const double serves = std::max(1, replicas) * each;
    o.utilisation = std::min(1.0, o.load / serves);
    o.backlog = std::max(0.0, o.load - serves) * about_.interval_s;
    o.in_flight = o.utilisation * std::max(1, replicas) * about_.slots;
    o.latency_s = about_.service_s * (1 + o.backlog / serves);
    if (unknown != nullptr) o.*unknown = std::numeric_limits<double>::quiet_NaN();
    replicas = std::max(0, replicas + (k == 0 ? one.start(o) : one.step(o)));
    all.push_back(replicas);
  }
  return all;
}

served_fields<told_observation> served_policy::fields(bool with_time) const {
  using o = told_observation;
  return {{"time_s", &o::time_s, with_time},
          {"load", &o::load, reads_.load},
          {"replicas", &o::replicas},
          {"ready", &o::ready, false},
          {"in_flight", &o::in_flight, reads_.in_flight},
          {"backlog", &o::backlog, reads_.backlog},
          {"utilisation", &o::utilisation, reads_.utilisation},
          {"latency_s", &o::latency_s, reads_.latency},
          {"p50_s", &o::p50_s, false},
          {"p95_s", &o::p95_s, false},
          {"p99_s", &o::p99_s, false},
          {"finished", &o::finished, false},
          {"timeouts", &o::timeouts, false},
          {"errors", &o::errors, false},
          {"late", &o::late, false}};
}

served_fields<told_observation> served_policy::scheduler_fields() const {
  using o = told_observation;
  return {{"n_instances", &o::replicas},
          {"pressure", &o::pressure},
          {"queue_length_dominant", &o::queue_length_dominant},
          {"utilization", &o::utilisation},
          {"workload", &o::load}};
}
bool served_policy::scheduler_tells_enough() const { return !reads_.in_flight && !reads_.backlog; }

bool served_policy::reads(std::string_view name) const {
  return (name == "load" && reads_.load) || (name == "in_flight" && reads_.in_flight) ||
         (name == "backlog" && reads_.backlog) || (name == "utilisation" && reads_.utilisation) ||
         (name == "latency_s" && reads_.latency);
}

std::string served_policy::sentence() const {
  std::string names;
  const auto add = [&names](bool read, const char* name) {
    if (read) names.append(names.empty() ? "" : ", ").append(name);
  };
  add(reads_.load, "load");
  add(reads_.in_flight, "in_flight");
  add(reads_.backlog, "backlog");
  add(reads_.utilisation, "utilisation");
  add(reads_.latency, "latency_s");
  return name_ + " reads " + (names.empty() ? std::string("nothing but replicas") : names + " and replicas") +
         "; it keeps " + to_text(about_.minimum) + " to " + to_text(about_.maximum) + " replicas";
}

}  // namespace tool
