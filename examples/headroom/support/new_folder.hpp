#pragma once

#include <cstdlib>       // mkdtemp
#include <filesystem>    // std::filesystem::path
#include <string>        // std::string
#include <system_error>  // std::error_code
#include <utility>       // std::move

#include <headroom/io/file.hpp>

namespace tool {

/// A folder of results that is there with everything in it, or not at all. It is written beside its place, and gets its
/// name when it is complete. A folder that is not completed goes away.
class new_folder {
 public:
  /// Whether the place is free, asked before an hour of work. Throws file_error; an empty path is no folder.
  static void require_free(const std::filesystem::path& at) {
    if (at.empty()) return;
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(at, ignored)))
      throw headroom::file_error(at, "is there already, must be a new folder: results are never mixed");
    const std::filesystem::path parent = parent_of(at);
    if (!std::filesystem::is_directory(parent, ignored))
      throw headroom::file_error(at, "cannot be made: there is no folder " + parent.string());
  }

  explicit new_folder(std::filesystem::path at) : at_(without_slash(std::move(at))) {
    require_free(at_);
    beside_ = at_.string() + ".partial-XXXXXX";
    if (::mkdtemp(beside_.data()) == nullptr)
      throw headroom::file_error(at_, "cannot be made: the folder is not ours to write to");
  }
  new_folder(const new_folder&) = delete;
  new_folder& operator=(const new_folder&) = delete;
  ~new_folder() {
    if (complete_) return;
    std::error_code ignored;
    std::filesystem::remove_all(beside_, ignored);
  }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return std::filesystem::path(beside_) / name;
  }
  /// Everything is written. Throws file_error if somebody else made the folder in the meantime.
  void complete() {
    require_free(at_);
    std::error_code wrong;
    std::filesystem::permissions(beside_,
                                 std::filesystem::perms::group_read | std::filesystem::perms::group_exec |
                                     std::filesystem::perms::others_read | std::filesystem::perms::others_exec,
                                 std::filesystem::perm_options::add, wrong);
    std::filesystem::rename(beside_, at_, wrong);
    if (wrong) throw headroom::file_error(at_, "cannot be made: " + wrong.message());
    complete_ = true;
  }

 private:
  static std::filesystem::path without_slash(std::filesystem::path at) {
    return at.has_filename() || !at.has_parent_path() ? at : at.parent_path();
  }
  static std::filesystem::path parent_of(const std::filesystem::path& at) {
    const std::filesystem::path one = without_slash(at);
    return one.has_parent_path() ? one.parent_path() : std::filesystem::path(".");
  }

  std::filesystem::path at_;
  std::string beside_{};
  bool complete_ = false;
};

}  // namespace tool
