#pragma once

#include <optional>  // std::optional
#include <string>    // std::string
#include <utility>   // std::move
#include <vector>    // std::vector

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/config_node.hpp>
#include <headroom/ext/internal/form_text.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/kubernetes_answer.hpp>
#include <headroom/ext/internal/kubernetes_server.hpp>
#include <headroom/ext/kubernetes_access.hpp>

/// The pods of a service, by their label. Needs cpp-httplib with OpenSSL: find_package(headroom COMPONENTS kubernetes).
namespace headroom {

/// One pod, as its API server tells it.
struct listed_pod {
  std::string name{};
  std::string phase{};       ///< "Pending", "Running", "Succeeded", "Failed"
  std::string node{};        ///< where it runs; empty: nowhere yet
  bool ready = false;        ///< it says that it serves
  bool terminating = false;  ///< it was asked to end, and may take a while

  /// Whether it gets requests: ready, and not about to end.
  [[nodiscard]] bool serves() const noexcept { return ready && !terminating && phase == "Running"; }
};

/// Which pods, and how the API server is asked.
struct kubernetes_pods_options {
  kubernetes_access access{};
  std::string selector{};    ///< as in app=matrix-multiply
  std::string name_space{};  ///< empty: that of the access, else "default"
  double timeout_s = 5;      ///< for a connection, and again for an answer
};

/// Lists the pods that a selector names: one request each time, the verb list on pods. The published scheduler counts
/// whatever this list holds, pods that end and pods that have no node, and divides its metrics by them; `serves` tells
/// those apart. One thread at a time.
///     kubernetes_pods pods{{.access = kubernetes_access::found(), .selector = "app=matrix-multiply"}};
///     if (const auto all = pods.list()) ...
class kubernetes_pods {
 public:
  /// Throws std::invalid_argument, and file_error for a file that cannot be read. Nothing is asked yet.
  explicit kubernetes_pods(kubernetes_pods_options o)
      : options_(std::move(o)), server_(options_.access, options_.timeout_s) {
    require(!options_.selector.empty(), "kubernetes_pods", "selector", "missing", "be as in app=web");
    if (options_.name_space.empty()) options_.name_space = options_.access.name_space;
    if (options_.name_space.empty()) options_.name_space = "default";
    internal::add_to_form(query_, "labelSelector", options_.selector);
  }

  /// The pods by their names; nothing where `said()` tells why the server does not say. Does not throw.
  [[nodiscard]] std::optional<std::vector<listed_pod>> list() {
    const std::string path = "/api/v1/namespaces/" + options_.name_space + "/pods?" + query_;
    const internal::http_answer a = server_.ask("GET", path);
    if (a.status != 200) {
      server_.explain(a);
      if (a.status == 403) server_.said += "; grant the verb list on pods";
      return std::nullopt;
    }
    const auto root = internal::config_node::of_json(a.body);
    const internal::config_node* const items = root ? root->find("items") : nullptr;
    if (items == nullptr || root->text_of("kind") != "PodList") {
      server_.said = server_.root() + ": not a list of pods, or cut off";
      return std::nullopt;
    }
    std::vector<listed_pod> all;
    for (const auto& part : items->parts) all.push_back(pod_of(part.second));
    return all;
  }
  /// Why the last question has no answer, in a sentence; empty if all is well.
  [[nodiscard]] const std::string& said() const noexcept { return server_.said; }

 private:
  [[nodiscard]] static listed_pod pod_of(const internal::config_node& from) {
    listed_pod p;
    if (const auto* const meta = from.find("metadata")) {
      p.name = meta->text_of("name");
      p.terminating = meta->has("deletionTimestamp");
    }
    if (const auto* const spec = from.find("spec")) p.node = spec->text_of("nodeName");
    const auto* const status = from.find("status");
    if (status == nullptr) return p;
    p.phase = status->text_of("phase");
    const auto* const conditions = status->find("conditions");
    for (std::size_t k = 0; conditions != nullptr && k < conditions->parts.size(); ++k) {
      const internal::config_node& c = conditions->parts[k].second;
      if (c.text_of("type") == "Ready") p.ready = c.text_of("status") == "True";
    }
    return p;
  }

  kubernetes_pods_options options_;
  internal::kubernetes_server server_;
  std::string query_{};
};

}  // namespace headroom
