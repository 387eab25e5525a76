#include <headroom/calibration/service_fit.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("both laws have the mean and the variation that are asked for, and differ in their tails") {
  for (const service_law law : {service_law::lognormal, service_law::gamma}) {
    const duration d = duration_of(law, 0.25, 0.6);
    CHECK(d.mean_s() == Approx(0.25));
    CHECK(d.variation() == Approx(0.6));
  }
  const auto largest = [](const duration& d) {
    engine random(7);
    double most = 0;
    for (int k = 0; k < 20000; ++k) most = std::max(most, d(random));
    return most;
  };
  // Of 20,000 with a variation of 1 the lognormal's largest is about e^(0.83 * 4) * 0.71 = 20, and 13.9 with this seed.
  // The exponential's is about log(20000) = 10.
  CHECK(largest(duration_of(service_law::lognormal, 1, 1)) > 12);
  CHECK(largest(duration_of(service_law::gamma, 1, 1)) < 12);
}

TEST_CASE("a parameter is fitted if it was not known and could be told") {
  fitted_parameter p;
  CHECK(p.fitted());
  p.untold = "nothing was recorded";
  CHECK_FALSE(p.fitted());
  p.untold.clear();
  p.kept = true;
  CHECK_FALSE(p.fitted());

  service_fit f;
  for (const service_parameter which : service_parameters) {
    fitted_parameter one{which};
    one.value = 1 + static_cast<double>(which);
    f.parameters.push_back(one);
  }
  CHECK(f[service_parameter::slots].value == 4);
  CHECK(f[service_parameter::start_delay].value == 1);
}
