// An open load: requests are sent at their moments, whether or not earlier ones were answered. That is what users do; a
// client that waits for its answers would send less just when the service is slow, and hide it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/httplib.hpp>
#include <headroom/io/csv_trace.hpp>
#include <headroom/live/stop_signals.hpp>
#include <headroom/workloads/arrivals.hpp>
#include <headroom/workloads/poisson.hpp>
#include <headroom/workloads/step.hpp>

#include "jmeter_plan.hpp"
#include "load_shapes.hpp"

using namespace headroom;

namespace {

using steady = std::chrono::steady_clock;

struct how {
  std::string url;
  std::string file;
  double peak_per_s = 0;
  double seconds = 60;
  std::vector<double> levels;
  std::string shape;
  double speed = 1;
  std::string path = "/";
  std::string body;
  double limit_s = 0;
  std::uint64_t seed = 1;
  int senders = 128;
};

// A recorded load, played in `seconds` and scaled to its peak; a shape; or levels that follow each other.
arrivals requests(const how& h) {
  arrivals all;
  const poisson_options options{.duration_s = h.seconds, .resolution_s = 1};
  if (!h.file.empty()) {
    trace recorded = read_trace_csv(h.file);
    if (h.peak_per_s > 0) recorded = recorded.scaled_to_peak(h.peak_per_s);
    const double faster = recorded.duration_s() / h.seconds;
    const auto played = [&](double t_s) { return recorded(t_s * faster); };
    poisson_arrivals{played, options}(h.seed, all);
    return all;
  }
  if (!h.shape.empty()) {
    // Time runs `speed` times faster, so there are as many requests, in less of it.
    const live_load::rate one = live_load::shape_named(h.shape, h.seed, h.seconds);
    const auto played = [&](double t_s) { return h.speed * one(t_s * h.speed); };
    poisson_arrivals{played, {.duration_s = h.seconds / h.speed, .resolution_s = 1 / h.speed}}(h.seed, all);
    return all;
  }
  std::vector<load_level> levels;
  for (const double per_s : h.levels) {
    const double at = static_cast<double>(levels.size()) * h.seconds / static_cast<double>(h.levels.size());
    levels.push_back({at, per_s});
  }
  poisson_arrivals{step_load{levels}, options}(h.seed, all);
  return all;
}

struct answers {
  std::vector<double> latency_s;  // of those with status 200, from the moment at which they were due
  std::size_t refused = 0;        // another status
  std::size_t failed = 0;         // no answer
  std::size_t sent_late = 0;      // more than 20 ms after their moment: the load was not open then
};

answers send(const how& h, const arrivals& all) {
  std::atomic<std::size_t> next{0};
  std::vector<answers> parts(static_cast<std::size_t>(h.senders));
  const stop_signals stop;
  const auto begin = steady::now();
  std::vector<std::thread> senders;
  for (answers& mine : parts) {
    senders.emplace_back([&] {
      httplib::Client client(h.url);
      client.set_read_timeout(10);
      for (std::size_t k = next++; k < all.size() && !stop(); k = next++) {
        const auto due =
            begin + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(all.time_s[k]));
        std::this_thread::sleep_until(due);
        if (steady::now() - due > std::chrono::milliseconds(20)) ++mine.sent_late;
        const auto answer = h.body.empty() ? client.Get(h.path) : client.Post(h.path, h.body, "application/json");
        if (!answer) {
          ++mine.failed;
        } else if (answer->status != 200) {
          ++mine.refused;
        } else {
          mine.latency_s.push_back(std::chrono::duration<double>(steady::now() - due).count());
        }
      }
    });
  }
  answers sum;
  for (std::size_t k = 0; k < senders.size(); ++k) {
    senders[k].join();
    sum.latency_s.insert(sum.latency_s.end(), parts[k].latency_s.begin(), parts[k].latency_s.end());
    sum.refused += parts[k].refused;
    sum.failed += parts[k].failed;
    sum.sent_late += parts[k].sent_late;
  }
  return sum;
}

