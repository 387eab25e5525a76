#include <headroom/planning/price_search.hpp>

#include <algorithm>
#include <cmath>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

// The odds of a late request fall as a power of the price: 1 % are late at `at`.
double level_at(double price, double at, double power = 1) {
  const double odds = 99 * std::pow(price / at, power);
  return odds / (1 + odds);
}

}  // namespace

TEST_CASE("a price search finds the price of a level that is known exactly, wherever it is") {
  for (const double at : {0.02, 0.5, 4.0, 37.0, 5000.0}) {
    for (const double power : {0.5, 1.0, 2.5}) {
      price_search search{{.tries = 20}};
      while (!search.done()) search.tell(level_at(search.price(), at, power), 0);
      CAPTURE(at, power, search.tries(), search.best());
      CHECK(search.found() == price_found::reached);
      CHECK(std::abs(level_at(search.best(), at, power) - 0.99) < 0.001);
      CHECK(search.tries() <= 10);
    }
  }
}

TEST_CASE("a price search follows a curve that is no straight line") {
  // Nearly flat below a price of 10, steep above: as where a constant number of replicas is enough for a while.
  const auto level = [](double p) { return 0.9 + 0.095 / (1 + std::exp(-3 * (std::log(p) - std::log(60.0)))); };
  price_search search{{.tries = 20}};
  while (!search.done()) search.tell(level(search.price()), 0);
  CHECK(search.found() == price_found::reached);
  CHECK(std::abs(level(search.best()) - 0.99) < 0.001);
}

// Each try is a training (its luck has a deviation of 0.1 in log-odds, about a tenth of a point at 99 %) judged on
// episodes (as much again). The interval that is told is that of both.
TEST_CASE("a price search holds the level under noise as well as its interval says") {
  engine noise(5, stream::noise);
  int held = 0;
  int covered = 0;
  const int searches = 200;
  for (int k = 0; k < searches; ++k) {
    const double at = std::exp(uniform(noise, 0, 5));
    price_search search{{.tolerance = 0.002, .tries = 15}};
    while (!search.done()) {
      const double true_odds = std::log(99 * search.price() / at);
      const double odds = true_odds + normal(noise, 0, 0.14);
      const double p = 1 / (1 + std::exp(-odds));
      search.tell(p, 1.96 * 0.14 * p * (1 - p));
    }
    const double got = level_at(search.best(), at);
    held += std::abs(got - 0.99) <= 0.002;
    covered += std::abs(got - 0.99) <= search.half_width();
  }
  CAPTURE(held, covered);
  CHECK(held >= 0.95 * searches);
  CHECK(covered >= 0.93 * searches);
}

TEST_CASE("one unlucky try does not spoil a price search") {
  price_search search{{.tolerance = 0.002, .tries = 30}};
  int k = 0;
  while (!search.done()) {
    ++k;
    const double p = k == 3 ? 0.6 : level_at(search.price(), 50);
    search.tell(p, 0.004);
  }
  CHECK(search.found() == price_found::reached);
  CHECK(std::abs(level_at(search.best(), 50) - 0.99) < 0.002);
}

TEST_CASE("a price search says that a level is out of reach, or that it is kept for nothing") {
  price_search high{{.most = 1000, .tries = 30}};
  while (!high.done()) high.tell(0.97, 0.001);
  CHECK(high.found() == price_found::level_too_high);
  CHECK(high.best() == Approx(1000));
  price_search low{{.tries = 30}};
  while (!low.done()) low.tell(0.9995, 0.0001);
  CHECK(low.found() == price_found::level_too_low);
  CHECK(low.best() == Approx(1e-3));
}

TEST_CASE("a price search ends after its tries, and then ignores what it is told") {
  price_search search{{.tries = 3}};
  CHECK(search.price() == Approx(4));
  CHECK(search.best() == Approx(4));
  CHECK(search.half_width() == 1);
  for (int k = 0; k < 5; ++k) search.tell(level_at(search.price(), 10), 0.02);
  CHECK(search.tries() == 3);
  CHECK(search.found() == price_found::tries_used);
  CHECK(search.half_width() > 0.001);
}

TEST_CASE("levels of 0 and 1 move a price search by a step, and no more") {
  price_search search{{.first = 10}};
  search.tell(0, 0);
  CHECK(search.price() <= 10 * std::exp(2.0) + 1e-9);
  CHECK(search.price() > 10);
  price_search other{{.first = 10}};
  other.tell(1, 0);
  CHECK(other.price() >= 10 * std::exp(-2.0) - 1e-9);
  CHECK(other.price() < 10);
}

TEST_CASE("a price search is stored and goes on, and allocates on construction only") {
  price_search one{{.tries = 9}};
  one.tell(0.95, 0.01);
  one.tell(0.98, 0.01);
  checkpoint c;
  store(one, c, "search");
  price_search two{{.tries = 9}};
  restore(two, c, "search");
  CHECK(two.price() == one.price());
  while (!one.done()) {
    const double level = level_at(one.price(), 30);
    CHECK(allocations_in([&] { one.tell(level, 0.002); }) == 0);
    two.tell(level, 0.002);
  }
  CHECK(two.done());
  CHECK(two.best() == one.best());
}

TEST_CASE("a price search refuses impossible options and levels") {
  CHECK_THROWS_WITH((price_search{{.level = 1}}), "price_search: level is 1, must be in (0, 1)");
  CHECK_THROWS_WITH((price_search{{.first = 4, .least = 5}}), "price_search: first is 4, must be from 5 to 1e+06");
  CHECK_THROWS_WITH((price_search{{.tries = 0}}), "price_search: tries is 0, must be from 1 to 10000");
  price_search search;
  CHECK_THROWS(search.tell(1.2, 0));
  CHECK_THROWS(search.tell(0.9, -1));
}
