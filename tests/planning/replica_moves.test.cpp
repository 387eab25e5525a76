#include <headroom/planning/replica_moves.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

double sum_of_paths(const replica_moves& m, std::size_t choice) {
  double sum = 0;
  for (const auto& p : m.paths(choice)) sum += p.probability;
  return sum;
}
// Mean number of replicas that a choice has ready when the interval is over, and while it runs.
double ready_after(const replica_moves& m, std::size_t choice) {
  double mean = 0;
  for (const auto& p : m.paths(choice)) mean += p.probability * m.ready(p.state);
  return mean;
}
double ready_in(const replica_moves& m, std::size_t choice) {
  double mean = 0;
  for (const auto& p : m.paths(choice)) mean += p.probability * m.course(p.course).ready;
  return mean;
}
std::size_t choice_of(const replica_moves& m, std::size_t state, int delta) {
  for (const auto& o : m.options(state)) {
    if (o.delta == delta) return o.choice;
  }
  FAIL("no such move");
  return 0;
}

}  // namespace

TEST_CASE("planning.replica_moves: at once, every state has the moves that its limits leave") {
  const replica_moves m = replica_moves::at_once(2, 5, {-1, 1});
  REQUIRE(m.states() == 4);
  CHECK(m.options(m.index_of(2, 0)).size() == 2);
  CHECK(m.options(m.index_of(3, 0)).size() == 3);
  CHECK(m.options(m.index_of(5, 0)).size() == 2);
  CHECK(m.choices() == 10);
  CHECK(m.courses() == 10);
  for (std::size_t x = 0; x < m.states(); ++x) {
    CHECK(m.options(x).front().delta == 0);
    for (const auto& o : m.options(x)) {
      REQUIRE(m.paths(o.choice).size() == 1);
      const auto& p = m.paths(o.choice).front();
      CHECK(m.ready(p.state) == m.ready(x) + o.delta);
      CHECK(m.wanted(o.choice) == m.ready(x) + o.delta);
      CHECK(m.course(p.course).ready == m.ready(x));
      CHECK(m.course(p.course).delta == o.delta);
    }
  }
}

TEST_CASE("planning.replica_moves: a state is found by its replicas, and beyond the limits the nearest") {
  for (const int least : {0, 1, 3}) {
    const replica_moves m = replica_moves::starting(least, 6, {-2, -1, 1, 2, 6}, 3);
    for (std::size_t x = 0; x < m.states(); ++x) CHECK(m.index_of(m.ready(x), m.starting(x)) == x);
    const std::size_t over = m.index_of(5, 4);
    CHECK(m.ready(over) == 5);
    CHECK(m.starting(over) == 1);
    CHECK(m.ready(m.index_of(9, 0)) == 6);
    const std::size_t under = m.index_of(-3, 0);
    CHECK(m.ready(under) + m.starting(under) == least);
  }
}

TEST_CASE("planning.replica_moves: a scale-down takes those that start first") {
  const replica_moves m = replica_moves::starting(1, 8, {-4, -1, 2}, 3);
  const std::size_t x = m.index_of(4, 2);
  const auto after = [&](int delta) { return choice_of(m, x, delta); };
  CHECK(m.ready(after(-1)) == 4);
  CHECK(m.starting(after(-1)) == 1);
  CHECK(m.ready(after(-4)) == 2);
  CHECK(m.starting(after(-4)) == 0);
  CHECK(m.starting(after(2)) == 4);
  CHECK(m.wanted(after(2)) == 8);
}

TEST_CASE("planning.replica_moves: of those that start an equal part becomes ready in each interval") {
  const replica_moves m = replica_moves::starting(1, 9, {1}, 3);
  for (std::size_t y = 0; y < m.choices(); ++y) {
    CHECK(sum_of_paths(m, y) == Approx(1));
    CHECK(ready_after(m, y) == Approx(m.ready(y) + m.starting(y) / 3.0));
    CHECK(ready_in(m, y) == m.ready(y));  // a whole number of intervals: ready at its end
  }
}

TEST_CASE("planning.replica_moves: a start within the interval serves the rest of it") {
  const replica_moves m = replica_moves::starting(1, 6, {3}, 0.4);
  const std::size_t y = choice_of(m, m.index_of(2, 0), 3);
  CHECK(ready_after(m, y) == Approx(5));
  CHECK(ready_in(m, y) == Approx(2 * 0.4 + 5 * 0.6));
  // Of two and a half intervals the third part is ready after half of this one.
  const replica_moves longer = replica_moves::starting(1, 6, {3}, 2.5);
  const std::size_t z = longer.index_of(2, 3);
  CHECK(ready_after(longer, z) == Approx(3));
  CHECK(ready_in(longer, z) == Approx(2.5));
}

TEST_CASE("planning.replica_moves: without a memory every replica has the same chance") {
  const replica_moves m = replica_moves::starting(0, 10, {1}, 4, true);
  const std::size_t y = m.index_of(0, 10);
  CHECK(ready_after(m, y) == Approx(10 * (1 - std::exp(-0.25))));
}

TEST_CASE("planning.replica_moves: bad input is refused") {
  CHECK_THROWS_WITH(replica_moves::at_once(-1, 4, {1}), "replica_moves: least is -1, must be zero or more");
  CHECK_THROWS_AS(replica_moves::at_once(5, 4, {1}), std::invalid_argument);
  CHECK_THROWS_AS(replica_moves::at_once(0, 0, {1}), std::invalid_argument);
  CHECK_THROWS_AS(replica_moves::at_once(1, 4, {2000}), std::invalid_argument);
  CHECK_THROWS_WITH(replica_moves::starting(1, 4, {1}, 0),
                    "replica_moves: intervals is 0, must be positive and finite");
}
