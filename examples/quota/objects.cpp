#include "objects.hpp"

#include <algorithm>  // std::max
#include <chrono>     // std::chrono::sys_days
#include <cmath>      // std::ceil
#include <cstddef>    // std::size_t
#include <cstdio>     // std::sscanf

#include <headroom/core/check.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace quota_live {

using headroom::from_text;
using headroom::to_text;
using headroom::internal::json_text;

namespace {

constexpr const char* recorded_in = "resourcemanagement-v.io/recorded";
constexpr const char* pinned_by = "resource-management/priority";
constexpr const char* owner_in = "processed-by-agent";
constexpr const char* managed_by = "managed-by-agent";

double number_in(const config_node& node, std::string_view name, double otherwise) {
  return from_text<double>(node.text_of(name)).value_or(otherwise);
}

std::map<std::string, std::string> texts_of(const config_node* map) {
  std::map<std::string, std::string> all;
  if (map == nullptr || map->is != config_node::kind::map) return all;
  for (const auto& [name, part] : map->parts) all[name] = part.text;
  return all;
}

std::string or_null(const config_node* node) {
  return node == nullptr || node->is == config_node::kind::nothing ? "null" : json_of(*node);
}

std::string text_of(const placing& p) {
  std::string j = R"({"replicas":)" + to_text(p.replicas) + R"(,"affinity":)" + p.affinity + R"(,"nodeSelector":)" +
                  p.node_selector + R"(,"resources":{)";
  for (const auto& [container, resources] : p.resources) {
    if (j.back() != '{') j += ',';
    j += json_text(container) + ':' + resources;
  }
  return j += "}}";
}

placing placing_of(const config_node* node) {
  placing p;
  if (node == nullptr) return p;
  p.replicas = static_cast<int>(number_in(*node, "replicas", 1));
  p.affinity = or_null(node->find("affinity"));
  p.node_selector = or_null(node->find("nodeSelector"));
  if (const config_node* const all = node->find("resources")) {
    for (const auto& [container, resources] : all->parts) p.resources[container] = quota_live::json_of(resources);
  }
  return p;
}

// {"limits":{...},"requests":{...}} with one resource replaced in both.
std::string with(const std::string& resources, const std::string& resource, const std::string& amount) {
  const auto node = config_node::of_json(resources);
  std::string j = "{";
  for (const char* const part : {"limits", "requests"}) {
    std::map<std::string, std::string> all = texts_of(node ? node->find(part) : nullptr);
    all[resource] = amount;
    if (j.size() > 1) j += ',';
    j += json_text(part) + ":{";
    for (const auto& [name, text] : all) {
      if (j.back() != '{') j += ',';
      j += json_text(name) + ':' + json_text(text);
    }
    j += '}';
  }
  return j + '}';
}

// As the server itself writes an amount, so that what is read back is the same text.
std::string millicores(double cores) {
  const auto m = static_cast<long>(std::max(1.0, std::ceil(cores * 1000 - 1e-6)));
  return m % 1000 == 0 ? to_text(m / 1000) : to_text(m) + 'm';
}
std::string mebibytes(double mib) {
  auto n = static_cast<long>(std::max(1.0, std::ceil(mib - 1e-6)));
  const char* const units[] = {"Mi", "Gi", "Ti"};
  std::size_t unit = 0;
  for (; n % 1024 == 0 && unit < 2; ++unit) n /= 1024;
  return to_text(n) + units[unit];
}

// The part of a sum that each container gets.
std::map<std::string, double> shares(const placing& now, const char* resource) {
  std::map<std::string, double> has;
  double sum = 0;
  bool all = true;
  for (const auto& [container, resources] : now.resources) {
    auto n = quantity(resources, "limits", resource);
    if (!n) n = quantity(resources, "requests", resource);
    all = all && n.has_value() && *n > 0;
    has[container] = n.value_or(0);
    sum += n.value_or(0);
  }
  for (auto& [container, n] : has) n = all && sum > 0 ? n / sum : 1 / static_cast<double>(has.size());
  return has;
}

// A part of a strategic merge patch that replaces what is there as a whole.
std::string replacing(const std::string& json) {
  if (json == "null") return json;
  return json == "{}" ? R"({"$patch":"replace"})" : R"({"$patch":"replace",)" + json.substr(1);
}

}  // namespace

