#pragma once

#include <filesystem>   // std::filesystem::path
#include <functional>   // std::function
#include <limits>       // std::numeric_limits
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/ext/served_fields.hpp>
#include <headroom/ext/served_targets.hpp>

#include "scaling/autoscalers.hpp"
#include "scaling/scaled_observation.hpp"
#include "systems/service/service_file.hpp"

/// A policy of the tool for whoever asks for decisions from outside: by lines (`headroom recommend`) or over HTTP
/// (`headroom serve`).
namespace tool {

class command;

/// What a request tells of a service. A number that it does not tell is not known, and so NaN.
struct told_observation : scaled_observation {
  told_observation() {
    load = in_flight = backlog = utilisation = std::numeric_limits<double>::quiet_NaN();
    finished = timeouts = errors = late = load;
    ready = -1;  // all of them
  }
  double pressure = std::numeric_limits<double>::quiet_NaN();  ///< latency in times of the objective
  double queue_length_dominant = 0;                            ///< of the published scheduler; no policy here reads it
};

/// As a policy of the tool sees it.
struct show_told {
  double objective_s = 1;
  scaled_observation operator()(const told_observation& o) const;
};
using told_policy = shown_as_seen<told_observation, show_told>;

/// Which policy, of which service.
struct served_policy_options {
  std::string policy{};
  std::filesystem::path model{};
  service_flags service{};

  void declare(command& to);
};

/// An autoscaler by name, or the policy of a model that was trained on a service; for as many targets as ask.
class served_policy {
 public:
  /// Throws std::invalid_argument and file_error.
  explicit served_policy(const served_policy_options& o);

  /// A policy of its own for a target.
  [[nodiscard]] told_policy make() const;
  /// What a request tells, each name required that the policy reads: a number that is left out must not become one
  /// that was never measured. `with_time`: the time as well.
  [[nodiscard]] headroom::served_fields<told_observation> fields(bool with_time) const;
  /// The five numbers of the published scheduler; empty() where they do not hold what the policy reads.
  [[nodiscard]] headroom::served_fields<told_observation> scheduler_fields() const;
  [[nodiscard]] bool scheduler_tells_enough() const;
  /// Whether the policy reads this number: load, in_flight, backlog, utilisation or latency_s.
  [[nodiscard]] bool reads(std::string_view name) const;
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The service as it was described, or as the model was trained on it.
  [[nodiscard]] const service_plan& plan() const { return plan_; }
  /// "hpa reads utilisation", for standard error.
  [[nodiscard]] std::string sentence() const;

 private:
  /// What a policy may read of a request; found by trying, because a policy does not say it.
  struct read_fields {
    bool load = false;
    bool in_flight = false;
    bool backlog = false;
    bool utilisation = false;
    bool latency = false;
  };
  void take_autoscaler(const served_policy_options& o);
  void take_model(const served_policy_options& o);
  [[nodiscard]] std::vector<int> tried(double told_observation::*unknown) const;

  std::string name_;
  scaled_service about_{};
  double objective_s_ = 1;
  std::function<scaled_policy()> make_{};
  read_fields reads_{};
  service_plan plan_{};
};

/// A maker of policies for served_targets.
struct make_told {
  const served_policy* of;
  told_policy operator()(const std::string&) const { return of->make(); }
};
using told_targets = headroom::served_targets<told_observation, make_told>;

}  // namespace tool
