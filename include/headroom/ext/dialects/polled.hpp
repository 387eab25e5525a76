#pragma once

#include <cstdint>   // std::int64_t, std::uint64_t
#include <optional>  // std::optional
#include <string>    // std::string

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/internal/utc_now.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/served_targets.hpp>
#include <headroom/io/internal/json_writer.hpp>

/// Programs that ask for a number of replicas and tell nothing of the load: they get the last decision for a target,
/// which somebody else asks for, over /v1/decide for instance. A decision that is too old is no answer, because whoever
/// scales by it would not notice that nobody decides any more.
namespace headroom {

struct polled_options {
  double stale_s = 120;  ///< a decision that is older is not given
};
/// Throws std::invalid_argument on impossible options; returns its argument.
inline const polled_options& checked(const polled_options& o) {
  require_positive("polled_options", "stale_s", o.stale_s);
  return o;
}

/// What an HPA must be told, as an external metric with an average value of 1, so that it goes from `seen` to `wanted`
/// replicas. It ignores whatever differs by less than its tolerance, 10 %: from 11 replicas on it would not add one.
/// Then the metric is moved just out of the tolerance, which adds more than was wanted. Downwards nothing is moved: too
/// few replicas do harm, and too many only cost. O(1).
[[nodiscard]] inline double hpa_metric(int wanted, int seen, double tolerance = 0.1) {
  if (seen <= 0 || wanted <= seen) return wanted;
  const double least = seen * (1 + tolerance) * (1 + 1e-6);
  return wanted > least ? wanted : least;
}

/// KEDA's metrics-api trigger, and whoever else polls a number.
///
///     GET /v1/replicas?target=shop   200 {"target":"shop","replicas":13,"metric":13.2,"age_s":4.5}
///
/// In the trigger: url as above, valueLocation "metric", targetValue "1", metricType AverageValue. 404 for a target
/// without a decision, 503 for one whose decision is too old: KEDA then does what its fallback says.
template <class Targets>
class keda_dialect {
 public:
  /// `targets` must live longer than the server. Throws std::invalid_argument.
  explicit keda_dialect(const Targets& targets, const polled_options& o = {}) : targets_(&targets), o_(checked(o)) {}

  void add_to(policy_server& server) const {
    server.get("/v1/replicas", [t = targets_, stale_s = o_.stale_s](const policy_server::request& r) {
      const std::string target = r.get_param_value("target");
      const std::optional<served_decision> d = t->last(target);
      if (!d) return server_reply::error(404, "there is no decision for target '" + target + "'");
      if (!(d->age_s <= stale_s)) return server_reply::error(503, too_old(*d, stale_s));
      internal::json_writer w;
      w.open('{').name("target").text(target).name("replicas").whole(static_cast<std::uint64_t>(d->replicas));
      w.name("metric").number(hpa_metric(d->replicas, d->seen)).name("age_s").number(d->age_s);
      return server_reply{w.close('}').json()};
    });
  }
  [[nodiscard]] static std::string too_old(const served_decision& d, double stale_s) {
    return "the last decision is " + to_text(d.age_s) + " s old, must be at most " + to_text(stale_s) + " s";
  }

 private:
  const Targets* targets_;
  polled_options o_;
};

/// The external recommender of Datadog's cluster agent (057f039d, workload/external).
///
///     POST /v1/datadog  {"state":{"currentReplicas":4},"targetRef":{"namespace":"web","name":"shop"},
///                        "constraints":{"minReplicas":2,"maxReplicas":20}}
///                       200 {"targetReplicas":7,"timestamp":"2026-11-29T10:00:00Z"}
///                       200 {"error":{"code":404,"message":"..."}}, as the agent wants it
///
/// The target is "namespace/name". The decision is brought into the constraints.
template <class Targets>
class datadog_dialect {
 public:
  /// `targets` must live longer than the server. Throws std::invalid_argument.
  explicit datadog_dialect(const Targets& targets, const polled_options& o = {}) : targets_(&targets), o_(checked(o)) {}

  void add_to(policy_server& server) const {
    server.post("/v1/datadog", [t = targets_, stale_s = o_.stale_s](const policy_server::request& r) {
      return recommend(*t, stale_s, r.body);
    });
  }

 private:
  using walk = internal::json_walk;

  [[nodiscard]] static server_reply error(std::uint64_t code, const std::string& message) {
    internal::json_writer w;
    w.open('{').name("error").open('{').name("code").whole(code).name("message").text(message);
    return {w.close('}').close('}').json()};
  }
  [[nodiscard]] static server_reply recommend(const Targets& targets, double stale_s, const std::string& body) {
    std::string space;
    std::string name;
    double least = 0;
    double most = 1e9;
    walk in(body);
    if (in.next() != walk::token::object) return error(400, "this is no JSON object");
    in.members([&](const std::string& part, walk::token t) {
      if (t != walk::token::object) return in.pass(t);
      in.members([&](const std::string& key, walk::token value) {
        if (part == "targetRef" && value == walk::token::text) {
          if (key == "namespace") space = in.text();
          if (key == "name") name = in.text();
        }
        if (part == "constraints" && walk::is_number(value)) {
          if (key == "minReplicas") least = in.number();
          if (key == "maxReplicas") most = in.number();
        }
        in.pass(value);
      });
    });
    if (!in.ends()) return error(400, "this is not JSON");
    if (name.empty()) return error(400, "targetRef.name is missing");
    if (!(least >= 0 && least <= most)) return error(400, "constraints: minReplicas must be from 0 to maxReplicas");
    const std::string target = space.empty() ? name : space + '/' + name;
    const std::optional<served_decision> d = targets.last(target);
    if (!d) return error(404, "there is no decision for target '" + target + "'");
    if (!(d->age_s <= stale_s)) return error(503, keda_dialect<Targets>::too_old(*d, stale_s));
    const double wanted = d->replicas < least ? least : d->replicas > most ? most : d->replicas;
    internal::json_writer w;
    w.open('{')
        .name("targetReplicas")
        .whole(static_cast<std::uint64_t>(wanted))
        .name("timestamp")
        .text(internal::utc_now());
    return {w.close('}').json()};
  }

  const Targets* targets_;
  polled_options o_;
};

}  // namespace headroom
