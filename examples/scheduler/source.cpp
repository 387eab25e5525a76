#include "source.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace live_scheduler {

using namespace headroom;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

scheduler::record_source_options records_of(const source_options& o, double limit_s) {
  return {.folder = o.results,
          .window = {.pressure_threshold_s = limit_s},
          .speed = o.speed,
          .empty_windows_believed = o.empty_windows};
}

}  // namespace

void source_options::declare(CLI::App& to) {
  to.add_option("--results", results,
                "Folder into which the service drops a file for each request; else POST /results");
  auto* const at = to.add_option("--prometheus", prometheus, "Or: the Prometheus that scrapes the service");
  at->excludes("--results");
  to.add_option("--window", window, "Of its rates, in time that passes: at least four scrapes")
      ->needs(at)
      ->capture_default_str();
  to.add_option("--series", range_selector, "Which series of it, as in namespace=\"default\"")->needs(at);
  to.add_option("--stale", stale_s, "Seconds after which what it says is too old")->needs(at)->capture_default_str();
  to.add_option("--empty-windows", empty_windows, "Windows without a record after which no load is believed")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  to.add_option("--speed", speed, "How many times faster time runs")
      ->check(CLI::Range(1.0, 100.0))
      ->capture_default_str();
}

live_source::live_source(const source_options& o, double limit_s, std::function<double()> now_s, kubernetes& deployment,
                         kubernetes_pods& pods)
    : o_(o),
      limit_s_(limit_s),
      now_s_(std::move(now_s)),
      deployment_(deployment),
      listed_(pods),
      records_(records_of(o, limit_s)) {
  if (!o_.prometheus.empty()) prometheus_ = std::make_unique<prometheus>(prometheus_options{.url = o_.prometheus});
}

std::optional<observation> live_source::read() {
  said_.clear();
  last_.reset();
  vital_.reset();
  fields_.clear();
  service_time_s_ = unknown;
  const reading wanted = deployment_.read_replicas();
  fields_.push_back({"replicas", wanted});
  const bool counted = count_pods();
  // The window ends at each check, whatever else is not known: else the next one would hold two of them.
  std::optional<scheduler::metric_reading> m =
      prometheus_ ? ask_prometheus() : records_.read(now_s_(), counted ? pods_.serving : 1);
  const std::string of_metrics = prometheus_ ? said_ : records_.said();
  const bool serve = counted && pods_.serving > 0;
  if (!serve) m.reset();
  fields_.push_back({"pods", serve ? reading::of(pods_.serving) : reading::none(unknown_why::empty)});
  fields_.push_back({"metrics", m ? reading::of(m->workload) : reading::none(unknown_why::empty)});
  said_ = !wanted.known() ? deployment_.said()
          : !counted      ? listed_.said()
          : !serve        ? std::string("no pod serves")
          : !m            ? of_metrics
                          : std::string();
  if (!wanted.known()) return std::nullopt;
  observation o;
  o.time_s = now_s_();
  o.applied = static_cast<int>(wanted.value);
  vital_ = o;
  if (!m) return std::nullopt;
  static_cast<scheduler::service_metrics&>(o) = *m;
  o.response_time_s = m->response_time_s;
  o.served_per_s = m->workload;
  o.violation = m->pressure > 1;
  service_time_s_ = m->service_time_s;
  last_ = o;
  return o;
}

bool live_source::count_pods() {
  const auto all = listed_.list();
  pods_ = {};
  if (!all) return false;
  for (const listed_pod& p : *all) {
    if (p.terminating) {
      ++pods_.terminating;
      continue;
    }
    (p.serves() ? pods_.serving : pods_.pending) += 1;
    pods_.names.push_back(p.name);
  }
  return true;
}

// The same five metrics of the service's own counters. The mean over the pods of (R - S) / S would need a query a pod;
// max by (pod) of the ratio of means is one.
std::optional<scheduler::metric_reading> live_source::ask_prometheus() {
  const std::string in = o_.range_selector.empty() ? std::string() : '{' + o_.range_selector + '}';
  const auto rate = [&](const char* name) { return std::string("rate(") + name + in + '[' + o_.window + "])"; };
  const std::string requests = rate("matrix_requests_total");
  const std::string service = rate("matrix_service_seconds_total");
  const std::string response = rate("matrix_response_seconds_total");
  const std::string age = "time() - max(timestamp(matrix_requests_total" + in + "))";
  const auto ask = [&](const std::string& query, bool with_age = false) {
    const reading r =
        with_age ? prometheus_->read(query, age).not_older_than(o_.stale_s / o_.speed) : prometheus_->read(query);
    if (!r.known() && said_.empty()) said_ = prometheus_->said().empty() ? query + " is too old" : prometheus_->said();
    return r;
  };
  const reading load = ask("sum(" + requests + ")", true);
  if (!load.known()) return std::nullopt;
  scheduler::metric_reading m;
  m.n_instances = pods_.serving;
  m.workload = load.value / o_.speed;
  m.window_s = unknown;
  if (load.value > 0) {
    const reading r = ask("sum(" + response + ") / sum(" + requests + ")");
    const reading s = ask("sum(" + service + ") / sum(" + requests + ")");
    const reading q = ask("max((sum by (pod) (" + response + ") - sum by (pod) (" + service + ")) / sum by (pod) (" +
                          service + ") >= -1)");
    if (!r.known() || !s.known() || !q.known()) return std::nullopt;
    m.response_time_s = r.value * o_.speed;
    m.service_time_s = s.value * o_.speed;
    m.pressure = m.response_time_s / limit_s_;
    m.queue_length_dominant = q.value;
    m.utilization = std::min(1.0, m.workload * m.service_time_s / std::max(1, pods_.serving));
  }
  return m;
}

}  // namespace live_scheduler
