#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string
#include <utility>     // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/form_text.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/prometheus_answer.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/live/reading.hpp>

/// Reads the metrics of a running service from Prometheus (its HTTP API, version 1). Needs cpp-httplib: the CMake
/// component `http`, find_package(headroom COMPONENTS http) and headroom::http.
namespace headroom {

/// A Prometheus, and how to ask it.
struct prometheus_options {
  std::string url = "http://127.0.0.1:9090";  ///< scheme, host, port, and the path where a proxy adds one
  double timeout_s = 5;                       ///< for the connection, and again for the answer
  std::filesystem::path bearer_token_file{};  ///< its one line is sent as a bearer token; read again for each question
  std::string user{};                         ///< of basic authentication, with password_file
  std::filesystem::path password_file{};
  std::filesystem::path ca_file{};  ///< PEM: who may have signed the server's certificate; empty: the system's list
  bool secret_over_http = false;    ///< send a token or a password to another machine without TLS
};

/// A client of one Prometheus. An expression must give exactly one value: several are refused, because nobody can say
/// which is meant; aggregate them, as in sum(...). No value, NaN and Inf are unknown, and unknown is never zero.
/// Cost: one HTTP request for each question. One thread at a time.
///     prometheus metrics{{.url = "http://prometheus.monitoring:9090"}};
///     auto load = metrics.query("sum(rate(http_requests_total{app=\"shop\"}[1m]))",
///                               "time() - max(timestamp(http_requests_total{app=\"shop\"}))");
///     const reading now = load();
class prometheus {
 public:
  /// Throws std::invalid_argument, and file_error for a secret that cannot be read. Nothing is asked yet.
  explicit prometheus(const prometheus_options& o = {})
      : question_("prometheus",
                  {o.url, o.timeout_s, o.bearer_token_file, o.user, o.password_file, o.ca_file, o.secret_over_http}) {}

  /// The value of an expression now, by the server's clock. Prometheus dates it with the moment of the question, and
  /// goes on giving a value for five minutes after its source fell silent; so its age is 0 here. Does not throw; why
  /// there is no value, `said()` tells in a sentence.
  [[nodiscard]] reading read(const std::string& expression) {
    said_.clear();
    const internal::prometheus_answer a = ask(expression);
    if (!said_.empty()) return reading::none(unknown_why::failed);
    warnings_ = a.warnings;
    const auto none = [&](unknown_why why, const std::string& sentence) {
      said_ = csv_field{expression}.quoted() + ": " + sentence;
      return reading::none(why);
    };
    if (a.series == 0) return none(unknown_why::empty, "no series has a value now");
    if (a.series > 1) {
      return none(unknown_why::several, to_text(a.series) + " series, must be one: aggregate them, as in sum(...)");
    }
    if (a.type != "vector" && a.type != "scalar") {
      return none(unknown_why::failed, "gives a " + csv_field{a.type}.quoted() + ", must give a vector or a scalar");
    }
    if (!a.number) return none(unknown_why::failed, "its value is no number");
    const reading r = reading::of(a.value);
    return r.known() ? r : none(r.why, "is " + to_text(a.value));
  }
  /// The same, with an age of its own: `age` is an expression that gives it in seconds. Where the age is not known, the
  /// value is stale. Two requests; an empty `age` is not asked for.
  [[nodiscard]] reading read(const std::string& expression, const std::string& age) {
    const reading value = read(expression);
    if (age.empty() || !value.known()) return value;
    const std::string warned = warnings_;
    const reading seconds = read(age);
    warnings_ = warned;
    if (seconds.known()) return reading::of(value.value, seconds.value);
    said_ = "the age of " + csv_field{expression}.quoted() + " is not known: " + said_;
    return reading::none(unknown_why::stale);
  }
  /// A query for live/sense.hpp: one value that is asked for again and again. This client must live longer than it, and
  /// stay where it is.
  [[nodiscard]] auto query(std::string expression, std::string age = {}) {
    return [this, expression = std::move(expression), age = std::move(age)] { return read(expression, age); };
  }

  /// Why the last question has no value, in a sentence; empty if it has one.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  /// What the server warned of when it answered last, such as a part of its data that it could not read.
  [[nodiscard]] const std::string& warnings() const noexcept { return warnings_; }

  /// Puts a question of the API and hands out the body of a good answer; empty where `said()` tells what went wrong.
  /// `arguments` are name and value by turns, and are escaped here.
  template <class... Text>
  [[nodiscard]] std::string answer(const char* path, const Text&... arguments) {
    static_assert(sizeof...(Text) % 2 == 0, "prometheus: an argument needs a name and a value");
    std::string form;
    add(form, arguments...);
    internal::add_to_form(form, "timeout", to_text(question_.timeout_s()) + "s");
    said_.clear();
    warnings_.clear();
    internal::http_answer a = question_.post(path, std::move(form), "application/x-www-form-urlencoded");
    if (a.status == 0) return failed(a.problem);
    if (a.status == 200) return std::move(a.body);
    const internal::prometheus_answer reason = internal::prometheus_answer::of(a.body);
    const std::string status = question_.address().root() + ": " + to_text(a.status);
    if (reason.is_one) return failed(status + ", " + reason.error);
    if (a.status == 401 || a.status == 403) return failed(status + ": the token or the password is not accepted");
    if (a.status >= 300 && a.status < 400) return failed(status + ": it sends elsewhere, must be Prometheus itself");
    return failed(status + ", and not what Prometheus answers");
  }

 private:
  static void add(std::string&) {}
  template <class Value, class... More>
  static void add(std::string& form, const char* name, const Value& value, const More&... more) {
    internal::add_to_form(form, name, value);
    add(form, more...);
  }
  std::string failed(const std::string& sentence) {
    said_ = sentence;
    return {};
  }
  [[nodiscard]] internal::prometheus_answer ask(const std::string& expression) {
    const std::string body = answer("/api/v1/query", "query", expression);
    if (!said_.empty()) return {};
    internal::prometheus_answer a = internal::prometheus_answer::of(body);
    const std::string where = question_.address().root();
    if (!a.is_one) said_ = where + ": not what Prometheus answers, or cut off";
    if (a.is_one && !a.success) said_ = where + ": " + a.error;
    return a;
  }

  internal::http_question question_;
  std::string said_{};
  std::string warnings_{};
};

}  // namespace headroom
