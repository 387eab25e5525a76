#include <headroom/planning/fifo_steps.hpp>

#include <cmath>
#include <vector>

#include <headroom/environments/service.hpp>
#include <headroom/environments/service_simulator.hpp>
#include <headroom/telemetry/erlang.hpp>
#include <headroom/workloads/constant.hpp>
#include <headroom/workloads/poisson.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

service_options exponential_service(int slots) {
  return {.interval_s = 10, .slots = slots, .service_time = duration::exponential(1), .objective_s = 3};
}

struct long_run {
  double late = 0;       // fraction of the requests
  double in_system = 0;  // mean at the ends of intervals
};
// One interval after the other, from what the last one left.
long_run run_of(fifo_steps& model, std::size_t replicas, double rate, double interval_s, int intervals) {
  engine random(3);
  long_run r;
  double n = 0;
  for (int k = 0; k < intervals; ++k) {
    const step_sample s = model(replicas, rate, n, random);
    n = s.in_system;
    r.late += s.late;
    r.in_system += n;
  }
  r.late /= rate * interval_s * intervals;
  r.in_system /= intervals;
  return r;
}

}  // namespace

TEST_CASE("planning.fifo_steps: one server is an M/M/1 queue: requests in it, and those later than the objective") {
  fifo_steps model(exponential_service(1), 1);
  const long_run r = run_of(model, 1, 0.6, 10, 40'000);
  CHECK(r.in_system == Approx(0.6 / 0.4).epsilon(0.03));
  CHECK(r.late == Approx(std::exp(-0.4 * 3)).epsilon(0.03));  // P(sojourn > t) = exp(-(mu - lambda) t)
}

TEST_CASE("planning.fifo_steps: slots of several replicas are the servers of an M/M/c queue") {
  service_options o = exponential_service(2);
  fifo_steps model(o, 4);
  const long_run r = run_of(model, 3, 4.5, 10, 20'000);
  const double busy = 4.5 / 6;
  const double wait = erlang_c(4.5, 6);
  CHECK(r.in_system == Approx(4.5 + wait * busy / (1 - busy)).epsilon(0.03));
  // The sojourn is a service, and with probability `wait` an exponential of rate 6 - 4.5 before it.
  const double t = o.objective_s;
  const double after_wait = (1.5 * std::exp(-t) - std::exp(-1.5 * t)) / 0.5;  // P(exp(1.5) + exp(1) > t)
  CHECK(r.late == Approx((1 - wait) * std::exp(-t) + wait * after_wait).epsilon(0.04));
}

TEST_CASE("planning.fifo_steps: it agrees with the service itself where service times are alike") {
  service_options o = exponential_service(4);
  o.service_time = duration::gamma(1, 0.5);
  o.objective_s = 2;
  o.initial_replicas = 2;
  fifo_steps model(o, 2);
  const long_run r = run_of(model, 2, 6.5, 10, 20'000);
  service world(8, o, poisson_arrivals{constant_load{6.5}, {.duration_s = 100'000}});
  world.reset();
  while (world.step(0).status == episode::ongoing) {
  }
  const auto seen = world.totals();
  CHECK(r.late == Approx(seen.late / seen.arrived).epsilon(0.1));
}

TEST_CASE("planning.fifo_steps: nobody is served without replicas, and nobody comes at rate 0") {
  fifo_steps model(exponential_service(2), 3);
  engine random(1);
  CHECK(model(0, 0, 17, random).in_system == 17);
  CHECK(model(0, 0, 17, random).late == 0);
  const step_sample s = model(3, 0, 4, random);
  CHECK(s.in_system <= 4);
  double mean = 0;
  for (int k = 0; k < 4'000; ++k) mean += model(0, 2, 0, random).in_system / 4'000;
  CHECK(mean == Approx(20).epsilon(0.02));
}

TEST_CASE("planning.fifo_steps: who waits too long leaves, and is late") {
  service_options o = exponential_service(1);
  o.timeout = duration::constant(2);
  o.timeout_in_service = false;
  fifo_steps waits(o, 1);
  // M/M/1 with patience 2, overloaded: nobody waits longer than 2, so the backlog stays small.
  const long_run kept = run_of(waits, 1, 3, 10, 4'000);
  CHECK(kept.in_system < 12);
  CHECK(kept.late > 0.6);
  o.timeout_in_service = true;
  fifo_steps leaves(o, 1);
  const long_run left = run_of(leaves, 1, 0.1, 10, 40'000);
  CHECK(left.late == Approx(std::exp(-0.9 * 2)).epsilon(0.1));  // later than the patience, nearly M/M/1
}

TEST_CASE("planning.fifo_steps: a step does not allocate once its buffers have grown") {
  fifo_steps model(exponential_service(4), 5);
  engine random(1);
  static_cast<void>(model(5, 3, 100, random));
  CHECK(allocations_in([&] {
          for (int k = 0; k < 100; ++k) static_cast<void>(model(5, 3, 90, random));
        }) == 0);
}

TEST_CASE("planning.fifo_steps: a service of another kind is refused") {
  service_options o = exponential_service(1);
  o.order = discipline::queue_each;
  CHECK_THROWS_AS(fifo_steps(o, 3), std::invalid_argument);
  o = exponential_service(1);
  o.contention = 0.5;
  CHECK_THROWS_WITH(fifo_steps(o, 3), "fifo_steps: contention is 0.5, must be 0");
  o = exponential_service(1);
  o.queue_limit = 5;
  CHECK_THROWS_AS(fifo_steps(o, 3), std::invalid_argument);
  CHECK_THROWS_AS(fifo_steps(exponential_service(1), 0), std::invalid_argument);
}
