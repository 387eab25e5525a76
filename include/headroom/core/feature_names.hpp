#pragma once

#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <tuple>        // std::get
#include <type_traits>  // std::is_default_constructible_v, std::is_same_v, ...
#include <utility>      // std::index_sequence, std::make_index_sequence, std::move

#include <headroom/core/check.hpp>
#include <headroom/core/internal/members.hpp>
#include <headroom/core/internal/number_of.hpp>

/// What a feature is called, so that a file can say it and a wrong model is refused. A feature is anything that
/// std::invoke turns into a number. A member pointer has the name of its member: `&sample::queue` is "queue". The name
/// is found in the observation itself, which must be a plain aggregate. Where it is none, write
/// `member<&sample::queue>` or state a name. A lambda has no name of its own:
///     cut{named_feature{"load", [](const sample& o) { return o.queue / o.replicas; }, "requests"}, {0.5, 2}}
namespace headroom {

namespace internal {

// The compiler's own spelling of T, and of a constant.
template <class T>
[[nodiscard]] constexpr const char* spelled() {
  return __PRETTY_FUNCTION__;
}
template <class Owner, auto Value>
[[nodiscard]] constexpr const char* spelled_value() {
  return __PRETTY_FUNCTION__;
}

[[nodiscard]] constexpr bool in_a_name(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
// The name that `text` ends with, behind brackets that only close.
[[nodiscard]] constexpr std::string_view last_name(std::string_view text) noexcept {
  while (!text.empty() && (text.back() == ')' || text.back() == '}' || text.back() == ']')) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (begin > 0 && in_a_name(text[begin - 1])) --begin;
  return text.substr(begin);
}

/// The name of a class, without its namespace and its template arguments. Empty for what has no name of its own: a
/// lambda, a pointer, a number, and everything from namespace std.
template <class T>
[[nodiscard]] constexpr std::string_view kind_name() noexcept {
  if constexpr (!std::is_class_v<T>) return {};
  std::string_view text = spelled<T>();
  text = text.substr(text.find("T = ") + 4);
  text.remove_suffix(1);  // ]
  if (text.starts_with("std::") || text.ends_with(')')) return {};
  if (text.ends_with('>')) {
    int open = 0;
    do {
      open += text.back() == '>' ? 1 : text.back() == '<' ? -1 : 0;
      text.remove_suffix(1);
    } while (open > 0 && !text.empty());
  }
  return last_name(text);
}

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif
// An object whose members have addresses, and names that the compiler spells. There is none, and none is needed.
template <class T>
struct holder {
  T value;
};
template <class T>
extern const holder<T> phantom;
template <class T>
struct address {
  T* of;
};
template <class T>
address(T*) -> address<T>;

template <class T, std::size_t K>
[[nodiscard]] constexpr std::string_view name_of_member() noexcept {
  if constexpr (requires { spelled_value<T, address{&std::get<K>(members_of(phantom<T>.value))}>(); })
    return last_name(spelled_value<T, address{&std::get<K>(members_of(phantom<T>.value))}>());
  else
    return {};  // a bit-field has no address
}
#ifdef __clang__
#pragma clang diagnostic pop
#endif

/// Stands for a part in an archive: what the part itself says, or at least its kind.
template <class Part>
struct said_part {
  Part& part;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    using type = std::remove_const_t<Part>;
    if constexpr (requires { type::fields(self.part, a); }) type::fields(self.part, a);
    a.kind(kind_name<type>());
  }
};

// The name of the member that `pointer` points to. A class that is no plain aggregate tells only where the member lies.
template <class T, class M>
[[nodiscard]] std::string name_of(M T::*pointer) {
  if constexpr (std::is_function_v<M> || !std::is_default_constructible_v<T>) {
    return {};
  } else {
    const T object{};
    const void* const here = &(object.*pointer);
    std::string name;
    if constexpr (member_count<T>() > 0) {
      const auto members = members_of(object);
      const auto look = [&]<std::size_t... K>(std::index_sequence<K...>) {
        const auto at = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
          using type = std::remove_cvref_t<std::tuple_element_t<I, decltype(members_of(object))>>;
          if constexpr (std::is_same_v<type, std::remove_cv_t<M>>) {
            if (static_cast<const void*>(&std::get<I>(members)) == here) name = name_of_member<T, I>();
          }
        };
        (at(std::integral_constant<std::size_t, K>{}), ...);
      };
      look(std::make_index_sequence<member_count<T>()>{});
    }
    if (!name.empty()) return name;
    const auto offset = static_cast<const char*>(here) - reinterpret_cast<const char*>(&object);
    return std::string(kind_name<T>()) + '+' + to_text(offset);
  }
}

}  // namespace internal

