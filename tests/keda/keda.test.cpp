#include <headroom/ext/keda.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "catch.hpp"
#include "externalscaler.grpc.pb.h"
#include "scratch.hpp"

using namespace headroom;

// A client of gRPC that protoc made, as KEDA's own is, over loopback.

namespace {

// What served_targets is for the scaler, with decisions that a test sets.
class decisions {
 public:
  void set(const std::string& target, int replicas, int seen, double age_s = 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    served_decision d;
    d.target = target;
    d.replicas = replicas;
    d.seen = seen;
    d.age_s = age_s;
    all_[target] = d;
  }
  [[nodiscard]] std::optional<served_decision> last(const std::string& target) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = all_.find(target);
    return found == all_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable std::mutex mutex_{};
  std::map<std::string, served_decision> all_{};
};

class client {
 public:
  explicit client(int port)
      : stub_(externalscaler::ExternalScaler::NewStub(
            grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()))) {}

  static externalscaler::ScaledObjectRef who(const std::string& target) {
    externalscaler::ScaledObjectRef r;
    r.set_name("so");
    r.set_namespace_("ns");
    (*r.mutable_scalermetadata())["scalerAddress"] = "127.0.0.1";
    if (!target.empty()) (*r.mutable_scalermetadata())["target"] = target;
    return r;
  }
  static void limit(grpc::ClientContext& c) {
    c.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  }
  grpc::Status active(const std::string& target, bool& result) const {
    grpc::ClientContext c;
    limit(c);
    externalscaler::IsActiveResponse r;
    const grpc::Status s = stub_->IsActive(&c, who(target), &r);
    result = r.result();
    return s;
  }
  [[nodiscard]] externalscaler::GetMetricSpecResponse spec() const {
    grpc::ClientContext c;
    limit(c);
    externalscaler::GetMetricSpecResponse r;
    CHECK(stub_->GetMetricSpec(&c, who("nobody"), &r).ok());
    return r;
  }
  grpc::Status value(const std::string& target, const std::string& metric,
                     externalscaler::GetMetricsResponse& r) const {
    grpc::ClientContext c;
    limit(c);
    externalscaler::GetMetricsRequest q;
    *q.mutable_scaledobjectref() = who(target);
    q.set_metricname(metric);
    return stub_->GetMetrics(&c, q, &r);
  }
  externalscaler::ExternalScaler::Stub& stub() { return *stub_; }

 private:
  std::unique_ptr<externalscaler::ExternalScaler::Stub> stub_;
};

keda_options any_port(double push_s = 0.02) { return {.listen = "127.0.0.1:0", .stale_s = 60, .push_s = push_s}; }

}  // namespace

TEST_CASE("keda: a real client reads the metric, both its numbers, and the dead band is compensated") {
  decisions fleet;
  const keda_scaler scaler(fleet, any_port());
  client keda(scaler.port());
  const auto spec = keda.spec();  // before any decision
  REQUIRE(spec.metricspecs_size() == 1);
  CHECK(spec.metricspecs(0).metricname() == "headroom-replicas");
  CHECK(spec.metricspecs(0).targetsize() == 1);
  CHECK(spec.metricspecs(0).targetsizefloat() == 1);
  fleet.set("shop", 12, 11);  // a plain 12 would be ignored by the HPA
  externalscaler::GetMetricsResponse r;
  REQUIRE(keda.value("shop", "headroom-replicas", r).ok());
  REQUIRE(r.metricvalues_size() == 1);
  CHECK(r.metricvalues(0).metricname() == "headroom-replicas");
  CHECK(r.metricvalues(0).metricvaluefloat() == hpa_metric(12, 11));
  CHECK(r.metricvalues(0).metricvaluefloat() > 12.1);
  CHECK(r.metricvalues(0).metricvalue() == 13);  // an old KEDA reads this one
  fleet.set("ns/so", 5, 5);
  REQUIRE(keda.value("", "headroom-replicas", r).ok());
  CHECK(r.metricvalues(0).metricvaluefloat() == 5);
  CHECK(r.metricvalues(0).metricvalue() == 5);
}

