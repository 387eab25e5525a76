#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t, std::uint32_t, std::uint64_t
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/io/internal/json_number.hpp>
#include <headroom/io/internal/utf8.hpp>

namespace headroom::internal {

/// `text` as JSON, in quotes. Bytes that are no UTF-8 become U+FFFD, one for each sequence that is broken; who must not
/// lose them asks `is_utf8` before. `ascii`: everything else is escaped.
[[nodiscard]] inline std::string json_text(std::string_view text, bool ascii = false) {
  std::string json;
  json.reserve(text.size() + 2);  // growing step by step would take twice the memory
  json += '"';
  const auto escape = [&json](std::uint32_t unit) {
    json += "\\u";
    for (const unsigned shift : {12U, 8U, 4U, 0U}) json += "0123456789abcdef"[(unit >> shift) & 0xFU];
  };
  for (std::size_t i = 0; i < text.size();) {
    constexpr std::string_view meanings = "\"\\\b\f\n\r\t";
    const utf8_sequence s = utf8_at(text, i);
    const std::uint32_t number = s.complete ? s.number : 0xFFFDU;
    if (const std::size_t found = number < 0x80 ? meanings.find(static_cast<char>(number)) : meanings.npos;
        found != meanings.npos) {
      json.append(1, '\\').append(1, "\"\\bfnrt"[found]);
    } else if (number < 0x20 || (ascii && number >= 0x7F && number < 0x10000)) {
      escape(number);
    } else if (ascii && number >= 0x10000) {
      escape(0xD800U + ((number - 0x10000U) >> 10U));
      escape(0xDC00U + ((number - 0x10000U) & 0x3FFU));
    } else {
      append_utf8(json, number);
    }
    i += s.length > 0 ? s.length : 1;
  }
  return json += '"';
}

/// Writes a document, in one line without spaces or with a line for each value. The caller keeps the grammar: names in
/// objects only, one value behind each.
class json_writer {
 public:
  explicit json_writer(std::size_t spaces = 0) : spaces_(spaces) {}

  json_writer& open(char bracket) {
    begin_value();
    json_ += bracket;
    ++depth_;
    first_ = true;
    return *this;
  }
  json_writer& close(char bracket) {
    --depth_;
    if (!first_) new_line();
    json_ += bracket;
    first_ = false;
    return *this;
  }
  json_writer& name(std::string_view name) {
    begin_value();
    json_ += json_text(name);
    json_ += spaces_ > 0 ? ": " : ":";
    named_ = true;
    return *this;
  }
  json_writer& text(std::string_view value) { return raw(json_text(value)); }
  json_writer& whole(std::uint64_t value) { return raw(to_text(value)); }
  json_writer& number(double value) { return raw(json_number(value)); }
  json_writer& integer(std::int64_t value) { return raw(to_text(value)); }
  json_writer& boolean(bool value) { return raw(value ? "true" : "false"); }
  json_writer& null() { return raw("null"); }

  [[nodiscard]] const std::string& json() const noexcept { return json_; }
  /// Takes memory for a document of about so many characters at once.
  void reserve(std::size_t characters) { json_.reserve(characters); }

 private:
  json_writer& raw(std::string_view value) {
    begin_value();
    json_ += value;
    return *this;
  }
  void begin_value() {
    if (named_) {
      named_ = false;
      return;
    }
    if (depth_ > 0) {
      if (!first_) json_ += ',';
      new_line();
    }
    first_ = false;
  }
  void new_line() {
    if (spaces_ > 0) json_.append(1, '\n').append(depth_ * spaces_, ' ');
  }

  std::size_t spaces_;
  std::size_t depth_ = 0;
  bool first_ = true;   // nothing stands yet behind the bracket that is open
  bool named_ = false;  // the name of the next value is written
  std::string json_;
};

}  // namespace headroom::internal
