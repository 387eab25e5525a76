#pragma once

#include <cstddef>  // std::size_t
#include <string>   // std::string

#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/served_fields.hpp>
#include <headroom/ext/served_targets.hpp>
#include <headroom/io/exposition.hpp>

namespace headroom {

/// Our own dialect.
///
///     POST /v1/decide   {"target":"shop","time_s":60,"load":120,"replicas":6}
///                       200 {"target":"shop","replicas":7,"held":false}
///     POST /v1/decide   a list of such objects, at most 1,000: a list of such answers in the same order
///     POST /v1/observe  {"target":"shop","replicas":6}: what was done in place of the last decision
///                       200 {"target":"shop","replicas":6}, 404 if there was no decision
///
/// The names are those of the targets' fields; without a target there is one, whose name is empty. A request that is at
/// fault is answered with 400 and "error"; one that tells a value nobody knows with 200, "held" and "why". In both
/// "replicas" is what to keep, or null.
template <class Targets>
class decide_dialect {
 public:
  /// `targets` must live longer than the server.
  explicit decide_dialect(Targets& targets) : targets_(&targets) {}

  void add_to(policy_server& server) const {
    server.post("/v1/decide", [t = targets_](const policy_server::request& r) { return decide(*t, r.body); });
    server.post("/v1/observe", [t = targets_](const policy_server::request& r) { return observe(*t, r.body); });
    server.add_metrics([t = targets_](exposition& to) { t->expose(to); });
  }

 private:
  using walk = internal::json_walk;
  static constexpr std::size_t most_at_once = 1000;
  struct done {
    int replicas = 0;
  };

  // How many values the list has that is the whole body; nothing is decided before the body is known to be good.
  [[nodiscard]] static bool is_list(const std::string& body, std::size_t& length) {
    walk in(body);
    if (in.next() != walk::token::list) return false;
    in.values([&](walk::token t) {
      ++length;
      in.pass(t);
    });
    return in.ends();
  }
  [[nodiscard]] static server_reply decide(Targets& targets, const std::string& body) {
    std::size_t length = 0;
    if (!is_list(body, length)) {
      const served_decision d = targets.decide(body);
      return {d.json(), d.refused ? 400 : 200};
    }
    if (length > most_at_once) return server_reply::error(413, "a list may have at most 1000 observations");
    std::string all = "[";
    walk in(body);
    in.next();
    in.values([&](walk::token t) {
      if (all.size() > 1) all += ',';
      if (t == walk::token::object) {
        all += targets.decide(in, targets.fields(), {}).json();
      } else {
        all += targets.refuse("this is no JSON object").json();
        in.pass(t);
      }
    });
    return {all + ']'};
  }
  [[nodiscard]] static server_reply observe(Targets& targets, const std::string& body) {
    static const served_fields<done> fields{{"replicas", &done::replicas}};
    walk in(body);
    done what;
    if (in.next() != walk::token::object) return server_reply::error(400, "this is no JSON object");
    const served_reading r = fields.read(in, what);
    if (!r.problem.empty() || !in.ends()) return server_reply::error(400, r.problem.empty() ? "too much" : r.problem);
    if (!r.unknown.empty()) return server_reply::error(400, r.unknown);
    if (!targets.executed(r.target, what.replicas)) {
      return server_reply::error(404, "there is no decision for this target that could be replaced");
    }
    served_decision d;
    d.target = r.target;
    d.replicas = what.replicas;
    return {d.json()};
  }

  Targets* targets_;
};

}  // namespace headroom
