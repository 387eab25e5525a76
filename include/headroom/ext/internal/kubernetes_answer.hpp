#pragma once

#include <cmath>        // std::floor
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/ext/internal/config_node.hpp>
#include <headroom/io/internal/from_text.hpp>

namespace headroom::internal {

/// What the API server of a cluster answers: an object, a list of objects, or a Status that says why not.
///
///     {"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"uid":"2552","resourceVersion":"199"},
///      "spec":{"replicas":2},"status":{"replicas":0,"selector":"app=web"}}
class kubernetes_answer {
 public:
  /// Nothing but a whole JSON object with a kind is an answer.
  [[nodiscard]] static std::optional<kubernetes_answer> of(std::string_view json) {
    auto root = config_node::of_json(json);
    if (!root || root->text_of("kind").empty()) return std::nullopt;
    kubernetes_answer a;
    a.root_ = *std::move(root);
    return a;
  }
  [[nodiscard]] std::string kind() const { return root_.text_of("kind"); }
  /// "NotFound: deployments.apps "web" not found", of a Status.
  [[nodiscard]] std::string message() const {
    const std::string reason = root_.text_of("reason");
    const std::string text = root_.text_of("message");
    return reason.empty() || text.empty() ? reason + text : reason + ": " + text;
  }
  [[nodiscard]] std::string uid() const { return inside("metadata", "uid"); }
  [[nodiscard]] std::string resource_version() const { return inside("metadata", "resourceVersion"); }

  /// The replicas that are wanted. The server leaves a zero out, so an absent number is 0; without a spec, or with what
  /// is no number of replicas, there is none.
  [[nodiscard]] std::optional<int> wanted() const { return count("spec", "replicas"); }
  /// The replicas that are ready; likewise. Before its controller has looked at the object, nobody has counted, so
  /// there is no number.
  [[nodiscard]] std::optional<int> ready() const {
    return inside("status", "observedGeneration").empty() ? std::nullopt : count("status", "readyReplicas");
  }
  /// The name of the first object of a list whose spec.scaleTargetRef is this kind and name; empty: none. Where an
  /// object does not say the kind, it is a Deployment.
  [[nodiscard]] std::string who_scales(std::string_view target_kind, std::string_view target_name) const {
    const config_node* const items = root_.find("items");
    if (items == nullptr) return {};
    for (const auto& part : items->parts) {
      const config_node* const spec = part.second.find("spec");
      const config_node* const target = spec == nullptr ? nullptr : spec->find("scaleTargetRef");
      if (target == nullptr || target->text_of("name") != target_name) continue;
      const std::string kind = target->text_of("kind");
      if ((kind.empty() ? "Deployment" : kind) != target_kind) continue;
      const config_node* const metadata = part.second.find("metadata");
      const std::string name = metadata == nullptr ? std::string() : metadata->text_of("name");
      return name.empty() ? "without a name" : name;
    }
    return {};
  }
  [[nodiscard]] bool is_list() const {
    const config_node* const items = root_.find("items");
    return items != nullptr && items->is == config_node::kind::list;
  }

 private:
  [[nodiscard]] std::string inside(std::string_view part, std::string_view name) const {
    const config_node* const of = root_.find(part);
    return of == nullptr ? std::string() : of->text_of(name);
  }
  [[nodiscard]] std::optional<int> count(std::string_view part, std::string_view name) const {
    const config_node* const of = root_.find(part);
    if (of == nullptr || of->is != config_node::kind::map) return std::nullopt;
    if (!of->has(name)) return 0;
    const double n = from_text<double>(of->text_of(name)).value_or(-1);
    if (!(n >= 0 && n <= 1e9) || std::floor(n) != n) return std::nullopt;
    return static_cast<int>(n);
  }

  config_node root_{};
};

}  // namespace headroom::internal
