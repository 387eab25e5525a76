#include "usage.hpp"

#include <cmath>  // std::isfinite

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/config_node.hpp>
#include <headroom/ext/prometheus_history.hpp>
#include <headroom/io/internal/from_text.hpp>

namespace quota_live {

using namespace headroom;
using headroom::internal::config_node;

namespace {

constexpr double not_measured = -1;

// Calls take(path, points) for each series; a point is (time, value).
template <class Take>
void each_series(const std::string& json, Take&& take) {
  const auto root = config_node::of_json(json);
  const config_node* const all = root ? root->at({"data", "result"}) : nullptr;
  if (all == nullptr) return;
  for (const auto& one : all->parts) {
    const config_node* const labels = one.second.find("metric");
    const config_node* const values = one.second.find("values");
    if (labels == nullptr || values == nullptr) continue;
    const std::string name = labels->has("deployment") ? labels->text_of("deployment") : labels->text_of("workload");
    std::vector<std::pair<double, double>> points;
    for (const auto& pair : values->parts) {
      if (pair.second.parts.size() != 2) continue;
      const auto t = headroom::from_text<double>(pair.second.parts[0].second.text);
      const auto v = headroom::from_text<double>(pair.second.parts[1].second.text);
      if (t && v && std::isfinite(*v)) points.emplace_back(*t, *v);
    }
    if (!name.empty() && !points.empty()) take(labels->text_of("namespace") + '/' + name, points);
  }
}

double mean_since(const std::vector<std::pair<double, double>>& points, double from_s) {
  double sum = 0;
  double n = 0;
  for (const auto& [t, v] : points) {
    if (t < from_s) continue;
    sum += v;
    ++n;
  }
  return n > 0 ? sum / n : not_measured;
}

}  // namespace

usage_source::usage_source(const usage_options& o) : options_(o), server_(o.server) {
  require_positive("--step", "the step", o.step_s);
  for (const double window : {o.cpu_window_s, o.latency_window_s, o.latest_window_s}) {
    require(window >= o.step_s, "a window", "its length", window, "be at least --step, " + to_text(o.step_s));
  }
}

std::map<std::string, usage> usage_source::read(double now_s) {
  std::map<std::string, usage> all;
  said_.clear();
  const auto ask = [&](const std::string& expression, double window_s, auto&& take) {
    if (expression.empty()) return;
    try {
      // Aligned, so that two questions with one step see the same moments.
      const double to_s = now_s - std::fmod(now_s, options_.step_s);
      const std::string json = prometheus_history(server_, expression, {to_s - window_s, to_s + 1e-3, options_.step_s},
                                                  [](std::uint64_t, std::uint64_t) { return false; });
      each_series(json, take);
    } catch (const std::exception& e) {
      said_ = std::string("Prometheus: ") + e.what();
    }
  };
  ask(options_.cpu, options_.cpu_window_s,
      [&](const std::string& path, const auto& points) { all[path].cpu = mean_since(points, 0); });
  // The latest value, if it is not older than three steps.
  ask(options_.memory, 3 * options_.step_s,
      [&](const std::string& path, const auto& points) { all[path].memory = points.back().second; });
  ask(options_.latency, options_.latency_window_s, [&](const std::string& path, const auto& points) {
    all[path].latency = mean_since(points, 0);
    all[path].latest_latency = mean_since(points, now_s - options_.latest_window_s);
  });
  return all;
}

}  // namespace quota_live
