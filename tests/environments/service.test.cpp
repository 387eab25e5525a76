#include <headroom/environments/service.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/io/state.hpp>
#include <headroom/telemetry/erlang.hpp>
#include <headroom/workloads/constant.hpp>
#include <headroom/workloads/poisson.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Environment<service>);

namespace {

arrival_source steady(double per_s, double duration_s) {
  return poisson_arrivals{constant_load{per_s}, {.duration_s = duration_s, .resolution_s = 60}};
}

// A run in the steady state: what the requests after the warm-up met.
struct figures {
  double waited = 0;  // fraction
  double mean_latency_s = 0;
  double finished = 0;
  double timeouts = 0;
  double errors = 0;
  double utilisation = 0;
  double arrived = 0;
};
figures lived(const service_options& o, double per_s, double duration_s, std::uint64_t seed) {
  service world{seed, o, steady(per_s, duration_s)};
  world.reset();
  const auto steps = static_cast<int>(duration_s / o.interval_s);
  for (int k = 0; k < steps / 10; ++k) world.step(0);
  const auto a = world.totals();
  for (int k = steps / 10; k < steps; ++k) world.step(0);
  const auto b = world.totals();
  const double finished = b.finished - a.finished;
  return {(b.waited - a.waited) / (b.arrived - a.arrived),
          (b.latency_s - a.latency_s) / finished,
          finished,
          b.timeouts - a.timeouts,
          b.errors - a.errors,
          (b.busy_s - a.busy_s) / (b.capacity_s - a.capacity_s),
          b.arrived - a.arrived};
}

struct estimate {
  double mean = 0;
  double half = 0;  // of the interval
};
// Over independent runs; the interval is five standard errors, so that two hundred cells all hold.
template <class Run>
estimate over_runs(Run&& run) {
  constexpr int n = 10;
  double sum = 0;
  double squares = 0;
  for (int k = 0; k < n; ++k) {
    const double x = run(static_cast<std::uint64_t>(k));
    sum += x;
    squares += x * x;
  }
  const double mean = sum / n;
  const double variance = (squares - n * mean * mean) / (n - 1);
  return {mean, 5 * std::sqrt(std::max(0.0, variance) / n) + 1e-4};
}

// Long enough for about 4,000 requests, and for many busy periods where those are long.
double enough_s(double per_s, double rho) {
  return std::max(300.0, 4'000 / per_s * std::max(1.0, 0.03 / ((1 - rho) * (1 - rho))));
}

// A figure of a run and what theory says that it is.
struct expected {
  double theory;
  double (*figure)(const figures&);
};
// Plays ten runs. The interval of each figure must hold the theory, and be narrow enough to say something.
void agrees(const service_options& o, double per_s, double duration_s, const std::vector<expected>& all) {
  std::vector<figures> runs;
  for (std::uint64_t seed = 0; seed < 10; ++seed) runs.push_back(lived(o, per_s, duration_s, 1000 + seed));
  for (const expected& one : all) {
    const estimate e = over_runs([&](std::uint64_t seed) { return one.figure(runs[seed]); });
    INFO("simulated " << e.mean << " +- " << e.half << ", theory " << one.theory);
    CHECK(std::abs(e.mean - one.theory) < e.half);
    CHECK(e.half < 0.5 * one.theory + 0.02);
  }
}

double mean_latency(const figures& f) { return f.mean_latency_s; }
double waited(const figures& f) { return f.waited; }

}  // namespace

TEST_CASE("service: M/M/c, twenty cells: mean latency and waiting probability are Erlang's") {
  for (const int c : {1, 2, 5, 20}) {
    for (const double rho : {0.3, 0.5, 0.7, 0.8, 0.9}) {
      const double size_s = 0.5;
      const double per_s = rho * c / size_s;
      service_options o;
      o.initial_replicas = c;
      o.service_time = duration::exponential(size_s);
      INFO("c " << c << ", utilisation " << rho);
      agrees(o, per_s, enough_s(per_s, rho),
             {{size_s + mean_wait_s(rho * c, c, size_s), mean_latency}, {erlang_c(rho * c, c), waited}});
    }
  }
}

TEST_CASE("service: replicas with slots are as many servers, whoever owns the slots") {
  const double size_s = 0.5;
  service_options o;
  o.initial_replicas = 4;
  o.slots = 5;
  o.service_time = duration::exponential(size_s);
  agrees(o, 34, enough_s(34, 0.85), {{size_s + mean_wait_s(17, 20, size_s), mean_latency}});
}

TEST_CASE("service: M/D/1 and M/G/1, twenty cells: mean latency is Pollaczek and Khinchine's") {
  const double size_s = 0.5;
  const duration laws[] = {duration::constant(size_s), duration::gamma(size_s, 0.5), duration::gamma(size_s, 1.5),
                           duration::lognormal(size_s, 1), duration::sample({0.1, 0.1, 0.4, 1.4})};
  for (const duration& law : laws) {
    for (const double rho : {0.3, 0.5, 0.7, 0.85}) {
      service_options o;
      o.service_time = law;
      const double squared = law.variation() * law.variation();
      INFO("variation " << law.variation() << ", utilisation " << rho);
      agrees(o, rho / size_s, enough_s(rho / size_s, rho) * (1 + squared),
             {{size_s + rho * size_s / (1 - rho) * (1 + squared) / 2, mean_latency}, {rho, waited}});
    }
  }
}

TEST_CASE("service: M/G/1 with processor sharing, twenty cells: mean latency does not depend on the law of the sizes") {
  const double size_s = 0.5;
  const duration laws[] = {duration::constant(size_s), duration::exponential(size_s), duration::gamma(size_s, 1.5),
                           duration::lognormal(size_s, 1), duration::sample({0.1, 0.1, 0.4, 1.4})};
  for (const duration& law : laws) {
    for (const double rho : {0.3, 0.5, 0.7, 0.85}) {
      service_options o;
      o.order = discipline::processor_sharing;
      o.slots = 0;
      o.service_time = law;
      INFO("variation " << law.variation() << ", utilisation " << rho);
      agrees(o, rho / size_s, 2 * enough_s(rho / size_s, rho), {{size_s / (1 - rho), mean_latency}});
    }
  }
}

TEST_CASE("service: with as many processors as slots, sharing is the same as a slot each") {
  const double size_s = 0.5;
  service_options o;
  o.order = discipline::processor_sharing;
  o.slots = 3;
  o.cores = 3;
  o.service_time = duration::exponential(size_s);
  agrees(o, 4.8, enough_s(4.8, 0.8), {{size_s + mean_wait_s(2.4, 3, size_s), mean_latency}});
}

TEST_CASE("service: Erlang A, twenty cells: the fraction of clients that give up") {
  const double size_s = 0.5;
  for (const int c : {1, 3, 10, 20}) {
    for (const double rho : {0.6, 0.9, 1.0, 1.2, 1.5}) {
      const double patience_s = 1;
      const double per_s = rho * c / size_s;
      // The birth and death process on the number in the system: births per_s, deaths min(n, c) / size and
      // (n - c) / patience above c.
      double weight = 1;
      double all = 1;
      double queue = 0;
      for (int n = 1; n < 2000; ++n) {
        weight *= per_s / (std::min(n, c) / size_s + std::max(0, n - c) / patience_s);
        all += weight;
        queue += weight * std::max(0, n - c);
      }
      const double gives_up = queue / all / patience_s / per_s;
      service_options o;
      o.initial_replicas = c;
      o.service_time = duration::exponential(size_s);
      o.timeout = duration::exponential(patience_s);
      o.timeout_in_service = false;
      INFO("c " << c << ", offered " << rho);
      agrees(o, per_s, std::max(300.0, 4'000 / per_s),
             {{gives_up, [](const figures& f) { return f.timeouts / f.arrived; }}});
    }
  }
}

TEST_CASE("service: M/M/c/K, twenty cells: the fraction that a full queue rejects") {
  const double size_s = 0.5;
  for (const int c : {1, 2, 5, 10}) {
    for (const int room : {0, 1, 3, 8, 15}) {
      const double per_s = 0.9 * c / size_s;
      double weight = 1;
      double all = 1;
      for (int n = 1; n <= c + room; ++n) {
        weight *= per_s * size_s / std::min(n, c);
        all += weight;
      }
      service_options o;
      o.initial_replicas = c;
      o.service_time = duration::exponential(size_s);
      o.queue_limit = room;
      INFO("c " << c << ", room for " << room);
      agrees(o, per_s, std::max(300.0, 4'000 / per_s),
             {{weight / all, [](const figures& f) { return f.errors / f.arrived; }}});
    }
  }
}

TEST_CASE("service: a queue each behind a balancer that looks at nothing is as many single queues") {
  const double size_s = 0.5;
  service_options o;
  o.order = discipline::queue_each;
  o.initial_replicas = 4;
  o.service_time = duration::exponential(size_s);
  // Round robin: arrivals at one replica are every fourth, Erlang-4 gaps. E4/M/1: latency = size / (1 - sigma), where
  // sigma solves sigma = (4 rho / (1 - sigma + 4 rho))^4.
  const double rho = 0.8;
  double sigma = 0.5;
  for (int k = 0; k < 200; ++k) sigma = std::pow(4 * rho / (1 - sigma + 4 * rho), 4);
  o.balance = balancer::round_robin;
  agrees(o, 4 * rho / size_s, enough_s(4 * rho / size_s, rho), {{size_s / (1 - sigma), mean_latency}});

  // The less a balancer knows, the longer the wait; all replicas in one queue is the best.
  const auto latency = [&](balancer b) {
    o.balance = b;
    return over_runs([&](std::uint64_t seed) { return lived(o, 4 * rho / size_s, 3'000, seed).mean_latency_s; }).mean;
  };
  const double robin = latency(balancer::round_robin);
  const double two = latency(balancer::random_of_two);
  const double least = latency(balancer::least_outstanding);
  const double shared = size_s + mean_wait_s(4 * rho, 4, size_s);
  CHECK(shared < least);
  CHECK(least < two);
  CHECK(two < robin);
}

namespace {

// A service that is calm: few requests, all served at once.
service_options calm() {
  service_options o;
  o.interval_s = 10;
  o.scrape_s = 10;
  o.window_s = 10;
  o.initial_replicas = 2;
  o.max_replicas = 10;
  o.service_time = duration::constant(0.1);
  o.start_delay = duration::constant(25);
  return o;
}
// These arrivals in every episode.
arrival_source at(std::vector<double> times_s, double end_s) {
  return [times_s = std::move(times_s), end_s](std::uint64_t, arrivals& out) {
    out.clear();
    out.time_s = times_s;
    out.window.assign(times_s.size(), 0);
    out.phase_start_s.push_back(0);
    out.end_s = end_s;
  };
}
double everyone(const service& world) {
  const auto t = world.totals();
  return t.finished + t.timeouts + t.errors + t.in_flight + t.backlog;
}

}  // namespace

TEST_CASE("service: a replica serves after its start delay, and one that still starts is the first to go") {
  service world{1, calm(), at({}, 1000)};
  world.reset();
  service_observation o = world.step(+2).observation;
  CHECK(o.replicas == 4);
  CHECK(o.ready == 2);
  CHECK(o.starting == 2);
  CHECK(world.step(0).observation.ready == 2);  // 20 s
  CHECK(world.step(0).observation.ready == 4);  // 30 s
  o = world.step(+3).observation;
  CHECK(o.replicas == 7);
  CHECK(o.starting == 3);
  o = world.step(-4).observation;
  CHECK(o.replicas == 3);
  CHECK(o.starting == 0);
  CHECK(o.ready == 3);
  CHECK(o.draining == 0);
}

TEST_CASE("service: what leaves the limits is cut, and said") {
  service world{1, calm(), at({}, 1000)};
  world.reset();
  service_observation o = world.step(+50).observation;
  CHECK(o.replicas == 10);
  CHECK(o.requested == 50);
  CHECK(o.applied == 8);
  o = world.step(-50).observation;
  CHECK(o.replicas == 1);
  CHECK(o.applied == -9);
  CHECK(world.step(std::numeric_limits<int>::min()).observation.replicas == 1);
  CHECK(world.step(std::numeric_limits<int>::max()).observation.replicas == 10);
}

TEST_CASE("service: a replica that is taken away finishes what it serves, and takes nothing new") {
  for (const discipline order : {discipline::shared_queue, discipline::queue_each, discipline::processor_sharing}) {
    service_options o = calm();
    o.order = order;
    o.service_time = duration::constant(25);
    // Two requests at 1 s, one for each replica; one more at 12 s, which waits for the replica that stays.
    service world{1, o, at({1, 1.001, 12}, 1000)};
    world.reset();
    CHECK(world.step(0).observation.draining == 0);
    service_observation seen = world.step(-1).observation;  // at 10 s
    CHECK(seen.replicas == 1);
    CHECK(seen.draining == 1);
    CHECK(world.totals().in_flight + world.totals().backlog == 3);
    seen = world.step(0).observation;  // until 30 s: the draining one answered at 26 s and is gone
    CHECK(seen.draining == 0);
    CHECK(world.totals().finished >= 1);
    for (int k = 0; k < 10; ++k) world.step(0);
    CHECK(world.totals().finished == 3);
  }
}

TEST_CASE("service: metrics are of the window before the last scrape that is old enough") {
  service_options o = calm();
  o.scrape_delay_s = 10;
  std::vector<double> times_s;
  for (int k = 0; k < 20; ++k) times_s.push_back(10.2 + 0.4 * k);  // in the second interval only
  service world{1, o, at(times_s, 1000)};
  world.reset();
  CHECK(world.step(0).observation.load == 0);
  service_observation seen = world.step(0).observation;  // at 20 s the scrape of 10 s is seen
  CHECK(seen.load == 0);
  CHECK(std::isnan(seen.p95_s));
  seen = world.step(0).observation;
  CHECK(seen.load == Approx(2));
  CHECK(seen.finished == Approx(2));
  CHECK(seen.p50_s == Approx(0.1).epsilon(0.01));
  CHECK(seen.maximum_s == Approx(0.1));
  CHECK(seen.latency_s == Approx(0.1));
  CHECK(seen.utilisation == Approx(20 * 0.1 / (2 * 10)));
  seen = world.step(0).observation;
  CHECK(seen.load == 0);
  CHECK(std::isnan(seen.latency_s));
}

TEST_CASE("service: a client that gives up in service leaves its work behind, and comes again") {
  service_options o = calm();
  o.initial_replicas = 1;
  o.service_time = duration::constant(5);
  o.timeout = duration::constant(3);
  o.retries = 2;
  o.retry_after_s = 1;
  service world{1, o, at({1}, 1000)};
  world.reset();
  world.step(0);
  // Tries at 1, 5 and 9 s; each is in service or waits when the client gives up, at 4, 8 and 12 s.
  CHECK(world.totals().timeouts == 2);
  CHECK(world.totals().arrived == 3);
  for (int k = 0; k < 3; ++k) world.step(0);
  CHECK(world.totals().timeouts == 3);
  CHECK(world.totals().arrived == 3);
  CHECK(world.totals().finished == 0);
  CHECK(world.totals().in_flight == 0);
  CHECK(world.totals().busy_s == Approx(15));  // nobody waits any more for these three answers
}

TEST_CASE("service: a replica that fails loses its requests, and starts again") {
  for (const discipline order : {discipline::shared_queue, discipline::queue_each}) {
    service_options o = calm();
    o.order = order;
    o.initial_replicas = o.min_replicas = 1;
    o.service_time = duration::constant(50);
    o.life = duration::constant(15);
    service world{1, o, at({1, 2}, 1000)};
    world.reset();
    CHECK(world.step(0).observation.ready == 1);
    service_observation seen = world.step(0).observation;
    CHECK(seen.ready == 0);
    CHECK(seen.starting == 1);
    CHECK(seen.replicas == 1);
    CHECK(world.totals().errors == (order == discipline::shared_queue ? 1 : 2));  // a shared queue is not the replica's
    CHECK(everyone(world) == 2);
  }
}

TEST_CASE("service: a replica on a new node waits for the node and for its image") {
  service_options o = calm();
  o.replicas_per_node = 2;
  o.node_delay = duration::constant(40);
  o.image_pull = duration::constant(20);
  o.start_delay = duration::constant(5);
  o.node_idle_s = 30;
  service world{1, o, at({}, 10'000)};
  CHECK(world.reset().nodes == 1);
  service_observation seen = world.step(+1).observation;
  CHECK(seen.nodes == 2);
  for (int k = 0; k < 5; ++k) seen = world.step(0).observation;  // until 60 s
  CHECK(seen.ready == 2);
  seen = world.step(0).observation;  // 65 s: 40 + 20 + 5
  CHECK(seen.ready == 3);
  seen = world.step(+1).observation;  // on a node that runs and has the image
  CHECK(seen.ready == 4);
  seen = world.step(-2).observation;  // the node is empty now, and kept for 30 s
  CHECK(seen.nodes == 2);
  CHECK(world.step(+1).observation.ready == 3);
}

TEST_CASE("service: the nodes that run at the start have the image") {
  service_options o = calm();
  o.replicas_per_node = 4;
  o.image_pull = duration::constant(500);
  service world{1, o, at({}, 10'000)};
  world.reset();
  world.step(+1);
  world.step(0);
  CHECK(world.step(0).observation.ready == 3);  // 25 s, and no pull
}

TEST_CASE("service: requests at busy replicas take longer where slots are in each other's way") {
  service_options o = calm();
  o.initial_replicas = 1;
  o.slots = 4;
  o.service_time = duration::constant(1);
  o.contention = 2;
  // The first meets an idle replica, the second a quarter of the slots busy, the third a half.
  service world{1, o, at({1, 1.1, 1.2}, 1000)};
  world.reset();
  world.step(0);
  CHECK(world.totals().busy_s == Approx(1 + 1.5 + 2));
  CHECK(world.totals().finished == 3);
}

TEST_CASE("service: a replica that comes and goes while another drains") {
  service_options o = calm();
  o.service_time = duration::constant(95);
  o.start_delay = duration::constant(1);
  service world{1, o, at({1, 1.1, 1.2}, 10'000)};
  world.reset();
  world.step(+1);                                   // three replicas, one request each
  CHECK(world.step(-1).observation.draining == 1);  // the newest has one of the three
  CHECK(world.step(+1).observation.replicas == 3);
  CHECK(world.step(-1).observation.replicas == 2);
  service_observation seen;
  for (int k = 0; k < 10; ++k) seen = world.step(0).observation;
  CHECK(seen.draining == 0);
  CHECK(seen.ready == 2);
  CHECK(world.totals().finished == 3);
}

TEST_CASE("service: no request is lost or made, whatever happens") {
  for (const discipline order : {discipline::shared_queue, discipline::queue_each, discipline::processor_sharing}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      engine random(seed);
      service_options o;
      o.interval_s = 5;
      o.order = order;
      o.balance = static_cast<balancer>(random.below(3));
      o.slots = 1 + static_cast<int>(random.below(4));
      o.cores = 1 + static_cast<double>(random.below(2));
      o.service_time = duration::lognormal(0.4, 1.2);
      o.queue_limit = random.below(2) == 0 ? 5 : std::numeric_limits<double>::infinity();
      o.timeout = random.below(2) == 0 ? duration::gamma(2, 0.5) : duration::never();
      o.retries = static_cast<int>(random.below(3));
      o.life = random.below(2) == 0 ? duration::exponential(60) : duration::never();
      o.start_delay = duration::gamma(12, 0.4);
      o.replicas_per_node = static_cast<int>(random.below(4));
      o.contention = order == discipline::processor_sharing ? 0 : 0.5;
      o.min_replicas = 0;
      o.max_replicas = 12;
      service world{seed, o, steady(6, 400)};
      world.reset();
      bool over = false;
      double clients = 0;
      while (!over) {
        const auto [seen, status] = world.step(static_cast<int>(random.below(7)) - 3);
        over = status != episode::ongoing;
        const auto t = world.totals();
        // A client that gave up in service is counted as a timeout and still occupies its slot.
        CHECK(everyone(world) >= t.arrived);
        if (!(o.timeout.mean_s() < 1e9)) CHECK(everyone(world) == t.arrived);
        CHECK(seen.replicas == seen.ready + seen.starting);
        CHECK(seen.replicas >= 0);
        CHECK(seen.replicas <= 12);
        CHECK(seen.utilisation <= 1 + 1e-9);
        CHECK(t.in_flight >= 0);
        clients = t.arrived;
      }
      CHECK(clients >= static_cast<double>(world.workload().size()) * 0.99);
    }
  }
}

TEST_CASE("service: the same seed gives the same episode, a copy goes on by itself, and policies meet the same world") {
  service_options o;
  o.service_time = duration::lognormal(0.3, 1);
  o.start_delay = duration::gamma(20, 0.3);
  o.initial_replicas = 4;
  service a{7, o, steady(8, 600)};
  service b{7, o, steady(8, 600)};
  a.reset();
  b.reset();
  for (int k = 0; k < 10; ++k) {
    const auto x = a.step(k % 3 - 1).observation;
    const auto y = b.step(k % 3 - 1).observation;
    CHECK(x.p95_s == y.p95_s);
    CHECK(x.in_flight == y.in_flight);
  }
  service copy(a);
  a.step(+1);
  copy.step(+1);
  CHECK(a.totals().finished == copy.totals().finished);
  a.reset();  // another episode: the copy must not look at its requests
  CHECK(copy.step(0).observation.time_s == b.step(0).observation.time_s + 15);
  CHECK(copy.totals().finished > 0);
  service again{8, o, steady(8, 600)};
  again.reset();
  CHECK(again.sizes() == a.sizes());
  CHECK(again.workload().time_s == a.workload().time_s);
}

TEST_CASE("service: every episode has all its requests, and a replay has the same") {
  service world{1, calm(), at({1, 2, 3, 14}, 20)};
  for (int episode_k = 0; episode_k < 3; ++episode_k) {
    if (episode_k < 2) world.reset();
    if (episode_k == 2) world.replay();
    CHECK(world.seed() == static_cast<std::uint64_t>(episode_k == 2 ? 2 : 1 + episode_k));
    CHECK(world.totals().arrived == 0);
    CHECK(world.step(0).status == episode::ongoing);
    CHECK(world.totals().arrived == 3);
    CHECK(world.step(0).status == episode::truncated);
    CHECK(world.totals().arrived == 4);
    CHECK(world.totals().finished == 4);
    CHECK(world.totals().latency_s == Approx(0.4));
  }
}

TEST_CASE("service: a client that was answered, or is served and waits for it, does not give up any more") {
  service_options o = calm();
  o.timeout = duration::constant(3);
  service world{1, o, at({1, 1.5}, 1000)};
  world.reset();
  world.step(0);
  CHECK(world.totals().finished == 2);
  CHECK(world.totals().timeouts == 0);
  o.timeout_in_service = false;
  o.service_time = duration::constant(5);
  o.initial_replicas = 1;
  service patient{1, o, at({1, 1.5}, 1000)};  // the second still waits at 4.5 s
  patient.reset();
  patient.step(0);
  CHECK(patient.totals().finished == 1);
  CHECK(patient.totals().timeouts == 1);
  CHECK(patient.totals().in_flight == 0);
}

TEST_CASE("service: a rejected client tries once more where one retry is allowed") {
  service_options o = calm();
  o.initial_replicas = 1;
  o.service_time = duration::constant(5);
  o.queue_limit = 0;
  o.retries = 1;
  o.retry_after_s = 1;
  service world{1, o, at({1, 2}, 1000)};  // the second finds the slot taken at 2 s and at 3 s
  world.reset();
  world.step(0);
  CHECK(world.totals().arrived == 3);
  CHECK(world.totals().errors == 2);
  CHECK(world.totals().finished == 1);
  o.retry_after_s = 4.5;  // at 6.5 s the slot is free
  service later{1, o, at({1, 2}, 1000)};
  later.reset();
  later.step(0);
  later.step(0);
  CHECK(later.totals().arrived == 3);
  CHECK(later.totals().errors == 1);
  CHECK(later.totals().finished == 2);
}

TEST_CASE("service: what waits and what is served is seen at the last scrape") {
  service_options o = calm();
  o.initial_replicas = 1;
  o.service_time = duration::constant(20);
  service world{1, o, at({1, 2, 3}, 1000)};
  const service_observation idle = world.reset();
  CHECK(idle.backlog == 0);
  CHECK(idle.in_flight == 0);
  const service_observation seen = world.step(0).observation;
  CHECK(seen.backlog == 2);
  CHECK(seen.in_flight == 1);
  CHECK(world.totals().waited == 2);
  CHECK(world.step(0).observation.backlog == 2);
  CHECK(world.step(0).observation.backlog == 1);  // 30 s: the first was answered at 21 s
}

TEST_CASE("service: a long queue is answered in its order, and each request once") {
  service_options o = calm();
  o.initial_replicas = 1;
  o.service_time = duration::constant(1);
  std::vector<double> times_s(5000, 0.5);
  service world{1, o, at(times_s, 10'000)};
  world.reset();
  for (int k = 0; k < 400; ++k) {
    world.step(0);
    CHECK(everyone(world) == 5000);
  }
  CHECK(world.totals().finished == 3999);  // one a second since 0.5 s
  // The k-th waits for all before it: 1 + 2 + ... + 3999.
  CHECK(world.totals().latency_s == Approx(3999.0 * 4000 / 2));
}

TEST_CASE("service: a checkpoint goes on with the next episode, and is of one seed and one service") {
  const arrival_source few = at({1, 2}, 20);
  service world{7, calm(), few};
  world.reset();
  world.reset();
  checkpoint c;
  store(world, c, "world");
  service again{7, calm(), few};
  restore(again, c, "world");
  again.reset();
  CHECK(again.seed() == 9);
  service other{8, calm(), few};
  CHECK_THROWS_WITH(restore(other, c, "world"), "checkpoint: world.first_seed is 7 in the file, must be 8");
  const auto refused = [&](auto change) {
    service_options o = calm();
    change(o);
    service another{7, o, few};
    INFO(o.interval_s);
    CHECK_THROWS_AS(restore(another, c, "world"), checkpoint_error);
  };
  refused([](auto& o) { o.interval_s = 20; });
  refused([](auto& o) { o.order = discipline::queue_each; });
  refused([](auto& o) { o.balance = balancer::random_of_two; });
  refused([](auto& o) { o.slots = 2; });
  refused([](auto& o) { o.cores = 2; });
  refused([](auto& o) { o.service_time = duration::constant(0.2); });
  refused([](auto& o) { o.contention = 0.5; });
  refused([](auto& o) { o.queue_limit = 5; });
  refused([](auto& o) { o.timeout = duration::constant(1); });
  refused([](auto& o) { o.timeout_in_service = false; });
  refused([](auto& o) { o.retries = 1; });
  refused([](auto& o) { o.retry_after_s = 2; });
  refused([](auto& o) { o.start_delay = duration::exponential(25); });
  refused([](auto& o) { o.life = duration::constant(100); });
  refused([](auto& o) { o.replicas_per_node = 2; });
  refused([](auto& o) { o.node_delay = duration::constant(1); });
  refused([](auto& o) { o.image_pull = duration::constant(1); });
  refused([](auto& o) { o.node_idle_s = 1; });
  refused([](auto& o) { o.initial_replicas = 3; });
  refused([](auto& o) { o.min_replicas = 0; });
  refused([](auto& o) { o.max_replicas = 11; });
  refused([](auto& o) { o.scrape_s = 5; });
  refused([](auto& o) { o.window_s = 20; });
  refused([](auto& o) { o.scrape_delay_s = 10; });
}

TEST_CASE("service: impossible options are refused by name") {
  const auto refused = [](auto change) {
    service_options o;
    change(o);
    return [o] { service(1, o, nullptr); };
  };
  CHECK_THROWS_WITH(refused([](auto& o) { o.slots = 0; })(),
                    "service: slots is 0, must be at least 1; 0, no limit, only with processor_sharing");
  CHECK_THROWS_WITH(refused([](auto& o) { o.interval_s = -1; })(),
                    "service: interval_s is -1, must be positive and finite");
  CHECK_THROWS_WITH(refused([](auto& o) { o.initial_replicas = 200; })(),
                    "service: initial_replicas is 200, must be between min_replicas and max_replicas");
  CHECK_THROWS_WITH(refused([](auto& o) { o.window_s = 1; })(),
                    "service: window_s is 1, must be between scrape_s and 4096 scrape_s");
  CHECK_THROWS_WITH(refused([](auto& o) { o.start_delay = duration::never(); })(),
                    "service: mean of start_delay is inf, must be finite");
}

TEST_CASE("service: every request is in time or late, and the last ones count as all others") {
  service_options o = calm();
  o.objective_s = 0.25;
  o.initial_replicas = 1;
  o.service_time = duration::constant(0.1);
  // Of four at once the last two are answered after 0.3 and 0.4 s; the request at 19.95 is answered after the end.
  service world{1, o, at({1, 1, 1, 1, 5, 19.95}, 20)};
  CHECK(world.reset().late == 0);
  const auto first = world.step(0).observation;
  CHECK(first.late == 2);
  CHECK(std::isnan(first.in_time));
  const auto last = world.step(0).observation;
  CHECK(last.status == episode::truncated);
  CHECK(last.late == 0);
  CHECK(last.in_time == Approx(4.0 / 6));
  CHECK(world.totals().in_time == 4);
  CHECK(world.totals().late == 2);
  CHECK(world.totals().finished == 6);
  world.replay();
  CHECK(world.step(0).observation.late == 2);  // counted anew
}

TEST_CASE("service: an answer exactly at the objective is in time, and one that never comes is late") {
  service_options o = calm();
  o.objective_s = 0.125;
  o.initial_replicas = 1;
  o.service_time = duration::sample({0.125});
  service exact{1, o, at({1}, 10)};
  exact.reset();
  CHECK(exact.step(0).observation.in_time == 1);

  o.objective_s = 2;
  o.service_time = duration::constant(100);  // far from answered when the episode ends
  service slow{1, o, at({1, 2, 3}, 10)};
  slow.reset();
  const auto end = slow.step(0).observation;
  CHECK(end.in_time == 0);
  CHECK(end.late == 3);

  service idle{1, o, at({}, 10)};
  idle.reset();
  const auto nobody = idle.step(0).observation;
  CHECK(std::isnan(nobody.in_time));
  CHECK(nobody.late == 0);
}

TEST_CASE("service: a further try cannot make a request in time again, and each request is late once") {
  service_options o = calm();
  o.objective_s = 5;
  o.initial_replicas = 1;
  o.queue_limit = 0;
  o.retries = 3;
  o.retry_after_s = 1;
  o.service_time = duration::constant(1.5);
  // The second is rejected at 1 and again at 2, and answered after its third try.
  service world{1, o, at({1, 1}, 10)};
  world.reset();
  const auto end = world.step(0).observation;
  CHECK(world.totals().errors == 2);
  CHECK(world.totals().finished == 2);
  CHECK(world.totals().in_time == 1);
  CHECK(world.totals().late == 1);
  CHECK(end.late == 1);
  CHECK(end.in_time == 0.5);

  o.queue_limit = std::numeric_limits<double>::infinity();
  o.retries = 0;
  o.timeout = duration::constant(2);
  service impatient{1, o, at({1, 1, 1}, 10)};
  impatient.reset();
  const auto left = impatient.step(0).observation;
  CHECK(impatient.totals().timeouts == 2);
  CHECK(left.late == 2);
  CHECK(left.in_time == Approx(1.0 / 3));
}

TEST_CASE("service: without an objective a request is late only if it is never answered") {
  service_options o = calm();
  o.life = duration::constant(5);
  o.initial_replicas = 1;
  o.service_time = duration::constant(3);
  service world{1, o, at({1, 4}, 20)};  // the replica fails at 5 with the second request
  world.reset();
  CHECK(world.step(0).observation.late == 1);
  CHECK(world.step(0).observation.in_time == 0.5);
  o.objective_s = 0;
  CHECK_THROWS_WITH(service(1, o, at({}, 10)), Catch::Contains("objective_s is 0, must be positive"));
}
