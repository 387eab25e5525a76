#include "../../examples/headroom/margin_encoder.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <set>

#include "catch.hpp"

using namespace headroom;

namespace {

farm_observation seen(double rate, double workers, double queue = 0) {
  farm_observation o;
  o.enqueued_total = 1;
  o.arrival_rate = rate;
  o.workers = workers;
  o.worker_queue = queue;
  return o;
}

}  // namespace

TEST_CASE("a margin is in units of the square root of the load, so that loads of one size share their states") {
  // 6 and 8 requests a second keep 8.8 and 11.8 workers busy; half a root of that more is the same margin.
  recipes::margin_encoder a;
  recipes::margin_encoder b;
  const double service_s = 1.4715;
  const auto workers = [&](double rate, double margin) {
    return rate * service_s + margin * std::sqrt(rate * service_s);
  };
  CHECK(a(seen(6.2, workers(6.2, 0.6))) == b(seen(8, workers(8, 0.6))));
  std::set<std::size_t> states;
  for (const double margin : {-3.0, -1.2, 0.1, 0.6, 1.1, 2.2, 5.0}) {
    recipes::margin_encoder fresh;
    states.insert(to_size(fresh(seen(8, workers(8, margin)))));
  }
  CHECK(states.size() == 7);
}

TEST_CASE("a rising load, a queue and a small load are states of their own, all within the table") {
  recipes::margin_encoder steady;
  recipes::margin_encoder rising;
  static_cast<void>(steady(seen(8, 14)));
  static_cast<void>(rising(seen(4, 14)));
  // The fast mean has come from 4 to 6.4, the slow one to 4.76.
  const state_index up = rising(seen(10, 14));
  CHECK(up != steady(seen(6.4, 14)));
  std::set<std::size_t> states;
  for (const double queue : {0.0, 2.0, 5.0, 50.0}) states.insert(to_size(steady(seen(8, 14, queue))));
  CHECK(states.size() == 4);
  for (const std::size_t s : states) CHECK(s < recipes::margin_encoder::size());
  recipes::margin_encoder small;
  CHECK(small(seen(1, 3)) != recipes::margin_encoder()(seen(8, 14)));
}

TEST_CASE("what is not finite has no state, and history begins anew after it and with an episode") {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  recipes::margin_encoder used;
  static_cast<void>(used(seen(2, 12)));
  CHECK(used(seen(unknown, 12)) == no_state);
  CHECK(used(seen(8, unknown)) == no_state);
  CHECK(used(seen(8, 12)) == recipes::margin_encoder()(seen(8, 12)));
  farm_observation first = seen(0, 12);
  first.enqueued_total = 0;
  recipes::margin_encoder fresh;
  static_cast<void>(used(seen(2, 12)));
  CHECK(used(first) == fresh(first));
  CHECK(used(seen(8, 12)) == fresh(seen(8, 12)));
}
