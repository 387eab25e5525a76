#pragma once

#include <algorithm>    // std::max
#include <chrono>       // std::chrono::steady_clock
#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <functional>   // std::function
#include <memory>       // std::unique_ptr
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_address.hpp>
#include <headroom/ext/internal/httplib.hpp>
#include <headroom/ext/internal/secret_file.hpp>
#include <headroom/ext/internal/tls_texts.hpp>
#include <headroom/io/internal/from_text.hpp>

namespace headroom::internal {

/// Where a server is, and what it asks of those who come.
struct http_server_options {
  std::string url{};
  double timeout_s = 5;
  std::filesystem::path bearer_token_file{};
  std::string user{};
  std::filesystem::path password_file{};
  std::filesystem::path ca_file{};
  bool secret_over_http = false;
  std::string bearer_token{};  ///< the token itself, where no file holds it
  tls_texts tls{};             ///< for https:// only
};

/// What came back: a status and a body, or the reason why there is none.
struct http_answer {
  int status = 0;  ///< 0: no answer
  std::string body{};
  std::string problem{};     ///< of an answer that did not come
  double retry_after_s = 0;  ///< how long the server asks to be left alone; 0: it does not ask
};

/// Asks a server over HTTP, one question after the other, each on a connection of its own: a server that was started
/// anew is no special case. It does not follow a redirect, because a secret must not go where nobody sent it. One
/// question takes at most about twice `timeout_s`: once to connect, once for the answer as a whole.
class http_question {
 public:
  static constexpr std::size_t most_bytes = std::size_t{64} << 20U;

  static constexpr std::string_view printable =
      "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

  http_question(std::string_view who, const http_server_options& o)
      : options_(o), address_(http_address::of(who, "url", o.url)) {
    require_positive(who, "timeout_s", o.timeout_s);
    require(o.timeout_s <= 3600, who, "timeout_s", o.timeout_s, "be at most 3600");
    require(o.user.empty() == o.password_file.empty(), who, "user without password_file, or the other way round,",
            "given", "be a pair");
    require(o.user.find(':') == o.user.npos, who, "user", o.user, "have no colon");
    require(o.bearer_token.find_first_not_of(printable) == o.bearer_token.npos, who, "bearer_token", "not shown",
            "be one line of ASCII without a space");
    const bool secret = !o.bearer_token_file.empty() || !o.bearer_token.empty() || !o.user.empty();
    require(o.bearer_token_file.empty() || o.user.empty(), who, "bearer_token_file beside a user", "given",
            "be one of the two");
    require(o.bearer_token.empty() || (o.bearer_token_file.empty() && o.user.empty()), who,
            "bearer_token beside a file or a user", "given", "be one of them");
    require(!secret || address_.tls || is_loopback(address_.host) || o.secret_over_http, who, "url", o.url,
            "begin with https://, because a secret is sent; or set secret_over_http");
    require(address_.tls || (o.ca_file.empty() && o.tls.empty()), who, "ca_file or a certificate for http", "given",
            "be for https:// only");
    require(o.ca_file.empty() || o.tls.authorities.empty(), who, "ca_file beside the text of one", "given",
            "be one of the two");
    if (secret) static_cast<void>(authorization());  // a file that cannot be read is refused now, not at night
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
    require(!address_.tls, who, "url", o.url, "begin with http://: this cpp-httplib was built without OpenSSL");
#endif
    client_ = std::make_unique<httplib::Client>(address_.root());
    const auto whole = static_cast<time_t>(o.timeout_s);
    const auto rest = static_cast<time_t>((o.timeout_s - static_cast<double>(whole)) * 1e6);
    client_->set_connection_timeout(whole, rest);
    client_->set_read_timeout(whole, rest);
    client_->set_write_timeout(whole, rest);
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
    if (!o.ca_file.empty()) {
      static_cast<void>(input_file(o.ca_file));  // cpp-httplib says nothing of a file that is not there
      client_->set_ca_cert_path(o.ca_file.string());
    }
    if (!o.tls.authorities.empty()) client_->set_ca_cert_path("", tls_texts::no_folder);
    if (!o.tls.empty()) o.tls.give(who, *client_);
#endif
  }

