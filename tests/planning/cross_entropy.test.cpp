#include <headroom/planning/cross_entropy.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

// Least, 0, at (3, -2, 0.5), and ten times as steep along the second coordinate.
double bowl(std::span<const double> x) {
  return (x[0] - 3) * (x[0] - 3) + 10 * (x[1] + 2) * (x[1] + 2) + (x[2] - 0.5) * (x[2] - 0.5);
}

template <class Cost>
std::vector<double> costs_of(const cross_entropy& search, Cost&& cost) {
  std::vector<double> costs;
  for (std::size_t k = 0; k < search.population(); ++k) costs.push_back(cost(search.candidate(k)));
  return costs;
}
std::vector<double> all(std::span<const double> x) { return {x.begin(), x.end()}; }

}  // namespace

TEST_CASE("a cross-entropy search finds the bottom of a bowl that it did not begin near") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    cross_entropy search{{0, 0, 0}, {2, 2, 2}, {.population = 100, .least_spread = 0}, seed};
    while (search.generation() < 40) CHECK(search.finish(costs_of(search, bowl)));
    CAPTURE(seed, all(search.mean()));
    CHECK(bowl(search.mean()) < 1e-6);
    for (const double s : search.spread()) CHECK(s < 1e-2);
  }
}

TEST_CASE("a search whose costs are noisy comes as near as the noise lets it") {
  // What a candidate costs is drawn around its true cost; near the bottom all look alike, so the mean of many counts.
  engine noise(7, stream::noise);
  cross_entropy search{{0, 0, 0}, {2, 2, 2}, {.population = 100}, 3};
  while (search.generation() < 30) {
    search.finish(costs_of(search, [&](std::span<const double> x) { return bowl(x) + normal(noise, 0, 0.5); }));
  }
  CHECK(bowl(search.mean()) < 0.5);
}

TEST_CASE("the first candidate of a generation is the mean, the others lie around it") {
  const std::size_t n = 20'001;
  const cross_entropy search{{5, -1}, {2, 0.1}, {.population = n}, 1};
  CHECK(all(search.candidate(0)) == std::vector<double>{5, -1});
  for (std::size_t i = 0; i < 2; ++i) {
    double mean = 0;
    double squares = 0;
    for (std::size_t k = 1; k < n; ++k) {
      const double d = (search.candidate(k)[i] - search.mean()[i]) / search.spread()[i];
      mean += d / static_cast<double>(n - 1);
      squares += d * d / static_cast<double>(n - 1);
    }
    CHECK(std::abs(mean) < 4 / std::sqrt(static_cast<double>(n - 1)));
    CHECK(std::abs(squares - 1) < 4 * std::sqrt(2 / static_cast<double>(n - 1)));
  }
}

TEST_CASE("mean and spread move to those of the elite, as far as the rate says") {
  cross_entropy search{{1}, {4}, {.population = 4, .elite = 0.5, .rate = 0.25}, 9};
  const std::vector<double> x{search.candidate(0)[0], search.candidate(1)[0], search.candidate(2)[0],
                              search.candidate(3)[0]};
  search.finish(std::vector<double>{3, 1, 2, 1});  // the second and the fourth
  const double mean = (x[1] + x[3]) / 2;
  const double spread = std::abs(x[1] - x[3]) / std::sqrt(2.0);  // of two, over n - 1
  CHECK(search.mean()[0] == Approx(0.75 * 1 + 0.25 * mean));
  CHECK(search.spread()[0] == Approx(0.75 * 4 + 0.25 * spread));
  CHECK(search.generation() == 1);
}

TEST_CASE("of equal costs the first ones count, and at least two") {
  cross_entropy search{{0}, {1}, {.population = 5, .elite = 0.01, .rate = 1}, 4};
  const double second = search.candidate(1)[0];
  search.finish(std::vector<double>{2, 2, 2, 2, 2});
  CHECK(search.mean()[0] == Approx(second / 2));  // of the mean, 0, and the second
}

TEST_CASE("a candidate without a finite cost is not looked at, and a generation without one changes nothing") {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  const double none = std::numeric_limits<double>::quiet_NaN();
  cross_entropy search{{0}, {1}, {.population = 4, .elite = 0.5, .rate = 1}, 4};
  const double last = search.candidate(3)[0];
  CHECK(search.finish(std::vector<double>{none, -infinite, infinite, 1}));
  CHECK(search.mean()[0] == last);
  const std::vector<double> mean = all(search.mean());
  const std::vector<double> spread = all(search.spread());
  CHECK_FALSE(search.finish(std::vector<double>{none, none, infinite, none}));
  CHECK(all(search.mean()) == mean);
  CHECK(all(search.spread()) == spread);
  CHECK(search.generation() == 2);
}

TEST_CASE("the spread does not fall below its floor") {
  cross_entropy search{{0, 0, 0}, {2, 4, 8}, {.least_spread = 0.5}, 1};
  for (int k = 0; k < 20; ++k) search.finish(costs_of(search, bowl));
  CHECK(all(search.spread()) == std::vector<double>{1, 2, 4});
}

