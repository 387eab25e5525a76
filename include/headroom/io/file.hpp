#pragma once

#include <array>         // std::array
#include <cerrno>        // errno
#include <charconv>      // std::from_chars
#include <cstddef>       // std::byte, std::size_t
#include <cstdint>       // std::uint64_t
#include <filesystem>    // std::filesystem::path
#include <span>          // std::span
#include <stdexcept>     // std::runtime_error
#include <string>        // std::string
#include <system_error>  // std::generic_category
#include <utility>       // std::exchange
#include <vector>        // std::vector

#include <fcntl.h>     // open
#include <signal.h>    // kill
#include <sys/stat.h>  // fstat, fchmod
#include <unistd.h>    // read, write, fsync, close, unlink

#include <headroom/core/check.hpp>

/// Reads untrusted files, and replaces a file so that a crash leaves the old or the new one, never a mixture. Uses
/// POSIX: the standard streams have neither fsync nor exclusive creation, and opening a fifo would wait for a writer.
namespace headroom {

/// "`file`: `reason`". All errors of the headers in io/ are of this type or derive from it.
class file_error : public std::runtime_error {
 public:
  file_error(const std::filesystem::path& file, const std::string& reason)
      : std::runtime_error(file.string() + ": " + reason), file_(file), reason_(reason) {}
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  std::filesystem::path file_;
  std::string reason_;
};

/// CRC-64/XZ (ECMA-182's polynomial, reflected, all ones in and out; crc64("123456789") is 0x995dc9bbdf1939fa). A CRC
/// finds every burst of up to 64 damaged bits with certainty; a hash does not. It finds damage, not attacks: it is not
/// a signature.
class crc64 {
 public:
  constexpr void update(std::span<const std::byte> bytes) noexcept {
    for (const std::byte b : bytes) state_ = table[(state_ ^ static_cast<std::uint64_t>(b)) & 0xffU] ^ (state_ >> 8U);
  }
  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return ~state_; }
  /// The value as sixteen lower-case hexadecimal digits.
  [[nodiscard]] std::string text() const {
    std::string digits(16, '0');
    for (std::size_t i = 0; i < 16; ++i) digits[i] = "0123456789abcdef"[(value() >> (60 - 4 * i)) & 0xfU];
    return digits;
  }

 private:
  static constexpr std::array<std::uint64_t, 256> table = [] {
    std::array<std::uint64_t, 256> t{};
    for (std::uint64_t i = 0; i < 256; ++i) {
      std::uint64_t r = i;
      for (int bit = 0; bit < 8; ++bit) r = (r >> 1U) ^ ((r & 1U) != 0 ? 0xc96c5795d7870f42U : 0U);
      t[i] = r;
    }
    return t;
  }();
  std::uint64_t state_ = ~std::uint64_t{0};
};

