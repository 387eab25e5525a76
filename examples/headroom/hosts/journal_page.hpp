#pragma once

#include <filesystem>  // std::filesystem::path

#include <nlohmann/json.hpp>

namespace tool {

/// A journal as a page shows it: replicas, load and shadows over time, and the last decisions with their sentences.
/// Of a long journal the last 3000 decisions as numbers, the last 300 in words. Throws file_error.
[[nodiscard]] nlohmann::ordered_json journal_for_page(const std::filesystem::path& file);

}  // namespace tool
