#pragma once

#include <cstdint>  // std::uint64_t
#include <string>   // std::string

#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/served_fields.hpp>
#include <headroom/ext/served_targets.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace headroom {

/// The five verbs of an environment that asks from outside, as RLlib's clients know them, over JSON. An episode is a
/// target of its own. Its observations have the names of the targets' fields.
///
///     POST /v1/episodes/start        {"episode_id":"a"}                          200 {"episode_id":"a"}
///     POST /v1/episodes/get_action   {"episode_id":"a","observation":{...}}      200 {"action":1,"replicas":5}
///     POST /v1/episodes/log_action   {"episode_id":"a","observation":{...},"action":-1}: the environment acted itself,
///                                    and a policy that learns is told             200 {"action":-1,"replicas":3}
///     POST /v1/episodes/log_returns  {"episode_id":"a","reward":0.5}             200 {"learned":false}
///     POST /v1/episodes/end          {"episode_id":"a"}: it is forgotten         200 {"episode_id":"a"}
///
/// "action" is the number of replicas to add. A policy here has its own reward, which it computes from observations: a
/// reward that is logged is not learned, and the answer says so. A request that is at fault is answered with 400; one
/// whose observation has a value that nobody knows with 409, because an action must not be made up.
template <class Targets>
class episodes_dialect {
 public:
  /// `targets` must live longer than the server.
  explicit episodes_dialect(Targets& targets) : targets_(&targets) {}

  void add_to(policy_server& server) const {
    const auto verb = [&](const char* name, auto answer, bool decides = false) {
      server.post(std::string("/v1/episodes/") + name,
                  [self = *this, answer, decides](const policy_server::request& r) {
                    return self.with(r.body, decides, answer);
                  });
    };
    verb("start", [](const episodes_dialect&, const message& m) { return named(m); });
    verb(
        "get_action", [](const episodes_dialect&, const message& m) { return action(m, m.decision.replicas); }, true);
    verb(
        "log_action",
        [](const episodes_dialect& self, const message& m) {
          if (!m.acted) return server_reply::error(400, "action is missing, or no whole number");
          const int replicas = m.decision.seen + m.action;
          if (replicas < 0) return server_reply::error(400, "action leads below zero replicas");
          if (m.observed) self.targets_->executed(m.target, replicas);
          return action(m, replicas);
        },
        true);
    verb("log_returns", [](const episodes_dialect&, const message& m) {
      if (!m.rewarded) return server_reply::error(400, "reward is missing, or no number");
      return server_reply{R"({"learned":false})"};
    });
    verb("end", [](const episodes_dialect& self, const message& m) {
      if (!self.targets_->forget(m.target)) return server_reply::error(404, "there is no such episode");
      return named(m);
    });
  }

 private:
  using walk = internal::json_walk;
  struct message {
    std::string id{};
    std::string target{};
    bool observed = false;
    bool acted = false;
    bool rewarded = false;
    int action = 0;
    served_decision decision{};
  };

  // The id may stand behind the observation, so the message is gone through twice.
  template <class Answer>
  [[nodiscard]] server_reply with(const std::string& body, bool decides, const Answer& answer) const {
    message m;
    walk first(body);
    if (first.next() != walk::token::object) return server_reply::error(400, "this is no JSON object");
    first.members([&](const std::string& name, walk::token t) {
      if (name == "episode_id" && t == walk::token::text) m.id = first.text();
      if (name == "action" && walk::is_number(t)) {
        const double a = first.number();
        m.acted = a >= -1e6 && a <= 1e6 && a == static_cast<int>(a);
        if (m.acted) m.action = static_cast<int>(a);
      }
      m.rewarded = m.rewarded || (name == "reward" && walk::is_number(t));
      first.pass(t);
    });
    if (!first.ends()) return server_reply::error(400, "this is not JSON");
    if (m.id.empty()) return server_reply::error(400, "episode_id is missing, or no text");
    m.target = "episode/" + m.id;
    walk in(body);
    in.next();
    in.members([&](const std::string& name, walk::token t) {
      if (!decides || name != "observation" || t != walk::token::object || m.observed) return in.pass(t);
      m.decision = targets_->decide(in, targets_->fields(), m.target);
      m.observed = true;
    });
    if (m.decision.refused) return server_reply::error(400, m.decision.why);
    if (m.decision.held) return server_reply::error(409, m.decision.why);
    return answer(*this, m);
  }
  [[nodiscard]] static server_reply named(const message& m) {
    internal::json_writer w;
    return {w.open('{').name("episode_id").text(m.id).close('}').json()};
  }
  [[nodiscard]] static server_reply action(const message& m, int replicas) {
    if (!m.observed) return server_reply::error(400, "observation is missing, or no object");
    internal::json_writer w;
    w.open('{').name("action").integer(replicas - m.decision.seen);
    return {w.name("replicas").integer(replicas).close('}').json()};
  }

  Targets* targets_;
};

}  // namespace headroom
