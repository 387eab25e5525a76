#pragma once

#include <signal.h>  // SIGKILL

#include <string>  // std::string
#include <vector>  // std::vector

namespace live_programs {

/// A program beside this one. It is killed with the object, by its own process id.
class child {
 public:
  /// What becomes of the program, and of its output.
  struct options {
    std::string log{};          ///< its output is appended to this file; empty: it writes where this program writes
    int if_orphaned = SIGKILL;  ///< what it gets when the thread that started it is gone; on Linux
  };

  /// `program` is looked for on the path. One that is not there ends with 127. Throws std::runtime_error.
  child(const std::vector<std::string>& program, const options& o);
  explicit child(const std::vector<std::string>& program) : child(program, options{}) {}
  child(child&& other) noexcept;
  child& operator=(child&& other) noexcept;
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() { kill(); }

  /// Whether it has ended, by itself or by a signal. Asked again, it says the same.
  [[nodiscard]] bool ended();
  /// Whether it was seen to end by itself, with the exit code 0.
  [[nodiscard]] bool ended_well() const noexcept { return id_ == 0 && well_; }
  void signal(int number) const noexcept;
  /// Blocks until it has ended.
  void wait() noexcept;
  void kill() noexcept;
  [[nodiscard]] int id() const noexcept { return id_; }

 private:
  void seen(int status) noexcept;

  int id_ = 0;
  bool well_ = false;
};

/// A port of 127.0.0.1 that nobody has now. Throws std::runtime_error.
[[nodiscard]] int free_port();

}  // namespace live_programs
