#pragma once

#include <cerrno>       // errno
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <cstdio>       // std::rename
#include <filesystem>   // std::filesystem::path
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <fcntl.h>     // open
#include <sys/file.h>  // flock
#include <sys/stat.h>  // fstat
#include <unistd.h>    // fsync, ftruncate, lseek, pread, rename, write

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/journal_record.hpp>

namespace headroom {

/// When a line must be on the disk, so that it survives a power failure. A line is always handed to the system at once,
/// and so survives the end of the process.
enum class journal_sync : std::uint8_t {
  never,           ///< the system decides
  before_sending,  ///< each decision that is about to be sent; the default
  always           ///< each line
};

/// How a journal is kept.
struct journal_options {
  std::uint64_t rotate_bytes = std::uint64_t{64} << 20U;  ///< a file that would grow beyond this is put aside
  int keep = 8;                                           ///< files put aside; the oldest is removed
  journal_sync sync = journal_sync::before_sending;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const journal_options& checked(const journal_options& o) {
  require(o.rotate_bytes >= 4096, "journal", "rotate_bytes", o.rotate_bytes, "be at least 4096");
  require(o.keep >= 0 && o.keep <= 1000, "journal", "keep", o.keep, "be from 0 to 1000");
  return o;
}

/// The file with the number `k` of a journal: the file itself for 0, `file.1` for the one put aside last.
[[nodiscard]] inline std::filesystem::path journal_part(const std::filesystem::path& file, int k) {
  if (k == 0) return file;
  std::filesystem::path part = file;
  part += "." + to_text(k);
  return part;
}

/// Writes down decisions, a line of JSON each. A decision that is about to be sent is written first (`decided`), and
/// what became of it in a short line behind it (`became`). So whatever was applied stands in the journal, also after a
/// crash at any moment. A line is one call of `write` and is taken back if it fails half way, so that a full disk
/// leaves no torn line; a torn line that a crash of the machine left is cut off when the file is opened again. Its
/// decision was not sent, because it is sent after its line is complete.
///
/// One process writes a journal: a second is refused. All functions throw file_error; the journal can be used
/// afterwards. O(length of the line).
///     journal log{"/var/lib/headroom/decisions.jsonl"};
class journal {
 public:
  /// Opens the file or makes it. Throws file_error if it is no journal, or if another process writes it.
  explicit journal(std::filesystem::path file, const journal_options& options = {})
      : file_(std::move(file)), options_(checked(options)) {
    open();
    cut_torn_line();
  }

  /// Writes a decision. `sends`: it is about to be sent, so its line must be safe before.
  void decided(const journal_record& r, bool sends) {
    append(journal_line(r), true);
    if (options_.sync == journal_sync::always || (sends && options_.sync == journal_sync::before_sending)) sync();
  }
  /// Writes what became of a decision whose line is written.
  void became(const journal_record& r) {
    append(journal_outcome_line(r), false);  // an outcome stays in the file of its decision
    if (options_.sync == journal_sync::always) sync();
  }

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  /// Bytes of a torn line that were cut off when the file was opened.
  [[nodiscard]] std::uint64_t torn_bytes() const noexcept { return torn_bytes_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return size_; }

 private:
  void open() {
    require_regular_or_absent(file_);
    file_handle handle(::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640));
    struct stat status {};
    if (!handle || ::fstat(handle.get(), &status) != 0) throw system_failure(file_, "cannot be opened", errno);
    if (::flock(handle.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) throw file_error(file_, "is written by another process, must be written by one");
      throw system_failure(file_, "cannot be locked", errno);
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
    handle_ = std::move(handle);
    if (size_ == 0 && options_.sync != journal_sync::never) {  // the directory holds the name
      const auto parent = file_.parent_path();
      const file_handle directory(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (directory && ::fsync(directory.get()) != 0 && errno != EINVAL)
        throw system_failure(file_, "was made but may not survive a power failure", errno);
    }
  }
  void cut_torn_line() {
    if (size_ == 0) return;
    constexpr std::string_view begin = R"({"schema":)";
    char first[begin.size()];
    const auto n = ::pread(handle_.get(), first, begin.size(), 0);
    if (n < 0) throw system_failure(file_, "cannot be read", errno);
    if (!begin.starts_with(std::string_view(first, static_cast<std::size_t>(n)).substr(0, begin.size()))) {
      throw file_error(file_, R"(is no journal: it must begin with {"schema":)");
    }
    std::uint64_t end = size_;
    for (char last = 0; end > 0; --end) {
      if (::pread(handle_.get(), &last, 1, static_cast<off_t>(end - 1)) != 1)
        throw system_failure(file_, "cannot be read", errno);
      if (last == '\n') break;
    }
    torn_bytes_ = size_ - end;
    if (torn_bytes_ > 0) truncate(end);
  }
  void truncate(std::uint64_t to) {
    if (::ftruncate(handle_.get(), static_cast<off_t>(to)) != 0)
      throw system_failure(file_, "has a torn line that cannot be cut off", errno);
    size_ = to;
  }
  void sync() {
    if (::fsync(handle_.get()) != 0) throw system_failure(file_, "cannot be brought to the disk", errno);
  }

  void append(std::string line, bool may_rotate) {
    line += '\n';
    if (!handle_) open();  // a rotation failed half way
    if (damaged_) {
      truncate(size_);
      damaged_ = false;
    }
    if (may_rotate && size_ > 0 && size_ + line.size() > options_.rotate_bytes) rotate();
    for (std::size_t done = 0; done < line.size();) {
      const auto n = ::write(handle_.get(), line.data() + done, line.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const int error = errno;
        damaged_ = done > 0 && ::ftruncate(handle_.get(), static_cast<off_t>(size_)) != 0;
        throw system_failure(file_, "cannot be written", error);
      }
      done += static_cast<std::size_t>(n);
    }
    size_ += line.size();
  }
  // file.1 becomes file.2, and so on; the last one is replaced. The lock goes with the file, and the new one is locked
  // anew.
  void rotate() {
    if (options_.keep == 0) {
      truncate(0);
      return;
    }
    for (int k = options_.keep - 1; k >= 0; --k) {
      const auto from = journal_part(file_, k);
      if (::rename(from.c_str(), journal_part(file_, k + 1).c_str()) != 0 && errno != ENOENT)
        throw system_failure(from, "cannot be put aside", errno);
    }
    handle_ = {};
    open();
  }

  std::filesystem::path file_;
  journal_options options_;
  file_handle handle_;
  std::uint64_t size_ = 0;
  std::uint64_t torn_bytes_ = 0;
  bool damaged_ = false;  // half a line stands behind size_
};

}  // namespace headroom
