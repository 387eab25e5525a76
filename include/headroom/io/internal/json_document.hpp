#pragma once

#include <algorithm>    // std::adjacent_find, std::sort
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <span>         // std::as_writable_bytes, std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/json_reader.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace headroom::internal {

/// A value of a document: what it is, and the text of it. What is inside is read when it is asked for.
struct json_value {
  enum class is : std::uint8_t { null, boolean, number, whole, text, list, object };
  is kind = is::null;
  std::uint64_t whole = 0;  ///< a number without sign, point and exponent
  double number = 0;        ///< any number, whole or not
  std::string_view json{};  ///< the text of a list or an object

  [[nodiscard]] const char* name_of_kind() const noexcept {
    constexpr const char* names[] = {"null", "a boolean", "a number", "a number", "a text", "a list", "an object"};
    return names[static_cast<std::size_t>(kind)];
  }
};

/// What a document may have: bytes, and brackets around a value.
struct json_bounds {
  std::uint64_t bytes = 4U << 20U;
  std::size_t depth = 6;
};

/// The document of a file. Its grammar is checked at once: what is too deep, or says a name twice, is refused. No tree
/// is built, because a value of one character would become a hundred bytes: a value is found in the text when it is
/// asked for, in time proportional to what is around it. Memory: the text, and 8 bytes for each name of an open object
/// while it is checked. Errors: file_error.
class json_document {
 public:
  json_document(const std::filesystem::path& file, const json_bounds& bounds) : file_(file), bounds_(bounds) {
    input_file in(file);
    if (in.size() > bounds.bytes) {
      throw file_error(file, "has " + to_text(in.size()) + " bytes, must have at most " + to_text(bounds.bytes));
    }
    text_.resize(static_cast<std::size_t>(in.size()));
    in.read(std::as_writable_bytes(std::span(text_)));
    if (const std::size_t zero = text_.find('\0'); zero != text_.npos) {
      refuse("has a zero byte at " + to_text(zero) + ", must be JSON");
    }
    check_all();
    json_reader from(text_);
    root_ = value_after(from, from.next(), text_);
    if (root_.kind != json_value::is::object) refuse(std::string("is ") + root_.name_of_kind() + ", must be an object");
  }
  json_document(const json_document&) = delete;  // values are views of the text
  json_document& operator=(const json_document&) = delete;

  [[nodiscard]] const json_value& root() const noexcept { return root_; }
  [[noreturn]] void refuse(const std::string& reason) const { throw file_error(file_, reason); }

  /// The entry `name` of an object; nothing if there is none. O(length of the object).
  [[nodiscard]] std::optional<json_value> find(const json_value& object, std::string_view name) const {
    if (object.kind != json_value::is::object) return std::nullopt;
    json_reader from(object.json);
    from.next();
    for (auto t = from.next(); t == json_reader::token::key; t = from.next()) {
      const bool wanted = from.text() == name;
      const json_value value = value_after(from, from.next(), object.json);
      if (wanted) return looked_at(from.position()), value;
    }
    looked_at(from.position());
    return std::nullopt;
  }
  /// The entry `name` of an object, which must be there; `where` names the object.
  [[nodiscard]] json_value at(const json_value& object, const char* name, const std::string& where) const {
    if (object.kind != json_value::is::object) refuse(where + " is " + object.name_of_kind() + ", must be an object");
    const std::optional<json_value> found = find(object, name);
    if (!found) refuse("there is no " + (where.empty() ? name : where + '.' + name) + ", must be there");
    return *found;
  }
  /// Calls `f(value)` for each value of a list. O(length of the list).
  template <class F>
  void each(const json_value& list, const std::string& where, F&& f) const {
    if (list.kind != json_value::is::list) refuse(where + " is " + list.name_of_kind() + ", must be a list");
    json_reader from(list.json);
    from.next();
    for (auto t = from.next(); t != json_reader::token::end_list; t = from.next()) {
      f(value_after(from, t, list.json));
    }
    looked_at(from.position());
  }
  [[nodiscard]] std::size_t size(const json_value& list, const std::string& where) const {
    std::size_t n = 0;
    each(list, where, [&n](const json_value&) { ++n; });
    return n;
  }
  [[nodiscard]] std::vector<double> numbers(const json_value& value, const std::string& where) const {
    std::vector<double> all;
    all.reserve(size(value, where));  // growing would take twice the memory
    each(value, where, [&](const json_value& x) {
      if (x.kind != json_value::is::whole && x.kind != json_value::is::number) {
        refuse(where + '[' + to_text(all.size()) + "] is " + x.name_of_kind() + ", must be a number");
      }
      all.push_back(x.number);
    });
    return all;
  }

