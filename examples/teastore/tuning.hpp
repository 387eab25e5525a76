#pragma once

#include <chrono>      // std::chrono::steady_clock
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <map>         // std::map
#include <optional>    // std::optional
#include <string>      // std::string

#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/kubernetes_objects.hpp>
#include <headroom/ext/prometheus.hpp>

#include "teastore/knobs.hpp"
#include "teastore/rewards.hpp"

namespace live_teastore {

struct tuning_options {
  knob_names names{};
  std::string agent_url = "http://127.0.0.1:8080";
  std::string prometheus_url = "http://127.0.0.1:9090";
  std::map<std::string, std::string> queries{};  ///< by name, PromQL; what is left out has the queries of a cluster
  std::string age{};          ///< an expression for the age of the newest sample, in seconds; left out: as there
  double stale_s = 30;        ///< what is older is not known
  std::string window = "2m";  ///< of the rates in the queries of a cluster
  std::string reward = "r1";
  std::size_t episode_steps = 50;
  double settle_s = 120;            ///< after a move, before anything is measured: longer than the window
  double hold_s = 15;               ///< the same where nothing was changed
  double rollout_deadline_s = 300;  ///< then the configuration before comes back
  double retry_s = 3;               ///< between two tries to measure
  int tries = 20;               ///< then the step is given up, and nothing is changed until it can be measured again
  double timeout_s = 5;         ///< of one request
  std::filesystem::path log{};  ///< a line of JSON for each step is added; empty: none
};

/// What became of one step.
struct tuning_step {
  std::string episode{};
  std::size_t number = 0;  ///< in the episode, from 1
  configuration from{};
  std::optional<std::size_t> action{};  ///< the move; nothing where none was chosen
  configuration to{};
  std::string outcome{};  ///< done, contested, refused, no-agent, rollout, silent, unknown
  std::string why{};      ///< in a sentence, where it is not done
  double rollout_s = 0;
  measured_shop measured{};
  std::optional<double> reward{};
  knob_values ours{};  ///< of a contested step: what we had written, and what somebody else did
  knob_values theirs{};
};

/// The loop of the published client, as a thing that is asked again and again: it never waits. A step is: read the
/// Deployment, ask the agent for a move, write it, wait until it is rolled out, let it settle, measure, reward, log.
///
/// Nothing is written over what somebody else wrote: the change is bound to what was read. A move off the published
/// grid is never written. Where the rollout is not finished in time, the configuration before comes back. Where nothing
/// can be measured, nothing is changed until it can. Missing is never zero: such a step has no reward.
class tuning {
 public:
  /// Throws std::invalid_argument on impossible options. Nothing is asked yet.
  explicit tuning(tuning_options o);

  /// Goes on as far as it can without waiting; true if a step ended, which is `last()`. `seconds_to_wait()` is how long
  /// it may be left alone. Does not throw for what a server does.
  bool go_on(headroom::kubernetes_objects& cluster);
  [[nodiscard]] const tuning_step& last() const noexcept { return step_; }
  [[nodiscard]] std::size_t steps() const noexcept { return steps_; }      ///< that ended, ever
  [[nodiscard]] double total() const noexcept { return total_; }           ///< of the rewards, ever
  [[nodiscard]] std::size_t patches() const noexcept { return patches_; }  ///< sent to the Deployment, ever
  /// What is going on, in a sentence.
  [[nodiscard]] const std::string& doing() const noexcept { return doing_; }
  /// Ends the episode at the agent.
  void end_episode();

  [[nodiscard]] const tuning_options& options() const noexcept { return o_; }
  [[nodiscard]] static headroom::kubernetes_kind deployments() { return {"apps/v1", "deployments"}; }

 private:
  using clock = std::chrono::steady_clock;
  enum class phase { decide, roll, settle, measure, silent };

  bool decide(headroom::kubernetes_objects& cluster);
  bool roll(headroom::kubernetes_objects& cluster);
  bool measure();
  bool finish(const std::string& outcome, const std::string& why);
  bool contested(const knob_values& theirs, const std::string& why);
  void wait(phase next, double seconds);
  [[nodiscard]] bool read_all(measured_shop& m, std::string& why);
  [[nodiscard]] std::optional<headroom::internal::config_node> ask(const char* verb, const std::string& more,
                                                                   std::string& why);
  void write_down();

  tuning_options o_;
  named_reward reward_;
  headroom::internal::http_question agent_;
  headroom::prometheus metrics_;
  phase phase_ = phase::decide;
  clock::time_point not_before_{};
  clock::time_point began_{};
  int tries_ = 0;
  bool open_ = false;  // the episode was begun at the agent
  std::string episode_{};
  std::size_t in_episode_ = 0;
  std::uint64_t episodes_ = 0;
  knob_values before_{};
  std::optional<knob_values> written_{};  // what the Deployment must be, unless somebody else turns a knob
  std::optional<measured_shop> known_{};
  tuning_step step_{};
  std::string doing_{};
  std::size_t steps_ = 0;
  std::size_t patches_ = 0;
  double total_ = 0;
};

}  // namespace live_teastore
