#pragma once

#include <array>    // std::array
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint32_t

namespace headroom::farm {

/// MT19937 (Matsumoto, Nishimura 1998) with both published initialisations. The farm's workload was drawn with it, and
/// only the same bits give the same workload. std::mt19937 has no init_by_array. The library's own engine is `engine`.
class mersenne_twister {
 public:
  /// init_genrand, as NumPy's legacy RandomState(seed) and std::mt19937(seed) do.
  [[nodiscard]] static mersenne_twister from_seed(std::uint32_t seed) noexcept {
    mersenne_twister g;
    g.fill(seed);
    return g;
  }

  /// init_by_array over the 32-bit little-endian words of the seed, as CPython's random.seed(int) does.
  [[nodiscard]] static mersenne_twister from_words(std::uint64_t seed) noexcept {
    const std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)};
    const std::size_t length = key[1] == 0 ? 1 : 2;
    mersenne_twister g;
    g.fill(19650218U);
    auto& x = g.state_;
    std::size_t i = 1;
    std::size_t j = 0;
    for (std::size_t k = n; k > 0; --k) {
      x[i] = (x[i] ^ ((x[i - 1] ^ (x[i - 1] >> 30U)) * 1664525U)) + key[j] + static_cast<std::uint32_t>(j);
      if (++i >= n) {
        x[0] = x[n - 1];
        i = 1;
      }
      if (++j >= length) j = 0;
    }
    for (std::size_t k = n - 1; k > 0; --k) {
      x[i] = (x[i] ^ ((x[i - 1] ^ (x[i - 1] >> 30U)) * 1566083941U)) - static_cast<std::uint32_t>(i);
      if (++i >= n) {
        x[0] = x[n - 1];
        i = 1;
      }
    }
    x[0] = 0x80000000U;
    return g;
  }

  std::uint32_t operator()() noexcept {
    if (next_ == n) refill();
    std::uint32_t y = state_[next_++];
    y ^= y >> 11U;
    y ^= (y << 7U) & 0x9d2c5680U;
    y ^= (y << 15U) & 0xefc60000U;
    return y ^ (y >> 18U);
  }

  /// Uniform in [0, 1), 53 bits out of two words, as NumPy and CPython both make it.
  double uniform() noexcept {
    const std::uint32_t high = (*this)() >> 5U;
    const std::uint32_t low = (*this)() >> 6U;
    return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) * 0x1.0p-53;
  }

 private:
  static constexpr std::size_t n = 624;
  static constexpr std::size_t m = 397;

  void fill(std::uint32_t seed) noexcept {
    state_[0] = seed;
    for (std::size_t i = 1; i < n; ++i) {
      state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30U)) + static_cast<std::uint32_t>(i);
    }
    next_ = n;
  }

  static std::uint32_t twist(std::uint32_t upper, std::uint32_t lower, std::uint32_t far) noexcept {
    const std::uint32_t y = (upper & 0x80000000U) | (lower & 0x7fffffffU);
    return far ^ (y >> 1U) ^ ((0U - (lower & 1U)) & 0x9908b0dfU);
  }

  // Two loops without a modulo, so that the compiler vectorises them: the dependency reaches 227 and 397 words back.
  void refill() noexcept {
    auto& x = state_;
    for (std::size_t i = 0; i < n - m; ++i) x[i] = twist(x[i], x[i + 1], x[i + m]);
    for (std::size_t i = n - m; i < n - 1; ++i) x[i] = twist(x[i], x[i + 1], x[i + m - n]);
    x[n - 1] = twist(x[n - 1], x[0], x[m - 1]);
    next_ = 0;
  }

  std::array<std::uint32_t, n> state_;
  std::size_t next_ = n;
};

}  // namespace headroom::farm
