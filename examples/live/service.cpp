// A small web service, as real as a test needs it: a replica that serves a few requests at once while others wait,
// takes a while to start, tells Prometheus how it is, and finishes its requests when it is asked to end. README.md has
// the rest.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/environments/duration.hpp>
#include <headroom/ext/internal/httplib.hpp>
#include <headroom/io/exposition.hpp>
#include <headroom/live/stop_signals.hpp>

using namespace headroom;

namespace {

using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point begin) { return std::chrono::duration<double>(steady::now() - begin).count(); }

struct how {
  int port = 0;
  int slots = 4;
  double service_time_s = 0.2;
  double variation = 0.5;
  double start_delay_s = 5;
  double objective_s = 0.5;
};

// Every request holds a thread of the server while it waits. Beyond this many one is refused at once, so that a thread
// is left to answer Prometheus and nginx.
constexpr int most_waiting = 100;

// The bounds of the histogram of latencies, in seconds.
constexpr std::array<double, 10> bounds_s{0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 5, 10};

// The slots of a replica and the line before them: first come, first served.
class work_queue {
 public:
  explicit work_queue(const how& h)
      : how_(h),
        time_(h.variation > 0 ? duration::lognormal(h.service_time_s, h.variation)
                              : duration::constant(h.service_time_s)) {}

  // Serves one request; false if too many wait.
  bool serve() {
    const auto arrived = steady::now();
    std::unique_lock<std::mutex> lock(mutex_);
    ++arrivals_;
    if (waiting() >= most_waiting) {
      ++refused_;
      return false;
    }
    const std::uint64_t mine = next_ticket_++;
    turn_.wait(lock, [&] { return mine == now_serving_ && in_flight_ < how_.slots; });
    ++now_serving_;
    account_busy_time();
    ++in_flight_;
    const double work_s = time_(random_);
    lock.unlock();
    turn_.notify_all();
    std::this_thread::sleep_for(std::chrono::duration<double>(work_s));
    lock.lock();
    account_busy_time();
    --in_flight_;
    note(seconds_since(arrived));
    lock.unlock();
    turn_.notify_all();
    return true;
  }

  std::string metrics(bool ready) {
    const std::lock_guard<std::mutex> lock(mutex_);
    account_busy_time();
    const auto number = [](auto n) { return static_cast<double>(n); };
    exposition text;
    text.counter("shop_arrivals_total", "Requests that came.", number(arrivals_));
    text.counter("shop_finished_total", "Requests that were answered.", number(finished_));
    text.counter("shop_late_total", "Requests that were answered later than the objective.", number(late_));
    text.counter("shop_refused_total", "Requests that were refused because too many waited.", number(refused_));
    text.counter("shop_busy_seconds_total", "Time that slots were busy, of all slots together.", busy_s_);
    text.gauge("shop_slots", "Requests that this replica serves at once.", how_.slots);
    text.gauge("shop_in_flight", "Requests in service.", in_flight_);
    text.gauge("shop_waiting", "Requests that wait for a slot.", waiting());
    text.gauge("shop_ready", "1 if this replica serves, 0 while it starts.", ready ? 1 : 0);
    return text.text() + histogram();
  }

 private:
  [[nodiscard]] int waiting() const { return static_cast<int>(next_ticket_ - now_serving_); }
  void account_busy_time() {
    busy_s_ += in_flight_ * seconds_since(since_);
    since_ = steady::now();
  }
  void note(double latency_s) {
    ++finished_;
    if (latency_s > how_.objective_s) ++late_;
    latency_sum_s_ += latency_s;
    const auto place = std::lower_bound(bounds_s.begin(), bounds_s.end(), latency_s) - bounds_s.begin();
    ++latencies_[static_cast<std::size_t>(place)];
  }
  // The exposition of the library writes no histograms.
  [[nodiscard]] std::string histogram() const {
    std::string text = "# HELP shop_latency_seconds From arrival to answer.\n# TYPE shop_latency_seconds histogram\n";
    std::uint64_t below = 0;
    for (std::size_t k = 0; k < latencies_.size(); ++k) {
      below += latencies_[k];
      const std::string bound = k < bounds_s.size() ? to_text(bounds_s[k]) : "+Inf";
      text += "shop_latency_seconds_bucket{le=\"" + bound + "\"} " + to_text(below) + "\n";
    }
    text += "shop_latency_seconds_sum " + to_text(latency_sum_s_) + "\n";
    return text + "shop_latency_seconds_count " + to_text(finished_) + "\n";
  }

  how how_;
  duration time_;
  engine random_{std::random_device{}()};
  std::mutex mutex_{};
  std::condition_variable turn_{};
  std::uint64_t next_ticket_ = 0;
  std::uint64_t now_serving_ = 0;
  int in_flight_ = 0;
  std::uint64_t arrivals_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t late_ = 0;
  std::uint64_t refused_ = 0;
  double busy_s_ = 0;
  steady::time_point since_ = steady::now();
  double latency_sum_s_ = 0;
  std::array<std::uint64_t, bounds_s.size() + 1> latencies_{};
};

int serve(const how& h) {
  const auto started = steady::now();
  work_queue work(h);
  const auto ready = [&] { return seconds_since(started) >= h.start_delay_s; };
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(most_waiting + 28); };
  server.set_keep_alive_max_count(1);  // a connection that is kept holds a thread
  server.Get("/", [&](const httplib::Request&, httplib::Response& response) {
    if (!ready()) {
      response.status = 503;
      response.set_content("starting\n", "text/plain");
    } else if (work.serve()) {
      response.set_content("done by " + std::to_string(h.port) + "\n", "text/plain");
    } else {
      response.status = 503;
      response.set_content("too many requests wait\n", "text/plain");
    }
  });
  server.Get("/ready", [&](const httplib::Request&, httplib::Response& response) {
    response.status = ready() ? 200 : 503;
    response.set_content(ready() ? "ready\n" : "starting\n", "text/plain");
  });
  server.Get("/metrics", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(work.metrics(ready()), std::string(exposition::content_type).c_str());
  });
  if (!server.bind_to_port("127.0.0.1", h.port)) {
    std::fprintf(stderr, "service: port %d of 127.0.0.1 is taken\n", h.port);
    return 2;
  }
  const stop_signals stop;
  std::thread answering([&] { server.listen_after_bind(); });
  while (!stop()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  server.stop();  // the requests that have begun are answered
  answering.join();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  how h;
  CLI::App app{"One replica of a small web service on 127.0.0.1: GET / is a request, GET /ready, GET /metrics."};
  app.add_option("--port", h.port, "Port")->required()->check(CLI::Range(1, 65535));
  app.add_option("--slots", h.slots, "Requests that are served at once")->check(CLI::Range(1, 20));
  app.add_option("--service-time", h.service_time_s, "Mean of a request's service, in seconds")
      ->check(CLI::Range(0.0, 10.0));
  app.add_option("--variation", h.variation, "Its standard deviation divided by its mean; 0: always the same")
      ->check(CLI::Range(0.0, 10.0));
  app.add_option("--start-delay", h.start_delay_s, "Seconds until it serves")->check(CLI::Range(0.0, 3600.0));
  app.add_option("--objective", h.objective_s, "Seconds from which on an answer is late")->check(CLI::Range(0.0, 60.0));
  CLI11_PARSE(app, argc, argv);
  try {
    return serve(h);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "service: %s\n", e.what());
    return 1;
  }
}
