#include <headroom/systems/farm/live/queue_source.hpp>

#include <string>
#include <vector>

#include <headroom/systems/farm/observation.hpp>

#include "catch.hpp"
#include "ext/raw_server.hpp"

using namespace headroom;

namespace {

farm::queued_task some_task() {
  return {.id = "t1",
          .generated_s = 1.5,
          .service_s = 0.25,
          .deadline_s = 0.5,
          .finished_s = 1.9,
          .collected_s = 2,
          .worker = "worker-1"};
}
std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }
// What the transaction of farm::queue_source answers.
std::string queues(const std::string& marker, const std::string& lengths, const std::string& total,
                   const std::vector<std::string>& newest_first) {
  std::string s = "+OK\r\n";
  for (int k = 0; k < 7; ++k) s += "+QUEUED\r\n";
  s += "*7\r\n" + marker + lengths + total + "*" + std::to_string(newest_first.size()) + "\r\n";
  for (const std::string& one : newest_first) s += bulk(one);
  return s;
}

}  // namespace

TEST_CASE("the nine observations, of one moment") {
  farm::queued_task first = some_task();
  farm::queued_task second = some_task();
  second.collected_s = 9;
  second.generated_s = 5;
  const raw_server at({{{queues(":1\r\n", ":3\r\n:7\r\n:1\r\n:1\r\n", bulk("9"), {first.json()}),
                         queues(":1\r\n", ":2\r\n:0\r\n:0\r\n:2\r\n", bulk("25"), {second.json()})}}});
  double now = 0.75;
  redis server({.address = at.address(), .timeout_s = 20});
  farm::queue_source<farm::observation> source(
      server, [&now] { return now; }, [] { return reading::of(12); }, {.expected_tasks = 1140});
  const auto begin = source.read();
  REQUIRE(begin.has_value());
  CHECK(begin->input_queue == 3);
  CHECK(begin->worker_queue == 7);
  CHECK(begin->result_queue == 1);
  CHECK(begin->output_queue == 1);
  CHECK(begin->workers == 12);
  CHECK(begin->enqueued_total == 0);  // as published: only from the second observation on
  CHECK(begin->arrival_rate == 0);
  CHECK(begin->qos_rate == 1);
  CHECK(begin->average_latency == 0.5);
  now = 10.75;
  // The raw server answers once a connection: what it sent at once is read in order.
  const auto next = source.read();
  REQUIRE(next.has_value());
  CHECK(next->arrival_rate == 2.5);  // all 25 since the beginning, in 10 s
  CHECK(next->enqueued_total == 25);
  CHECK(next->average_latency == 4);  // the first was collected more than 8 s ago
  CHECK(next->maximum_latency == 4);
  CHECK(next->qos_rate == 0);
  CHECK(next->unfinished == 1138);
  CHECK(next->time_s == 10.75);
  CHECK(source.collected() == 2);
  CHECK(source.in_time() == 1);
  CHECK(at.hears("$2\r\n-1\r\n"));  // all records first
  CHECK(at.hears("$2\r\n-2\r\n"));  // then without the one that was read
}

TEST_CASE("what is missing or damaged is unknown, and never zero") {
  const auto said = [](const std::string& answer, const reading& workers = reading::of(12)) {
    const raw_server at({{{answer}}});
    redis server({.address = at.address(), .timeout_s = 20});
    farm::queue_source<farm::observation> source(
        server, [] { return 1.0; }, [workers] { return workers; });
    return source.read().has_value() ? std::string("known") : source.said();
  };
  const std::string good = ":0\r\n:0\r\n:0\r\n:0\r\n";
  CHECK(said(queues(":1\r\n", good, bulk("0"), {})) == "known");
  CHECK(said(queues(":0\r\n", good, bulk("0"), {})) ==
        "farm::queue_source: workflow_init_syn_queue is not there: there is no farm");
  CHECK(said(queues(":1\r\n", good, "$-1\r\n", {})) ==
        "farm::queue_source: worker_queue:enqueued_total is not there, or no number");
  CHECK(said(queues(":1\r\n", ":0\r\n-WRONGTYPE of a text\r\n:0\r\n:0\r\n", bulk("0"), {})) ==
        "farm::queue_source: a queue has another type: WRONGTYPE of a text");
  CHECK(said(queues(":1\r\n", ":0\r\n:0\r\n:0\r\n:1\r\n", bulk("1"), {"{}"})) ==
        "farm::queue_source: a record of output_queue is no task: {}");
  CHECK(said(queues(":1\r\n", good, bulk("0"), {}), reading::none(unknown_why::stale)) ==
        "farm::queue_source: the number of workers is not known: stale");
  std::string given_up = "+OK\r\n";
  for (int k = 0; k < 7; ++k) given_up += "-LOADING the data\r\n";
  CHECK(said(given_up + "-EXECABORT given up\r\n").find("EXISTS workflow_init_syn_queue: LOADING the data") !=
        std::string::npos);
}
