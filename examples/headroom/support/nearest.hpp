#pragma once

#include <algorithm>    // std::min
#include <cstddef>      // std::size_t
#include <iterator>     // std::begin
#include <numeric>      // std::iota
#include <string_view>  // std::string_view
#include <vector>       // std::vector

namespace tool {

/// How many letters must be changed, added or left out to make one word of the other.
[[nodiscard]] inline std::size_t letters_apart(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// The element whose name is nearest to what somebody wrote; the first of several. A name that begins with it is
/// nearest of all. The list must not be empty.
template <class List, class Name>
[[nodiscard]] const auto& nearest_in(const List& list, std::string_view written, Name name) {
  const auto away = [&](const auto& one) {
    const auto whole = name(one);  // a text, a view of one, or characters
    return std::string_view(whole).starts_with(written) ? std::size_t{0} : letters_apart(written, whole);
  };
  auto best = std::begin(list);
  for (auto one = std::begin(list); one != std::end(list); ++one) {
    if (away(*one) < away(*best)) best = one;
  }
  return *best;
}

}  // namespace tool
