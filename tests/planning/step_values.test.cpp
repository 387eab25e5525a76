#include <headroom/planning/step_values.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <headroom/planning/fifo_steps.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

// At each rate and course the next of three numbers in the system has fixed probabilities, which a count of calls deals
// out exactly: of 10 samples so many.
struct dealt_steps {
  int call = 0;
  [[nodiscard]] std::size_t courses() const { return 4; }  // 1 or 2 replicas, each with two moves
  step_sample operator()(std::size_t course, double rate, double in_system, engine&) {
    const int k = call++ % 10;
    // More come at a higher rate, fewer stay behind more replicas; which course has which is irregular on purpose.
    const double strength[] = {0.9, 1.7, 2.4, 1.2};
    const double left = in_system + rate - strength[course];
    const double likely = std::min(2.0, std::max(0.0, std::round(left)));
    const double next = k < 6 ? likely : k < 8 ? std::min(2.0, likely + 1) : 0;
    return {std::max(0.0, left) + 0.1 * k, next};
  }
};

constexpr std::size_t two_rates = 2;
const std::vector<double> tiny_chain{0.8, 0.2, 0.3, 0.7};
const step_prices tiny_prices{.late = 0.7, .move = 0.4};

step_table tiny_table() {
  dealt_steps model;
  return {step_grid(std::vector<double>{0.8, 2}), step_grid(std::vector<double>{0, 1, 2}), model, {.samples = 10}};
}

// The mean cost of an interval under one policy, by the powers of its chain. `policy` has one bit for each state: the
// number of its option.
double cost_of(const step_table& t, const replica_moves& m, unsigned policy) {
  const std::size_t states = two_rates * m.states() * 3;
  const auto index = [&](std::size_t i, std::size_t x, std::size_t j) { return (i * m.states() + x) * 3 + j; };
  std::vector<double> here(states, 1.0 / static_cast<double>(states));
  double cost = 0;
  for (int sweep = 0; sweep < 300; ++sweep) {
    std::vector<double> there(states);
    cost = 0;
    for (std::size_t i = 0; i < two_rates; ++i) {
      for (std::size_t x = 0; x < m.states(); ++x) {
        for (std::size_t j = 0; j < 3; ++j) {
          const double p = here[index(i, x, j)];
          const auto o = m.options(x)[(policy >> index(i, x, j)) & 1U];
          const auto path = m.paths(o.choice)[0];
          cost += p * (m.wanted(o.choice) + tiny_prices.late * t.late(i, path.course, j) +
                       tiny_prices.move * std::abs(o.delta));
          for (std::size_t i2 = 0; i2 < two_rates; ++i2) {
            for (std::size_t k = 0; k < 3; ++k) {
              there[index(i2, path.state, k)] +=
                  p * tiny_chain[i * two_rates + i2] * t.probability(i, path.course, j, k);
            }
          }
        }
      }
    }
    double sum = 0;  // 1, but for the rounding of the table's floats
    for (const double p : there) sum += p;
    for (std::size_t k = 0; k < states; ++k) here[k] = there[k] / sum;
  }
  return cost;
}

step_table queue_table(int slots, int most, double rate, std::size_t samples) {
  fifo_steps model({.interval_s = 10, .slots = slots, .service_time = duration::exponential(1), .objective_s = 3},
                   most);
  return {step_grid(std::vector<double>{rate, 2 * rate}), step_grid::counts(30, 60), model, {.samples = samples}};
}
const std::vector<double> to_the_first{1, 0, 1, 0};

}  // namespace

