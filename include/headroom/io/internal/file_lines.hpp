#pragma once

#include <algorithm>     // std::min
#include <cerrno>        // errno
#include <cstddef>       // std::size_t
#include <cstdint>       // std::uint64_t
#include <cstring>       // std::memmove
#include <filesystem>    // std::filesystem::path
#include <functional>    // std::function
#include <limits>        // std::numeric_limits
#include <optional>      // std::optional
#include <stdexcept>     // std::runtime_error
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::error_code
#include <type_traits>   // std::is_invocable_v
#include <utility>       // std::move
#include <vector>        // std::vector

#include <fcntl.h>     // open
#include <poll.h>      // poll
#include <sys/stat.h>  // fstat, stat
#include <unistd.h>    // pread, read

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/line_ends.hpp>
#include <headroom/io/internal/text_bytes.hpp>

namespace headroom {

/// Told how many bytes of a file have been read and how many there are; true stops the reading.
using read_progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/// Somebody stopped the reading; no refusal of the file.
class reading_stopped : public std::runtime_error {
 public:
  explicit reading_stopped(const std::filesystem::path& file)
      : std::runtime_error(file.string() + ": reading was stopped") {}
};

/// The lines of a text file, in blocks of 1 MiB whatever its length: the one place that knows where lines end (LF, CRLF
/// or CR, or the end of the file); text_bytes unpacks and decodes. Reading is const and keeps its place to itself, so
/// that several may read the same open file. Throws csv_error for what cannot be opened or read, and for a line longer
/// than a block.
class file_lines {
 public:
  static constexpr std::size_t block_size = std::size_t{1} << 20U;
  static constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

  struct stamp {
    std::uint64_t size = 0;
    std::int64_t seconds = 0;  // of the last modification
    std::int64_t nanoseconds = 0;
    friend bool operator==(const stamp&, const stamp&) noexcept = default;
  };

  explicit file_lines(std::filesystem::path file) : file_(std::move(file)) {
    // Looked at before it is opened, because opening a device may have effects, and again when it is open, because the
    // path may have been replaced. Opening does not wait: a pipe that nobody writes to would wait for ever.
    struct stat status {};
    if (::stat(file_.c_str(), &status) == 0) refuse_special(status.st_mode);
    handle_ = file_handle(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!handle_ || ::fstat(handle_.get(), &status) != 0) throw csv_error(file_, 1, 1, "cannot be opened");
    refuse_special(status.st_mode);
    regular_ = S_ISREG(status.st_mode);
  }

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  /// Whether it can be read again, and from anywhere: a pipe cannot.
  [[nodiscard]] bool regular() const noexcept { return regular_; }
  /// What changes when somebody writes to the file.
  [[nodiscard]] stamp state() const {
    struct stat s {};
    if (::fstat(handle_.get(), &s) != 0) throw system_failure(file_, "cannot be read", errno);
    return {static_cast<std::uint64_t>(s.st_size), s.st_mtim.tv_sec, s.st_mtim.tv_nsec};
  }

