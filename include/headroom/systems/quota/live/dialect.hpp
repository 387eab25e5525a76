#pragma once

#include <string>   // std::string
#include <utility>  // std::move

#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/served_fields.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/systems/quota/question.hpp>

namespace headroom::quota {

/// The prediction server of the published quota manager, as the manager calls it.
///
///     POST /predict/   {"deployment_id":"12345678","replicas":2,"initial_cpu_usage":1,"applied_cpu_usage":0.5, ...}
///                      200 {"deployment_id":"12345678","predicted_class":0}
///     POST /feedback/  {"id":"12345678","correct_label":1,"reward":-3}     200 {"message":"..."}
///
/// `Predict(id, question)` returns a class from 0 to 3: apply, migrate, one replica more, one less; anything below 0 is
/// no class, and answered with 503. `Feedback(id, label, reward)` returns the message. Both may be called by several
/// threads.
template <class Predict, class Feedback>
class dialect {
 public:
  dialect(Predict predict, Feedback feedback) : predict_(std::move(predict)), feedback_(std::move(feedback)) {}

  void add_to(policy_server& server) const {
    server.post("/predict/", [self = *this](const policy_server::request& r) { return self.predicted(r.body); });
    server.post("/feedback/", [self = *this](const policy_server::request& r) { return self.told(r.body); });
  }

 private:
  using walk = headroom::internal::json_walk;
  struct verdict {
    int label = 0;
    double reward = 0;
  };

  // Whose numbers they are and what is wrong with them.
  template <class O>
  [[nodiscard]] static served_reading read(const std::string& body, const char* id, const served_fields<O>& fields,
                                           O& o) {
    walk in(body);
    served_reading r;
    if (in.next() != walk::token::object) {
      r.problem = "this is no JSON object";
      return r;
    }
    r = fields.read(in, o, id);
    if (r.problem.empty()) r.problem = r.unknown;
    if (r.problem.empty() && r.target.empty()) r.problem = std::string(id) + " is missing, or no text";
    if (r.problem.empty() && !in.ends()) r.problem = "this is more than one JSON object";
    return r;
  }
  [[nodiscard]] server_reply predicted(const std::string& body) const {
    using q = question;
    static const served_fields<q> fields{{"replicas", &q::replicas},
                                         {"initial_cpu_usage", &q::initial_cpu},
                                         {"applied_cpu_usage", &q::applied_cpu},
                                         {"initial_memory_usage", &q::initial_memory},
                                         {"applied_memory_usage", &q::applied_memory},
                                         {"initial_avg_latency", &q::initial_latency},
                                         {"latest_avg_latency", &q::latest_latency}};
    question asked;
    const served_reading r = read(body, "deployment_id", fields, asked);
    if (!r.problem.empty()) return server_reply::error(400, r.problem);
    const int found = predict_(r.target, asked);
    if (found < 0) return server_reply::error(503, "there is no class for these numbers");
    headroom::internal::json_writer w;
    return {w.open('{').name("deployment_id").text(r.target).name("predicted_class").integer(found).close('}').json()};
  }
  [[nodiscard]] server_reply told(const std::string& body) const {
    static const served_fields<verdict> fields{{"correct_label", &verdict::label}, {"reward", &verdict::reward}};
    verdict v;
    const served_reading r = read(body, "id", fields, v);
    if (!r.problem.empty()) return server_reply::error(400, r.problem);
    headroom::internal::json_writer w;
    return {w.open('{').name("message").text(feedback_(r.target, v.label, v.reward)).close('}').json()};
  }

  Predict predict_;
  Feedback feedback_;
};

}  // namespace headroom::quota
