#include <headroom/systems/farm/signals.hpp>

#include <algorithm>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("the farm's signals are read off its observation") {
  farm::observation o;
  o.worker_queue = 3;
  o.result_queue = 2;
  o.output_queue = 10;
  o.enqueued_total = 23;
  o.workers = 10;
  o.arrival_rate = 4.5;
  o.average_latency = 2.5;
  o.time_s = 17;
  const signals<farm::observation> see = farm::all_signals();
  CHECK(see.time_s(o) == 17);
  CHECK(see.replicas(o) == 10);
  CHECK(!see.ready);
  CHECK(see.serving(o) == 10);
  CHECK(see.load(o) == 4.5);
  CHECK(see.concurrency(o) == 11);  // 23 came, 12 are done
  CHECK(see.utilisation(o) == Approx(0.8));
  CHECK(see.latency_s(o) == 2.5);
  CHECK(see.backlog(o) == 3);
}

TEST_CASE("before anything is counted the farm is idle, and never less than that") {
  farm::environment world(1);
  const farm::observation first = world.reset();
  CHECK(farm::concurrency(first) == 0);
  CHECK(farm::utilisation(first) == 0);
  farm::observation o = first;
  o.worker_queue = 4;  // waits, but enqueued_total says 0, as published
  CHECK(farm::concurrency(o) == 0);
  CHECK(farm::utilisation(o) == 0);
  double most = 0;
  for (episode status = episode::ongoing; status == episode::ongoing;) {
    const auto r = world.step(0);
    status = r.status;
    CHECK(farm::utilisation(r.observation) <= 1);
    most = std::max(most, farm::utilisation(r.observation));
  }
  CHECK(most == 1);
}
