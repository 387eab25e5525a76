// Rounds, clocks, and what the machine was doing.
#include "speed/measure.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <limits>

#include "../../../bench/fma_peak.hpp"

namespace tool::speed {

namespace {

// Of this thread: what another process takes meanwhile is not in it. What its host takes is.
double cpu_ns() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Nanoseconds an operation, over at least so long; once without looking, so that caches are warm.
double ns_of(const timed& one, double seconds) {
  one.run();
  std::uint64_t done = 0;
  const double begin = cpu_ns();
  double passed = 0;
  do {
    done += one.run();
    passed = cpu_ns() - begin;
  } while (passed < seconds * 1e9);
  return passed / static_cast<double>(done);
}

std::vector<double> load_averages() {
  std::array<double, 3> loads{};
  const int known = ::getloadavg(loads.data(), static_cast<int>(loads.size()));
  return {loads.begin(), loads.begin() + std::max(known, 0)};
}

// Ticks of all processors since the machine began: user, nice, system, idle, iowait, irq, softirq, steal.
std::vector<double> ticks() {
  std::ifstream in("/proc/stat");
  std::string word;
  std::vector<double> all;
  in >> word;
  for (double value = 0; all.size() < 8 && in >> value;) all.push_back(value);
  return all;
}
double stolen_between(const std::vector<double>& before, const std::vector<double>& after) {
  double sum = 0;
  for (std::size_t k = 0; k < after.size() && k < before.size(); ++k) sum += after[k] - before[k];
  if (after.size() < 8 || before.size() < 8 || !(sum > 0)) return std::numeric_limits<double>::quiet_NaN();
  return (after[7] - before[7]) / sum;
}

double median_of_rounds(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

}  // namespace

measured measure(const sizes& s, std::size_t rounds, double seconds,
                 const std::function<bool(std::size_t, std::size_t)>& pause) {
  measured m;
  const std::vector<timed> itself = machine_itself(s);
  const timed predicted = predicted_branch();
  const std::vector<agent_work> works = agents_at_work(s);
  for (const timed& one : itself) m.yardsticks.push_back({.name = one.name, .in_short = one.in_short});
  for (const agent_work& w : works) {
    m.rows.push_back({.name = w.one.name, .beside = w.beside, .operations = w.operations});
    for (int warm_up = 0; warm_up < 3; ++warm_up) w.one.run();
  }
  m.machine.load_before = load_averages();
  const std::vector<double> before = ticks();
  const auto begin = std::chrono::steady_clock::now();
  const double cpu_before = cpu_ns();
  const std::size_t all = rounds * (itself.size() + works.size());
  std::size_t done = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t k = 0; k < itself.size(); ++k) {
      double ns = ns_of(itself[k], seconds);
      if (k == misprediction) ns = std::max(0.0, ns - ns_of(predicted, seconds)) * 2;
      m.yardsticks[k].ns.push_back(ns);
      if (pause(++done, all)) return {};
    }
    for (std::size_t k = 0; k < works.size(); ++k) {
      m.rows[k].ns.push_back(ns_of(works[k].one, seconds));
      if (pause(++done, all)) return {};
    }
  }
  const std::chrono::duration<double, std::nano> passed = std::chrono::steady_clock::now() - begin;
  m.machine.got = (cpu_ns() - cpu_before) / passed.count();
  m.machine.stolen = stolen_between(before, ticks());
  m.machine.load_after = load_averages();
  m.flops = 2e9 / median_of_rounds(m.yardsticks[multiply_add].ns);
  m.lanes = fma_peak::find().lanes;
  return m;
}

}  // namespace tool::speed
