#include <headroom/systems/scheduler/queueing_model.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

using chain_of = std::vector<scheduler::queueing_component>;

const scheduler::queueing_model published(chain_of(1));  // 26.54 s, limit 250 s

}  // namespace

TEST_CASE("one station is D / (1 - u)") {
  const scheduler::queueing_state s = scheduler::queueing_model(chain_of{{.demand_s = 2, .limit_s = 10}}).at(0.75, 2);
  CHECK(s.utilization == 0.75);   // 0.75 * 2 / 2
  CHECK(s.response_time_s == 8);  // 2 / 0.25
  CHECK(s.pressure == 0.8);       // of 10
  CHECK(s.queue_length == 3);     // (8 - 2) / 2
  CHECK(s.dominant == 0);
  CHECK_FALSE(s.violation);
  // To reach the limit is no violation yet.
  CHECK_FALSE(scheduler::queueing_model(chain_of{{.demand_s = 2, .limit_s = 8}}).at(0.75, 2).violation);
  CHECK(
      scheduler::queueing_model(chain_of{{.demand_s = 2, .limit_s = std::nextafter(8.0, 0.0)}}).at(0.75, 2).violation);
}

TEST_CASE("an idle service answers within its demand") {
  const scheduler::queueing_state s = published.at(0, 3);
  CHECK(s.utilization == 0);
  CHECK(s.response_time_s == 26.54);
  CHECK(s.pressure == 26.54 / 250);
  CHECK(s.queue_length == 0);
}

TEST_CASE("at and beyond saturation the response time is a hundred demands") {
  // The utilisation goes on past 1: that is what overload looks like.
  const scheduler::queueing_state s = published.at(0.16, 1);
  CHECK(s.utilization == Approx(0.16 * 26.54).epsilon(1e-15));
  CHECK(s.response_time_s == Approx(2654).epsilon(1e-14));
  CHECK(s.queue_length == Approx(99).epsilon(1e-14));
  CHECK(s.violation);
  CHECK(published.at(1 / 26.54, 1).response_time_s == Approx(2654).epsilon(1e-12));
  // 1 - u = 0.01 is where the formula meets the end: nothing jumps there.
  CHECK(published.at(0.99 / 26.54, 1).response_time_s == Approx(2654).epsilon(1e-10));
  CHECK(published.at(0.98 / 26.54, 1).response_time_s == Approx(1327).epsilon(1e-10));
  CHECK(published.at(0.1, 0).utilization == 1);  // nobody there
  CHECK(published.at(0.1, 0).response_time_s == Approx(2654).epsilon(1e-14));
  CHECK(scheduler::queueing_model(chain_of(1), 0.1).at(1, 1).response_time_s == Approx(265.4).epsilon(1e-14));
}

TEST_CASE("the fewest instances are the published solver's staircase") {
  // On the solver's grid of 0.001 requests per second the count changes at 0.034, 0.068, 0.102 and 0.135.
  const auto expected = [](int thousandths) {
    return thousandths < 34 ? 1 : thousandths < 68 ? 2 : thousandths < 102 ? 3 : thousandths < 135 ? 4 : 5;
  };
  for (int k = 0; k <= 160; ++k) {
    const double load = k / 1000.0;
    CAPTURE(k);
    CHECK(published.fewest(load, 6) == expected(k));
    CHECK(published.closed_form(load) == expected(k));
  }
  CHECK(published.fewest(0.134, 3) == 3);  // as many as there are
}

TEST_CASE("the closed form is the search between its edges, for a chain as for one") {
  const scheduler::queueing_model chain(chain_of{{.demand_s = 2, .limit_s = 10, .forwards = 0.5},
                                                 {.demand_s = 4, .limit_s = 16, .forwards = 3},
                                                 {.demand_s = 1, .limit_s = 9}});
  CHECK(chain.work_s() == 2 + 0.5 * 4 + 1.5 * 1);
  for (const scheduler::queueing_model& model : {published, chain}) {
    for (int n = 1; n <= 8; ++n) {
      const double edge = model.capacity_per_s(n);
      CHECK(model.fewest(edge * (1 - 1e-9), 10) == n);
      CHECK(model.fewest(edge * (1 + 1e-9), 10) == n + 1);
      CHECK(model.closed_form(edge * (1 - 1e-9)) == n);
      CHECK(model.closed_form(edge * (1 + 1e-9)) == n + 1);
    }
  }
}

TEST_CASE("the dominant component is the one with the least time left") {
  const scheduler::queueing_model chain(
      chain_of{{.demand_s = 2, .limit_s = 10, .forwards = 0.5}, {.demand_s = 4, .limit_s = 16}});
  // u = (1 * 2 + 0.5 * 4) / 8 = 0.5: 10 - 4 = 6 s left, and 16 - 8 = 8 s.
  CHECK(chain.at(1, 8).utilization == 0.5);
  CHECK(chain.at(1, 8).dominant == 0);
  CHECK(chain.at(1, 8).response_time_s == 4);
  // u = 0.75: 10 - 8 = 2 s left, and 16 - 16 = 0 s.
  CHECK(chain.at(1.5, 8).dominant == 1);
  CHECK(chain.at(1.5, 8).response_time_s == 16);
  CHECK(chain.at(1.5, 8).pressure == 1);
  CHECK(chain.at(1.5, 8).queue_length == 3);
  CHECK_FALSE(chain.at(1.5, 8).violation);
  // Equal: the first.
  CHECK(scheduler::queueing_model(chain_of{{2, 10, 1}, {2, 10, 1}}).at(1, 8).dominant == 0);
}

TEST_CASE("a state takes no memory") {
  double sum = 0;
  CHECK(allocations_in([&] { sum += published.at(0.1, 4).pressure + published.fewest(0.16, 6); }) == 0);
  CHECK(sum > 5);
}

TEST_CASE("queueing_model refuses chains that make no sense") {
  CHECK_THROWS_WITH(scheduler::queueing_model(chain_of{}),
                    "queueing_model: number of components is 0, must be at least 1");
  CHECK_THROWS_WITH(scheduler::queueing_model(chain_of(1), 0), "queueing_model: margin is 0, must be in (0, 1]");
  CHECK_THROWS_WITH(scheduler::queueing_model(chain_of{{.demand_s = 0}}),
                    "queueing_model: demand_s of component 0 is 0, must be positive and finite");
  CHECK_THROWS_WITH(scheduler::queueing_model(chain_of{{}, {.demand_s = 3, .limit_s = 3}}),
                    "queueing_model: limit_s of component 1 is 3, must be above its demand, 3, and finite");
  CHECK_THROWS_WITH(scheduler::queueing_model(chain_of{{.forwards = -1}}),
                    "queueing_model: forwards of component 0 is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(scheduler::queueing_model(chain_of{{.limit_s = std::numeric_limits<double>::quiet_NaN()}}),
                    "queueing_model: limit_s of component 0 is nan, must be above its demand, 26.54, and finite");
}
