#include <headroom/systems/farm/relaxation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/planning/clairvoyant.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

static_assert(Relaxation<farm::relaxation>);

struct seen {
  std::vector<double> workers;
  std::vector<double> time_s;
  double missed = 0;  // of all requests
};

seen play(farm::environment& world, const std::vector<int>& schedule) {
  seen s;
  world.replay();
  for (std::size_t k = 0;; ++k) {
    const auto r = world.step(k < schedule.size() ? schedule[k] : 0);
    s.workers.push_back(r.observation.workers);
    s.time_s.push_back(r.observation.time_s);
    s.missed = (1 - r.observation.final_qos_all) * static_cast<double>(world.service_times().size());
    if (r.status != episode::ongoing) return s;
  }
}

std::vector<int> drawn(engine& random, std::size_t steps, const std::vector<int>& moves) {
  std::vector<int> schedule(steps);
  for (int& move : schedule) move = moves[random.below(moves.size())];
  return schedule;
}

// Every schedule of so many steps, the best of them.
double least(farm::environment& world, std::size_t steps, double price) {
  double best = 1e300;
  std::vector<int> schedule(steps, -1);
  for (;;) {
    const seen s = play(world, schedule);
    double workers = 0;
    for (const double w : s.workers) workers += w / static_cast<double>(s.workers.size());
    best = std::min(best, workers + price * s.missed / static_cast<double>(world.service_times().size()));
    std::size_t k = 0;
    while (k < steps && schedule[k] == 1) schedule[k++] = -1;
    if (k == steps) return best;
    ++schedule[k];
  }
}

}  // namespace

TEST_CASE("a relaxed farm has the farm's workers and clock, and never misses more") {
  engine random(7);
  double slack = 0;
  double met = 0;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    farm::options options;
    options.block_on_scaling = seed % 5 != 0;
    options.initial_workers = seed % 3 == 0 ? 4 : 12;
    farm::environment world(seed, options);
    const farm::relaxation relaxed(world, world.reset());
    for (int trial = 0; trial < 20; ++trial) {
      const std::vector<int> schedule = drawn(random, options.max_steps, relaxed.moves());
      const seen real = play(world, schedule);
      farm::relaxation::state_type s;
      relaxed.start(s);
      double missed = 0;
      for (std::size_t k = 0; k < real.workers.size(); ++k) {
        missed += relaxed.step(s, schedule[k], k);
        REQUIRE(static_cast<double>(relaxed.replicas(s)) == real.workers[k]);
        REQUIRE(s.early_s <= real.time_s[k] + 1e-9);
        REQUIRE(s.late_s >= real.time_s[k] - 1e-9);
        REQUIRE(s.late_s - s.early_s < 1e-9);  // moves of one worker leave the clock no doubt
        REQUIRE(std::is_sorted(s.free_s.begin(), s.free_s.end()));
      }
      REQUIRE((real.workers.size() == options.max_steps || relaxed.may_end(s)));
      farm::relaxation::state_type last = s;
      missed += relaxed.end(last);
      REQUIRE(missed <= real.missed);
      REQUIRE(relaxed.certain(s) <= real.missed);
      slack += real.missed - missed;
      met += missed;
    }
  }
  CHECK(met > 0);    // the relaxation misses requests itself
  CHECK(slack > 0);  // and is not the farm
}

TEST_CASE("larger moves leave the clock an interval that holds the farm's") {
  engine random(8);
  double widest = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    farm::environment world(seed);
    const farm::relaxation relaxed(world, world.reset(), {-4, -2, -1, 0, 1, 2, 4});
    for (int trial = 0; trial < 20; ++trial) {
      const std::vector<int> schedule = drawn(random, 30, relaxed.moves());
      const seen real = play(world, schedule);
      farm::relaxation::state_type s;
      relaxed.start(s);
      double missed = 0;
      for (std::size_t k = 0; k < real.workers.size(); ++k) {
        missed += relaxed.step(s, schedule[k], k);
        REQUIRE(static_cast<double>(relaxed.replicas(s)) == real.workers[k]);
        REQUIRE(s.early_s <= real.time_s[k] + 1e-9);
        REQUIRE(s.late_s >= real.time_s[k] - 1e-9);
      }
      widest = std::max(widest, s.late_s - s.early_s);
      REQUIRE(missed + relaxed.end(s) <= real.missed);
    }
  }
  CHECK(widest > 1);
}

