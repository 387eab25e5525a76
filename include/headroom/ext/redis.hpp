#pragma once

#include <algorithm>    // std::max
#include <cerrno>       // errno, EINTR
#include <chrono>       // std::chrono::steady_clock
#include <cstddef>      // std::size_t
#include <filesystem>   // std::filesystem::path
#include <memory>       // std::unique_ptr
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <hiredis/hiredis.h>
#include <poll.h>      // ::poll
#include <sys/time.h>  // timeval

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_address.hpp>
#include <headroom/ext/internal/no_sigpipe.hpp>
#include <headroom/ext/internal/secret_file.hpp>
#include <headroom/ext/redis_answer.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/live/reading.hpp>

/// A connection to a Redis. Needs hiredis: the CMake component `redis`, find_package(headroom COMPONENTS redis) and
/// headroom::redis.
namespace headroom {

/// A Redis, and how to reach it. hiredis speaks no TLS here; beyond this machine put it behind a tunnel.
struct redis_options {
  std::string address = "127.0.0.1:6379";  ///< host and port, or unix:/path/of/its.socket
  double timeout_s = 5;                    ///< for the connection, and again for each answer as a whole
  int database = 0;
  std::string user{};  ///< of the password; empty: the default user
  std::filesystem::path password_file{};
  bool secret_without_tls = false;  ///< send the password to another machine, where everybody on the way can read it
};
/// Throws std::invalid_argument on impossible options; returns its argument.
inline const redis_options& checked(const redis_options& o) {
  require_positive("redis", "timeout_s", o.timeout_s);
  require(o.timeout_s <= 3600, "redis", "timeout_s", o.timeout_s, "be at most 3600");
  require(o.database >= 0, "redis", "database", o.database, "be zero or more");
  require(o.user.empty() || !o.password_file.empty(), "redis", "user", o.user, "have a password_file");
  if (o.address.starts_with("unix:")) {
    require(o.address.size() > 5 && o.address.size() < 110, "redis", "address", o.address,
            "name a socket behind unix:, of at most 104 characters");
  } else {
    const auto at = internal::host_and_port::of("redis", "address", o.address);
    require(o.password_file.empty() || internal::is_loopback(at.host) || o.secret_without_tls, "redis", "address",
            o.address, "be of this machine, because a password is sent; or set secret_without_tls");
  }
  return o;
}

/// A client of one Redis. It connects when it is first asked, and anew when the connection broke. A command is sent
/// once: whoever gets no answer does not know whether it was executed, and must decide himself whether it may be sent
/// again. Cost: one round trip each. One thread at a time.
///     redis queues{{.address = "unix:/run/redis.sock"}};
///     const reading waiting = queues.length("worker_queue", "worker_queue:enqueued_total");
class redis {
 public:
  using words = std::vector<std::string>;

  /// Throws std::invalid_argument, and file_error for a password that cannot be read. Nothing is asked yet.
  explicit redis(const redis_options& o = {}) : options_(checked(o)) {
    if (!o.password_file.empty()) static_cast<void>(internal::secret_in(o.password_file));
  }

  /// Sends one command. Does not throw; why there is no good answer, `said()` tells in a sentence.
  [[nodiscard]] redis_answer ask(const words& command) { return told(command, sent({command}).back()); }
  /// Sends commands that are executed together, and between which nobody else's is: MULTI, EXEC. The answer is the list
  /// of their answers. If one of them is refused for its form, none is executed.
  [[nodiscard]] redis_answer ask_together(const std::vector<words>& commands) {
    std::vector<words> all{{"MULTI"}};
    all.insert(all.end(), commands.begin(), commands.end());
    all.push_back({"EXEC"});
    std::vector<redis_answer> answers = sent(all);
    redis_answer last = std::move(answers.back());
    // The server then says of the whole only that it was given up; why, it has said of the command.
    const bool given_up = last.is(redis_answer::kind::error);
    for (std::size_t k = answers.size() - 1; given_up && k > 0; --k) {
      if (answers[k - 1].is(redis_answer::kind::error)) last = answers[k - 1];
    }
    return told(commands.empty() ? all.front() : commands.front(), std::move(last));
  }

  /// How many entries a list has. Redis does not keep empty lists: a list that is not there has the length 0, and so
  /// has one whose name was misspelt. So 0 is known only while `witness` is there, a key that exists for as long as
  /// somebody keeps the list. A key of another type is unknown.
  [[nodiscard]] reading length(const std::string& key, const std::string& witness) {
    const redis_answer a = ask_together({{"LLEN", key}, {"EXISTS", witness}});
    if (!a.is(redis_answer::kind::list) || a.list.size() != 2) return reading::none(unknown_why::failed);
    for (const redis_answer& one : a.list) {
      if (one.is(redis_answer::kind::whole)) continue;
      static_cast<void>(told({"LLEN", key}, one));
      return reading::none(unknown_why::failed);
    }
    if (a.list[0].whole > 0 || a.list[1].whole > 0) return reading::of(static_cast<double>(a.list[0].whole));
    said_ = quoted(key) + " is not there, and neither is " + quoted(witness) + ", which would say that it is empty";
    return reading::none(unknown_why::empty);
  }
  /// A number that stands under a key, a counter for instance. No key is unknown, and so is a text that is no number.
  [[nodiscard]] reading number(const std::string& key) {
    const redis_answer a = ask({"GET", key});
    if (!a.good()) return reading::none(unknown_why::failed);
    const auto none = [&](unknown_why why, const std::string& sentence) {
      said_ = quoted(key) + sentence;
      return reading::none(why);
    };
    if (a.is(redis_answer::kind::nil)) return none(unknown_why::empty, " is not there");
    const auto value = csv_field{a.text}.number();
    if (!a.is(redis_answer::kind::text) || !value) {
      return none(unknown_why::failed, " is " + quoted(a.text) + ", must be a number");
    }
    const reading r = reading::of(*value);
    return r.known() ? r : none(r.why, " is " + to_text(*value) + ", must be finite");
  }