TEST_CASE("planning.step_values: of all policies of a tiny model it finds the best") {
  const step_table t = tiny_table();
  const replica_moves m = replica_moves::at_once(1, 2, {-1, 1});
  double best = std::numeric_limits<double>::infinity();
  for (unsigned policy = 0; policy < 4096; ++policy) best = std::min(best, cost_of(t, m, policy));
  step_values plan(t, m);
  const auto r = plan.solve(tiny_chain, tiny_prices, {.tolerance = 1e-9});
  CHECK(r.converged);
  CHECK(r.lower == Approx(best).epsilon(1e-6));
  CHECK(r.upper == Approx(best).epsilon(1e-6));
  // And its own choices are those of a policy that costs as much.
  unsigned chosen = 0;
  for (std::size_t i = 0; i < two_rates; ++i) {
    const auto choices = plan.choices().subspan(i * m.choices() * 3, m.choices() * 3);
    for (std::size_t x = 0; x < m.states(); ++x) {
      for (std::size_t j = 0; j < 3; ++j) {
        if (plan.best(choices, x, j, tiny_prices.move).option == 1) chosen |= 1U << ((i * m.states() + x) * 3 + j);
      }
    }
  }
  CHECK(cost_of(t, m, chosen) == Approx(best).epsilon(1e-6));
}

