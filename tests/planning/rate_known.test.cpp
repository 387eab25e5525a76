#include <headroom/planning/rate_known.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <headroom/planning/fifo_steps.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

service_options known_service() {
  return {.interval_s = 10, .service_time = duration::exponential(1), .objective_s = 3};
}

struct known_model {
  replica_moves moves;
  step_table table;

  explicit known_model(double start_intervals, std::size_t samples = 300)
      : moves(replica_moves::starting(1, 4, {-1, 1}, start_intervals)), table([&] {
          fifo_steps model(known_service(), 4);
          return step_table(step_grid(std::vector<double>{0.3, 0.9, 1.8, 2.7}), step_grid::counts(30, 60), model,
                            {.samples = samples});
        }()) {}
};

// What a policy costs over an episode of the model, step by step: the mean of many.
template <class Decide>
double played(const std::vector<double>& rates, const step_prices& prices, Decide&& decide) {
  fifo_steps model(known_service(), 4);
  engine random(8);
  const int episodes = 4'000;
  double cost = 0;
  for (int e = 0; e < episodes; ++e) {
    int wanted = 2;
    int ready = 2;
    double n = 0;
    for (std::size_t k = 0; k < rates.size(); ++k) {
      const int delta = std::clamp(wanted + decide(k, ready, wanted - ready, n), 1, 4) - wanted;
      wanted += delta;
      ready = std::min(ready, wanted);
      const step_sample s = model(static_cast<std::size_t>(ready), rates[k], n, random);
      n = s.in_system;
      cost += (wanted + prices.late * s.late + prices.move * std::abs(delta)) / episodes;
      ready = wanted;  // a start takes one interval
    }
  }
  return cost;
}

const std::vector<double> rush{0.3, 0.3, 0.3, 2.7, 2.7, 2.7, 0.3, 0.3, 0.3, 0.3};

}  // namespace

TEST_CASE("planning.rate_known: what is promised is what an episode costs") {
  const known_model m(1);
  rate_known plan(m.table, m.moves);
  const step_prices prices{.late = 0.3, .move = 0.1};
  plan.plan(rush, prices);
  const double paid = played(rush, prices, [&](std::size_t k, int ready, int starting, double n) {
    return plan.decide(k, ready, starting, n);
  });
  CHECK(plan.promised(2, 0, 0) == Approx(paid).epsilon(0.02));
}

TEST_CASE("planning.rate_known: it asks for replicas before the rush, and no policy that waits for it does better") {
  const known_model m(1);
  rate_known plan(m.table, m.moves);
  const step_prices prices{.late = 0.3};
  plan.plan(rush, prices);
  CHECK(plan.decide(1, 1, 0, 0) == 1);  // they come one at a time
  CHECK(plan.decide(2, 2, 0, 0) == 1);
  CHECK(plan.decide(7, 3, 0, 0) == -1);
  const double paid = played(rush, prices, [&](std::size_t k, int ready, int starting, double n) {
    return plan.decide(k, ready, starting, n);
  });
  double best = std::numeric_limits<double>::infinity();
  for (const double each : {1.0, 2.0, 3.0}) {
    for (const double base : {1.0, 2.0, 3.0, 4.0}) {
      const double reactive = played(rush, prices, [&](std::size_t, int ready, int starting, double n) {
        return std::clamp(static_cast<int>(base + n / each) - ready - starting, -1, 1);
      });
      best = std::min(best, reactive);
    }
  }
  CHECK(paid < 0.98 * best);
}

TEST_CASE("planning.rate_known: a longer start is asked for earlier") {
  const known_model soon(1);
  const known_model late(3);
  rate_known a(soon.table, soon.moves);
  rate_known b(late.table, late.moves);
  const std::vector<double> far{0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 2.7, 2.7, 2.7, 2.7, 2.7};
  const auto first_of = [&](rate_known& plan) {
    plan.plan(far, {.late = 5});
    std::size_t k = 0;
    while (k < far.size() && plan.decide(k, 1, 0, 0) != 1) ++k;
    return k;
  };
  CHECK(first_of(b) < first_of(a));
}

TEST_CASE("planning.rate_known: a decision does not allocate, and after the plan it holds") {
  const known_model m(1, 20);
  rate_known plan(m.table, m.moves);
  CHECK(plan.decide(0, 2, 0, 0) == 0);
  plan.plan(rush, {});
  CHECK(plan.steps() == rush.size());
  CHECK(plan.decide(rush.size(), 1, 0, 50) == 0);
  CHECK(allocations_in([&] { static_cast<void>(plan.decide(3, 1, 1, 4.2)); }) == 0);
  CHECK(allocations_in([&] { plan.plan(rush, {}); }) == 0);
}

TEST_CASE("planning.rate_known: bad input is refused") {
  const known_model m(1, 5);
  rate_known plan(m.table, m.moves);
  CHECK_THROWS_WITH(plan.plan(std::vector<double>{1, -2}, {}),
                    "rate_known: rate is -2, must be zero or more, and finite");
  CHECK_THROWS_AS(plan.plan(rush, {.late = -1}), std::invalid_argument);
}
