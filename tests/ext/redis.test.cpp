#include <headroom/ext/redis.hpp>

#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "ext/raw_server.hpp"
#include "scratch.hpp"

using namespace headroom;

// What only a broken server says. What the real one says stands in tests/real/redis.test.cpp.

namespace {

using answer_kind = redis_answer::kind;

redis_answer asked_of(const std::string& bytes, const redis::words& command = {"GET", "x"}) {
  const raw_server at({{{bytes}, true}});
  redis r({.address = at.address(), .timeout_s = 20});
  return r.ask(command);
}
bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("redis: an answer is taken apart, each type as what it is") {
  CHECK(asked_of("$-1\r\n").is(answer_kind::nil));
  CHECK(asked_of("$0\r\n\r\n").is(answer_kind::text));  // an empty text is not nothing
  CHECK(asked_of(":-7\r\n").whole == -7);
  CHECK(asked_of("+OK\r\n").text == "OK");
  CHECK(asked_of("$4\r\na\0b\n\r\n" + std::string()).is(answer_kind::failed));  // the text is shorter than it says
  CHECK(asked_of(std::string("$4\r\na\0b\n\r\n", 10)).text == std::string("a\0b\n", 4));
  const redis_answer list = asked_of("*3\r\n:1\r\n$-1\r\n*1\r\n$1\r\nx\r\n");
  REQUIRE(list.is(answer_kind::list));
  REQUIRE(list.list.size() == 3);
  CHECK(list.list[1].is(answer_kind::nil));
  CHECK(list.list[2].list.at(0).text == "x");
  const redis_answer error = asked_of("-WRONGTYPE no list\r\n");
  CHECK(error.is(answer_kind::error));
  CHECK_FALSE(error.good());
  CHECK_FALSE(asked_of("hello\r\n").good());
}

TEST_CASE("redis: a command is sent as it is, whatever bytes it holds") {
  const raw_server at({{{"+OK\r\n"}}});
  redis r({.address = at.address()});
  CHECK(r.ask({"SET", "a b", "line\nend"}).good());
  CHECK(at.hears("line\nend\r\n"));
  CHECK(at.heard() == "*3\r\n$3\r\nSET\r\n$3\r\na b\r\n$8\r\nline\nend\r\n");
}

TEST_CASE("redis: missing is never zero, and the sentence says what is missing") {
  const auto number = [](const std::string& bytes) {
    const raw_server at({{{bytes}}});
    redis r({.address = at.address()});
    const reading seen = r.number("counter");
    return std::string(to_text(seen.why)) + ": " + r.said();
  };
  CHECK(number("$2\r\n17\r\n") == "known: ");
  CHECK(number("$-1\r\n") == "empty: counter is not there");
  CHECK(number("$0\r\n\r\n") == "failed: counter is , must be a number");
  CHECK(number("$3\r\n1 2\r\n") == "failed: counter is 1 2, must be a number");
  CHECK(number("$3\r\nnan\r\n").rfind("not finite: counter is nan", 0) == 0);
  CHECK(holds(number("-WRONGTYPE of a list\r\n"), "GET counter: WRONGTYPE of a list"));
  const auto length = [](const std::string& bytes) {
    const raw_server at({{{"+OK\r\n+QUEUED\r\n+QUEUED\r\n" + bytes}}});
    redis r({.address = at.address()});
    const reading seen = r.length("queue", "queue:made");
    return seen.known() ? to_text(seen.value) : std::string(to_text(seen.why)) + ": " + r.said();
  };
  CHECK(length("*2\r\n:0\r\n:1\r\n") == "0");
  CHECK(length("*2\r\n:3\r\n:0\r\n") == "3");
  CHECK(length("*2\r\n:0\r\n:0\r\n") ==
        "empty: queue is not there, and neither is queue:made, which would say that it is empty");
  CHECK(holds(length("*2\r\n-WRONGTYPE x\r\n:1\r\n"), "failed: redis: "));
  CHECK(holds(length("*1\r\n:0\r\n"), "failed"));
  CHECK(holds(length("*-1\r\n"), "failed"));  // EXEC was refused
}

TEST_CASE("redis: half an answer, none in time, and one that trickles in are failures") {
  const auto seconds = [](auto&& f) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  {
    const raw_server at({{{"$5\r\nhal"}, true}});
    redis r({.address = at.address()});
    CHECK(r.ask({"GET", "x"}).is(answer_kind::failed));
    CHECK(r.said() == "redis: " + at.address() + ": GET x: the connection was closed before the whole answer came");
    CHECK_FALSE(r.connected());
  }
  {
    const raw_server at(std::vector<raw_server::script>(1));
    redis r({.address = at.address(), .timeout_s = 0.2});
    CHECK(seconds([&] { CHECK_FALSE(r.ask({"PING"}).good()); }) < 3);
    CHECK(r.said() == "redis: " + at.address() + ": PING: no whole answer within 0.2 s");
  }
  {
    // Each byte comes in time, and the whole does not.
    const raw_server at({{std::vector<std::string>(100, "+"), false, 50}});
    redis r({.address = at.address(), .timeout_s = 0.3});
    CHECK(seconds([&] { CHECK_FALSE(r.ask({"PING"}).good()); }) < 3);
  }
}

TEST_CASE("redis: a broken connection is made anew for the next command, and no command is sent twice") {
  const raw_server at({{{"+one\r\n"}, true}, {{"+two\r\n"}}});
  redis r({.address = at.address()});
  CHECK(r.ask({"FIRST"}).text == "one");
  at.wait_for_closed(1);
  // Writing to a closed connection raises SIGPIPE, which would end this program.
  CHECK(r.ask({"SECOND"}).is(answer_kind::failed));
  CHECK(r.ask({"THIRD"}).text == "two");
  CHECK(at.hears("THIRD"));
  CHECK(holds(at.heard(), "FIRST"));
  CHECK_FALSE(holds(at.heard(), "SECOND"));
}

TEST_CASE("redis: a late answer is never taken for that to the next command") {
  const raw_server at({{{"", "+late\r\n"}, false, 400}, {{"+right\r\n"}}});
  redis r({.address = at.address(), .timeout_s = 0.1});
  CHECK_FALSE(r.ask({"FIRST"}).good());
  redis patient({.address = at.address(), .timeout_s = 20});
  CHECK_FALSE(r.connected());
  CHECK(patient.ask({"SECOND"}).text == "right");
}

TEST_CASE("redis: the password is sent before anything else, and a refusal is told without it") {
  const scratch_folder folder;
  write_bytes(folder / "password", "sesame\n");
  {
    const raw_server at({{{"+OK\r\n+OK\r\n", "+PONG\r\n"}}});
    redis r({.address = at.address(), .timeout_s = 20, .database = 3, .password_file = folder / "password"});
    CHECK(r.ask({"PING"}).text == "PONG");
    CHECK(at.heard().rfind("*2\r\n$4\r\nAUTH\r\n$6\r\nsesame\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n", 0) == 0);
  }
  {
    const raw_server at({{{"-WRONGPASS invalid\r\n"}}});
    redis r({.address = at.address(), .timeout_s = 20, .user = "me", .password_file = folder / "password"});
    CHECK(r.ask({"PING"}).is(answer_kind::failed));
    CHECK(holds(r.said(), "it does not let us in: WRONGPASS invalid"));
    CHECK_FALSE(holds(r.said(), "sesame"));
    CHECK_FALSE(holds(at.heard(), "PING"));
  }
}

TEST_CASE("redis: options that cannot work are refused before anything is asked") {
  const scratch_folder folder;
  write_bytes(folder / "password", "sesame");
  const auto refused = [](const redis_options& o) { return refusal<std::exception>([&] { redis{o}; }); };
  CHECK(refused({}) == "accepted");
  CHECK(refused({.address = "localhost:70000"}) ==
        "redis: address is localhost:70000, must end with a port from 0 to "
        "65535");
  CHECK(holds(refused({.address = "unix:"}), "must name a socket behind unix:"));
  CHECK(holds(refused({.address = "unix:" + std::string(120, 'a')}), "at most 104 characters"));
  CHECK(refused({.timeout_s = 0}) == "redis: timeout_s is 0, must be positive and finite");
  CHECK(refused({.timeout_s = 3601}) == "redis: timeout_s is 3601, must be at most 3600");
  CHECK(refused({.database = -1}) == "redis: database is -1, must be zero or more");
  CHECK(refused({.user = "me"}) == "redis: user is me, must have a password_file");
  CHECK(holds(refused({.address = "10.0.0.1", .password_file = folder / "password"}), "or set secret_without_tls"));
  CHECK(refused({.address = "10.0.0.1", .password_file = folder / "password", .secret_without_tls = true}) ==
        "accepted");
  CHECK(holds(refused({.password_file = folder / "absent"}), "cannot be opened"));
}

TEST_CASE("redis: nobody there is told, and nothing is thrown") {
  const scratch_folder folder;
  redis r({.address = "unix:" + (folder / "nobody").string()});
  CHECK(r.number("x").why == unknown_why::failed);
  CHECK(holds(r.said(), "nobody can be reached there: "));
}
