#include <headroom/systems/farm/as_service.hpp>

#include <cmath>

#include <headroom/systems/farm/environment.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("as_service: every number of the farm that a service has, too") {
  farm::observation o;
  o.time_s = 80;
  o.arrival_rate = 5.5;
  o.enqueued_total = 30;
  o.output_queue = 12;
  o.result_queue = 3;
  o.worker_queue = 5;
  o.workers = 20;
  o.average_latency = 2.5;
  o.maximum_latency = 9;
  o.requested_delta = -2;
  o.applied_delta = -1;
  o.status = episode::truncated;
  const service_observation s = farm::as_service(o);
  CHECK(s.time_s == 80);
  CHECK(s.load == 5.5);
  CHECK(s.backlog == 5);
  CHECK(s.in_flight == 10);
  CHECK(s.in_flight + s.backlog == farm::concurrency(o));
  CHECK(s.utilisation == 0.5);
  CHECK(s.latency_s == 2.5);
  CHECK(s.maximum_s == 9);
  CHECK(s.replicas == 20);
  CHECK(s.ready == 20);
  CHECK(s.starting == 0);
  CHECK(s.requested == -2);
  CHECK(s.applied == -1);
  CHECK(s.status == episode::truncated);
  CHECK(std::isnan(s.p95_s));  // the farm does not tell it
}

TEST_CASE("as_service: the first observation counts nothing as enqueued, and no number of requests is below zero") {
  farm::observation first;
  first.worker_queue = 4;
  first.workers = 12;
  const service_observation s = farm::as_service(first);
  CHECK(s.in_flight == 0);
  CHECK(s.backlog == 4);
  CHECK(s.utilisation == 0);
}
