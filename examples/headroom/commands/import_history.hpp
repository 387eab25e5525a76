#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string
#include <utility>     // std::pair
#include <vector>      // std::vector

#include "http/prometheus_source.hpp"

namespace tool {

/// The columns of a history: the name of each and the expression that gives it.
using history_queries = std::vector<std::pair<std::string, std::string>>;

/// The queries in a TOML file: those of `headroom run`, [source.load] with query = "...", or lines of the form
/// load = "...". A column named load is called rps, as its unit is told by its name then. Throws file_error, and
/// std::invalid_argument with file, name, value and law.
[[nodiscard]] history_queries read_history_queries(const std::filesystem::path& file);

/// The history as `headroom calibrate` reads it: a column time_s, seconds since 1970, and one of each query. A row for
/// each step from the first to the last moment at which every query has a value; a cell between them is empty where
/// nothing is known, which a line on standard error tells. Asks Prometheus for one query after another. Throws what
/// fetch_history_values throws, and std::invalid_argument if there is no such moment.
[[nodiscard]] std::string history_text(const prometheus_source_options& o, const history_queries& queries);

}  // namespace tool
