#pragma once

#include <cstdlib>     // std::getenv
#include <filesystem>  // std::filesystem::path
#include <memory>      // std::make_shared, std::shared_ptr

#include <headroom/systems/teastore/measured_log.hpp>
#include <headroom/tables/table_csv.hpp>
#include <headroom/tables/measured_grid.hpp>

/// The published TeaStore measurements; nothing where HEADROOM_SHARED_DATA names no folder that has them.
[[nodiscard]] inline std::shared_ptr<const headroom::measured_grid> teastore_log() {
  const char* data = std::getenv("HEADROOM_SHARED_DATA");
  const std::filesystem::path file = std::filesystem::path(data == nullptr ? "" : data) / "teastore_configurations.log";
  if (data == nullptr || !std::filesystem::exists(file)) return nullptr;
  return std::make_shared<const headroom::measured_grid>(
      headroom::teastore::renamed(headroom::read_table_csv(file, {.columns = headroom::teastore::log_columns()})),
      headroom::teastore::axes());
}
