#pragma once

#include <filesystem>  // std::filesystem::path
#include <optional>    // std::optional
#include <string>      // std::string

#include "live/child.hpp"
#include "support/temporary_folder.hpp"

namespace tool {

/// A Redis of this command alone: on a socket in a folder of its own, without a port and without files on the disk. It
/// ends with the object.
class own_redis {
 public:
  /// Starts it and waits until it answers. Throws std::invalid_argument if no server is installed, and
  /// std::runtime_error if it does not answer.
  own_redis();

  [[nodiscard]] std::string address() const { return "unix:" + (folder_ / "socket").string(); }
  /// The program of the server: HEADROOM_REDIS, or else one on the path. Debian's redis-tools has it under the name
  /// redis-check-rdb. Nothing: there is none.
  [[nodiscard]] static std::optional<std::filesystem::path> program();

 private:
  temporary_folder folder_{};
  std::optional<live_programs::child> server_{};
};

}  // namespace tool
