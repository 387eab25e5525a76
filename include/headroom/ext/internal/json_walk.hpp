#pragma once

#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/io/internal/json_reader.hpp>

namespace headroom::internal {

/// Goes through one JSON document and calls what wants to know of its parts; everything else is passed over. Nothing
/// throws: once the text is no JSON, or nested deeper than 16 brackets, `good()` is false and no part is handed out.
class json_walk {
 public:
  using token = json_reader::token;

  explicit json_walk(std::string_view json) : json_(json), in_(json) {}

  /// The next token; `error` for ever after the first mistake.
  token next() {
    if (!good_) return token::error;
    const token t = in_.next();
    good_ = t != token::error;
    return t;
  }
  /// The rest of a value whose first token was `t`.
  void pass(token t) {
    std::size_t depth = opens(t) ? 1 : 0;
    while (depth > 0 && good_) {
      const token u = next();
      depth += opens(u) ? 1U : 0U;
      depth -= u == token::end_object || u == token::end_list ? 1U : 0U;
      good_ = good_ && depth <= 16;
    }
  }
  /// Calls f(key, first token of the value) for each member of the object that was opened; f reads the value to its
  /// end.
  template <class F>
  void members(F&& f) {
    for (token t = next(); good_ && t != token::end_object; t = next()) {
      const std::string key = in_.text();
      const token value = next();
      if (good_) f(key, value);
    }
  }
  /// Calls f(first token) for each value of the list that was opened; f reads the value to its end.
  template <class F>
  void values(F&& f) {
    for (token t = next(); good_ && t != token::end_list; t = next()) f(t);
  }
  /// The text of a value whose first token was `t`, which was an object or a list: from its bracket to its end.
  [[nodiscard]] std::string_view raw(token t) {
    const std::size_t begin = in_.position() - 1;
    pass(t);
    return good_ ? json_.substr(begin, in_.position() - begin) : std::string_view();
  }
  /// Whether nothing but the document stands in the text.
  [[nodiscard]] bool ends() { return next() == token::end; }

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::string& text() noexcept { return in_.text(); }
  [[nodiscard]] double number() const noexcept { return in_.number(); }
  [[nodiscard]] bool boolean() const noexcept { return in_.boolean(); }
  [[nodiscard]] static bool is_number(token t) noexcept {
    return t == token::whole || t == token::negative || t == token::real;
  }

 private:
  [[nodiscard]] static bool opens(token t) noexcept { return t == token::object || t == token::list; }

  std::string_view json_;
  json_reader in_;
  bool good_ = true;
};

}  // namespace headroom::internal
