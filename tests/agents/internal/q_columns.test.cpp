#include <headroom/agents/internal/q_columns.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/core/types.hpp>

#include "catch.hpp"

using namespace headroom;
using internal::q_columns;

namespace {

constexpr std::size_t columns_stride = 2;
// Three actions of two samples, and the values of the states in a fourth row.
const std::array<float, 8> outputs{1, 5, 4, 5, -2, 3, 10, 20};

q_columns plain_columns() { return {outputs.data(), columns_stride, 3, false}; }
q_columns dueling_columns() { return {outputs.data(), columns_stride, 3, true}; }

}  // namespace

TEST_CASE("a plain head's outputs are the values, a column a sample") {
  const q_columns q = plain_columns();
  REQUIRE(q.value(0, 0) == 1);
  REQUIRE(q.value(1, 0) == 4);
  REQUIRE(q.value(2, 1) == 3);
}

TEST_CASE("a dueling head's values are the state's and what is above the mean advantage") {
  const q_columns q = dueling_columns();
  REQUIRE(q.value(0, 0) == Approx(10 + 1 - 1.0));  // the mean of 1, 4, -2 is 1
  REQUIRE(q.value(1, 0) == Approx(10 + 4 - 1.0));
  REQUIRE(q.value(2, 1) == Approx(20 + 3 - 13.0 / 3));
}

TEST_CASE("the first of equal best actions is found") {
  REQUIRE(plain_columns().best(0) == 1);
  REQUIRE(plain_columns().best(1) == 0);  // 5 and 5
  REQUIRE(dueling_columns().best(0) == 1);
}

TEST_CASE("the best legal action, or none") {
  const q_columns q = plain_columns();
  const auto best_of_mask = [&](std::uint64_t legal) { return q.best_legal(0, action_mask{&legal}); };
  REQUIRE(best_of_mask(0b111) == 1);
  REQUIRE(best_of_mask(0b101) == 0);
  REQUIRE(best_of_mask(0b100) == 2);
  REQUIRE(best_of_mask(0b000) == 3);  // the number of actions: none
  const std::uint64_t both = 0b011;
  REQUIRE(q.best_legal(1, action_mask{&both}) == 0);
}

TEST_CASE("the conservative term and its slope are those of the softmax") {
  const q_columns q = plain_columns();
  std::vector<double> likely(3);
  std::vector<float> gradient(8, 0.0F);
  const std::size_t taken = 2;
  const float slope = 0.5F;
  const double term = q.press_down(gradient.data(), taken, 0, slope, likely);
  const double sum = std::exp(1.0) + std::exp(4.0) + std::exp(-2.0);
  REQUIRE(term == Approx(std::log(sum) + 2.0));
  REQUIRE(gradient[0] == Approx(0.5 * std::exp(1.0) / sum));
  REQUIRE(gradient[2] == Approx(0.5 * std::exp(4.0) / sum));
  REQUIRE(gradient[4] == Approx(0.5 * (std::exp(-2.0) / sum - 1)));
  REQUIRE(gradient[0] + gradient[2] + gradient[4] == Approx(0).margin(1e-6));
  for (const std::size_t other : {1U, 3U, 5U, 6U, 7U}) REQUIRE(gradient[other] == 0);  // the other sample, the value
  // It adds to what stands there already.
  const float before = gradient[2];
  (void)q.press_down(gradient.data(), taken, 0, slope, likely);
  REQUIRE(gradient[2] == Approx(2 * before));
}

TEST_CASE("the conservative term of values far apart is finite") {
  const std::array<float, 2> far_apart{1e30F, -1e30F};
  const q_columns q{far_apart.data(), 1, 2, false};
  std::vector<double> likely(2);
  std::vector<float> gradient(2, 0.0F);
  REQUIRE(std::isfinite(q.press_down(gradient.data(), 1, 0, 1, likely)));
  REQUIRE(gradient[0] == 1);
  REQUIRE(gradient[1] == -1);
}