/// An open file, closed exactly once.
class file_handle {
 public:
  file_handle() noexcept = default;
  explicit file_handle(int descriptor) noexcept : descriptor_(descriptor) {}
  file_handle(file_handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  file_handle& operator=(file_handle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~file_handle() { (void)close(); }

  [[nodiscard]] int get() const noexcept { return descriptor_; }
  [[nodiscard]] explicit operator bool() const noexcept { return descriptor_ >= 0; }
  /// Closes the file. False if the kernel could not write everything: network file systems report a full disk only
  /// here.
  bool close() noexcept { return descriptor_ < 0 || ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_ = -1;
};

[[nodiscard]] inline file_error system_failure(const std::filesystem::path& file, const std::string& what, int error) {
  return file_error(file, what + ": " + std::generic_category().message(error));
}

/// Throws file_error if the path is something other than a regular file. Checked before opening: opening a fifo waits,
/// opening some devices has effects, and a rename onto /dev/null would replace it.
inline void require_regular_or_absent(const std::filesystem::path& file) {
  using kind = std::filesystem::file_type;
  std::error_code ignored;
  const char* name = "a special file";
  switch (std::filesystem::status(file, ignored).type()) {
    case kind::regular:
    case kind::not_found:
    case kind::none:
      return;  // the later open fails as well and gives the reason
    case kind::directory:
      name = "a directory";
      break;
    case kind::fifo:
      name = "a fifo";
      break;
    case kind::socket:
      name = "a socket";
      break;
    case kind::character:
    case kind::block:
      name = "a device";
      break;
    default:
      break;
  }
  throw file_error(file, std::string("is ") + name + ", must be a regular file");
}

/// A regular file, read from the start. Errors: file_error if it cannot be opened or is not a regular file.
class input_file {
 public:
  explicit input_file(std::filesystem::path file) : file_(std::move(file)) {
    require_regular_or_absent(file_);
    handle_ = file_handle(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!handle_ || ::fstat(handle_.get(), &status) != 0) throw system_failure(file_, "cannot be opened", errno);
    // Checked again on the open file: the path may have been replaced after the first check.
    if (!S_ISREG(status.st_mode)) throw file_error(file_, "is a special file, must be a regular file");
    size_ = static_cast<std::uint64_t>(status.st_size);
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }  ///< in bytes, at the time of opening

  /// Fills `into` with the next bytes. Throws file_error if the file ends before.
  void read(std::span<std::byte> into) {
    while (!into.empty()) {
      const auto n = ::read(handle_.get(), into.data(), into.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw system_failure(file_, "cannot be read", errno);
      if (n == 0) throw file_error(file_, "ends " + to_text(into.size()) + " bytes early: it shrank while it was read");
      into = into.subspan(static_cast<std::size_t>(n));
    }
  }

 private:
  std::filesystem::path file_;
  file_handle handle_;
  std::uint64_t size_ = 0;
};

/// Replaces `file` by the concatenated `pieces`: a temporary beside it, fsync, rename, fsync of the directory. If
/// anything before the rename fails, throws file_error, the old file stays and the temporary is gone. The permissions
/// of the old file are kept; a symbolic link is replaced, not followed.
inline void write_atomically(const std::filesystem::path& file, const std::vector<std::span<const std::byte>>& pieces) {
  require_regular_or_absent(file);
  struct temporary {
    std::filesystem::path path;
    bool kept = false;
    ~temporary() {
      if (!kept) ::unlink(path.c_str());
    }
  };
  file_handle handle;
  std::filesystem::path name;
  // Exclusive, so that two savers never share a temporary. The counter skips the temporaries of killed processes.
  for (int k = 0; !handle && k < 1000; ++k) {
    name = file;
    name += ".partial-" + to_text(::getpid()) + "-" + to_text(k);
    handle = file_handle(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!handle && errno != EEXIST) break;
  }
  if (!handle) throw system_failure(file, "cannot be written", errno);
  temporary guard{name};
  struct stat old {};
  if (::stat(file.c_str(), &old) == 0) (void)::fchmod(handle.get(), old.st_mode & 07777U);
  for (std::span<const std::byte> rest : pieces) {
    while (!rest.empty()) {
      const auto n = ::write(handle.get(), rest.data(), rest.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw system_failure(file, "cannot be written", errno);
      rest = rest.subspan(static_cast<std::size_t>(n));
    }
  }
  if (::fsync(handle.get()) != 0 || !handle.close()) throw system_failure(file, "cannot be written", errno);
  if (::rename(name.c_str(), file.c_str()) != 0) throw system_failure(file, "cannot be replaced", errno);
  guard.kept = true;
  // The directory holds the rename, so it is synced too. Some file systems cannot sync a directory (EINVAL) and need
  // not.
  const auto parent = file.parent_path();
  const file_handle directory(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory && ::fsync(directory.get()) != 0 && errno != EINVAL) {
    throw system_failure(file, "was replaced but may not survive a power failure", errno);
  }
}

/// Removes the temporaries of `file` left by processes that were killed in write_atomically. Those of running processes
/// stay. Never throws: a temporary that cannot be removed does no harm.
inline void remove_leftovers(const std::filesystem::path& file) {
  const std::string prefix = file.filename().string() + ".partial-";
  std::error_code ignored;
  const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  for (std::filesystem::directory_iterator at(parent, ignored), end; !ignored && at != end; at.increment(ignored)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    pid_t owner = 0;
    const char* const last = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + prefix.size(), last, owner);
    if (error != std::errc() || rest == last || *rest != '-' || owner <= 0) continue;
    if (::kill(owner, 0) != 0 && errno == ESRCH) ::unlink(at->path().c_str());
  }
}

}  // namespace headroom
