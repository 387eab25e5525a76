#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

namespace tool {

/// Whether a result can be written there, asked before an hour of training and not after. Throws file_error.
void require_place(const std::filesystem::path& file);
/// All or nothing, as checkpoints are written.
void write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace tool
