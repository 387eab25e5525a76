#include "page.hpp"

#include <algorithm>  // std::max
#include <cstddef>    // std::size_t
#include <memory>     // std::make_shared
#include <mutex>      // std::mutex
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/ext/kubernetes_objects.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/systems/quota/live/dialect.hpp>

namespace quota_live {

using namespace headroom;
using headroom::internal::json_writer;

namespace {

const kubernetes_kind agent_kind{"resourcemanagement-v.io/v1", "agents"};

server_reply message(const std::string& sentence) {
  json_writer w;
  return {w.open('{').name("message").text(sentence).close('}').json()};
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Columns as kubectl prints them.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> width(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t k = 0; k < row.size(); ++k) width[k] = std::max(width[k], row[k].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t k = 0; k < row.size(); ++k) {
      text += row[k];
      if (k + 1 < row.size()) text.append(width[k] - row[k].size() + 3, ' ');
    }
    text += '\n';
  }
  return text;
}

std::string lines_of(const std::string& state, const char* list, std::initializer_list<const char*> columns) {
  std::vector<std::vector<std::string>> rows(1);
  for (const char* const c : columns) rows[0].emplace_back(c);
  const auto root = config_node::of_json(state);
  const config_node* const all = root ? root->find(list) : nullptr;
  for (std::size_t k = 0; all != nullptr && k < all->parts.size(); ++k) {
    rows.emplace_back();
    for (const char* const c : columns) rows.back().push_back(all->parts[k].second.text_of(c));
  }
  return table(rows);
}

// Declares what the published form asks for.
class agent_writer {
 public:
  agent_writer(const kubernetes_access& access, double timeout_s, manager& loop)
      : cluster_(access, timeout_s, "quota-page"), loop_(loop) {}

  server_reply set(const std::string& body) {
    const auto form = config_node::of_json(body);
    if (!form || form->is != config_node::kind::map) return server_reply::error(400, "this is no JSON object");
    quota::agent a;
    const std::string scope = trimmed(form->text_of("scope"));
    if (scope != "deployment" && scope != "namespace" && scope != "node") {
      return server_reply::error(400, "scope is '" + scope + "', must be deployment, namespace or node");
    }
    a.scope = scope == "node"        ? quota::scope::node
              : scope == "namespace" ? quota::scope::space
                                     : quota::scope::deployment;
    a.space = trimmed(form->text_of("namespace"));
    a.deployment = trimmed(form->text_of("deployment_name"));
    a.node = trimmed(form->text_of("node_name"));
    if (a.space.empty()) return server_reply::error(400, "namespace is missing, must be named");
    for (const char* const resource : {"cpu", "memory"}) {
      const std::string text = form->text_at({"resources", "resourceQuota", resource});
      double& factor = *resource == 'c' ? a.factors.cpu : a.factors.memory;
      if (text.empty()) continue;
      const auto n = headroom::from_text<double>(text);
      if (!n) return server_reply::error(400, std::string(resource) + " is '" + text + "', must be a number");
      factor = *n;
    }
    a.name = quota::published_name(a);
    try {
      static_cast<void>(quota::checked(a));
    } catch (const std::exception& e) {
      return server_reply::error(400, e.what());
    }
    json_writer w;
    w.open('{').name("apiVersion").text(agent_kind.api).name("kind").text("Agent").name("metadata").open('{');
    w.name("name").text(a.name).name("namespace").text(a.space).close('}').name("spec").open('{');
    w.name("status").text("pending").name("scope").text(scope).name("namespace").text(a.space);
    if (!a.deployment.empty()) w.name("deploymentName").text(a.deployment);
    if (!a.node.empty()) w.name("nodeName").text(a.node);
    w.name("resources").open('{').name("resourceQuota").open('{').name("cpu").number(a.factors.cpu);
    w.name("memory").number(a.factors.memory).close('}').close('}').close('}').close('}');
    const std::lock_guard<std::mutex> lock(mutex_);
    kubernetes_result r;
    try {
      r = cluster_.create(agent_kind, a.space, w.json());
      const bool anew = r.conflict();
      if (anew) r = cluster_.merge_patch(agent_kind, a.space, a.name, w.json());
      if (r.good()) {
        loop_.wake();
        return message(a.name + (anew ? " is declared anew" : " is declared"));
      }
    } catch (const std::invalid_argument& e) {  // a name that is none
      return server_reply::error(400, e.what());
    }
    return server_reply::error(r.status == 0 ? 502 : r.status, r.said);
  }

