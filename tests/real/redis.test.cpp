#include <headroom/ext/redis.hpp>

#include <string>

#include <headroom/ext/redis_queue.hpp>

#include "catch.hpp"
#include "real/redis_server.hpp"
#include "skip.hpp"

using namespace headroom;

// Against the real redis-server. HEADROOM_REDIS is its program.
#define HEADROOM_NEED_REDIS() \
  if (redis_server::program() == nullptr) HEADROOM_SKIP("HEADROOM_REDIS is not set; scripts/test --live sets it")

namespace {

using taken_kind = redis_queue::taken::kind;

bool tells(const redis& r, const std::string& part) { return r.said().find(part) != std::string::npos; }

}  // namespace

TEST_CASE("redis: a list that is not there is not an empty one, and a key of another type is neither") {
  HEADROOM_NEED_REDIS();
  const redis_server server;
  redis r({.address = server.address()});
  CHECK(r.length("queue", "queue:enqueued_total").why == unknown_why::empty);
  redis_queue queue(r, {.name = "queue", .counted = true});
  REQUIRE(queue.push("a"));
  REQUIRE(queue.push("b"));
  CHECK(queue.length().value == 2);
  CHECK(r.number(queue.counter()).value == 2);
  CHECK(queue.take("me").text == "a");
  CHECK(queue.take("me").text == "b");
  CHECK(queue.take("me").what == taken_kind::nothing);
  CHECK(queue.length().value == 0);  // known to be empty: the counter says that it was used
  REQUIRE(r.ask({"SET", "queue", "text"}).good());
  CHECK(queue.length().why == unknown_why::failed);
  CHECK(tells(r, "LLEN queue: WRONGTYPE"));
  CHECK(r.number("queue").why == unknown_why::failed);
  CHECK(tells(r, "queue is text, must be a number"));
  REQUIRE(r.ask({"LPUSH", "list", "x"}).good());
  CHECK(r.number("list").why == unknown_why::failed);
  CHECK(queue.take("me").what == taken_kind::failed);
}

TEST_CASE("redis: a transaction is executed as a whole, or not at all") {
  HEADROOM_NEED_REDIS();
  const redis_server server;
  redis r({.address = server.address()});
  CHECK_FALSE(r.ask_together({{"INCR", "n"}, {"NOT_A_COMMAND"}}).good());
  CHECK(tells(r, "unknown command"));
  CHECK(r.number("n").why == unknown_why::empty);
  CHECK(r.ask_together({{"INCR", "n"}, {"INCR", "n"}}).list.at(1).whole == 2);
}

TEST_CASE("redis: the plain way loses what a holder took, the reliable way puts it back to the front") {
  HEADROOM_NEED_REDIS();
  const redis_server server;
  redis r({.address = server.address()});
  for (const bool reliable : {false, true}) {
    REQUIRE(r.ask({"FLUSHALL"}).good());
    redis_queue work(r, {.name = "work", .counted = true, .reliable = reliable});
    for (const char* text : {"1", "2", "3"}) REQUIRE(work.push(text));
    CHECK(work.take("dies").text == "1");
    CHECK(work.recover("dies") == (reliable ? 1 : 0));
    CHECK(work.recover("dies") == 0);
    CHECK(work.take("lives").text == (reliable ? "1" : "2"));
  }
}

TEST_CASE("redis: after a lost answer, an entry is handed out again to the same holder and is done once") {
  HEADROOM_NEED_REDIS();
  const redis_server server;
  redis r({.address = server.address()});
  redis_queue work(r, {.name = "work", .counted = true, .reliable = true});
  redis_queue results(r, {.name = "results", .counted = true});
  REQUIRE(work.push("1"));
  REQUIRE(work.push("2"));
  REQUIRE(r.ask({"LPUSH", "signals", "LEAVE"}).good());
  CHECK(work.take("one", "signals").what == taken_kind::signal);  // a signal comes before the next entry
  CHECK(work.take("one", "signals").text == "1");
  REQUIRE(r.ask({"LPUSH", "signals", "LEAVE"}).good());
  CHECK(work.take("one", "signals").text == "1");  // as if the answer had been lost: not 2, and no signal before it
  CHECK(work.take("other").text == "2");
  for (int k = 0; k < 3; ++k) CHECK(work.done("one", "1", results, "1 done"));
  CHECK(results.length().value == 1);
  CHECK(work.take("one", "signals").what == taken_kind::signal);
  CHECK(work.recover("other") == 1);
  CHECK(work.length().value == 1);
}

TEST_CASE("redis: a server that stops answers nothing in time, and one that is started anew is asked anew") {
  HEADROOM_NEED_REDIS();
  redis_server server;
  redis r({.address = server.address(), .timeout_s = 0.3});
  REQUIRE(r.ask({"SET", "n", "7"}).good());
  server.freeze(true);
  CHECK(r.number("n").why == unknown_why::failed);
  CHECK(tells(r, "no whole answer within 0.3 s"));
  server.freeze(false);
  CHECK(r.number("n").value == 7);
  server.end();
  CHECK(r.number("n").why == unknown_why::failed);
  CHECK(r.number("n").why == unknown_why::failed);
  CHECK(tells(r, "nobody can be reached there"));
  server.start();
  CHECK(r.number("n").why == unknown_why::empty);  // what it held is gone, and that is no zero
}
