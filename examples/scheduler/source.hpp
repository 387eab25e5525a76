#pragma once

#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <optional>    // std::optional
#include <string>      // std::string
#include <vector>      // std::vector

#include <CLI/CLI.hpp>

#include <headroom/ext/kubernetes.hpp>
#include <headroom/ext/kubernetes_pods.hpp>
#include <headroom/ext/prometheus.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/systems/scheduler/record_source.hpp>

#include "policies.hpp"

namespace live_scheduler {

/// Where the metrics come from.
struct source_options {
  std::string results{};         ///< folder of the records; empty: they come by POST, or from Prometheus
  std::string prometheus{};      ///< its address
  std::string window = "1m";     ///< of its rates, in seconds that pass
  std::string range_selector{};  ///< which series, as in namespace="default"
  double stale_s = 60;           ///< of the scheduler; metrics that are older are not known
  int empty_windows = 3;
  double speed = 1;

  void declare(CLI::App& to);
};

/// The pods of a check.
struct live_pods {
  int serving = 0;
  int terminating = 0;
  int pending = 0;
  std::vector<std::string> names{};  ///< of those that are not about to end
};

/// One field of the journal.
struct live_field {
  std::string name;
  headroom::reading seen;
};

/// What the scheduler sees: the replicas that are wanted, the pods that serve, and the metrics. A pod that is about to
/// end and one that does not serve yet count as none, so neither can hold up a decision. Model of MetricSource.
class live_source {
 public:
  using observation_type = observation;

  live_source(const source_options& o, double limit_s, std::function<double()> now_s, headroom::kubernetes& deployment,
              headroom::kubernetes_pods& pods);

  void begin() { records_.begin(now_s_()); }
  void add(const headroom::scheduler::request_record& r) { records_.add(r); }

  /// Nothing where something is not known; `said()` tells what.
  [[nodiscard]] std::optional<observation> read();
  /// What is known at least: the replicas that are wanted.
  [[nodiscard]] std::optional<observation> vital() const { return vital_; }
  [[nodiscard]] const std::vector<live_field>& fields() const { return fields_; }

  [[nodiscard]] const std::optional<observation>& last() const { return last_; }
  [[nodiscard]] const live_pods& pods() const { return pods_; }
  [[nodiscard]] double service_time_s() const { return service_time_s_; }  ///< mean of the last window; else NaN
  [[nodiscard]] const std::string& said() const { return said_; }
  [[nodiscard]] std::uint64_t damaged() const { return records_.damaged(); }

 private:
  [[nodiscard]] bool count_pods();
  [[nodiscard]] std::optional<headroom::scheduler::metric_reading> ask_prometheus();

  source_options o_;
  double limit_s_;
  std::function<double()> now_s_;
  headroom::kubernetes& deployment_;
  headroom::kubernetes_pods& listed_;
  headroom::scheduler::record_source records_;
  std::unique_ptr<headroom::prometheus> prometheus_{};
  std::optional<observation> last_{};
  std::optional<observation> vital_{};
  std::vector<live_field> fields_{};
  live_pods pods_{};
  double service_time_s_ = 0;
  std::string said_{};
};

}  // namespace live_scheduler
