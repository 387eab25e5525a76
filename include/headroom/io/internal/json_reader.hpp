#pragma once

#include <charconv>      // std::from_chars
#include <cstddef>       // std::size_t
#include <cstdint>       // std::int64_t, std::uint32_t, std::uint64_t
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::errc
#include <vector>        // std::vector

#include <headroom/io/internal/json_number.hpp>
#include <headroom/io/internal/utf8.hpp>

namespace headroom::internal {

/// Reads JSON (RFC 8259) token by token. It builds no tree, does not recurse, and keeps one bit for each open bracket
/// and the last text, so that a hostile file cannot make it take memory that the file's own size does not explain.
///
/// Own code, because a JSON library cost every program that loads a model more time to compile than the rest of it
/// (nlohmann/json: 3 s; RapidJSON: 0.7 s, and its last release is of 2016). The grammar does not change, this file is
/// all that there is to maintain, and the tests compare it with nlohmann/json on damaged and random input.
class json_reader {
 public:
  enum class token { object, end_object, list, end_list, key, text, whole, negative, real, boolean, null, end, error };
  enum class failure { syntax, early_end, number_too_large };

  /// A byte order mark is passed over.
  explicit json_reader(std::string_view json) : json_(json) {
    if (json_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  /// The next token of a document whose grammar is right so far; `end` after the whole document; `error` once and for
  /// all where it is wrong.
  token next() {
    if (failed_) return token::error;
    for (;;) {
      while (at_ < json_.size() && is_space(json_[at_])) ++at_;
      if (expected_ == part::nothing) return at_ == json_.size() ? token::end : unexpected();
      if (at_ == json_.size()) return fail(at_);
      const char c = json_[at_];
      if (expected_ == part::colon || (expected_ == part::comma && c == ',')) {
        if (expected_ == part::colon && c != ':') return unexpected();
        ++at_;
        expected_ = expected_ == part::comma && open_.back() ? part::key : part::value;
        continue;
      }
      if (c == '}' || c == ']') return close(c == '}');
      if (expected_ == part::comma) return unexpected();
      if (expected_ == part::key || expected_ == part::key_or_end) {
        if (c != '"') return unexpected();
        expected_ = part::colon;
        return scan_text() ? token::key : token::error;
      }
      return value(c);
    }
  }

  // What the last token holds.
  [[nodiscard]] std::string& text() noexcept { return text_; }           ///< key, text
  [[nodiscard]] bool boolean() const noexcept { return whole_ != 0; }    ///< boolean
  [[nodiscard]] std::uint64_t whole() const noexcept { return whole_; }  ///< whole: no sign, below 2^64
  [[nodiscard]] double number() const noexcept { return number_; }       ///< whole, negative, real
  /// How many bytes are read: up to the end of the last token, or with the first byte that is wrong, which may be the
  /// one after the last.
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  [[nodiscard]] failure why() const noexcept { return why_; }  ///< error

 private:
  enum class part { value, value_or_end, key, key_or_end, colon, comma, nothing };

  static bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  [[nodiscard]] bool digit_at(std::size_t i) const noexcept { return i < json_.size() && is_digit(json_[i]); }

  // `wrong`: the byte that cannot stand there.
  token fail(std::size_t wrong, failure why = failure::syntax) {
    why_ = why == failure::syntax && wrong >= json_.size() ? failure::early_end : why;
    at_ = wrong + 1;
    failed_ = true;
    return token::error;
  }
  // A token that cannot stand here: what is wrong begins with it and the position is its end, unless it is no token.
  token unexpected() {
    const char c = json_[at_];
    if (c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',') return fail(at_);
    const bool is_token = value(c) != token::error || why_ == failure::number_too_large;
    return is_token ? fail(at_ - 1) : token::error;
  }

  token value(char c) {
    switch (c) {
      case '{':
      case '[':
        ++at_;
        open_.push_back(c == '{');
        expected_ = c == '{' ? part::key_or_end : part::value_or_end;
        return c == '{' ? token::object : token::list;
      case '"':
        return done(scan_text() ? token::text : token::error);
      case 't':
        return literal("true", token::boolean, 1);
      case 'f':
        return literal("false", token::boolean, 0);
      case 'n':
        return literal("null", token::null, 0);
      default:
        return c == '-' || is_digit(c) ? done(scan_number()) : fail(at_);
    }
  }
  token done(token t) {
    expected_ = open_.empty() ? part::nothing : part::comma;
    return t;
  }
  token close(bool object) {
    const bool after_value = expected_ == part::comma && open_.back() == object;
    if (!after_value && expected_ != (object ? part::key_or_end : part::value_or_end)) return fail(at_);
    ++at_;
    open_.pop_back();
    return done(object ? token::end_object : token::end_list);
  }
  token literal(std::string_view word, token t, std::uint64_t is) {
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (at_ + i >= json_.size() || json_[at_ + i] != word[i]) return fail(at_ + i);
    }
    at_ += word.size();
    whole_ = is;
    return done(t);
  }

  token scan_number() {
    const std::size_t begin = at_;
    std::size_t i = at_;
    if (json_[i] == '-') ++i;
    if (!digit_at(i)) return fail(i);
    if (json_[i] == '0')
      ++i;
    else
      while (digit_at(i)) ++i;
    bool is_whole = true;
    if (i < json_.size() && json_[i] == '.') {
      if (!digit_at(++i)) return fail(i);
      while (digit_at(i)) ++i;
      is_whole = false;
    }
    if (i < json_.size() && (json_[i] == 'e' || json_[i] == 'E')) {
      if (++i < json_.size() && (json_[i] == '+' || json_[i] == '-')) ++i;
      if (!digit_at(i)) return fail(i);
      while (digit_at(i)) ++i;
      is_whole = false;
    }
    at_ = i;
    return convert(json_.substr(begin, i - begin), is_whole);
  }
  token convert(std::string_view digits, bool is_whole) {
    const bool minus = digits.front() == '-';
    std::int64_t below = 0;
    if (is_whole && !minus && fits(digits, whole_)) {
      number_ = static_cast<double>(whole_);
      return token::whole;
    }
    if (is_whole && minus && fits(digits, below)) {
      number_ = static_cast<double>(below);
      return token::negative;
    }
    return json_double(digits, number_) ? token::real : fail(at_ - 1, failure::number_too_large);
  }
  // Whole numbers that do not fit into 64 bits are real ones.
  template <class Integer>
  static bool fits(std::string_view digits, Integer& into) {
    return std::from_chars(digits.data(), digits.data() + digits.size(), into).ec == std::errc();
  }

  // The opening quote is at at_.
  bool scan_text() {
    text_.clear();
    for (++at_;;) {
      if (at_ >= json_.size()) return fail(at_), false;
      const char c = json_[at_];
      if (c == '"') return ++at_, true;
      if (c == '\\') {
        if (!scan_escape()) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) return fail(at_), false;
      const utf8_sequence s = utf8_at(json_, at_);
      if (!s.complete) return fail(at_ + s.length), false;
      text_.append(json_, at_, s.length);
      at_ += s.length;
    }
  }
  bool scan_escape() {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (++at_ >= json_.size()) return fail(at_), false;
    const char c = json_[at_];
    if (const std::size_t found = names.find(c); found != names.npos) {
      text_ += meanings[found];
      ++at_;
      return true;
    }
    std::uint32_t number = 0;
    if (c != 'u') return fail(at_), false;
    if (!scan_hexadecimal(number)) return false;
    if (number >= 0xDC00 && number <= 0xDFFF) return fail(at_ - 1), false;  // the second half of a pair, alone
    if (number >= 0xD800 && number <= 0xDBFF) {
      for (const char must : {'\\', 'u'}) {
        if (at_ >= json_.size() || json_[at_] != must) return fail(at_), false;
        ++at_;
      }
      --at_;
      std::uint32_t second = 0;
      if (!scan_hexadecimal(second)) return false;
      if (second < 0xDC00 || second > 0xDFFF) return fail(at_ - 1), false;
      number = 0x10000U + ((number - 0xD800U) << 10U) + (second - 0xDC00U);
    }
    append_utf8(text_, number);
    return true;
  }
  // Four digits behind the u at at_.
  bool scan_hexadecimal(std::uint32_t& number) {
    ++at_;
    for (int k = 0; k < 4; ++k, ++at_) {
      if (at_ >= json_.size()) return fail(at_), false;
      const char c = json_[at_];
      const int digit = is_digit(c)            ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return fail(at_), false;
      number = number * 16 + static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  std::string_view json_;
  std::size_t at_ = 0;
  part expected_ = part::value;
  std::vector<bool> open_;  // brackets that are not closed: whether each is an object's
  bool failed_ = false;
  failure why_ = failure::syntax;
  std::string text_;
  std::uint64_t whole_ = 0;
  double number_ = 0;
};

}  // namespace headroom::internal