  /// Why the last question has no good answer, in a sentence; empty if it has one.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  [[nodiscard]] bool connected() const noexcept { return context_ != nullptr; }
  [[nodiscard]] const redis_options& options() const noexcept { return options_; }

 private:
  struct closes {
    void operator()(redisContext* c) const noexcept { redisFree(c); }
    void operator()(void* reply) const noexcept { freeReplyObject(reply); }
  };
  using clock = std::chrono::steady_clock;

  [[nodiscard]] static std::string quoted(std::string_view text) { return csv_field{text.substr(0, 80)}.quoted(); }

  redis_answer told(const words& command, redis_answer a) {
    said_.clear();
    if (a.good()) return a;
    said_ = "redis: " + options_.address + ": ";
    if (!command.empty()) said_ += command[0] + (command.size() > 1 ? ' ' + quoted(command[1]) : std::string()) + ": ";
    said_ += a.text;
    return a;
  }
  // The answers to all commands, which are sent at once; one that failed, if any has none.
  [[nodiscard]] std::vector<redis_answer> sent(const std::vector<words>& commands) {
    const internal::no_sigpipe quiet;
    if (context_ == nullptr) {
      if (std::string problem = connect(); !problem.empty()) return {lost(std::move(problem))};
    }
    return exchanged(commands);
  }
  [[nodiscard]] std::vector<redis_answer> exchanged(const std::vector<words>& commands) {
    for (const words& command : commands) {
      std::vector<const char*> parts;
      std::vector<std::size_t> lengths;
      for (const std::string& one : command) {
        parts.push_back(one.data());
        lengths.push_back(one.size());
      }
      redisAppendCommandArgv(context_.get(), static_cast<int>(parts.size()), parts.data(), lengths.data());
    }
    int done = 0;
    while (done == 0) {
      if (redisBufferWrite(context_.get(), &done) != REDIS_OK) return {lost("the connection broke while sending")};
    }
    std::vector<redis_answer> all;
    const auto until =
        clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(options_.timeout_s));
    while (all.size() < commands.size()) {
      void* reply = nullptr;
      if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) return {lost("this is not what Redis answers")};
      if (reply != nullptr) {
        const std::unique_ptr<void, closes> owned(reply);
        all.push_back(redis_answer::of(*static_cast<redisReply*>(reply)));
        continue;
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
      pollfd wait{context_->fd, POLLIN, 0};
      const int ready = left <= 0 ? 0 : ::poll(&wait, 1, static_cast<int>(left));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return {lost("no whole answer within " + to_text(options_.timeout_s) + " s")};
      if (redisBufferRead(context_.get()) != REDIS_OK) {
        return {lost("the connection was closed before the whole answer came")};
      }
    }
    return all;
  }
  // What stands in the connection now may be half an answer, or that to an earlier question: it is closed.
  [[nodiscard]] redis_answer lost(std::string why) {
    context_.reset();
    return redis_answer::failed(std::move(why));
  }
  [[nodiscard]] std::string connect() {
    timeval limit{};
    limit.tv_sec = static_cast<decltype(limit.tv_sec)>(options_.timeout_s);
    limit.tv_usec = static_cast<decltype(limit.tv_usec)>(
        std::max(options_.timeout_s < 1 ? 1e3 : 0.0, (options_.timeout_s - static_cast<double>(limit.tv_sec)) * 1e6));
    if (options_.address.starts_with("unix:")) {
      context_.reset(redisConnectUnixWithTimeout(options_.address.c_str() + 5, limit));
    } else {
      const auto at = internal::host_and_port::of("redis", "address", options_.address);
      context_.reset(redisConnectWithTimeout(at.host.c_str(), at.port != 0 ? at.port : 6379, limit));
    }
    if (context_ == nullptr) return "there is no memory for a connection";
    if (context_->err != 0) return "nobody can be reached there: " + std::string(context_->errstr);
    redisSetTimeout(context_.get(), limit);
    std::vector<words> greeting;
    if (!options_.password_file.empty()) {
      words login{"AUTH"};
      if (!options_.user.empty()) login.push_back(options_.user);
      try {
        login.push_back(internal::secret_in(options_.password_file));
      } catch (const file_error& e) {
        return e.what();
      }
      greeting.push_back(std::move(login));
    }
    if (options_.database != 0) greeting.push_back({"SELECT", to_text(options_.database)});
    if (greeting.empty()) return {};
    for (const redis_answer& one : exchanged(greeting)) {
      if (!one.good()) return "it does not let us in: " + one.text;
    }
    return {};
  }

  redis_options options_;
  std::unique_ptr<redisContext, closes> context_{};
  std::string said_{};
};

}  // namespace headroom