  /// Sends `body` to `path` by POST.
  [[nodiscard]] http_answer post(std::string_view path, std::string body, const char* content_type) {
    return ask("POST", path, std::move(body), content_type);
  }
  /// Sends a request to `path`, behind the address's own prefix. The secret is read from its file each time, because
  /// tokens are rotated. Does not throw.
  [[nodiscard]] http_answer ask(const char* method, std::string_view path, std::string body = {},
                                const char* content_type = nullptr) {
    return send(method, path, std::move(body), content_type, options_.timeout_s, nullptr);
  }
  /// Reads an answer that comes piece by piece and lasts up to about `longest_s`. `take` gets what has come so far and
  /// was not taken yet, removes what it takes, and returns whether it wants more. What it leaves is the body. Silence
  /// of `longest_s` and `timeout_s` ends it. Does not throw, unless `take` does.
  [[nodiscard]] http_answer stream(std::string_view path, double longest_s,
                                   const std::function<bool(std::string&)>& take) {
    const double most_s = longest_s + options_.timeout_s;
    const auto whole = static_cast<time_t>(most_s);
    client_->set_read_timeout(whole, static_cast<time_t>((most_s - static_cast<double>(whole)) * 1e6));
    return send("GET", path, {}, nullptr, most_s, &take);
  }

  [[nodiscard]] const http_address& address() const noexcept { return address_; }
  [[nodiscard]] double timeout_s() const noexcept { return options_.timeout_s; }

 private:
  http_answer send(const char* method, std::string_view path, std::string body, const char* content_type,
                   double timeout_s, const std::function<bool(std::string&)>* take) {
    httplib::Request request;
    request.method = method;
    request.path = address_.prefix + std::string(path);
    request.body = std::move(body);
    if (content_type != nullptr) request.set_header("Content-Type", content_type);
    request.set_header("Accept", "application/json");
    request.set_header("User-Agent", "headroom");
    try {
      if (const std::string one = authorization(); !one.empty()) request.set_header("Authorization", one);
    } catch (const file_error& e) {
      return {0, {}, e.what()};
    }
    http_answer answer;
    const auto begin = std::chrono::steady_clock::now();
    const auto seconds = [begin] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    bool too_long = false;
    bool enough = false;
    request.response_handler = [&answer](const httplib::Response& head) {
      answer.status = head.status;
      return true;
    };
    request.content_receiver = [&](const char* data, std::size_t n, std::uint64_t, std::uint64_t) {
      too_long = answer.body.size() + n > most_bytes;
      if (too_long || seconds() > 2 * timeout_s) return false;
      answer.body.append(data, n);
      enough = take != nullptr && answer.status == 200 && !(*take)(answer.body);
      return !enough;
    };
    const httplib::Result result = client_->send(request);
    if (enough) return answer;
    if (result) {
      answer.status = result->status;
      const double wait_s = from_text<double>(result->get_header_value("Retry-After")).value_or(0);  // no date: no wish
      answer.retry_after_s = std::isfinite(wait_s) ? std::max(0.0, wait_s) : 0;
      return answer;
    }
    const std::string where = address_.root();
    if (too_long) return {0, {}, where + ": the answer has more than " + to_text(most_bytes) + " bytes"};
    if (seconds() >= 0.95 * timeout_s) {
      return {0, {}, where + ": no whole answer within " + to_text(timeout_s) + " s"};
    }
    return {0, {}, where + ": " + reason(result.error())};
  }
  [[nodiscard]] std::string authorization() const {
    if (!options_.bearer_token_file.empty()) return "Bearer " + secret_in(options_.bearer_token_file);
    if (!options_.bearer_token.empty()) return "Bearer " + options_.bearer_token;
    if (options_.user.empty()) return {};
    return httplib::make_basic_authentication_header(options_.user, secret_in(options_.password_file)).second;
  }
  [[nodiscard]] static std::string reason(httplib::Error e) {
    switch (e) {
      case httplib::Error::Connection:
        return "nobody listens there, or the name is not known";
      case httplib::Error::ConnectionTimeout:
        return "the connection was not accepted in time";
      case httplib::Error::Read:
        return "the connection was closed before the whole answer came";
      case httplib::Error::SSLConnection:
        return "no TLS connection: it speaks plain HTTP, or nobody listens there";
      case httplib::Error::SSLLoadingCerts:
        return "the certificates of ca_file cannot be read";
      case httplib::Error::SSLServerVerification:
        return "its certificate is not of this name, or not signed by anyone in ca_file";
      default:
        return "the connection failed: " + httplib::to_string(e);
    }
  }

  http_server_options options_;
  http_address address_;
  std::unique_ptr<httplib::Client> client_;
};

}  // namespace headroom::internal
