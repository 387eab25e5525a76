#pragma once

#include <filesystem>   // std::filesystem::path
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include "support/command_line.hpp"

/// The settings file of compare, train, evaluate, frontier and sweep: which key says which option.
namespace tool {

class settings;

/// The key of an option of a command, as in "seeds.first"; empty where a settings file cannot say it.
[[nodiscard]] std::string key_of_option(std::string_view option, std::string_view command);

/// Whether a key says where or by how many results are made, and not which.
[[nodiscard]] bool says_where(std::string_view key);

/// What a file says to a command. A file may serve several commands: keys of other ones are left alone, with a line on
/// standard error where they stand in a section that this command reads. Throws std::invalid_argument with the place
/// for a value that is none of the option's kind.
[[nodiscard]] std::vector<said_value> values_for(const command& c, const std::string& name, const settings& file);

/// Whether a command has --settings.
[[nodiscard]] bool has_settings(std::string_view command);
/// Gives --settings to every command that simulates.
void add_settings(command_line& to);

/// What was said of a command, as a settings file that brings the same results by itself: a service's description
/// stands in it, and files are named from the root. Where results go is left out. Defaults stand there as comments.
[[nodiscard]] std::string settings_text(const command& c, const std::string& name);

/// Every key of these commands as a table of docs/configuration.md.
[[nodiscard]] std::string command_settings_table(const command_line& all);
/// What a key means; empty for one that is none of these commands'.
[[nodiscard]] std::string explained_command_setting(const command_line& all, const std::string& key);
/// What is in force of a command that was parsed, a line a key, and who said it.
[[nodiscard]] std::string command_settings_in_force(const command& c, const std::string& name);

}  // namespace tool
