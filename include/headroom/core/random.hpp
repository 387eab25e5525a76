#pragma once

#include <array>        // std::array
#include <bit>          // std::rotl, std::bit_width
#include <cmath>        // std::log, std::exp, std::sqrt
#include <concepts>     // std::same_as
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <stdexcept>    // std::invalid_argument
#include <type_traits>  // std::is_const_v

#include <headroom/core/config.hpp>

/// The library has its own engine and its own distributions. The standard fixes the engines but not the distributions:
/// with another standard library the same seed would give other numbers, and a result could not be reproduced. Seeds
/// are constructor arguments. There is no global engine, and no seed comes from a clock.
namespace headroom {

/// Anything that yields uniform doubles in [0, 1) with 53 random bits. Every distribution here draws from a
/// UniformSource, so the same code serves the library's engine and the two legacy streams that the farm's workload
/// needs.
template <class G>
concept UniformSource = requires(G& g) {
  { g.uniform() } -> std::same_as<double>;
};

/// SplitMix64 (Steele, Lea, Flood 2014): turns any seed, also a poor one, into well mixed bits.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t z) noexcept {
  z += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

/// Separate streams of one seed. The draws of one part of a simulation must not change what another part draws.
/// Otherwise a policy that explores more would get another workload.
enum class stream : std::uint64_t { workload = 1, noise = 3, initialisation = 4, exploration = 5 };

/// The seed of stream `s` of `seed`; different streams of different seeds do not collide in practice (64-bit mixing).
[[nodiscard]] constexpr std::uint64_t split(std::uint64_t seed, std::uint64_t s) noexcept {
  return mix(mix(seed) ^ mix(~s));
}
[[nodiscard]] constexpr std::uint64_t split(std::uint64_t seed, stream s) noexcept {
  return split(seed, static_cast<std::uint64_t>(s));
}

/// xoshiro256++ 1.0 (Blackman, Vigna 2019): 32 bytes of state, period 2^256 - 1. The engine is a standard
/// UniformRandomBitGenerator and works with std::shuffle, but the result of std::shuffle depends on the standard
/// library.
class engine {
 public:
  using result_type = std::uint64_t;

  explicit constexpr engine(std::uint64_t seed) noexcept {
    for (auto& word : state_) {
      word = mix(seed);
      seed += 0x9e3779b97f4a7c15U;
    }
  }
  engine(std::uint64_t seed, stream s) noexcept : engine(split(seed, s)) {}

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return ~result_type{0}; }

  constexpr result_type operator()() noexcept {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, 1), 53 random bits.
  constexpr double uniform() noexcept { return static_cast<double>((*this)() >> 11U) * 0x1.0p-53; }

  /// Uniform in {0, ..., n - 1} without bias; n must not be zero. Multiply and shift (Lemire 2019) below 2^32,
  /// rejection of masked bits above.
  constexpr std::size_t below(std::size_t n) noexcept {
    HEADROOM_ASSERT(n > 0, "engine: below(0) has no answer");
    if (n <= 0xffffffffU) {
      const auto bound = static_cast<std::uint64_t>(n);
      std::uint64_t product = ((*this)() >> 32U) * bound;
      if ((product & 0xffffffffU) < bound) {
        const std::uint64_t threshold = (0x100000000U - bound) % bound;
        while ((product & 0xffffffffU) < threshold) product = ((*this)() >> 32U) * bound;
      }
      return static_cast<std::size_t>(product >> 32U);
    }
    const std::uint64_t bits = ~std::uint64_t{0} >> static_cast<unsigned>(64 - std::bit_width(n - 1));
    std::uint64_t draw = (*this)() & bits;
    while (draw >= n) draw = (*this)() & bits;
    return static_cast<std::size_t>(draw);
  }

  friend constexpr bool operator==(const engine&, const engine&) noexcept = default;

