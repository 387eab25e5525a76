#pragma once

#include <cmath>        // std::ceil
#include <cstdint>      // std::uint64_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/ext/dialects/polled.hpp>
#include <headroom/ext/internal/utc_now.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/served_targets.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace headroom {

/// The API external.metrics.k8s.io/v1beta1, so that the HorizontalPodAutoscaler that a cluster has anyway does what was
/// decided. No KEDA is needed; where there is one, it has this API already, and a cluster has it once.
///
///     GET /apis/external.metrics.k8s.io/v1beta1
///     GET /apis/external.metrics.k8s.io/v1beta1/namespaces/web/headroom-replicas?labelSelector=target%3Dshop
///                       200 {"kind":"ExternalMetricValueList",...,"items":[{...,"value":"12101m"}]}
///
/// In the HPA: an External metric headroom-replicas, target type AverageValue "1", and a selector with `target`;
/// without one the target is the namespace. The value is moved out of the HPA's tolerance where that would swallow the
/// decision. 404 for a target without a decision, 503 for one whose decision is too old: the HPA then leaves the
/// replicas alone. The API server asks over TLS and shows a certificate: set certificate_file, key_file and
/// client_ca_file of the policy server.
template <class Targets>
class external_metrics_dialect {
 public:
  static constexpr const char* metric = "headroom-replicas";

  /// `targets` must live longer than the server. Throws std::invalid_argument.
  explicit external_metrics_dialect(const Targets& targets, const polled_options& o = {})
      : targets_(&targets), o_(checked(o)) {}

  void add_to(policy_server& server) const {
    const std::string root = "/apis/external.metrics.k8s.io/v1beta1";
    server.get(root, [](const policy_server::request&) {
      return server_reply{
          R"({"kind":"APIResourceList","apiVersion":"v1","groupVersion":"external.metrics.k8s.io/v1beta1",)"
          R"("resources":[{"name":"externalmetrics","singularName":"","namespaced":true,)"
          R"("kind":"ExternalMetricValueList","verbs":["get"]}]})"};
    });
    server.get(root + "/namespaces/([a-z0-9-]+)/([A-Za-z0-9_.-]+)",
               [t = targets_, stale_s = o_.stale_s](const policy_server::request& r) {
                 return value(*t, stale_s, r.matches[1], r.matches[2], r.get_param_value("labelSelector"));
               });
  }

 private:
  // As the API server tells of an error.
  [[nodiscard]] static server_reply refused(int code, const char* reason, const std::string& message) {
    internal::json_writer w;
    w.open('{').name("kind").text("Status").name("apiVersion").text("v1").name("status").text("Failure");
    w.name("message").text(message).name("reason").text(reason).name("code").integer(code).close('}');
    return {w.json(), code};
  }
  [[nodiscard]] static server_reply value(const Targets& targets, double stale_s, const std::string& space,
                                          const std::string& name, const std::string& selector) {
    if (name != metric) {
      return refused(404, "NotFound", "there is no metric '" + name + "', must be " + std::string(metric));
    }
    const std::optional<std::string> target = target_in(selector, space);
    if (!target) {
      return refused(400, "BadRequest", "labelSelector is '" + selector + "', must be target=NAME, or be left out");
    }
    const std::optional<served_decision> d = targets.last(*target);
    if (!d) return refused(404, "NotFound", "there is no decision for target '" + *target + "'");
    if (!(d->age_s <= stale_s)) {
      return refused(503, "ServiceUnavailable", keda_dialect<Targets>::too_old(*d, stale_s));
    }
    // A quantity in thousandths, rounded up: the HPA cuts what is finer.
    const double thousandths = std::ceil(1000 * hpa_metric(d->replicas, d->seen));
    internal::json_writer w;
    w.open('{').name("kind").text("ExternalMetricValueList");
    w.name("apiVersion").text("external.metrics.k8s.io/v1beta1").name("metadata").open('{').close('}');
    w.name("items").open('[').open('{').name("metricName").text(metric).name("metricLabels").open('{');
    if (!selector.empty()) w.name("target").text(*target);
    w.close('}').name("timestamp").text(internal::utc_now());
    w.name("value").text(to_text(static_cast<std::uint64_t>(thousandths)) + 'm');
    return {w.close('}').close(']').close('}').json()};
  }
  // "target=shop", as the HPA writes the matchLabels of its metric; "==" is the same.
  [[nodiscard]] static std::optional<std::string> target_in(std::string_view selector, const std::string& space) {
    if (selector.empty()) return space;
    constexpr std::string_view before = "target=";
    if (!selector.starts_with(before)) return std::nullopt;
    selector.remove_prefix(before.size());
    if (selector.starts_with('=')) selector.remove_prefix(1);
    if (selector.empty() || selector.find_first_of(",=!() ") != selector.npos) return std::nullopt;
    return std::string(selector);
  }

  const Targets* targets_;
  polled_options o_;
};

}  // namespace headroom
