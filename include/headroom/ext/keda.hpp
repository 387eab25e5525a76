#pragma once

#include <atomic>       // std::atomic
#include <chrono>       // std::chrono::milliseconds
#include <filesystem>   // std::filesystem::path
#include <memory>       // std::shared_ptr, std::unique_ptr
#include <mutex>        // std::mutex
#include <optional>     // std::optional
#include <set>          // std::set
#include <span>         // std::as_writable_bytes, std::span
#include <stdexcept>    // std::runtime_error
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <thread>       // std::thread
#include <utility>      // std::move
#include <vector>       // std::vector

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <headroom/core/check.hpp>
#include <headroom/ext/dialects/polled.hpp>
#include <headroom/ext/internal/http_address.hpp>
#include <headroom/ext/keda_messages.hpp>
#include <headroom/ext/served_targets.hpp>
#include <headroom/io/file.hpp>

/// KEDA's external scaler over gRPC: KEDA asks, and gets the last decision for a target, which somebody else asks for,
/// over /v1/decide for instance. Needs grpc++: the CMake component `keda`, find_package(headroom COMPONENTS keda) and
/// headroom::keda. A program that polls KEDA's metrics-api needs none of it (ext/dialects/polled.hpp).
namespace headroom {

struct keda_options {
  std::string listen = "127.0.0.1:9191";     ///< host and port; port 0: any that is free
  double stale_s = 120;                      ///< a decision that is older is not given
  double push_s = 0.1;                       ///< how soon a change is pushed to those who listen for it
  std::filesystem::path certificate_file{};  ///< PEM, with key_file: it speaks TLS
  std::filesystem::path key_file{};
  std::filesystem::path client_ca_file{};  ///< PEM: who may have signed the certificates of those who ask
};
/// Throws std::invalid_argument on impossible options; returns its argument.
inline const keda_options& checked(const keda_options& o) {
  const auto at = internal::host_and_port::of("keda_scaler", "listen", o.listen);
  require(internal::is_loopback(at.host) || !o.client_ca_file.empty(), "keda_scaler", "listen", o.listen,
          "be an address of this machine alone, as 127.0.0.1:9191; or set client_ca_file, so that not everybody may "
          "ask");
  require(o.certificate_file.empty() == o.key_file.empty(), "keda_scaler",
          "certificate_file without key_file, or the other way round,", "given", "be a pair");
  require(o.client_ca_file.empty() || !o.certificate_file.empty(), "keda_scaler", "client_ca_file", "given",
          "stand beside certificate_file");
  require_positive("keda_scaler", "stale_s", o.stale_s);
  require(o.push_s >= 0.01 && o.push_s <= 60, "keda_scaler", "push_s", o.push_s, "be from 0.01 to 60");
  return o;
}

/// Answers the four calls of an external scaler. The trigger's metadata names the target ("target: shop"); without it
/// the target is "namespace/name" of the ScaledObject. One metric, with the average value 1: it says how many replicas
/// there should be, moved just out of the HPA's tolerance where that would swallow the decision (hpa_metric).
///
/// GetMetricSpec never fails, because KEDA's fallback needs its answer. Without a decision, or with one that is too
/// old, the other calls fail, and KEDA does what its fallback says. StreamIsActive sends the state at once and each
/// change. gRPC has threads of its own, and this one more, so `Targets` is called by several at once.
///     keda_scaler scaler{fleet, {.listen = "127.0.0.1:9191"}};  // listens from here on
template <class Targets>
class keda_scaler {
 public:
  static constexpr const char* metric = "headroom-replicas";

  /// `targets` must live longer. Listens when it returns. Throws std::invalid_argument, file_error for a file that
  /// cannot be read, and std::runtime_error if the address cannot be had.
  explicit keda_scaler(const Targets& targets, const keda_options& o = {})
      : targets_(&targets), options_(checked(o)), service_(*this) {
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // else two servers share a port, unnoticed
    builder.SetMaxReceiveMessageSize(64 << 10);
    builder.AddListeningPort(options_.listen, credentials(), &port_);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      throw std::runtime_error("keda_scaler: " + options_.listen +
                               " cannot be had: another program listens there, or the address is not of this machine");
    }
    pushes_ = std::thread([this] { push(); });
  }
  keda_scaler(const keda_scaler&) = delete;
  keda_scaler& operator=(const keda_scaler&) = delete;
  ~keda_scaler() {
    ends_ = true;
    pushes_.join();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
    server_->Wait();
  }

