#pragma once

#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

/// Where an option stands in a settings file. What it is, its default and its meaning are told by the option itself.
namespace tool {

struct setting_place {
  std::string_view key;     ///< "seeds.first"
  std::string_view option;  ///< "--seed"
  std::string_view only{};  ///< the command whose option of this name is meant; empty: that of every other one
};

/// Every key but those of [service] and [sweep.over], in the order of the documentation.
[[nodiscard]] const std::vector<setting_place>& setting_places();
/// The place of an option of a command, or null. Those of a service's description are not here.
[[nodiscard]] const setting_place* place_of_option(std::string_view option, std::string_view command);
/// The sections of such a file, [service] among them.
[[nodiscard]] std::vector<std::string> place_sections();
/// Whether one of these keys is called so.
[[nodiscard]] bool is_placed(std::string_view key);

}  // namespace tool
