#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

#include <headroom/io/file.hpp>

namespace tool {

/// Whether a result can be written there, asked before an hour of training and not after. Throws file_error.
void require_place(const std::filesystem::path& file);
/// All or nothing, as checkpoints are written.
void write_file(const std::filesystem::path& file, const std::string& text);

/// The crc64 of what is in a file, as text. Throws file_error.
[[nodiscard]] std::string checksum_of(const std::filesystem::path& file);

/// Says that this process writes `file`, until it ends: a lock on FILE.lock. The system takes the lock away from a
/// process that crashed; the file is then left, empty, and the next one takes it. Throws file_error if another process
/// holds it.
class claim {
 public:
  explicit claim(const std::filesystem::path& file);
  claim(const claim&) = delete;
  claim& operator=(const claim&) = delete;
  ~claim();

 private:
  std::filesystem::path lock_;
  headroom::file_handle handle_{};
};

}  // namespace tool
