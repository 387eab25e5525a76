#include "manager.hpp"

#include <algorithm>  // std::clamp, std::find, std::find_if, std::max, std::min, std::stable_sort
#include <atomic>     // std::atomic
#include <cmath>      // std::floor
#include <iterator>   // std::next
#include <optional>   // std::optional
#include <thread>     // std::thread
#include <utility>    // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/utc_now.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/systems/quota/published_reward.hpp>
#include <headroom/systems/quota/strategies.hpp>

namespace quota_live {

using namespace headroom;
using headroom::internal::json_text;
using headroom::internal::json_writer;

namespace {

const kubernetes_kind agent_kind{"resourcemanagement-v.io/v1", "agents"};
const kubernetes_kind deployment_kind{"apps/v1", "deployments"};
const kubernetes_kind pod_kind{"v1", "pods"};
const kubernetes_kind node_kind{"v1", "nodes"};
const kubernetes_kind event_kind{"v1", "events"};

quota::strategy strategy_of(const std::string& name) {
  if (name == "priority") return quota::priority_wins{};
  if (name == "tightest") return quota::tightest_wins{};
  if (name == "weighted") return quota::weighted_share{};
  require(name == "youngest", "--strategy", "the strategy", name, "be youngest, priority, tightest or weighted");
  return quota::youngest_yields{};
}

quota::arbiter_options arbiter_options_of(const manager_options& o) {
  quota::arbiter_options a = o.published ? quota::arbiter_options::published() : quota::arbiter_options{};
  a.latency_threshold = o.latency_threshold;
  a.log_capacity = 4096;
  return a;
}

// What the published reward reads.
struct consequence {
  double oom_kills = 0;
  double latency_ratio = 1;
};

// What a placing reserves of one resource in all pods.
double reserved(const placing& p, const char* resource) {
  double sum = 0;
  for (const auto& [container, resources] : p.resources) {
    sum += quantity(resources, "limits", resource).value_or(0);
  }
  return sum * p.replicas;
}

// The part that was given back, mean of CPU and memory; what had no limit gives nothing back.
double saving(const placing& before, const placing& after) {
  double sum = 0;
  for (const char* const resource : {"cpu", "memory"}) {
    const double had = reserved(before, resource);
    if (had > 0) sum += 0.5 * std::clamp((had - reserved(after, resource)) / had, -1.0, 1.0);
  }
  return sum;
}

std::string first_word(const std::string& sentence) { return sentence.substr(0, sentence.find(' ')); }

// "cpu 800m and memory 200Mi", of the first container; empty if it has none.
std::string limits_in_words(const placing& p) {
  if (p.resources.empty()) return {};
  const auto node = config_node::of_json(p.resources.begin()->second);
  const config_node* const limits = node ? node->find("limits") : nullptr;
  std::string text;
  for (const char* const resource : {"cpu", "memory"}) {
    if (limits == nullptr || !limits->has(resource)) continue;
    text += (text.empty() ? "" : " and ") + std::string(resource) + ' ' + limits->text_of(resource);
  }
  return text;
}

}  // namespace

manager::manager(const manager_options& o, advice& advisor)
    : options_(o),
      advisor_(advisor),
      cluster_(o.access, o.timeout_s, "quota-manager"),
      usage_(o.usage),
      arbiter_(strategy_of(o.strategy), arbiter_options_of(o)) {
  require(o.writers >= 1 && o.writers <= 32, "--writers", "the number", o.writers, "be from 1 to 32");
  require_not_negative("--settle", "the time", o.settle_s);
  for (std::size_t k = 0; k < o.writers; ++k) {
    writers_.push_back(std::make_unique<client>(o.access, o.timeout_s, "quota-manager"));
  }
  if (!o.lease.empty()) {
    lease_ = std::make_unique<kubernetes_lease>(
        kubernetes_lease_options{.name_space = o.lease_space, .name = o.lease, .identity = o.identity});
  }
}

template <class One>
void manager::on_writers(std::size_t n, One&& one) {
  std::atomic<std::size_t> next{0};
  const auto work_on = [&](client& c) {
    for (std::size_t k = next++; k < n; k = next++) one(c, k);
  };
  std::vector<std::thread> threads;
  for (std::size_t t = 1; t < std::min(n, writers_.size()); ++t) {
    threads.emplace_back([&, t] { work_on(*writers_[t]); });
  }
  work_on(*writers_[0]);
  for (std::thread& t : threads) t.join();
}

pass_report manager::pass() {
  pass_report r;
  const auto begin = std::chrono::steady_clock::now();
  now_s_ = system_clock::wall_s();
  events_.clear();
  if (lease_ != nullptr && !lease_->hold(cluster_)) {
    r.held = lease_->said().empty() ? "the lease is not ours" : lease_->said();
  } else if (look(r)) {
    declare_agents();
    const std::vector<quota::target> there = targets();
    work(arbiter_.step(there), r);
    judge(r);
    write_agents(r);
  }
  r.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  tell();
  keep_state(r);
  return r;
}

bool manager::look(pass_report& r) {
  kubernetes_result lists[4];
  const kubernetes_kind* const kinds[] = {&agent_kind, &deployment_kind, &pod_kind, &node_kind};
  std::atomic<bool> good{true};
  on_writers(4, [&](client& c, std::size_t k) {
    lists[k] = c.list(*kinds[k], "");
    if (!lists[k].good()) good = false;
  });
  for (std::size_t k = 0; k < 4 && r.held.empty(); ++k) {
    if (lists[k].good()) continue;
    r.held = lists[k].said;
    if (k == 0 && lists[k].absent()) r.held += "; the kind is missing: kubectl apply -f manifests/crd.yaml";
  }
  if (!good) return false;
  agents_.clear();
  for (const auto& item : lists[0].object.find("items")->parts) {
    agent_object a = agent_object::of(item.second);
    if (managed(a.space)) agents_.push_back(std::move(a));  // another manager may have the others
  }
  // In the order of their age, so that a restart declares them in the same order.
  std::stable_sort(agents_.begin(), agents_.end(), [](const agent_object& a, const agent_object& b) {
    return a.agent.created_s != b.agent.created_s ? a.agent.created_s < b.agent.created_s : a.agent.name < b.agent.name;
  });
  for (auto& a : agents_) {
    const agent_object* const same = find_agent(a.agent.name);
    if (same != &a) {
      a.problem = "an agent of this name stands in the namespace " + same->space + ", and a name may stand once";
    } else if (a.problem.empty() && a.agent.scope != quota::scope::node && !managed(a.agent.space)) {
      a.problem = "the namespace " + a.agent.space + " is not managed";
    }
  }
  deployments_.clear();
  for (const auto& item : lists[1].object.find("items")->parts) {
    deployment_object d = deployment_object::of(item.second);
    if (!managed(d.space) || !item.second.text_at({"metadata", "deletionTimestamp"}).empty()) continue;
    const auto known = owned_.find(d.path());
    if (known != owned_.end() && known->second.uid != d.uid) {
      owned_[d.path()].uid.clear();  // made anew: what was set is gone
    } else if (known != owned_.end() && !d.recorded) {
      d.recorded = known->second.mark;  // somebody took our annotation off
    }
    deployments_.push_back(std::move(d));
  }
  nodes_ = node_room(lists[3].object, lists[2].object);
  used_.clear();
  usage_said_.clear();
  if (options_.usage_known) {
    used_ = usage_.read(now_s_);
    usage_said_ = usage_.said();
  }
  r.agents = agents_.size();
  r.deployments = deployments_.size();
  return true;
}

void manager::declare_agents() {
  const auto gone = [this](const std::string& name) {
    if (parked_.erase(name) == 0) arbiter_.withdraw(name);
    written_.erase(name);
  };
  for (auto at = declared_.begin(); at != declared_.end();) {
    const agent_object* const a = find_agent(at->first);
    // Another object of the same name is another agent, with another age.
    const bool same = a != nullptr && a->problem.empty() && at->second.ends_with(a->uid);
    if (same) {
      ++at;
      continue;
    }
    gone(at->first);
    at = declared_.erase(at);
  }
  for (const agent_object& a : agents_) {
    if (!a.problem.empty()) continue;
    const std::string& name = a.agent.name;
    const std::string text = a.declaration();
    const auto known = declared_.find(name);
    if (known == declared_.end()) {
      declared_[name] = text;
      if (a.status == "disabled") {  // before we were started; it stays so until it is declared anew
        parked_.insert(name);
        written_[name] = "disabled";
        continue;
      }
      arbiter_.declare(a.agent);
      continue;
    }
    const auto ours = written_.find(name);
    const bool asked = a.status == "pending" && ours != written_.end() && ours->second != "pending";
    if (known->second == text && !asked) continue;
    known->second = text;
    parked_.erase(name);
    written_.erase(name);
    arbiter_.declare(a.agent);
  }
}

std::vector<quota::target> manager::targets() {
  std::vector<quota::target> all;
  for (const deployment_object& d : deployments_) {
    const bool orphan = d.recorded && find_agent(d.recorded->agent) == nullptr;
    if (d.high && !orphan && !arbiter_.pinned(d.path())) continue;  // pinned by hand, or before we were started
    quota::target t{d.space, d.name, {}, false, false};
    for (const pod_object* p : nodes_.pods_of(d)) {
      if (!p->node.empty() && std::find(t.nodes.begin(), t.nodes.end(), p->node) == t.nodes.end()) {
        t.nodes.push_back(p->node);
      }
    }
    const usage u = used(d);
    t.measured = u.cpu > 0 && u.memory > 0;
    const auto ours = owned_.find(d.path());
    const bool lost = ours != owned_.end() && ours->second.uid.empty();
    t.overwritten = !options_.dry_run && undone_.count(d.path()) == 0 && (lost || d.overwritten());
    all.push_back(std::move(t));
  }
  return all;
}

// Before the first change the use is what Prometheus says now; afterwards what it said then, because a limit cuts it.
usage manager::used(const deployment_object& d) const {
  const auto found = used_.find(d.path());
  usage u = found == used_.end() ? usage{} : found->second;
  if (d.recorded && d.recorded->initial_cpu > 0) {
    u.cpu = d.recorded->initial_cpu;
    u.memory = d.recorded->initial_memory;
    u.latency = d.recorded->initial_latency;
  }
  return u;
}

quota::question manager::question_about(const deployment_object& d, const quota::factors& f) const {
  const usage u = used(d);
  quota::question q;
  q.replicas = d.now.replicas;
  q.initial_cpu = u.cpu;
  q.applied_cpu = u.cpu * f.cpu;
  q.initial_memory = u.memory;
  q.applied_memory = u.memory * f.memory;
  q.initial_latency = u.latency > 0 ? u.latency : 1;
  q.latest_latency = u.latency > 0 ? u.latest_latency : -1;  // without one before, nobody knows what the one now means
  return q;
}

quota::advisor::legal_actions manager::legal(const deployment_object& d, const placing& base, const quota::question& q,
                                             const quota::factors& f) const {
  if (options_.published) return quota::advisor::published_actions;
  const std::string node = nodes_.main_node(d);
  const bool known = nodes_.known();
  const bool fits = !known || nodes_.fits(d, applied_to(base, q, f, false));
  return {true, fits, known && !node.empty() && !nodes_.roomiest(d, node).empty(),
          !known || !nodes_.roomiest(d, "").empty(), base.replicas > 1};
}

void manager::work(const std::vector<quota::patch>& patches, pass_report& r) {
  // By Deployment: several patches of one are done in their order.
  std::vector<std::pair<deployment_object*, std::vector<quota::patch>>> jobs;
  std::map<std::string, std::size_t> job_of;
  for (deployment_object& d : deployments_) job_of.emplace(d.path(), job_of.size());
  jobs.resize(deployments_.size());
  for (std::size_t k = 0; k < deployments_.size(); ++k) jobs[k].first = &deployments_[k];
  for (const quota::patch& p : patches) {
    if (const auto at = job_of.find(p.target); at != job_of.end()) jobs[at->second].second.push_back(p);
  }
  for (auto& [d, todo] : jobs) {
    if (!todo.empty()) continue;
    const auto undone = undone_.find(d->path());
    if (undone != undone_.end()) {
      todo.push_back(undone->second);
    } else if (d->recorded && find_agent(d->recorded->agent) == nullptr) {
      todo.push_back({d->path(), d->recorded->agent, {}, true});  // its agent went while nobody looked
    }
  }
  std::erase_if(jobs, [](const auto& j) { return j.second.empty(); });
  for (auto at = undone_.begin(); at != undone_.end();) {
    at = job_of.count(at->first) == 0 ? undone_.erase(at) : std::next(at);
  }
  for (auto at = owned_.begin(); at != owned_.end();) {
    at = job_of.count(at->first) == 0 ? owned_.erase(at) : std::next(at);
  }
  std::vector<outcome> outcomes(jobs.size());
  on_writers(jobs.size(), [&](client& c, std::size_t k) {
    for (const quota::patch& p : jobs[k].second) {
      if (p.revert) {
        const bool there = find_agent(p.agent) != nullptr;
        revert(c, *jobs[k].first, false, p.agent + (there ? " is disabled" : " is gone"), outcomes[k]);
      } else {
        change(c, *jobs[k].first, p, outcomes[k]);
      }
    }
  });
  for (std::size_t k = 0; k < jobs.size(); ++k) {
    const std::string path = jobs[k].first->path();
    if (outcomes[k].failed > 0) {
      undone_[path] = jobs[k].second.back();
    } else {
      undone_.erase(path);
    }
    add(outcomes[k], r);
  }
}

void manager::add(const outcome& out, pass_report& r) {
  r.patches += out.patches;
  r.failed += out.failed;
  for (const std::string& s : out.sentences) {
    std::string path = first_word(s);
    if (path.ends_with(':')) path.pop_back();
    std::string& last = actions_[path];
    if (last == s) continue;  // what fails again and again is told once
    last = s;
    events_.push_back(s);
  }
}

void manager::change(client& cluster, deployment_object& d, const quota::patch& p, outcome& out) {
  const std::string path = d.path();
  if (!options_.published && d.recorded && d.recorded->agent == p.agent && d.recorded->factors == p.factors &&
      !d.high) {
    const record mark = *d.recorded;
    {
      const std::lock_guard<std::mutex> lock(owned_mutex_);
      if (owned_.count(path) == 0) owned_[path] = {d.uid, mark, true};
    }
    if (!d.overwritten()) return;  // we did so before we were started
    placing wanted = d.now;
    if (mark.set.replicas != mark.before.replicas) wanted.replicas = mark.set.replicas;
    if (mark.set.affinity != mark.before.affinity) wanted.affinity = mark.set.affinity;
    if (mark.set.node_selector != mark.before.node_selector) wanted.node_selector = mark.set.node_selector;
    for (auto& [container, resources] : wanted.resources) {
      const auto its = mark.set.resources.find(container);
      if (its != mark.set.resources.end()) resources = its->second;
    }
    if (send(cluster, d, wanted, &mark, false, out)) {
      out.sentences.push_back(path + " is set again for " + p.agent + ", because somebody else changed it");
    }
    return;
  }
  const usage u = used(d);
  if (u.cpu <= 0 || u.memory <= 0) return;  // there is nothing to multiply
  const placing base = options_.published ? d.now : reverted(d);
  const quota::question q = question_about(d, p.factors);
  const auto answer = advisor_.ask(path, q, legal(d, base, q, p.factors));
  if (!answer) {
    ++out.failed;
    out.sentences.push_back(path + " is left as it is, because " + advisor_.name() + " has no answer for " + p.agent);
    return;
  }
  const agent_object* const owner = find_agent(p.agent);
  std::string node = owner == nullptr ? "" : owner->agent.node;
  if (node.empty()) node = nodes_.main_node(d);
  placing wanted = base;
  std::string words;
  switch (*answer) {
    case quota::action::apply:
      wanted = applied_to(base, q, p.factors, options_.published);
      words = limits_in_words(wanted) + " for a pod";
      break;
    case quota::action::migrate:
      wanted = migrated_from(base, node, nodes_.roomiest(d, node));
      words = "away from " + (node.empty() ? "its node" : node);
      break;
    case quota::action::scale_up:
    case quota::action::scale_down:
      wanted.replicas = std::max(1, base.replicas + (*answer == quota::action::scale_up ? 1 : -1));
      words = to_text(wanted.replicas) + " replicas";
      break;
    case quota::action::hold:
      words = "nothing changes";
      break;
  }
  record mark;
  mark.agent = p.agent;
  mark.action = to_string(*answer);
  mark.factors = p.factors;
  mark.since_s = now_s_;
  mark.initial_cpu = u.cpu;
  mark.initial_memory = u.memory;
  mark.initial_latency = u.latency;
  mark.before = d.recorded ? d.recorded->before : d.now;
  mark.set = wanted;
  if (!send(cluster, d, wanted, &mark, false, out)) return;
  out.sentences.push_back(path + " gets " + mark.action + " for " + p.agent + ": " + words + ", as " + advisor_.name() +
                          " says to " + to_text(p.factors.cpu) + " of " + to_text(u.cpu) + " cores and " +
                          to_text(p.factors.memory) + " of " + to_text(u.memory) + " MiB on " +
                          to_text(static_cast<int>(q.replicas)) + " replicas");
}

void manager::revert(client& cluster, deployment_object& d, bool pin, const std::string& why, outcome& out) {
  if (!d.recorded) return;  // nothing was ever set, or it was set back
  const placing wanted = reverted(d);
  const bool whole = wanted == d.recorded->before;
  record mark = *d.recorded;
  mark.set = mark.before;  // nothing of ours stands any more; the record says who pinned
  if (!send(cluster, d, wanted, pin ? &mark : nullptr, pin, out)) return;
  out.sentences.push_back(d.path() + " is set back to what was recorded" + (pin ? " and pinned" : "") + ", because " +
                          why + (whole ? "" : "; what somebody else changed since stays"));
}

bool manager::send(client& cluster, deployment_object& d, const placing& wanted, const record* mark, bool high,
                   outcome& out) {
  const std::string path = d.path();
  if (options_.dry_run) {
    out.sentences.push_back(path + " would be changed (dry run)");
    return false;
  }
  const kubernetes_result r =
      cluster.strategic_patch(deployment_kind, d.space, d.name, patch_of(d, wanted, mark, high));
  if (!r.good()) {
    if (r.absent()) return false;  // deleted meanwhile: the next pass sees it
    ++out.failed;
    out.sentences.push_back(path + " could not be changed and is tried again: " + r.said);
    return false;
  }
  ++out.patches;
  d = deployment_object::of(r.object);
  const std::lock_guard<std::mutex> lock(owned_mutex_);
  if (mark == nullptr) {
    owned_.erase(path);
  } else {
    owned_[path] = {d.uid, *mark, false};
  }
  return true;
}

void manager::judge(pass_report& r) {
  for (deployment_object& d : deployments_) {
    const auto ours = owned_.find(d.path());
    if (ours == owned_.end() || ours->second.uid != d.uid || d.high || !d.recorded) continue;
    const record& mark = *d.recorded;
    bool killed = false;
    for (const pod_object* p : nodes_.pods_of(d)) killed = killed || p->killed_s >= std::floor(mark.since_s);
    const bool settled = options_.published || now_s_ - mark.since_s >= options_.settle_s;
    if (!killed && !settled) continue;
    const auto u = used_.find(d.path());
    const double latest = u == used_.end() ? -1 : u->second.latest_latency;
    // Without a latency before there is nothing to compare with; without Prometheus there is nothing to say.
    double ratio = 1;
    if (mark.initial_latency > 0 && usage_said_.empty()) ratio = latest > 0 ? latest / mark.initial_latency : -1;
    const auto its = headroom::from_text<double>(d.latency_threshold);
    const std::optional<double> threshold = its && *its > 1 ? its : std::nullopt;
    const bool acted = mark.action != to_string(quota::action::hold);  // what was left as it was did no harm
    const auto bad = acted ? arbiter_.judge(d.path(), killed, ratio, threshold) : std::nullopt;
    outcome out;
    if (bad) {
      quota::reward_options how;
      how.threshold = threshold.value_or(options_.latency_threshold);
      const consequence next{killed ? 1.0 : 0.0, ratio};
      const std::string learned = advisor_.learn(d.path(), quota::published_reward{how}(next, 0, next));
      const std::string why = killed      ? "its pods were killed for want of memory"
                              : ratio < 0 ? "its latency could not be measured"
                                          : "its latency is " + to_text(ratio) + " times what it was";
      revert(*writers_[0], d, true, why, out);
      out.sentences.push_back(d.path() + ": " + learned);
    } else if (!ours->second.judged && settled) {
      ours->second.judged = true;
      const std::string learned = advisor_.learn(d.path(), saving(mark.before, mark.set));
      if (learned.starts_with("learned")) out.sentences.push_back(d.path() + ": " + learned);  // else decided before
    }
    add(out, r);
  }
}

std::string manager::state_of(const agent_object& a) const {
  if (!a.problem.empty()) return a.status.empty() ? "pending" : a.status;
  if (parked_.count(a.agent.name) > 0) return "disabled";
  return std::string(to_string(arbiter_.state(a.agent.name)));
}

void manager::write_agents(pass_report& r) {
  const std::uint64_t all = arbiter_.log().dropped() + arbiter_.log().size();
  for (std::uint64_t k = std::max(told_, arbiter_.log().dropped()); k < all; ++k) {
    const auto& said = arbiter_.log()[static_cast<std::size_t>(k - arbiter_.log().dropped())];
    why_[first_word(said.sentence)] = said.sentence;
    events_.push_back(said.sentence);
  }
  told_ = all;
  std::atomic<std::size_t> written{0};
  std::vector<std::string> states(agents_.size());
  std::vector<char> done(agents_.size(), 0);
  std::vector<std::string> wrong(agents_.size());
  std::atomic<bool> no_status{no_status_};
  on_writers(agents_.size(), [&](client& c, std::size_t k) {
    const agent_object& a = agents_[k];
    states[k] = state_of(a);
    const std::string restarts =
        a.problem.empty() && parked_.count(a.agent.name) == 0 ? to_text(arbiter_.patched(a.agent.name)) : a.restarts;
    done[k] = 1;
    if (options_.dry_run) return;
    if (a.problem.empty() && (a.status != states[k] || (a.restarts != restarts && !restarts.empty()))) {
      json_writer w;
      w.open('{').name("metadata").open('{').name("resourceVersion").text(a.version).close('}');
      w.name("spec").open('{').name("status").text(states[k]);
      if (const auto n = headroom::from_text<int>(restarts)) w.name("restarts").integer(*n);
      w.close('}').close('}');
      // Where somebody else wrote since, he may have declared it anew: look again in the next pass.
      const kubernetes_result put = c.merge_patch(agent_kind, a.space, a.agent.name, w.json());
      done[k] = put.good() ? 1 : 0;
      written += put.good() ? 1 : 0;
      if (!put.good() && !put.conflict() && !put.absent()) {
        wrong[k] = a.agent.name + " could not be written and is tried again: " + put.said;
      }
    }
    if (no_status) return;
    const auto said = why_.find(a.agent.name);
    const auto before = config_node::of_json(a.conditions);
    const bool had = before && before->parts.size() == 2;
    std::string why = a.problem;
    if (why.empty() && said != why_.end()) why = said->second;
    if (why.empty() && had) why = before->parts[0].second.text_of("message");  // said before we were started
    if (why.empty()) why = a.agent.name + " is " + states[k];
    const bool applied = a.problem.empty() && states[k] == "applied";
    const bool fights = states[k] == "conflicting" || (states[k] == "disabled" && a.problem.empty());
    const char* const reason = !a.problem.empty() ? "Invalid" : applied ? "Applied" : fights ? "Yields" : "Waits";
    std::string text;
    bool same = had;
    for (const bool second : {false, true}) {
      const char* const type = second ? "Conflicting" : "Applied";
      const char* const status = (second ? fights : applied) ? "True" : "False";
      std::string since = headroom::internal::utc_now();
      if (had) {
        const config_node& old = before->parts[second ? 1 : 0].second;
        if (old.text_of("status") == status) since = old.text_of("lastTransitionTime");
        same = same && old.text_of("status") == status && old.text_of("message") == why;
      }
      json_writer w;
      w.open('{').name("type").text(type).name("status").text(status).name("reason").text(reason);
      w.name("message").text(why).name("lastTransitionTime").text(since).close('}');
      text += (second ? "," : "") + w.json();
    }
    if (same) return;
    const kubernetes_result s =
        c.status_patch(agent_kind, a.space, a.agent.name, R"({"status":{"conditions":[)" + text + "]}}");
    if (s.good()) ++written;
    if (s.absent() && find_agent(a.agent.name) != nullptr) no_status = true;
  });
  for (std::size_t k = 0; k < agents_.size(); ++k) {
    if (!wrong[k].empty()) {
      ++r.failed;
      if (why_[agents_[k].agent.name] != wrong[k]) events_.push_back(wrong[k]);
      why_[agents_[k].agent.name] = wrong[k];
    }
    if (done[k] != 0 && agents_[k].problem.empty()) written_[agents_[k].agent.name] = states[k];
  }
  no_status_ = no_status;
  r.written = written;
}

// At most this many events a pass: the page and the log have all sentences.
void manager::tell() {
  constexpr std::size_t most = 40;
  struct event {
    std::string space;
    std::string body;
  };
  std::vector<event> all;
  for (const std::string& sentence : events_) {
    const std::string subject = first_word(sentence);
    const agent_object* const a = find_agent(subject);
    std::string space;
    std::string name;
    std::string uid;
    if (a != nullptr) {
      space = a->space;
      name = a->agent.name;
      uid = a->uid;
    } else {
      const auto d = std::find_if(deployments_.begin(), deployments_.end(), [&subject](const deployment_object& one) {
        return subject == one.path() || subject == one.path() + ':';
      });
      if (d == deployments_.end()) continue;
      space = d->space;
      name = d->name;
      uid = d->uid;
    }
    if (all.size() == most || options_.dry_run) break;
    const std::string now = headroom::internal::utc_now();
    const bool warns = sentence.find("conflict") != sentence.npos || sentence.find("disabled") != sentence.npos ||
                       sentence.find("pinned") != sentence.npos || sentence.find("could not") != sentence.npos;
    json_writer w;
    w.open('{').name("metadata").open('{');
    w.name("name").text(name.substr(0, 200) + '.' + to_text(static_cast<std::uint64_t>(now_s_ * 1000)) + '.' +
                        to_text(++event_));
    w.name("namespace").text(space).close('}').name("involvedObject").open('{');
    w.name("apiVersion").text(a != nullptr ? agent_kind.api : deployment_kind.api);
    w.name("kind").text(a != nullptr ? "Agent" : "Deployment").name("namespace").text(space).name("name").text(name);
    w.name("uid").text(uid).close('}').name("reason").text("Quota").name("message").text(sentence.substr(0, 1000));
    w.name("type").text(warns ? "Warning" : "Normal").name("count").integer(1);
    w.name("firstTimestamp").text(now).name("lastTimestamp").text(now);
    w.name("source").open('{').name("component").text("quota-manager").close('}').close('}');
    all.push_back({space, w.json()});
  }
  // An event that is lost is no harm: the condition has the sentence as well.
  on_writers(all.size(),
             [&](client& c, std::size_t k) { static_cast<void>(c.create(event_kind, all[k].space, all[k].body)); });
}

void manager::keep_state(const pass_report& r) {
  json_writer w;
  w.open('{').name("pass").open('{').name("at").text(headroom::internal::utc_now()).name("number");
  w.whole(arbiter_.iteration()).name("seconds").number(r.seconds).name("held").text(r.held);
  w.name("usage").text(usage_said_).name("policy").text(advisor_.name());
  w.name("published").boolean(options_.published).close('}');
  w.name("agents").open('[');
  for (const agent_object& a : agents_) {
    const auto said = why_.find(a.agent.name);
    const bool known = a.problem.empty() && declared_.count(a.agent.name) > 0;
    w.open('{').name("name").text(a.agent.name).name("object_namespace").text(a.space);
    w.name("scope").text(a.agent.scope == quota::scope::node    ? "node"
                         : a.agent.scope == quota::scope::space ? "namespace"
                                                                : "deployment");
    w.name("namespace").text(a.agent.space).name("deployment").text(a.agent.deployment).name("node").text(a.agent.node);
    w.name("cpu").number(a.agent.factors.cpu).name("memory").number(a.agent.factors.memory);
    w.name("state").text(known ? state_of(a) : a.status).name("restarts");
    w.whole(known ? arbiter_.patched(a.agent.name) : 0).name("why");
    w.text(!a.problem.empty() ? a.problem : said == why_.end() ? "" : said->second).close('}');
  }
  w.close(']').name("deployments").open('[');
  for (const deployment_object& d : deployments_) {
    const usage u = used(d);
    const auto now = used_.find(d.path());
    int restarts = 0;
    for (const pod_object* p : nodes_.pods_of(d)) restarts += p->restarts;
    const auto said = actions_.find(d.path());
    w.open('{').name("path").text(d.path()).name("namespace").text(d.space).name("name").text(d.name);
    w.name("replicas").integer(d.now.replicas).name("agent").text(d.recorded ? d.recorded->agent : "");
    w.name("action").text(d.recorded ? d.recorded->action : "").name("limits").text(limits_in_words(d.now));
    w.name("node").text(nodes_.main_node(d)).name("restarts").integer(restarts).name("pinned").boolean(d.high);
    const auto number = [&w](const char* name, double x) {
      w.name(name);
      if (x >= 0) {
        w.number(x);
      } else {
        w.null();
      }
    };
    number("initial_cpu", u.cpu);
    number("initial_memory", u.memory);
    number("initial_latency", u.latency);
    number("applied_cpu", d.recorded && u.cpu >= 0 ? u.cpu * d.recorded->factors.cpu : -1);
    number("applied_memory", d.recorded && u.memory >= 0 ? u.memory * d.recorded->factors.memory : -1);
    number("latest_latency", now == used_.end() ? -1 : now->second.latest_latency);
    w.name("why").text(said == actions_.end() ? "" : said->second).close('}');
  }
  w.close(']').name("conflicts").open('[');
  std::vector<quota::agent> valid;
  for (const agent_object& a : agents_) {
    if (a.problem.empty()) valid.push_back(a.agent);
  }
  std::vector<quota::target> there;
  for (const deployment_object& d : deployments_) {
    quota::target t{d.space, d.name, {}, true, false};
    for (const pod_object* p : nodes_.pods_of(d)) t.nodes.push_back(p->node);
    there.push_back(std::move(t));
  }
  std::size_t shown = 0;
  for (const quota::overlap& o : quota::overlaps(valid, there)) {
    if (++shown > 100) break;
    w.open('{').name("first").text(valid[o.first].name).name("second").text(valid[o.second].name);
    w.name("target").text(there[o.target].path()).close('}');
  }
  w.close(']').name("decisions").open('[');
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::string& s : events_) {
    sentences_.push_front(headroom::internal::utc_now() + ' ' + to_text(arbiter_.iteration()) + ' ' + s);
    if (sentences_.size() > 300) sentences_.pop_back();
  }
  for (const std::string& s : sentences_) w.text(s);
  state_ = w.close(']').close('}').json();
}

std::string manager::state_json() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_;
}

void manager::wake() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_ = true;
  }
  woken_.notify_all();
}

bool manager::managed(const std::string& space) const {
  const auto& all = options_.namespaces;
  return all.empty() || std::find(all.begin(), all.end(), space) != all.end();
}

const agent_object* manager::find_agent(const std::string& name) const {
  const auto found =
      std::find_if(agents_.begin(), agents_.end(), [&name](const agent_object& a) { return a.agent.name == name; });
  return found == agents_.end() ? nullptr : &*found;
}

}  // namespace quota_live
