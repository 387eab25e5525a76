#include <limits>
#include <stdexcept>

#include <headroom/calibration/history.hpp>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;

TEST_CASE("calibration.history: rows are cut out of every column that there is") {
  service_history h = recorded_service(60, 1);
  h.p99_s.clear();
  const service_history part = h.rows(10, 30);
  CHECK(part.size() == 20);
  CHECK(part.interval_s == 15);
  CHECK(part.ready[0] == h.ready[10]);
  CHECK(part.p95_s.back() == h.p95_s[29]);
  CHECK(part.p99_s.empty());
  CHECK(&part.replicas() == &part.ready);
  CHECK_THROWS_WITH(h.rows(10, 61),
                    Catch::Contains("the last row is 61, must be behind the first, 10, and at most 60"));
  CHECK_THROWS_AS(h.rows(10, 10), std::invalid_argument);
}

TEST_CASE("calibration.history: without ready replicas the wanted ones are followed") {
  service_history h = recorded_service(60, 1);
  h.ready.clear();
  CHECK(&h.replicas() == &h.wanted);
}

TEST_CASE("calibration.history: what cannot be is refused, and what is not known is not") {
  const service_history good = recorded_service(60, 1);
  CHECK_NOTHROW(checked(good));
  const auto refused = [&](auto&& spoil, const char* sentence) {
    service_history h = good;
    spoil(h);
    CHECK_THROWS_WITH(checked(h), Catch::Contains(sentence));
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refused([](service_history& h) { h = h.rows(0, 39); }, "number of rows is 39, must be at least 40");
  refused([](service_history& h) { h.wanted.clear(), h.ready.clear(); }, "number of columns of replicas is 0");
  refused([](service_history& h) { h.p50_s.pop_back(); }, "number of rows of p50_s is 59");
  refused([&](service_history& h) { h.load_per_s[7] = nan; }, "load_per_s in row 8 is nan");
  refused([&](service_history& h) { h.ready[7] = nan; }, "ready in row 8 is nan");
  refused([](service_history& h) { h.utilisation[3] = 1.2; }, "utilisation in row 4 is 1.2");
  refused([](service_history& h) { h.p95_s[3] = -1; }, "p95_s in row 4 is -1");
  refused([](service_history& h) { h.interval_s = 0; }, "interval_s is 0");
  service_history gaps = good;
  gaps.p95_s[3] = gaps.utilisation[4] = gaps.in_flight[5] = nan;
  CHECK_NOTHROW(checked(gaps));
}
