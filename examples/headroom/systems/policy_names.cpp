#include "systems/policy_names.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <headroom/core/check.hpp>

namespace tool {

using namespace headroom;

std::string_view kind_of(std::string_view name) { return name.substr(0, name.find(':')); }

std::vector<double> numbers(std::string_view name, std::string_view list) {
  std::vector<double> result;
  const char* at = list.data();
  const char* const end = list.data() + list.size();
  for (;;) {
    double value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || (next != end && *next != '/')) {
      throw std::invalid_argument("--policies: '" + std::string(name) +
                                  "' needs numbers after the colon, separated by '/'");
    }
    result.push_back(value);
    if (next == end) return result;
    at = next + 1;
  }
}

std::vector<double> settings_in(std::string_view name) { return numbers(name, name.substr(name.find(':') + 1)); }

void require_plain(const std::string& name) {
  if (name.find(':') == name.npos) return;
  throw std::invalid_argument("--policies: '" + name + "' must be written without a colon, there is nothing to set");
}

int whole_setting(const std::string& name, int lowest, int highest) {
  const std::string who = "--policies: " + name;
  require(name.find(':') != name.npos, who, "the number", "missing", "follow a colon");
  const std::vector<double> all = settings_in(name);
  require(all.size() == 1, who, "number of settings", all.size(), "be 1");
  require(all[0] == std::floor(all[0]) && all[0] >= lowest && all[0] <= highest, who, "the number", all[0],
          "be whole, from " + to_text(lowest) + " to " + to_text(highest));
  return static_cast<int>(all[0]);
}

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : list + ',') {
    if (c != ',') {
      name += c;
      continue;
    }
    if (name.empty())
      throw std::invalid_argument("--policies: '" + list + "' must be names separated by single commas");
    if (std::find(names.begin(), names.end(), name) != names.end())
      throw std::invalid_argument("--policies: '" + name + "' is named twice");
    names.push_back(std::exchange(name, {}));
  }
  return names;
}

}  // namespace tool
