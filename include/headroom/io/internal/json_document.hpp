#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <functional>   // std::less
#include <map>          // std::map
#include <span>         // std::as_writable_bytes, std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/json_events.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace headroom::internal {

/// A value of a document.
struct json_value {
  enum class is : std::uint8_t { null, boolean, whole, number, text, list, object };
  is kind = is::null;
  std::uint64_t whole = 0;                                 ///< a number without sign, point and exponent
  double number = 0;                                       ///< any number, whole or not
  std::vector<json_value> items;                           ///< of a list
  std::map<std::string, json_value, std::less<>> entries;  ///< of an object

  [[nodiscard]] const json_value* find(std::string_view name) const {
    const auto found = entries.find(name);
    return found == entries.end() ? nullptr : &found->second;
  }
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

/// The document of a file. What is too deep, or says a name twice, is refused while it is read, before it takes memory
/// that its size does not explain. Texts are not kept. Errors: file_error.
class json_document {
 public:
  json_document(const std::filesystem::path& file, const json_bounds& bounds) : file_(file), bounds_(bounds) {
    input_file in(file);
    if (in.size() > bounds.bytes) {
      throw file_error(file, "has " + to_text(in.size()) + " bytes, must have at most " + to_text(bounds.bytes));
    }
    std::string text(static_cast<std::size_t>(in.size()), '\0');
    in.read(std::as_writable_bytes(std::span(text)));
    if (text.find('\0') != text.npos) refuse("has a zero byte at " + to_text(text.find('\0')) + ", must be JSON");
    builder to(*this);
    json_reader json(text);
    hand_over(json, to);
    if (root_.kind != json_value::is::object) refuse(std::string("is ") + root_.name_of_kind() + ", must be an object");
  }

  [[nodiscard]] const json_value& root() const noexcept { return root_; }
  [[noreturn]] void refuse(const std::string& reason) const { throw file_error(file_, reason); }

  /// The entry `name` of an object; `where` names the object.
  [[nodiscard]] const json_value& at(const json_value& object, const char* name, const std::string& where) const {
    if (object.kind != json_value::is::object) refuse(where + " is " + object.name_of_kind() + ", must be an object");
    const json_value* const found = object.find(name);
    if (found == nullptr) refuse("there is no " + (where.empty() ? name : where + '.' + name) + ", must be there");
    return *found;
  }
  [[nodiscard]] const std::vector<json_value>& list(const json_value& value, const std::string& where) const {
    if (value.kind != json_value::is::list) refuse(where + " is " + value.name_of_kind() + ", must be a list");
    return value.items;
  }
  [[nodiscard]] std::vector<double> numbers(const json_value& value, const std::string& where) const {
    std::vector<double> all;
    for (const json_value& x : list(value, where)) {
      if (x.kind != json_value::is::whole && x.kind != json_value::is::number) {
        refuse(where + '[' + to_text(all.size()) + "] is " + x.name_of_kind() + ", must be a number");
      }
      all.push_back(x.number);
    }
    return all;
  }

 private:
  // Receives the document token by token.
  class builder {
   public:
    explicit builder(json_document& to) : to_(&to) {}

    void null() { add({}); }
    void boolean(bool) { add({json_value::is::boolean, 0, 0, {}, {}}); }
    void whole(std::uint64_t n) { add({json_value::is::whole, n, static_cast<double>(n), {}, {}}); }
    void negative(double n) { real(n); }
    void real(double n) { add({json_value::is::number, 0, n, {}, {}}); }
    void text(const std::string&) { add({json_value::is::text, 0, 0, {}, {}}); }
    void key(std::string& name) {
      check_depth();
      const auto [at, is_new] = open_.back()->entries.emplace(name, json_value{});
      if (!is_new) to_->refuse("entry " + json_text(name.substr(0, 40), true) + " appears twice, must appear once");
      entry_ = &at->second;
    }
    void open(bool object) {
      json_value& value = add({});
      value.kind = object ? json_value::is::object : json_value::is::list;
      open_.push_back(&value);
    }
    void close(bool) { open_.pop_back(); }
    [[noreturn]] void broken(const json_reader& in) const {
      if (in.why() == json_reader::failure::number_too_large) {
        to_->refuse("is not JSON that can be read: a number or a text is beyond its bounds");
      }
      to_->refuse("is not JSON from byte " + to_text(in.position()) + " on");
    }

   private:
    void check_depth() const {
      if (open_.size() > to_->bounds_.depth) to_->refuse("is nested deeper than " + to_text(to_->bounds_.depth));
    }
    // A list that is open does not grow while something inside of it is open, so that the pointers stay valid.
    json_value& add(json_value&& value) {
      check_depth();
      if (open_.empty()) return to_->root_ = std::move(value);
      json_value* const around = open_.back();
      if (around->kind == json_value::is::list) return around->items.emplace_back(std::move(value));
      return *entry_ = std::move(value);
    }

    json_document* to_;
    std::vector<json_value*> open_;  // from the root inwards
    json_value* entry_ = nullptr;    // of the innermost object: the one that was named last
  };

  std::filesystem::path file_;
  json_bounds bounds_;
  json_value root_;
};

}  // namespace headroom::internal
