#pragma once

#include <concepts>          // std::same_as
#include <cstddef>           // std::size_t
#include <initializer_list>  // std::initializer_list
#include <iterator>          // std::size
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <type_traits>       // std::is_enum_v
#include <vector>            // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/internal/comparison.hpp>
#include <headroom/io/internal/stateful.hpp>

namespace headroom {

/// The archive that `store` hands to `fields`.
class state_writer {
 public:
  state_writer(checkpoint& to, std::string_view prefix, keep what) : to_(&to), prefix_(prefix), what_(what) {}

  template <class T>
  void operator()(std::string_view name, const T& value) {
    if constexpr (Stateful<const T, state_writer>) {
      state_writer inner(*to_, internal::joined(prefix_, name), what_);
      T::fields(value, inner);
    } else if constexpr (internal::Scalar<T>) {
      to_->set(fresh(name), internal::as_number(value));
    } else if constexpr (std::same_as<T, std::string>) {
      to_->set(fresh(name), value);
    } else {
      (*this)(name, value, {});
    }
  }
  template <class T>
  void operator()(std::string_view name, const T& values, std::initializer_list<std::size_t> shape) {
    if constexpr (!internal::Numbers<const T>) {
      static_assert(internal::storable<T>,
                    "store: this is no number, no contiguous numbers and no part with fields; give its type fields");
    } else {
      using element = internal::element_of<const T>;
      using scalar = typename internal::tensor_scalar<element>::type;
      const auto dimensions = internal::shape_of(shape, std::size(values));
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
  bool tuned(std::string_view name, const T& value) {
    (*this)(name, value);
    return false;
  }
  template <class T>
  void exploration(std::string_view name, const T& part) {
    explores(name, internal::kind_name<T>());
    if constexpr (Stateful<const T, state_writer>) (*this)(name, part);
  }
  bool explores(std::string_view name, std::string_view kind) {
    if (!kind.empty()) to_->set(fresh(std::string(name) + "_kind"), kind);
    return true;
  }
  template <class T>
  void means(std::string_view name, const T& value) {
    say(name, internal::meaning_text(value));
  }
  void kind(std::string_view name) {
    if (!to_->has(internal::meaning_key(prefix_, "kind"))) means("kind", name);
  }
  template <class T>
  void means(std::string_view name, std::string_view /*entry*/, const T& values) {
    say(name, internal::list_text(internal::entry_texts(values, internal::in_json)));
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
  [[nodiscard]] static std::string quote(std::string_view text) { return internal::in_json(text); }

 private:
  void say(std::string_view name, const std::string& text) {
    if (text.empty()) return;
    const std::string key = internal::meaning_key(prefix_, name);
    require(!to_->has(key), "store", "name", key, "be new");
    to_->set(key, text);
  }
  std::string fresh(std::string_view name) const {
    std::string key = internal::joined(prefix_, name);
    require(!to_->has(key) && !to_->contains(key), "store", "name", key, "be new");
    return key;
  }

  checkpoint* to_;
  std::string prefix_;
  keep what_;
};

}  // namespace headroom
