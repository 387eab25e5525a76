#include <headroom/systems/farm/observation.hpp>

#include <headroom/systems/farm/environment.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("observation: the first nine members are the published ones, in their order") {
  const farm::observation o{1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(o.input_queue == 1);
  CHECK(o.worker_queue == 2);
  CHECK(o.result_queue == 3);
  CHECK(o.output_queue == 4);
  CHECK(o.workers == 5);
  CHECK(o.average_latency == 6);
  CHECK(o.maximum_latency == 7);
  CHECK(o.arrival_rate == 8);
  CHECK(o.qos_rate == 9);
  CHECK(o.time_s == 0);
}

TEST_CASE("observation: an empty window has a latency of 1.5 s and everything in time, and so begins the farm") {
  const farm::observation none;
  CHECK(none.average_latency == 1.5);
  CHECK(none.maximum_latency == 1.5);
  CHECK(none.qos_rate == 1);
  CHECK(none.status == episode::ongoing);
  farm::environment world(1000);
  const farm::observation first = world.reset();
  CHECK(first.average_latency == none.average_latency);
  CHECK(first.maximum_latency == none.maximum_latency);
  CHECK(first.qos_rate == none.qos_rate);
  CHECK(first.enqueued_total == 0);
  CHECK(first.requested_delta == 0);
  CHECK(first.applied_delta == 0);
  CHECK(first.status == episode::ongoing);
}
