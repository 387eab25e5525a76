#include <headroom/environments/service_simulator.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/telemetry/erlang.hpp>
#include <headroom/workloads/constant.hpp>
#include <headroom/workloads/poisson.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

static_assert(Simulator<service_simulator<>>);
static_assert(Simulator<service_simulator<constant_load>>);

namespace {

arrival_source steady(double per_s, double duration_s) {
  return poisson_arrivals{constant_load{per_s}, {.duration_s = duration_s, .resolution_s = 60}};
}

// No part of it has a memory: service, start and patience.
service_options memoryless() {
  service_options o;
  o.slots = 2;
  o.service_time = duration::exponential(10);
  o.start_delay = duration::exponential(20);
  o.initial_replicas = 3;
  o.max_replicas = 6;
  o.objective_s = 15;
  return o;
}

// The differences of pairs: their mean is 0 within `sigmas` standard errors if both have the same law given what is
// seen.
struct differences {
  double n = 0;
  double sum = 0;
  double squares = 0;
  void add(double d) {
    ++n;
    sum += d;
    squares += d * d;
  }
  [[nodiscard]] double in_standard_errors() const { return squares > 0 ? sum / std::sqrt(squares) : 0; }
};

struct counts {
  double in_system = 0;
  double finished = 0;
  double in_time = 0;
};

// Plays the real service with random actions; at each decision without draining replicas the model lives the same
// action once. Moments of what follows, real less modelled: requests, their square, ready, arrived, finished, lost,
// busy, and requests where some waited.
template <class Model>
std::array<differences, 8> paired(const service_options& o, double per_s, Model model, int steps) {
  service real{5, o, steady(per_s, steps * o.interval_s)};
  auto seen = real.reset();
  engine random{17};
  engine actions{18};
  std::array<differences, 8> d;
  for (int k = 0; k + 1 < steps; ++k) {
    const int action = static_cast<int>(actions.below(3)) - 1;
    const service_observation before = seen;
    const auto a = real.totals();
    seen = real.step(action).observation;
    const auto b = real.totals();
    if (before.draining > 0) continue;
    model.begin(before, random);
    const service_outcome m = model.outcome(action);
    const double real_n = b.in_flight + b.backlog;
    const double n = m.next.in_system();
    d[0].add(real_n - n);
    d[1].add(real_n * real_n - n * n);
    d[2].add(seen.ready - m.next.ready);
    d[3].add(b.arrived - a.arrived - m.arrived);
    d[4].add(b.finished - a.finished - m.finished);
    d[5].add(b.timeouts - a.timeouts - m.lost);
    d[6].add(b.busy_s - a.busy_s - m.busy_s);
    if (before.backlog > 0) d[7].add(real_n - n);
  }
  return d;
}

}  // namespace

TEST_CASE("service_simulator: where nothing has a memory, its step has the law of the real one") {
  const auto d = paired(memoryless(), 0.5, service_simulator{memoryless(), constant_load{0.5}}, 20000);
  CHECK(d[0].n > 5000);
  CHECK(d[7].n > 500);
  for (std::size_t k = 0; k < d.size(); ++k) {
    CAPTURE(k);
    CHECK(std::abs(d[k].in_standard_errors()) < 4);
  }
}

TEST_CASE("service_simulator: clients without patience, too") {
  service_options o = memoryless();
  o.timeout = duration::exponential(20);
  o.timeout_in_service = false;
  const auto d = paired(o, 0.7, service_simulator{o, constant_load{0.7}}, 20000);
  CHECK(d[5].squares > 0);
  for (std::size_t k = 0; k < d.size(); ++k) {
    CAPTURE(k);
    CHECK(std::abs(d[k].in_standard_errors()) < 4);
  }
}

TEST_CASE("service_simulator: a model of another load is told from the real one") {
  const auto d = paired(memoryless(), 0.5, service_simulator{memoryless(), constant_load{0.6}}, 20000);
  CHECK(std::abs(d[0].in_standard_errors()) > 6);
  CHECK(std::abs(d[3].in_standard_errors()) > 6);
}