TEST_CASE("a search that is stored and restored goes on bit for bit") {
  const auto fresh = [](std::uint64_t seed) { return cross_entropy{{0, 0, 0}, {2, 2, 2}, {}, seed}; };
  cross_entropy whole = fresh(5);
  for (int k = 0; k < 3; ++k) whole.finish(costs_of(whole, bowl));
  checkpoint c;
  store(whole, c, "search");
  cross_entropy resumed = fresh(6);
  restore(resumed, c, "search");
  for (int k = 0; k < 3; ++k) {
    CHECK(costs_of(resumed, bowl) == costs_of(whole, bowl));
    whole.finish(costs_of(whole, bowl));
    resumed.finish(costs_of(resumed, bowl));
  }
  CHECK(all(resumed.mean()) == all(whole.mean()));
  CHECK(resumed.generation() == 6);
  checkpoint decided;
  store(whole, decided, "search", keep::decisions);
  CHECK(decided.names() == std::vector<std::string>{"search.mean"});
  cross_entropy other{{0, 0, 0}, {2, 2, 2}, {.population = 31}, 5};
  CHECK_THROWS_AS(restore(other, c, "search"), checkpoint_error);
}

TEST_CASE("a generation takes no memory") {
  cross_entropy search{{0, 0, 0}, {2, 2, 2}, {}, 1};
  const std::vector<double> costs(search.population(), 1.0);
  CHECK(allocations_in([&] { search.finish(costs); }) == 0);
}

TEST_CASE("a cross-entropy search refuses what cannot be") {
  CHECK_THROWS_WITH(cross_entropy({}, {}, {}, 1), "cross_entropy: number of coordinates is 0, must be at least 1");
  CHECK_THROWS_WITH(cross_entropy({1, 2}, {1}, {}, 1),
                    "cross_entropy: number of spreads is 1, must be that of the coordinates, 2");
  CHECK_THROWS_WITH(cross_entropy({1}, {0}, {}, 1),
                    "cross_entropy: spread of coordinate 0 is 0, must be positive and finite, at most 1e150");
  CHECK_THROWS_WITH(cross_entropy({std::nan("")}, {1}, {}, 1),
                    "cross_entropy: mean of coordinate 0 is nan, must be finite, from -1e150 to 1e150");
  CHECK_THROWS_WITH(cross_entropy({1}, {1}, {.population = 1}, 1),
                    "cross_entropy: population is 1, must be from 2 to 1000000");
  CHECK_THROWS_WITH(cross_entropy({1}, {1}, {.elite = 0}, 1), "cross_entropy: elite is 0, must be in (0, 1]");
  CHECK_THROWS_WITH(cross_entropy({1}, {1}, {.rate = 2}, 1), "cross_entropy: rate is 2, must be in (0, 1]");
  CHECK_THROWS_WITH(cross_entropy({1}, {1}, {.least_spread = -1}, 1),
                    "cross_entropy: least_spread is -1, must be in [0, 1]");
  cross_entropy search{{1}, {1}, {}, 1};
  CHECK_THROWS_WITH(search.finish(std::vector<double>{1, 2}),
                    "cross_entropy: number of costs is 2, must be that of the candidates, 30");
}

TEST_CASE("a resumed search keeps the floor of its file, not that of the search it is restored into") {
  const auto square = [](std::span<const double> x) { return x[0] * x[0]; };
  cross_entropy narrow{{0}, {2}, {.least_spread = 0.5}, 1};
  checkpoint c;
  store(narrow, c, "search");
  cross_entropy wide{{0}, {200}, {.least_spread = 0.5}, 1};
  restore(wide, c, "search");
  for (int k = 0; k < 20; ++k) wide.finish(costs_of(wide, square));
  CHECK(wide.spread()[0] == 1);
}

TEST_CASE("a search whose cost has no least value stays finite, and counts what it refuses") {
  cross_entropy search{{9e149}, {1e149}, {.least_spread = 1}, 1};
  for (int k = 0; k < 300; ++k) {
    std::vector<double> costs(search.population());
    for (std::size_t i = 0; i < costs.size(); ++i) costs[i] = -std::abs(search.candidate(i)[0]);
    costs[3] = std::numeric_limits<double>::infinity();
    CHECK(search.finish(costs));
    for (std::size_t i = 0; i < costs.size(); ++i) REQUIRE(std::isfinite(search.candidate(i)[0]));
  }
  CHECK(search.health().refused_costs == 300);
  CHECK(search.health().diverged > 0);
  checkpoint c;
  store(search, c, "search");
  CHECK_NOTHROW(restore(search, c, "search"));
  checkpoint bad;
  bad.add("search.mean", {1}, std::vector<double>{1e200});
  CHECK_THROWS_WITH(restore(search, bad, "search", keep::decisions),
                    "checkpoint: search.mean is 1e+200 in the file, must be from -1e150 to 1e150");
}
