#include <headroom/planning/step_table.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

// Course c serves c requests an interval; the rate comes, one more or one less; whatever stays is late.
struct fluid_steps {
  [[nodiscard]] std::size_t courses() const { return 4; }
  step_sample operator()(std::size_t course, double rate, double in_system, engine& random) const {
    const double left =
        std::max(0.0, in_system + rate - static_cast<double>(course) + (random.uniform() < 0.5 ? 1 : -1));
    return {left, left};
  }
};

struct broken_steps {
  double late = 0;
  double left = 0;
  [[nodiscard]] std::size_t courses() const { return 1; }
  step_sample operator()(std::size_t, double, double, engine&) const { return {late, left}; }
};

step_table fluid(std::size_t samples = 400) {
  fluid_steps model;
  return {step_grid(std::vector<double>{1, 2, 3}), step_grid::counts(4, 20, 0.3), model, {.samples = samples}};
}

}  // namespace

TEST_CASE("planning.step_table: what may come next has probability 1, and the mean that was drawn") {
  const step_table t = fluid();
  for (std::size_t i = 0; i < t.rates().size(); ++i) {
    for (std::size_t c = 0; c < t.courses(); ++c) {
      for (std::size_t j = 0; j < t.in_system().size(); ++j) {
        double sum = 0;
        double mean = 0;
        for (std::size_t k = 0; k < t.in_system().size(); ++k) {
          sum += t.probability(i, c, j, k);
          mean += t.probability(i, c, j, k) * t.in_system()[k];
        }
        CAPTURE(i, c, j);
        CHECK(sum == Approx(1));
        if (t.in_system()[j] + 4 < t.in_system().values().back()) CHECK(mean == Approx(t.late(i, c, j)).margin(1e-9));
      }
    }
  }
  CHECK(t.late(0, 1, 3) == Approx(3).margin(0.2));  // 3 there, 1 comes, 1 is served
  CHECK(t.probability(0, 1, 3, 2) == Approx(0.5).margin(0.1));
  CHECK(t.probability(0, 1, 3, 4) == Approx(0.5).margin(0.1));
  CHECK(t.probability(0, 1, 3, 3) == 0);
}

TEST_CASE("planning.step_table: what is more than the grid holds is lost, and late") {
  struct {
    [[nodiscard]] std::size_t courses() const { return 1; }
    step_sample operator()(std::size_t, double rate, double in_system, engine&) const { return {2, in_system + rate}; }
  } grows;
  const step_table t(step_grid(std::vector<double>{3, 5}), step_grid(std::vector<double>{0, 10, 20}), grows);
  CHECK(t.late(0, 0, 1) == Approx(2));
  CHECK(t.late(0, 0, 2) == Approx(2 + 3));
  CHECK(t.late(1, 0, 2) == Approx(2 + 5));
  CHECK(t.probability(1, 0, 2, 2) == Approx(1));
}

TEST_CASE("planning.step_table: what is expected is the sum over what may come next") {
  const step_table t = fluid();
  const std::size_t n = t.in_system().size();
  std::vector<double> next(n);
  for (std::size_t k = 0; k < n; ++k) next[k] = std::sin(static_cast<double>(k));
  std::vector<double> out(n, 1.0);
  t.add_expected(2, 1, 0.25, 3, next, out);
  for (std::size_t j = 0; j < n; ++j) {
    double sum = 3 * t.late(2, 1, j);
    for (std::size_t k = 0; k < n; ++k) sum += t.probability(2, 1, j, k) * next[k];
    CHECK(out[j] == Approx(1 + 0.25 * sum));
  }
  CHECK(allocations_in([&] { t.add_expected(2, 1, 0.25, 3, next, out); }) == 0);
}

TEST_CASE("planning.step_table: entries of one rate share their random numbers") {
  const step_table t = fluid(3);  // so few samples that chance would tell
  for (std::size_t j = 4; j + 2 < t.in_system().size(); ++j) {
    CHECK(t.late(1, 1, j) - t.late(1, 2, j) == Approx(1));  // one more served is one less late, exactly
  }
}

TEST_CASE("planning.step_table: the same seed draws the same table, another seed another") {
  fluid_steps model;
  const step_grid rates(std::vector<double>{1, 2});
  const step_grid in_system = step_grid::counts(4, 8);
  const step_table a(rates, in_system, model, {.samples = 9, .seed = 4});
  const step_table b(rates, in_system, model, {.samples = 9, .seed = 4});
  const step_table c(rates, in_system, model, {.samples = 9, .seed = 5});
  int differ = 0;
  for (std::size_t j = 0; j < in_system.size(); ++j) {
    CHECK(a.late(1, 1, j) == b.late(1, 1, j));
    differ += a.late(1, 1, j) != c.late(1, 1, j) ? 1 : 0;
  }
  CHECK(differ > 0);
}

TEST_CASE("planning.step_table: bad input is refused") {
  fluid_steps model;
  const step_grid good(std::vector<double>{1, 2});
  CHECK_THROWS_WITH(step_table(good, good, model, {.samples = 0}),
                    "step_table: samples is 0, must be from 1 to 10000000");
  CHECK_THROWS_AS(step_table(step_grid(std::vector<double>{-1, 2}), good, model), std::invalid_argument);
  CHECK_THROWS_AS(step_table(good, step_grid(std::vector<double>{-1, 2}), model), std::invalid_argument);
  broken_steps late{.late = std::numeric_limits<double>::quiet_NaN()};
  CHECK_THROWS_AS(step_table(good, good, late), std::invalid_argument);
  broken_steps left{.left = -1};
  CHECK_THROWS_WITH(step_table(good, good, left),
                    "step_table: number in the system that the model draws is -1, must be zero or more, and finite");
}