TEST_CASE("service_simulator: run on, it is Erlang's queue") {
  service_options o = memoryless();
  service_simulator model{o, constant_load{0.45}};
  engine random{3};
  model.begin(state_of(0, 3, 0, 5, 2), random);
  double arrived = 0;
  double in_time = 0;
  double busy = 0;
  for (int k = 0; k < 40000; ++k) {
    const service_outcome r = model.outcome(0);
    arrived += r.arrived;
    in_time += r.in_time;
    busy += r.busy_s;
  }
  const double time_s = 40000 * o.interval_s;
  CHECK(arrived / time_s == Approx(0.45).margin(5 * std::sqrt(0.45 / time_s)));
  CHECK(busy / time_s == Approx(4.5).epsilon(0.01));
  // Waiting is exponential at rate 0.6 - 0.45 with the probability of Erlang C, service at rate 0.1.
  const double waits = erlang_c(4.5, 6);
  const double late = std::exp(-0.1 * 15);
  const double late_after_waiting = (0.15 * late - 0.1 * std::exp(-0.15 * 15)) / 0.05;
  CHECK(1 - in_time / arrived == Approx((1 - waits) * late + waits * late_after_waiting).epsilon(0.02));
}

TEST_CASE("service_simulator: requests are conserved") {
  for (const discipline order : {discipline::shared_queue, discipline::queue_each, discipline::processor_sharing}) {
    service_options o = memoryless();
    o.order = order;
    o.timeout = duration::lognormal(60, 1);
    o.timeout_in_service = false;  // else one that was counted as lost keeps its slot for a while
    o.queue_limit = 4;
    o.life = duration::exponential(200);
    o.replicas_per_node = 2;
    service real{5, o, steady(1.5, 4500)};
    auto seen = real.reset();
    service_simulator model{o};
    engine random{1};
    for (int k = 0; k < 290; ++k) {
      seen = real.step(static_cast<int>(random.below(5)) - 2).observation;
      model.watch(seen);
      model.begin(seen, random);
      const service_state begun = model.state();
      CHECK(begun.ready == seen.ready);
      CHECK(begun.starting == seen.starting);
      CHECK(begun.draining <= seen.draining);
      CHECK(begun.in_system() == seen.in_flight + seen.backlog);
      for (int h = 0; h < 3; ++h) {
        const double before = model.state().in_system();
        const service_outcome r = model.outcome(h - 1);
        CHECK(r.next.in_system() == before + r.arrived - r.finished - r.lost);
        CHECK(r.in_time <= r.finished);
        CHECK(r.replica_s == Approx(o.interval_s * r.next.wanted()));
      }
    }
  }
}

TEST_CASE("service_simulator: it begins as the metrics show, and shows the same window afterwards") {
  service_options o;
  o.slots = 8;
  o.service_time = duration::lognormal(0.2, 1.5);
  o.initial_replicas = 10;
  service real{5, o, steady(200, 3600)};
  auto seen = real.reset();
  for (int k = 0; k < 40; ++k) seen = real.step(0).observation;
  service_simulator model{o};
  engine random{9};
  double load = 0;
  double p50 = 0;
  double p95 = 0;
  double latency = 0;
  double utilisation = 0;
  const int n = 50;
  for (int k = 0; k < n; ++k) {
    model.begin(seen, random);
    const auto next = model.step(0).observation;
    load += next.load / n;
    p50 += next.p50_s / n;
    p95 += next.p95_s / n;
    latency += next.latency_s / n;
    utilisation += next.utilisation / n;
    CHECK(next.time_s == seen.time_s + o.interval_s);
  }
  CHECK(load == Approx(seen.load).epsilon(0.01));
  CHECK(p50 == Approx(seen.p50_s).epsilon(0.03));
  CHECK(p95 == Approx(seen.p95_s).epsilon(0.05));
  CHECK(latency == Approx(seen.latency_s).epsilon(0.03));
  CHECK(utilisation == Approx(seen.utilisation).epsilon(0.02));
}

// A plan that reads no late requests where there are some takes every replica away.
TEST_CASE("service_simulator: a step shows the requests that turned out to be late in it") {
  service_options o;
  o.slots = 4;
  o.service_time = duration::exponential(1);
  o.initial_replicas = 4;
  o.scrape_s = o.window_s = o.interval_s;
  const auto late_and_finished = [&](double objective_s) {
    o.objective_s = objective_s;
    service_simulator model{o, constant_load{10}};
    engine random{3};
    model.begin(service{1, o, steady(10, 600)}.reset(), random);
    std::vector<double> all;
    for (int k = 0; k < 5; ++k) {
      const auto next = model.step(0).observation;
      all.push_back(next.late);
      all.push_back(next.finished * o.interval_s);
    }
    return all;
  };
  const auto hopeless = late_and_finished(1e-9);
  const auto easy = late_and_finished(1e9);
  for (std::size_t k = 0; k < hopeless.size(); k += 2) {
    CHECK(hopeless[k + 1] > 20);
    CHECK(hopeless[k] == Approx(hopeless[k + 1]));
    CHECK(easy[k] == 0);
  }
}