  server_reply remove(const std::string& body) {
    const auto form = config_node::of_json(body);
    if (!form || form->is != config_node::kind::map) return server_reply::error(400, "this is no JSON object");
    const std::string space = trimmed(form->text_of("namespace"));
    const std::string name = trimmed(form->text_of("name"));
    if (space.empty() || name.empty()) return server_reply::error(400, "namespace or name is missing, must be named");
    const std::lock_guard<std::mutex> lock(mutex_);
    try {
      const kubernetes_result r = cluster_.erase(agent_kind, space, name);
      if (!r.good()) return server_reply::error(r.status == 0 ? 502 : r.status, r.said);
    } catch (const std::invalid_argument& e) {
      return server_reply::error(400, e.what());
    }
    loop_.wake();
    return message(name + " is deleted");
  }

 private:
  std::mutex mutex_{};
  kubernetes_objects cluster_;
  manager& loop_;
};

}  // namespace

void add_page(policy_server& server, manager& loop, advice& advisor, const kubernetes_access& access,
              double timeout_s) {
  const auto writer = std::make_shared<agent_writer>(access, timeout_s, loop);
  const auto text = [](std::string t) { return server_reply{std::move(t), 200, "text/plain; charset=utf-8"}; };
  using request = policy_server::request;
  server.get("/", [](const request&) { return server_reply{page_html(), 200, "text/html; charset=utf-8"}; });
  server.get("/state", [&loop](const request&) { return server_reply{loop.state_json()}; });
  server.put("/set-limits", [writer](const request& r) { return writer->set(r.body); });
  server.post("/delete-ao", [writer](const request& r) { return writer->remove(r.body); });
  server.get("/kubectl-get-ao", [&loop, text](const request&) {
    return text(lines_of(loop.state_json(), "agents", {"name", "state", "scope", "cpu", "memory", "restarts", "why"}));
  });
  server.get("/get-deployments", [&loop, text](const request&) {
    return text(lines_of(loop.state_json(), "deployments",
                         {"path", "replicas", "limits", "node", "restarts", "agent", "action", "pinned"}));
  });
  server.get("/get-watcher-logs", [&loop, text](const request&) {
    std::string all;
    const auto root = config_node::of_json(loop.state_json());
    const config_node* const list = root ? root->find("decisions") : nullptr;
    for (std::size_t k = list == nullptr ? 0 : list->parts.size(); k > 0; --k)
      all += list->parts[k - 1].second.text + '\n';
    return text(all);
  });
  server.get("/get-deployments-data", [&loop](const request&) {
    const auto root = config_node::of_json(loop.state_json());
    const config_node* const all = root ? root->find("deployments") : nullptr;
    json_writer w;
    w.open('{');
    for (std::size_t k = 0; all != nullptr && k < all->parts.size(); ++k) {
      const config_node& d = all->parts[k].second;
      const auto number = [&](const char* name, const char* from) {
        const auto n = headroom::from_text<double>(d.text_of(from));
        w.name(name);
        if (n) {
          w.number(*n);
        } else {
          w.null();
        }
      };
      w.name(d.text_of("path")).open('{').name("deployment_id").text(d.text_of("path"));
      number("replicas", "replicas");
      number("initial_cpu_usage", "initial_cpu");
      number("applied_cpu_usage", "applied_cpu");
      number("initial_memory_usage", "initial_memory");
      number("applied_memory_usage", "applied_memory");
      number("initial_avg_latency", "initial_latency");
      number("latest_avg_latency", "latest_latency");
      w.name("action");
      const std::string action = d.text_of("action");
      if (action.empty()) {
        w.null();
      } else {
        w.text(action);
      }
      w.close('}');
    }
    return server_reply{w.close('}').json()};
  });
  add_predictions(server, advisor);
}

void add_predictions(policy_server& server, advice& advisor) {
  quota::dialect(
      [&advisor](const std::string& id, const quota::question& q) {
        const auto a = advisor.ask(id, q, quota::advisor::published_actions);
        return a ? static_cast<int>(*a) - 1 : -1;
      },
      [&advisor](const std::string& id, int, double reward) { return advisor.learn(id, reward); })
      .add_to(server);
}

}  // namespace quota_live
