#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "live_service.hpp"
#include "skip.hpp"

// The service that the other tests scale: if it lost requests by itself, nobody could tell what a scaling costs.

using namespace live_service;

TEST_CASE("the real service: no request is lost while it is scaled, and a replica that dies is replaced") {
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/test --live sets it");
  const world w(3, "1.6");  // longer than a replica has from its last request to its end, unless it finishes them
  const std::string log = read_bytes(w.folder / "cluster.log");
  const std::string url = "http://127.0.0.1:" + std::to_string(port_in(log));
  const auto says = [&](const std::string& text) {
    return within(20, [&] { return contains(read_bytes(w.folder / "cluster.log"), text); });
  };
  REQUIRE(says("replica 3 serves"));
  beside load({program("HEADROOM_LIVE", "live-load"), "--url", url, "--levels", "10", "--seconds", "3"},
              w.folder / "load.log");
  REQUIRE(w.set(5, "test") == 0);
  CHECK(says("replica 5 serves"));
  std::this_thread::sleep_for(std::chrono::seconds(1));  // until each has requests
  REQUIRE(w.set(2, "test") == 0);
  CHECK(says("replica 3 gets no more requests"));
  CHECK(load.end(0) == 0);
  INFO(load.log());
  CHECK(contains(load.log(), " 0 refused, 0 without an answer"));
  CHECK_FALSE(contains(load.log(), " 0 answered"));
  CHECK(says("replica 3 ended"));
  CHECK(says("replica 5 ended"));
  CHECK_FALSE(contains(read_bytes(w.folder / "cluster.log"), "by itself"));

  // One of the two that are left, by its process id.
  CHECK(w.replica_of_cluster() > 0);
  REQUIRE(::kill(w.replica_of_cluster(), SIGKILL) == 0);
  CHECK(says("ended by itself"));
  CHECK(says("replica 6 serves"));
  CHECK(w.wanted() == 2);
  const std::vector<change> seen = w.changes();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].from == 3);
  CHECK(seen[0].to == 5);
  CHECK(seen[1].from == 5);
  CHECK(seen[1].to == 2);
}
