#pragma once

#include <concepts>          // std::floating_point, std::same_as
#include <cstddef>           // std::size_t
#include <cstdint>           // std::uint8_t, ...
#include <initializer_list>  // std::initializer_list
#include <limits>            // std::numeric_limits
#include <ranges>            // std::ranges::contiguous_range
#include <set>               // std::set
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <type_traits>       // std::is_enum_v, std::remove_cvref_t
#include <vector>            // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

/// The archives that a part's `fields` is called with: one writes into a checkpoint, one reads from it. What a part may
/// say to them stands in headroom/io/state.hpp, with the two functions that make them.
namespace headroom {

/// What a file must hold. `decisions`: what a policy needs to decide as it does now, a small file. `everything`: what
/// it needs to go on learning, bit for bit.
enum class keep : std::uint8_t { everything, decisions };

/// A part with a `fields` function.
template <class T, class Archive>
concept Stateful = requires(T& x, Archive& a) {
  std::remove_cv_t<T>::fields(x, a);
};

namespace storing {

template <class T>
concept Scalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;
template <class R>
concept Numbers = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
    Scalar<std::ranges::range_value_t<R>> && !std::same_as<std::remove_cvref_t<R>, std::string>;

// The number that represents a T in a file: an enum's underlying number, and a width that does not depend on the
// machine.
template <class T>
[[nodiscard]] constexpr auto as_number(T value) noexcept {
  if constexpr (std::is_enum_v<T>)
    return as_number(static_cast<std::underlying_type_t<T>>(value));
  else if constexpr (std::same_as<T, bool> || std::floating_point<T>)
    return value;
  else if constexpr (std::is_signed_v<T>)
    return static_cast<std::int64_t>(value);
  else
    return static_cast<std::uint64_t>(value);
}

// The scalar of the tensor that holds many T.
template <class T>
struct tensor_scalar {
  static auto pick() {
    if constexpr (std::is_enum_v<T>)
      return typename tensor_scalar<std::underlying_type_t<T>>::type{};
    else if constexpr (std::floating_point<T>)
      return T{};
    else if constexpr (sizeof(T) == 1 && std::is_unsigned_v<T>)
      return std::uint8_t{};
    else if constexpr (sizeof(T) <= 4)
      return std::conditional_t<std::is_signed_v<T>, std::int32_t, std::uint32_t>{};
    else
      return std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>{};
  }
  using type = decltype(pick());
};

template <class T>
inline constexpr bool storable = false;  // depends on T, so that a static_assert fails only when instantiated

[[nodiscard]] inline std::string joined(std::string_view prefix, std::string_view name) {
  std::string all(prefix);
  if (!all.empty() && !name.empty()) all += '.';
  return all.append(name);
}
[[nodiscard]] inline std::vector<std::uint64_t> shape_of(std::initializer_list<std::size_t> shape, std::size_t n) {
  if (shape.size() == 0) return {n};
  return {shape.begin(), shape.end()};
}

}  // namespace storing

/// The archive that `store` hands to `fields`.
class state_writer {
 public:
  state_writer(checkpoint& to, std::string_view prefix, keep what) : to_(&to), prefix_(prefix), what_(what) {}

  template <class T>
  void operator()(std::string_view name, const T& value) {
    if constexpr (Stateful<const T, state_writer>) {
      state_writer inner(*to_, storing::joined(prefix_, name), what_);
      T::fields(value, inner);
    } else if constexpr (storing::Scalar<T>) {
      to_->set(fresh(name), storing::as_number(value));
    } else if constexpr (std::same_as<T, std::string>) {
      to_->set(fresh(name), value);
    } else {
      (*this)(name, value, {});
    }
  }
  template <class T>
  void operator()(std::string_view name, const T& values, std::initializer_list<std::size_t> shape) {
    if constexpr (!storing::Numbers<const T>) {
      static_assert(storing::storable<T>,
                    "store: this is no number, no contiguous numbers and no part with fields; give its type fields");
    } else {
      using element = std::ranges::range_value_t<const T>;
      using scalar = typename storing::tensor_scalar<element>::type;
      const auto dimensions = storing::shape_of(shape, std::ranges::size(values));
      if constexpr (std::same_as<element, scalar>) {
        to_->add(fresh(name), dimensions, values);
      } else {
        std::vector<scalar> copy;
        for (const element e : values) copy.push_back(static_cast<scalar>(e));
        to_->add(fresh(name), dimensions, copy);
      }
    }
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, const E& value, E /*last*/) { (*this)(name, value); }

  template <class T>
  void same(std::string_view name, const T& value) {
    (*this)(name, value);
  }
  template <class T>
  void list(std::string_view name, const std::vector<T>& values) {
    (*this)(name, values, {});
  }
  template <class T>
  void decisions(std::string_view name, const T& part) {
    state_writer inner(*to_, prefix_, keep::decisions);
    inner(name, part);
  }
  template <class T>
  void check(bool, std::string_view, const T&, std::string_view) {}
  [[nodiscard]] bool training() const noexcept { return what_ == keep::everything; }

 private:
  std::string fresh(std::string_view name) const {
    std::string key = storing::joined(prefix_, name);
    require(!to_->has(key) && !to_->contains(key), "store", "name", key, "be new");
    return key;
  }

  checkpoint* to_;
  std::string prefix_;
  keep what_;
};

/// The archive that `restore` hands to `fields`. Every refusal is a checkpoint_error that names file, entry, value and
/// law.
class state_reader {
 public:
  state_reader(const checkpoint& from, std::string_view prefix, keep what, std::set<std::string, std::less<>>& seen)
      : from_(&from), prefix_(prefix), what_(what), seen_(&seen) {}

