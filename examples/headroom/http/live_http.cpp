#include "http/live_http.hpp"

#include <mutex>      // std::lock_guard, std::mutex
#include <stdexcept>  // std::invalid_argument
#include <thread>     // std::thread
#include <utility>    // std::move

#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/prometheus.hpp>

namespace tool {

using namespace headroom;

namespace {

class prometheus_queries final : public live_queries {
 public:
  explicit prometheus_queries(const prometheus_options& o) : metrics_(o) {}
  [[nodiscard]] reading read(const std::string& query, const std::string& age) override {
    return metrics_.read(query, age);
  }
  [[nodiscard]] std::string said() const override { return metrics_.said(); }

 private:
  prometheus metrics_;
};

class metrics_server final : public live_metrics {
 public:
  explicit metrics_server(const policy_server_options& o) : server_(o) {
    server_.set_ready(false);
    server_.add_metrics([this](exposition& to) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (more_) more_(to);
    });
    port_ = server_.bind();
    thread_ = std::thread([this] { server_.run(); });
  }
  ~metrics_server() override {
    server_.stop();
    thread_.join();
  }
  void show(std::function<void(exposition&)> more, bool ready) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    more_ = std::move(more);
    server_.set_ready(ready);
  }
  [[nodiscard]] int port() const override { return port_; }

 private:
  policy_server server_;
  std::mutex mutex_{};
  std::function<void(exposition&)> more_{};
  int port_ = 0;
  std::thread thread_{};
};

// The refusals of the library name its options; whoever reads them has the keys of the file.
template <class Make>
auto in_words_of(const settings& s, const std::string& section, Make make) {
  try {
    return make();
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(s.source().string() + ": " + section + ": " + e.what());
  }
}

policy_server_options metrics_options(const settings& s) {
  policy_server_options o;
  o.listen = s.text("live.metrics");
  o.token_file = s.file("live.metrics_token_file");
  return o;
}

}  // namespace

std::unique_ptr<live_queries> make_live_queries(const settings& s) {
  const std::string url = s.text("source.url");
  const std::size_t host = url.find("://");
  const std::size_t end = host == url.npos ? url.npos : url.find_first_of("/?#", host + 3);
  if (url.substr(0, end).find('@') != url.npos) {
    throw std::invalid_argument(s.origin("source.url") +
                                ": source.url: a user or a password must not stand in this file; use source.user and "
                                "source.password_file");
  }
  return in_words_of(s, "[source]", [&]() -> std::unique_ptr<live_queries> {
    return std::make_unique<prometheus_queries>(
        prometheus_options{.url = url,
                           .timeout_s = s.number("source.timeout_s", 0.001, 3600),
                           .bearer_token_file = s.file("source.token_file"),
                           .user = s.text("source.user"),
                           .password_file = s.file("source.password_file"),
                           .ca_file = s.file("source.ca_file"),
                           .secret_over_http = s.yes("source.secret_over_http")});
  });
}

std::unique_ptr<live_metrics> make_live_metrics(const settings& s) {
  return in_words_of(s, "live.metrics", [&]() -> std::unique_ptr<live_metrics> {
    return std::make_unique<metrics_server>(metrics_options(s));
  });
}

void check_live_metrics(const settings& s) {
  in_words_of(s, "live.metrics", [&] { const policy_server none(metrics_options(s)); });
}

}  // namespace tool