/// A feature with its name and its unit stated.
template <class Feature>
class named_feature {
 public:
  /// Throws std::invalid_argument for an empty name.
  named_feature(std::string name, Feature feature, std::string unit = {})
      : name_(std::move(name)), unit_(std::move(unit)), feature_(std::move(feature)) {
    require(!name_.empty(), "named_feature", "name", "\"\"", "not be empty");
  }

  template <class Observation>
  [[nodiscard]] decltype(auto) operator()(const Observation& o) const {
    return internal::part_of(feature_, o);
  }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& unit() const noexcept { return unit_; }

 private:
  std::string name_;
  std::string unit_;
  Feature feature_;
};

/// The type of `member`: a member, or a member function, that is known at compile time and so can always be named.
template <auto Pointer>
struct member_feature {
  template <class Observation>
  [[nodiscard]] constexpr decltype(auto) operator()(const Observation& o) const {
    return internal::part_of(Pointer, o);
  }
  [[nodiscard]] static constexpr std::string_view name() noexcept {
    std::string_view text = internal::spelled_value<void, Pointer>();
    return internal::last_name(text);
  }
};
/// A feature that is named whatever its class is made of: `member<&sample::queue>`.
template <auto Pointer>
inline constexpr member_feature<Pointer> member{};

/// The name of a feature: the stated one, that of its member, or that of its class. Empty for a lambda.
template <class Feature>
[[nodiscard]] std::string feature_name(const Feature& feature) {
  if constexpr (requires { std::string(feature.name()); })
    return std::string(feature.name());
  else if constexpr (std::is_member_object_pointer_v<Feature>)
    return internal::name_of(feature);
  else
    return std::string(internal::kind_name<Feature>());
}

/// The unit of a feature: the stated one, or what the end of its name says, as in `time_s`. Empty if it is not known.
template <class Feature>
[[nodiscard]] std::string feature_unit(const Feature& feature) {
  if constexpr (requires { std::string(feature.unit()); }) {
    return std::string(feature.unit());
  } else {
    constexpr std::array<std::array<std::string_view, 2>, 12> units{{{"_per_s", "1/s"},
                                                                     {"_rps", "1/s"},
                                                                     {"_s", "s"},
                                                                     {"_ms", "ms"},
                                                                     {"_us", "us"},
                                                                     {"_ns", "ns"},
                                                                     {"_bytes", "bytes"},
                                                                     {"_mib", "MiB"},
                                                                     {"_gib", "GiB"},
                                                                     {"_cores", "cores"},
                                                                     {"_percent", "%"},
                                                                     {"_w", "W"}}};
    const std::string name = feature_name(feature);
    for (const auto& [end, unit] : units) {
      if (name.ends_with(end)) return std::string(unit);
    }
    return {};
  }
}

/// Says the name and the unit of a feature, in the `fields` of the part that it belongs to.
template <class Feature, class Archive>
void say_name(const Feature& feature, Archive& a) {
  a.means("name", feature_name(feature));
  a.means("unit", feature_unit(feature));
}
/// The same as a part of its own: `a("replicas", named_part<Feature>{self.replicas_})`.
template <class Feature>
struct named_part {
  const Feature& feature;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    say_name(self.feature, a);
  }
};

/// Hands a part to an archive, and says its kind, the name of its class, if the part does not say it itself.
template <class Part, class Archive>
void say_part(std::string_view name, Part& part, Archive& a) {
  a(name, internal::said_part<Part>{part});
}

}  // namespace headroom
