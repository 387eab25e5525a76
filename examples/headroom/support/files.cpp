#include "support/files.hpp"

#include <unistd.h>  // access

#include <cstddef>
#include <span>
#include <system_error>

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

}  // namespace tool
