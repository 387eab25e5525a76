#include <headroom/encoders/bins.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "first_failure.hpp"

using namespace headroom;

namespace {

struct sample {
  double queue = 0;
  double load = 0;
  int replicas = 1;
};

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

// A cut of the number itself.
auto cut_at(std::vector<double> edges) {
  return cut{[](double x) { return x; }, std::move(edges)};
}

}  // namespace

TEST_CASE("a cut of n edges has n + 1 bins, and a value on an edge belongs to the upper one") {
  const auto c = cut_at({0.5, 2, 8});
  CHECK(c.size() == 4);
  CHECK(c.edges() == std::vector<double>{0.5, 2, 8});
  CHECK(c.bin(-inf) == 0);
  CHECK(c.bin(0) == 0);
  for (std::size_t k = 0; k < 3; ++k) {
    const double edge = c.edges()[k];
    CHECK(c.bin(std::nextafter(edge, -inf)) == k);
    CHECK(c.bin(edge) == k + 1);
    CHECK(c.bin(std::nextafter(edge, inf)) == k + 1);
  }
  CHECK(c.bin(inf) == 3);
}

TEST_CASE("more than 32 edges are searched and not counted, to the same bin") {
  for (const std::size_t n : {31U, 32U, 33U, 34U, 100U}) {
    std::vector<double> edges;
    for (std::size_t k = 0; k < n; ++k) edges.push_back(static_cast<double>(k) * 0.7 - 5);
    const auto c = cut_at(edges);
    const auto by_hand = [&](double x) {
      return static_cast<std::size_t>(std::count_if(edges.begin(), edges.end(), [&](double e) { return e <= x; }));
    };
    first_failure same;
    engine random(n);
    for (int i = 0; i < 10'000; ++i) {
      const double x = uniform(random, -10, 80);
      same.same(c.bin(x), by_hand(x));
    }
    for (const double e : edges) {
      for (const double x : {std::nextafter(e, -inf), e, std::nextafter(e, inf)}) same.same(c.bin(x), by_hand(x));
    }
    INFO(n << " edges");
    CHECK(same.report() == "");
    CHECK(c.bin(inf) == n);
    CHECK(c.bin(-inf) == 0);
  }
}

TEST_CASE("edges that do not rise or are not finite are refused") {
  CHECK_THROWS_WITH(cut_at({2, 1}), "cut: edge 1 is 1, must be above the edge before it, 2");
  CHECK_THROWS_WITH(cut_at({0, 1, 1}), "cut: edge 2 is 1, must be above the edge before it, 1");
  CHECK_THROWS_WITH(cut_at({nan_value}), "cut: edge 0 is nan, must be finite");
  CHECK_THROWS_WITH(cut_at({0, nan_value, 1}), "cut: edge 1 is nan, must be finite");
  CHECK_THROWS_WITH(cut_at({0, 1, inf}), "cut: edge 2 is inf, must be finite");
  CHECK_THROWS_WITH(cut_at({-inf, 0}), "cut: edge 0 is -inf, must be finite");
  // The same law for a braced list.
  CHECK_THROWS_WITH((cut{&sample::queue, {3.0, 2.5}}), "cut: edge 1 is 2.5, must be above the edge before it, 3");
  CHECK_THROWS_AS(cut_at({2, 1}), std::invalid_argument);
}

TEST_CASE("bins number a grid in mixed radix with the last cut fastest") {
  bins see{cut{&sample::queue, {1, 2}}, cut{&sample::load, {0.5}}, cut{&sample::replicas, {2, 3, 4}}};
  static_assert(DiscreteEncoder<decltype(see), sample>);
  CHECK(see.size() == 3 * 2 * 4);
  std::size_t expected = 0;
  for (const double queue : {0.0, 1.0, 2.0}) {
    for (const double load : {0.0, 0.5}) {
      for (const int replicas : {1, 2, 3, 4}) {
        CHECK(see(sample{queue, load, replicas}) == state_index{expected});
        ++expected;
      }
    }
  }
  CHECK(expected == see.size());
}

TEST_CASE("a cut without edges is one bin: its feature is ignored, unless it is not finite") {
  bins see{cut{&sample::queue, {1}}, cut{&sample::load, {}}, cut{&sample::replicas, {2}}};
  CHECK(see.size() == 4);
  for (const double load : {-1e300, 0.0, 1e300}) CHECK(see(sample{1, load, 2}) == state_index{3});
  CHECK(see(sample{1, nan_value, 2}) == no_state);
  CHECK(bins{cut{&sample::load, {}}}.size() == 1);
}

