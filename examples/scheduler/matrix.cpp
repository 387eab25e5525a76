// The matrix service, under its published contract: POST /multiply. A process has one queue: a request waits until
// those before it are done.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/httplib.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/io/exposition.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/live/stop_signals.hpp>
#include <headroom/systems/scheduler/request_records.hpp>

#include "common.hpp"

namespace live_scheduler {

using namespace headroom;

namespace {

using steady = std::chrono::steady_clock;
using walk = internal::json_walk;
using matrix = std::vector<std::vector<double>>;

double seconds_since(steady::time_point begin) { return std::chrono::duration<double>(steady::now() - begin).count(); }

struct matrix_options {
  std::string pod{};
  int port = 5050;
  std::string listen = "127.0.0.1";
  std::filesystem::path results{};
  std::string post{};
  double service_time_s = 0;
  double start_delay_s = 0;
  int threads = 128;
};

// "2025.01.31_10:00:00.123".
std::string stamp(double wall_s) {
  const auto whole = static_cast<std::time_t>(wall_s);
  std::tm parts{};
  ::localtime_r(&whole, &parts);
  char text[64];
  const std::size_t n = std::strftime(text, sizeof text, "%Y.%m.%d_%H:%M:%S", &parts);
  const int ms = std::clamp(static_cast<int>((wall_s - static_cast<double>(whole)) * 1000), 0, 999);
  std::snprintf(text + n, sizeof text - n, ".%03d", ms);
  return text;
}

// Where the records of finished requests go: a file each, or a POST each from a thread of its own, so that nobody who
// waits for an answer waits for the scheduler.
class record_drain {
 public:
  explicit record_drain(const matrix_options& o) : o_(o) {
    if (o_.post.empty()) return;
    sender_ = std::thread([this] { send(); });
  }
  record_drain(const record_drain&) = delete;
  record_drain& operator=(const record_drain&) = delete;
  ~record_drain() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ends_ = true;
    }
    more_.notify_all();
    if (sender_.joinable()) sender_.join();
  }

  void add(const scheduler::request_record& r) {
    if (!o_.results.empty()) write(r);
    if (o_.post.empty()) return;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      waiting_.push_back(r);
      // A scheduler that is away for long must not fill the memory; what is oldest says least.
      if (waiting_.size() > 10'000) {
        waiting_.pop_front();
        ++lost_;
      }
    }
    more_.notify_one();
  }
  [[nodiscard]] std::uint64_t lost() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return lost_;
  }

 private:
  // The published service writes a name that a second request of the same millisecond has, too, and overwrites it; and
  // a reader may see half of a file. Here a number makes the name unique, and the file gets it when it is whole.
  void write(const scheduler::request_record& r) {
    std::uint64_t mine = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      mine = ++written_;
    }
    const std::string name = r.pod + '_' + stamp(system_clock::wall_s()) + '_' + to_text(mine) + ".json";
    const std::filesystem::path half = o_.results / ('.' + name);
    std::ofstream out(half);
    out << scheduler::to_json(r) << '\n';
    out.close();
    std::error_code failed;
    if (out) std::filesystem::rename(half, o_.results / name, failed);
    if (!out || failed) {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++lost_;
    }
  }
  void send() {
    internal::http_question scheduler_at("matrix", {.url = o_.post, .timeout_s = 2});
    std::unique_lock<std::mutex> lock(mutex_);
    while (!ends_) {
      more_.wait(lock, [&] { return ends_ || !waiting_.empty(); });
      if (waiting_.empty()) continue;
      std::string body = "[";
      const std::size_t n = std::min<std::size_t>(waiting_.size(), 500);
      for (std::size_t k = 0; k < n; ++k) {
        body += (k > 0 ? "," : "") + scheduler::to_json(waiting_.front(), true);
        waiting_.pop_front();
      }
      lock.unlock();
      const internal::http_answer a = scheduler_at.post("/results", body + ']', "application/json");
      // Sent again it might be counted twice, so it is given up; a window without these says a little less.
      if (a.status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(200));
      lock.lock();
      if (a.status != 200) lost_ += n;
    }
  }

  const matrix_options& o_;
  mutable std::mutex mutex_{};
  std::condition_variable more_{};
  std::deque<scheduler::request_record> waiting_{};
  bool ends_ = false;
  std::uint64_t lost_ = 0;
  std::uint64_t written_ = 0;
  std::thread sender_{};
};

