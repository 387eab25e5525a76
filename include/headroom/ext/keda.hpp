#pragma once

#include <atomic>       // std::atomic
#include <chrono>       // std::chrono::milliseconds
#include <memory>       // std::unique_ptr
#include <mutex>        // std::mutex
#include <optional>     // std::optional
#include <set>          // std::set
#include <stdexcept>    // std::runtime_error
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <thread>       // std::thread
#include <utility>      // std::move
#include <vector>       // std::vector

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <headroom/ext/internal/keda_answers.hpp>
#include <headroom/ext/keda_messages.hpp>
#include <headroom/ext/keda_options.hpp>
#include <headroom/ext/served_targets.hpp>

/// KEDA's external scaler over gRPC: KEDA asks, and gets the last decision for a target, which somebody else asks for,
/// over /v1/decide for instance. Needs grpc++: the CMake component `keda`, find_package(headroom COMPONENTS keda) and
/// headroom::keda. A program that polls KEDA's metrics-api needs none of it (ext/dialects/polled.hpp).
namespace headroom {

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
  static constexpr const char* metric = internal::keda_answers<Targets>::metric;

  /// `targets` must live longer. Listens when it returns. Throws std::invalid_argument, file_error for a file that
  /// cannot be read, and std::runtime_error if the address cannot be had.
  explicit keda_scaler(const Targets& targets, const keda_options& o = {})
      : options_(checked(o)), answers_(targets, options_.stale_s), service_(*this) {
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // else two servers share a port, unnoticed
    builder.SetMaxReceiveMessageSize(64 << 10);
    builder.AddListeningPort(options_.listen, internal::keda_credentials(options_), &port_);
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
  // One question and one answer.
  class call final : public grpc::ServerGenericBidiReactor {
   public:
    call(const keda_scaler& of, std::string method) : of_(&of), method_(std::move(method)) { StartRead(&asked_); }
    void OnReadDone(bool ok) override {
      const auto bytes = ok ? internal::bytes_of(asked_) : std::nullopt;
      if (!bytes) return Finish({grpc::StatusCode::INVALID_ARGUMENT, "there is no message"});
      std::string reply;
      const grpc::Status s = of_->answers_.answer(method_, *bytes, reply);
      if (!s.ok()) return Finish(s);
      reply_ = internal::buffer_of(reply);
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
      const auto bytes = ok ? internal::bytes_of(asked_) : std::nullopt;
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
      if (!of_->answers_.decision(target_, d).ok()) return;
      {
        const std::lock_guard<std::mutex> lock(of_->mutex_);
        const bool active = d.replicas > 0;
        if (writing_ || cancelled_ || ended_ || sent_ == active) return;
        sent_ = active;
        writing_ = true;
        reply_ = internal::buffer_of(keda_active(active));
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

  keda_options options_;
  internal::keda_answers<Targets> answers_;
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