std::string json_of(const config_node& node) {
  switch (node.is) {
    case config_node::kind::nothing:
      return "null";
    case config_node::kind::text:
      return json_text(node.text);
    case config_node::kind::list: {
      std::string j = "[";
      for (const auto& part : node.parts) j += (j.size() > 1 ? "," : "") + json_of(part.second);
      return j + ']';
    }
    case config_node::kind::map:
      break;
  }
  // The weight of a preference is the one number of an affinity.
  const bool weighs = node.find("preference") != nullptr || node.find("podAffinityTerm") != nullptr;
  std::string j = "{";
  for (const auto& [name, part] : node.parts) {
    if (j.size() > 1) j += ',';
    j += json_text(name) + ':' + (weighs && name == "weight" ? part.text : json_of(part));
  }
  return j + '}';
}

double seconds_of(const std::string& utc) {
  int y = 0;
  unsigned mo = 0;
  unsigned d = 0;
  int h = 0;
  int mi = 0;
  int s = 0;
  if (std::sscanf(utc.c_str(), "%d-%u-%uT%d:%d:%dZ", &y, &mo, &d, &h, &mi, &s) != 6) return 0;
  const std::chrono::sys_days day = std::chrono::year(y) / std::chrono::month(mo) / std::chrono::day(d);
  return static_cast<double>(day.time_since_epoch().count()) * 86'400 + h * 3600 + mi * 60 + s;
}

std::optional<double> quantity_of(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789.+-eE");
  // "1E" is exa and "1e3" a thousand: an E that no digit follows is a unit.
  std::size_t at = end == text.npos ? text.size() : end;
  while (at > 0 && (text[at - 1] == 'E' || text[at - 1] == 'e')) --at;
  const auto n = from_text<double>(std::string(text.substr(0, at)));
  if (!n) return std::nullopt;
  constexpr struct {
    const char* unit;
    double factor;
  } units[] = {{"", 1},
               {"m", 1e-3},
               {"k", 1e3},
               {"M", 1e6},
               {"G", 1e9},
               {"T", 1e12},
               {"Ki", 1024.0},
               {"Mi", 1024.0 * 1024},
               {"Gi", 1073741824.0},
               {"Ti", 1099511627776.0},
               {"n", 1e-9},
               {"u", 1e-6},
               {"P", 1e15},
               {"E", 1e18}};
  for (const auto& u : units) {
    if (text.substr(at) == u.unit) return *n * u.factor;
  }
  return std::nullopt;
}

std::optional<double> quantity(const std::string& resources, const char* part, const char* resource) {
  const auto node = config_node::of_json(resources);
  const config_node* const all = node ? node->find(part) : nullptr;
  if (all == nullptr || !all->has(resource)) return std::nullopt;
  const auto n = quantity_of(all->text_of(resource));
  if (!n) return std::nullopt;
  return std::string_view(resource) == "memory" ? *n / (1024 * 1024) : *n;
}

std::string agent_object::declaration() const {
  return to_text(static_cast<int>(agent.scope)) + ' ' + agent.space + ' ' + agent.deployment + ' ' + agent.node + ' ' +
         to_text(agent.factors.cpu) + ' ' + to_text(agent.factors.memory) + ' ' + to_text(agent.priority) + ' ' +
         to_text(agent.weight) + ' ' + uid;
}

agent_object agent_object::of(const config_node& object) {
  agent_object a;
  a.agent.name = object.text_at({"metadata", "name"});
  a.space = object.text_at({"metadata", "namespace"});
  a.uid = object.text_at({"metadata", "uid"});
  a.version = object.text_at({"metadata", "resourceVersion"});
  a.agent.created_s = seconds_of(object.text_at({"metadata", "creationTimestamp"}));
  const config_node nothing;
  const config_node* const found = object.find("spec");
  const config_node& spec = found == nullptr ? nothing : *found;
  a.status = spec.text_of("status");
  a.restarts = spec.text_of("restarts");
  a.conditions = or_null(object.at({"status", "conditions"}));
  a.agent.space = spec.text_of("namespace");
  if (a.agent.space.empty()) a.agent.space = a.space;
  a.agent.deployment = spec.text_of("deploymentName");
  a.agent.node = spec.text_of("nodeName");
  a.agent.priority = static_cast<int>(number_in(spec, "priority", 0));
  a.agent.weight = number_in(spec, "weight", 1);
  if (const config_node* const q = spec.at({"resources", "resourceQuota"})) {
    a.agent.factors = {number_in(*q, "cpu", 1), number_in(*q, "memory", 1)};
  }
  const std::string scope = spec.text_of("scope");
  a.agent.scope = scope == "namespace" ? quota::scope::space
                  : scope == "node"    ? quota::scope::node
                                       : quota::scope::deployment;
  if (scope != "deployment" && scope != "namespace" && scope != "node") {
    a.problem = "scope is '" + scope + "', must be deployment, namespace or node";
    return a;
  }
  try {
    static_cast<void>(quota::checked(a.agent));
  } catch (const std::exception& e) {
    a.problem = e.what();
  }
  return a;
}

