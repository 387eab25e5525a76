#pragma once

#include <cmath>             // std::isfinite, std::isnan
#include <concepts>          // std::floating_point
#include <cstddef>           // std::size_t
#include <cstdint>           // std::uint8_t
#include <cstring>           // std::memcpy
#include <initializer_list>  // std::initializer_list
#include <iterator>          // std::data, std::size
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <type_traits>       // std::is_arithmetic_v, std::is_enum_v, std::remove_cvref_t
#include <utility>           // std::declval
#include <vector>            // std::vector

#include <headroom/core/check.hpp>

/// The state of many equal parts as bytes in one tensor. Ten thousand parts under names of their own would be more
/// entries than a checkpoint has. The bytes are those of the members that a part names in `fields`, in that order, so a
/// part is read into one of the same kind; what it means is said once, by a prototype.
namespace headroom::internal {

template <class T, class Archive>
concept Packable = requires(T& x, Archive& a) {
  std::remove_cv_t<T>::fields(x, a);
};

/// What both directions have in common: what a part says about itself is left to the prototype.
class packed {
 public:
  template <class... T>
  void means(const T&...) {}
  void kind(std::string_view) {}
  bool explores(std::string_view, std::string_view) { return true; }
  template <class T>
  bool tuned(std::string_view, const T&) {
    return false;
  }
  [[nodiscard]] static std::string quote(std::string_view text) { return std::string(text); }
  [[nodiscard]] bool training() const noexcept { return true; }
};

/// Appends what `fields` names. With `strict`, a number that is not one is refused, as a checkpoint does: a part that
/// diverged must not overwrite a good file.
class packed_writer : public packed {
 public:
  packed_writer(std::vector<std::uint8_t>& to, bool strict) : to_(&to), strict_(strict) {}

  template <class T>
  void operator()(std::string_view name, const T& value) {
    if constexpr (Packable<const T, packed_writer>) {
      T::fields(value, *this);
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      if constexpr (std::floating_point<T>) {
        require(!strict_ || !std::isnan(value), "store", name, value, "be a number");
      }
      append(&value, sizeof value);
    } else {
      (*this)(name, value, {});
    }
  }
  template <class T>
  void operator()(std::string_view name, const T& values, std::initializer_list<std::size_t>) {
    using element = std::remove_cvref_t<decltype(*std::data(values))>;
    static_assert(std::is_arithmetic_v<element> || std::is_enum_v<element>,
                  "fleet: this is no number, no contiguous numbers and no part with fields; give its type fields");
    const std::size_t n = std::size(values);
    append(&n, sizeof n);
    if constexpr (std::floating_point<element>) {
      for (const element x : values) require(!strict_ || std::isfinite(x), "store", name, x, "be finite");
    }
    append(std::data(values), n * sizeof(element));
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, const E& value, E /*last*/) { (*this)(name, value); }
  template <class T>
  void same(std::string_view name, const T& value) {
    (*this)(name, value);
  }
  template <class T>
  void exploration(std::string_view name, const T& part) {
    if constexpr (Packable<const T, packed_writer>) (*this)(name, part);
  }
  template <class T>
  void list(std::string_view name, const std::vector<T>& values) {
    (*this)(name, values, {});
  }
  template <class T>
  void decisions(std::string_view name, const T& part) {
    (*this)(name, part);
  }
  template <class T>
  void check(bool, std::string_view, const T&, std::string_view) {}

 private:
  void append(const void* from, std::size_t n) {
    const auto* const bytes = static_cast<const std::uint8_t*>(from);
    to_->insert(to_->end(), bytes, bytes + n);
  }

  std::vector<std::uint8_t>* to_;
  bool strict_;
};

/// Reads it back into a part that was made in the same way. Throws std::invalid_argument where the bytes are another
/// part's: too few, a list of another length, another configuration, or a value out of its law.
class packed_reader : public packed {
 public:
  explicit packed_reader(const std::vector<std::uint8_t>& from) : from_(&from) {}

