#include <headroom/neural/categorical.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

template <class Scalar>
std::vector<double> of(const std::vector<Scalar>& logits, action_mask legal = {}) {
  std::vector<double> out(logits.size());
  categorical::log_probabilities(logits.data(), 1, legal, out);
  return out;
}

}  // namespace

TEST_CASE("categorical: probabilities in proportion to the exponentials, by hand") {
  const auto p = of<double>({std::log(1), std::log(2), std::log(5)});
  CHECK(p[0] == Approx(std::log(0.125)));
  CHECK(p[1] == Approx(std::log(0.25)));
  CHECK(p[2] == Approx(std::log(0.625)));
  // A constant added to all changes nothing, and no size overflows.
  const auto far = of<double>({1e5 + std::log(1), 1e5 + std::log(2), 1e5 + std::log(5)});
  for (std::size_t a = 0; a < 3; ++a) CHECK(far[a] == Approx(p[a]).epsilon(1e-9));
  const auto given_up = of<float>({0, -2000});
  CHECK(given_up[0] == 0);
  CHECK(given_up[1] == -2000);  // of which the exponential is 0
  const std::array<float, 6> in_columns{0, 9, 9, 1, 9, 9};
  std::vector<double> out(2);
  categorical::log_probabilities(in_columns.data(), 3, {}, out);
  CHECK(out[1] - out[0] == Approx(1));
}

TEST_CASE("categorical: an illegal action has probability 0, however preferred, and the others share the rest") {
  const std::uint64_t ends = 0b101;
  for (const float tempting :
       {3.0F, 1e30F, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    const auto p = of<float>({0.0F, tempting, 0.0F}, action_mask{&ends});
    CHECK(p[0] == Approx(std::log(0.5)));
    CHECK(p[1] == categorical::impossible);
    CHECK(std::exp(p[1]) == 0);
    CHECK(p[2] == Approx(std::log(0.5)));
    CHECK(categorical::entropy(p) == Approx(std::log(2)));
    engine random(1);
    for (int k = 0; k < 1'000; ++k) CHECK(categorical::draw(p, random) != action_index{1});
  }
}

TEST_CASE("categorical: draws as often as the probabilities say, one number of the engine each") {
  const auto p = of<double>({std::log(1), std::log(2), std::log(5)});
  engine random(4);
  engine beside(4);
  std::array<int, 3> n{};
  constexpr int draws = 80'000;
  for (int k = 0; k < draws; ++k) {
    ++n[to_size(categorical::draw(p, random))];
    beside();
  }
  CHECK(random == beside);
  for (std::size_t a = 0; a < 3; ++a) {
    const double expected = draws * std::exp(p[a]);
    CHECK(std::abs(n[a] - expected) < 4 * std::sqrt(expected * (1 - std::exp(p[a]))));
  }
  // What rounding leaves over goes to the last that is possible.
  const std::array<double, 3> short_of_one{std::log(1e-9), std::log(1e-9), categorical::impossible};
  CHECK(categorical::draw(short_of_one, random) == action_index{1});
}

TEST_CASE("categorical: entropy and divergence by hand") {
  CHECK(categorical::entropy(of<double>({0, 0, 0, 0})) == Approx(std::log(4)));
  CHECK(categorical::entropy(of<float>({0, -2000})) == 0);
  const auto p = of<double>({std::log(1), std::log(3)});
  const auto q = of<double>({0, 0});
  CHECK(categorical::divergence<double>(p, q) == Approx(0.25 * std::log(0.5) + 0.75 * std::log(1.5)));
  CHECK(categorical::divergence<double>(q, p) == Approx(0.5 * std::log(2) + 0.5 * std::log(2.0 / 3)));
  CHECK(categorical::divergence<double>(p, p) == 0);
  const std::uint64_t first_two = 0b011;
  const auto masked = of<double>({0, 0, 50}, action_mask{&first_two});
  CHECK(categorical::divergence<double>(masked, masked) == 0);
}
