#pragma once

#include <fcntl.h>     // open, O_WRONLY
#include <poll.h>      // poll
#include <signal.h>    // kill
#include <sys/wait.h>  // waitpid
#include <unistd.h>    // dup2, execv, fork, pipe2, read, write

#include <chrono>      // std::chrono::steady_clock
#include <filesystem>  // std::filesystem::path
#include <stdexcept>   // std::runtime_error
#include <string>      // std::string
#include <thread>      // std::this_thread::sleep_for

#include <nlohmann/json.hpp>

#include "scratch.hpp"

/// A headless Chromium with one page, driven by its own protocol over two pipes. HEADROOM_CHROMIUM is its program. It
/// is ended with the test, by its own process id.
class chromium {
 public:
  explicit chromium(const std::string& program) {
    int to[2];
    int from[2];
    if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const std::string home = "--user-data-dir=" + (folder_ / "profile").string();
    id_ = ::fork();
    if (id_ < 0) throw std::runtime_error("cannot start " + program);
    if (id_ == 0) {
      ::setpgid(0, 0);
      const int out = ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT, 0600);
      ::dup2(out, 1);
      ::dup2(out, 2);
      // It reads file 3 and writes file 4. Copies first: one of the ends may have one of these numbers.
      const int in = ::fcntl(to[0], F_DUPFD, 10);
      const int back = ::fcntl(from[1], F_DUPFD, 10);
      ::dup2(in, 3);
      ::dup2(back, 4);
      // As root there is no sandbox; the page is ours, and nothing else is opened.
      ::execl(program.c_str(), program.c_str(), "--headless=new", "--no-sandbox", "--disable-gpu",
              "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-sync",
              "--disable-component-update", "--remote-debugging-pipe", home.c_str(), "about:blank", nullptr);
      ::_exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    to_ = to[1];
    from_ = from[0];
    const auto target = ask("Target.createTarget", {{"url", "about:blank"}}).at("targetId");
    session_ = ask("Target.attachToTarget", {{"targetId", target}, {"flatten", true}}).at("sessionId");
  }
  chromium(const chromium&) = delete;
  chromium& operator=(const chromium&) = delete;
  ~chromium() {
    ::close(to_);
    ::close(from_);
    ::kill(-id_, SIGKILL);  // its own group: the browser and its helpers
    ::waitpid(id_, nullptr, 0);
  }

  void open(const std::string& url) { static_cast<void>(ask("Page.navigate", {{"url", url}})); }
  /// The value of a JavaScript expression; a promise is waited for. Throws where it throws.
  nlohmann::json value(const std::string& expression) {
    const auto r =
        ask("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}, {"awaitPromise", true}});
    if (r.contains("exceptionDetails")) throw std::runtime_error("the page: " + r["exceptionDetails"].dump());
    return r.at("result").value("value", nlohmann::json());
  }
  /// Asks until the expression is true, for at most so many seconds.
  bool shows(const std::string& expression, int seconds = 20) {
    for (int k = 0; k < seconds * 10; ++k) {
      try {
        if (value(expression) == true) return true;
      } catch (const std::exception&) {  // the page is not there yet
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

 private:
  nlohmann::json ask(const std::string& method, const nlohmann::json& parameters) {
    nlohmann::json question{{"id", ++asked_}, {"method", method}, {"params", parameters}};
    if (!session_.empty()) question["sessionId"] = session_;
    const std::string text = question.dump() + '\0';
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t n = ::write(to_, text.data() + sent, text.size() - sent);
      if (n <= 0) throw std::runtime_error("Chromium does not listen: " + read_bytes(folder_ / "log"));
      sent += static_cast<std::size_t>(n);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < until) {
      const std::size_t end = come_.find('\0');
      if (end == come_.npos) {
        pollfd wait{from_, POLLIN, 0};
        if (::poll(&wait, 1, 1000) == 0) continue;
        char piece[65536];
        const ssize_t n = ::read(from_, piece, sizeof piece);
        if (n <= 0) throw std::runtime_error("Chromium ended: " + read_bytes(folder_ / "log"));
        come_.append(piece, static_cast<std::size_t>(n));
        continue;
      }
      const auto message = nlohmann::json::parse(come_.substr(0, end));
      come_.erase(0, end + 1);
      if (message.value("id", 0) != asked_) continue;  // an event, or an old answer
      if (message.contains("error")) throw std::runtime_error(method + ": " + message["error"].dump());
      return message.at("result");
    }
    throw std::runtime_error("Chromium does not answer " + method);
  }

  scratch_folder folder_{};
  pid_t id_ = 0;
  int to_ = -1;
  int from_ = -1;
  int asked_ = 0;
  std::string session_{};
  std::string come_{};
};
