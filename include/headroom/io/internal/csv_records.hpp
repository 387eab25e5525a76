#pragma once

#include <cstddef>      // std::size_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_dialect.hpp>
#include <headroom/io/internal/csv_fields.hpp>

namespace headroom {

/// Makes records of lines: one line each, but for those with a quoted field in which a line ends (RFC 4180). Throws
/// csv_error for a quote that does not end within 1 MiB.
class csv_records {
 public:
  explicit csv_records(std::filesystem::path file) : file_(std::move(file)) {}

  /// The record that ends with this line, valid until the next call; nothing if it goes on. `separators`: the marks
  /// that may separate fields.
  [[nodiscard]] std::optional<std::string_view> line(std::string_view text, std::string_view separators) {
    ++lines_;
    const bool quotes = text.find('"') != std::string_view::npos;
    if (open_.empty()) {
      number_ = lines_;
      if (!quotes) return text;
      scanner_ = {};
      scanner_.take(text, separators);
      if (!scanner_.open()) return text;
      open_ = text;
      return std::nullopt;
    }
    if (open_.size() + text.size() > longest) {
      refuse("a quote that begins here does not end for " + to_text(longest) + " characters");
    }
    open_.append(1, '\n').append(text);
    scanner_.take(text, separators);
    if (scanner_.open()) return std::nullopt;
    whole_ = std::move(open_);
    open_.clear();
    joined_ += lines_ - number_;
    return whole_;
  }
  /// After the last line.
  void finish() const {
    if (!open_.empty()) refuse("a quote that begins here never ends: the file may be cut");
  }

  /// Lines so far; the one in which the last record began; and how many were joined to one before them.
  [[nodiscard]] std::size_t lines() const noexcept { return lines_; }
  [[nodiscard]] std::size_t number() const noexcept { return number_; }
  [[nodiscard]] std::size_t joined() const noexcept { return joined_; }

 private:
  static constexpr std::size_t longest = std::size_t{1} << 20U;

  [[noreturn]] void refuse(const std::string& sentence) const { throw csv_error(file_, number_, 1, sentence); }

  std::filesystem::path file_;
  quote_scanner scanner_{};
  std::string open_{};  // a record that goes on
  std::string whole_{};
  std::size_t lines_ = 0;
  std::size_t number_ = 0;
  std::size_t joined_ = 0;
};

}  // namespace headroom
