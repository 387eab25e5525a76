#pragma once

#include <string>  // std::string

#include "hosts/settings.hpp"

namespace tool {

/// The table of keys in Markdown, as docs/configuration.md has it.
[[nodiscard]] std::string settings_table();
/// One key in sentences. Throws std::invalid_argument with the nearest key.
[[nodiscard]] std::string explained_setting(const std::string& name);
/// Everything that is in force, a line each, with where it was said.
[[nodiscard]] std::string settings_in_force(const settings& s);

}  // namespace tool