std::string record::json() const {
  return R"({"version":1,"agent":)" + json_text(agent) + R"(,"action":)" + json_text(action) + R"(,"cpu":)" +
         to_text(factors.cpu) + R"(,"memory":)" + to_text(factors.memory) + R"(,"since":)" + to_text(since_s) +
         R"(,"initialCpu":)" + to_text(initial_cpu) + R"(,"initialMemory":)" + to_text(initial_memory) +
         R"(,"initialLatency":)" + to_text(initial_latency) + R"(,"before":)" + text_of(before) + R"(,"set":)" +
         text_of(set) + '}';
}

std::optional<record> record::of(std::string_view json) {
  const auto node = config_node::of_json(json);
  if (!node || node->text_of("version") != "1" || node->text_of("agent").empty()) return std::nullopt;
  record r;
  r.agent = node->text_of("agent");
  r.action = node->text_of("action");
  r.factors = {number_in(*node, "cpu", 1), number_in(*node, "memory", 1)};
  r.since_s = number_in(*node, "since", 0);
  r.initial_cpu = number_in(*node, "initialCpu", 0);
  r.initial_memory = number_in(*node, "initialMemory", 0);
  r.initial_latency = number_in(*node, "initialLatency", -1);
  r.before = placing_of(node->find("before"));
  r.set = placing_of(node->find("set"));
  return r;
}

bool deployment_object::overwritten() const {
  if (!recorded) return false;
  const placing& set = recorded->set;
  const placing& before = recorded->before;
  if (set.replicas != before.replicas && now.replicas != set.replicas) return true;
  if (set.affinity != before.affinity && now.affinity != set.affinity) return true;
  if (set.node_selector != before.node_selector && now.node_selector != set.node_selector) return true;
  for (const auto& [container, resources] : set.resources) {
    const auto was = before.resources.find(container);
    if (was != before.resources.end() && was->second == resources) continue;
    const auto is = now.resources.find(container);
    if (is != now.resources.end() && is->second != resources) return true;
  }
  return false;
}

deployment_object deployment_object::of(const config_node& object) {
  deployment_object d;
  d.space = object.text_at({"metadata", "namespace"});
  d.name = object.text_at({"metadata", "name"});
  d.uid = object.text_at({"metadata", "uid"});
  d.version = object.text_at({"metadata", "resourceVersion"});
  d.selector = texts_of(object.at({"spec", "selector", "matchLabels"}));
  if (const config_node* const spec = object.find("spec"))
    d.now.replicas = static_cast<int>(number_in(*spec, "replicas", 1));
  d.now.affinity = or_null(object.at({"spec", "template", "spec", "affinity"}));
  d.now.node_selector = or_null(object.at({"spec", "template", "spec", "nodeSelector"}));
  if (const config_node* const all = object.at({"spec", "template", "spec", "containers"})) {
    for (const auto& part : all->parts) {
      const config_node* const resources = part.second.find("resources");
      d.now.resources[part.second.text_of("name")] = resources == nullptr ? "{}" : json_of(*resources);
    }
  }
  if (const config_node* const notes = object.at({"metadata", "annotations"})) {
    for (const char* const name : {recorded_in, pinned_by, owner_in}) {
      if (notes->find(name) != nullptr) d.marks.insert(name);
    }
    d.high = notes->text_of(pinned_by) == "high";
    d.recorded = record::of(notes->text_of(recorded_in));
  }
  if (!object.text_at({"metadata", "labels", managed_by}).empty()) d.marks.insert(managed_by);
  d.latency_threshold = object.text_at({"metadata", "labels", "custom-latency-threshold"});
  return d;
}

