#include <headroom/systems/scheduler/service_metrics.hpp>

#include <cstddef>
#include <type_traits>

#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/systems/scheduler/features.hpp>
#include <headroom/systems/scheduler/metric_window.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("service_metrics: the order is that of the published network's inputs") {
  const scheduler::service_metrics m{1, 2, 3, 4, 5};
  CHECK(m.n_instances == 1);
  CHECK(m.pressure == 2);
  CHECK(m.queue_length_dominant == 3);
  CHECK(m.utilization == 4);
  CHECK(m.workload == 5);
}

TEST_CASE("service_metrics: without traffic one replica is idle and nothing is missed") {
  const scheduler::service_metrics m;
  CHECK(m.n_instances == 1);
  CHECK(m.pressure == 0);
  CHECK(m.queue_length_dominant == 0);
  CHECK(m.utilization == 0);
  CHECK(m.workload == 0);
}

TEST_CASE("service_metrics: what the simulator and a live window see is encoded alike") {
  CHECK(std::is_base_of_v<scheduler::service_metrics, scheduler::observation>);
  CHECK(std::is_base_of_v<scheduler::service_metrics, scheduler::metric_reading>);
  const scheduler::service_metrics m{3, 0.5, 1.5, 0.7, 0.1};
  scheduler::observation simulated;
  static_cast<scheduler::service_metrics&>(simulated) = m;
  auto of_metrics = scheduler::features<scheduler::service_metrics>();
  auto of_simulator = scheduler::features<scheduler::observation>();
  const auto a = of_metrics(m);
  const auto b = of_simulator(simulated);
  REQUIRE(a.size() == 5);
  REQUIRE(b.size() == 5);
  for (std::size_t k = 0; k < 5; ++k) {
    CHECK(a[k] == b[k]);
    for (std::size_t i = 0; i < k; ++i) CHECK(a[i] != a[k]);
  }
}