  [[nodiscard]] int port() const noexcept { return port_; }

 private:
  [[nodiscard]] static std::string text_of(const std::filesystem::path& file) {
    input_file in(file);
    std::string text(static_cast<std::size_t>(in.size()), '\0');
    in.read(std::as_writable_bytes(std::span(text)));
    return text;
  }
  [[nodiscard]] std::shared_ptr<grpc::ServerCredentials> credentials() const {
    if (options_.certificate_file.empty()) return grpc::InsecureServerCredentials();
    grpc::SslServerCredentialsOptions o(options_.client_ca_file.empty()
                                            ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                            : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    o.pem_key_cert_pairs.push_back({text_of(options_.key_file), text_of(options_.certificate_file)});
    if (!options_.client_ca_file.empty()) o.pem_root_certs = text_of(options_.client_ca_file);
    return grpc::SslServerCredentials(o);
  }

  [[nodiscard]] static std::optional<std::string> bytes_of(const grpc::ByteBuffer& buffer) {
    std::vector<grpc::Slice> slices;
    if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return std::nullopt;
    std::string all;
    for (const grpc::Slice& s : slices) all.append(reinterpret_cast<const char*>(s.begin()), s.size());
    return all;
  }
  [[nodiscard]] static grpc::ByteBuffer buffer_of(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    return {&slice, 1};
  }

  // The decision for a target, or why there is none that may be given.
  grpc::Status decision(const std::string& target, served_decision& d) const {
    const std::optional<served_decision> last = targets_->last(target);
    if (!last) return {grpc::StatusCode::NOT_FOUND, "there is no decision for target '" + target + "'"};
    d = *last;
    if (d.age_s <= options_.stale_s) return grpc::Status::OK;
    return {grpc::StatusCode::UNAVAILABLE, keda_dialect<Targets>::too_old(d, options_.stale_s)};
  }
  grpc::Status answer(std::string_view method, const std::string& asked, std::string& reply) const {
    const grpc::Status bad(grpc::StatusCode::INVALID_ARGUMENT, "this is no message of an external scaler");
    served_decision d;
    if (method == "GetMetrics") {
      const auto q = keda_metrics_question::of(asked);
      if (!q) return bad;
      if (q->metric != metric) {
        return {grpc::StatusCode::INVALID_ARGUMENT,
                "there is no metric '" + q->metric + "', must be " + std::string(metric)};
      }
      grpc::Status s = decision(q->of_whom.target(), d);
      reply = keda_metric_value(metric, hpa_metric(d.replicas, d.seen));
      return s;
    }
    const auto who = keda_scaled_object::of(asked);
    if (!who) return bad;
    if (method == "GetMetricSpec") {
      reply = keda_metric_spec(metric, 1);
      return grpc::Status::OK;
    }
    grpc::Status s = decision(who->target(), d);
    reply = keda_active(d.replicas > 0);
    return s;
  }

  // One question and one answer.
  class call final : public grpc::ServerGenericBidiReactor {
   public:
    call(const keda_scaler& of, std::string method) : of_(&of), method_(std::move(method)) { StartRead(&asked_); }
    void OnReadDone(bool ok) override {
      const auto bytes = ok ? bytes_of(asked_) : std::nullopt;
      if (!bytes) return Finish({grpc::StatusCode::INVALID_ARGUMENT, "there is no message"});
      std::string reply;
      const grpc::Status s = of_->answer(method_, *bytes, reply);
      if (!s.ok()) return Finish(s);
      reply_ = buffer_of(reply);
      StartWriteAndFinish(&reply_, {}, s);
    }
    void OnDone() override { delete this; }

   private:
    const keda_scaler* of_;
    std::string method_;
    grpc::ByteBuffer asked_{};
    grpc::ByteBuffer reply_{};
  };

  // One who listens whether there is to be any replica. Its state is guarded by the scaler's mutex; a write that was
  // begun ends before the call does.
  class listener final : public grpc::ServerGenericBidiReactor {
   public:
    explicit listener(keda_scaler& of) : of_(&of) { StartRead(&asked_); }
    void OnReadDone(bool ok) override {
      const auto bytes = ok ? bytes_of(asked_) : std::nullopt;
      const auto who = bytes ? keda_scaled_object::of(*bytes) : std::nullopt;
      if (!who) return end({grpc::StatusCode::INVALID_ARGUMENT, "this is no message of an external scaler"});
      {
        const std::lock_guard<std::mutex> lock(of_->mutex_);
        target_ = who->target();
        of_->listeners_.insert(this);
      }
      look();
    }
    // Sends the state if it is another one than was sent. Without a decision, or with an old one, nothing is sent: that
    // is no reason to scale to zero.
    void look() {
      served_decision d;
      if (!of_->decision(target_, d).ok()) return;
      {
        const std::lock_guard<std::mutex> lock(of_->mutex_);
        const bool active = d.replicas > 0;
        if (writing_ || cancelled_ || ended_ || sent_ == active) return;
        sent_ = active;
        writing_ = true;
        reply_ = buffer_of(keda_active(active));
      }
      StartWrite(&reply_);
    }
    void OnWriteDone(bool ok) override {
      bool over = false;
      {
        const std::lock_guard<std::mutex> lock(of_->mutex_);
        writing_ = false;
        over = !ok || cancelled_;
      }
      if (over) end(grpc::Status::CANCELLED);
    }
    void OnCancel() override {
      {
        const std::lock_guard<std::mutex> lock(of_->mutex_);
        cancelled_ = true;
        if (writing_) return;
      }
      end(grpc::Status::CANCELLED);
    }
    void OnDone() override {
      {
        const std::lock_guard<std::mutex> turn(of_->turn_);
        const std::lock_guard<std::mutex> lock(of_->mutex_);
        of_->listeners_.erase(this);
      }
      delete this;
    }

   private:
    void end(const grpc::Status& s) {
      {
        const std::lock_guard<std::mutex> lock(of_->mutex_);
        if (std::exchange(ended_, true)) return;
      }
      Finish(s);
    }
    keda_scaler* of_;
    std::string target_{};
    grpc::ByteBuffer asked_{};
    grpc::ByteBuffer reply_{};
    std::optional<bool> sent_{};
    bool writing_ = false;
    bool cancelled_ = false;
    bool ended_ = false;
  };

  class unknown_method final : public grpc::ServerGenericBidiReactor {
   public:
    unknown_method() { Finish({grpc::StatusCode::UNIMPLEMENTED, "there is no such method"}); }
    void OnDone() override { delete this; }
  };

  class service final : public grpc::CallbackGenericService {
   public:
    explicit service(keda_scaler& of) : of_(&of) {}
    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
      constexpr std::string_view before = "/externalscaler.ExternalScaler/";
      const std::string& path = context->method();
      const std::string method = path.starts_with(before) ? path.substr(before.size()) : std::string();
      if (method == "StreamIsActive") return new listener(*of_);
      if (method == "IsActive" || method == "GetMetricSpec" || method == "GetMetrics") return new call(*of_, method);
      return new unknown_method;
    }

   private:
    keda_scaler* of_;
  };

  // A listener that is looked at must not go away meanwhile: its OnDone waits for the end of the turn.
  void push() {
    while (!ends_) {
      std::this_thread::sleep_for(std::chrono::duration<double>(options_.push_s));
      const std::lock_guard<std::mutex> turn(turn_);
      std::vector<listener*> all;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        all.assign(listeners_.begin(), listeners_.end());
      }
      for (listener* one : all) one->look();
    }
  }

  const Targets* targets_;
  keda_options options_;
  service service_;
  int port_ = 0;
  std::mutex turn_{};
  std::mutex mutex_{};
  std::set<listener*> listeners_{};
  std::atomic<bool> ends_{false};
  std::unique_ptr<grpc::Server> server_{};
  std::thread pushes_{};
};

}  // namespace headroom
