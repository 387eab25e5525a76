#pragma once

#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <type_traits>  // std::is_invocable_r_v
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/served_fields.hpp>
#include <headroom/ext/served_targets.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace headroom::scheduler {

/// What /learn brings: one step of what happened, as it was observed.
template <class O>
struct learned_step {
  O before{};
  int action = 0;  ///< as it was sent: the index, from 0 on
  double reward = 0;
  O after{};
};

/// The published request scheduler's agent, as its scheduler calls it.
///
///     POST /action  {"observation":{"n_instances":3,"pressure":0.4,"queue_length_dominant":2,"utilization":0.7,
///                    "workload":0.1}}                200 {"action":4}, the number of instances
///     POST /learn   {"observations":[...],"actions":[...],"rewards":[...],"next_observations":[...],"timesteps":[...]}
///                                                    200 {"message":"..."}
///
/// `fields` has the five names. What is at fault, or has a value that nobody knows, is answered with 400 or 503: the
/// scheduler then leaves the instances alone. `Learn(steps)` returns the message; without one, /learn is answered with
/// 501, because a server that says "learned" and does not learn is worse than none.
template <class Targets, class O>
class dialect {
 public:
  struct no_learner {};

  /// `targets` must live longer than the server.
  dialect(Targets& targets, served_fields<O> fields) : targets_(&targets), fields_(std::move(fields)) {}

  template <class Learn = no_learner>
  void add_to(policy_server& server, Learn learn = {}) const {
    server.post("/action", [self = *this](const policy_server::request& r) { return self.action(r.body); });
    if constexpr (std::is_invocable_r_v<std::string, const Learn&, const std::vector<learned_step<O>>&>) {
      server.post("/learn",
                  [self = *this, learn](const policy_server::request& r) { return self.learned(r.body, learn); });
    } else {
      server.post("/learn", [](const policy_server::request&) {
        return server_reply::error(501, "the policy that is served does not learn");
      });
    }
  }

 private:
  using walk = headroom::internal::json_walk;

  [[nodiscard]] server_reply action(const std::string& body) const {
    walk in(body);
    if (in.next() != walk::token::object) return server_reply::error(400, "this is no JSON object");
    served_decision d;
    bool observed = false;
    in.members([&](const std::string& name, walk::token t) {
      if (name != "observation" || t != walk::token::object || observed) return in.pass(t);
      d = targets_->decide(in, fields_, {});
      observed = true;
    });
    if (!observed) return server_reply::error(400, "observation is missing, or no object");
    if (d.refused) return server_reply::error(400, d.why);
    if (d.held) return server_reply::error(503, d.why);
    headroom::internal::json_writer w;
    return {w.open('{').name("action").integer(d.replicas).close('}').json()};
  }

  // The four lists, which must be of one length.
  template <class Learn>
  [[nodiscard]] server_reply learned(const std::string& body, const Learn& learn) const {
    std::vector<O> before;
    std::vector<O> after;
    std::vector<double> actions;
    std::vector<double> rewards;
    std::string problem;
    walk in(body);
    if (in.next() != walk::token::object) return server_reply::error(400, "this is no JSON object");
    in.members([&](const std::string& name, walk::token t) {
      const bool list = t == walk::token::list;
      if (list && name == "observations") return observations(in, name, before, problem);
      if (list && name == "next_observations") return observations(in, name, after, problem);
      if (list && name == "actions") return numbers(in, name, actions, problem);
      if (list && name == "rewards") return numbers(in, name, rewards, problem);
      in.pass(t);
    });
    if (!in.ends()) return server_reply::error(400, "this is not JSON");
    if (!problem.empty()) return server_reply::error(400, problem);
    const std::size_t n = before.size();
    if (n == 0 || after.size() != n || actions.size() != n || rewards.size() != n) {
      return server_reply::error(400, "observations, actions, rewards and next_observations must be of one length");
    }
    std::vector<learned_step<O>> steps;
    for (std::size_t k = 0; k < n; ++k) {
      const bool whole = actions[k] >= 0 && actions[k] <= 1e6 && actions[k] == static_cast<int>(actions[k]);
      if (!whole) return server_reply::error(400, "actions[" + to_text(k) + "] must be whole, and zero or more");
      steps.push_back({before[k], static_cast<int>(actions[k]), rewards[k], after[k]});
    }
    headroom::internal::json_writer w;
    return {w.open('{').name("message").text(learn(steps)).close('}').json()};
  }
  void observations(walk& in, const std::string& name, std::vector<O>& to, std::string& problem) const {
    in.values([&](walk::token t) {
      O o{};
      served_reading r;
      if (t == walk::token::object) {
        r = fields_.read(in, o);
      } else {
        r.problem = "no object: the five numbers need their names";
        in.pass(t);
      }
      const std::string& why = r.problem.empty() ? r.unknown : r.problem;
      if (problem.empty() && !why.empty()) problem = name + "[" + to_text(to.size()) + "]: " + why;
      to.push_back(o);
    });
  }
  static void numbers(walk& in, const std::string& name, std::vector<double>& to, std::string& problem) {
    in.values([&](walk::token t) {
      const bool number = walk::is_number(t);
      if (problem.empty() && !number) problem = name + "[" + to_text(to.size()) + "] is no number";
      to.push_back(number ? in.number() : 0);
      in.pass(t);
    });
  }

  Targets* targets_;
  served_fields<O> fields_;
};

}  // namespace headroom::scheduler
