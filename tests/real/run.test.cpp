#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <headroom/ext/internal/httplib.hpp>
#include <headroom/io/journal_reader.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "serving/serving.hpp"
#include "skip.hpp"

// `headroom run` beside the Prometheus that `scripts/test --live` found: HEADROOM_PROMETHEUS is its program.

using namespace headroom;

namespace {

int unused_port() {
  httplib::Server one;
  loopback_server at(one);
  return at.port();
}

}  // namespace

TEST_CASE("run: beside the real Prometheus it scales, holds while that is down, and goes on by itself") {
  const char* const prometheus = std::getenv("HEADROOM_PROMETHEUS");
  if (prometheus == nullptr) HEADROOM_SKIP("HEADROOM_PROMETHEUS is not set; scripts/test --live sets it");
  const scratch_folder folder;
  std::atomic<int> busy_percent{90};
  httplib::Server service;
  service.Get("/metrics", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content("shop_busy " + std::to_string(busy_percent / 100.0) + "\nshop_load 40\n",
                         "text/plain; version=0.0.4");
  });
  loopback_server shop(service);
  const std::string address = "127.0.0.1:" + std::to_string(unused_port());
  write_bytes(folder / "prometheus.yml",
              "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n  - job_name: shop\n    "
              "static_configs: [{targets: ['127.0.0.1:" +
                  std::to_string(shop.port()) + "']}]\n");
  const std::vector<std::string> command{prometheus, "--config.file=" + (folder / "prometheus.yml").string(),
                                         "--storage.tsdb.path=" + (folder / "data").string(),
                                         "--web.listen-address=" + address, "--log.level=warn"};
  write_bytes(folder / "replicas", "4\n");
  const std::string replicas = (folder / "replicas").string();
  write_bytes(folder / "set",
              "#!/bin/sh\necho $1 > " + replicas + ".new && mv " + replicas + ".new " + replicas + "\n");
  ::chmod((folder / "set").c_str(), 0700);
  write_bytes(
      folder / "a.toml",
      "[service]\nslots = 4\nservice_time = 0.2\nmax_replicas = 20\nobjective = \"p95<0.5\"\n[source]\nurl = "
      "\"http://" +
          address +
          "\"\ntimeout_s = 1\nload = {query = 'sum(shop_load)'}\nutilisation = {query = 'avg(shop_busy)', age = "
          "'time() - max(timestamp(shop_busy))', stale_s = 5}\n[policy]\nname = \"hpa\"\n[guards]\nmax_up = "
          "1\n[journal]\nfile = \"d.jsonl\"\n[target]\nkind = \"command\"\nget = [\"cat\", \"" +
          replicas + "\"]\nset = [\"" + (folder / "set").string() +
          "\", \"{replicas}\"]\n[live]\ninterval_s = 1\nwarm_up_s = 2\npatience_s = 600\n");
  auto server = std::make_unique<beside>(command, folder / "prometheus.log");
  beside daemon({tool_path(), "run", "--config", (folder / "a.toml").string()}, folder / "log");
  REQUIRE(daemon.says("4 -> 5, applied: policy; load 40, utilisation 0.9", 60));
  busy_percent = 50;
  REQUIRE(daemon.says("held: policy; load 40, utilisation 0.5", 30));
  server.reset();  // down
  REQUIRE(daemon.says("held: hold: not known: load failed, utilisation failed", 30));
  REQUIRE(daemon.says("nobody listens there", 30));
  server = std::make_unique<beside>(command, folder / "prometheus2.log");
  const std::size_t before = journal_records(folder / "d.jsonl").size();
  bool again = false;
  for (int k = 0; k < 60 && !again; ++k) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const auto all = journal_records(folder / "d.jsonl");
    for (std::size_t j = before; j < all.size(); ++j) again = again || all[j].decided_by == "policy";
  }
  CHECK(again);
  CHECK(daemon.end(SIGTERM) == 0);
  for (const journal_record& r : journal_records(folder / "d.jsonl")) {
    if (r.from && r.to) CHECK(*r.to >= *r.from);  // in none of this it scaled down
  }
}
