#pragma once

#include <poll.h>    // poll
#include <unistd.h>  // read

#include <array>    // std::array
#include <cerrno>   // errno
#include <cstddef>  // std::size_t
#include <string>   // std::string

#include "support/terminal.hpp"

namespace tool {

/// The lines of standard input as they come. A signal ends the waiting: the streams of C++ would go on.
class line_reader {
 public:
  static constexpr std::size_t longest = std::size_t{64} << 10U;
  enum class end : std::uint8_t { line, too_long, nothing_more, interrupted };

  /// The next line without its end. One that is longer than 64 KiB is read and dropped.
  [[nodiscard]] end next(std::string& line) {
    line.clear();
    bool too_long = false;
    for (;;) {
      for (; at_ < have_; ++at_) {
        const char c = bytes_[at_];
        if (c == '\n') {
          ++at_;
          if (line.ends_with('\r')) line.pop_back();
          return too_long ? end::too_long : end::line;
        }
        too_long = too_long || line.size() >= longest;
        if (!too_long) line += c;
      }
      if (terminal::interrupted.load()) return end::interrupted;
      pollfd input{0, POLLIN, 0};
      const int ready = ::poll(&input, 1, 1000);
      if (ready <= 0) continue;  // nothing came, or a signal did
      const auto n = ::read(0, bytes_.data(), bytes_.size());
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n <= 0) return line.empty() && !too_long ? end::nothing_more : too_long ? end::too_long : end::line;
      at_ = 0;
      have_ = static_cast<std::size_t>(n);
    }
  }

 private:
  std::array<char, 4096> bytes_{};
  std::size_t at_ = 0;
  std::size_t have_ = 0;
};

}  // namespace tool
