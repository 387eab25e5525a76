#include <headroom/planning/clairvoyant.hpp>

#include <cstddef>
#include <limits>
#include <vector>

#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/relaxation.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

schedule_outcome replay(farm::environment& world, const std::vector<int>& schedule) {
  world.replay();
  double workers = 0;
  for (std::size_t k = 0;; ++k) {
    const auto r = world.step(k < schedule.size() ? schedule[k] : 0);
    workers += r.observation.workers;
    if (r.status != episode::ongoing) return {workers / static_cast<double>(k + 1), 1 - r.observation.final_qos_all};
  }
}

std::vector<clairvoyant_point> made_up(double bound_low, double bound_high, schedule_outcome low,
                                       schedule_outcome high) {
  return {{.price = 10, .bound = bound_low, .exact = true, .found = low, .schedule = {}},
          {.price = 100, .bound = bound_high, .exact = false, .found = high, .schedule = {}}};
}

}  // namespace

TEST_CASE("a clairvoyant search gives schedules that do in the farm what it says, above its bounds") {
  clairvoyant<farm::relaxation> search({.prices = {50, 200, 1000}});
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    farm::environment world(seed);
    const farm::relaxation relaxed(world, world.reset());
    const auto& points = search(relaxed, [&](const std::vector<int>& schedule) { return replay(world, schedule); });
    REQUIRE(points.size() == 3);
    for (std::size_t k = 0; k < points.size(); ++k) {
      const clairvoyant_point& p = points[k];
      CHECK(p.price == search.options().prices[k]);
      const schedule_outcome again = replay(world, p.schedule);
      CHECK(again.replicas == p.found.replicas);
      CHECK(again.missed == p.found.missed);
      CHECK(p.bound <= p.found.paid(p.price));
      CHECK(p.exact);
      // A schedule found at one price pays no less at another than the one found there.
      for (const clairvoyant_point& other : points) CHECK(p.found.paid(p.price) <= other.found.paid(p.price));
    }
    // Better than the constants, each of which is a schedule.
    for (int target = 10; target <= 18; ++target) {
      std::vector<int> constant;
      for (int k = 12; k < target; ++k) constant.push_back(1);
      for (int k = 12; k > target; --k) constant.push_back(-1);
      const schedule_outcome o = replay(world, constant);
      for (const clairvoyant_point& p : points) {
        CHECK(p.bound <= o.paid(p.price));
        CHECK(p.found.paid(p.price) < o.paid(p.price));
      }
    }
  }
}

TEST_CASE("a curve takes the best line under it, and mixes the schedules above it") {
  clairvoyant_curve curve;
  curve.add(made_up(4, 6, {3, 0.2}, {5, 0.02}));
  curve.add(made_up(6, 10, {5, 0.4}, {9, 0.06}));
  CHECK(curve.episodes() == 2);
  REQUIRE(curve.points().size() == 2);
  CHECK(curve.points()[0].bound == Approx(5));
  CHECK(curve.points()[1].bound == Approx(8));
  CHECK(curve.points()[0].found.missed == Approx(0.3));
  CHECK(curve.points()[0].exact == 2);
  CHECK(curve.points()[1].exact == 0);
  CHECK(curve.lower_at(1) == Approx(8));  // the line of price 100
  CHECK(curve.lower_at(0.99) == Approx(7));
  CHECK(curve.lower_at(0.9) == Approx(4));  // the line of price 10: 5 - 10 * 0.1
  CHECK(curve.lower_at(0.2) == 0);          // no policy has fewer than none
  CHECK(curve.found_at(0.97) == std::numeric_limits<double>::infinity());
  CHECK(curve.found_at(0.96) == Approx(7));
  CHECK(curve.found_at(0.7) == Approx(4));
  CHECK(curve.found_at(0.83) == Approx(5.5));  // half of each
}

TEST_CASE("impossible prices are refused, and episodes with other prices") {
  using search = clairvoyant<farm::relaxation>;
  CHECK_THROWS_WITH(search({.prices = {}}), "clairvoyant: number of prices is 0, must be at least 1");
  CHECK_THROWS_WITH(search({.prices = {0}}), "clairvoyant: price is 0, must be positive and finite");
  CHECK_THROWS_WITH(search({.prices = {2, 2}}), "clairvoyant: price 1 is 2, must be above the one before it");
  clairvoyant_curve curve;
  curve.add(made_up(1, 2, {}, {}));
  CHECK_THROWS_WITH(curve.add({}), "clairvoyant_curve: number of prices is 0, must equal that of the first episode, 2");
}

TEST_CASE("few replays are kept to, and what was found at any price is what its schedule does") {
  // Near to each other, so that a schedule found at one price is often the best at the next.
  const std::vector<double> prices{50, 60, 70, 80, 100};
  for (const std::size_t replays : {3U, 20U}) {
    clairvoyant<farm::relaxation> search({.prices = prices, .replays = replays});
    for (std::uint64_t seed = 2; seed <= 3; ++seed) {
      farm::environment world(seed);
      const farm::relaxation relaxed(world, world.reset());
      std::size_t calls = 0;
      const auto points = search(relaxed, [&](const std::vector<int>& schedule) {
        ++calls;
        return replay(world, schedule);
      });
      // One replay that holds; at each price the schedule of the relaxation, and the replays of the improvement.
      CHECK(calls <= 1 + prices.size() * (1 + replays));
      CHECK(calls > prices.size());
      for (const clairvoyant_point& p : points) {
        const schedule_outcome again = replay(world, p.schedule);
        CAPTURE(replays, seed, p.price);
        CHECK(again.replicas == p.found.replicas);
        CHECK(again.missed == p.found.missed);
      }
    }
  }
}
