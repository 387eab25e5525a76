#include <headroom/environments/noisy.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct gauges {
  double queue = 100;
  float load = 50;
  int replicas = 7;
  std::uint8_t level = 0;
  std::int64_t large = 0;
  double untouched = 3;
};

// Stands still at the gauges that it was built with.
struct still {
  using observation_type = gauges;
  using action_type = int;
  gauges value{};
  int steps = 0;

  gauges reset() { return value; }
  step_result<gauges> step(int /*action*/) {
    return {value, ++steps % 10 == 0 ? episode::terminated : episode::ongoing};
  }
};

struct moments {
  double mean = 0;
  double variance = 0;
};

template <class E, class Read>
moments measure(E& world, double true_mean, Read read, int n) {
  moments m;
  for (int i = 0; i < n; ++i) {
    const double x = read(world.step(0).observation);
    m.mean += x / n;
    m.variance += (x - true_mean) * (x - true_mean) / n;
  }
  return m;
}

constexpr int many = 100'000;

void check_normal(const moments& m, double mean, double deviation) {
  CHECK(std::abs(m.mean - mean) < 5 * deviation / std::sqrt(many));
  CHECK(std::abs(m.variance / (deviation * deviation) - 1) < 5 * std::sqrt(2.0 / many));
}

using one_noise = noisy<still, noise<gauges, double>>;

}  // namespace

static_assert(Environment<noisy<still>>);
static_assert(Environment<one_noise>);

TEST_CASE("relative and absolute noise have the deviations that were asked for, and add in quadrature") {
  const auto queue = [](const gauges& g) { return g.queue; };
  noisy relative{still{}, 1, noise{&gauges::queue, {.relative = 0.1}}};
  check_normal(measure(relative, 100, queue, many), 100, 10);
  noisy absolute{still{}, 2, noise{&gauges::queue, {.absolute = 3}}};
  check_normal(measure(absolute, 100, queue, many), 100, 3);
  noisy both{still{}, 3, noise{&gauges::queue, {.relative = 0.03, .absolute = 4}}};
  check_normal(measure(both, 100, queue, many), 100, 5);
}

TEST_CASE("only what was named gets noise, at reset as well, and the status is kept") {
  noisy world{still{}, 1, noise{&gauges::queue, {.absolute = 1}}, noise{&gauges::load, {.absolute = 1}}};
  const gauges first = world.reset();
  CHECK(first.queue != 100);
  CHECK(first.load != 50);
  CHECK(first.replicas == 7);
  CHECK(first.untouched == 3);
  CHECK(std::abs(first.queue - 100) < 6);
  for (int i = 0; i < 9; ++i) CHECK(world.step(0).status == episode::ongoing);
  CHECK(world.step(0).status == episode::terminated);
  CHECK(world.inner().value.queue == 100);
}

TEST_CASE("counts stay whole and do not fall below their floor") {
  noisy world{still{}, 4, noise{&gauges::replicas, {.absolute = 4, .floor = 0}}};
  int least = 100;
  int changed = 0;
  for (int i = 0; i < 2000; ++i) {
    const int replicas = world.step(0).observation.replicas;
    least = std::min(least, replicas);
    changed += replicas != 7 ? 1 : 0;
  }
  CHECK(least == 0);  // 7 is 1.75 deviations: reached, and not passed
  // Rounding gives 7 back with the probability of |x| < 0.5: 0.0995.
  CHECK(std::abs(changed - 2000 * 0.90052) < 5 * std::sqrt(2000 * 0.90052 * 0.09948));
}

TEST_CASE("counts are rounded to the nearest, so that their mean stays") {
  const auto replicas = [](const gauges& g) { return static_cast<double>(g.replicas); };
  still world;
  world.value.replicas = 1000;
  noisy blurred{world, 6, noise{&gauges::replicas, {.absolute = 4}}};
  // Rounding to a grid of 1 adds a twelfth to the variance.
  check_normal(measure(blurred, 1000, replicas, many), 1000, std::sqrt(16 + 1.0 / 12));
}

TEST_CASE("integers stay within their type") {
  still world;
  world.value.level = 250;
  world.value.large = std::numeric_limits<std::int64_t>::max();
  noisy blurred{world, 5, noise{&gauges::level, {.absolute = 300}}, noise{&gauges::large, {.relative = 1}}};
  int at_zero = 0;
  int at_top = 0;
  int beyond = 0;
  for (int i = 0; i < 2000; ++i) {
    const gauges g = blurred.step(0).observation;
    at_zero += g.level == 0 ? 1 : 0;
    at_top += g.level == 255 ? 1 : 0;
    beyond += g.large == std::numeric_limits<std::int64_t>::max() ? 1 : 0;
  }
  CHECK(at_zero > 0);
  CHECK(at_top > 0);
  CHECK(std::abs(beyond - 1000) < 5 * std::sqrt(500));  // a half of the draws is above the largest number
}

TEST_CASE("what is not finite stays for the encoder to refuse") {
  still world;
  world.value.queue = std::nan("");
  noisy blurred{world, 1, noise{&gauges::queue, {.relative = 1, .absolute = 1, .floor = 0}}};
  CHECK(std::isnan(blurred.reset().queue));
  world.value.queue = std::numeric_limits<double>::infinity();
  noisy infinite{world, 1, noise{&gauges::queue, {.relative = 0, .absolute = 1}}};
  CHECK(std::isinf(infinite.reset().queue));
}

TEST_CASE("noise is a function of the seed, and not of what is observed") {
  one_noise a{still{}, 7, noise{&gauges::queue, {.absolute = 1}}};
  still other;
  other.value.queue = 0;
  one_noise b{other, 7, noise{&gauges::queue, {.absolute = 1}}};
  one_noise c{still{}, 8, noise{&gauges::queue, {.absolute = 1}}};
  a.reset();
  b.reset();
  c.reset();
  for (int i = 0; i < 5; ++i) {
    const double x = a.step(0).observation.queue;
    CHECK(x == Approx(100 + b.step(0).observation.queue).epsilon(1e-14));
    CHECK(x != c.step(0).observation.queue);
  }
}

TEST_CASE("another episode gets other errors") {
  one_noise world{still{}, 7, noise{&gauges::queue, {.absolute = 1}}};
  const double first = world.reset().queue;
  CHECK(world.reset().queue != first);
}

TEST_CASE("the noise is not what an environment with the same seed draws as its own") {
  one_noise world{still{}, 7, noise{&gauges::queue, {.absolute = 1}}};
  engine theirs(7, stream::noise);
  CHECK(world.reset().queue != 100 + normal(theirs));
}

TEST_CASE("noise refuses negative deviations and a floor that is no number") {
  CHECK_THROWS_WITH((noise{&gauges::queue, {.relative = -0.1}}),
                    "noise: relative is -0.1, must be zero or more, and finite");
  CHECK_THROWS_WITH((noise{&gauges::queue, {.absolute = -1}}),
                    "noise: absolute is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH((noise{&gauges::queue, {.floor = std::nan("")}}),
                    "noise: floor is nan, must be a number below infinity");
}
