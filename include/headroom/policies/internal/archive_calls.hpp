#pragma once

#include <cstddef>           // std::byte, std::size_t
#include <cstdint>           // std::uint8_t
#include <cstring>           // std::memcpy
#include <initializer_list>  // std::initializer_list
#include <iterator>          // std::data, std::size
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <type_traits>       // std::is_const_v, std::remove_cvref_t, ...
#include <utility>           // std::exchange
#include <vector>            // std::vector

#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/meaning_text.hpp>

namespace headroom::internal {

/// How an entry is handled: kept, compared, or compared and reported.
enum class entry_use : std::uint8_t { keep, same, tuned };

/// Numbers whose type was erased.
struct erased_numbers {
  enum class type : std::uint8_t { boolean, i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 };

  template <class T>
  [[nodiscard]] static constexpr type of() noexcept {
    if constexpr (std::is_enum_v<T>)
      return of<std::underlying_type_t<T>>();
    else if constexpr (std::is_same_v<T, bool>)
      return type::boolean;
    else if constexpr (std::is_floating_point_v<T>)
      return sizeof(T) == 4 ? type::f32 : type::f64;
    else
      return static_cast<type>((sizeof(T) == 1   ? 1
                                : sizeof(T) == 2 ? 3
                                : sizeof(T) == 4 ? 5
                                                 : 7) +
                               (std::is_signed_v<T> ? 0 : 1));
  }

  type kind;
  void* data;  // not written to if the part is const
  std::size_t count;
};

/// What the archives of io can do, behind virtual calls, for a part whose type is erased.
class archive_calls {
 public:
  virtual ~archive_calls() = default;
  virtual bool number(entry_use use, const std::string& name, const erased_numbers& one) = 0;
  virtual bool text(entry_use use, const std::string& name, std::string& value) = 0;
  virtual bool tensor(entry_use use, const std::string& name, const erased_numbers& all,
                      std::initializer_list<std::size_t> shape) = 0;
  /// `bytes` are those of the list, and become those that were read; at most `capacity` numbers.
  virtual void list(const std::string& name, erased_numbers::type kind, std::size_t capacity,
                    std::vector<std::byte>& bytes) = 0;
  virtual void means(const std::string& part, std::string_view name, const std::string& text) = 0;
  virtual void means(const std::string& part, std::string_view name, std::string_view entry,
                     const std::vector<std::string>& texts) = 0;
  virtual void kind(const std::string& part, std::string_view name) = 0;
  virtual void check(bool ok, const std::string& what, const std::string& value, std::string_view law) = 0;
  /// Whether an exploration of this kind is to be read.
  virtual bool explores(const std::string& name, std::string_view kind) = 0;
  virtual void only_decisions(const std::string& name) = 0;
  [[nodiscard]] virtual bool training() const = 0;
  [[nodiscard]] virtual std::string quote(std::string_view text) const = 0;
};

/// The archive that a part sees whose type is erased. It passes everything on to the archive of io.
class erased_archive {
 public:
  explicit erased_archive(archive_calls& to) : to_(&to), training_(to.training()) {}

