#include <headroom/systems/quota/decision_log.hpp>

#include <string>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("a log keeps the last decisions, oldest first, and counts what it dropped") {
  quota::decision_log log(3);
  CHECK(log.size() == 0);
  for (int k = 1; k <= 8; ++k) {
    log.add(static_cast<std::uint64_t>(k), to_text(k));
    const int kept = k < 3 ? k : 3;
    REQUIRE(log.size() == static_cast<std::size_t>(kept));
    CHECK(log.dropped() == static_cast<std::uint64_t>(k - kept));
    for (int i = 0; i < kept; ++i) {
      const quota::logged_decision& d = log[static_cast<std::size_t>(i)];
      CHECK(d.iteration == static_cast<std::uint64_t>(k - kept + 1 + i));
      CHECK(d.sentence == to_text(k - kept + 1 + i));
    }
  }
}

TEST_CASE("decision_log refuses to keep nothing") {
  CHECK_THROWS_WITH(quota::decision_log(0), "decision_log: capacity is 0, must be from 1 to 10000000");
}
