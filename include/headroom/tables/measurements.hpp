#pragma once

#include <algorithm>      // std::min
#include <cmath>          // std::fmax
#include <cstddef>        // std::size_t
#include <limits>         // std::numeric_limits
#include <optional>       // std::optional
#include <span>           // std::span
#include <stdexcept>      // std::invalid_argument
#include <string>         // std::string
#include <string_view>    // std::string_view
#include <unordered_set>  // std::unordered_set
#include <utility>        // std::move
#include <vector>         // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

/// Rows of named numbers, as a measurement campaign produces them. Stored row by row, because a draw of a measurement
/// reads the whole row. NaN stands for a number that was not measured.
class measurements {
 public:
  /// `values`: row by row, as many columns as there are names. Throws std::invalid_argument unless names are there,
  /// differ, and divide the values.
  measurements(std::vector<std::string> names, std::vector<double> values)
      : names_(std::move(names)), values_(std::move(values)) {
    require(!names_.empty(), "measurements", "number of columns", names_.size(), "be at least 1");
    std::unordered_set<std::string_view> before;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      require(!names_[i].empty(), "measurements", "name of column " + to_text(i + 1), names_[i], "not be empty");
      require(before.insert(names_[i]).second, "measurements", "name of column " + to_text(i + 1), names_[i],
              "differ from those before");
    }
    require(values_.size() % names_.size() == 0, "measurements", "number of values", values_.size(),
            "be a multiple of the number of columns, " + to_text(names_.size()));
  }

  [[nodiscard]] std::size_t rows() const noexcept { return values_.size() / names_.size(); }
  [[nodiscard]] std::size_t columns() const noexcept { return names_.size(); }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  /// A view of a row, valid while the table exists and does not move.
  [[nodiscard]] std::span<const double> row(std::size_t i) const noexcept {
    return {values_.data() + i * names_.size(), names_.size()};
  }
  /// The largest number of a column, ignoring NaN; NaN if nothing was measured. O(rows).
  [[nodiscard]] double largest(std::size_t column) const noexcept {
    double most = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t r = 0; r < rows(); ++r) most = std::fmax(most, row(r)[column]);  // fmax of NaN and x is x
    return most;
  }

  /// The index of a column, if there is one of this name.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) return i;
    }
    return std::nullopt;
  }
  /// The index of a column. If there is none of this name, throws std::invalid_argument and lists the names.
  [[nodiscard]] std::size_t index(std::string_view name) const {
    const std::optional<std::size_t> found = find(name);
    if (!found) {
      throw std::invalid_argument("measurements: there is no column '" + std::string(name) + "', there are " +
                                  list(names_));
    }
    return *found;
  }

  /// The same numbers with one column renamed. Throws std::invalid_argument if the old name does not exist or the new
  /// one does.
  [[nodiscard]] measurements renamed(std::string_view from, std::string to) const& {
    std::vector<std::string> names = names_;
    names[index(from)] = std::move(to);
    return {std::move(names), values_};
  }

  /// Names, separated by commas, for a sentence: the first 30 of them.
  [[nodiscard]] static std::string list(std::span<const std::string> names) {
    constexpr std::size_t most = 30;
    std::string all;
    for (const std::string& name : names.first(std::min(most, names.size()))) {
      all.append(all.empty() ? "" : ", ").append(name);
    }
    if (names.size() > most) all.append(" and ").append(to_text(names.size() - most)).append(" more");
    return all;
  }

 private:
  std::vector<std::string> names_;
  std::vector<double> values_;
};

}  // namespace headroom
