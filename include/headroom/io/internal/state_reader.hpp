#pragma once

#include <concepts>          // std::same_as
#include <cstddef>           // std::size_t
#include <cstdint>           // std::uint64_t
#include <initializer_list>  // std::initializer_list
#include <iterator>          // std::data, std::size
#include <limits>            // std::numeric_limits
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <type_traits>       // std::is_enum_v, std::remove_cvref_t
#include <utility>           // std::exchange
#include <vector>            // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/internal/comparison.hpp>
#include <headroom/io/internal/stateful.hpp>

namespace headroom {

/// The archive that `restore` hands to `fields`. Every refusal is a checkpoint_error that names file, entry, value and
/// law.
class state_reader {
 public:
  state_reader(internal::comparison& file, std::string_view prefix, keep what)
      : file_(&file), prefix_(prefix), what_(what) {
    file_->entered(prefix_);
  }

  template <class T>
  void operator()(std::string_view name, T&& value) {
    using type = std::remove_cvref_t<T>;
    if constexpr (Stateful<std::remove_reference_t<T>, state_reader>) {
      state_reader inner = within(name);
      type::fields(value, inner);
    } else if constexpr (internal::Scalar<type> || std::same_as<type, std::string>) {
      const auto read = scalar<type>(key(name));
      if (comparing_)
        compare(key(name), {}, read, value);
      else if constexpr (!std::is_const_v<std::remove_reference_t<T>>)
        value = read;
    } else {
      (*this)(name, value, {});
    }
  }
  template <class T>
  void operator()(std::string_view name, T&& values, std::initializer_list<std::size_t> shape) {
    using range = std::remove_reference_t<T>;
    if constexpr (!internal::Numbers<range>) {
      static_assert(internal::storable<T>,
                    "restore: this is no number, no contiguous numbers and no part with fields; give its type fields");
    } else {
      using element = internal::element_of<range>;
      const std::string at = key(name);
      const auto read = numbers<element>(at, internal::shape_of(shape, std::size(values)));
      for (std::size_t i = 0; i < read.size(); ++i) {
        const element e = converted<element>(at, i, read[i]);
        auto& to = std::data(values)[i];
        if (comparing_)
          compare(at, "value " + to_text(i) + " of " + at, e, to);
        else if constexpr (!std::is_const_v<std::remove_reference_t<decltype(to)>>)
          to = e;
      }
    }
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, E& value, E last) {
    (*this)(name, value);
    check(internal::as_number(value) <= internal::as_number(last), name, internal::as_number(value),
          "be at most " + to_text(internal::as_number(last)));
  }

  /// Throws checkpoint_error if the file has another value.
  template <class T>
  void same(std::string_view name, const T& expected) {
    state_reader inner = within({});
    inner.comparing_ = true;
    inner(name, expected);
  }
  /// Configuration that a training may go on with otherwise: a learning rate, an exploration. Returns whether it is
  /// otherwise in the file, and reports it; what follows from it must then be made anew.
  template <class T>
  bool tuned(std::string_view name, const T& value) {
    bool changed = false;
    state_reader inner = within({});
    inner.comparing_ = true;
    inner.tuned_ = &changed;
    inner(name, value);
    return changed;
  }
  /// A part that the file may hold of another kind or configured otherwise. One of another kind is not read.
  template <class T>
  void exploration(std::string_view name, T& part) {
    if (!explores(name, internal::kind_name<T>())) return;
    if constexpr (Stateful<T, state_reader>) {
      bool changed = false;
      state_reader inner = within({});
      inner.tuned_ = &changed;
      inner(name, part);
    }
  }
  /// Whether the file holds an exploration of this kind, as far as it says.
  bool explores(std::string_view name, std::string_view kind) {
    const std::string at = key(name);
    const auto there = file_->from().settings().find(at + "_kind");
    if (there == file_->from().settings().end() || there->second == kind) return true;
    file_->changed(internal::comparison::sentence({}, at, internal::comparison::shown(there->second),
                                                  internal::comparison::shown(kind)));
    file_->pass_over(at);
    return false;
  }
  /// What the part means: refused if the file says something else, and reported if it says nothing because it is of
  /// before.
  template <class T>
  void means(std::string_view name, const T& value) {
    file_->means(prefix_, name, internal::meaning_text(value));
  }
  /// What the part is, unless it has said so itself.
  void kind(std::string_view name) {
    if (!file_->has_seen(internal::meaning_key(prefix_, "kind"))) means("kind", name);
  }
  /// The same for a list; `entry` is what one of it is called.
  template <class T>
  void means(std::string_view name, std::string_view entry, const T& values) {
    file_->means(prefix_, name, entry, internal::entry_texts(values, internal::in_json));
  }
  template <class T>
  void list(std::string_view name, std::vector<T>& values) {
    const std::string at = key(name);
    const auto read = numbers<T>(at, list_shape(at, values.capacity()));
    values.resize(read.size());
    for (std::size_t i = 0; i < read.size(); ++i) values[i] = converted<T>(at, i, read[i]);
  }
  template <class T>
  void decisions(std::string_view name, T& part) {
    state_reader inner = within({});
    inner.what_ = keep::decisions;
    inner(name, part);
    file_->pass_over(internal::joined(prefix_, name));
  }
  /// A law for what was just read: throws "FILE: `what` is `value` in the file, must `law`" unless `ok`.
  template <class T>
  void check(bool ok, std::string_view what, const T& value, std::string_view law) {
    if (!ok) refuse_value(internal::joined(prefix_, what), to_text(value), law);
  }
  [[nodiscard]] bool training() const noexcept { return what_ == keep::everything; }
  [[nodiscard]] static std::string quote(std::string_view text) { return internal::in_json(text); }

