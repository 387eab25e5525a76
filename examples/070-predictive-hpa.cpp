// A predictive HPA is a composition: the HPA of Kubernetes gets a forecast of the load in the place of the load. In the
// environment a day takes an hour and a replica takes two minutes to start, so a forecast helps.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/constant.hpp>
#include <headroom/policies/forecast.hpp>
#include <headroom/baselines/staffing.hpp>
#include <headroom/baselines/target_tracking.hpp>
#include <headroom/core/random.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/telemetry/holt_winters.hpp>
#include <headroom/workloads/diurnal.hpp>

namespace {

using namespace headroom;

struct sample {
  double time_s = 0;
  double arrivals = 0;  // requests per second since the last sample
  double replicas = 8;
  double requests = 0;  // since the last sample
  double late = 0;      // of these, those that waited for more than half a second
};

// Replicas behind one waiting line. A replica serves one request at a time, half a second on average.
class service {
 public:
  using observation_type = sample;
  using action_type = int;

  explicit service(std::uint64_t seed) : random_(seed) {}

  sample reset() {
    free_s_.assign(8, 0.0);
    now_s_ = next_s_ = 0;
    return {};
  }
  step_result<sample> step(int delta) {
    for (; delta > 0; --delta) free_s_.push_back(now_s_ + 120);
    std::sort(free_s_.begin(), free_s_.end());
    for (; delta < 0; ++delta) free_s_.pop_back();  // those that have not started go first
    now_s_ += 15;
    sample o{.time_s = now_s_, .replicas = static_cast<double>(free_s_.size())};
    for (; next_s_ < now_s_; next_s_ += exponential(random_, 1 / load_(next_s_))) {
      double& first = *std::min_element(free_s_.begin(), free_s_.end());
      const double begin_s = std::max(next_s_, first);
      first = begin_s + exponential(random_, 0.5);
      ++o.requests;
      o.late += begin_s - next_s_ > 0.5 ? 1 : 0;
    }
    o.arrivals = o.requests / 15;
    return {o, now_s_ < 6 * 3600 ? episode::ongoing : episode::truncated};
  }

 private:
  diurnal_load load_{{.mean_per_s = 10, .swing = 0.8, .period_s = 3600, .peak_s = 1800}};
  engine random_;
  std::vector<double> free_s_;  // when each replica can begin the next request
  double now_s_ = 0;
  double next_s_ = 0;
};

// Only the second hour and later ones count: during the first there is no season to learn from.
struct score {
  static constexpr std::array<std::string_view, 3> names{"in time", "replicas", "moves"};
  double late = 0, requests = 0, replicas = 0, steps = 0, moves = 0;

  void on_start(const sample&) { *this = {}; }
  void on_step(const auto& r) {
    if (r.next.time_s <= 3600) return;
    late += r.next.late;
    requests += r.next.requests;
    replicas += r.next.replicas;
    ++steps;
    moves += r.action != 0 ? 1 : 0;
  }
  [[nodiscard]] std::array<double, 3> values() const { return {1 - late / requests, replicas / steps, moves}; }
};

}  // namespace

int main() {
  // [composition]
  const signals<sample> see{.time_s = &sample::time_s, .replicas = &sample::replicas, .load = &sample::arrivals};
  const replica_limits limits{.minimum = 1, .maximum = 64, .max_up = 64, .max_down = 64};
  const target_tracking hpa{see, &sample::arrivals, {.kind = target_kind::average_value, .target = 1.4}, limits};
  const staffing erlang{see, {.service_s = 0.5, .slo = {.bound_s = 0.5, .probability = 0.99}}, limits};
  const auto ahead = [](auto policy) {
    return forecast{policy,
                    &sample::time_s,
                    &sample::arrivals,
                    holt_winters{{.slot_s = 60, .season_slots = 60}},
                    {.horizon_s = 135}};  // two minutes to start, a quarter to decide
  };
  std::vector<named<any_policy<sample, int>>> policies;
  policies.push_back({"12 replicas", constant{12, &sample::replicas, limits}});
  policies.push_back({"HPA at 70 %", hpa});
  policies.push_back({"HPA at 70 %, foreseen", ahead(hpa)});
  policies.push_back({"Erlang", erlang});
  policies.push_back({"Erlang, foreseen", ahead(erlang)});
  // [composition]
  const auto seeds = seed_range(1, 5);
  const comparison table =
      compare([](std::uint64_t seed) { return service(seed); }, std::span(policies), seeds, score{});

  std::printf("%-23s %15s %13s %6s\n", "", "% in time", "replicas", "moves");
  for (const contender& c : table.contenders) {
    const summary good = c.result.summarized("in time");
    const summary many = c.result.summarized("replicas");
    std::printf("%-23s %8.2f ±%5.2f %6.2f ±%5.2f %6.0f\n", c.name.c_str(), 100 * good.mean, 50 * (good.high - good.low),
                many.mean, (many.high - many.low) / 2, c.result.summarized("moves").mean);
  }
}