TEST_CASE("an observation with a feature that is not finite is no state, wherever it stands") {
  bins see{cut{&sample::queue, {1}}, cut{[](const sample& s) { return s.load; }, {0, 1, 2}}};
  for (const double bad : {nan_value, -nan_value, inf, -inf}) {
    CHECK(see(sample{bad, 0, 1}) == no_state);
    CHECK(see(sample{0, bad, 1}) == no_state);
    CHECK(see(sample{bad, bad, 1}) == no_state);
  }
  CHECK(see(sample{1e308, -1e308, 1}) == state_index{4});
}

TEST_CASE("a number of states beyond std::size_t is refused, not wrapped around") {
  // 2^16 bins a cut: three make 2^48 states, four would make 2^64, which wraps around to none.
  const auto c = cut_at(even_edges(0, 1, 65536));
  CHECK(c.size() == 65536);
  CHECK(bins{c, c, c}.size() == std::size_t{1} << 48U);
  CHECK_THROWS_WITH((bins{c, c, c, c}),
                    "bins: number of states is beyond the range of std::size_t, use fewer or shorter cuts");
  CHECK_THROWS_AS((bins{c, c, c, c}), std::invalid_argument);
  // 2^48 * 2^14 = 2^62 is the largest power of two that is taken.
  CHECK(bins{c, c, c, cut_at(even_edges(0, 1, 1U << 14U))}.size() == std::size_t{1} << 62U);
  CHECK_THROWS_AS((bins{c, c, c, cut_at(even_edges(0, 1, 1U << 15U))}), std::invalid_argument);
}

TEST_CASE("even_edges are the inner edges of equal bins") {
  CHECK(even_edges(0, 4, 4) == std::vector<double>{1, 2, 3});
  CHECK(even_edges(-1, 1, 2) == std::vector<double>{0});
  CHECK(even_edges(0, 1, 1).empty());
  CHECK_THROWS_WITH(even_edges(0, 1, 0), "even_edges: number of bins is 0, must be at least 1");
  CHECK_THROWS_WITH(even_edges(1, 1, 4), "even_edges: high is 1, must be finite and above low");
  CHECK_THROWS_WITH(even_edges(0, inf, 4), "even_edges: high is inf, must be finite and above low");
  CHECK_THROWS_WITH(even_edges(nan_value, 1, 4), "even_edges: high is 1, must be finite and above low");
}

TEST_CASE("encoding does not allocate, on the short path and on the long one") {
  bins see{cut{&sample::queue, even_edges(0, 100, 64)}, cut{&sample::replicas, {2, 3, 4}}};
  CHECK(allocations_in([&] { (void)see(sample{50, 0, 3}); }) == 0);
}

TEST_CASE("a grid of cuts of any number of edges is numbered as its cuts bin, value by value") {
  // As many edges as fill whole vectors or do not, and more than are counted so, or counted at all.
  engine random(2, stream::workload);
  std::vector<std::vector<double>> edges;
  for (const std::size_t n : {0U, 1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 32U, 33U}) {
    std::vector<double> one;
    for (std::size_t k = 0; k < n; ++k) one.push_back(static_cast<double>(k) - static_cast<double>(n) / 2);
    edges.push_back(one);
  }
  struct row {
    double x[11];
  };
  const auto at = [&](std::size_t k) { return cut{[k](const row& r) { return r.x[k]; }, edges[k]}; };
  const bins see{at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), at(8), at(9), at(10)};
  first_failure equal;
  first_failure refused;
  for (int i = 0; i < 20'000; ++i) {
    row r;
    for (double& x : r.x) {
      x = std::floor(random.uniform() * 40) / 2 - 10;  // on edges, between them and beyond
      if (random.below(20) == 0) x = random.below(2) == 0 ? 1e308 : -1e308;
    }
    std::size_t expected = 0;
    for (std::size_t k = 0; k < 11; ++k) expected = expected * (edges[k].size() + 1) + at(k).bin(r.x[k]);
    equal.same(see(r), state_index{expected});
    const double none[] = {nan_value, -nan_value, inf, -inf};
    r.x[random.below(11)] = none[random.below(4)];
    refused.same(see(r), no_state);
  }
  CHECK(equal.report() == "");
  CHECK(refused.report() == "");
}
