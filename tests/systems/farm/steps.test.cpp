#include <headroom/systems/farm/steps.hpp>

#include <cmath>
#include <vector>

#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/signals.hpp>
#include <headroom/workloads/constant.hpp>
#include <headroom/workloads/poisson.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct outcome {
  double late = 0;       // fraction
  double in_system = 0;  // at the ends of steps
};

constexpr int steps_played = 4'000;

// The farm itself, under a constant load, with moves in turn.
outcome farm_of(int workers, double rate, const std::vector<int>& moves, farm::options o = {}) {
  o.initial_workers = workers;
  o.max_steps = steps_played;
  farm::environment world(3, o, poisson_arrivals{constant_load{rate}, {.duration_s = 8.2 * steps_played}});
  world.reset();
  outcome r;
  for (std::size_t k = 0;; ++k) {
    const auto s = world.step(moves[k % moves.size()]);
    r.in_system += farm::concurrency(s.observation) / steps_played;
    r.late = 1 - s.observation.final_qos;
    if (s.status != episode::ongoing) return r;
  }
}
// The model of a step, one after the other.
outcome model_of(int workers, double rate, const std::vector<int>& moves, const farm::options& o = {}) {
  const replica_moves m = replica_moves::at_once(1, 20, moves);
  farm::steps step(o, m);
  engine random(5);
  outcome r;
  double n = 0;
  double late = 0;
  int now = workers;
  for (std::size_t k = 0; k < steps_played; ++k) {
    const int delta = moves[k % moves.size()];
    std::size_t course = 0;
    while (m.course(course).ready != now || m.course(course).delta != delta) ++course;
    const step_sample s = step(course, rate, n, random);
    n = s.in_system;
    now += delta;
    late += s.late;
    r.in_system += n / steps_played;
  }
  r.late = late / (rate * 8.05 * steps_played);
  return r;
}

}  // namespace

TEST_CASE("farm.steps: a constant number of workers is as late as on the farm, from idle to crowded") {
  struct {
    int workers;
    double rate;
  } const cells[] = {{14, 7.5}, {16, 7.5}, {20, 7.5}, {4, 1.5}, {6, 1.5}, {10, 5}, {2, 0.5}};
  for (const auto& c : cells) {
    const outcome real = farm_of(c.workers, c.rate, {0});
    const outcome model = model_of(c.workers, c.rate, {0});
    CAPTURE(c.workers, c.rate, real.late, model.late, real.in_system, model.in_system);
    CHECK(model.late == Approx(real.late).epsilon(0.15).margin(0.001));
    CHECK(model.in_system == Approx(real.in_system).epsilon(0.05));
  }
}

TEST_CASE("farm.steps: workers that come and go within a step count for as long as on the farm") {
  const std::vector<int> turns{1, 1, -1, -1};
  const outcome real = farm_of(11, 6.5, turns);
  const outcome model = model_of(11, 6.5, turns);
  CAPTURE(real.late, model.late, real.in_system, model.in_system);
  CHECK(model.late == Approx(real.late).epsilon(0.15));
  CHECK(model.in_system == Approx(real.in_system).epsilon(0.05));
}

TEST_CASE("farm.steps: without blocking calls all workers come at once") {
  farm::options o;
  o.block_on_scaling = false;
  const std::vector<int> turns{4, -4};
  const outcome real = farm_of(9, 6.5, turns, o);
  const outcome model = model_of(9, 6.5, turns, o);
  CAPTURE(real.late, model.late, real.in_system, model.in_system);
  CHECK(model.late == Approx(real.late).epsilon(0.15));
  CHECK(model.in_system == Approx(real.in_system).epsilon(0.05));
}

TEST_CASE("farm.steps: no request, no change; and a step does not allocate") {
  const replica_moves m = replica_moves::at_once(1, 20, {-1, 1});
  farm::steps step({}, m);
  engine random(1);
  CHECK(step(0, 0, 0, random).in_system == 0);
  CHECK(step(0, 0, 0, random).late == 0);
  static_cast<void>(step(30, 9, 60, random));
  CHECK(allocations_in([&] {
          for (int k = 0; k < 50; ++k) static_cast<void>(step(30, 7, 50, random));
        }) == 0);
}

TEST_CASE("farm.steps: more workers than the farm may have are refused") {
  const replica_moves m = replica_moves::at_once(1, 40, {1});
  CHECK_THROWS_WITH(farm::steps({}, m),
                    "farm::steps: largest number of workers is 40, must be at most max_workers, 32");
}
