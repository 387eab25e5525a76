#include <headroom/environments/service_state.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("service_state: requests take the slots first, and the others wait") {
  const service_state s = state_of(3, 4, 2, 37, 8);
  CHECK(s.in_service == 32);
  CHECK(s.waiting == 5);
  CHECK(s.in_system() == 37);
  CHECK(s.wanted() == 6);
  CHECK(s.rate == 3);
  CHECK(state_of(3, 4, 2, 7, 8).waiting == 0);
  CHECK(state_of(3, 0, 2, 7, 8).waiting == 7);
  CHECK_THROWS_WITH(state_of(3, 4, -1, 7, 8), "service_state: replicas is -1, must be zero or more");
  CHECK_THROWS_WITH(state_of(3, 4, 1, 7, 0), "service_state: slots is 0, must be at least 1");
}

TEST_CASE("service_state: an observation's numbers") {
  service_observation o;
  o.time_s = 60;
  o.load = 5;
  o.ready = 3;
  o.starting = 2;
  o.draining = 1;
  o.in_flight = 9;
  o.backlog = 4;
  const service_state s = state_of(o);
  CHECK(s.time_s == 60);
  CHECK(s.rate == 5);
  CHECK(s.ready == 3);
  CHECK(s.starting == 2);
  CHECK(s.draining == 1);
  CHECK(s.in_system() == 13);
}

TEST_CASE("service_outcome: late is what ended out of time") {
  service_outcome r;
  r.finished = 10;
  r.in_time = 7;
  r.lost = 2;
  CHECK(r.late() == 5);
}
