#include <headroom/testing/cartpole.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/testing/check_environment.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

void check_near(const cartpole_observation& o, const cartpole_observation& right) {
  CHECK(o.place == Approx(right.place).margin(1e-12));
  CHECK(o.speed == Approx(right.speed).margin(1e-12));
  CHECK(o.angle == Approx(right.angle).margin(1e-12));
  CHECK(o.angular_speed == Approx(right.angular_speed).margin(1e-12));
}

}  // namespace

TEST_CASE("cartpole: a step from rest, by hand") {
  // Upright and at rest: shared = 10 / 1.1; the pole falls back with -shared / (0.5 (4/3 - 0.1 / 1.1)) = -600 / 41
  // rad/s^2, and the cart accelerates by shared + 0.05 * 600 / 41 / 1.1 = 400 / 41 m/s^2. Old speeds, so nothing moves
  // yet.
  STATIC_REQUIRE(Environment<cartpole>);
  cartpole world(1);
  world.start_at({});
  const auto first = world.step(1);
  CHECK(first.status == episode::ongoing);
  CHECK(first.observation.reward == 1);
  check_near(first.observation, {0, 0.02 * 400 / 41, 0, -0.02 * 600 / 41});

  // Whoever pushes back at once ends nearly where it began: at rest to first order, displaced by one speed times 20 ms.
  const auto second = world.step(0).observation;
  CHECK(second.place == Approx(0.02 * 0.02 * 400 / 41).epsilon(1e-12));
  CHECK(second.angle == Approx(-0.02 * 0.02 * 600 / 41).epsilon(1e-12));
  CHECK(second.speed == Approx(0).margin(1e-3));
  CHECK(second.angular_speed == Approx(0).margin(1e-2));
}

TEST_CASE("cartpole: a step from the middle of a fall, by hand") {
  // shared = (-10 + 0.05 * 0.5^2 sin 0.1) / 1.1 = -9.089774620265377
  // angular acceleration = (9.8 sin 0.1 - shared cos 0.1) / (0.5 (4/3 - 0.1 cos^2 0.1 / 1.1)) = 16.12239488535965
  // acceleration = shared - 0.05 * 16.12239488535965 cos 0.1 / 1.1 = -9.818949623228558
  cartpole world(1);
  world.start_at({0.3, -0.4, 0.1, 0.5});
  check_near(world.step(0).observation,
             {0.3 - 0.02 * 0.4, -0.4 - 0.02 * 9.818949623228558, 0.1 + 0.02 * 0.5, 0.5 + 0.02 * 16.12239488535965});
}

TEST_CASE("cartpole: the equations are Newton's and Lagrange's") {
  // From the acceleration of both, read off one step, against the two equations of motion that they solve:
  //   force = total_mass x'' + m l (theta'' cos - theta'^2 sin)
  //   0 = 4/3 m l^2 theta'' + m l x'' cos - m g l sin
  engine random(7);
  for (int k = 0; k < 1'000; ++k) {
    const auto draw = [&](double to) { return uniform(random, -to, to); };
    const cartpole_observation o{draw(2), draw(3), draw(0.2), draw(3)};
    const int action = static_cast<int>(random.below(2));
    cartpole world(1);
    world.start_at(o);
    const auto next = world.step(action).observation;
    const double x = (next.speed - o.speed) / 0.02;
    const double t = (next.angular_speed - o.angular_speed) / 0.02;
    const double s = std::sin(o.angle);
    const double c = std::cos(o.angle);
    const double force = 1.1 * x + 0.05 * (t * c - o.angular_speed * o.angular_speed * s);
    CHECK(force == Approx(action == 1 ? 10 : -10).epsilon(1e-9));
    CHECK(4.0 / 3 * 0.5 * t + x * c == Approx(9.8 * s).margin(1e-9));
  }
}

TEST_CASE("cartpole: left and right are mirror images, to the last bit") {
  cartpole one(1);
  cartpole other(1);
  const cartpole_observation start{0.1, -0.2, 0.03, 0.4};
  one.start_at(start);
  other.start_at({-start.place, -start.speed, -start.angle, -start.angular_speed});
  engine random(8);
  for (;;) {
    const int action = static_cast<int>(random.below(2));
    const auto a = one.step(action);
    const auto b = other.step(1 - action);
    REQUIRE(b.observation == cartpole_observation{-a.observation.place, -a.observation.speed, -a.observation.angle,
                                                  -a.observation.angular_speed, 1});
    REQUIRE(a.status == b.status);
    if (a.status != episode::ongoing) break;
  }
}

