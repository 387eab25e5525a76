#pragma once

#include <charconv>      // std::from_chars
#include <cmath>         // std::floor, std::isfinite
#include <cstddef>       // std::size_t
#include <cstdint>       // std::int64_t, std::uint64_t
#include <filesystem>    // std::filesystem::path
#include <limits>        // std::numeric_limits
#include <optional>      // std::optional
#include <span>          // std::span, std::as_bytes
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::errc
#include <vector>        // std::vector

#include <headroom/core/check.hpp>
#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/io/internal/time_stamp.hpp>
#include <headroom/io/internal/utf8.hpp>
#include <headroom/systems/scheduler/service_metrics.hpp>

/// The log of the published request scheduler, podStatus.json: an object with the keys check_1, check_2, ..., one a
/// minute. Write it for the scheduler's notebook. Read it (systems/scheduler/pod_status_reader.hpp) to ask what another
/// policy would have decided (`recorded`).
namespace headroom::scheduler {

/// What a check's key begins with; its number follows.
inline constexpr std::string_view pod_status_prefix = "check_";

/// One check. A value that this version of the scheduler did not log is NaN, or nothing.
struct pod_status {
  std::uint64_t check = 1;  ///< the number in its key
  std::string timestamp;    ///< "dd.mm.YYYY_HH:MM:SS", in the scheduler's own zone
  service_metrics metrics;  ///< raw
  double response_time_s = std::numeric_limits<double>::quiet_NaN();  ///< mean
  std::optional<double> service_time_s;                               ///< mean; its last version only
  std::optional<double> threshold_s;                                  ///< at which the pressure is 1
  std::optional<double> cpu_usage;                                    ///< per replica, from Prometheus
  std::string action = "No Action";                                   ///< as text
  std::vector<std::string> active;                                    ///< pods
  std::vector<std::string> started;                                   ///< since the check before
  std::vector<std::string> stopped;                                   ///< since the check before
  bool latency_only = false;  ///< of the first scheduler, which logged the latency and no metrics: those are NaN