 private:
  [[noreturn]] void refuse(const std::string& reason) const { throw checkpoint_error(file_->from().source(), reason); }

  [[noreturn]] void refuse_value(std::string_view what, const std::string& value, std::string_view law) const {
    std::string reason(what);
    refuse(reason.append(" is ").append(value).append(" in the file, must ").append(law));
  }
  [[noreturn]] void refuse_element(const std::string& at, std::size_t i, const std::string& value,
                                   const std::string& law) const {
    refuse_value("value " + to_text(i) + " of " + at, value, law);
  }
  [[nodiscard]] const std::vector<std::uint64_t>& list_shape(const std::string& at, std::size_t most) const {
    const auto& shape = file_->from().shape(at);
    if (shape.size() != 1) refuse("tensor " + in_quotes(at) + " has shape " + shape_text(shape) + ", must be a list");
    if (shape[0] > most) refuse(at + " is a list of " + to_text(shape[0]) + ", must be at most " + to_text(most));
    return shape;
  }

  std::string key(std::string_view name) const {
    std::string all = internal::joined(prefix_, name);
    file_->saw(all);
    return all;
  }

  template <class T>
  [[nodiscard]] T scalar(const std::string& at) const {
    if constexpr (std::same_as<T, std::string>)
      return file_->from().text(at);
    else if constexpr (std::is_enum_v<T>)
      return static_cast<T>(file_->from().setting<std::underlying_type_t<T>>(at));
    else
      return file_->from().setting<T>(at);
  }
  template <class T>
  [[nodiscard]] auto numbers(const std::string& at, const std::vector<std::uint64_t>& shape) const {
    return file_->from().get<typename internal::tensor_scalar<T>::type>(at, shape);
  }
  template <class T, class Number>
  [[nodiscard]] T converted(const std::string& at, std::size_t i, Number n) const {
    if constexpr (std::is_enum_v<T>) {
      return static_cast<T>(converted<std::underlying_type_t<T>>(at, i, n));
    } else if constexpr (std::same_as<T, Number>) {
      return n;
    } else if constexpr (std::same_as<T, bool>) {
      if (n > 1) refuse_element(at, i, to_text(n), "be 0 or 1");
      return n == 1;
    } else {
      using limits = std::numeric_limits<T>;
      if (n < static_cast<Number>(limits::min()) || n > static_cast<Number>(limits::max())) {
        refuse_element(at, i, to_text(n),
                       "be from " + to_text(internal::as_number(limits::min())) + " to " +
                           to_text(internal::as_number(limits::max())));
      }
      return static_cast<T>(n);
    }
  }
  // `what` names the value, if the entry holds several.
  template <class T>
  void compare(const std::string& at, const std::string& what, const T& read, const T& expected) const {
    if (read == expected) return;
    const auto text = [](const T& v) {
      if constexpr (std::same_as<T, std::string>)
        return in_quotes(v);
      else
        return to_text(internal::as_number(v));
    };
    otherwise(at, what.empty() ? at : what, text(read), text(expected));
  }
  void otherwise(const std::string& at, const std::string& what, const std::string& read,
                 const std::string& expected) const {
    if (tuned_ == nullptr && !file_->may_change(at)) refuse_value(what, read, "be " + expected);
    if (tuned_ == nullptr || !std::exchange(*tuned_, true))
      file_->changed(internal::comparison::sentence({}, what, read, expected));
  }
  [[nodiscard]] state_reader within(std::string_view name) const {
    state_reader inner = *this;
    inner.prefix_ = internal::joined(prefix_, name);
    file_->entered(inner.prefix_);
    return inner;
  }

  internal::comparison* file_;
  std::string prefix_;
  keep what_;
  bool comparing_ = false;
  bool* tuned_ = nullptr;  // set where a difference is reported and not refused
};

}  // namespace headroom
