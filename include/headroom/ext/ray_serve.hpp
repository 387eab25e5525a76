#pragma once

#include <cmath>        // std::floor
#include <filesystem>   // std::filesystem::path
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/live/scaler.hpp>

/// Scales a deployment of Ray Serve as an external scaler, through the REST of Ray's dashboard. Needs cpp-httplib: the
/// CMake component `http`, find_package(headroom COMPONENTS http) and headroom::http.
namespace headroom {

/// A deployment, and how its dashboard is asked.
struct ray_serve_options {
  std::string url = "http://127.0.0.1:8265";
  std::string application = "default";
  std::string deployment{};
  double timeout_s = 5;                ///< for a connection, and again for an answer
  std::filesystem::path token_file{};  ///< one line, sent as a bearer token: of a proxy before the dashboard
  std::filesystem::path ca_file{};     ///< PEM: who may have signed the certificate; empty: the system's list
  bool secret_over_http = false;       ///< send the token to another machine without TLS
};

/// A client of one deployment. Model of Scaler; its two queries are for live/sense.hpp. The application must have
/// `external_scaler_enabled: true`, and no autoscaler of its own; Ray calls this interface alpha. The dashboard tells a
/// number of replicas and no version of it, so a change of somebody else between our look and our change is
/// overwritten. Tested against a server that follows the published contract, not against Ray itself. One thread at a
/// time.
///     ray_serve model{{.url = "http://head:8265", .application = "chat", .deployment = "LLM"}};
class ray_serve {
 public:
  /// Throws std::invalid_argument, and file_error for a token that cannot be read. Nothing is asked yet.
  explicit ray_serve(ray_serve_options o)
      : options_(std::move(o)),
        question_("ray_serve", {.url = options_.url,
                                .timeout_s = options_.timeout_s,
                                .bearer_token_file = options_.token_file,
                                .ca_file = options_.ca_file,
                                .secret_over_http = options_.secret_over_http}) {
    require_name("application", options_.application);
    require_name("deployment", options_.deployment);
  }

  /// The replicas that are wanted now; a deployment that is not there is `empty`. One request. Does not throw.
  [[nodiscard]] reading read_replicas() { return of(&status::wanted); }
  /// Those that run.
  [[nodiscard]] reading read_ready() { return of(&status::running); }
  /// The same as queries. This client must live longer than they, and stay where it is.
  [[nodiscard]] auto replicas() {
    return [this] { return read_replicas(); };
  }
  [[nodiscard]] auto ready() {
    return [this] { return read_ready(); };
  }
  /// Whether the application takes changes from an external scaler; nothing if it does not say. One request.
  [[nodiscard]] std::optional<bool> takes_changes() {
    said_.clear();
    const std::optional<status> s = look();
    return s ? s->external : std::nullopt;
  }

  /// Asks for `to` replicas, if the deployment still wants `from`: else `conflict`. One change, no further try; two
  /// requests. Does not throw.
  decision_outcome scale(int from, int to) {
    said_.clear();
    if (to < 0) {
      said_ = "ray_serve: replicas is " + to_text(to) + ", must be zero or more";
      return decision_outcome::refused;
    }
    const std::optional<status> before = look();
    if (!before) return decision_outcome::refused;
    if (before->wanted != from) {
      said_ = place() + ": wants " + to_text(before->wanted) + " replicas now and not " + to_text(from) +
              ": somebody else scaled it";
      return decision_outcome::conflict;
    }
    internal::json_writer w;
    w.open('{').name("target_num_replicas").integer(to).close('}');
    const internal::http_answer a = question_.ask(
        "POST", "/api/v1/applications/" + options_.application + "/deployments/" + options_.deployment + "/scale",
        w.json(), "application/json");
    if (a.status >= 200 && a.status < 300) return decision_outcome::applied;
    explain(a);
    return a.status >= 300 && a.status < 500 ? decision_outcome::refused : decision_outcome::unknown;
  }

  /// Why the last question has no answer, or the last change did not happen, in a sentence; empty if all is well.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  /// "the deployment LLM of the application chat at http://head:8265".
  [[nodiscard]] std::string place() const {
    return "the deployment " + options_.deployment + " of the application " + options_.application + " at " +
           question_.address().root();
  }

