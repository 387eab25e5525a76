// Calibrates models of ten services whose true values are known, from histories that an autoscaler made of them: what
// is found, with which interval, and whether the interval holds the truth.
//
//   190-calibrate-a-service            two services, as a test
//   190-calibrate-a-service all SEED   all ten, with fresh histories of that seed; some minutes

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <headroom/calibration.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/workloads/poisson.hpp>

using namespace headroom;

namespace {

// A service, the load on it, how its autoscaler aims, and what was recorded.
struct known_service {
  const char* name;
  int slots;
  duration service_time;
  duration start_delay;
  double row_s;       // from row to row
  double mean_per_s;  // the load's mean; it swings by 60 % within `period_s`, and jumps for a while now and then
  double period_s;
  double aim;           // utilisation that the autoscaler aims at
  int place;            // of three moments between two rows, where it decides
  const char* columns;  // w: wanted, r: ready, u: utilisation, f: in flight, m 5 9 1: mean, p50, p95, p99
};

std::vector<known_service> ten_services() {
  const auto lognormal = [](double m, double v) { return duration::lognormal(m, v); };
  const auto gamma = [](double m, double v) { return duration::gamma(m, v); };
  const auto constant = [](double s) { return duration::constant(s); };
  return {{"web", 8, lognormal(0.2, 1), constant(90), 15, 60, 3600, 0.65, 0, "wruf591"},
          {"one at a time", 1, gamma(0.08, 1), constant(30), 15, 80, 2400, 0.65, 1, "wru591"},
          {"even work", 4, gamma(0.5, 0.5), lognormal(45, 0.3), 15, 40, 3000, 0.7, 2, "wrum9"},
          {"many slots", 16, lognormal(0.05, 1.5), constant(60), 15, 150, 3600, 0.7, 0, "wu59"},
          {"batch", 2, lognormal(3, 0.8), constant(120), 15, 5, 5400, 0.85, 1, "wrf59"},
          {"slow, a row a minute", 32, lognormal(1.2, 0.6), lognormal(150, 0.2), 60, 60, 7200, 0.7, 0, "wru591"},
          {"long tail", 6, lognormal(0.3, 2), constant(20), 15, 40, 2700, 0.6, 2, "wruf1"},
          {"quick and even", 10, gamma(0.15, 0.3), constant(75), 15, 120, 3600, 0.7, 0, "wum91"},
          {"no utilisation", 3, lognormal(0.4, 1), constant(100), 15, 25, 3600, 0.85, 1, "wr591"},
          {"only wishes", 5, lognormal(0.1, 1.2), constant(40), 15, 110, 3000, 0.85, 0, "wf591"}};
}

service_options truth(const known_service& s) {
  service_options o;
  o.slots = s.slots;
  o.service_time = s.service_time;
  o.start_delay = s.start_delay;
  o.max_replicas = 1000;
  o.interval_s = s.row_s / 3;
  o.scrape_s = o.window_s = s.row_s;
  return o;
}

// What a monitoring system would have kept of some hours: the autoscaler follows the load, down with patience.
service_history recorded(const known_service& s, std::uint64_t seed) {
  const double rows = s.row_s > 30 ? 480 : 1440;
  service_options o = truth(s);
  const double each_per_s = s.slots / s.service_time.mean_s();
  o.initial_replicas = std::max(1, static_cast<int>(std::ceil(s.mean_per_s / each_per_s / s.aim)));
  const auto rate = [s](double t_s) {
    const double swing = 1 + 0.6 * std::sin(6.283185307 * t_s / s.period_s);
    const bool jump = std::fmod(t_s, s.period_s * 0.7) < 0.06 * s.period_s;
    return s.mean_per_s * swing * (jump ? 1.7 : 1);
  };
  service world(seed, o, poisson_arrivals{rate, {.duration_s = rows * s.row_s}});
  const std::string columns = s.columns;
  const auto has = [&](char c) { return columns.find(c) != std::string::npos; };
  service_history h;
  h.interval_s = s.row_s;
  service_observation now = world.reset();
  double held = 0;
  int delta = 0;
  for (int row = 0; row < static_cast<int>(rows); ++row) {
    h.load_per_s.push_back(now.load);
    const auto keep = [&](char c, std::vector<double>& to, double value) {
      if (has(c)) to.push_back(value);
    };
    keep('w', h.wanted, now.replicas);
    keep('r', h.ready, now.ready);
    keep('u', h.utilisation, now.utilisation);
    keep('f', h.in_flight, now.in_flight);
    keep('m', h.mean_latency_s, now.latency_s);
    keep('5', h.p50_s, now.p50_s);
    keep('9', h.p95_s, now.p95_s);
    keep('1', h.p99_s, now.p99_s);
    const double needed = std::ceil(now.load / each_per_s / s.aim);
    held = std::max(needed, held - 0.05 * held);
    for (int moment = 0; moment < 3; ++moment) {
      delta = moment == s.place ? static_cast<int>(std::max(1.0, std::ceil(held - 1e-9))) - now.replicas : 0;
      const auto after = world.step(delta);
      if (after.status != episode::ongoing) return h;
      now = after.observation;
    }
  }
  return h;
}

struct tally {
  int held[4] = {};
  int told[4] = {};
};

void calibrate(const known_service& s, std::uint64_t seed, bool small, tally& t) {
  const service_history h = recorded(s, seed);
  service_fit_options options;
  options.start.window_s = s.row_s;
  options.search.seed = seed;
  if (small) {
    options.most_requests = 2e4;
    options.search.round = 12;
    options.search.last = 30;
  }
  const service_fit f = service_calibration(h, options).fit();
  const double real[] = {s.start_delay.mean_s(), s.service_time.mean_s(), s.service_time.variation(),
                         static_cast<double>(s.slots)};
  std::printf("%-22s", s.name);
  for (std::size_t k = 0; k < 4; ++k) {
    const fitted_parameter& p = f.parameters[k];
    const bool holds = p.low <= real[k] && real[k] <= p.high;
    t.told[k] += p.fitted() ? 1 : 0;
    t.held[k] += p.fitted() && holds ? 1 : 0;
    if (p.fitted())
      std::printf("  %7.4g: %6.4g (%6.4g to %6.4g)%s", real[k], p.value, p.low, p.high, holds ? " " : "*");
    else
      std::printf("  %7.4g: not told: %s", real[k], p.untold.c_str());
  }
  std::printf("  %s, %.2f\n", f.law == service_law::gamma ? "gamma" : "lognormal", f.found.probability);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const bool all = argc > 1 && std::string(argv[1]) == "all";
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  auto services = ten_services();
  if (!all) services.resize(2);
  tally t;
  for (std::size_t k = 0; k < services.size(); ++k) calibrate(services[k], 1000 * seed + k, !all, t);
  std::printf("held: start delay %d of %d, service time %d of %d, variation %d of %d, slots %d of %d\n", t.held[0],
              t.told[0], t.held[1], t.told[1], t.held[2], t.told[2], t.held[3], t.told[3]);
}
