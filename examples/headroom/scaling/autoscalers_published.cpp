#include <memory>
#include <utility>

#include <headroom/baselines/alarm_tracking.hpp>
#include <headroom/policies/forecast.hpp>
#include <headroom/baselines/openfaas_alerts.hpp>
#include <headroom/baselines/openfaas_pro.hpp>
#include <headroom/baselines/panic_window.hpp>
#include <headroom/baselines/queue_target.hpp>
#include <headroom/baselines/staffing.hpp>
#include <headroom/baselines/step_scaling.hpp>
#include <headroom/baselines/target_tracking.hpp>
#include <headroom/policies/stabilized.hpp>
#include <headroom/telemetry/decaying_histogram.hpp>
#include <headroom/telemetry/holt_winters.hpp>

#include "scaling/autoscaler_knobs.hpp"

namespace tool {

using namespace headroom;

namespace {

using settings = std::span<const double>;

// The knobs that several have. Published periods are made for minutes; every one of them can also be set to look as
// often as the farm decides.
knob target(std::string meaning, double published, std::vector<double> sweep) {
  return {"target", std::move(meaning), published, std::move(sweep)};
}
knob window(double published, std::vector<double> sweep) {
  return {"window", "seconds of stabilisation before it removes", published, std::move(sweep)};
}
knob period(double published, std::vector<double> sweep) {
  return {"period", "seconds between two evaluations; 0: at every decision", published, std::move(sweep)};
}
// Rounded to three figures: targets are written by people.
double rounded(double x) {
  if (!(x > 0)) return 0;
  const double unit = std::pow(10.0, std::floor(std::log10(x)) - 2);
  return std::round(x / unit) * unit;
}
// The sweep of a target that is measured per replica. The numbers are for the published farm, whose worker serves one
// request at a time, 0.68 a second; of another service each is taken times `of_farm`.
std::vector<double> per_replica(std::vector<double> sweep, double of_farm) {
  if (of_farm == 1) return sweep;
  for (double& x : sweep) x = std::strtod(to_text(rounded(x * of_farm)).c_str(), nullptr);
  return sweep;
}
double rate_of_farm(const scaled_service& s) { return s.serves_per_s / 0.68; }
double per_replica(double x, double of_farm) { return of_farm == 1 ? x : rounded(x * of_farm); }

// The minimum is the knob that helps most where the load comes faster than replicas do, and everyone has it. On the
// published farm from 6 to 16; elsewhere about what the load needs on average.
knob least(const scaled_service& s) {
  std::vector<double> sweep{1, 6, 10, 12, 14, 16};
  if (s.noun != "worker") {
    sweep = {static_cast<double>(std::max(1, s.minimum))};
    for (const double times : {0.6, 0.85, 1.0, 1.2, 1.5}) {
      const double n = std::ceil(times * s.mean_per_s * s.service_s / s.slots);
      if (n > sweep.back() && n <= s.maximum) sweep.push_back(n);
    }
  }
  return {"least", "replicas that it always keeps", static_cast<double>(std::max(1, s.minimum)), std::move(sweep)};
}

replica_limits at_least(const place& p, double replicas) {
  replica_limits limits = p.limits;
  require(replicas >= limits.minimum && replicas <= limits.maximum && replicas == std::round(replicas),
          "--policies: " + std::string(p.name), "least", replicas,
          "be whole, from " + to_text(limits.minimum) + " to " + to_text(limits.maximum));
  limits.minimum = static_cast<int>(replicas);
  return limits;
}

// A policy with a forecast, which tells how often it had one.
template <class P>
class telling {
 public:
  telling(P policy, std::shared_ptr<forecast_health> to) : policy_(std::move(policy)), to_(std::move(to)) {}

  int start(const scaled_observation& o) { return told(policy_.start(o)); }
  int step(const scaled_observation& o) { return told(policy_.step(o)); }
  void stop(const scaled_observation& o, episode end) { policy_.stop(o, end); }
  void executed(int delta) { policy_.executed(delta); }

 private:
  int told(int delta) {
    if (to_) *to_ = policy_.health();
    return delta;
  }