  /// The replicas that the action asked for: "The number of pod will be set to 4!". The first check says "No Action"
  /// whatever it did.
  [[nodiscard]] std::optional<int> asked() const noexcept {
    const std::size_t at = action.find_first_of("0123456789");
    if (at == std::string::npos) return std::nullopt;
    int n = 0;
    const auto result = std::from_chars(action.data() + at, action.data() + action.size(), n);
    return result.ec == std::errc() ? std::optional<int>(n) : std::nullopt;
  }
  /// The timestamp as a moment without a zone; nothing unless it is one.
  [[nodiscard]] std::optional<time_stamp> moment() const {
    const std::string& t = timestamp;
    if (t.size() != 19 || t[2] != '.' || t[5] != '.' || t[10] != '_') return std::nullopt;
    return time_stamp::of(t.substr(6, 4) + '-' + t.substr(3, 2) + '-' + t.substr(0, 2) + 'T' + t.substr(11));
  }
};

namespace internal {

// A text of a check, which must be UTF-8: JSON has no other.
inline void write_text(headroom::internal::json_writer& out, const std::filesystem::path& file,
                       const std::string& text) {
  if (!headroom::internal::is_utf8(text)) throw file_error(file, "cannot be written: a text is not UTF-8");
  out.text(text);
}
inline void write_pods(headroom::internal::json_writer& out, const std::filesystem::path& file, const char* key,
                       const std::vector<std::string>& pods) {
  out.name(key).open('[');
  for (const std::string& pod : pods) write_text(out, file, pod);
  out.close(']');
}
inline void write_latency(headroom::internal::json_writer& out, const char* key, double seconds) {
  out.name(key);
  if (std::isfinite(seconds))
    out.number(seconds);
  else
    out.null();
}
inline void write_metrics(headroom::internal::json_writer& out, const pod_status& c, const std::string& name) {
  const auto put = [&](const char* key, double value) {
    require_finite("write_pod_status", std::string(key) + " of " + name, value);
    out.name(key).number(value);
  };
  const double n = c.metrics.n_instances;
  require(n >= 0 && n <= 1e6 && n == std::floor(n), "write_pod_status", "nInstances of " + name, n,
          "be a whole number from 0 to 1000000");
  out.name("nInstances").whole(static_cast<std::uint64_t>(n));
  put("pressure", c.metrics.pressure);
  write_latency(out, "avgResponseTime", c.response_time_s);
  if (c.service_time_s) put("avgServiceTime", *c.service_time_s);
  if (c.threshold_s) put("Threshold", *c.threshold_s);
  put("queueLengthDominant", c.metrics.queue_length_dominant);
  put("utilization", c.metrics.utilization);
  if (c.cpu_usage) put("CPUUsage (Prometheus)", *c.cpu_usage);
  put("workload", c.metrics.workload);
}
inline void write_check(headroom::internal::json_writer& out, const std::filesystem::path& file, const pod_status& c) {
  const std::string name = std::string(pod_status_prefix) + to_text(c.check);
  require(c.moment().has_value(), "write_pod_status", "timestamp of " + name, c.timestamp,
          "be a moment like 31.01.2025_23:59:00");
  out.name(name).open('{').name("timestamp").text(c.timestamp);
  if (c.latency_only)
    write_latency(out, "averageResponseTime", c.response_time_s);
  else
    write_metrics(out, c, name);
  out.name("action");
  write_text(out, file, c.action);
  write_pods(out, file, "active", c.active);
  write_pods(out, file, c.latency_only ? "started" : "startedPreviousCheck", c.started);
  write_pods(out, file, c.latency_only ? "shutdown" : "shutdownPreviousCheck", c.stopped);
  out.close('}');
}

}  // namespace internal

/// Writes `checks` as the scheduler does, but atomically: its own rewrites the file in place each minute, and a partial
/// one restarts the history. Throws std::invalid_argument for checks that do not ascend or numbers that JSON does not
/// have, file_error where the disk fails or a text is no UTF-8.
inline void write_pod_status(const std::filesystem::path& file, std::span<const pod_status> checks) {
  headroom::internal::json_writer out(4);
  out.open('{');
  std::uint64_t before = 0;
  for (const pod_status& c : checks) {
    require(c.check > before, "write_pod_status", "check", c.check, "ascend, and be at least 1");
    before = c.check;
    internal::write_check(out, file, c);
  }
  const std::string text = out.close('}').json() + '\n';
  write_atomically(file, {std::as_bytes(std::span(text))});
}

/// The checks as observations of the environment, for `recorded`: what would this policy have decided? The record
/// reacted to another policy, so a return computed on it has no meaning. Time counts from the first check. A violation
/// is a pressure above 1. `requested` is the action of the check before, 0 if there is none.
[[nodiscard]] inline std::vector<observation> observations_of(std::span<const pod_status> checks) {
  std::vector<observation> out;
  out.reserve(checks.size());
  std::optional<time_stamp> first;
  for (const pod_status& c : checks) {
    const std::optional<time_stamp> at = c.moment();
    if (!first) first = at;
    observation o;
    static_cast<service_metrics&>(o) = c.metrics;
    o.response_time_s = c.response_time_s;
    o.served_per_s = c.metrics.workload;
    o.time_s = at && first ? static_cast<double>(at->nanoseconds - first->nanoseconds) / 1e9
                           : std::numeric_limits<double>::quiet_NaN();
    o.violation = c.metrics.pressure > 1;
    o.requested = out.empty() ? 0 : checks[out.size() - 1].asked().value_or(0);
    o.applied = static_cast<int>(c.metrics.n_instances);
    o.steps_total = out.size();
    out.push_back(o);
  }
  return out;
}

}  // namespace headroom::scheduler
