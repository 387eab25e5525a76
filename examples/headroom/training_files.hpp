#pragma once

#include <filesystem>  // std::filesystem::path
#include <functional>  // std::function

#include "commands.hpp"

/// The two files of a training: FILE, what it was for, and FILE.partial, which it can go on from.
namespace training_files {

/// Finds out both names, `a.out` included where --resume implies it, and refuses what cannot be written. Returns that
/// of the second. Throws std::invalid_argument and file_error.
[[nodiscard]] std::filesystem::path begin(arguments& a);
/// For the times between: `save`, whose failure is told once and costs nothing; nothing if none was asked for.
[[nodiscard]] std::function<void()> safety_net(const arguments& a, std::function<void()> save);
/// The first is written, the second is of no use any more.
void end(const std::filesystem::path& partial);

}  // namespace training_files
