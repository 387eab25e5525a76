#include <csignal>
#include <string>
#include <vector>

#include <headroom/io/journal_reader.hpp>

#include "catch.hpp"
#include "live_service.hpp"
#include "skip.hpp"

// A hand-over of `headroom run` beside a real Prometheus, on processes behind a real nginx.

using namespace headroom;
using namespace live_service;

TEST_CASE("run: a learner takes over a real service in steps, and kill -9 does not send it back") {
  if (!missing().empty()) HEADROOM_SKIP(missing() + " is not set; scripts/test --live sets it");
  world w(5);
  w.metrics.load = 200;
  REQUIRE(w.answers("max(door_load)"));
  daemon_options o;
  o.interval_s = 0.2;
  o.more =
      "slowest_read_s = 5\n[source.late]\nquery = \"0 * max(door_load)\"\n[hand_over]\nname = \"constant:4\"\nblock = "
      "4\nsettle = 1\nleast_pairs = 3\nmemory = 6\nrecent = 2\n";
  const auto in = [](const std::string& stage) {
    return [stage](const journal_record& r) { return r.hand_over && r.hand_over->stage == stage; };
  };
  {
    const auto daemon = w.daemon(o);
    CHECK(w.decides(in("advice"), 30));
    REQUIRE(w.decides(in("bounded"), 60));
    CHECK(daemon->end(SIGKILL) == -1);
  }
  const std::size_t before = w.journal().size();
  const auto daemon = w.daemon(o);
  REQUIRE(w.decides(in("all"), 90));
  CHECK(within(30, [&] { return w.wanted() == 4; }));
  CHECK(daemon->end(SIGTERM) == 0);
  INFO(w.daemon_log());
  const auto all = w.journal();
  std::string stage = "advice";
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (!all[k].hand_over) continue;
    const journal_hand_over& h = *all[k].hand_over;
    // From the second process on it never begins with advice again, unless it was handed back.
    if (k >= before && stage == "advice") CHECK(h.stage != "advice");
    stage = h.stage;
    if (h.stage == "advice") CHECK(!h.learner);
    if (all[k].to) CHECK(*all[k].to >= 3);
  }
}
