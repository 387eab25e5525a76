#include <headroom/systems/farm/live/queues.hpp>

#include <string>

#include "catch.hpp"

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

}  // namespace

TEST_CASE("a task is read back as it was written, and half of one is none") {
  const farm::queued_task t = some_task();
  const auto back = farm::queued_task::of(t.json());
  REQUIRE(back.has_value());
  CHECK(back->json() == t.json());
  CHECK(back->id == "t1");
  CHECK(back->worker == "worker-1");
  CHECK(back->latency_s() == 0.5);
  CHECK(back->in_time());
  farm::queued_task late = t;
  late.collected_s = 2.001;
  CHECK_FALSE(late.in_time());
  const auto without = [&](const std::string& from, const std::string& to) {
    std::string text = t.json();
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return farm::queued_task::of(text.replace(at, from.size(), to)).has_value();
  };
  CHECK_FALSE(without("\"service_s\":0.25,", ""));
  CHECK_FALSE(without("0.25", "-1"));
  CHECK_FALSE(without("0.25", "null"));
  CHECK_FALSE(without("0.25", "1e999"));
  CHECK_FALSE(without("\"t1\"", "\"\""));
  CHECK_FALSE(without("\"worker-1\"}", "\"worker-1\""));
  CHECK_FALSE(farm::queued_task::of("[]").has_value());
  CHECK_FALSE(farm::queued_task::of("").has_value());
}