  P policy_;
  std::shared_ptr<forecast_health> to_;
};

target_tracking_options hpa(target_kind kind, double target, double window_s, double period_s) {
  return {.kind = kind, .target = target, .sync_period_s = period_s, .down_stabilisation_s = window_s};
}

// Kubernetes, and what feeds it.
void add_kubernetes(std::vector<autoscaler>& all, const scaled_service& service) {
  all.push_back({{"hpa",
                  "Kubernetes' HorizontalPodAutoscaler on utilisation, 80 %",
                  {target("utilisation that it aims at", 0.8, {0.4, 0.5, 0.6, 0.7, 0.8, 0.9}), least(service),
                   window(300, {300, 0}), period(15, {15, 0})}},
                 [](settings s, const place& p) -> scaled_policy {
                   const auto see = scaled_signals();
                   return target_tracking{see, see.utilisation, hpa(target_kind::utilisation, s[0], s[2], s[3]),
                                          at_least(p, s[1])};
                 }});
  all.push_back({{"hpa-concurrency",
                  "the same on requests in the system per worker (an external metric, AverageValue), one each",
                  {target("requests in the system per worker", service.slots,
                          per_replica({0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2}, service.slots)),
                   least(service), window(300, {300, 0}), period(15, {15, 0})}},
                 [](settings s, const place& p) -> scaled_policy {
                   const auto see = scaled_signals();
                   return target_tracking{see, see.concurrency, hpa(target_kind::average_value, s[0], s[2], s[3]),
                                          at_least(p, s[1])};
                 }});
  all.push_back(
      {{"kpa",
        "Knative's autoscaler on concurrency: workers that take one request each, used to 70 %",
        {target("utilisation of a worker that takes one request at a time", 0.7, {0.5, 0.6, 0.7, 0.8, 0.9, 1}),
         least(service),
         {"stable", "seconds of the calm window; panic looks at a tenth", 60, {60, 30, 16}},
         {"delay", "seconds before it removes", 0, {0, 60}}}},
       [](settings s, const place& p) -> scaled_policy {
         const auto see = scaled_signals();
         panic_window_options o{.total = static_cast<double>(p.service.slots), .utilisation = s[0]};
         o.stable_window_s = s[2];
         o.panic_window_s = s[2] / 10;
         o.scale_down_delay_s = s[3];
         return panic_window{see, see.concurrency, o, at_least(p, s[1])};
       }});
  all.push_back({{"keda",
                  "KEDA on the length of the queue, five a worker",
                  {target("waiting requests per worker", 5, per_replica({0.25, 0.5, 1, 2, 5, 10}, service.slots)),
                   least(service), window(300, {300, 0}), period(15, {15, 0})}},
                 [](settings s, const place& p) -> scaled_policy {
                   const auto see = scaled_signals();
                   return stabilized{queue_target{see, {.target = s[0], .sync_s = s[3]}, at_least(p, s[1])}, see,
                                     stabilized_options{.down_s = s[2]}};
                 }});
}

void add_amazon(std::vector<autoscaler>& all, const scaled_service& service) {
  const knob datapoint{"datapoint", "seconds of a datapoint; its high-resolution metrics have 10", 60, {60, 10}};
  const knob cooldown{"cooldown", "seconds between two moves of a kind", 300, {300, 60, 0}};
  all.push_back({{"aws-target-tracking",
                  "Amazon's target tracking on utilisation, 70 % (a model: the law is not published)",
                  {target("utilisation that it aims at", 0.7, {0.4, 0.5, 0.6, 0.7, 0.8, 0.9}), least(service), cooldown,
                   datapoint}},
                 [](settings s, const place& p) -> scaled_policy {
                   const auto see = scaled_signals();
                   alarm_tracking_options o{.target = s[0], .period_s = s[3]};
                   o.out_cooldown_s = o.in_cooldown_s = s[2];
                   return alarm_tracking{see, see.utilisation, o, at_least(p, s[1])};
                 }});
  all.push_back({{"aws-step",
                  "Amazon's step scaling on utilisation: one more above 80 %, two above 95 %, one less below 50 %",
                  {{"out", "utilisation above which it adds", 0.8, {0.4, 0.5, 0.6, 0.7, 0.8, 0.9}},
                   least(service),
                   {"in", "utilisation below which it removes", 0.5, {0, 0.5}},
                   cooldown,
                   datapoint}},
                 [](settings s, const place& p) -> scaled_policy {
                   const auto see = scaled_signals();
                   step_scaling_options o;
                   o.period_s = s[4];
                   o.out = {.threshold = s[0], .steps = {{0, 1}}, .cooldown_s = s[3]};
                   if (s[0] < 0.95) o.out.steps.push_back({0.95 - s[0], 2});
                   o.in = {.threshold = s[2], .steps = {{0, -1}}, .cooldown_s = s[3]};
                   return step_scaling{see, see.utilisation, o, at_least(p, s[1])};
                 },
                 [](settings s) { return s[2] < s[0]; }});
}

void add_openfaas(std::vector<autoscaler>& all, const scaled_service& service) {
  all.push_back({{"openfaas-ce",
                  "OpenFaaS' free gateway: 20 % of its ceiling more while the alert of 5 requests a second fires, then "
                  "back to the least",
                  {{"alert", "requests per second, of all workers, above which it adds", 5,
                    per_replica({1, 2, 3, 4, 5, 6, 7, 8, 10}, service.noun == "worker" ? 1 : service.mean_per_s / 5)},
                   least(service),
                   {"factor", "percent of its ceiling that it adds", 20, {5, 10, 20}}}},
                 [](settings s, const place& p) -> scaled_policy {
                   openfaas_alerts_options o{.above_per_s = s[0]};
                   o.factor_percent = s[2];
                   return openfaas_alerts{scaled_signals(), o, at_least(p, s[1])};
                 }});
  const knob load_window{"mean", "seconds that the load is averaged over", 30, {30, 0}};
  const knob down{"down", "seconds of which it keeps the most that was wanted", 0, {0, 60, 300}};
  all.push_back({{"openfaas-pro",
                  "OpenFaaS Pro on requests per second: what a worker serves (0.68), used to 90 %",
                  {target("requests per second that a worker serves", service.serves_per_s,
                          per_replica({0.4, 0.46, 0.52, 0.58, 0.64, 0.68, 0.74, 0.8}, rate_of_farm(service))),
                   least(service), down, load_window}},
                 [](settings s, const place& p) -> scaled_policy {
                   const auto see = scaled_signals();
                   openfaas_pro_options o{.target = s[0]};
                   o.load_window_s = s[3];
                   o.down_window_s = s[2];
                   return openfaas_pro{see, see.load, o, at_least(p, s[1])};
                 }});
  all.push_back({{"openfaas-pro-capacity",
                  "the same on requests in the system: one a worker, used to 90 %",
                  {target("requests in the system per worker", service.slots,
                          per_replica({0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2}, service.slots)),
                   least(service), down, period(15, {15, 0})}},
                 [](settings s, const place& p) -> scaled_policy {
                   const auto see = scaled_signals();
                   openfaas_pro_options o{.target = s[0]};
                   o.period_s = s[3];
                   o.down_window_s = s[2];
                   return openfaas_pro{see, see.concurrency, o, at_least(p, s[1])};
                 }});
}

void add_predictive(std::vector<autoscaler>& all, const scaled_service& service) {
  all.push_back(
      {{"staffing",
        "Erlang's formula on the arrival rate: 99 % of the requests do not wait",
        {{"probability", "of waiting no longer than the bound", 0.99, {0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999}},
         least(service),
         {"bound", "seconds that a request may wait", 0, {0, 0.75}},
         {"smoothing", "time constant of the mean of the load, in seconds", 0, {0, 12, 24, 48}}}},
       [](settings s, const place& p) -> scaled_policy {
         staffing_options o{.service_s = p.service.service_s};
         o.slots = p.service.slots;
         o.slo = {.bound_s = s[2], .probability = s[0], .scv = p.service.service_scv};
         o.smoothing_s = s[3];
         return staffing{scaled_signals(), o, at_least(p, s[1])};
       }});
  all.push_back(
      {{"predictive-hpa",
        "HPA on requests per second, 0.54 a worker (80 %), fed with a Holt-Winters forecast of a minute ahead",
        {target("requests per second per worker", per_replica(0.54, rate_of_farm(service)),
                per_replica({0.36, 0.42, 0.48, 0.54, 0.6, 0.68}, rate_of_farm(service))),
         least(service),
         window(300, {300, 0}),
         {"horizon", "seconds ahead", 60, {60, 30, 15}}}},
       [](settings s, const place& p) -> scaled_policy {
         const auto see = scaled_signals();
         return telling(forecast{target_tracking{see, see.load, hpa(target_kind::average_value, s[0], s[2], 15),
                                                 at_least(p, s[1])},
                                 &scaled_observation::time_s, &scaled_observation::load, holt_winters{{.slot_s = 8}},
                                 forecast_options{.horizon_s = s[3]}},
                        p.forecasts);
       }});
  all.push_back(
      {{"autopilot",
        "a moving window in the manner of Google's Autopilot: the 90th percentile of the arrival rate and 15 %, "
        "with what a worker serves",
        {{"percentile", "of the arrival rates scaled_observation", 0.9, {0.5, 0.7, 0.8, 0.9, 0.98}},
         least(service),
         {"half-life", "seconds after which an observation weighs half", 86'400, {86'400, 120, 40}},
         {"margin", "added, as a fraction", 0.15, {0, 0.15, 0.3, 0.5}}}},
       [](settings s, const place& p) -> scaled_policy {
         const auto see = scaled_signals();
         target_tracking_options o = hpa(target_kind::average_value, p.service.slots / p.service.service_s, 0, 0);
         o.tolerance = 0;
         return telling(forecast{target_tracking{see, see.load, o, at_least(p, s[1])}, &scaled_observation::time_s,
                                 &scaled_observation::load,
                                 decaying_histogram{{.half_life_s = s[2], .percentile = s[0], .margin = s[3]}},
                                 forecast_options{.horizon_s = 0, .never_below_observed = false}},
                        p.forecasts);
       }});
}

}  // namespace

std::vector<autoscaler> published_autoscalers(const scaled_service& s) {
  std::vector<autoscaler> all;
  add_kubernetes(all, s);
  add_amazon(all, s);
  add_openfaas(all, s);
  add_predictive(all, s);
  return all;
}

}  // namespace tool
