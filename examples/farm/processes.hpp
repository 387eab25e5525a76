#pragma once

#include <string>  // std::string
#include <vector>  // std::vector

namespace live_farm {

/// A program that runs beside this one, and is killed with the object, by its own process id.
class process {
 public:
  /// `arguments` of this program itself, started once more. Throws std::runtime_error.
  explicit process(const std::vector<std::string>& arguments);
  process(process&& other) noexcept : id_(other.id_) { other.id_ = 0; }
  process& operator=(process&& other) noexcept;
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process() { kill(); }

  /// Whether it has ended, by itself or by a signal. Asked again, it says the same.
  [[nodiscard]] bool ended();
  /// Whether it ended by itself, with the exit code 0.
  [[nodiscard]] bool ended_well() const noexcept { return id_ == 0 && well_; }
  void kill() noexcept;
  [[nodiscard]] int id() const noexcept { return id_; }

 private:
  int id_ = 0;
  bool well_ = false;
};

}  // namespace live_farm
