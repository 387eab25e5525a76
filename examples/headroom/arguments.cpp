#include "commands.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/io/checkpoint.hpp>

using namespace headroom;

std::vector<int> moves_of(const std::string& text) {
  std::vector<int> moves;
  std::string_view rest = text;
  for (;;) {
    const auto comma = rest.find(',');
    std::string_view one = rest.substr(0, comma);
    for (const std::string_view sign : {"±", "+-"}) {
      if (one.starts_with(sign)) one.remove_prefix(sign.size());
    }
    const auto value = from_text<int>(one);
    if (!value || *value < 1 || *value > 31 || (!moves.empty() && *value <= moves.back())) {
      throw std::invalid_argument("--actions: '" + text + "' must be moves from 1 to 31, ascending, as in 1,2,4");
    }
    moves.push_back(*value);
    if (comma == std::string_view::npos) return moves;
    rest.remove_prefix(comma + 1);
  }
}

std::string moves_text(const std::vector<int>& moves) {
  std::string text;
  for (const int m : moves) text.append(text.empty() ? "±" : ", ±").append(to_text(m));
  return text;
}

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : list + ',') {
    if (c != ',') {
      name += c;
    } else {
      if (name.empty())
        throw std::invalid_argument("--policies: '" + list + "' must be names separated by single commas");
      if (std::find(names.begin(), names.end(), name) != names.end())
        throw std::invalid_argument("--policies: '" + name + "' is named twice");
      names.push_back(std::exchange(name, {}));
    }
  }
  return names;
}
