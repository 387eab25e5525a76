#pragma once

#include <cmath>        // std::ceil
#include <cstdint>      // std::int64_t
#include <map>          // std::map
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/ext/internal/protobuf_wire.hpp>

/// The messages of KEDA's external scaler (package externalscaler, service ExternalScaler), without gRPC.
/// Floating-point fields exist since KEDA 2.17, the whole ones are read before: both are always filled, whole numbers
/// rounded up.
namespace headroom {

/// Who asks: a ScaledObject, and what its trigger says.
struct keda_scaled_object {
  std::string name{};
  std::string name_space{};
  std::map<std::string, std::string, std::less<>> metadata{};  ///< of the trigger, every key

  /// Whose decision is meant: `target` of the trigger, else "namespace/name".
  [[nodiscard]] std::string target() const {
    if (const auto said = metadata.find("target"); said != metadata.end()) return said->second;
    return name_space.empty() ? name : name_space + '/' + name;
  }
  /// Nothing if the bytes are no such message.
  [[nodiscard]] static std::optional<keda_scaled_object> of(std::string_view bytes) {
    keda_scaled_object o;
    internal::protobuf_reader in(bytes);
    while (in.next()) {
      if (!in.is_text()) continue;
      if (in.field() == 1) o.name = in.text();
      if (in.field() == 2) o.name_space = in.text();
      if (in.field() != 3) continue;
      std::string key;
      std::string value;
      internal::protobuf_reader pair(in.text());
      while (pair.next()) {
        if (pair.is_text() && pair.field() == 1) key = pair.text();
        if (pair.is_text() && pair.field() == 2) value = pair.text();
      }
      if (!pair.good()) return std::nullopt;
      o.metadata.insert_or_assign(std::move(key), std::move(value));
    }
    return in.good() ? std::optional(std::move(o)) : std::nullopt;
  }
};

/// A question for the value of one metric.
struct keda_metrics_question {
  keda_scaled_object of_whom{};
  std::string metric{};

  /// Nothing if the bytes are no such message.
  [[nodiscard]] static std::optional<keda_metrics_question> of(std::string_view bytes) {
    keda_metrics_question q;
    internal::protobuf_reader in(bytes);
    while (in.next()) {
      if (!in.is_text()) continue;
      if (in.field() == 2) q.metric = in.text();
      if (in.field() != 1) continue;
      auto who = keda_scaled_object::of(in.text());
      if (!who) return std::nullopt;
      q.of_whom = std::move(*who);
    }
    return in.good() ? std::optional(std::move(q)) : std::nullopt;
  }
};

/// The answer to IsActive, and one message of StreamIsActive: whether there is to be any replica at all.
[[nodiscard]] inline std::string keda_active(bool active) {
  return internal::protobuf_writer().whole(1, active ? 1 : 0).bytes();
}
/// The answer to GetMetricSpec: one metric, and its target.
[[nodiscard]] inline std::string keda_metric_spec(std::string_view metric, double target) {
  internal::protobuf_writer one;
  one.text(1, metric).whole(2, static_cast<std::int64_t>(std::ceil(target))).real(3, target);
  return internal::protobuf_writer().text(1, one.bytes()).bytes();
}
/// The answer to GetMetrics: the value of one metric.
[[nodiscard]] inline std::string keda_metric_value(std::string_view metric, double value) {
  internal::protobuf_writer one;
  one.text(1, metric).whole(2, static_cast<std::int64_t>(std::ceil(value))).real(3, value);
  return internal::protobuf_writer().text(1, one.bytes()).bytes();
}

}  // namespace headroom
