#pragma once

#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/internal/rest_scaler.hpp>
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
/// overwritten. `scale` makes two requests. Tested against a server that follows the published contract, not against
/// Ray itself. One thread at a time.
///     ray_serve model{{.url = "http://head:8265", .application = "chat", .deployment = "LLM"}};
class ray_serve : public internal::rest_scaler<ray_serve> {
  using base = internal::rest_scaler<ray_serve>;
  friend base;

 public:
  /// Throws std::invalid_argument, and file_error for a token that cannot be read. Nothing is asked yet.
  explicit ray_serve(ray_serve_options o)
      : base({.who = "ray_serve",
              .teller = "Ray",
              .wanted = "target_num_replicas",
              .ready = "replicas",
              .secret = "the token is",
              .absent = "there is no such deployment, or this Ray has no external scaling",
              .itself = "the dashboard itself"},
             {.url = o.url,
              .timeout_s = o.timeout_s,
              .bearer_token_file = o.token_file,
              .ca_file = o.ca_file,
              .secret_over_http = o.secret_over_http}),
        options_(std::move(o)) {
    require_name("application", options_.application);
    require_name("deployment", options_.deployment);
  }

  /// Whether the application takes changes from an external scaler; nothing if it does not say. One request.
  [[nodiscard]] std::optional<bool> takes_changes() {
    said_.clear();
    return look() ? external_ : std::nullopt;
  }

  /// "the deployment LLM of the application chat at http://head:8265".
  [[nodiscard]] std::string place() const {
    return "the deployment " + options_.deployment + " of the application " + options_.application + " at " +
           question_.address().root();
  }

 private:
  using walk = internal::json_walk;
  static void require_name(std::string_view what, const std::string& name) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";
    const bool possible = !name.empty() && name.size() <= 253 && name != "." && name != ".." &&
                          name.find_first_not_of(plain) == name.npos;
    require(possible, "ray_serve", what, name, "be a name of letters, digits and . _ ~ -");
  }
  [[nodiscard]] internal::http_answer change(int to) {
    internal::json_writer w;
    w.open('{').name("target_num_replicas").integer(to).close('}');
    internal::http_answer a = question_.ask(
        "POST", "/api/v1/applications/" + options_.application + "/deployments/" + options_.deployment + "/scale",
        w.json(), "application/json");
    if (a.status == 412) a.body = "the application takes no changes, must have external_scaler_enabled: true";
    return a;
  }
  [[nodiscard]] static decision_outcome settled(int) noexcept { return decision_outcome::applied; }
  [[nodiscard]] std::optional<internal::told_replicas> look() {
    const internal::http_answer a = question_.ask("GET", "/api/serve/applications/");
    if (a.status != 200) {
      explain(a);
      return std::nullopt;
    }
    internal::told_replicas s;
    bool found = false;
    external_.reset();
    walk in(a.body);
    bool applications = false;
    const bool object = in.next() == walk::token::object;
    if (object) {
      in.members([&](const std::string& name, walk::token value) {
        applications = applications || (name == "applications" && value == walk::token::object);
        within(in, name == "applications", value, [&](const std::string& app, walk::token t) {
          within(in, app == options_.application, t, [&](const std::string& part, walk::token p) {
            if (part == "external_scaler_enabled" && p == walk::token::boolean) external_ = in.boolean();
            within(in, part == "deployments", p, [&](const std::string& one, walk::token d) {
              if (one != options_.deployment || d != walk::token::object) return in.pass(d);
              found = true;
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
    if (found) return s;
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
  static void read_deployment(walk& in, const std::string& key, walk::token v, internal::told_replicas& s) {
    if (key == "target_num_replicas" && walk::is_number(v)) s.wanted = internal::count_of(in.number());
    if (key != "replicas" || v != walk::token::list) return in.pass(v);
    s.ready = 0;
    in.values([&](walk::token one) {
      within(in, true, one, [&](const std::string& part, walk::token p) {
        if (part == "state" && p == walk::token::text && in.text() == "RUNNING") ++s.ready;
        in.pass(p);
      });
    });
  }

  ray_serve_options options_;
  std::optional<bool> external_{};  // whether the application takes changes, as the last look found
};
static_assert(Scaler<ray_serve>);

}  // namespace headroom
