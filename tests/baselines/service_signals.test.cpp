#include <headroom/baselines/service_signals.hpp>

#include <headroom/environments/service_observation.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("service_signals: each names its member, and the requests in the system are those in service or waiting") {
  service_observation o;
  o.time_s = 1;
  o.replicas = 2;
  o.ready = 3;
  o.load = 4;
  o.in_flight = 5;
  o.backlog = 6;
  o.utilisation = 7;
  o.latency_s = 8;
  const auto see = service_signals<service_observation>();
  CHECK(see.time_s(o) == 1);
  CHECK(see.replicas(o) == 2);
  CHECK(see.ready(o) == 3);
  CHECK(see.load(o) == 4);
  CHECK(see.concurrency(o) == 11);
  CHECK(see.utilisation(o) == 7);
  CHECK(see.latency_s(o) == 8);
  CHECK(see.backlog(o) == 6);
}

TEST_CASE("service_signals: an observation of one's own may be derived from that of the service") {
  struct mine : service_observation {
    int shard = 1;
  };
  mine o;
  o.backlog = 6;
  CHECK(service_signals<mine>().concurrency(o) == 6);
  CHECK(service_signals<mine>().backlog(o) == 6);
}
