#pragma once

#include <string>  // std::string
#include <vector>  // std::vector

namespace live_scheduler {

/// A program beside this one. It is killed with the object, by its own process id, and with this process.
class child {
 public:
  /// `program` is looked for on the path; its output goes to `log`. Throws std::runtime_error.
  child(const std::vector<std::string>& program, const std::string& log);
  child(child&& other) noexcept : id_(other.id_) { other.id_ = 0; }
  child& operator=(child&& other) noexcept;
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() { kill(); }

  /// Whether it has ended. Asked again, it says the same.
  [[nodiscard]] bool ended();
  void signal(int number) const;
  void kill();
  [[nodiscard]] int id() const noexcept { return id_; }

 private:
  int id_ = 0;
};

/// A port of 127.0.0.1 that nobody has now. Throws std::runtime_error.
[[nodiscard]] int free_port();

}  // namespace live_scheduler