  /// Calls `line(text, offset)` for each line that begins in [from, to), where `from` must be the beginning of one,
  /// until it returns true; `offset` is where in the file the text begins. If `line` takes a third argument, it is told
  /// whether the line has an end, which the last of a file may lack. A pipe can only be read from 0 to its end.
  template <class Line>
  void each(Line&& line, std::uint64_t from = 0, std::uint64_t to = to_the_end,
            const read_progress& progress = {}) const {
    const std::uint64_t total = progress ? std::min(to, state().size) - from : 0;
    raw_bytes raw{*this, from, to, &progress};
    if (!regular_) wait(patience_ms);  // a writer that starts together with this program needs a moment to come
    std::optional<internal::text_bytes<raw_bytes>> decoded;
    if (from == 0) decoded.emplace(file_, raw);
    if (!regular_ && raw.place == 0) throw csv_error(file_, 1, 1, "is an empty pipe, or one that nobody writes to");
    // A byte more than there is to read, so that its end is seen with the first reading. Packed text and a file that
    // grows get a whole block.
    const std::uint64_t most = regular_ ? std::min(to - from, state().size) : to - from;
    std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(block_size - 1, most)) + 1);
    std::size_t kept = 0;    // the beginning of a line whose end has not been read yet
    std::size_t number = 1;  // of the line at the beginning of the buffer
    internal::line_ends ends;
    for (std::uint64_t at = from + (decoded ? decoded->skipped() : 0);;) {
      const std::size_t wanted = buffer.size() - kept;
      const std::size_t got = decoded ? (*decoded)(buffer.data() + kept, wanted) : raw(buffer.data() + kept, wanted);
      const bool last = got < wanted;
      std::string_view text(buffer.data(), kept + got);
      std::string_view one;
      for (const char* begin = text.data(); ends.take(text, last, one); begin = text.data()) {
        if constexpr (std::is_invocable_v<Line&, std::string_view, std::uint64_t, bool>) {
          if (line(one, at, ends.ended())) return;
        } else {
          if (line(one, at)) return;
        }
        ++number;
        at += static_cast<std::uint64_t>(text.data() - begin);
      }
      if (progress && progress(std::min(total, raw.place - from), total)) throw reading_stopped(file_);
      if (last) return;
      kept = text.size();
      std::memmove(buffer.data(), text.data(), kept);
      if (kept < buffer.size()) continue;
      if (buffer.size() == block_size)
        throw csv_error(file_, number, 1, "line is longer than " + to_text(block_size) + " characters");
      buffer.resize(block_size);
    }
  }

  /// All of the text, at most `most` bytes; refused if there are more.
  [[nodiscard]] std::string all(std::size_t most) const {
    raw_bytes raw{*this};
    internal::text_bytes<raw_bytes> decoded(file_, raw);
    std::string text;
    if (regular_) text.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(most, state().size)) + 2 * block_size);
    for (std::size_t got = block_size; got == block_size;) {
      const std::size_t before = text.size();
      text.resize(before + block_size);
      got = decoded(text.data() + before, block_size);
      text.resize(before + got);
      if (text.size() > most) throw csv_error(file_, 1, 1, "has more than " + to_text(most) + " bytes of text");
    }
    return text;
  }
  /// Of a regular file: whether its text stands there as it is, so that offsets are places in the file; and its first
  /// characters.
  [[nodiscard]] bool plain(std::string& first) const {
    raw_bytes raw{*this};
    internal::text_bytes<raw_bytes> decoded(file_, raw);
    first.resize(64);
    first.resize(decoded(first.data(), first.size()));
    return decoded.plain();
  }

 private:
  static constexpr int patience_ms = 500;

  // The bytes [place, to) of the file, in order.
  struct raw_bytes {
    const file_lines& of;
    std::uint64_t place = 0;
    std::uint64_t to = to_the_end;
    const read_progress* progress = nullptr;

    std::size_t operator()(char* into, std::size_t size) {
      const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(size, to - place));
      const std::size_t got = of.fill(into, most, place, progress);
      place += got;
      return got;
    }
  };

  void refuse_special(::mode_t mode) const {
    const auto refuse = [&](const char* what) { throw csv_error(file_, 1, 1, what); };
    if (S_ISDIR(mode)) refuse("is a directory");
    if (S_ISCHR(mode)) refuse("is a terminal or another device, must be a file or a pipe");
    if (!S_ISREG(mode) && !S_ISFIFO(mode)) refuse("is a special file, must be a file or a pipe");
  }

  // Until the pipe has something to read or its writer is gone, or the time is over: then false. A signal for which the
  // program has a handler ends the waiting: whoever sends one wants an answer, and the writer may never write again.
  bool wait(int milliseconds) const {
    struct pollfd pipe {
      handle_.get(), POLLIN, 0
    };
    const int ready = ::poll(&pipe, 1, milliseconds);
    if (ready < 0 && errno == EINTR) throw reading_stopped(file_);
    if (ready < 0) throw system_failure(file_, "cannot be read", errno);
    return ready > 0;
  }

  // As many as there are, up to `size`; fewer only at the end of the file.
  std::size_t fill(char* into, std::size_t size, std::uint64_t from, const read_progress* progress) const {
    std::size_t got = 0;
    while (got < size) {
      const auto n = regular_ ? ::pread(handle_.get(), into + got, size - got, static_cast<off_t>(from + got))
                              : ::read(handle_.get(), into + got, size - got);
      if (n < 0 && !regular_ && (errno == EAGAIN || errno == EINTR)) {
        if (!wait(100) && progress != nullptr && *progress && (*progress)(0, 0)) throw reading_stopped(file_);
        continue;
      }
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw system_failure(file_, "cannot be read", errno);
      if (n == 0) break;
      got += static_cast<std::size_t>(n);
    }
    return got;
  }

  std::filesystem::path file_;
  file_handle handle_;
  bool regular_ = false;
};

}  // namespace headroom
