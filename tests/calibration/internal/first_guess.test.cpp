#include <headroom/calibration/internal/first_guess.hpp>

#include <cmath>
#include <span>
#include <vector>

#include "calibration/recorded_service.hpp"
#include "catch.hpp"

using namespace headroom;
using enum service_parameter;

namespace {

service_fit all_unknown() {
  service_fit f;
  for (const service_parameter which : service_parameters) {
    fitted_parameter one{which};
    one.value = 1;
    f.parameters.push_back(one);
  }
  return f;
}
bool guess(service_fit& f, const service_history& h) {
  return internal::first_guess(h, history_summaries(h))(f, false);
}

}  // namespace

TEST_CASE("mean latency, quantiles and utilisation of quiet rows give values near the true ones") {
  const service_history h = recorded_service(400, 3);
  service_fit f = all_unknown();
  CHECK_FALSE(guess(f, h));
  CHECK(f[service_time].value == Approx(0.25).epsilon(0.15));
  CHECK(f[variation].value == Approx(1).epsilon(0.35));
  CHECK(f[slots].value == 4);
  CHECK(f[start_delay].value == 1);  // ready replicas tell it, and not this
}

TEST_CASE("without a mean, requests in flight give the service time, and without them a quantile") {
  service_history h = recorded_service(400, 3);
  h.mean_latency_s.clear();
  service_fit f = all_unknown();
  CHECK_FALSE(guess(f, h));
  CHECK(f[service_time].value == Approx(0.25).epsilon(0.05));
  h.in_flight.clear();
  f = all_unknown();
  CHECK_FALSE(guess(f, h));
  CHECK(f[service_time].value == Approx(0.25).epsilon(0.3));
  // Nothing but the utilisation: the service time over slots is known, so it follows the slots of the start.
  h.p50_s.clear();
  h.p95_s.clear();
  h.p99_s.clear();
  f = all_unknown();
  f.parameters[3].kept = true;
  f.parameters[3].value = 4;
  CHECK_FALSE(guess(f, h));
  CHECK(f[service_time].value == Approx(0.25).epsilon(0.05));
}

TEST_CASE("what is known is left, and slots without a utilisation are left to replays") {
  service_history h = recorded_service(400, 3);
  service_fit f = all_unknown();
  f.parameters[1].kept = true;
  f.parameters[1].value = 0.5;
  f.parameters[2].kept = true;
  CHECK_FALSE(guess(f, h));
  CHECK(f[service_time].value == 0.5);
  CHECK(f[variation].value == 1);
  CHECK(f[slots].value == 8);  // twice the service time in the same utilisation
  h.utilisation.clear();
  f = all_unknown();
  CHECK(guess(f, h));
  CHECK(f[slots].value == 1);
  h.ready.clear();
  h.utilisation = recorded_service(400, 3).utilisation;
  f = all_unknown();
  static_cast<void>(guess(f, h));
  CHECK(f[start_delay].value == Approx(60).margin(15));
}

TEST_CASE("the variation comes from the lowest and the highest quantile, within what a service can have") {
  service_history h = recorded_service(400, 3);
  const auto variation_of = [&h](double p50_s, double p95_s, double p99_s) {
    h.p50_s.assign(h.size(), p50_s);
    h.p95_s.assign(h.size(), p95_s);
    h.p99_s.assign(h.size(), p99_s);
    service_fit f = all_unknown();
    static_cast<void>(guess(f, h));
    return f[variation].value;
  };
  const auto of_spread = [](double s) { return Approx(std::sqrt(std::expm1(s * s))); };
  CHECK(variation_of(0.1, 0.11, 0.1 * std::exp(2.326 * 0.5)) == of_spread(0.5));
  CHECK(variation_of(0.1, 0.1 * std::exp(1.645 * 0.5), 0.05) == of_spread(0.5));  // no quantile lies below a lower one
  CHECK(variation_of(0.1, 0.1, 0.1 * std::exp(2.326 * 3)) == of_spread(1.8));
  CHECK(variation_of(0.1, 0.1, 0.1 * std::exp(2.326 * 0.01)) == of_spread(0.05));
  CHECK(variation_of(0.1, 0.1, 0.1) == of_spread(0.7));  // they tell nothing
}

TEST_CASE("a variation that is known gives the mean from a quantile") {
  service_history h = recorded_service(400, 3);
  h.mean_latency_s.clear();
  h.in_flight.clear();
  h.p50_s.clear();
  h.p95_s.assign(h.size(), 0.5);
  h.p99_s.clear();
  service_fit f = all_unknown();
  f.parameters[2].kept = true;
  f.parameters[2].value = 0.3;
  CHECK_FALSE(guess(f, h));
  const double s = std::sqrt(std::log1p(0.09));
  CHECK(f[service_time].value == Approx(0.5 / std::exp(1.645 * s - s * s / 2)));
  CHECK(f[variation].value == 0.3);
}

TEST_CASE("slots are whole and at least one, processors need not be whole") {
  service_history h = recorded_service(400, 3);
  service_fit f = all_unknown();
  f.parameters[1].kept = true;
  f.parameters[1].value = 0.28;  // four and a half slots, or so
  CHECK_FALSE(internal::first_guess(h, history_summaries(h))(f, true));
  const double processors = f[slots].value;
  CHECK(processors == Approx(4.48).epsilon(0.05));
  CHECK_FALSE(guess(f, h));
  CHECK(f[slots].value == std::round(processors));
  CHECK(f[slots].value != processors);
  f.parameters[1].value = 0.01;
  CHECK_FALSE(guess(f, h));
  CHECK(f[slots].value == 1);
}

TEST_CASE("the slots whose summaries are nearest are taken, with less service time only where it is not sure") {
  const std::vector<double> observed{std::log(8.0), std::log(0.7)};
  const auto look = [](const service_fit& f, std::span<double> out) {
    out[0] = std::log(f[slots].value);
    out[1] = std::log(f[service_time].value);
  };
  service_fit f = all_unknown();
  CHECK(internal::guess_slots(f, observed, false, look) == 56);
  CHECK(f[slots].value == 8);
  CHECK(f[service_time].value == Approx(0.7));
  f = all_unknown();
  CHECK(internal::guess_slots(f, observed, true, look) == 14);
  CHECK(f[slots].value == 8);
  CHECK(f[service_time].value == 1);
  // A model that serves no request in those rows is far, and not near.
  const auto silent = [&](const service_fit& model, std::span<double> out) {
    look(model, out);
    if (model[slots].value != 16) out[0] = out[1] = std::nan("");
  };
  CHECK(internal::guess_slots(f, observed, true, silent) == 14);
  CHECK(f[slots].value == 16);
}