std::string patch_of(const deployment_object& d, const placing& wanted, const record* mark, bool high) {
  const std::string agent = mark == nullptr ? "" : mark->agent;
  // A value of a label has at most 63 characters, and ends with a letter or a digit.
  std::string label = agent.substr(0, 63);
  while (!label.empty() && (label.back() == '-' || label.back() == '.')) label.pop_back();
  // What is not there is not taken off: a null where nothing stands becomes an empty text on the server.
  const auto entry = [&d](const char* name, const std::string& value) {
    if (value == "null" && d.marks.count(name) == 0) return std::string();
    return ',' + json_text(name) + ':' + value;
  };
  const auto or_off = [mark](const std::string& text) { return mark == nullptr ? "null" : json_text(text); };
  const std::string notes = entry(recorded_in, or_off(mark == nullptr ? "" : mark->json())) +
                            entry(owner_in, or_off(agent)) + entry(pinned_by, high ? "\"high\"" : "null");
  const std::string labels = entry(managed_by, or_off(label));
  std::string j = R"({"metadata":{"resourceVersion":)" + json_text(d.version);
  if (!notes.empty()) j += R"(,"annotations":{)" + notes.substr(1) + '}';
  if (!labels.empty()) j += R"(,"labels":{)" + labels.substr(1) + '}';
  j += '}';
  std::string pods;
  const auto part = [&pods](const std::string& text) { pods += (pods.empty() ? "" : ",") + text; };
  if (wanted.affinity != d.now.affinity) part(R"("affinity":)" + replacing(wanted.affinity));
  if (wanted.node_selector != d.now.node_selector) part(R"("nodeSelector":)" + replacing(wanted.node_selector));
  std::string containers;
  for (const auto& [name, resources] : wanted.resources) {
    const auto is = d.now.resources.find(name);
    if (is == d.now.resources.end() || is->second == resources) continue;
    containers += (containers.empty() ? "" : ",") + (R"({"name":)" + json_text(name)) + R"(,"resources":)" +
                  replacing(resources) + '}';
  }
  if (!containers.empty()) part(R"("containers":[)" + containers + ']');
  std::string spec;
  if (wanted.replicas != d.now.replicas) spec += R"("replicas":)" + to_text(wanted.replicas);
  if (!pods.empty()) spec += (spec.empty() ? "" : ",") + (R"("template":{"spec":{)" + pods) + "}}";
  if (!spec.empty()) j += R"(,"spec":{)" + spec + '}';
  return j + '}';
}

placing reverted(const deployment_object& d) {
  placing p = d.now;
  if (!d.recorded) return p;
  const placing& before = d.recorded->before;
  const placing& set = d.recorded->set;
  if (p.replicas == set.replicas) p.replicas = before.replicas;
  if (p.affinity == set.affinity) p.affinity = before.affinity;
  if (p.node_selector == set.node_selector) p.node_selector = before.node_selector;
  for (auto& [container, resources] : p.resources) {
    const auto its = set.resources.find(container);
    const auto was = before.resources.find(container);
    if (its != set.resources.end() && was != before.resources.end() && its->second == resources)
      resources = was->second;
  }
  return p;
}

placing applied_to(const placing& now, const quota::question& q, const quota::factors& f, bool from_sum) {
  placing p = now;
  const double pods = from_sum ? 1 : std::max(1, now.replicas);
  const auto cpu = shares(now, "cpu");
  const auto memory = shares(now, "memory");
  for (auto& [container, resources] : p.resources) {
    if (f.cpu != 1) {
      const double part = from_sum ? 1 : cpu.at(container);
      resources = with(resources, "cpu", millicores(q.applied_cpu / pods * part));
    }
    if (f.memory != 1) {
      const double part = from_sum ? 1 : memory.at(container);
      resources = with(resources, "memory", mebibytes(q.applied_memory / pods * part));
    }
  }
  return p;
}

placing migrated_from(const placing& now, const std::string& from, const std::string& to) {
  placing p = now;
  const auto term = [](const char* how, const std::string& node) {
    return R"({"key":"kubernetes.io/hostname","operator":")" + std::string(how) + R"(","values":[)" + json_text(node) +
           "]}";
  };
  std::string a = R"({"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[)"
                  R"({"matchExpressions":[)" +
                  term("NotIn", from) + "]}]}";
  if (!to.empty()) {
    a += R"(,"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"preference":{"matchExpressions":[)" +
         term("In", to) + "]}}]";
  }
  p.affinity = a + "}}";
  p.node_selector = "null";
  return p;
}

}  // namespace quota_live
