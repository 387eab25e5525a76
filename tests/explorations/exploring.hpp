#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/io/state.hpp>

#include "catch.hpp"

/// What the tests of explorations share: masks, stated probabilities, and draws compared with them.
namespace exploring {

using namespace headroom;

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr int draws = 100'000;

// A mask that allows the given actions of a hundred.
struct mask_of {
  std::vector<std::uint64_t> words = std::vector<std::uint64_t>(action_mask::words(100));
  mask_of(std::initializer_list<std::size_t> allowed) {
    for (const std::size_t i : allowed) words[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  operator action_mask() const { return action_mask{words.data()}; }
};

template <class Explore>
std::vector<double> probabilities(const Explore& explore, const std::vector<double>& values, action_mask legal = {}) {
  std::vector<double> p(values.size(), nan_value);  // so that an entry that was not written shows
  explore.probabilities(values, legal, p);
  return p;
}

// Draws agree with the stated probabilities: what has probability 0 never happens, and Pearson's statistic over the
// rest, which has mean `freedom` and deviation sqrt(2 freedom), lies within five deviations.
template <class Explore>
void check_frequencies(Explore explore, const std::vector<double>& values, action_mask legal, std::uint64_t seed) {
  const auto p = probabilities(explore, values, legal);
  // n additions of numbers up to 1 err by n half-units in the last place at most.
  CHECK(std::abs(std::accumulate(p.begin(), p.end(), 0.0) - 1) <= static_cast<double>(p.size()) * 0x1.0p-52);
  engine random(seed);
  std::vector<double> counts(values.size());
  for (int i = 0; i < draws; ++i) ++counts.at(to_size(explore(values, legal, random)));
  double statistic = 0;
  double freedom = -1;
  for (std::size_t i = 0; i < p.size(); ++i) {
    INFO("action " << i);
    if (!legal[i]) CHECK(p[i] == 0);
    if (p[i] == 0) {
      CHECK(counts[i] == 0);
      continue;
    }
    const double expected = p[i] * draws;
    REQUIRE(expected >= 5);  // below, the statistic does not follow its law
    statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
    ++freedom;
  }
  CHECK(statistic <= freedom + 5 * std::sqrt(2 * freedom));
}

template <class Explore>
bool draws_only_legal(const Explore& explore, const std::vector<double>& values, action_mask legal) {
  engine random(17);
  bool kept = true;
  for (int i = 0; i < draws; ++i) {
    const std::size_t a = to_size(explore(values, legal, random));
    kept = kept && a < values.size() && legal[a];
  }
  return kept;
}

/// A hundred values; those that `masks` forbid are as good as the others, or better.
inline std::vector<double> hundred_values() {
  std::vector<double> values(100, 0);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 7);
  return values;
}
inline std::vector<mask_of> masks() { return {mask_of{70}, mask_of{3, 63, 64, 70, 99}, mask_of{0}, mask_of{65, 66}}; }

/// `other` after what was stored of `explore` has been restored into it; both must draw the same.
template <class Explore>
Explore round_trip(Explore explore, Explore other) {
  checkpoint c;
  store(explore, c, "explore");
  restore(other, c, "explore");
  const std::vector<double> values{1, 2, 1.5};
  engine one(26);
  engine two(26);
  bool equal = true;
  for (int k = 0; k < 1'000; ++k) equal = equal && explore(values, {}, one) == other(values, {}, two);
  CHECK(equal);
  return other;
}

}  // namespace exploring