 private:
  using walk = internal::json_walk;
  // What the dashboard tells of a deployment; -1: it does not tell it.
  struct status {
    int wanted = -1;
    int running = -1;
    std::optional<bool> external{};
    bool found = false;
  };

  static void require_name(std::string_view what, const std::string& name) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
    const bool possible = !name.empty() && name.size() <= 253 && name != "." && name != ".." &&
                          name.find_first_not_of(plain) == name.npos;
    require(possible, "ray_serve", what, name, "be a name of letters, digits and . _ ~ -");
  }
  [[nodiscard]] reading of(int status::*number) {
    said_.clear();
    why_ = unknown_why::failed;
    const std::optional<status> s = look();
    if (!s) return reading::none(why_);
    if (*s.*number >= 0) return reading::of(*s.*number);
    said_ = place() + ": Ray tells no " + (number == &status::wanted ? "target_num_replicas" : "replicas");
    return reading::none(unknown_why::impossible);
  }
  [[nodiscard]] std::optional<status> look() {
    const internal::http_answer a = question_.ask("GET", "/api/serve/applications/");
    if (a.status != 200) {
      explain(a);
      return std::nullopt;
    }
    status s;
    walk in(a.body);
    bool applications = false;
    const bool object = in.next() == walk::token::object;
    if (object) {
      in.members([&](const std::string& name, walk::token value) {
        applications = applications || (name == "applications" && value == walk::token::object);
        within(in, name == "applications", value, [&](const std::string& app, walk::token t) {
          within(in, app == options_.application, t, [&](const std::string& part, walk::token p) {
            if (part == "external_scaler_enabled" && p == walk::token::boolean) s.external = in.boolean();
            within(in, part == "deployments", p, [&](const std::string& one, walk::token d) {
              if (one != options_.deployment || d != walk::token::object) return in.pass(d);
              s.found = true;
              in.members([&](const std::string& key, walk::token v) { read_deployment(in, key, v, s); });
            });
          });
        });
      });
    }
    if (!object || !in.ends() || !applications) {
      said_ = place() + ": not what a dashboard of Ray tells, or cut off";
      return std::nullopt;
    }
    if (s.found) return s;
    said_ = place() + ": there is no such deployment";
    why_ = unknown_why::empty;
    return std::nullopt;
  }
  // Goes through an object that is looked for; passes over everything else.
  template <class F>
  static void within(walk& in, bool wanted, walk::token t, F&& f) {
    if (wanted && t == walk::token::object)
      in.members(f);
    else
      in.pass(t);
  }
  static void read_deployment(walk& in, const std::string& key, walk::token v, status& s) {
    if (key == "target_num_replicas" && walk::is_number(v)) {
      const double n = in.number();
      const bool count = n >= 0 && n <= std::numeric_limits<int>::max() && n == std::floor(n);
      s.wanted = count ? static_cast<int>(n) : -1;
    }
    if (key != "replicas" || v != walk::token::list) return in.pass(v);
    s.running = 0;
    in.values([&](walk::token one) {
      within(in, true, one, [&](const std::string& part, walk::token p) {
        if (part == "state" && p == walk::token::text && in.text() == "RUNNING") ++s.running;
        in.pass(p);
      });
    });
  }
  void explain(const internal::http_answer& a) {
    const std::string head = place() + ": " + to_text(a.status);
    if (a.status == 0)
      said_ = a.problem;
    else if (a.status == 412)
      said_ = head + ": the application takes no changes, must have external_scaler_enabled: true";
    else if (a.status == 401 || a.status == 403)
      said_ = head + ": the token is not accepted";
    else if (a.status == 404)
      said_ = head + ": there is no such deployment, or this Ray has no external scaling";
    else if (a.status >= 300 && a.status < 400)
      said_ = head + ": it sends elsewhere, must be the dashboard itself";
    else
      said_ = head + (a.body.empty() ? std::string() : ", " + a.body.substr(0, 200));
  }

  ray_serve_options options_;
  internal::http_question question_;
  unknown_why why_ = unknown_why::failed;
  std::string said_{};
};
static_assert(Scaler<ray_serve>);

}  // namespace headroom