TEST_CASE("keda: without a decision, or with an old one, it fails and does not say zero") {
  decisions fleet;
  const keda_scaler scaler(fleet, any_port());
  client keda(scaler.port());
  externalscaler::GetMetricsResponse r;
  bool active = true;
  CHECK(keda.value("shop", "headroom-replicas", r).error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(keda.active("shop", active).error_message() == "there is no decision for target 'shop'");
  fleet.set("shop", 3, 3, 61);
  CHECK(keda.active("shop", active).error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(keda.value("shop", "headroom-replicas", r).error_message() ==
        "the last decision is 61 s old, must be at most 60 s");
  fleet.set("shop", 3, 3, 59);
  CHECK(keda.active("shop", active).ok());
  CHECK(active);
  fleet.set("shop", 0, 3);
  CHECK(keda.active("shop", active).ok());
  CHECK_FALSE(active);
  CHECK(keda.value("shop", "other", r).error_message() == "there is no metric 'other', must be headroom-replicas");
}

TEST_CASE("keda: whoever listens gets the state at once, each change, and nothing while it is not known") {
  decisions fleet;
  fleet.set("shop", 3, 3);
  keda_scaler scaler(fleet, any_port());
  client keda(scaler.port());
  grpc::ClientContext c;
  client::limit(c);
  const auto stream = keda.stub().StreamIsActive(&c, client::who("shop"));
  externalscaler::IsActiveResponse r;
  REQUIRE(stream->Read(&r));
  CHECK(r.result());
  fleet.set("shop", 4, 3);  // active still: nothing is sent
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  fleet.set("shop", 0, 4, 61);  // too old to say that there is none
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  fleet.set("shop", 0, 4);
  REQUIRE(stream->Read(&r));
  CHECK_FALSE(r.result());
  fleet.set("shop", 1, 0);
  REQUIRE(stream->Read(&r));
  CHECK(r.result());
  c.TryCancel();
  CHECK_FALSE(stream->Read(&r));
  CHECK(stream->Finish().error_code() == grpc::StatusCode::CANCELLED);
}

TEST_CASE("keda: the server ends while others listen, and forgets those who left") {
  decisions fleet;
  fleet.set("shop", 3, 3);
  auto scaler = std::make_unique<keda_scaler<decisions>>(fleet, any_port());
  client keda(scaler->port());
  externalscaler::IsActiveResponse r;
  for (int k = 0; k < 50; ++k) {
    grpc::ClientContext gone;
    client::limit(gone);
    const auto stream = keda.stub().StreamIsActive(&gone, client::who("shop"));
    REQUIRE(stream->Read(&r));
    gone.TryCancel();
    static_cast<void>(stream->Finish());
  }
  grpc::ClientContext c;
  client::limit(c);
  const auto stream = keda.stub().StreamIsActive(&c, client::who("shop"));
  REQUIRE(stream->Read(&r));
  scaler.reset();
  CHECK_FALSE(stream->Read(&r));
  CHECK_FALSE(stream->Finish().ok());
}

TEST_CASE("keda: what cannot work is refused, and a port is not shared") {
  decisions fleet;
  const auto refused = [&](const keda_options& o) {
    return refusal<std::exception>([&] { const keda_scaler one(fleet, o); });
  };
  CHECK(refused({.listen = "0.0.0.0:9191"}).find("must be an address of this machine alone") != std::string::npos);
  CHECK(refused({.listen = "127.0.0.1:0", .certificate_file = "x"}).find("must be a pair") != std::string::npos);
  CHECK(refused({.listen = "127.0.0.1:0", .client_ca_file = "x"}).find("must stand beside certificate_file") !=
        std::string::npos);
  CHECK(refused({.listen = "127.0.0.1:0", .stale_s = 0}) == "keda_scaler: stale_s is 0, must be positive and finite");
  CHECK(refused({.listen = "127.0.0.1:0", .push_s = 0}) == "keda_scaler: push_s is 0, must be from 0.01 to 60");
  CHECK(refused({.listen = "127.0.0.1:0", .certificate_file = "/nowhere", .key_file = "/nowhere"})
            .find("cannot be opened") != std::string::npos);
  const keda_scaler first(fleet, any_port());
  CHECK(refused({.listen = "127.0.0.1:" + std::to_string(first.port())}).find("cannot be had") != std::string::npos);
}