TEST_CASE("service_simulator: watched starts become ready when they will") {
  service_options o = memoryless();
  o.start_delay = duration::constant(70);
  service real{5, o, steady(0.5, 3600)};
  service_simulator model{o};
  service_simulator unwatched{o};
  model.watch(real.reset());
  engine random{4};
  bool was_early = false;
  for (int k = 0; k < 200; ++k) {
    const auto seen = real.step(k % 9 == 0 ? 2 : k % 9 == 3 ? 1 : k % 9 == 7 ? -3 : 0).observation;
    model.watch(seen);
    service truth = real;
    model.begin(seen, random);
    unwatched.begin(seen, random);
    for (int h = 0; h < 5; ++h) {
      const auto next = truth.step(0).observation;
      const service_outcome m = model.outcome(0);
      CHECK(m.next.ready == next.ready);
      CHECK(m.next.starting == next.starting);
      was_early = was_early || unwatched.outcome(0).next.ready > next.ready;
    }
    CHECK(unwatched.state().ready + unwatched.state().starting == truth.step(0).observation.replicas);
  }
  CHECK(was_early);
}

TEST_CASE("service_simulator: the same engine lives the same future, and a copy is no other") {
  service_simulator model{memoryless()};
  engine a{1};
  engine b{1};
  const service_state s = state_of(0.8, 3, 1, 9, 2);
  model.begin(s, a);
  service_simulator copy = model;
  const service_outcome first = model.outcome(1);
  CHECK(copy.outcome(1).next.in_system() == first.next.in_system());
  model.begin(s, b);
  CHECK(model.outcome(1).next.in_system() == first.next.in_system());
  bool differs = false;
  for (int k = 0; k < 20; ++k) {
    model.begin(s, a);
    differs = differs || model.outcome(1).arrived != first.arrived;
  }
  CHECK(differs);
}

TEST_CASE("service_simulator: arrivals are the same whatever is done") {
  service_simulator model{memoryless()};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    engine a{seed};
    engine b{seed};
    model.begin(state_of(0.8, 3, 1, 9, 2), a);
    const double up = model.outcome(2).arrived + model.outcome(0).arrived;
    model.begin(state_of(0.8, 3, 1, 9, 2), b);
    CHECK(model.outcome(-2).arrived + model.outcome(0).arrived == up);
  }
}

TEST_CASE("service_simulator: a load over time is followed") {
  const auto ramp = [](double t_s) { return t_s < 300 ? 0.0 : (t_s - 300) / 10; };
  service_simulator model{memoryless(), ramp};
  engine random{2};
  double at_330 = 0;
  double at_0 = 0;
  for (int k = 0; k < 400; ++k) {
    service_state s = state_of(7, 3, 0, 0, 2);
    model.begin(s, random);
    at_0 += model.outcome(0).arrived;
    s.time_s = 330;
    model.begin(s, random);
    at_330 += model.outcome(0).arrived;
  }
  CHECK(at_0 == 0);
  CHECK(at_330 / 400 == Approx(3.75 * 15).margin(5 * std::sqrt(3.75 * 15 / 400)));
}

TEST_CASE("service_simulator: no allocation once the buffers have grown") {
  service_options o = memoryless();
  o.timeout = duration::exponential(60);
  o.retries = 1;
  service_simulator model{o};
  service_observation seen;
  seen.time_s = 600;
  seen.load = 0.8;
  seen.in_flight = 6;
  seen.backlog = 5;
  seen.replicas = 4;
  seen.ready = 3;
  seen.starting = 1;
  seen.finished = 0.8;
  seen.p50_s = seen.p95_s = seen.p99_s = seen.maximum_s = 12;
  engine random{2};
  const auto live = [&] {
    for (int k = 0; k < 200; ++k) {
      model.begin(seen, random);
      for (int h = 0; h < 4; ++h) model.step(h - 1);
    }
  };
  live();
  random = engine{2};
  CHECK(allocations_in(live) == 0);
}
