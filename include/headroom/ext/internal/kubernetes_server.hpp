#pragma once

#include <algorithm>    // std::min
#include <chrono>       // std::chrono::steady_clock
#include <exception>    // std::exception
#include <functional>   // std::function
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/kubernetes_answer.hpp>
#include <headroom/ext/kubernetes_access.hpp>
#include <headroom/live/reading.hpp>

namespace headroom::internal {

/// The API server of a cluster, one question after the other. Each reads the files of the access anew. A server that
/// asks to be left alone (429 or 503 with Retry-After) is left alone. Nothing but the constructor throws.
class kubernetes_server {
 public:
  static constexpr double longest_wait_s = 300;  ///< a server that asks for more is asked again after that

  /// Throws std::invalid_argument, and file_error for a file that cannot be read. Nothing is asked yet.
  kubernetes_server(kubernetes_access access, double timeout_s) : access_(std::move(access)), timeout_s_(timeout_s) {
    const http_question tried("kubernetes", access_.server(timeout_s_));
    root_ = tried.address().root();
  }

  /// One request. `said` is empty if there is an answer, of whatever status.
  http_answer ask(const char* method, const std::string& path, std::string body = {},
                  const char* type = "application/merge-patch+json") {
    return asked([&](http_question& question) {
      const bool changes = !body.empty();
      return question.ask(method, path, std::move(body), changes ? type : nullptr);
    });
  }
  /// Reads an answer that lasts; see http_question::stream.
  http_answer stream(const std::string& path, double longest_s, const std::function<bool(std::string&)>& take) {
    return asked([&](http_question& question) { return question.stream(path, longest_s, take); });
  }
  /// Says what a status that is no success means, in the server's words.
  void explain(const http_answer& a) {
    if (a.status == 0) return;
    const auto status = kubernetes_answer::of(a.body);
    const bool speaks = status && status->kind() == "Status" && !status->message().empty();
    said = root_ + ": " + to_text(a.status) + ", " + (speaks ? status->message() : "and not what Kubernetes answers");
  }
  /// Reads an object of this kind; nothing where `said` and `why()` tell why not.
  std::optional<kubernetes_answer> look(const std::string& path, std::string_view kind) {
    const http_answer a = ask("GET", path);
    if (a.status != 200) {
      explain(a);
      if (a.status == 404) why_ = unknown_why::empty;
      return std::nullopt;
    }
    auto object = kubernetes_answer::of(a.body);
    if (object && object->kind() == kind) return object;
    said = root_ + ": not a " + std::string(kind) + " of Kubernetes, or cut off";
    return std::nullopt;
  }

  /// Why `look` has nothing: `empty` if the server knows that it is not there.
  [[nodiscard]] unknown_why why() const noexcept { return why_; }
  /// Whether the last request may have reached the server.
  [[nodiscard]] bool sent() const noexcept { return sent_; }
  /// "https://10.96.0.1:443".
  [[nodiscard]] const std::string& root() const noexcept { return root_; }

  std::string said{};  ///< why there is no good answer, in a sentence; the client adds its own

 private:
  using seconds = std::chrono::duration<double>;

  template <class Question>
  http_answer asked(Question&& put) {
    said.clear();
    why_ = unknown_why::failed;
    sent_ = false;
    const double wait_s = seconds(quiet_until_ - std::chrono::steady_clock::now()).count();
    if (wait_s > 0) {
      said = root_ + ": is not asked for another " + to_text(static_cast<int>(wait_s) + 1) + " s, as it wished";
      return {};
    }
    try {
      http_question question("kubernetes", access_.server(timeout_s_));
      sent_ = true;
      http_answer a = put(question);
      if (a.status == 0) said = a.problem;
      if (a.status == 429 || a.status == 503) {
        const seconds wait(std::min(a.retry_after_s, longest_wait_s));
        quiet_until_ =
            std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(wait);
      }
      return a;
    } catch (const std::exception& e) {  // a file of the access went away, or holds no certificate now
      said = e.what();
      return {};
    }
  }

  kubernetes_access access_;
  double timeout_s_;
  std::string root_{};
  unknown_why why_ = unknown_why::failed;
  bool sent_ = false;
  std::chrono::steady_clock::time_point quiet_until_{};
};

}  // namespace headroom::internal