void tell(const how& h, answers& got) {
  std::sort(got.latency_s.begin(), got.latency_s.end());
  std::printf("%zu requests in %s s: %zu answered, %zu refused, %zu without an answer",
              got.latency_s.size() + got.refused + got.failed, to_text(h.seconds).c_str(), got.latency_s.size(),
              got.refused, got.failed);
  if (!got.latency_s.empty()) {
    const auto at = [&](double q) {
      return got.latency_s[static_cast<std::size_t>(q * static_cast<double>(got.latency_s.size() - 1))];
    };
    std::printf("; latency p50 %.3f s, p95 %.3f s, p99 %.3f s", at(0.5), at(0.95), at(0.99));
    if (h.limit_s > 0) {
      const auto late = got.latency_s.end() - std::upper_bound(got.latency_s.begin(), got.latency_s.end(), h.limit_s);
      std::printf("; %.2f %% later than %s s",
                  100.0 * static_cast<double>(late) / static_cast<double>(got.latency_s.size()),
                  to_text(h.limit_s).c_str());
    }
  }
  std::printf("\n");
  if (got.sent_late > 0)
    std::printf("%zu were sent more than 20 ms late: the machine is busy, or --senders is too small\n", got.sent_late);
}

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) {
  how h;
  std::string body_file;
  std::string jmeter;
  CLI::App app{"Sends requests to a web service at the moments of a recorded load, of a shape or of levels."};
  app.add_option("--url", h.url, "The service, as in http://127.0.0.1:8000")->required();
  auto* file = app.add_option("--trace", h.file, "A recorded load (CSV), played within --seconds");
  app.add_option("--peak", h.peak_per_s, "Requests a second of its busiest interval; 0: as recorded")->needs(file);
  auto* levels = app.add_option("--levels", h.levels, "Requests a second, as in 20,60,20: equal parts of --seconds")
                     ->delimiter(',')
                     ->excludes(file);
  auto* shape =
      app.add_option("--shape", h.shape, "A load of the published scheduler: " + std::string(live_load::shape_names))
          ->excludes(file)
          ->excludes(levels);
  app.add_option("--speed", h.speed, "The shape's --seconds pass so many times faster, with as many requests")
      ->check(CLI::Range(1.0, 100.0))
      ->needs(shape);
  app.add_option("--seconds", h.seconds, "How long it lasts")->check(CLI::Range(0.1, 86400.0));
  app.add_option("--path", h.path, "Path of the requests")->capture_default_str();
  app.add_option("--body", body_file, "File that is sent by POST, as JSON; without it the requests are GET")
      ->check(CLI::ExistingFile);
  app.add_option("--limit", h.limit_s, "Tell also how many answers came later than so many seconds");
  app.add_option("--jmeter", jmeter, "Send nothing: write a plan for JMeter into this file, with the load a second")
      ->needs(shape);
  app.add_option("--seed", h.seed, "Which draw of the moments");
  app.add_option("--senders", h.senders, "Requests that can be under way at once")->check(CLI::Range(1, 2000));
  CLI11_PARSE(app, argc, argv);
  try {
    if (h.file.empty() && h.levels.empty() && h.shape.empty()) {
      throw std::invalid_argument("say --trace FILE, --levels 20,60,20 or --shape high");
    }
    if (!body_file.empty()) h.body = text_of(body_file);
    if (!jmeter.empty()) {
      live_load::write_jmeter_plan(jmeter, {.url = h.url,
                                            .path = h.path,
                                            .body = h.body,
                                            .seconds = h.seconds,
                                            .senders = h.senders,
                                            .load = live_load::shape_named(h.shape, h.seed, h.seconds)});
      return 0;
    }
    answers got = send(h, requests(h));
    tell(h, got);
    return got.latency_s.empty() ? 1 : 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "load: %s\n", e.what());
    return 2;
  }
}
