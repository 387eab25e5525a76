#pragma once

#include <cmath>             // std::floor
#include <cstddef>           // std::size_t
#include <cstdint>           // std::uint64_t
#include <initializer_list>  // std::initializer_list
#include <limits>            // std::numeric_limits
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <vector>            // std::vector

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/io/internal/csv_fields.hpp>

namespace headroom {

/// One number of an observation, and the name under which a request tells it.
template <class O>
struct served_field {
  // NOLINTNEXTLINE(google-explicit-constructor): a list of pairs is what people write
  served_field(std::string_view called, double O::*number, bool must_be_there = true)
      : name(called), real(number), required(must_be_there) {}
  served_field(std::string_view called, int O::*number, bool must_be_there = true)
      : name(called), whole(number), required(must_be_there) {}

  std::string_view name;
  double O::*real = nullptr;
  int O::*whole = nullptr;
  bool required = true;
};

/// What a request told of an observation.
struct served_reading {
  std::string problem{};   ///< why the request is refused: a sentence; empty: it is not
  std::string unknown{};   ///< what it names without a value, such as "load is null"; empty: nothing
  std::string target{};    ///< whose observation it is; empty: not said
  std::uint64_t told = 0;  ///< which fields have a value: bit k for field k
};

/// How an observation is told in JSON: an object with a number for each name. A name that is not on the list is
/// refused, because a slip of the pen must not become a default. null, and the texts "NaN" and "Inf" that JSON has no
/// number for, are values that nobody knows: not an error, and not a zero.
///     served_fields<sample> fields{{"load", &sample::load}, {"replicas", &sample::replicas}};
template <class O>
class served_fields {
 public:
  static constexpr std::size_t most = 64;

  served_fields(std::initializer_list<served_field<O>> fields) : fields_(fields) {
    require(!fields_.empty() && fields_.size() <= most, "served_fields", "number of fields", fields_.size(),
            "be from 1 to 64");
    for (std::size_t k = 0; k < fields_.size(); ++k) {
      require(index_of(fields_[k].name) == k, "served_fields", "the name", fields_[k].name, "be given once");
      require(fields_[k].name != "target", "served_fields", "the name", fields_[k].name,
              "not be target, which is taken");
    }
  }

  /// Reads the members of the object that was opened in `in`; `id` is the one that names the target. O(length of the
  /// text times number of fields).
  [[nodiscard]] served_reading read(internal::json_walk& in, O& o, std::string_view id = "target") const {
    served_reading r;
    std::uint64_t named = 0;
    in.members([&](const std::string& name, internal::json_walk::token t) {
      if (name == id && t == internal::json_walk::token::text) {
        r.target = in.text();
        return;
      }
      const std::size_t k = index_of(name);
      const std::uint64_t bit = k < fields_.size() ? std::uint64_t{1} << k : 0;
      if (bit == 0) {
        note(r.problem, "there is no '" + csv_field{name}.quoted() + "', must be one of " + names());
      } else if ((named & bit) != 0) {
        note(r.problem, name + " appears twice");
      } else if (internal::json_walk::is_number(t)) {
        set(r, fields_[k], bit, in.number(), o);
      } else if (t == internal::json_walk::token::null ||
                 (t == internal::json_walk::token::text && is_nan(in.text()))) {
        note(r.unknown, name + " is not known");
      } else {
        note(r.problem, name + " is no number");
      }
      named |= bit;
      in.pass(t);
    });
    if (!in.good()) note(r.problem, "this is not JSON");
    for (std::size_t k = 0; k < fields_.size(); ++k) {
      if (fields_[k].required && (named >> k & 1U) == 0) note(r.problem, std::string(fields_[k].name) + " is missing");
    }
    return r;
  }
  /// Whether a field was told that is read into this member.
  template <class Member>
  [[nodiscard]] bool told(const served_reading& r, Member member) const {
    for (std::size_t k = 0; k < fields_.size(); ++k) {
      if ((r.told >> k & 1U) != 0 && is(fields_[k], member)) return true;
    }
    return false;
  }
  /// "time_s, load, replicas".
  [[nodiscard]] std::string names() const {
    std::string all;
    for (const served_field<O>& f : fields_) all.append(all.empty() ? "" : ", ").append(f.name);
    return all;
  }

 private:
  [[nodiscard]] static bool is(const served_field<O>& f, double O::*member) { return f.real == member; }
  [[nodiscard]] static bool is(const served_field<O>& f, int O::*member) { return f.whole == member; }
  [[nodiscard]] static bool is_nan(std::string_view text) {
    const auto value = csv_field{text.starts_with('+') ? text.substr(1) : text}.number();
    return value && !(*value - *value == 0);
  }
  static void note(std::string& to, const std::string& sentence) {
    if (to.empty()) to = sentence;
  }
  static void set(served_reading& r, const served_field<O>& f, std::uint64_t bit, double value, O& o) {
    if (f.real != nullptr) {
      o.*f.real = value;
    } else {
      const bool whole = value == std::floor(value) && value >= 0 && value <= std::numeric_limits<int>::max();
      if (!whole)
        return note(r.problem, std::string(f.name) + " is " + to_text(value) + ", must be whole, and zero or more");
      o.*f.whole = static_cast<int>(value);
    }
    r.told |= bit;
  }
  [[nodiscard]] std::size_t index_of(std::string_view name) const {
    std::size_t k = 0;
    while (k < fields_.size() && fields_[k].name != name) ++k;
    return k;
  }

  std::vector<served_field<O>> fields_;
};

}  // namespace headroom
