#pragma once

#include <algorithm>    // std::count
#include <charconv>     // std::from_chars
#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/io/internal/csv_fields.hpp>

namespace headroom {

/// Reads the numbers of one file, which writes them all alike: 1234.5, 1,234.5, 1234,5 or 1.234,5. Which it is, the
/// first number tells that can be only one of them. Until then 1,234 is ambiguous, and in a file whose fields are
/// separated by semicolons, as programs write it where the comma is decimal, 1.234 as well.
class csv_numbers {
 public:
  /// `decimal`: the mark before the fraction, or 0 if nobody told.
  explicit csv_numbers(char separator = ',', char decimal = 0) : separator_(separator), decimal_(decimal) { look(); }

  /// Nothing if the text is no number, or an ambiguous one.
  [[nodiscard]] std::optional<double> read(const csv_field& f) {
    if (!careful_) {
      if (const auto value = f.number()) return value;
    }
    return slowly(f.text);
  }
  /// Whether the text is a number in both ways, and which way is meant is not known.
  [[nodiscard]] bool ambiguous(std::string_view text) const {
    if (decimal_ != 0) return false;
    const std::string_view digits = unsigned_part(text);
    const auto one = [&](char mark) {
      return std::count(digits.begin(), digits.end(), mark) == 1 && grouped(digits, mark);
    };
    return one(',') || (separator_ == ';' && one('.'));
  }

 private:
  void look() { careful_ = decimal_ == ',' || (decimal_ == 0 && separator_ == ';'); }
  void learn(char decimal) {
    decimal_ = decimal;
    look();
  }

  [[nodiscard]] static std::string_view unsigned_part(std::string_view text) {
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    return text;
  }
  // 1 to 3 digits of which the first is not 0, then groups of three.
  [[nodiscard]] static bool grouped(std::string_view digits, char mark) {
    const std::size_t first = digits.find(mark);
    if (first == std::string_view::npos || first < 1 || first > 3 || digits.front() == '0') return false;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      const bool at_mark = i >= first && (i - first) % 4 == 0;
      if (at_mark ? digits[i] != mark : digits[i] < '0' || digits[i] > '9') return false;
    }
    return (digits.size() - first) % 4 == 0;
  }

  [[nodiscard]] std::optional<double> slowly(std::string_view text) {
    const std::string_view digits = unsigned_part(text);
    const std::size_t comma = digits.rfind(',');
    const std::size_t point = digits.rfind('.');
    if (comma == std::string_view::npos && point == std::string_view::npos) return csv_field{digits_of(text)}.number();
    if (ambiguous(text)) return std::nullopt;
    const bool both = comma != std::string_view::npos && point != std::string_view::npos;
    const char last = both ? (comma > point ? ',' : '.') : comma != std::string_view::npos ? ',' : '.';
    // The last mark is the decimal one, unless it groups thousands.
    const std::size_t place = last == ',' ? comma : point;
    const bool groups =
        !both && grouped(digits, last) && (decimal_ == 0 ? digits.find(last) != place : decimal_ != last);
    const char decimal = groups ? (last == ',' ? '.' : ',') : last;
    if (decimal_ != 0 && decimal_ != decimal) return std::nullopt;
    const bool digit_follows = place + 1 < digits.size() && digits[place + 1] >= '0' && digits[place + 1] <= '9';
    if (last == ',' && !digit_follows) return std::nullopt;
    const char grouping = decimal == ',' ? '.' : ',';
    const std::string_view whole = groups ? digits : digits.substr(0, place);
    if (whole.find(decimal) != std::string_view::npos) return std::nullopt;
    if (whole.find(grouping) != std::string_view::npos && !grouped(whole, grouping)) return std::nullopt;
    std::string plain(text.substr(0, text.size() - digits.size()));
    if (plain == "+") plain.clear();
    for (const char c : digits) {
      if (c == decimal)
        plain += '.';
      else if (c != grouping)
        plain += c;
    }
    const std::optional<double> value = csv_field{plain}.number();
    if (value) learn(decimal);
    return value;
  }
  [[nodiscard]] static std::string_view digits_of(std::string_view text) {
    return text.starts_with('+') && !text.starts_with("+-") ? text.substr(1) : text;
  }

  char separator_;
  char decimal_;
  bool careful_ = false;
};

}  // namespace headroom