matrix read_matrix(walk& in, const std::string& name) {
  matrix m;
  bool good = true;
  in.values([&](walk::token row) {
    if (row != walk::token::list) {
      good = false;
      return in.pass(row);
    }
    m.emplace_back();
    in.values([&](walk::token t) {
      good = good && walk::is_number(t);
      m.back().push_back(walk::is_number(t) ? in.number() : 0);
      in.pass(t);
    });
    good = good && m.back().size() == m.front().size();
  });
  if (!good || m.empty() || m.front().empty()) throw std::invalid_argument(name + " is no matrix of numbers");
  return m;
}

struct task {
  matrix a{};
  matrix b{};
};
// Throws std::invalid_argument with what the client did wrong.
task read_task(const std::string& body) {
  task t;
  walk in(body);
  if (in.next() != walk::token::object) throw std::invalid_argument("this is no JSON object");
  in.members([&](const std::string& name, walk::token first) {
    matrix* const to = name == "matrix_a" ? &t.a : name == "matrix_b" ? &t.b : nullptr;
    if (to == nullptr || first != walk::token::list) return in.pass(first);
    *to = read_matrix(in, name);
  });
  if (!in.ends()) throw std::invalid_argument("this is not JSON");
  if (t.a.empty()) throw std::invalid_argument("matrix_a is missing");
  if (t.b.empty()) throw std::invalid_argument("matrix_b is missing");
  if (t.a.front().size() != t.b.size()) {
    throw std::invalid_argument("shapes (" + to_text(t.a.size()) + "," + to_text(t.a.front().size()) + ") and (" +
                                to_text(t.b.size()) + "," + to_text(t.b.front().size()) + ") do not fit");
  }
  return t;
}
matrix product(const task& t) {
  matrix c(t.a.size(), std::vector<double>(t.b.front().size(), 0));
  for (std::size_t i = 0; i < t.a.size(); ++i) {
    for (std::size_t k = 0; k < t.b.size(); ++k) {
      for (std::size_t j = 0; j < c[i].size(); ++j) c[i][j] += t.a[i][k] * t.b[k][j];
    }
  }
  return c;
}
// All of it, or its upper left corner of five by five.
void write_corner(internal::json_writer& out, const matrix& m) {
  const bool large = m.size() >= 5 && m.front().size() >= 5;
  const std::size_t rows = large ? 5 : m.size();
  const std::size_t columns = large ? 5 : m.front().size();
  out.open('[');
  for (std::size_t i = 0; i < rows; ++i) {
    out.open('[');
    for (std::size_t j = 0; j < columns; ++j) out.number(m[i][j]);
    out.close(']');
  }
  out.close(']');
}
// "t=1738317600.123", which the ingress adds. Nothing unless it is that.
std::optional<double> sent_at(const httplib::Request& r) {
  const std::string text = r.get_header_value("requestTime");
  if (!text.starts_with("t=")) return std::nullopt;
  const auto t = from_text<double>(text.substr(2));
  // Milliseconds since 1970 would give a response time of minus fifty thousand years; that happened.
  if (!t || !std::isfinite(*t) || std::abs(*t - system_clock::wall_s()) > 86'400) return std::nullopt;
  return t;
}

class matrix_service {
 public:
  explicit matrix_service(const matrix_options& o) : o_(o), drain_(o_) {}

  void add_to(httplib::Server& server) {
    server.Post("/multiply", [this](const httplib::Request& r, httplib::Response& to) { answer(r, to); });
    server.Get("/ready", [this](const httplib::Request&, httplib::Response& to) {
      const bool ready = seconds_since(began_) >= o_.start_delay_s;
      to.status = ready ? 200 : 503;
      to.set_content(ready ? "ready\n" : "starting\n", "text/plain");
    });
    server.Get("/metrics", [this](const httplib::Request&, httplib::Response& to) {
      to.set_content(metrics(), std::string(exposition::content_type).c_str());
    });
  }

 private:
  void answer(const httplib::Request& r, httplib::Response& to) {
    const auto fail = [&](const std::string& sentence) {
      {
        const std::lock_guard<std::mutex> lock(counts_);
        ++refused_;
      }
      internal::json_writer w;
      to.status = 400;
      to.set_content(w.open('{').name("error").text(sentence).close('}').json(), "application/json");
    };
    const std::optional<double> begin_s = sent_at(r);
    if (!begin_s) {
      return fail("the header requestTime is missing, or not t= and the seconds since 1970 of about now");
    }
    task t;
    try {
      t = read_task(r.body);
    } catch (const std::invalid_argument& e) {
      return fail(e.what());
    }
    // The queue: the next one begins when the product is there, and not when its record is on a slow disk.
    std::unique_lock<std::mutex> queue(turn_);
    const auto begin = steady::now();
    const matrix c = product(t);
    const double left_s = o_.service_time_s - seconds_since(begin);
    if (left_s > 0) std::this_thread::sleep_for(std::chrono::duration<double>(left_s));
    const double service_s = seconds_since(begin);
    queue.unlock();
    const double response_s = std::max(0.0, system_clock::wall_s() - *begin_s);
    {
      const std::lock_guard<std::mutex> lock(counts_);
      ++finished_;
      service_s_ += service_s;
      response_s_ += response_s;
    }
    drain_.add({o_.pod, service_s, response_s});
    internal::json_writer w;
    w.open('{').name("message").text("the product").name("Service Time").number(service_s).name("Result");
    write_corner(w, c);
    to.set_content(w.close('}').json(), "application/json");
  }
  std::string metrics() {
    const std::lock_guard<std::mutex> lock(counts_);
    exposition text;
    const metric_labels pod{{"pod", o_.pod}};
    text.counter("matrix_requests_total", "Requests that were answered.", static_cast<double>(finished_), pod);
    text.counter("matrix_refused_total", "Requests that were no task.", static_cast<double>(refused_), pod);
    text.counter("matrix_service_seconds_total", "Time in service, of all requests.", service_s_, pod);
    text.counter("matrix_response_seconds_total", "Time from the ingress to the product, of all.", response_s_, pod);
    text.counter("matrix_lost_records_total", "Records that could not be handed on.",
                 static_cast<double>(drain_.lost()), pod);
    return text.text();
  }

  matrix_options o_;
  record_drain drain_;
  steady::time_point began_ = steady::now();
  std::mutex turn_{};  // the queue
  std::mutex counts_{};
  std::uint64_t finished_ = 0;
  std::uint64_t refused_ = 0;
  double service_s_ = 0;
  double response_s_ = 0;
};

void serve(matrix_options o) {
  if (o.pod.empty()) {
    const char* const named = std::getenv("pod_name");
    if (named == nullptr) throw std::invalid_argument("matrix: the pod's name is missing, must be --pod or pod_name");
    o.pod = named;
  }
  matrix_service service(o);
  httplib::Server server;
  server.new_task_queue = [&o] { return new httplib::ThreadPool(static_cast<std::size_t>(o.threads)); };
  server.set_keep_alive_max_count(1);  // a connection that is kept holds a thread
  server.set_payload_max_length(std::size_t{64} << 20U);
  service.add_to(server);
  if (!server.bind_to_port(o.listen, o.port)) {
    throw std::runtime_error("matrix: port " + to_text(o.port) + " of " + o.listen + " is taken");
  }
  const stop_signals stop;
  std::thread answering([&] { server.listen_after_bind(); });
  std::printf("listening on %s:%d\n", o.listen.c_str(), o.port);
  std::fflush(stdout);
  while (!stop()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  server.stop();  // the requests that have begun are answered
  answering.join();
}

}  // namespace

void add_matrix(CLI::App& to) {
  CLI::App* const c =
      to.add_subcommand("matrix", "One replica of the matrix service: POST /multiply, /ready, /metrics");
  const auto o = std::make_shared<matrix_options>();
  c->add_option("--pod", o->pod, "Its name; else the environment variable pod_name");
  c->add_option("--port", o->port, "Port")->check(CLI::Range(1, 65535))->capture_default_str();
  c->add_option("--listen", o->listen, "Address; 0.0.0.0 in a pod")->capture_default_str();
  c->add_option("--results", o->results, "Folder into which a file is dropped for each request")
      ->check(CLI::ExistingDirectory);
  c->add_option("--post", o->post, "Or the scheduler that is told by POST /results, as in http://127.0.0.1:9000");
  c->add_option("--service-time", o->service_time_s, "Seconds that a product takes at least; 0: as long as it takes")
      ->check(CLI::Range(0.0, 100.0));
  c->add_option("--start-delay", o->start_delay_s, "Seconds until it is ready")->check(CLI::Range(0.0, 3600.0));
  c->add_option("--threads", o->threads, "Requests that it holds at once")->check(CLI::Range(2, 2000));
  c->footer(
      "Example:\n  live-scheduler matrix --pod m-1 --results /tmp/results --service-time 0.2 &\n"
      "  curl -H \"requestTime: t=$(date +%s.%3N)\" -d '{\"matrix_a\":[[1,2]],\"matrix_b\":[[3],[4]]}' "
      "127.0.0.1:5050/multiply");
  c->final_callback([o] { serve(*o); });
}

}  // namespace live_scheduler