  template <class T>
  void operator()(std::string_view name, T&& value) {
    entry(entry_use_, name, value);
  }
  template <class T>
  void operator()(std::string_view name, T&& values, std::initializer_list<std::size_t> shape) {
    to_->tensor(entry_use_, path(name), numbers(std::data(values), std::size(values)), shape);
  }
  template <class T, class E>
  requires std::is_enum_v<E> && std::is_same_v<std::remove_const_t<T>, E>
  void operator()(std::string_view name, T& value, E last) {
    entry(entry_use_, name, value);
    check(as_number(value) <= as_number(last), name, as_number(value), "be at most " + to_text(as_number(last)));
  }
  template <class T>
  void same(std::string_view name, const T& value) {
    entry(tuning_ ? entry_use::tuned : entry_use::same, name, value);
  }
  template <class T>
  bool tuned(std::string_view name, const T& value) {
    return entry(entry_use::tuned, name, value);
  }
  template <class T>
  void exploration(std::string_view name, T& part) {
    if (!to_->explores(path(name), kind_name<std::remove_const_t<T>>())) return;
    if constexpr (requires(erased_archive & a) { std::remove_const_t<T>::fields(part, a); }) {
      erased_archive inner = within(name);
      inner.tuning_ = true;
      std::remove_const_t<T>::fields(part, inner);
    }
  }
  template <class T>
  void means(std::string_view name, const T& value) {
    to_->means(prefix_, name, meaning_text(value));
  }
  template <class T>
  void means(std::string_view name, std::string_view entry, const T& values) {
    to_->means(prefix_, name, entry, entry_texts(values, [this](std::string_view t) { return to_->quote(t); }));
  }
  void kind(std::string_view name) { to_->kind(prefix_, name); }
  template <class T>
  void list(std::string_view name, std::vector<T>& values) {
    static_assert(!std::is_same_v<T, bool>);
    std::vector<std::byte> bytes(values.size() * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    to_->list(path(name), erased_numbers::of<T>(), values.capacity(), bytes);
    values.resize(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  }
  template <class T>
  void list(std::string_view name, const std::vector<T>& values) {
    std::vector<T> copy = values;
    list(name, copy);
  }
  template <class T>
  void decisions(std::string_view name, T& part) {
    erased_archive inner = *this;
    inner.training_ = false;
    inner(name, part);
    to_->only_decisions(path(name));
  }
  template <class T>
  void check(bool ok, std::string_view what, const T& value, std::string_view law) {
    to_->check(ok, path(what), to_text(value), law);
  }
  [[nodiscard]] bool training() const noexcept { return training_; }
  // For a part inside whose type is erased again.
  [[nodiscard]] bool explores(std::string_view name, std::string_view kind) { return to_->explores(path(name), kind); }
  [[nodiscard]] std::string quote(std::string_view text) const { return to_->quote(text); }

 private:
  template <class T>
  [[nodiscard]] static erased_numbers numbers(T* data, std::size_t n) {
    using type = std::remove_const_t<T>;
    static_assert(Scalar<type>, "any_policy: this is no number, no contiguous numbers and no part with fields");
    return {erased_numbers::of<type>(), const_cast<type*>(data), n};  // NOLINT: what stores does not write
  }
  // Whether a compared entry is otherwise in the file.
  template <class T>
  bool entry(entry_use use, std::string_view name, T& value) {
    using type = std::remove_const_t<T>;
    if constexpr (requires(erased_archive & a) { type::fields(value, a); }) {
      erased_archive inner = within(name);
      inner.entry_use_ = use;
      inner.tuning_ = inner.tuning_ || use == entry_use::tuned;
      bool changed = false;
      inner.changed_ = &changed;
      type::fields(value, inner);
      return note(changed);
    } else if constexpr (Scalar<type>) {
      return note(to_->number(use, path(name), numbers(&value, 1)));
    } else if constexpr (std::is_same_v<type, std::string>) {
      return note(to_->text(use, path(name), const_cast<std::string&>(value)));  // NOLINT: as above
    } else {
      return note(to_->tensor(use, path(name), numbers(std::data(value), std::size(value)), {}));
    }
  }
  bool note(bool changed) {
    if (changed && changed_ != nullptr) *changed_ = true;
    return changed;
  }
  [[nodiscard]] std::string path(std::string_view name) const {
    std::string all = prefix_;
    if (!all.empty() && !name.empty()) all += '.';
    return all.append(name);
  }
  [[nodiscard]] erased_archive within(std::string_view name) const {
    erased_archive inner = *this;
    inner.prefix_ = path(name);
    return inner;
  }

  archive_calls* to_;
  std::string prefix_;
  bool training_;
  bool tuning_ = false;
  entry_use entry_use_ = entry_use::keep;
  bool* changed_ = nullptr;
};

}  // namespace headroom::internal
