#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "serving/serving.hpp"
#include "skip.hpp"

// Under the load of wrk: HEADROOM_WRK is its program. What it measures is told, not judged: a machine that does
// something else is no defect.

TEST_CASE("serve: decisions a second under wrk, each of them right") {
  const char* const wrk = std::getenv("HEADROOM_WRK");
  if (wrk == nullptr) HEADROOM_SKIP("HEADROOM_WRK is not set; scripts/test --live sets it");
  const scratch_folder folder;
  beside server({tool_path(), "serve", "--policy", "staffing", "--slots", "4", "--service-time", "0.2",
                 "--max-replicas", "20", "--listen", "127.0.0.1:0"},
                folder / "log");
  REQUIRE(server.says("listening"));
  const std::string url = "http://127.0.0.1:" + std::to_string(port_in(server.log()));
  const std::string request =
      "wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\n"
      "wrk.body = '{\"target\":\"shop\",\"load\":120,\"replicas\":6}'\n";
  // As many as it can, and about a thousand a second, which is what a host of many services asks.
  const std::pair<const char*, std::string> ways[] = {
      {"at full speed", request}, {"with pauses", request + "function delay() return math.random(0, 6) end\n"}};
  for (const auto& [way, script] : ways) {
    write_bytes(folder / "decide.lua", script);
    beside load({wrk, "--threads", "1", "--connections", "4", "--duration", "3s", "--latency", "--script",
                 (folder / "decide.lua").string(), url + "/v1/decide"},
                folder / way);
    REQUIRE(load.says("Requests/sec", 30));
    const std::string said = load.log();
    CHECK_FALSE(contains(said, "Non-2xx"));
    CHECK_FALSE(contains(said, "Socket errors"));
    std::istringstream lines(said);
    for (std::string line; std::getline(lines, line);) {
      line.erase(0, line.find_first_not_of(' '));
      if (line.starts_with("50%") || line.starts_with("99%") || line.starts_with("Requests/sec"))
        std::cout << "headroom serve under wrk " << way << ": " << line << '\n';
    }
  }
  CHECK(server.end(SIGTERM) == 0);
  CHECK(contains(server.log(), " 0 refused"));
  CHECK(contains(server.log(), " 0 held"));
}