TEST_CASE("planning.step_values: an M/M/1 queue that nobody may change costs what theory says") {
  const step_table t = queue_table(1, 1, 0.6, 4'000);
  const replica_moves m = replica_moves::starting(1, 1, {}, 1);
  step_values plan(t, m);
  const auto r = plan.solve(to_the_first, {.late = 5});
  CHECK(r.converged);
  CHECK(r.lower <= r.upper);
  CHECK(r.lower == Approx(1 + 5 * 0.6 * 10 * std::exp(-0.4 * 3)).epsilon(0.04));
}

TEST_CASE("planning.step_values: moves that cost make it dearer, up to the best constant") {
  const step_table t = queue_table(1, 3, 0.9, 500);
  const replica_moves m = replica_moves::starting(1, 3, {-1, 1}, 1);
  step_values plan(t, m);
  const double free = plan.solve(to_the_first, {.late = 0.15}).upper;
  const double bound = plan.solve(to_the_first, {.late = 0.15, .move = 0.5}).lower;
  CHECK(free < bound);  // a price can only make it dearer
  // The best constant: what each number of replicas costs when it may never change, found from its own chain.
  double constant = std::numeric_limits<double>::infinity();
  for (int w = 1; w <= 3; ++w) {
    const replica_moves alone = replica_moves::starting(w, w, {}, 1);
    fifo_steps model({.interval_s = 10, .service_time = duration::exponential(1), .objective_s = 3}, w);
    const step_table own(t.rates(), t.in_system(), model, {.samples = 500});
    constant = std::min(constant, step_values(own, alone).solve(to_the_first, {.late = 0.15}).lower);
  }
  CHECK(bound < constant * 1.001);
  CHECK(free < 0.99 * constant);
  CHECK(plan.solve(to_the_first, {.late = 0.15, .move = 50}).lower == Approx(constant).epsilon(0.002));
}

TEST_CASE("planning.step_values: the bounds close in on the cost, and a chain with a period converges") {
  const step_table t = tiny_table();
  const replica_moves m = replica_moves::at_once(1, 2, {-1, 1});
  double width = std::numeric_limits<double>::infinity();
  for (const std::size_t most : {2U, 8U, 32U}) {
    step_values plan(t, m);
    const auto r = plan.solve(tiny_chain, tiny_prices, {.tolerance = 1e-12, .most = most});
    CHECK(r.upper - r.lower < width);
    CHECK(r.sweeps == most);
    CHECK_FALSE(r.converged);
    width = r.upper - r.lower;
  }
  step_values turns(t, m);
  CHECK(turns.solve(std::vector<double>{0, 1, 1, 0}, tiny_prices).converged);
}

TEST_CASE("planning.step_values: a second price begins where the first ended") {
  const step_table t = queue_table(1, 3, 0.9, 50);
  const replica_moves m = replica_moves::starting(1, 3, {-1, 1}, 2);
  step_values plan(t, m);
  const auto first = plan.solve(to_the_first, {.late = 2});
  const auto again = plan.solve(to_the_first, {.late = 2});
  CHECK(again.sweeps <= 2);
  CHECK(first.sweeps > again.sweeps);
  CHECK(again.lower == Approx(first.lower).epsilon(0.01));
  plan.forget();
  const auto anew = plan.solve(to_the_first, {.late = 2});
  CHECK(anew.sweeps == first.sweeps);
  CHECK(anew.lower == first.lower);
}

TEST_CASE("planning.step_values: a late request that is worth nothing is not paid for") {
  const step_table t = queue_table(1, 3, 0.9, 50);
  const replica_moves m = replica_moves::starting(1, 3, {-1, 1}, 1);
  step_values plan(t, m);
  const std::vector<double> nothing{0, 0};
  CHECK(plan.solve(to_the_first, {.late = 2}, {}, nothing).upper == Approx(1).epsilon(0.01));
  const std::vector<double> twice{2, 2};
  const double dear = plan.solve(to_the_first, {.late = 2}, {}, twice).lower;
  CHECK(dear == Approx(plan.solve(to_the_first, {.late = 4}).lower).epsilon(0.01));
}

TEST_CASE("planning.step_values: backward induction over many steps comes to the mean cost of an interval") {
  const step_table t = queue_table(1, 3, 0.9, 200);
  const replica_moves m = replica_moves::starting(1, 3, {-1, 1}, 1);
  step_values plan(t, m);
  const step_prices prices{.late = 2, .move = 0.1};
  const auto r = plan.solve(to_the_first, prices, {.tolerance = 1e-6, .most = 5'000});
  const std::size_t n = t.in_system().size();
  std::vector<double> now(m.states() * n);
  std::vector<double> next(m.states() * n);
  std::vector<double> choices(m.choices() * n);
  for (int k = 0; k < 400; ++k) {
    plan.back(0.9, prices, next, choices, now);
    now.swap(next);
  }
  const double before = next[0];
  CHECK(allocations_in([&] { plan.back(0.9, prices, next, choices, now); }) == 0);
  CHECK(now[0] - before == Approx((r.lower + r.upper) / 2).epsilon(1e-3));
  // A rate between two of the grid costs the mean of both.
  std::vector<double> low(now.size());
  std::vector<double> high(now.size());
  std::vector<double> of_low(choices.size());
  std::vector<double> of_high(choices.size());
  plan.back(0.9, prices, next, of_low, low);
  plan.back(1.8, prices, next, of_high, high);
  plan.back(0.9 + 0.25 * 0.9, prices, next, choices, now);
  for (std::size_t k = 0; k < choices.size(); ++k) CHECK(choices[k] == Approx(0.75 * of_low[k] + 0.25 * of_high[k]));
}

TEST_CASE("planning.step_values: bad input is refused") {
  const step_table t = tiny_table();
  CHECK_THROWS_WITH(step_values(t, replica_moves::at_once(1, 3, {-1, 1})),
                    "step_values: number of courses of the table is 4, must be that of the moves, 7");
  const replica_moves m = replica_moves::at_once(1, 2, {-1, 1});
  step_values plan(t, m);
  CHECK_THROWS_WITH(plan.solve(std::vector<double>{1, 0, 0}, {}), "step_values: size of the chain is 3, must be 4");
  CHECK_THROWS_WITH(plan.solve(std::vector<double>{1, 0, 0.5, 0.6}, {}),
                    "step_values: sum of row 1 of the chain is 1.1, must be 1");
  CHECK_THROWS_AS(plan.solve(std::vector<double>{1.5, -0.5, 0, 1}, {}), std::invalid_argument);
  CHECK_THROWS_AS(plan.solve(tiny_chain, {.late = -1}), std::invalid_argument);
  CHECK_THROWS_AS(plan.solve(tiny_chain, {.move = std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
  CHECK_THROWS_AS(plan.solve(tiny_chain, {}, {.tolerance = 0}), std::invalid_argument);
  CHECK_THROWS_AS(plan.solve(tiny_chain, {}, {.most = 0}), std::invalid_argument);
  CHECK_THROWS_AS(plan.solve(tiny_chain, {}, {.pace = 0}), std::invalid_argument);
  CHECK_THROWS_AS(plan.solve(tiny_chain, {}, {}, std::vector<double>{1}), std::invalid_argument);
}