  template <class T>
  void operator()(std::string_view name, T&& value) {
    using type = std::remove_cvref_t<T>;
    if constexpr (Packable<std::remove_reference_t<T>, packed_reader>) {
      type::fields(value, *this);
    } else if constexpr (std::is_arithmetic_v<type> || std::is_enum_v<type>) {
      const type read = next<type>(name);
      if constexpr (!std::is_const_v<std::remove_reference_t<T>>) value = read;
    } else {
      (*this)(name, value, {});
    }
  }
  template <class T>
  void operator()(std::string_view name, T&& values, std::initializer_list<std::size_t>) {
    const std::size_t n = next<std::size_t>(name);
    refuse_unless(n == std::size(values), name, n, "be as many values as before, " + to_text(std::size(values)));
    copy(name, std::data(values), n);
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, E& value, E last) {
    (*this)(name, value);
    refuse_unless(value <= last, name, static_cast<int>(value), "be at most " + to_text(static_cast<int>(last)));
  }
  /// Numbers are compared; what has fields of its own is passed over, because the prototype compares it.
  template <class T>
  void same(std::string_view name, const T& expected) {
    if constexpr (std::is_arithmetic_v<T>) {
      const T read = next<T>(name);
      refuse_unless(read == expected, name, read, "be " + to_text(expected));
    } else if constexpr (std::is_enum_v<T>) {
      const T read = next<T>(name);
      refuse_unless(read == expected, name, static_cast<int>(read), "be " + to_text(static_cast<int>(expected)));
    } else {
      T passed_over = expected;
      (*this)(name, passed_over);
    }
  }
  template <class T>
  void exploration(std::string_view name, T& part) {
    if constexpr (Packable<T, packed_reader>) (*this)(name, part);
  }
  template <class T>
  void list(std::string_view name, std::vector<T>& values) {
    const std::size_t n = next<std::size_t>(name);
    refuse_unless(n <= values.capacity(), name, n, "be at most " + to_text(values.capacity()));
    values.resize(n);
    copy(name, values.data(), n);
  }
  template <class T>
  void decisions(std::string_view name, T& part) {
    (*this)(name, part);
  }
  template <class T>
  void check(bool ok, std::string_view name, const T& value, std::string_view law) {
    refuse_unless(ok, name, value, law);
  }
  /// Throws unless everything was read.
  void finish() const { refuse_unless(at_ == from_->size(), "number of bytes", from_->size(), "be " + to_text(at_)); }

 private:
  template <class T>
  static void refuse_unless(bool ok, std::string_view name, const T& value, std::string_view law) {
    require(ok, "fleet", name, value, law);
  }
  template <class T>
  [[nodiscard]] T next(std::string_view name) {
    T value{};
    copy(name, &value, 1);
    return value;
  }
  template <class T>
  void copy(std::string_view name, T* to, std::size_t n) {
    const std::size_t left = (from_->size() - at_) / sizeof(T);
    refuse_unless(n <= left, name, left, "be the " + to_text(n) + " values that the part has");
    if constexpr (!std::is_const_v<T>) {
      if (n > 0) std::memcpy(to, from_->data() + at_, n * sizeof(T));
    }
    at_ += n * sizeof(T);
  }

  const std::vector<std::uint8_t>* from_;
  std::size_t at_ = 0;
};

/// Moves parts 0 to n - 1 under one name. `n` must already be what is read; `parts(i)` is part i, that is there in any
/// case. When it is read, the bytes that a part has now are made first, because an archive may only want to keep them.
template <class Self, class Archive, class Parts>
void move_packed(Self& /*self*/, Archive& a, std::string_view name, std::size_t n, Parts parts) {
  constexpr std::size_t most = std::size_t{1} << 40U;  // bytes; more is certainly a mistake
  std::vector<std::uint8_t> bytes;
  packed_writer writer(bytes, std::is_const_v<Self>);
  for (std::size_t i = 0; i < n; ++i) writer("part", parts(i));
  std::size_t size = bytes.size();
  const std::string count = std::string(name) + "_bytes";
  a(count, size);
  a.check(size <= most, count, size, "be at most 2^40");
  bytes.resize(size);
  a(name, bytes);
  if constexpr (!std::is_const_v<Self>) {
    packed_reader reader(bytes);
    for (std::size_t i = 0; i < n; ++i) reader("part", parts(i));
    reader.finish();
  }
}

}  // namespace headroom::internal
