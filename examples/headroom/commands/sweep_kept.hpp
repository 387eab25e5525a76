#pragma once

#include <filesystem>  // std::filesystem::path
#include <memory>      // std::unique_ptr
#include <optional>    // std::optional
#include <string>      // std::string

#include <headroom/run/evaluate.hpp>

#include "support/files.hpp"

namespace tool::sweeping {

/// What a sweep has finished, kept beside its folder until all is done: FOLDER.partial/, a file for each training. The
/// same sweep goes on from there, after Ctrl-C as after a power cut.
class kept_results {
 public:
  /// `said`: the settings of the sweep. Throws file_error if another process is at it, or for those of another sweep.
  kept_results(const std::filesystem::path& folder, const std::string& said);

  /// How many were there at the beginning.
  [[nodiscard]] std::size_t found() const noexcept { return found_; }
  /// Nothing if it was not finished. Throws file_error for a file that holds something else.
  [[nodiscard]] std::optional<headroom::evaluation> find(const std::string& name) const;
  /// Several threads may call it, with different names. Throws file_error.
  void keep(const std::string& name, const headroom::evaluation& e) const;
  /// The folder is complete; these are of no use any more.
  void remove();

 private:
  std::filesystem::path at_;
  std::unique_ptr<claim> claim_{};
  std::size_t found_ = 0;
};

}  // namespace tool::sweeping
