#include <headroom/systems/scheduler/features.hpp>

#include <headroom/core/concepts.hpp>
#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/systems/scheduler/metric_window.hpp>
#include <headroom/systems/scheduler/service_metrics.hpp>

#include <limits>
#include <type_traits>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

std::vector<float> seen(auto& encode, const scheduler::service_metrics& m) {
  const vector_state s = encode(m);
  return {s.begin(), s.end()};
}

}  // namespace

TEST_CASE("the five metrics come in the published order, in their published ranges") {
  auto see = scheduler::features<scheduler::service_metrics>();
  static_assert(VectorEncoder<decltype(see), scheduler::service_metrics>);
  CHECK(see.dimension() == 5);
  CHECK(seen(see, {3, 1.5, 2.5, 0.5, 0.04}) == std::vector<float>{0.5F, 0.5F, 0.25F, 0.5F, 0.25F});
  CHECK(seen(see, {6, 3, 10, 1, 0.16}) == std::vector<float>{1, 1, 1, 1, 1});
  CHECK(see.saturated() == 0);
}

TEST_CASE("what leaves its range is clamped there, and counted") {
  auto see = scheduler::features<scheduler::service_metrics>();
  CHECK(seen(see, {1, 10.6, 99, 1, 0.08}) == std::vector<float>{1.0F / 6, 1, 1, 1, 0.5F});
  CHECK(seen(see, {7, 0, -1, 1, 0.08})[2] == 0);
  CHECK(see.saturated(0) == 1);
  CHECK(see.saturated(1) == 1);
  CHECK(see.saturated(2) == 2);
  CHECK(see.saturated(3) == 0);
  CHECK(see.saturated(4) == 0);
  CHECK(see(scheduler::service_metrics{1, std::numeric_limits<double>::quiet_NaN(), 0, 0, 0}).empty());
}

TEST_CASE("the older ranges begin at one instance and do not cut the queue") {
  auto see = scheduler::features<scheduler::service_metrics>(scheduler::ranges::older(11, 10, 4));
  CHECK(seen(see, {6, 5, 49.5, 0.25, 1}) == std::vector<float>{0.5F, 0.5F, 0.5F, 0.25F, 0.25F});
}

TEST_CASE("one encoder serves the simulator, the live window and whatever else has the five") {
  using simulated = decltype(scheduler::features<scheduler::observation>());
  using live = decltype(scheduler::features<scheduler::metric_reading>());
  static_assert(std::is_same_v<simulated, live>);
  auto see = scheduler::features<scheduler::metric_reading>();
  static_assert(VectorEncoder<decltype(see), scheduler::observation>);
  scheduler::environment world(1);
  CHECK(see(world.reset()).size() == 5);
  CHECK(see(scheduler::metric_reading{}).size() == 5);
}
