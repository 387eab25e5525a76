#pragma once

#include <algorithm>    // std::max
#include <cmath>        // std::hypot, std::isfinite, std::round
#include <concepts>     // std::same_as
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <tuple>        // std::tuple, std::apply
#include <type_traits>  // std::is_arithmetic_v, std::is_integral_v
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>

namespace headroom {

struct noise_options {
  double relative = 0;                                      ///< deviation as a fraction of the value, zero or more
  double absolute = 0;                                      ///< deviation in the value's own unit, zero or more
  double floor = -std::numeric_limits<double>::infinity();  ///< lower bound of the noisy value; 0 for counts and times
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const noise_options& checked(const noise_options& o) {
  require_not_negative("noise", "relative", o.relative);
  require_not_negative("noise", "absolute", o.absolute);
  // This form also refuses NaN.
  require(o.floor < std::numeric_limits<double>::infinity(), "noise", "floor", o.floor, "be a number below infinity");
  return o;
}

/// Measurement noise on one member of an observation. The relative and the absolute deviation add in quadrature, as
/// independent errors do. A member of an integral type is rounded to the nearest whole number and clamped to the range
/// of its type.
///
///     noise{&sample::queue, {.relative = 0.1, .floor = 0}}
template <class Observation, class Member>
requires std::is_arithmetic_v<Member> &&(!std::same_as<Member, bool>)class noise {
 public:
  noise(Member Observation::*member, const noise_options& options) : member_(member), options_(checked(options)) {}

  /// Draws exactly once a call for every value, so that the noise of later steps does not depend on earlier values. A
  /// value that is not finite stays as it is, so that the encoder can refuse it.
  void operator()(Observation& o, engine& random) const {
    const double z = normal(random);
    const auto value = static_cast<double>(o.*member_);
    if (!std::isfinite(value)) return;
    double noised = std::max(options_.floor, value + z * std::hypot(options_.relative * value, options_.absolute));
    if constexpr (std::is_integral_v<Member>) {
      // The largest 64-bit integer is not a double: it rounds up to a number that the cast could not convert. So the
      // value is compared before the cast.
      using range = std::numeric_limits<Member>;
      noised = std::max(std::round(noised), static_cast<double>(range::lowest()));
      o.*member_ = noised >= static_cast<double>(range::max()) ? range::max() : static_cast<Member>(noised);
    } else {
      o.*member_ = static_cast<Member>(noised);
    }
  }

 private:
  Member Observation::*member_;
  noise_options options_;
};

/// An environment with measurement noise. The wrapped environment is unchanged; only its observations, at reset and
/// after every step, are noisy. The noise has its own stream of the seed, so that it does not change the draws of the
/// environment. The stream continues from episode to episode, so that each episode has other errors.
///
///     noisy world{pool{42}, 42, noise{&sample::queue, {.relative = 0.1, .floor = 0}},
///                 noise{&sample::arrivals, {.absolute = 0.5}}};
template <Environment E, class... Noises>
class noisy {
 public:
  using observation_type = observation_t<E>;
  using action_type = action_t<E>;

  // The seed is split twice, because an environment with the same seed may itself use its noise stream (the farm does).
  noisy(E inner, std::uint64_t seed, Noises... noises)
      : inner_(std::move(inner)), random_(split(seed, stream::noise), stream::noise), noises_(std::move(noises)...) {}

  observation_type reset() {
    observation_type o = inner_.reset();
    blur(o);
    return o;
  }

  step_result<observation_type> step(const action_type& action) {
    step_result<observation_type> result = inner_.step(action);
    blur(result.observation);
    return result;
  }

  /// What a checkpoint stores, between episodes: the noise runs on from one to the next.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("inner", self.inner_);
    a("random", self.random_);
  }

  [[nodiscard]] E& inner() noexcept { return inner_; }
  [[nodiscard]] const E& inner() const noexcept { return inner_; }

 private:
  void blur(observation_type& o) {
    std::apply([&](const Noises&... each) { (each(o, random_), ...); }, noises_);
  }

  E inner_;
  engine random_;
  std::tuple<Noises...> noises_;
};

template <class E, class... Noises>
noisy(E, std::uint64_t, Noises...) -> noisy<E, Noises...>;

}  // namespace headroom
