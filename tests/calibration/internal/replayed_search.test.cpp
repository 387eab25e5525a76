#include <headroom/calibration/internal/replayed_search.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;
using enum service_parameter;

namespace {

service_fit truth() {
  service_fit f;
  const double values[] = {60, 0.25, 1, 4};
  for (const service_parameter which : service_parameters) {
    fitted_parameter one{which};
    one.value = values[static_cast<std::size_t>(which)];
    f.parameters.push_back(one);
  }
  return f;
}
service_fit_options small() {
  service_fit_options o;
  o.start = recorded_options();
  o.search = {.round = 12, .rounds = 2, .last = 30, .seed = 4};
  return o;
}

}  // namespace

TEST_CASE("a replay of the true model looks like the history, one that is far off does so by a factor of two") {
  const service_history h = recorded_service(150, 3);
  const internal::searched_service service(recorded_options(), 15, true);
  const internal::replayed_search search(h, small(), service);
  std::vector<double> seen(search.summaries().size());
  REQUIRE(seen.size() == search.observed().size());
  search.look(truth(), 5, seen);
  for (std::size_t k = 0; k < seen.size(); ++k) CHECK(std::abs(seen[k] - search.observed()[k]) < 0.25);
  service_fit slow = truth();
  slow.parameters[1].value = 2.5;
  search.look(slow, 5, seen);
  double most = 0;
  for (std::size_t k = 0; k < seen.size(); ++k) most = std::max(most, std::abs(seen[k] - search.observed()[k]));
  CHECK(most == Approx(0.7));
  std::vector<double> again(seen.size());
  search.look(slow, 5, again);
  CHECK(again == seen);
}

TEST_CASE("a fit moves what it was asked for alone, counts its replays, and tells of them") {
  const service_history h = recorded_service(150, 3);
  const internal::searched_service service(recorded_options(), 15, true);
  service_fit_options o = small();
  std::size_t told = 0;
  std::size_t expected = 0;
  o.progress = [&](std::size_t done, std::size_t of) {
    told = done;
    expected = of;
    return false;
  };
  internal::replayed_search search(h, o, service);
  search.count(7);
  search.expect(54);
  service_fit f = truth();
  f.parameters[1].value = 0.22;  // wrong by 12 %
  f.parameters[2].kept = f.parameters[3].kept = true;
  search.fit(f, service.parameters(f, false), 2, 30, 20);
  CHECK(f[service_time].low < 0.255);
  CHECK(f[service_time].high > 0.245);
  CHECK(f[service_time].value == Approx(0.25).epsilon(0.05));
  CHECK(f[slots].value == 4);
  CHECK(f[variation].value == 1);
  CHECK(search.replays() == 7 + f.found.simulations);
  CHECK(told == search.replays());
  CHECK(expected >= 61);

  o.progress = [](std::size_t, std::size_t) { return true; };
  internal::replayed_search stopped(h, o, service);
  service_fit same = truth();
  stopped.fit(same, service.parameters(same, true), 2, 30, 20);
  CHECK(same.found.stopped);
  CHECK(same[service_time].value == 0.25);
}

TEST_CASE("each search has random numbers of its own, and the replays that will come are told") {
  const service_history h = recorded_service(60, 3);
  const internal::searched_service service(recorded_options(), 15, true);
  service_fit_options o = small();
  o.search.round = 8;
  o.search.rounds = 1;
  o.search.last = 20;
  std::size_t expected = 0;
  o.progress = [&](std::size_t, std::size_t of) {
    expected = of;
    return false;
  };
  const auto found = [&](std::uint64_t seed) {
    internal::replayed_search search(h, o, service);
    search.count(7);
    search.expect(1000);
    service_fit f = truth();
    f.parameters[2].kept = f.parameters[3].kept = true;
    search.fit(f, service.parameters(f, false), 1, 20, seed);
    CHECK(f[service_time].low <= f[service_time].value);
    CHECK(f[service_time].value <= f[service_time].high);
    return f[service_time].value;
  };
  const double one = found(1);
  CHECK(expected == 1007);
  CHECK(found(1) == one);
  CHECK(found(2) != one);
}

TEST_CASE("a start delay varies in the replays once that is known") {
  const service_history h = recorded_service(60, 3);
  internal::replayed_search search(h, small(), internal::searched_service(recorded_options(), 15, true));
  CHECK(search.options_of(truth()).start_delay.variation() == 0);
  search.vary_start_delay(0.5);
  CHECK(search.options_of(truth()).start_delay.variation() == Approx(0.5));
}
