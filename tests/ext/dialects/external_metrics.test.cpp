#include <headroom/ext/dialects/external_metrics.hpp>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>
#include <thread>

#include "catch.hpp"
#include "ext/certificates.hpp"
#include "ext/served.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

constexpr const char* external_root = "/apis/external.metrics.k8s.io/v1beta1";

// What the recorded controller of Kubernetes 1.20 does with a quantity and the average value 1: thousandths, cut off.
int recorded_hpa_goes_to(const std::string& quantity, int seen) {
  REQUIRE(quantity.ends_with('m'));
  const int thousandths = std::atoi(quantity.c_str());
  const double ratio = static_cast<double>(thousandths) / (1000.0 * seen);
  return std::abs(1 - ratio) <= 0.1 ? seen : (thousandths + 999) / 1000;
}

}  // namespace

TEST_CASE("external_metrics: what the API server asks first, and the shape of a value") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  external_metrics_dialect{fleet}.add_to(server);
  const served::running at(server);
  const auto offers = at.get(external_root);
  CHECK(offers.status == 200);
  CHECK(offers.json["kind"] == "APIResourceList");
  CHECK(offers.json["groupVersion"] == "external.metrics.k8s.io/v1beta1");
  CHECK(offers.json["resources"][0]["kind"] == "ExternalMetricValueList");
  CHECK(offers.json["resources"][0]["namespaced"] == true);
  static_cast<void>(fleet.decide(R"({"target":"shop","time_s":0,"load":115,"replicas":11})"));
  const std::string path = std::string(external_root) + "/namespaces/web/headroom-replicas";
  const auto a = at.get(path + "?labelSelector=target%3Dshop");
  CHECK(a.status == 200);
  CHECK(a.json["kind"] == "ExternalMetricValueList");
  CHECK(a.json["apiVersion"] == "external.metrics.k8s.io/v1beta1");
  CHECK(a.json["metadata"].is_object());
  REQUIRE(a.json["items"].size() == 1);
  CHECK(a.json["items"][0]["metricName"] == "headroom-replicas");
  CHECK(a.json["items"][0]["metricLabels"]["target"] == "shop");
  CHECK(a.json["items"][0]["value"] == "12101m");  // 12 is within the tolerance of 11
  CHECK(a.json["items"][0]["timestamp"].get<std::string>().size() == std::string("2026-11-29T10:00:00Z").size());
  CHECK(at.get(path + "?labelSelector=target%3D%3Dshop").json["items"][0]["value"] == "12101m");
  static_cast<void>(fleet.decide(R"({"target":"web","time_s":0,"load":25,"replicas":5})"));
  CHECK(at.get(path).json["items"][0]["value"] == "3000m");
}

TEST_CASE("external_metrics: a real HPA obeys every step upwards in thousandths, and never goes below") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  external_metrics_dialect{fleet}.add_to(server);
  const served::running at(server);
  const std::string path = std::string(external_root) + "/namespaces/web/headroom-replicas?labelSelector=target%3D";
  for (int seen = 1; seen <= 60; seen += 3) {
    for (const int wanted : {seen - 1, seen, seen + 1, seen + 7}) {
      if (wanted < 0) continue;
      const std::string name = "t" + std::to_string(seen) + "-" + std::to_string(wanted);
      static_cast<void>(fleet.decide(R"({"target":")" + name + R"(","time_s":0,"load":)" + std::to_string(10 * wanted) +
                                     R"(,"replicas":)" + std::to_string(seen) + "}"));
      const std::string value = at.get(path + name).json["items"][0]["value"];
      const int to = recorded_hpa_goes_to(value, seen);
      INFO(seen << " to " << wanted << " became " << to << " by " << value);
      CHECK(to >= wanted);
      CHECK((wanted > seen ? to > seen : to <= seen));
    }
  }
}

TEST_CASE("external_metrics: what is missing, old or not meant is an error and no value") {
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{served::any_port()};
  external_metrics_dialect{fleet, {.stale_s = 1}}.add_to(server);
  const served::running at(server);
  const std::string space = std::string(external_root) + "/namespaces/web/";
  const auto none = at.get(space + "headroom-replicas");
  CHECK(none.status == 404);
  CHECK(none.json["kind"] == "Status");
  CHECK(none.json["reason"] == "NotFound");
  CHECK(none.json["message"] == "there is no decision for target 'web'");
  static_cast<void>(fleet.decide(R"({"target":"web","time_s":0,"load":25,"replicas":5})"));
  CHECK(at.get(space + "other").json["message"] == "there is no metric 'other', must be headroom-replicas");
  for (const char* selector : {"app%3Dshop", "target%3Da,app%3Db", "target%3D", "target!%3Dshop", "target+in+(a)"}) {
    INFO(selector);
    CHECK(at.get(space + "headroom-replicas?labelSelector=" + selector).status == 400);
  }
  static_cast<void>(fleet.decide(R"({"target":"web","time_s":1,"load":25,"replicas":5})"));
  CHECK(at.get(space + "headroom-replicas").status == 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  const auto old = at.get(space + "headroom-replicas");
  CHECK(old.status == 503);
  CHECK(old.json["reason"] == "ServiceUnavailable");
  CHECK(at.get(space + "headroom-replicas/more").status == 404);
}

#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
TEST_CASE("external_metrics: over TLS only those are answered who show a certificate") {
  const scratch_folder folder;
  write_certificate(folder / "mine.pem", folder / "mine.key");
  write_certificate(folder / "theirs.pem", folder / "theirs.key", "API server");
  write_certificate(folder / "other.pem", folder / "other.key", "stranger");
  std::string calls;
  served::fleet fleet = served::fleet_of(calls);
  policy_server server{{.listen = "127.0.0.1:0",
                        .certificate_file = folder / "mine.pem",
                        .key_file = folder / "mine.key",
                        .client_ca_file = folder / "theirs.pem"}};
  external_metrics_dialect{fleet}.add_to(server);
  const served::running at(server);
  const auto status = [&](const char* who) {
    const std::string certificate = (folder / (std::string(who) + ".pem")).string();
    const std::string key = (folder / (std::string(who) + ".key")).string();
    httplib::SSLClient client("127.0.0.1", at.port(), *who == '\0' ? "" : certificate, *who == '\0' ? "" : key);
    client.set_ca_cert_path((folder / "mine.pem").c_str());
    // Its name in the cluster, not one of this machine.
    const auto r = client.Get(external_root, {{"Host", "headroom.web.svc"}});
    return r ? r->status : 0;
  };
  CHECK(status("theirs") == 200);
  CHECK(status("other") == 0);
  CHECK(status("") == 0);
  httplib::Client plain("127.0.0.1", at.port());
  const auto in_the_clear = plain.Get(external_root);
  CHECK((!in_the_clear || in_the_clear->status != 200));
  const auto refused = [&](const policy_server_options& o) {
    return refusal<std::exception>([&] { policy_server{o}; });
  };
  CHECK(refused({.certificate_file = folder / "mine.pem"}).find("must be a pair") != std::string::npos);
  CHECK(refused({.client_ca_file = folder / "mine.pem"}).find("must stand beside certificate_file") !=
        std::string::npos);
  CHECK(refused({.certificate_file = folder / "mine.pem", .key_file = folder / "other.key"})
            .find("must be PEM, and fit key_file") != std::string::npos);
  CHECK(refused({.certificate_file = folder / "absent", .key_file = folder / "mine.key"}).find("cannot be opened") !=
        std::string::npos);
}
#endif