TEST_CASE("a merged state is nowhere worse than the two it was made of, and covers both") {
  engine random(9);
  std::size_t merges = 0;
  std::size_t ordered = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    farm::environment world(seed);
    const farm::relaxation relaxed(world, world.reset());
    for (int trial = 0; trial < 200; ++trial) {
      const std::size_t half = 5 + random.below(20);
      farm::relaxation::state_type a;
      farm::relaxation::state_type b;
      relaxed.start(a);
      relaxed.start(b);
      // One shrinks first and comes back, the other grows first: as many workers, another queue.
      std::vector<int> one = drawn(random, half, relaxed.moves());
      std::vector<int> other = one;
      std::sort(one.begin(), one.end());
      std::sort(other.begin(), other.end(), std::greater<>());
      for (std::size_t k = 0; k < half; ++k) {
        static_cast<void>(relaxed.step(a, one[k], k));
        static_cast<void>(relaxed.step(b, other[k], k));
      }
      if (relaxed.replicas(a) != relaxed.replicas(b)) continue;  // clipped
      farm::relaxation::state_type m = a;
      relaxed.merge(m, b);
      ++merges;
      REQUIRE(relaxed.covers(m, a));
      REQUIRE(relaxed.covers(m, b));
      const bool better = relaxed.covers(a, b);
      const bool worse = relaxed.covers(b, a);
      ordered += better != worse ? 1U : 0U;
      const double unseen_a = relaxed.forgotten(a, m);
      const double unseen_b = relaxed.forgotten(b, m);
      double of_a = 0;
      double of_b = 0;
      double of_m = 0;
      for (std::size_t k = half; k < relaxed.steps(); ++k) {
        const int move = relaxed.moves()[random.below(3)];
        of_a += relaxed.step(a, move, k);
        of_b += relaxed.step(b, move, k);
        of_m += relaxed.step(m, move, k);
      }
      of_a += relaxed.end(a);
      of_b += relaxed.end(b);
      of_m += relaxed.end(m);
      REQUIRE(of_m <= of_a - unseen_a);
      REQUIRE(of_m <= of_b - unseen_b);
      REQUIRE((!better || of_a <= of_b));
      REQUIRE((!worse || of_b <= of_a));
    }
  }
  CHECK(merges > 1'000);
  CHECK(ordered > 100);
}

TEST_CASE("the bound lies under the best of all schedules of a short episode") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    farm::options options;
    options.max_steps = 6;
    options.initial_workers = 8;
    farm::environment world(seed, options);
    const farm::relaxation relaxed(world, world.reset());
    for (const double price : {10.0, 100.0, 1000.0}) {
      const double best = least(world, options.max_steps, price);
      for (const std::size_t width : {1U, 8U}) {
        relaxed_search<farm::relaxation> search(width);
        search.begin(relaxed);
        const double bound = search.bound(price);
        CHECK(bound <= best);
        CHECK(bound > 3);  // a bound of nothing would pass, too: three workers are what six steps down leave on average
      }
    }
  }
}

TEST_CASE("an episode without a request has missed everything, as the farm counts it") {
  farm::environment world(1, {}, [](std::uint64_t, arrivals& out) { out.clear(); });
  const farm::relaxation relaxed(world, world.reset());
  farm::relaxation::state_type s;
  relaxed.start(s);
  CHECK(relaxed.step(s, -1, 0) == 0);
  CHECK(relaxed.may_end(s));
  CHECK(relaxed.end(s) == 1);
  CHECK(relaxed.requests() == 1);
  CHECK(world.step(0).observation.final_qos_all == 0);
}

TEST_CASE("impossible moves of a relaxed farm are refused") {
  farm::environment world(1);
  const farm::observation first = world.reset();
  CHECK_THROWS_WITH(farm::relaxation(world, first, {}), "farm::relaxation: number of moves is 0, must be at least 1");
  CHECK_THROWS_WITH(farm::relaxation(world, first, {33}),
                    "farm::relaxation: move is 33, must not be more than the maximum of workers");
}

TEST_CASE("an episode may be over when the latest time that a state allows is late enough, whatever its earliest is") {
  farm::environment world(3);
  const farm::relaxation relaxed(world, world.reset(), {-3, 0, 3});
  farm::relaxation::state_type s;
  relaxed.start(s);
  CHECK_FALSE(relaxed.may_end(s));
  s.early_s = 0;
  s.late_s = 1e9;
  CHECK(relaxed.may_end(s));
}

TEST_CASE("a merged state pays for the requests that it has forgotten: the bound stays as high as it was measured") {
  // Without that payment the bounds are still sound, and much lower: 4.332 and 5.059 instead of these.
  const double measured[] = {5.259830611, 5.165692008};
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    farm::environment world(seed);
    const farm::relaxation relaxed(world, world.reset(), {-3, -1, 0, 1, 3});
    relaxed_search<farm::relaxation> search(8);
    search.begin(relaxed);
    CHECK(search.bound(50) == Approx(measured[seed - 1]).epsilon(1e-9));
  }
}