  /// How many characters were read so far, however often: for tests.
  [[nodiscard]] std::uint64_t looked_at() const noexcept { return looked_at_; }

 private:
  using token = json_reader::token;

  void looked_at(std::size_t characters) const noexcept { looked_at_ += characters; }

  // The value that begins with `t`, read to its end, in `text`, whose grammar was checked.
  static json_value value_after(json_reader& from, token t, std::string_view text) {
    switch (t) {
      case token::boolean:
        return {json_value::is::boolean};
      case token::whole:
        return {json_value::is::whole, from.whole(), from.number()};
      case token::negative:
      case token::real:
        return {json_value::is::number, 0, from.number()};
      case token::text:
        return {json_value::is::text};
      case token::object:
      case token::list: {
        const std::size_t begin = from.position() - 1;
        for (std::size_t open = 1; open > 0;) {
          const token inner = from.next();
          open += inner == token::object || inner == token::list ? 1U : 0U;
          open -= inner == token::end_object || inner == token::end_list ? 1U : 0U;
        }
        return {t == token::list ? json_value::is::list : json_value::is::object, 0, 0,
                text.substr(begin, from.position() - begin)};
      }
      default:
        return {};
    }
  }

  // Two names are the same if this number of theirs is: for different ones that happens once in 2^64.
  static std::uint64_t number_of(std::string_view name) noexcept {
    crc64 sum;
    sum.update(std::as_bytes(std::span(name)));
    return sum.value();
  }

  void check_all() {
    json_reader in(text_);
    std::vector<std::uint64_t> names;  // of the objects that are open, one behind the other
    std::vector<std::size_t> open;     // where in it the names of each bracket begin
    for (;;) {
      const token t = in.next();
      if (t == token::end) break;
      if (t == token::error) broken(in);
      if (t == token::end_object || t == token::end_list) {
        const auto first = names.begin() + static_cast<std::ptrdiff_t>(open.back());
        std::sort(first, names.end());
        const auto twice = std::adjacent_find(first, names.end());
        if (twice != names.end()) refuse_twice(*twice);
        names.erase(first, names.end());
        open.pop_back();
        continue;
      }
      if (open.size() > bounds_.depth) refuse("is nested deeper than " + to_text(bounds_.depth));
      if (t == token::object || t == token::list) open.push_back(names.size());
      if (t == token::key) {
        if (names.size() == names.capacity()) names.reserve(names.size() + names.size() / 2 + 16);
        names.push_back(number_of(in.text()));
      }
    }
    looked_at(in.position());
  }
  [[noreturn]] void broken(const json_reader& in) const {
    if (in.why() == json_reader::failure::number_too_large) {
      refuse("is not JSON that can be read: a number or a text is beyond its bounds");
    }
    refuse("is not JSON from byte " + to_text(in.position()) + " on");
  }
  [[noreturn]] void refuse_twice(std::uint64_t number) const {
    json_reader in(text_);
    token t = in.next();
    while (t != token::key || number_of(in.text()) != number) t = in.next();
    refuse("entry " + json_text(in.text().substr(0, 40), true) + " appears twice, must appear once");
  }

  std::filesystem::path file_;
  json_bounds bounds_;
  std::string text_;
  json_value root_;
  mutable std::uint64_t looked_at_ = 0;
};

}  // namespace headroom::internal
