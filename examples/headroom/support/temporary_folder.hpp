#pragma once

#include <cstdlib>       // mkdtemp
#include <filesystem>    // std::filesystem::path
#include <string>        // std::string
#include <system_error>  // std::error_code

#include <headroom/io/file.hpp>

namespace tool {

/// A folder for what is fetched or converted; it goes away with the command.
class temporary_folder {
 public:
  temporary_folder() : path_((std::filesystem::temp_directory_path() / "headroom-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw headroom::file_error(path_, "cannot be made");
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return std::filesystem::path(path_) / name;
  }

 private:
  std::string path_;
};

}  // namespace tool
