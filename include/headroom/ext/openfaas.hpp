#pragma once

#include <cmath>        // std::floor
#include <filesystem>   // std::filesystem::path
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/form_text.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/json_walk.hpp>
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
/// replicas and no version of it, so a change of somebody else between our look and our change is overwritten: that
/// cannot be helped here, and is rare. One thread at a time.
///
/// The gateway may bring what it is asked for into limits of its own and still say that it took it: today's community
/// edition keeps every function from 1 to 5. So what it has afterwards is read back.
///     openfaas resize{{.url = "https://gateway.example.org", .function = "resize", .user = "admin",
///                      .password_file = "/run/secrets/basic-auth-password"}};
class openfaas {
 public:
  /// Throws std::invalid_argument, and file_error for a password that cannot be read. Nothing is asked yet.
  explicit openfaas(openfaas_options o)
      : options_(std::move(o)),
        question_("openfaas", {.url = options_.url,
                               .timeout_s = options_.timeout_s,
                               .user = options_.user,
                               .password_file = options_.password_file,
                               .ca_file = options_.ca_file,
                               .secret_over_http = options_.secret_over_http}) {
    require_name("function", options_.function);
    if (!options_.name_space.empty()) require_name("name_space", options_.name_space);
  }

  /// The replicas that are wanted now; a function that is not there is `empty`. One request. Does not throw.
  [[nodiscard]] reading read_replicas() { return of(&status::replicas); }
  /// Those that can serve.
  [[nodiscard]] reading read_ready() { return of(&status::ready); }
  /// The same as queries. This client must live longer than they, and stay where it is.
  [[nodiscard]] auto replicas() {
    return [this] { return read_replicas(); };
  }
  [[nodiscard]] auto ready() {
    return [this] { return read_ready(); };
  }

  /// Asks for `to` replicas, if the function still wants `from`: else `conflict`. `applied` if it wants `to`
  /// afterwards; if it wants another number, or does not say, `unknown`: the next read tells. One change, no further
  /// try; three requests. Does not throw.
  decision_outcome scale(int from, int to) {
    said_.clear();
    const auto told = [&](decision_outcome o, const std::string& sentence) {
      said_ = sentence;
      return o;
    };
    if (to < 0)
      return told(decision_outcome::refused, "openfaas: replicas is " + to_text(to) + ", must be zero or more");
    const std::optional<status> before = look();
    if (!before) return decision_outcome::refused;
    if (before->replicas != from) {
      return told(decision_outcome::conflict, place() + ": wants " + to_text(before->replicas) +
                                                  " replicas now and not " + to_text(from) +
                                                  ": somebody else scaled it");
    }
    internal::json_writer w;
    w.open('{').name("serviceName").text(options_.function);
    if (!options_.name_space.empty()) w.name("namespace").text(options_.name_space);
    w.name("replicas").integer(to).close('}');
    const internal::http_answer a =
        question_.ask("POST", "/system/scale-function/" + options_.function + query(), w.json(), "application/json");
    if (a.status != 200 && a.status != 202) {
      explain(a);
      return a.status >= 300 && a.status < 500 ? decision_outcome::refused : decision_outcome::unknown;
    }
    const std::optional<status> after = look();
    if (!after) return decision_outcome::unknown;
    if (after->replicas == to) return decision_outcome::applied;
    return told(decision_outcome::unknown, place() + ": wants " + to_text(after->replicas) + " replicas after " +
                                               to_text(to) +
                                               " were asked for: the gateway has limits of its own, or "
                                               "somebody else scaled it");
  }

  /// Why the last question has no answer, or the last change did not happen, in a sentence; empty if all is well.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  /// "the function resize at http://127.0.0.1:8080".
  [[nodiscard]] std::string place() const {
    return "the function " + options_.function + (options_.name_space.empty() ? "" : '.' + options_.name_space) +
           " at " + question_.address().root();
  }

 private:
  // What the gateway tells of a function; -1: it does not tell it.
  struct status {
    std::string name{};
    int replicas = -1;
    int ready = -1;
  };

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
  [[nodiscard]] reading of(int status::*number) {
    said_.clear();
    why_ = unknown_why::failed;
    const std::optional<status> s = look();
    if (!s) return reading::none(why_);
    if (*s.*number >= 0) return reading::of(*s.*number);
    said_ = place() + ": the gateway tells no " + (number == &status::ready ? "availableReplicas" : "replicas");
    return reading::none(unknown_why::impossible);
  }
  // Not /system/functions, which tells of all: version 0.25.4 breaks the connection there when its Prometheus is away.
  [[nodiscard]] std::optional<status> look() {
    const internal::http_answer a = question_.ask("GET", "/system/function/" + options_.function + query());
    if (a.status != 200) {
      explain(a);
      if (a.status == 404) why_ = unknown_why::empty;
      return std::nullopt;
    }
    using walk = internal::json_walk;
    status s;
    walk in(a.body);
    const bool object = in.next() == walk::token::object;
    if (object) {
      in.members([&](const std::string& name, walk::token value) {
        if (name == "name" && value == walk::token::text) s.name = in.text();
        if (walk::is_number(value)) {
          const double n = in.number();
          const bool count = n >= 0 && n <= std::numeric_limits<int>::max() && n == std::floor(n);
          if (name == "replicas") s.replicas = count ? static_cast<int>(n) : -1;
          if (name == "availableReplicas") s.ready = count ? static_cast<int>(n) : -1;
        }
        in.pass(value);
      });
    }
    if (object && in.ends() && s.name == options_.function) return s;
    said_ = place() + ": not what a gateway of OpenFaaS tells of it, or cut off";
    return std::nullopt;
  }
  void explain(const internal::http_answer& a) {
    const std::string head = place() + ": " + to_text(a.status);
    if (a.status == 0)
      said_ = a.problem;
    else if (a.status == 401 || a.status == 403)
      said_ = head + ": the user or the password is not accepted";
    else if (a.status == 404)
      said_ = head + ": there is no such function";
    else if (a.status >= 300 && a.status < 400)
      said_ = head + ": it sends elsewhere, must be the gateway itself";
    else
      said_ = head + (a.body.empty() ? std::string() : ", " + a.body.substr(0, 200));
  }

  openfaas_options options_;
  internal::http_question question_;
  unknown_why why_ = unknown_why::failed;
  std::string said_{};
};
static_assert(Scaler<openfaas>);

}  // namespace headroom
