#pragma once

#include <cmath>             // std::isfinite, std::round
#include <concepts>          // std::floating_point, std::integral, std::same_as
#include <cstddef>           // std::size_t
#include <cstdint>           // std::uint8_t
#include <exception>         // std::exception
#include <functional>        // std::function
#include <initializer_list>  // std::initializer_list
#include <limits>            // std::numeric_limits
#include <optional>          // std::optional
#include <span>              // std::span
#include <string>            // std::string
#include <type_traits>       // std::is_invocable_r_v
#include <utility>           // std::move
#include <vector>            // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/live/reading.hpp>

namespace headroom {

/// What a host does without a field. A whole number cannot say that it is not known, so it is always vital.
enum class field_need : std::uint8_t {
  vital,   ///< nothing can be decided without it, not even by a fallback: the number of replicas, the time
  needed,  ///< the policy needs it: without it the host holds, and after a while the fallback decides
  useful   ///< the policy copes: the field is NaN. For floating-point fields only
};

/// How a field is read.
struct field_options {
  field_need need = field_need::needed;
  double stale_s = 60;  ///< s; an older value is not known
  double minimum = 0;   ///< a smaller value is impossible
  double maximum = std::numeric_limits<double>::infinity();
  std::string name{};  ///< in the journal; empty: that of the member, which a plain aggregate tells
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const field_options& checked(const field_options& o, std::string_view who = "sensed") {
  require(o.stale_s > 0, who, "stale_s", o.stale_s, "be positive");
  require(o.minimum <= o.maximum, who, "minimum", o.minimum, "be at most the maximum");
  return o;
}

/// A field of an observation, and the query that it is read with.
template <class O>
class sensed {
 public:
  /// Throws std::invalid_argument for options out of range, and for a useful field that has no NaN.
  template <class Number, class Query>
  requires(std::integral<Number> || std::floating_point<Number>) && std::is_invocable_r_v<reading, Query&>
      // NOLINTNEXTLINE(google-explicit-constructor): {&sample::load, query} is what people write
      sensed(Number O::*member, Query query, const field_options& options = {})
      : name_(options.name.empty() ? feature_name(member) : options.name),
  options_(checked(options, "sensed " + name_)),
  need_(std::integral<Number> && options.need == field_need::needed ? field_need::vital : options.need),
  query_(std::move(query)), set_([member](O& o, double v) { return put(o.*member, v); }) {
    require(std::floating_point<Number> || options.need != field_need::useful, "sensed " + name_, "need", "useful",
            "be vital: a whole number cannot say that it is not known");
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] field_need need() const noexcept { return need_; }
  /// Asks the query and writes the value into `o`, or NaN. A query that throws a std::exception has failed.
  reading read(O& o) {
    reading seen;
    try {
      seen = query_();
    } catch (const std::exception&) {
      seen = reading::none(unknown_why::failed);
    }
    if (seen.known()) seen = reading::of(seen.value, seen.age_s).not_older_than(options_.stale_s);
    if (seen.known()) {
      const bool possible = seen.value >= options_.minimum && seen.value <= options_.maximum && set_(o, seen.value);
      if (possible) return seen;
      seen = reading::none(unknown_why::impossible);
    }
    (void)set_(o, std::numeric_limits<double>::quiet_NaN());
    return reading::none(seen.why);
  }

 private:
  template <class Number>
  static bool put(Number& to, double v) {
    if constexpr (std::same_as<Number, bool>) {
      to = v == 1;
      return v == 0 || v == 1;
    } else if constexpr (std::integral<Number>) {
      // Half a replica is no count. The bounds as doubles may be rounded up, so the upper one is excluded.
      const bool fits = std::round(v) == v && v >= static_cast<double>(std::numeric_limits<Number>::min()) &&
                        v < 2 * static_cast<double>(std::numeric_limits<Number>::max() / 2 + 1);
      if (fits) to = static_cast<Number>(v);
      return fits;
    } else {
      to = static_cast<Number>(v);
      return !std::isfinite(v) || std::isfinite(to);
    }
  }

  std::string name_;
  field_options options_;
  field_need need_;
  std::function<reading()> query_;
  std::function<bool(O&, double)> set_;
};

/// A field as it was last read.
struct sensed_field {
  std::string name{};  ///< of the member
  field_need need = field_need::needed;
  reading seen{};
};

/// A metric source that is composed field by field. Fields that are not named keep the value that a new observation
/// has. Each query is asked once a read, in the given order. Model of MetricSource.
///     sense<sample> source{{&sample::time_s, elapsed{clock}, {.need = field_need::vital}},
///                          {&sample::replicas, scale, {.need = field_need::vital}},
///                          {&sample::load, load, {.stale_s = 45}},
///                          {&sample::latency_s, latency, {.need = field_need::useful}}};
template <class O>
class sense {
 public:
  using observation_type = O;

  /// Throws std::invalid_argument without a field, and for two of one name.
  sense(std::initializer_list<sensed<O>> fields) : sense(std::vector<sensed<O>>(fields)) {}
  /// The same for fields that are known when the program runs.
  explicit sense(std::vector<sensed<O>> fields) : fields_(std::move(fields)) {
    require(!fields_.empty(), "sense", "number of fields", fields_.size(), "be at least 1");
    for (const sensed<O>& one : fields_) {
      for (const sensed_field& other : last_)
        require(other.name != one.name() || one.name().empty(), "sense", "field", one.name(), "be named once");
      last_.push_back({one.name(), one.need(), {}});
    }
  }

  /// The observation, if every vital and every needed field is known.
  std::optional<O> read() {
    O o{};
    complete_ = true;
    has_vital_ = true;
    for (std::size_t k = 0; k < fields_.size(); ++k) {
      last_[k].seen = fields_[k].read(o);
      if (last_[k].seen.known() || last_[k].need == field_need::useful) continue;
      complete_ = false;
      if (last_[k].need == field_need::vital) has_vital_ = false;
    }
    last_read_ = o;
    return complete_ ? last_read_ : std::nullopt;
  }
  /// What the last read knew, if every vital field is known: the others may be NaN. For a fallback that needs the vital
  /// fields only.
  [[nodiscard]] std::optional<O> vital() const { return has_vital_ ? last_read_ : std::nullopt; }
  /// Each field as it was last read, with its name, in the given order.
  [[nodiscard]] std::span<const sensed_field> fields() const noexcept { return last_; }

 private:
  std::vector<sensed<O>> fields_;
  std::vector<sensed_field> last_{};
  std::optional<O> last_read_{};
  bool complete_ = false;
  bool has_vital_ = false;
};

}  // namespace headroom
