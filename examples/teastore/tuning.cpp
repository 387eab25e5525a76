#include "teastore/tuning.hpp"

#include <unistd.h>  // getpid

#include <algorithm>  // std::min
#include <cmath>      // std::isfinite
#include <fstream>    // std::ofstream
#include <stdexcept>  // std::invalid_argument, std::runtime_error
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/utc_now.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace live_teastore {

using namespace headroom;
using node = headroom::internal::config_node;

namespace {

// The queries of a cluster for what a published reward needs, by deployment and window. Packets and CPU by irate, as
// published: rate over a window of few scrapes says too little where one of them is late.
std::map<std::string, std::string> cluster_queries(const std::string& deployment, const std::string& window) {
  const std::string pods = "{pod=~\"" + deployment + "-.*\"}";
  return {{"out_tps", "avg(irate(container_network_transmit_packets_total" + pods + "[" + window + "]))"},
          {"cpu_used", "avg(irate(container_cpu_usage_seconds_total" + pods + "[" + window + "]))"},
          {"memory_used", "avg(container_memory_working_set_bytes" + pods + ") / 2^30"},
          {"requests", "sum(rate(teastore_requests_total{end=\"answered\"}[" + window + "]))"},
          {"expected", "sum(rate(teastore_requests_total[" + window + "]))"},
          {"response_ms", "1000 * sum(rate(teastore_request_seconds_total[" + window +
                              "])) / sum(rate(teastore_requests_total{end=\"answered\"}[" + window + "]))"}};
}

tuning_options checked(tuning_options o) {
  for (const auto& [name, query] : o.queries) {
    bool known = false;
    for (const measured_name& one : measured_names()) known = known || one.name == name;
    require(known && !query.empty(), "tuning", "query", name,
            "be of out_tps, cpu_used, memory_used, cost, requests, expected, users, rate or response_ms, and say "
            "something");
  }
  for (auto& [name, query] : cluster_queries(o.names.deployment, o.window)) o.queries.emplace(name, query);
  if (o.age.empty()) {
    o.age = "time() - max(timestamp(container_memory_working_set_bytes{pod=~\"" + o.names.deployment + "-.*\"}))";
  }
  require(!o.names.deployment.empty(), "tuning", "deployment", "missing", "be named");
  require(!o.names.container.empty(), "tuning", "container", "missing", "be named");
  require(!o.names.heap_variable.empty(), "tuning", "heap_variable", "missing", "be named");
  require(o.episode_steps >= 1, "tuning", "episode_steps", o.episode_steps, "be at least 1");
  require(o.tries >= 1, "tuning", "tries", o.tries, "be at least 1");
  require_not_negative("tuning", "settle_s", o.settle_s);
  require_not_negative("tuning", "hold_s", o.hold_s);
  require_positive("tuning", "rollout_deadline_s", o.rollout_deadline_s);
  require_positive("tuning", "retry_s", o.retry_s);
  require_positive("tuning", "stale_s", o.stale_s);
  return o;
}

}  // namespace

tuning::tuning(tuning_options o)
    : o_(checked(std::move(o))),
      reward_(reward_of(o_.reward)),
      agent_("teastore", {.url = o_.agent_url, .timeout_s = o_.timeout_s}),
      metrics_({.url = o_.prometheus_url, .timeout_s = o_.timeout_s}) {
  for (const std::string& need : reward_.needs) {
    const bool computed = need == "cost";
    require(computed || o_.queries.count(need) > 0, "tuning", "reward", o_.reward,
            "have a query for " + need + ", which it reads");
  }
}

void tuning::wait(phase next, double seconds) {
  phase_ = next;
  not_before_ = clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
}

bool tuning::go_on(kubernetes_objects& cluster) {
  if (clock::now() < not_before_) return false;
  switch (phase_) {
    case phase::decide:
      return decide(cluster);
    case phase::roll:
      return roll(cluster);
    case phase::settle:
      tries_ = 0;
      phase_ = phase::measure;
      return measure();
    case phase::measure:
      return measure();
    case phase::silent: {
      measured_shop m;
      std::string why;
      wait(phase::silent, o_.retry_s);
      if (read_all(m, why)) wait(phase::decide, 0);
      return false;
    }
  }
  return false;
}

std::optional<node> tuning::ask(const char* verb, const std::string& more, std::string& why) {
  headroom::internal::json_writer w;
  std::string body = w.open('{').name("episode_id").text(episode_).json() + more + '}';
  const auto a = agent_.post(std::string("/v1/episodes/") + verb, std::move(body), "application/json");
  auto answer = node::of_json(a.body);
  if (a.status == 200 && answer) return answer;
  why = a.status == 0 ? a.problem
                      : agent_.address().root() + ": " + to_text(a.status) + ", " +
                            (answer ? answer->text_of("error") : std::string("and not what an agent answers"));
  return std::nullopt;
}

void tuning::end_episode() {
  std::string ignored;
  if (open_) static_cast<void>(ask("end", "", ignored));
  open_ = false;
  in_episode_ = 0;
}

bool tuning::decide(kubernetes_objects& cluster) {
  doing_ = "reads the Deployment";
  const kubernetes_result r = cluster.get(deployments(), o_.names.name_space, o_.names.deployment);
  step_ = {};
  step_.number = in_episode_ + 1;
  if (!r.good()) return finish("unknown", r.said);
  seen_deployment seen;
  try {
    seen = look(r.object, o_.names);
  } catch (const std::runtime_error& e) {
    return finish("unknown", e.what());
  }
  std::string why;
  const auto now = configuration_of(seen.values, o_.names, why);
  if (!now) return finish("unknown", why);
  step_.from = step_.to = *now;
  if (!written_) written_ = seen.note;  // of a process before this one
  if (written_ && !(*written_ == seen.values)) {
    return contested(seen.values, "somebody else changed the Deployment to " + now->text());
  }
  before_ = seen.values;
  if (!open_) {
    episode_ = o_.names.deployment + '-' + to_text(static_cast<int>(::getpid())) + '-' + to_text(++episodes_);
    if (!ask("start", "", why)) return finish("no-agent", why);
    open_ = true;
    in_episode_ = 0;
  }
  step_.number = in_episode_ + 1;
  std::string observation = now->json();
  if (known_) {  // the published observation has the use, too
    observation.pop_back();
    observation += ",\"used_cpu\":" + to_text(known_->cpu_used) + ",\"used_ram\":" + to_text(known_->memory_used) + "}";
  }
  const auto answer = ask("get_action", ",\"observation\":" + observation, why);
  if (!answer) {
    open_ = false;  // an agent that was started anew knows no episode
    return finish("no-agent", why);
  }
  const auto action = from_text<std::size_t>(answer->text_of("action"));
  const auto to = action ? moved(*now, *action) : std::nullopt;
  if (!to) {
    return finish("refused", "the move " + answer->text_of("action") + " from " + now->text() +
                                 " leads off the grid, so nothing is written");
  }
  step_.action = action;
  began_ = clock::now();
  if (*to == *now) {
    doing_ = "holds";
    wait(phase::settle, o_.hold_s);
    return false;
  }
  const knob_values wanted = values_of(*to, seen.values);
  const kubernetes_result changed = cluster.strategic_patch(deployments(), o_.names.name_space, o_.names.deployment,
                                                            patch_of(wanted, o_.names, seen.version));
  if (changed.conflict()) {
    // Its own controller writes the status all the time; the next try reads the Deployment anew.
    static_cast<void>(ask("log_action", ",\"observation\":" + now->json() + ",\"action\":0", why));
    wait(phase::decide, 0.05);
    return false;
  }
  if (!changed.good()) return finish("unknown", changed.said);
  ++patches_;
  step_.to = *to;
  written_ = wanted;
  doing_ = "rolls out " + to->text();
  phase_ = phase::roll;
  return false;
}

bool tuning::roll(kubernetes_objects& cluster) {
  const kubernetes_result r = cluster.get(deployments(), o_.names.name_space, o_.names.deployment);
  const double waited_s = std::chrono::duration<double>(clock::now() - began_).count();
  int ready = 0;
  if (r.good()) {
    try {
      const seen_deployment seen = look(r.object, o_.names);
      if (!(seen.values == *written_)) {
        return contested(seen.values, "somebody else changed the Deployment while it was rolled out");
      }
      ready = seen.ready;
      if (seen.rolled_out) {
        step_.rollout_s = waited_s;
        doing_ = "lets " + step_.to.text() + " settle";
        wait(phase::settle, o_.settle_s);
        return false;
      }
    } catch (const std::runtime_error& e) {
      return finish("unknown", e.what());
    }
  }
  if (waited_s < o_.rollout_deadline_s) {
    wait(phase::roll, std::min(0.1, o_.rollout_deadline_s / 10));
    return false;
  }
  const std::string why = r.good() ? to_text(ready) + " of " + to_text(step_.to.replicas) + " ready after " +
                                         to_text(o_.rollout_deadline_s) + " s; back to " + step_.from.text()
                                   : r.said;
  const kubernetes_result back = cluster.strategic_patch(deployments(), o_.names.name_space, o_.names.deployment,
                                                         patch_of(before_, o_.names, r.version()));
  if (back.good()) {
    ++patches_;
    written_ = before_;
  }
  end_episode();  // what the move leads to is not known, so nobody may learn it
  return finish("rollout", why);
}

bool tuning::read_all(measured_shop& m, std::string& why) {
  const reading age = metrics_.read(o_.age);
  if (!age.known() || age.value > o_.stale_s) {
    why = age.known() ? "the newest sample is " + to_text(age.value) + " s old" : metrics_.said();
    return false;
  }
  m.replica = step_.to.replicas;
  m.heap = step_.to.heap / 100.0;
  m.cpu = step_.to.cpu / 100.0;
  for (const measured_name& one : measured_names()) {
    bool needed = one.name == "cpu_used" || one.name == "memory_used";
    for (const std::string& need : reward_.needs) needed = needed || need == one.name;
    const auto query = o_.queries.find(std::string(one.name));
    if (!needed || query == o_.queries.end()) continue;
    const reading value = metrics_.read(query->second);
    if (!value.known()) {
      why = std::string(one.name) + ": " + metrics_.said();
      return false;
    }
    m.*one.place = value.value;
  }
  if (o_.queries.count("cost") == 0) m.cost = published_cost(m);
  return true;
}

bool tuning::measure() {
  doing_ = "measures";
  measured_shop m;
  std::string why;
  if (!read_all(m, why)) {
    if (++tries_ < o_.tries) {
      wait(phase::measure, o_.retry_s);
      return false;
    }
    end_episode();
    const bool ended = finish("silent", to_text(tries_) + " tries: " + why);
    wait(phase::silent, o_.retry_s);
    return ended;
  }
  step_.measured = m;
  step_.reward = reward_.value(known_ ? *known_ : m, m);
  known_ = m;
  total_ += *step_.reward;
  std::string ignored;
  static_cast<void>(ask("log_returns", ",\"reward\":" + to_text(*step_.reward), ignored));
  return finish("done", "");
}

// Somebody else turned a knob. It is his; the next move begins there, and nobody learns from this step.
bool tuning::contested(const knob_values& theirs, const std::string& why) {
  step_.ours = *written_;
  step_.theirs = theirs;
  written_ = theirs;
  end_episode();
  return finish("contested", why);
}

bool tuning::finish(const std::string& outcome, const std::string& why) {
  step_.episode = episode_;
  step_.outcome = outcome;
  step_.why = why;
  ++steps_;
  write_down();
  if (outcome == "done") {
    if (++in_episode_ >= o_.episode_steps) end_episode();
    wait(phase::decide, 0);
  } else {
    doing_ = outcome + ": " + why;
    wait(phase::decide, o_.retry_s);
  }
  return true;
}

void tuning::write_down() {
  if (o_.log.empty()) return;
  headroom::internal::json_writer w;
  w.open('{').name("time").text(headroom::internal::utc_now()).name("deployment").text(o_.names.deployment);
  w.name("episode").text(step_.episode).name("step").whole(step_.number);
  const auto place = [&w](const char* name, const configuration& c) {
    w.name(name).open('{').name("replicas").integer(c.replicas).name("heap").integer(c.heap);
    w.name("cpu").integer(c.cpu).close('}');
  };
  if (step_.from.replicas > 0) place("from", step_.from);
  if (step_.action) w.name("action").whole(*step_.action);
  if (step_.from.replicas > 0) place("to", step_.to);
  w.name("outcome").text(step_.outcome);
  if (!step_.why.empty()) w.name("why").text(step_.why);
  w.name("rollout_s").number(step_.rollout_s).name("measured").open('{');
  for (const measured_name& one : measured_names()) {
    const double value = step_.measured.*one.place;
    if (std::isfinite(value)) w.name(one.name).number(value);
  }
  w.close('}').name("reward_name").text(o_.reward).name("reward");
  step_.reward ? w.number(*step_.reward) : w.null();
  std::ofstream out(o_.log, std::ios::app);
  out << w.close('}').json() << '\n' << std::flush;
  if (!out) doing_ = "cannot write " + o_.log.string();
}

}  // namespace live_teastore
