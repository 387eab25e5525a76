#pragma once

#include <string>  // std::string
#include <vector>  // std::vector

namespace tool {

/// What a program did that was started and waited for.
struct child_end {
  enum class how { exited, killed_late, signalled, not_started };
  how end = how::not_started;
  int code = -1;                               ///< its exit code, the signal that ended it, or the error of the system
  std::string output;                          ///< its standard output, at most 64 KiB
  [[nodiscard]] std::string sentence() const;  ///< "exited with 3"
};

/// Starts a program without a shell, in a process group of its own, so that a Ctrl-C for this process does not end it.
/// Its standard input is empty, its standard error is ours. It is killed, with all that it started, when it is not done
/// after `deadline_s`. Does not throw. Blocks until it has ended.
[[nodiscard]] child_end run_child(const std::vector<std::string>& command, double deadline_s);

}  // namespace tool
