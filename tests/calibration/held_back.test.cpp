#include <headroom/calibration/held_back.hpp>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;

TEST_CASE("calibration.held_back: the true model holds nine rows of ten, another one does not") {
  const service_history h = recorded_service(300, 8);
  const auto right = check_model(h, 200, recorded_options(), 1);
  REQUIRE(right.size() == 6);
  for (const column_check& c : right) {
    INFO(c.name << ' ' << c.within << ' ' << c.error);
    CHECK(c.observed.size() == 100);
    CHECK(c.rows == 100);
    CHECK(c.within > 0.8);
    CHECK(c.within < 0.99);
    CHECK(c.error < 0.35);
  }
  service_options slow = recorded_options();
  slow.service_time = duration::lognormal(0.31, 1);
  for (const column_check& c : check_model(h, 200, slow, 1)) {
    if (c.name == "utilisation") {
      CHECK(c.within < 0.2);
      CHECK(c.error > 0.2);
    }
  }
}

TEST_CASE("calibration.held_back: columns that were not recorded are not compared, nor rows that are not known") {
  service_history h = recorded_service(120, 8);
  h.p99_s.clear();
  h.in_flight.clear();
  for (std::size_t i = 100; i < 110; ++i) h.p95_s[i] = std::nan("");
  const auto checks = check_model(h, 80, recorded_options(), 1);
  REQUIRE(checks.size() == 4);
  CHECK(checks[3].name == "p95_s");
  CHECK(checks[3].rows == 30);
  CHECK(checks[3].observed.size() == 40);
  CHECK(check_model(h, 80, recorded_options(), 1, decision_moment::anywhere, 40, [](std::size_t done, std::size_t) {
          return done == 2;
        }).empty());
  CHECK_THROWS_WITH(check_model(h, 120, recorded_options(), 1), Catch::Contains("the first row is 120"));
}
