#include <headroom/calibration/internal/start_delay_search.hpp>

#include <cmath>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;

TEST_CASE("the delay with which the load per ready replica explains the utilisation, or else a latency") {
  service_history h = recorded_service(600, 2);
  const internal::start_delay_search search(h, 2);
  CHECK(search.delay(0) == 0);
  CHECK(search.delay(5) == 1.25);
  CHECK(search.ready(16) == ready_after(h.wanted, 4));
  CHECK(search.delay(search.best(h)) == Approx(4).margin(0.5));  // 60 s are four rows
  // A history whose utilisation is exactly that of another delay.
  for (std::size_t i = 0; i < h.size(); ++i) h.utilisation[i] = h.load_per_s[i] / search.ready(28)[i] / 100;
  CHECK(search.delay(search.best(h)) == 7);
  h.utilisation.clear();
  // A latency that is a step of the load per replica with a delay of 6, by a factor of 50.
  for (std::size_t i = 0; i < h.size(); ++i) h.p95_s[i] = h.load_per_s[i] / search.ready(24)[i] > 10.5 ? 10 : 0.2;
  CHECK(search.delay(search.best(h)) == Approx(6).margin(0.75));
}

TEST_CASE("rows that are not settled, or not known, change nothing") {
  service_history h = recorded_service(300, 2);
  const internal::start_delay_search search(h, 4);
  const std::size_t was = search.best(h);
  h.utilisation[0] = h.utilisation[3] = 0.9;
  for (std::size_t i = 10; i < 40; ++i) h.utilisation[i] = i % 2 == 0 ? std::nan("") : 0.97;  // saturated: no line
  CHECK(search.best(h) == was);
}
