#pragma once

#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/form_text.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/internal/rest_scaler.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/live/scaler.hpp>

/// Scales a function of OpenFaaS through its gateway's REST, as version 0.25.4 speaks it. Needs cpp-httplib: the CMake
/// component `http`, find_package(headroom COMPONENTS http) and headroom::http.
namespace headroom {

/// A function, and how its gateway is asked.
struct openfaas_options {
  std::string url = "http://127.0.0.1:8080";
  std::string function{};
  std::string name_space{};  ///< empty: the gateway's own
  double timeout_s = 5;      ///< for a connection, and again for an answer
  std::string user{};        ///< of basic authentication, with password_file
  std::filesystem::path password_file{};
  std::filesystem::path ca_file{};  ///< PEM: who may have signed the gateway's certificate; empty: the system's list
  bool secret_over_http = false;    ///< send the password to another machine without TLS
};

/// A client of one function. Model of Scaler; its two queries are for live/sense.hpp. The gateway tells a number of
/// replicas and no version of it, so a change of somebody else between our look and our change is overwritten. One
/// thread at a time.
///
/// The gateway may bring what it is asked for into limits of its own and still say that it took it: today's community
/// edition keeps every function from 1 to 5. So what it has afterwards is read back: `scale` is `applied` if the
/// function wants `to` afterwards; if it wants another number, or does not say, `unknown`: the next read tells. Three
/// requests.
///     openfaas resize{{.url = "https://gateway.example.org", .function = "resize", .user = "admin",
///                      .password_file = "/run/secrets/basic-auth-password"}};
class openfaas : public internal::rest_scaler<openfaas> {
  using base = internal::rest_scaler<openfaas>;
  friend base;

 public:
  /// Throws std::invalid_argument, and file_error for a password that cannot be read. Nothing is asked yet.
  explicit openfaas(openfaas_options o)
      : base({.who = "openfaas",
              .teller = "the gateway",
              .wanted = "replicas",
              .ready = "availableReplicas",
              .secret = "the user or the password is",
              .absent = "there is no such function",
              .itself = "the gateway itself"},
             {.url = o.url,
              .timeout_s = o.timeout_s,
              .user = o.user,
              .password_file = o.password_file,
              .ca_file = o.ca_file,
              .secret_over_http = o.secret_over_http}),
        options_(std::move(o)) {
    require_name("function", options_.function);
    if (!options_.name_space.empty()) require_name("name_space", options_.name_space);
  }

  /// "the function resize at http://127.0.0.1:8080".
  [[nodiscard]] std::string place() const {
    return "the function " + options_.function + (options_.name_space.empty() ? "" : '.' + options_.name_space) +
           " at " + question_.address().root();
  }

 private:
  static void require_name(std::string_view what, const std::string& name) {
    const bool possible = !name.empty() && name.size() <= 63 && name.front() != '-' &&
                          name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos;
    require(possible, "openfaas", what, name, "be a name of a function: lower-case letters, digits and -");
  }
  [[nodiscard]] std::string query() const {
    if (options_.name_space.empty()) return {};
    std::string form;
    internal::add_to_form(form, "namespace", options_.name_space);
    return '?' + form;
  }
  [[nodiscard]] internal::http_answer change(int to) {
    internal::json_writer w;
    w.open('{').name("serviceName").text(options_.function);
    if (!options_.name_space.empty()) w.name("namespace").text(options_.name_space);
    w.name("replicas").integer(to).close('}');
    return question_.ask("POST", "/system/scale-function/" + options_.function + query(), w.json(), "application/json");
  }
  [[nodiscard]] decision_outcome settled(int to) {
    const std::optional<internal::told_replicas> after = look();
    if (!after || !tells(*after, &internal::told_replicas::wanted)) return decision_outcome::unknown;
    if (after->wanted == to) return decision_outcome::applied;
    said_ = place() + ": wants " + to_text(after->wanted) + " replicas after " + to_text(to) +
            " were asked for: the gateway has limits of its own, or somebody else scaled it";
    return decision_outcome::unknown;
  }
  // Not /system/functions, which tells of all: version 0.25.4 breaks the connection there when its Prometheus is away.
  [[nodiscard]] std::optional<internal::told_replicas> look() {
    const internal::http_answer a = question_.ask("GET", "/system/function/" + options_.function + query());
    if (a.status != 200) {
      explain(a);
      if (a.status == 404) why_ = unknown_why::empty;
      return std::nullopt;
    }
    using walk = internal::json_walk;
    internal::told_replicas s;
    std::string function;
    walk in(a.body);
    const bool object = in.next() == walk::token::object;
    if (object) {
      in.members([&](const std::string& name, walk::token value) {
        if (name == "name" && value == walk::token::text) function = in.text();
        if (walk::is_number(value)) {
          const int n = internal::count_of(in.number());
          if (name == "replicas") s.wanted = n;
          if (name == "availableReplicas") s.ready = n;
        }
        in.pass(value);
      });
    }
    if (object && in.ends() && function == options_.function) return s;
    said_ = place() + ": not what a gateway of OpenFaaS tells of it, or cut off";
    return std::nullopt;
  }

  openfaas_options options_;
};
static_assert(Scaler<openfaas>);

}  // namespace headroom
