#include <cmath>
#include <vector>

#include <headroom/calibration/start_delay.hpp>
#include <headroom/core/random.hpp>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

service_history of_replicas(std::vector<double> wanted, std::vector<double> ready) {
  service_history h;
  h.load_per_s.assign(wanted.size(), 1);
  h.wanted = std::move(wanted);
  h.ready = std::move(ready);
  return h;
}
// Starts that take `delay()` rows, asked for `place` before the row that shows the wish.
template <class Delay>
std::vector<observed_start> starts(int n, double place, Delay&& delay) {
  std::vector<observed_start> all;
  for (int k = 0; k < n; ++k) all.push_back({std::ceil(delay() - place), true});
  return all;
}

}  // namespace

TEST_CASE("calibration.start_delay: wishes are paired with ready replicas, the oldest first") {
  const auto all = observed_starts(of_replicas({1, 3, 3, 4, 4, 4, 4}, {1, 1, 1, 3, 3, 3, 4}));
  REQUIRE(all.size() == 3);
  CHECK((all[0].rows == 2 && all[0].became_ready));
  CHECK((all[1].rows == 2 && all[1].became_ready));
  CHECK((all[2].rows == 3 && all[2].became_ready));
}

TEST_CASE("calibration.start_delay: a scale-down takes back the newest wish, which was still starting") {
  const auto all = observed_starts(of_replicas({1, 2, 3, 3, 2, 2}, {1, 1, 1, 1, 1, 2}));
  REQUIRE(all.size() == 2);
  CHECK((all[0].rows == 1 && !all[0].became_ready));  // of row 2, known to start in row 3
  CHECK((all[1].rows == 4 && all[1].became_ready));   // of row 1
}

TEST_CASE("calibration.start_delay: what starts at the beginning tells nothing, what starts at the end a little") {
  const auto all = observed_starts(of_replicas({2, 2, 3, 3, 3}, {1, 2, 2, 2, 2}));
  REQUIRE(all.size() == 1);
  CHECK((all[0].rows == 2 && !all[0].became_ready));
  // A replica that fails starts again.
  const auto failed = observed_starts(of_replicas({2, 2, 2, 2, 2}, {2, 1, 1, 2, 2}));
  REQUIRE(failed.size() == 1);
  CHECK((failed[0].rows == 2 && failed[0].became_ready));
  service_history blind = of_replicas({1, 2}, {1, 1});
  blind.ready.clear();
  CHECK_THROWS_WITH(observed_starts(blind), Catch::Contains("number of ready replicas is 0"));
}

TEST_CASE("calibration.start_delay: rows tell one constant delay to two intervals, and to one if the moment is known") {
  for (const double place : {0.0, 0.3, 0.5, 1.0}) {
    INFO(place);
    const auto seen = starts(20, place, [] { return 6.2; });
    const start_delay_fit f = fit_start_delay(seen, 15);
    CHECK(f.starts == 20);
    CHECK(f.low_s <= 93);
    CHECK(f.high_s >= 93);
    CHECK(f.high_s - f.low_s == Approx(30).margin(2));
    CHECK(f.deviation_s == 0);
  }
  const start_delay_fit known = fit_start_delay(starts(20, 1, [] { return 6.2; }), 15, decision_moment::after_row);
  CHECK(known.low_s == Approx(90).margin(1.2));
  CHECK(known.high_s == Approx(105).margin(1.2));
  CHECK(known.mean_s == Approx(97.5).margin(1));
}

TEST_CASE("calibration.start_delay: a delay of whole intervals may show in either row") {
  for (const double rows : {5.0, 6.0}) {  // of six intervals, asked for right after a row
    const start_delay_fit f = fit_start_delay({{rows, true}, {rows, true}, {rows, true}}, 15);
    CHECK(f.low_s < 90);
    CHECK(f.high_s > 90);
  }
}

TEST_CASE("calibration.start_delay: the interval holds the mean of delays that vary, nine times of ten") {
  engine random(5);
  int held = 0;
  constexpr int histories = 60;
  for (int k = 0; k < histories; ++k) {
    const double place = random.uniform();
    const auto seen = starts(40, place, [&] { return 4 * std::exp(normal(random, -0.045, 0.3)); });
    const start_delay_fit f = fit_start_delay(seen, 10);
    held += f.low_s <= 40 && f.high_s >= 40 ? 1 : 0;
    CHECK(f.deviation_s == Approx(12).margin(6));
    CHECK(f.high_s - f.low_s < 22);
  }
  CHECK(held >= 54);
}

TEST_CASE("calibration.start_delay: a start that is still under way says that it takes longer") {
  std::vector<observed_start> seen{{4, true}, {5, true}};
  const double without = fit_start_delay(seen, 1).mean_s;
  for (int k = 0; k < 6; ++k) seen.push_back({6, false});
  CHECK(fit_start_delay(seen, 1).mean_s > without + 1);
  CHECK_THROWS_WITH(fit_start_delay({{6, false}}, 1), Catch::Contains("number of starts that became ready is 0"));
  CHECK_THROWS_WITH(fit_start_delay({{6, true}}, 0), Catch::Contains("interval_s is 0"));
}

TEST_CASE("calibration.start_delay: of a recorded service") {
  const start_delay_fit f = fit_start_delay(observed_starts(recorded_service(400, 3)), 15);
  CHECK(f.starts > 10);
  CHECK(f.low_s <= 60);
  CHECK(f.high_s >= 60);
}
