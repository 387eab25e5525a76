#include <headroom/calibration/internal/searched_service.hpp>

#include <cmath>
#include <vector>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;
using internal::searched_parameter;
using internal::searched_service;
using enum service_parameter;

namespace {

service_fit a_fit(double delay_s, double service_s, double variation, double slots) {
  service_fit f;
  const double values[] = {delay_s, service_s, variation, slots};
  for (const service_parameter which : service_parameters) {
    fitted_parameter one{which};
    one.value = values[static_cast<std::size_t>(which)];
    f.parameters.push_back(one);
  }
  return f;
}

}  // namespace

TEST_CASE("each parameter comes back from the scale of the search") {
  const searched_service s(recorded_options(), 15, false);
  CHECK(s.searched_as(start_delay, 60) == Approx(0.4));  // in tens of rows
  CHECK(s.searched_as(service_time, 0.25) == Approx(std::log(0.25)));
  CHECK(s.found_as(start_delay, -0.1) == 0);
  for (const service_parameter p : service_parameters) CHECK(s.found_as(p, s.searched_as(p, 3.5)) == Approx(3.5));
  CHECK(std::isfinite(s.searched_as(variation, 0)));  // the logarithm of nothing is not searched
}

TEST_CASE("the start's parameters are read, and a fit's are put into its options") {
  service_options start = recorded_options();
  const searched_service s(start, 15, false);
  CHECK(s.value_of(start_delay) == 60);
  CHECK(s.value_of(service_time) == Approx(0.25));
  CHECK(s.value_of(variation) == Approx(1));
  CHECK(s.value_of(slots) == 4);

  service_fit f = a_fit(30, 0.5, 0, 2.6);
  const service_options o = s.options_of(f, 0);
  CHECK(o.start_delay.mean_s() == 30);
  CHECK(o.start_delay.variation() == 0);
  CHECK(o.service_time.mean_s() == 0.5);
  CHECK(o.service_time.variation() == 0);
  CHECK(o.slots == 3);
  CHECK(s.options_of(f, 0.5).start_delay.variation() == Approx(0.5));
  f.parameters[0].kept = true;
  f.parameters[1].untold = f.parameters[2].untold = "it was not recorded";
  CHECK(s.options_of(f, 0.5).start_delay.mean_s() == 60);  // of the start
  CHECK(s.options_of(f, 0.5).service_time.mean_s() == Approx(0.25));

  start.order = discipline::processor_sharing;
  start.cores = 1.5;
  const searched_service shared(start, 15, false);
  CHECK(shared.value_of(slots) == 1.5);
  CHECK(shared.options_of(f, 0).cores == 2.6);
  CHECK(shared.options_of(f, 0).slots == start.slots);
}

TEST_CASE("what is known, recorded or tried in another way is not searched") {
  const auto names = [](const std::vector<searched_parameter>& all) {
    std::string s;
    for (const searched_parameter& one : all) s += std::string(name_of(one.which)) + ' ';
    return s;
  };
  service_fit f = a_fit(60, 0.25, 1, 4);
  const searched_service by_wish(recorded_options(), 15, false);
  CHECK(names(by_wish.parameters(f, false)) == "start_delay service_time variation slots ");
  CHECK(names(by_wish.parameters(f, true)) == "start_delay service_time variation ");
  CHECK(names(searched_service(recorded_options(), 15, true).parameters(f, true)) == "service_time variation ");
  f.parameters[2].kept = true;
  CHECK(names(by_wish.parameters(f, true)) == "start_delay service_time ");
  const inferred_parameter time = by_wish.parameters(f, true)[1].how;
  CHECK(time.first == Approx(std::log(0.25)));
  CHECK(time.least_spread < time.spread);
}

TEST_CASE("a tried number of slots becomes whole, for the model and for the search") {
  const searched_service s(recorded_options(), 15, true);
  service_fit f = a_fit(60, 0.25, 1, 4);
  const std::vector<searched_parameter> which = s.parameters(f, false);
  REQUIRE(which.size() == 3);
  std::vector<double> at{std::log(0.3), std::log(2.0), std::log(5.4)};
  s.put(which, at, f);
  CHECK(f[service_time].value == Approx(0.3));
  CHECK(f[variation].value == Approx(2));
  CHECK(f[slots].value == Approx(5));
  CHECK(at[2] == Approx(std::log(5.0)));
  at[2] = std::log(0.2);
  s.put(which, at, f);
  CHECK(f[slots].value == Approx(1));
}
