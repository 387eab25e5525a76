#include <headroom/systems/scheduler/check_history.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;
using names = std::vector<std::string>;

namespace {

scheduler::pod_status check(const names& pods, const std::string& action = "No Action") {
  scheduler::pod_status c;
  c.timestamp = scheduler::check_timestamp(1.7e9);
  c.metrics = {2, 0.4, 1, 0.5, 3};
  c.response_time_s = 0.2;
  c.action = action;
  c.active = pods;
  return c;
}

}  // namespace

TEST_CASE("the history goes on with the next number in another process, and tells who came and went") {
  const scratch_folder folder;
  {
    scheduler::check_history log(folder / "podStatus.json");
    CHECK(log.problem().empty());
    log.add(check({"b", "a"}));
    log.add(check({"b", "c"}, scheduler::action_text(4)));
  }
  scheduler::check_history log(folder / "podStatus.json");
  REQUIRE(log.checks().size() == 2);
  CHECK(log.checks()[0].active == names{"a", "b"});
  CHECK(log.checks()[1].started == names{"c"});
  CHECK(log.checks()[1].stopped == names{"a"});
  CHECK(log.checks()[1].asked() == 4);
  CHECK(log.checks()[1].moment().has_value());
  log.add(check({"c"}));
  const auto all = scheduler::read_pod_status(folder / "podStatus.json");
  REQUIRE(all.size() == 3);
  CHECK(all[2].check == 3);
  CHECK(all[2].stopped == names{"b"});
  CHECK(all[2].action == "No Action");
}

TEST_CASE("a damaged history is put aside and not lost") {
  const scratch_folder folder;
  write_bytes(folder / "podStatus.json", R"({"check_1": {"timest)");
  scheduler::check_history log(folder / "podStatus.json");
  CHECK_FALSE(log.problem().empty());
  CHECK(read_bytes(folder / "podStatus.json.damaged") == R"({"check_1": {"timest)");
  log.add(check({"a"}));
  CHECK(scheduler::read_pod_status(folder / "podStatus.json").size() == 1);
}

TEST_CASE("it keeps the last checks, and counts on") {
  const scratch_folder folder;
  scheduler::check_history log(folder / "podStatus.json", 2);
  for (int k = 0; k < 4; ++k) log.add(check({"a"}));
  REQUIRE(log.checks().size() == 2);
  CHECK(log.checks()[0].check == 3);
  CHECK(log.checks()[1].check == 4);
  CHECK(refusal<std::invalid_argument>([&] { scheduler::check_history(folder / "x", 0); }) ==
        "check_history: most is 0, must be from 1 to 1000000");
}

TEST_CASE("an action is written as the published scheduler writes it") {
  CHECK(scheduler::action_text(3) == "The number of pod will be set to 3!");
  CHECK(scheduler::action_text(0) == "No Action");
  CHECK(scheduler::action_text(-1) == "No Action");
}