  template <class T>
  void operator()(std::string_view name, T&& value) {
    using type = std::remove_cvref_t<T>;
    if constexpr (Stateful<std::remove_reference_t<T>, state_reader>) {
      state_reader inner(*from_, storing::joined(prefix_, name), what_, *seen_);
      inner.comparing_ = comparing_;
      type::fields(value, inner);
    } else if constexpr (storing::Scalar<type> || std::same_as<type, std::string>) {
      const auto read = scalar<type>(key(name));
      if (comparing_)
        compare(key(name), read, value);
      else if constexpr (!std::is_const_v<std::remove_reference_t<T>>)
        value = read;
    } else {
      (*this)(name, value, {});
    }
  }
  template <class T>
  void operator()(std::string_view name, T&& values, std::initializer_list<std::size_t> shape) {
    using range = std::remove_reference_t<T>;
    if constexpr (!storing::Numbers<range>) {
      static_assert(storing::storable<T>,
                    "restore: this is no number, no contiguous numbers and no part with fields; give its type fields");
    } else {
      using element = std::ranges::range_value_t<range>;
      const std::string at = key(name);
      const auto read = numbers<element>(at, storing::shape_of(shape, std::ranges::size(values)));
      for (std::size_t i = 0; i < read.size(); ++i) {
        const element e = converted<element>(at, i, read[i]);
        auto& to = std::ranges::data(values)[i];
        if (comparing_)
          compare("value " + to_text(i) + " of " + at, e, to);
        else if constexpr (!std::is_const_v<std::remove_reference_t<decltype(to)>>)
          to = e;
      }
    }
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, E& value, E last) {
    (*this)(name, value);
    check(storing::as_number(value) <= storing::as_number(last), name, storing::as_number(value),
          "be at most " + to_text(storing::as_number(last)));
  }

  /// Throws checkpoint_error if the file has another value.
  template <class T>
  void same(std::string_view name, const T& expected) {
    state_reader inner(*from_, prefix_, what_, *seen_);
    inner.comparing_ = true;
    inner(name, expected);
  }
  template <class T>
  void list(std::string_view name, std::vector<T>& values) {
    const std::string at = key(name);
    const auto& shape = from_->shape(at);
    const std::size_t most = values.capacity();
    if (shape.size() != 1) refuse("tensor " + in_quotes(at) + " has shape " + shape_text(shape) + ", must be a list");
    if (shape[0] > most) refuse(at + " is a list of " + to_text(shape[0]) + ", must be at most " + to_text(most));
    const auto read = numbers<T>(at, shape);
    values.resize(read.size());
    for (std::size_t i = 0; i < read.size(); ++i) values[i] = converted<T>(at, i, read[i]);
  }
  template <class T>
  void decisions(std::string_view name, T& part) {
    state_reader inner(*from_, prefix_, keep::decisions, *seen_);
    inner(name, part);
  }
  /// A law for what was just read: throws "FILE: `what` is `value` in the file, must `law`" unless `ok`.
  template <class T>
  void check(bool ok, std::string_view what, const T& value, std::string_view law) {
    if (!ok) {
      refuse(storing::joined(prefix_, what) + " is " + to_text(value) + " in the file, must " + std::string(law));
    }
  }
  [[nodiscard]] bool training() const noexcept { return what_ == keep::everything; }

 private:
  [[noreturn]] void refuse(const std::string& reason) const { throw checkpoint_error(from_->source(), reason); }

  std::string key(std::string_view name) const {
    std::string all = storing::joined(prefix_, name);
    seen_->insert(all);
    return all;
  }

  template <class T>
  [[nodiscard]] T scalar(const std::string& at) const {
    if constexpr (std::same_as<T, std::string>)
      return from_->text(at);
    else if constexpr (std::is_enum_v<T>)
      return static_cast<T>(from_->setting<std::underlying_type_t<T>>(at));
    else
      return from_->setting<T>(at);
  }
  template <class T>
  [[nodiscard]] auto numbers(const std::string& at, const std::vector<std::uint64_t>& shape) const {
    return from_->get<typename storing::tensor_scalar<T>::type>(at, shape);
  }
  template <class T, class Number>
  [[nodiscard]] T converted(const std::string& at, std::size_t i, Number n) const {
    if constexpr (std::is_enum_v<T>) {
      return static_cast<T>(converted<std::underlying_type_t<T>>(at, i, n));
    } else if constexpr (std::same_as<T, Number>) {
      return n;
    } else if constexpr (std::same_as<T, bool>) {
      if (n > 1) refuse("value " + to_text(i) + " of " + at + " is " + to_text(n) + " in the file, must be 0 or 1");
      return n == 1;
    } else {
      using limits = std::numeric_limits<T>;
      if (n < static_cast<Number>(limits::min()) || n > static_cast<Number>(limits::max())) {
        refuse("value " + to_text(i) + " of " + at + " is " + to_text(n) + " in the file, must be from " +
               to_text(storing::as_number(limits::min())) + " to " + to_text(storing::as_number(limits::max())));
      }
      return static_cast<T>(n);
    }
  }
  template <class T>
  void compare(const std::string& what, const T& read, const T& expected) const {
    if (read == expected) return;
    const auto text = [](const T& v) {
      if constexpr (std::same_as<T, std::string>)
        return in_quotes(v);
      else
        return to_text(storing::as_number(v));
    };
    refuse(what + " is " + text(read) + " in the file, must be " + text(expected));
  }

  const checkpoint* from_;
  std::string prefix_;
  keep what_;
  std::set<std::string, std::less<>>* seen_;
  bool comparing_ = false;
};

}  // namespace headroom