  /// The whole state, to store and restore. A state of four zeros is refused, because it would yield zeros for ever.
  using state_type = std::array<std::uint64_t, 4>;
  [[nodiscard]] constexpr const state_type& state() const noexcept { return state_; }
  constexpr void restore(const state_type& state) {
    if (state == state_type{}) throw std::invalid_argument("engine: state is 0, 0, 0, 0, must not be all zeros");
    state_ = state;
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    state_type state = self.state_;
    a("state", state);
    if constexpr (!std::is_const_v<Self>) self.restore(state);
  }

 private:
  state_type state_{};
};

/// Uniform in [low, high).
template <UniformSource G>
double uniform(G& g, double low, double high) {
  return low + (high - low) * g.uniform();
}

/// Exponential with the given mean (0 gives 0). -log(1 - u), so that u = 0 is harmless.
template <UniformSource G>
double exponential(G& g, double mean) {
  return -std::log(1.0 - g.uniform()) * mean;
}

/// Normal by Marsaglia's polar method. The second variate is not kept, so a draw depends on nothing but the engine.
template <UniformSource G>
double normal(G& g, double mean = 0, double deviation = 1) {
  double x = 0;
  double r = 0;
  do {
    x = 2 * g.uniform() - 1;
    const double y = 2 * g.uniform() - 1;
    r = x * x + y * y;
  } while (r >= 1 || r == 0);
  return mean + deviation * x * std::sqrt(-2 * std::log(r) / r);
}

/// ln(k!): a table below 10, Stirling's series above (error under 1e-13). std::lgamma is not used, because it writes a
/// global variable.
[[nodiscard]] inline double log_factorial(double k) {
  constexpr double small[] = {0.0,
                              0.0,
                              0.693147180559945309,
                              1.79175946922805500,
                              3.17805383034794562,
                              4.78749174278204599,
                              6.57925121201010100,
                              8.52516136106541430,
                              10.6046029027452502,
                              12.8018274800814696};
  if (k < 10) return small[static_cast<std::size_t>(k)];
  const double n = k + 1;
  const double r = 1 / (n * n);
  return (n - 0.5) * std::log(n) - n + 0.918938533204672742 +
         (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188)))) / n;
}

/// Poisson. Below a mean of 10: the product of uniforms. From 10 on: Hoermann's PTRS (1993), constant time for any
/// mean. Draws uniforms in the order of NumPy's legacy generator, so one function serves that stream as well.
template <UniformSource G>
double poisson(G& g, double mean) {
  if (!(mean > 0)) return 0;
  if (mean < 10) {
    const double floor = std::exp(-mean);
    double product = 1;
    for (double k = 0;; ++k) {
      product *= g.uniform();
      if (product <= floor) return k;
    }
  }
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = g.uniform() - 0.5;
    const double v = g.uniform();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v) + std::log(inverse_alpha) - std::log(a / (us * us) + b) <=
        -mean + k * std::log(mean) - log_factorial(k)) {
      return k;
    }
  }
}

/// Gamma(shape, scale). Shape > 1: Cheng's GA (1977), with uniforms in CPython's order. Shape up to 1: gamma(a) =
/// gamma(a + 1) u^(1/a) (Marsaglia and Tsang 2000).
template <UniformSource G>
double gamma(G& g, double shape, double scale) {
  if (!(shape > 1)) {
    const double boost = std::pow(1.0 - g.uniform(), 1 / shape);
    return gamma(g, shape + 1, scale) * boost;
  }
  const double root = std::sqrt(2 * shape - 1);
  const double b = shape - 1.3862943611198906;  // ln 4
  const double c = shape + root;
  for (;;) {
    const double u1 = g.uniform();
    if (!(1e-7 < u1 && u1 < 0.9999999)) continue;
    const double u2 = 1.0 - g.uniform();
    const double v = std::log(u1 / (1.0 - u1)) / root;
    const double x = shape * std::exp(v);
    const double z = u1 * u1 * u2;
    const double r = b + c * v - x;
    if (r + 2.504077396776274 - 4.5 * z >= 0 || r >= std::log(z)) return x * scale;  // 1 + ln 4.5
  }
}

}  // namespace headroom
