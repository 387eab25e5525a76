#include <headroom/ext/prometheus.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <headroom/io/csv_trace.hpp>
#include <headroom/live/sense.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "serving/serving.hpp"
#include "skip.hpp"

// Against the Prometheus that `scripts/test --live` found: HEADROOM_PROMETHEUS is its program.

using namespace headroom;

namespace {

// What a service exposes: a counter that rises by 10 with each scrape, and gauges.
class exposition {
 public:
  exposition() {
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(
          "shop_requests_total " + std::to_string(10 * ++scrapes_) +
              "\nshop_replicas{pod=\"a\"} 3\nshop_replicas{pod=\"b\"} 1\nshop_nan NaN\nshop_inf +Inf\n",
          "text/plain; version=0.0.4");
    });
    at_ = std::make_unique<loopback_server>(server_);
  }
  [[nodiscard]] int port() const { return at_->port(); }
  [[nodiscard]] int scrapes() const { return scrapes_; }
  void stop() { at_->stop(); }

 private:
  std::atomic<int> scrapes_{0};
  httplib::Server server_{};
  std::unique_ptr<loopback_server> at_{};
};

int free_port() {
  httplib::Server one;
  loopback_server at(one);
  return at.port();
}

// Asks until the answer is as wanted, for at most so many seconds.
template <class Wanted>
bool within(int seconds, Wanted&& wanted) {
  for (int k = 0; k < seconds * 10; ++k) {
    if (wanted()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return wanted();
}

}  // namespace

TEST_CASE("prometheus: the real one is read, goes down, comes back, and its history is imported") {
  const char* const program = std::getenv("HEADROOM_PROMETHEUS");
  if (program == nullptr) HEADROOM_SKIP("HEADROOM_PROMETHEUS is not set; scripts/test --live sets it");
  const scratch_folder folder;
  exposition shop;
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  write_bytes(folder / "prometheus.yml",
              "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n  - job_name: shop\n    "
              "static_configs: [{targets: ['127.0.0.1:" +
                  std::to_string(shop.port()) + "']}]\n");
  const std::vector<std::string> command{program, "--config.file=" + (folder / "prometheus.yml").string(),
                                         "--storage.tsdb.path=" + (folder / "data").string(),
                                         "--web.listen-address=" + address, "--log.level=warn"};
  auto server = std::make_unique<beside>(command, folder / "log");
  prometheus metrics{{.url = "http://" + address, .timeout_s = 3}};
  INFO(server->log());
  REQUIRE(within(30, [&] { return metrics.read("sum(shop_replicas)").known(); }));

  CHECK(metrics.read("sum(shop_replicas)").value == 4);
  CHECK(metrics.read("shop_replicas{pod=\"a\"}").value == 3);
  CHECK(metrics.read("shop_replicas").why == unknown_why::several);
  CHECK(metrics.read("shop_nothing").why == unknown_why::empty);
  CHECK(metrics.read("shop_nan").why == unknown_why::not_finite);
  CHECK(metrics.read("shop_inf").why == unknown_why::not_finite);
  CHECK(metrics.read("shop_inf / 0").why == unknown_why::not_finite);
  CHECK(metrics.read("scalar(sum(shop_replicas)) + 1").value == 5);
  CHECK(metrics.read("\"text\"").why == unknown_why::failed);
  CHECK(metrics.read("sum(").why == unknown_why::failed);
  CHECK(metrics.said().find("400, bad_data: ") != std::string::npos);
  CHECK(metrics.read("shop_replicas[1m]").why == unknown_why::several);
  CHECK(metrics.read("shop_nan[1m]").why == unknown_why::failed);
  CHECK(metrics.said().find("gives a matrix, must give a vector or a scalar") != std::string::npos);
  const auto aged = metrics.query("sum(shop_replicas)", "time() - max(timestamp(shop_replicas))");
  CHECK(aged().known());
  CHECK(aged().age_s >= 0);
  CHECK(aged().age_s < 5);

  // The same as a source of observations, field by field.
  struct sample {
    double load = 0;
    double heat = 0;
    int replicas = 0;
  };
  sense<sample> source{{&sample::load, metrics.query("max(shop_requests_total)")},
                       {&sample::heat, metrics.query("shop_nan"), {.need = field_need::useful}},
                       {&sample::replicas, aged}};
  std::optional<sample> seen;
  CHECK(within(20, [&] { return (seen = source.read()).has_value(); }));
  REQUIRE(seen.has_value());
  CHECK(seen->load >= 10);
  CHECK(seen->load <= 10 * shop.scrapes());
  CHECK(std::fmod(seen->load, 10) == 0);
  CHECK(std::isnan(seen->heat));
  CHECK(seen->replicas == 4);

  REQUIRE(within(30, [&] { return shop.scrapes() >= 15; }));
  const tool_run imported =
      run_tool(folder, "import --prometheus http://" + address +
                           " --query shop_requests_total --counter --from now-10s --step 1s --out load.csv");
  INFO(imported.err);
  REQUIRE(imported.code == 0);
  const trace load = read_trace_csv(folder / "load.csv");
  CHECK(load.interval_s() == 1);
  CHECK(load.size() >= 8);
  // A scrape brings 10 requests; how many scrapes there were in ten seconds is up to the machine.
  const double requests = load.mean_per_s() * load.duration_s();
  CHECK(requests >= 20);
  CHECK(requests <= 10.0 * shop.scrapes());
  CHECK(std::abs(requests / 10 - std::round(requests / 10)) < 1e-6);

  // The service falls silent: its values are gone, not zero.
  shop.stop();
  CHECK(within(20, [&] { return metrics.read("sum(shop_replicas)").why == unknown_why::empty; }));
  CHECK_FALSE(source.read().has_value());

  CHECK(server->end(SIGTERM) == 0);
  CHECK(metrics.read("sum(shop_replicas)").why == unknown_why::failed);
  CHECK(metrics.said().find("nobody listens there") != std::string::npos);
  server = std::make_unique<beside>(command, folder / "log");
  CHECK(within(30, [&] { return metrics.read("vector(1)").value == 1; }));
  CHECK(server->end(SIGTERM) == 0);
}

TEST_CASE("prometheus: what a Pushgateway holds of a job that has died is old, not a load") {
  const char* const program = std::getenv("HEADROOM_PROMETHEUS");
  if (program == nullptr) HEADROOM_SKIP("HEADROOM_PROMETHEUS is not set; scripts/test --live sets it");
  const char* const gateway_program = std::getenv("HEADROOM_PUSHGATEWAY");
  if (gateway_program == nullptr) HEADROOM_SKIP("HEADROOM_PUSHGATEWAY is not set; scripts/test --live sets it");
  const scratch_folder folder;
  const int gateway_port = free_port();
  const std::string gateway_address = "127.0.0.1:" + std::to_string(gateway_port);
  beside gateway({gateway_program, "--web.listen-address=" + gateway_address, "--log.level=warn"},
                 folder / "gateway.log");
  httplib::Client to_gateway("127.0.0.1", gateway_port);
  const auto push = [&](const std::string& sample) {
    const auto answer = to_gateway.Put("/metrics/job/night", sample, "text/plain; version=0.0.4");
    return answer && answer->status == 200;
  };
  REQUIRE(within(30, [&] { return push("night_load 120\n"); }));

  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  write_bytes(folder / "prometheus.yml",
              "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n  - job_name: pushed\n    "
              "honor_labels: true\n    static_configs: [{targets: ['" +
                  gateway_address + "']}]\n");
  beside server(
      {program, "--config.file=" + (folder / "prometheus.yml").string(),
       "--storage.tsdb.path=" + (folder / "data").string(), "--web.listen-address=" + address, "--log.level=warn"},
      folder / "log");
  prometheus metrics{{.url = "http://" + address, .timeout_s = 3}};
  struct sample {
    double load = 0;
  };
  const auto source = [&](const char* age) {
    return sense<sample>{{&sample::load, metrics.query("night_load", age), {.stale_s = 4}}};
  };
  auto by_scrape = source("time() - max(timestamp(night_load))");
  auto by_push = source("time() - max(push_time_seconds{job=\"night\"})");
  REQUIRE(within(30, [&] { return push("night_load 120\n") && by_push.read().has_value(); }));
  CHECK(by_push.read()->load == 120);

  // Nobody pushes any more. The gateway goes on to answer, so a scrape is new, and the value is not.
  REQUIRE(within(30, [&] { return !by_push.read().has_value(); }));
  const auto forgotten = by_scrape.read();
  REQUIRE(forgotten.has_value());
  CHECK(forgotten->load == 120);
  CHECK(within(30, [&] { return push("night_load 7\n") && by_push.read().has_value() && by_push.read()->load == 7; }));
  CHECK(server.end(SIGTERM) == 0);
  gateway.end(SIGTERM);
}