TEST_CASE("cartpole: the bounds are 2.4 m and 12 degrees, and crossing them is the end") {
  const auto after = [](const cartpole_observation& o) {
    cartpole world(1);
    world.start_at(o);
    return world.step(1).status;
  };
  CHECK(after({2.39, 0.4, 0, 0}) == episode::ongoing);     // to 2.398
  CHECK(after({2.39, 0.6, 0, 0}) == episode::terminated);  // to 2.402
  CHECK(after({-2.39, -0.4, 0, 0}) == episode::ongoing);
  CHECK(after({-2.39, -0.6, 0, 0}) == episode::terminated);
  const double degree = 3.14159265358979323846 / 180;
  CHECK(after({0, 0, 11.9 * degree, 0}) == episode::ongoing);
  CHECK(after({0, 0, 11.9 * degree, 10 * degree}) == episode::terminated);  // to 12.1
  CHECK(after({0, 0, -11.9 * degree, 0}) == episode::ongoing);
  CHECK(after({0, 0, -11.9 * degree, -10 * degree}) == episode::terminated);
}

TEST_CASE("cartpole: a linear controller holds the pole to the limit of 500 steps, which truncates") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    cartpole world(seed);
    for (int again = 0; again < 2; ++again) {  // the second time as much as the first
      auto o = world.reset();
      std::size_t steps = 0;
      auto status = episode::ongoing;
      while (status == episode::ongoing) {
        const auto next = world.step(o.place + 2 * o.speed + 20 * o.angle + 4 * o.angular_speed > 0 ? 1 : 0);
        o = next.observation;
        status = next.status;
        ++steps;
      }
      CHECK(steps == 500);
      CHECK(status == episode::truncated);
    }
  }
}

TEST_CASE("cartpole: pushing to one side ends between the eighth and the eleventh step") {
  // Pushed to the right, the pole falls to the left: soonest where it leans and turns there already, latest where both
  // are to the right. An episode from anywhere between these corners ends between them.
  const auto steps_from = [](double angle, double angular_speed) {
    cartpole world(1);
    world.start_at({0, 0, angle, angular_speed});
    int steps = 1;
    while (world.step(1).status == episode::ongoing) ++steps;
    return steps;
  };
  CHECK(steps_from(-0.05, -0.05) == 8);
  CHECK(steps_from(-0.05, 0.05) == 8);
  CHECK(steps_from(0.05, -0.05) == 10);
  CHECK(steps_from(0.05, 0.05) == 11);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    cartpole world(seed);
    world.reset();
    int steps = 1;
    while (world.step(1).status == episode::ongoing) ++steps;
    CHECK(steps >= 8);
    CHECK(steps <= 11);
  }
}

TEST_CASE("cartpole: is deterministic, ends, and stays ended, as every environment should") {
  const auto make = [] { return cartpole{42}; };
  for (const auto& actions : {std::vector<int>{1}, std::vector<int>{0, 1, 1}, std::vector<int>{0, 1}}) {
    const auto findings = check_environment(make, actions, {.must_end = true, .step_after_end = true},
                                            &cartpole_observation::place, &cartpole_observation::speed,
                                            &cartpole_observation::angle, &cartpole_observation::angular_speed);
    for (const auto& finding : findings) UNSCOPED_INFO(finding);
    CHECK(findings.empty());
  }

  // A pole that fell just now and is pushed back under the bound is still one that fell.
  cartpole world(1);
  world.start_at({0, 0, 0.2093, 0.02});
  REQUIRE(world.step(0).status == episode::terminated);
  for (int k = 0; k < 10; ++k) {
    const auto next = world.step(1);
    CHECK(next.status == episode::terminated);
    if (k == 9) CHECK(std::abs(next.observation.angle) < cartpole::lean);
  }
}

TEST_CASE("cartpole: begins near the upright rest, and the seed says where") {
  cartpole world(5);
  cartpole again(5);
  cartpole other(6);
  double least = 1;
  double most = -1;
  for (int k = 0; k < 2'000; ++k) {
    const auto o = world.reset();
    for (const double v : {o.place, o.speed, o.angle, o.angular_speed}) {
      least = std::min(least, v);
      most = std::max(most, v);
    }
    CHECK(o.reward == 0);
    CHECK(o == again.reset());
    CHECK_FALSE(o == other.reset());
  }
  // 8000 draws: none below -0.05, none at 0.05 or above; the extremes are within 0.0001 of it with probability 1 -
  // 3e-4.
  CHECK(least >= -0.05);
  CHECK(least < -0.0499);
  CHECK(most < 0.05);
  CHECK(most > 0.0499);
}

TEST_CASE("cartpole: allocates nothing") {
  cartpole world(1);
  CHECK(allocations_in([&] {
          world.reset();
          for (int k = 0; k < 20; ++k) world.step(k % 2);
        }) == 0);
}
