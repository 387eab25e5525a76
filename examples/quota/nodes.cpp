#include "nodes.hpp"

#include <algorithm>  // std::all_of, std::max, std::min
#include <cstddef>    // std::size_t
#include <utility>    // std::move

#include <headroom/io/internal/from_text.hpp>

namespace quota_live {

namespace {

constexpr double mib = 1024.0 * 1024.0;

struct demand {
  double cpu = 0;
  double memory = 0;
};

// What a pod reserves with these resources of its containers. A request that is not set is its limit, as for
// Kubernetes.
demand demand_of(const placing& p) {
  demand sum;
  for (const auto& container : p.resources) {
    const auto of = [&resources = container.second](const char* resource) {
      const auto n = quantity(resources, "requests", resource);
      return n ? *n : quantity(resources, "limits", resource).value_or(0);
    };
    sum.cpu += of("cpu");
    sum.memory += of("memory");
  }
  return sum;
}

}  // namespace

pod_object pod_object::of(const config_node& object) {
  pod_object p;
  p.space = object.text_at({"metadata", "namespace"});
  p.node = object.text_at({"spec", "nodeName"});
  if (const config_node* const labels = object.at({"metadata", "labels"})) {
    for (const auto& [name, part] : labels->parts) p.labels[name] = part.text;
  }
  if (const config_node* const all = object.at({"spec", "containers"})) {
    for (const auto& one : all->parts) {
      if (const config_node* const r = one.second.at({"resources", "requests"})) {
        p.cpu += quantity_of(r->text_of("cpu")).value_or(0);
        p.memory += quantity_of(r->text_of("memory")).value_or(0) / mib;
      }
    }
  }
  const std::string phase = object.text_at({"status", "phase"});
  p.ended = phase == "Succeeded" || phase == "Failed";
  if (const config_node* const all = object.at({"status", "containerStatuses"})) {
    for (const auto& one : all->parts) {
      p.restarts += headroom::from_text<int>(one.second.text_of("restartCount")).value_or(0);
      for (const char* const which : {"lastState", "state"}) {
        const config_node* const end = one.second.at({which, "terminated"});
        if (end == nullptr || end->text_of("reason") != "OOMKilled") continue;
        // A kill without a time is a kill now: better once too often than never.
        const double at = seconds_of(end->text_of("finishedAt"));
        p.killed_s = std::max(p.killed_s, at > 0 ? at : 1e11);
      }
    }
  }
  return p;
}

node_room::node_room(const config_node& nodes, const config_node& pods) {
  if (const config_node* const all = nodes.find("items")) {
    for (const auto& one : all->parts) {
      node n;
      n.cpu = quantity_of(one.second.text_at({"status", "allocatable", "cpu"})).value_or(0);
      n.memory = quantity_of(one.second.text_at({"status", "allocatable", "memory"})).value_or(0) / mib;
      n.open = one.second.text_at({"spec", "unschedulable"}) != "true";
      if (const config_node* const taints = one.second.at({"spec", "taints"})) {
        for (const auto& t : taints->parts) n.open = n.open && t.second.text_of("effect") != "NoSchedule";
      }
      nodes_[one.second.text_at({"metadata", "name"})] = n;
    }
  }
  if (const config_node* const all = pods.find("items")) {
    for (const auto& one : all->parts) {
      pod_object p = pod_object::of(one.second);
      if (p.ended) continue;
      if (const auto at = nodes_.find(p.node); at != nodes_.end()) {
        at->second.cpu_held += p.cpu;
        at->second.memory_held += p.memory;
      }
      by_space_[p.space].push_back(pods_.size());
      pods_.push_back(std::move(p));
    }
  }
}

std::vector<const pod_object*> node_room::pods_of(const deployment_object& d) const {
  std::vector<const pod_object*> found;
  const auto here = by_space_.find(d.space);
  if (here == by_space_.end() || d.selector.empty()) return found;
  for (const std::size_t k : here->second) {
    const pod_object& p = pods_[k];
    const bool its = std::all_of(d.selector.begin(), d.selector.end(), [&p](const auto& label) {
      const auto at = p.labels.find(label.first);
      return at != p.labels.end() && at->second == label.second;
    });
    if (its) found.push_back(&p);
  }
  return found;
}

std::string node_room::main_node(const deployment_object& d) const {
  std::map<std::string, int> count;
  for (const pod_object* p : pods_of(d)) {
    if (!p->node.empty()) ++count[p->node];
  }
  std::string best;
  for (const auto& [name, n] : count) {
    if (best.empty() || n > count[best]) best = name;
  }
  return best;
}

std::string node_room::roomiest(const deployment_object& d, const std::string& not_this) const {
  const demand one = demand_of(d.now);
  std::string best;
  double most = 0;
  for (const auto& [name, n] : nodes_) {
    const double cpu = n.cpu - n.cpu_held - one.cpu;
    const double memory = n.memory - n.memory_held - one.memory;
    if (name == not_this || !n.open || cpu < 0 || memory < 0) continue;
    const double room = std::min(n.cpu > 0 ? cpu / n.cpu : 0, n.memory > 0 ? memory / n.memory : 0);
    if (best.empty() || room > most) {
      best = name;
      most = room;
    }
  }
  return best;
}

bool node_room::fits(const deployment_object& d, const placing& wanted) const {
  const demand one = demand_of(wanted);
  std::map<std::string, node> after;
  for (const pod_object* p : pods_of(d)) {
    const auto at = nodes_.find(p->node);
    if (at == nodes_.end()) continue;
    node& n = after.try_emplace(p->node, at->second).first->second;
    n.cpu_held += one.cpu - p->cpu;
    n.memory_held += one.memory - p->memory;
  }
  // What makes a node that is too full less full fits.
  return std::all_of(after.begin(), after.end(), [this](const auto& changed) {
    const node& was = nodes_.at(changed.first);
    const node& is = changed.second;
    return is.cpu_held <= std::max(is.cpu, was.cpu_held) * (1 + 1e-9) &&
           is.memory_held <= std::max(is.memory, was.memory_held) * (1 + 1e-9);
  });
}

}  // namespace quota_live
