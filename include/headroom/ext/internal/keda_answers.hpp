#pragma once

#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <grpcpp/grpcpp.h>

#include <headroom/ext/dialects/polled.hpp>
#include <headroom/ext/keda_messages.hpp>
#include <headroom/ext/served_targets.hpp>

/// What KEDA's external scaler answers to one question, from the bytes of the question to those of the answer.
namespace headroom::internal {

[[nodiscard]] inline std::optional<std::string> bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return std::nullopt;
  std::string all;
  for (const grpc::Slice& s : slices) all.append(reinterpret_cast<const char*>(s.begin()), s.size());
  return all;
}
[[nodiscard]] inline grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

/// The last decisions of `Targets` as answers. May be called by several threads.
template <class Targets>
class keda_answers {
 public:
  static constexpr const char* metric = "headroom-replicas";

  /// `targets` must live longer. A decision that is older than `stale_s` is not given.
  keda_answers(const Targets& targets, double stale_s) : targets_(&targets), stale_s_(stale_s) {}

  /// The decision for a target, or why there is none that may be given.
  grpc::Status decision(const std::string& target, served_decision& d) const {
    const std::optional<served_decision> last = targets_->last(target);
    if (!last) return {grpc::StatusCode::NOT_FOUND, "there is no decision for target '" + target + "'"};
    d = *last;
    if (d.age_s <= stale_s_) return grpc::Status::OK;
    return {grpc::StatusCode::UNAVAILABLE, keda_dialect<Targets>::too_old(d, stale_s_)};
  }
  /// GetMetricSpec, GetMetrics or IsActive.
  grpc::Status answer(std::string_view method, const std::string& asked, std::string& reply) const {
    const grpc::Status bad(grpc::StatusCode::INVALID_ARGUMENT, "this is no message of an external scaler");
    served_decision d;
    if (method == "GetMetrics") {
      const auto q = keda_metrics_question::of(asked);
      if (!q) return bad;
      if (q->metric != metric) {
        return {grpc::StatusCode::INVALID_ARGUMENT,
                "there is no metric '" + q->metric + "', must be " + std::string(metric)};
      }
      grpc::Status s = decision(q->of_whom.target(), d);
      reply = keda_metric_value(metric, hpa_metric(d.replicas, d.seen));
      return s;
    }
    const auto who = keda_scaled_object::of(asked);
    if (!who) return bad;
    if (method == "GetMetricSpec") {
      reply = keda_metric_spec(metric, 1);
      return grpc::Status::OK;
    }
    grpc::Status s = decision(who->target(), d);
    reply = keda_active(d.replicas > 0);
    return s;
  }

 private:
  const Targets* targets_;
  double stale_s_;
};

}  // namespace headroom::internal
