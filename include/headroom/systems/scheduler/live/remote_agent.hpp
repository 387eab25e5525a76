#pragma once

#include <cmath>       // std::floor, std::isfinite
#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/io/internal/json_writer.hpp>

/// The other side of the published request scheduler's /action (dialect.hpp): who asks. Needs
/// cpp-httplib: the CMake component `http`.
namespace headroom::scheduler {

/// Where the agent is.
struct remote_agent_options {
  std::string url = "http://dqn-agent:5000";
  double timeout_s = 10;               ///< for the connection, and again for the answer; as published
  std::filesystem::path token_file{};  ///< its one line is sent as a bearer token; read again for each question
  bool secret_over_http = false;       ///< send it to another machine without TLS, as within a cluster
};

/// Asks an agent for the number of replicas. The five metrics are sent raw; the ranges are the agent's, which was
/// trained with them. One thread at a time.
///     remote_agent agent{{.url = "http://dqn-agent:5000"}};
///     const std::optional<int> replicas = agent.action(metrics);
class remote_agent {
 public:
  /// Throws std::invalid_argument. Nothing is asked yet.
  explicit remote_agent(const remote_agent_options& o = {})
      : question_("remote_agent", {.url = o.url,
                                   .timeout_s = o.timeout_s,
                                   .bearer_token_file = o.token_file,
                                   .secret_over_http = o.secret_over_http}) {}

  /// The replicas that the agent wants, at least 1; nothing where `said()` tells why there is no such answer. `O` has
  /// the five metrics, such as service_metrics; one that is not finite is not sent. Does not throw.
  template <class O>
  [[nodiscard]] std::optional<int> action(const O& o) {
    said_.clear();
    const struct {
      const char* name;
      double value;
    } all[] = {{"n_instances", o.n_instances},
               {"pressure", o.pressure},
               {"queue_length_dominant", o.queue_length_dominant},
               {"utilization", o.utilization},
               {"workload", o.workload}};
    headroom::internal::json_writer w;
    w.open('{').name("observation").open('{');
    for (const auto& one : all) {
      if (!std::isfinite(one.value)) return none(std::string(one.name) + " is not known");
      w.name(one.name).number(one.value);
    }
    w.close('}').close('}');
    const headroom::internal::http_answer a = question_.post("/action", w.json(), "application/json");
    const std::string where = question_.address().root();
    if (a.status == 0) return none(a.problem);
    if (a.status != 200) return none(where + ": " + to_text(a.status) + ", " + error_in(a.body));
    const std::optional<double> k = action_in(a.body);
    if (!k) return none(where + ": not an action, or cut off");
    const bool possible = *k >= 1 && *k <= 1e6 && *k == std::floor(*k);
    if (!possible) return none(where + ": the action is " + to_text(*k) + ", must be a number of replicas from 1 on");
    return static_cast<int>(*k);
  }
  /// Why the last question has no answer, in a sentence; empty if it has.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }

 private:
  using walk = headroom::internal::json_walk;

  std::nullopt_t none(std::string sentence) {
    said_ = std::move(sentence);
    return std::nullopt;
  }
  [[nodiscard]] static std::optional<double> action_in(const std::string& body) {
    std::optional<double> k;
    walk in(body);
    if (in.next() != walk::token::object) return std::nullopt;
    in.members([&](const std::string& name, walk::token t) {
      if (name == "action" && walk::is_number(t)) k = in.number();
      in.pass(t);
    });
    return in.ends() ? k : std::nullopt;
  }
  [[nodiscard]] static std::string error_in(const std::string& body) {
    std::string text = "and not what an agent answers";
    walk in(body);
    if (in.next() != walk::token::object) return text;
    in.members([&](const std::string& name, walk::token t) {
      if (name == "error" && t == walk::token::text) text = in.text();
      in.pass(t);
    });
    return text;
  }

  headroom::internal::http_question question_;
  std::string said_{};
};

/// An agent, and a rule for the time when it does not answer. Without an answer the replicas stay as they are (0).
/// After `patience_s` of that the rule decides, until the agent answers again. The published scheduler leaves them as
/// they are for ever. `Agent` has action(o) -> std::optional<int>. `Rule` is a policy of numbers of
/// replicas, 0 for: leave it. `O` has `time_s`. Model of Policy of numbers of replicas.
///     patient_agent policy{remote_agent{{.url = url}}, rule, 120};
template <class Agent, class Rule>
class patient_agent {
 public:
  /// Throws std::invalid_argument.
  patient_agent(Agent agent, Rule rule, double patience_s)
      : agent_(std::move(agent)), rule_(std::move(rule)), patience_s_(patience_s) {
    require_not_negative("patient_agent", "patience_s", patience_s);
  }

  template <class O>
  int start(const O& o) {
    answered_s_.reset();
    rule_begun_ = false;
    return step(o);
  }
  template <class O>
  int step(const O& o) {
    // The rule sees every observation, so that it can decide at any moment.
    const int by_rule = rule_begun_ ? rule_.step(o) : rule_.start(o);
    rule_begun_ = true;
    const std::optional<int> k = agent_.action(o);
    if (k || !answered_s_ || *answered_s_ > o.time_s) answered_s_ = o.time_s;  // or the clock was set back
    ruled_ = !k && o.time_s - *answered_s_ >= patience_s_;
    if (k) return *k;
    ++unanswered_;
    return ruled_ ? by_rule : 0;
  }
  template <class O>
  void stop(const O& o, episode why) {
    if (rule_begun_) rule_.stop(o, why);
    rule_begun_ = false;
  }

  [[nodiscard]] Agent& agent() noexcept { return agent_; }
  /// Whether the rule made the last decision.
  [[nodiscard]] bool ruled() const noexcept { return ruled_; }
  /// How often the agent gave no answer.
  [[nodiscard]] std::uint64_t unanswered() const noexcept { return unanswered_; }

 private:
  Agent agent_;
  Rule rule_;
  double patience_s_;
  std::optional<double> answered_s_{};
  bool rule_begun_ = false;
  bool ruled_ = false;
  std::uint64_t unanswered_ = 0;
};

}  // namespace headroom::scheduler
