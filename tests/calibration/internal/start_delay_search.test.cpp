#include <headroom/calibration/internal/start_delay_search.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

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

TEST_CASE("rows before the settled ones are not looked at, however many they are") {
  service_history h = recorded_service(400, 2);
  const internal::start_delay_search all(h, 0);
  // The first half follows another delay than the second.
  for (std::size_t i = 0; i < h.size(); ++i) {
    h.utilisation[i] = h.load_per_s[i] / all.ready(i < 250 ? 40 : 12)[i] / 100;
    h.p95_s[i] = h.load_per_s[i] / all.ready(i < 250 ? 40 : 12)[i] > 10.5 ? 10 : 0.2;
  }
  const internal::start_delay_search late(h, 250);
  CHECK(late.delay(late.best(h)) == 3);
  CHECK(all.delay(all.best(h)) != 3);
  h.utilisation.clear();
  CHECK(late.delay(late.best(h)) == Approx(3).margin(0.75));
}

TEST_CASE("the 95th percentile goes before the mean, and any latency before none") {
  service_history h = recorded_service(400, 2);
  const internal::start_delay_search search(h, 2);
  h.utilisation.clear();
  h.p50_s.clear();
  h.p99_s.clear();
  for (std::size_t i = 0; i < h.size(); ++i) {
    h.p95_s[i] = h.load_per_s[i] / search.ready(40)[i] > 10.5 ? 10 : 0.2;
    h.mean_latency_s[i] = h.load_per_s[i] / search.ready(12)[i] > 10.5 ? 10 : 0.2;
  }
  CHECK(search.delay(search.best(h)) == Approx(10).margin(0.75));
  h.p95_s.clear();
  CHECK(search.delay(search.best(h)) == Approx(3).margin(0.75));
  h.p50_s = h.mean_latency_s;
  h.mean_latency_s.clear();
  CHECK(search.delay(search.best(h)) == Approx(3).margin(0.75));
  h.p50_s.clear();
  CHECK(search.best(h) == 0);  // nothing tells anything
}

TEST_CASE("no delay is tried that is longer than a quarter of the history") {
  service_history h = recorded_service(60, 2);
  const std::vector<double> late = ready_after(h.wanted, 20);
  for (std::size_t i = 0; i < h.size(); ++i) h.utilisation[i] = h.load_per_s[i] / late[i] / 100;
  const internal::start_delay_search search(h, 0);
  CHECK(search.delay(search.best(h)) <= 15);
}
