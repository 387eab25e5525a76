#pragma once

#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

/// Policies as they are named on the command line: a kind, and for some a setting after a colon, as in "constant:14".
namespace tool {

/// "sarsa" of "sarsa:6".
[[nodiscard]] std::string_view kind_of(std::string_view name);
/// "12/13.5" as numbers; `name` is what they belong to. Throws std::invalid_argument.
[[nodiscard]] std::vector<double> numbers(std::string_view name, std::string_view list);
/// The numbers after the colon of a name, which must have one.
[[nodiscard]] std::vector<double> settings_in(std::string_view name);
/// Refuses a setting where a policy has none.
void require_plain(const std::string& name);
/// What a constant stands at, "constant:4". Throws std::invalid_argument.
[[nodiscard]] int whole_setting(const std::string& name, int lowest, int highest);
/// The names in a list of --policies, each once. Throws std::invalid_argument.
[[nodiscard]] std::vector<std::string> names_in(const std::string& list);

}  // namespace tool
