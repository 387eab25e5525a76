#include "support/files.hpp"

#include <fcntl.h>     // open
#include <sys/file.h>  // flock
#include <sys/stat.h>  // fstat, stat
#include <unistd.h>    // access, unlink

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include <headroom/io/file.hpp>

namespace tool {

using namespace headroom;

void require_place(const std::filesystem::path& file) {
  if (file.empty()) return;
  require_regular_or_absent(file);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    throw file_error(file, "cannot be written: there is no folder " + folder.string());
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw file_error(file, "cannot be written: the folder is not ours to write to");
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  write_atomically(file, {std::as_bytes(std::span<const char>(text.data(), text.size()))});
}

std::string checksum_of(const std::filesystem::path& file) {
  input_file in(file);
  std::vector<std::byte> block(std::size_t{1} << 20U);
  crc64 sum;
  for (std::uint64_t left = in.size(); left > 0;) {
    const auto piece = std::span(block).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size())));
    in.read(piece);
    sum.update(piece);
    left -= piece.size();
  }
  return sum.text();
}

claim::claim(const std::filesystem::path& file) : lock_(file.string() + ".lock") {
  constexpr int how = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  for (;;) {
    require_regular_or_absent(lock_);
    handle_ = headroom::file_handle(::open(lock_.c_str(), how, 0666));
    if (!handle_) throw system_failure(lock_, "cannot be written", errno);
    if (::flock(handle_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) throw system_failure(lock_, "cannot be locked", errno);
      throw file_error(file, "another process is training it; wait for its end, or name another file");
    }
    // The one that held it before may have removed it since it was opened: then the lock is of a file without a name.
    struct stat ours {};
    struct stat named {};
    if (::fstat(handle_.get(), &ours) == 0 && ::stat(lock_.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
        ours.st_dev == named.st_dev) {
      return;
    }
  }
}
claim::~claim() { ::unlink(lock_.c_str()); }

}  // namespace tool
