#include <headroom/systems/farm/environment.hpp>
#include <headroom/io/state.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <headroom/baselines/constant.hpp>
#include <headroom/systems/farm/reactive_average.hpp>
#include <headroom/systems/farm/reactive_maximum.hpp>
#include <headroom/baselines/scheduled.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/systems/farm/score.hpp>
#include <headroom/testing/check_environment.hpp>
#include <headroom/workloads/constant.hpp>
#include <headroom/systems/farm/phases.hpp>
#include <headroom/workloads/poisson.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

static_assert(Environment<farm::environment>);

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// Every number of an observation, so that "the same" means the same bits.
std::vector<double> numbers(const farm::observation& o) {
  return {o.input_queue,
          o.worker_queue,
          o.result_queue,
          o.output_queue,
          o.workers,
          o.average_latency,
          o.maximum_latency,
          o.arrival_rate,
          o.qos_rate,
          o.time_s,
          o.enqueued_total,
          static_cast<double>(o.requested_delta),
          static_cast<double>(o.applied_delta),
          o.blocked_s,
          o.unfinished,
          o.final_qos,
          o.final_qos_all,
          static_cast<double>(o.status)};
}

// A whole episode after `first`, driven by a fixed list of actions.
std::vector<std::vector<double>> play(farm::environment& world, const farm::observation& first,
                                      std::uint64_t actions = 1) {
  std::vector<std::vector<double>> seen{numbers(first)};
  engine random(actions);
  episode status = episode::ongoing;
  while (status == episode::ongoing) {
    const auto result = world.step(static_cast<int>(random.below(3)) - 1);
    status = result.status;
    seen.push_back(numbers(result.observation));
  }
  return seen;
}

// Requests of our own, at these times and with these phases.
arrival_source at(std::vector<double> times, std::vector<double> phases = {0}) {
  return [times = std::move(times), phases = std::move(phases)](std::uint64_t, arrivals& out) {
    out.clear();
    for (const double t : times) {
      out.time_s.push_back(t);
      out.window.push_back(0);
    }
    out.phase_start_s = phases;
    out.end_s = times.empty() ? 0 : times.back();
  };
}

// When the emitter generates each request, recomputed from what the farm says of its workload.
std::vector<double> generated(const farm::environment& world) {
  std::vector<double> t;
  for (std::size_t i = 0; i < world.requests().size(); ++i) {
    t.push_back(world.options().first_request_s + world.requests().time_s[i] +
                world.options().window_drift_s * world.requests().window[i]);
  }
  return t;
}
double generated_before(const std::vector<double>& t, double end) {
  return static_cast<double>(std::count_if(t.begin(), t.end(), [&](double x) { return x <= end; }));
}

struct outcome {
  summary qos;  // percent
  summary workers;
};
template <class P>
outcome score(P policy, std::uint64_t first_seed, std::size_t episodes) {
  const evaluation e = evaluate([](std::uint64_t seed) { return farm::environment(seed); }, policy,
                                seed_range(first_seed, episodes), farm::score{farm::published_reward{}});
  std::vector<double> percent = e.of("final_qos");
  for (double& q : percent) q *= 100;
  return {summarize(percent), e.summarized("mean_workers")};
}
auto always(int n) {
  return constant{n, &farm::observation::workers, replica_limits{.maximum = 32, .max_up = 1, .max_down = 1}};
}

}  // namespace

TEST_CASE("one seed, one farm: two instances agree to the last bit over several episodes") {
  farm::environment one(42);
  farm::environment two(42);
  for (std::uint64_t e = 0; e < 4; ++e) CHECK(play(one, one.reset(), e) == play(two, two.reset(), e));
  farm::environment other(43);
  CHECK(play(one, one.reset()) != play(other, other.reset()));
}

TEST_CASE("reset number k of seed s plays the episode of seed s + k, whatever was done before") {
  farm::environment world(100);
  for (std::uint64_t k = 0; k < 4; ++k) {
    farm::environment fresh(100 + k);
    const farm::observation first = world.reset();
    CHECK(world.seed() == 100 + k);
    CHECK(play(world, first) == play(fresh, fresh.reset()));
    CHECK(world.requests().time_s == fresh.requests().time_s);
    CHECK(world.service_times() == fresh.service_times());
  }
}

TEST_CASE("replay plays the same episode again, and does not count as one") {
  farm::environment world(7);
  const auto before = play(world, world.replay(), 5);  // the first is a reset: there is nothing to replay
  CHECK(world.seed() == 7);
  CHECK(play(world, world.replay(), 5) == before);
  world.step(1);  // replay from the middle
  CHECK(play(world, world.replay(), 5) == before);
  farm::environment next(8);
  CHECK(play(world, world.reset(), 5) == play(next, next.reset(), 5));
}

TEST_CASE("a farm that goes on for another plays the episodes that the other would have played") {
  for (const std::size_t kept : {0U, 3U}) {
    for (const std::uint64_t before : {0U, 1U, 5U}) {
      INFO(kept << " kept, " << before << " played before");
      farm::environment one(100, {.distinct_episodes = kept});
      for (std::uint64_t k = 0; k < before; ++k) play(one, one.reset(), k);
      checkpoint c;
      store(one, c);
      farm::environment two(100, {.distinct_episodes = kept});
      play(two, two.reset());  // whatever it did before
      restore(two, c);
      for (std::uint64_t k = 0; k < 4; ++k) {
        CHECK(play(two, two.reset(), k) == play(one, one.reset(), k));
        CHECK(two.seed() == one.seed());
        CHECK(two.requests().time_s == one.requests().time_s);
      }
    }
  }
}

TEST_CASE("a farm does not go on for one that was another") {
  farm::environment one(100);
  checkpoint c;
  store(one, c, "world");
  farm::environment other(100, {.settle_s = 0.3});
  CHECK_THROWS_WITH(restore(other, c, "world"), "checkpoint: world.options.settle_s is 0.2 in the file, must be 0.3");
  farm::options changed;
  changed.polling.hop_s = 0.009;
  farm::environment polling(100, changed);
  CHECK_THROWS_WITH(restore(polling, c, "world"),
                    "checkpoint: world.options.hop_s is 0.008 in the file, must be 0.009");
}

TEST_CASE("distinct episodes are drawn once and played in turn") {
  std::vector<std::uint64_t> drawn;
  const arrival_source published = farm::environment::published(farm::phase_mode::executed);
  farm::environment world(100, {.distinct_episodes = 3}, [&](std::uint64_t seed, arrivals& out) {
    drawn.push_back(seed);
    published(seed, out);
  });
  for (std::uint64_t k = 0; k < 7; ++k) {
    farm::environment fresh(100 + k % 3);
    const farm::observation first = world.reset();
    CHECK(world.seed() == 100 + k % 3);
    CHECK(play(world, first, k) == play(fresh, fresh.reset(), k));
    CHECK(world.requests().time_s == fresh.requests().time_s);
    CHECK(world.service_times() == fresh.service_times());
    CHECK(play(world, world.replay(), k) == play(fresh, fresh.replay(), k));
  }
  CHECK(drawn == std::vector<std::uint64_t>{100, 101, 102});
  CHECK(allocations_in([&] {
          for (int k = 0; k < 10; ++k) {
            world.reset();
            world.step(1);
          }
        }) == 0);
}

TEST_CASE("a copy goes on by itself when the original is gone") {
  auto world = std::make_unique<farm::environment>(9);
  world->reset();
  for (int k = 0; k < 6; ++k) world->step(1);
  farm::environment twin = *world;
  std::vector<std::vector<double>> original;
  std::vector<std::vector<double>> copied;
  for (int k = 0; k < 6; ++k) original.push_back(numbers(world->step(0).observation));
  world->reset();  // loads another workload into the same memory
  world.reset();
  for (int k = 0; k < 6; ++k) copied.push_back(numbers(twin.step(0).observation));
  CHECK(copied == original);
}

TEST_CASE("the first observation is the published one") {
  int waiting = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    farm::environment world(seed);
    const farm::observation o = world.reset();
    REQUIRE(o.input_queue == 3);
    REQUIRE((o.worker_queue == 0 || o.worker_queue == 1));
    REQUIRE(o.result_queue == 0);
    REQUIRE(o.output_queue == 0);
    REQUIRE(o.workers == 12);
    REQUIRE(o.average_latency == 1.5);
    REQUIRE(o.maximum_latency == 1.5);
    REQUIRE(o.arrival_rate == 0);
    REQUIRE(o.qos_rate == 1);
    REQUIRE(o.time_s >= 0.65);
    REQUIRE(o.time_s < 0.75);
    REQUIRE(o.enqueued_total == 0);
    REQUIRE(o.unfinished == 1140);
    REQUIRE(o.status == episode::ongoing);
    REQUIRE(o.requested_delta == 0);
    REQUIRE(o.applied_delta == 0);
    REQUIRE(o.blocked_s == 0);
    waiting += o.worker_queue == 1;
  }
  CHECK(waiting > 0);
  CHECK(waiting < 200);
}

TEST_CASE("a step takes 8 s, or its scaling call and 0.2 s, and up to 0.1 s more") {
  int longer = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    farm::environment world(seed);
    double before = world.reset().time_s;
    engine random(seed);
    for (;;) {
      const auto [o, status] = world.step(static_cast<int>(random.below(3)) - 1);
      const double took = o.time_s - before;
      const double least = o.applied_delta == 0 ? 8 : std::max(8.0, o.blocked_s + 0.2);
      REQUIRE(took >= least - 1e-9);  // a difference of two times, each rounded
      REQUIRE(took < least + 0.1 + 1e-9);
      if (o.applied_delta == 0) REQUIRE(o.blocked_s == 0);
      if (o.applied_delta > 0) REQUIRE((o.blocked_s >= 4.5 - 1e-9 && o.blocked_s < 15));
      longer += least > 8;
      before = o.time_s;
      if (status != episode::ongoing) break;
    }
  }
  CHECK(longer > 0);
}

TEST_CASE("scaling calls last as long as was measured") {
  // Four standard errors about what the mixture says; nothing ever queues, so nothing delays an acknowledgement.
  const farm::options options{.initial_workers = 1500, .max_workers = 4096, .max_steps = 3000};
  const arrival_source one_far_away = at({1e6});
  double sum = 0;
  int first_hump = 0;
  int tail = 0;
  farm::environment up(1, options, one_far_away);
  up.reset();
  const int n = 2500;
  for (int k = 0; k < n; ++k) {
    const double d = up.step(+1).observation.blocked_s;
    sum += d;
    first_hump += d < 6.45;
    tail += d > 8.5;
  }
  // 0.65 N(5.75, 0.30) + 0.34 N(7.15, 0.35) + 0.01 U(8, 15): mean 6.2835, deviation 0.93.
  CHECK(std::abs(sum / n - 6.2835) < 4 * 0.93 / std::sqrt(n));
  // Below 6.45: 0.65 * 0.9902 + 0.34 * 0.0228 = 0.6514.
  CHECK(std::abs(first_hump / double{n} - 0.6514) < 4 * std::sqrt(0.6514 * 0.3486 / n));
  // Above 8.5: 0.01 * 6.5 / 7 = 0.0093, the humps add nothing.
  CHECK(std::abs(tail / double{n} - 0.0093) < 4 * std::sqrt(0.0093 / n));

  farm::environment down(1, options, one_far_away);
  down.reset();
  int short_ones = 0;
  int middle = 0;
  const int m = 1400;
  for (int k = 0; k < m; ++k) {
    const double d = down.step(-1).observation.blocked_s;
    const bool a = std::abs(d - 1.2) < 1e-6;
    const bool b = std::abs(d - 2.2) < 1e-6;
    REQUIRE((a || b || std::abs(d - 3.2) < 1e-6));
    short_ones += a;
    middle += b;
  }
  CHECK(std::abs(short_ones / double{m} - 0.08) < 4 * std::sqrt(0.08 * 0.92 / m));
  CHECK(std::abs(middle / double{m} - 0.60) < 4 * std::sqrt(0.60 * 0.40 / m));
}

TEST_CASE("an action at a bound is clipped: nothing is applied and nothing blocks") {
  farm::environment world(3, {.initial_workers = 2, .min_workers = 1, .max_workers = 3});
  world.reset();
  const auto step = [&](int delta, int applied, double workers) {
    const farm::observation o = world.step(delta).observation;
    CHECK(o.requested_delta == delta);
    CHECK(o.applied_delta == applied);
    CHECK(o.workers == workers);
    CHECK((o.blocked_s > 0) == (applied != 0));
  };
  step(-1, -1, 1);
  step(-1, 0, 1);
  step(+1, +1, 2);
  step(+7, +1, 3);  // as far as it goes
  step(+1, 0, 3);
  step(0, 0, 3);
  step(-7, -2, 1);
  step(std::numeric_limits<int>::max(), +2, 3);
  step(std::numeric_limits<int>::min(), -2, 1);
  step(std::numeric_limits<int>::min(), 0, 1);
}

TEST_CASE("the published bounds are 1 and 32 workers") {
  farm::environment world(3);
  world.reset();
  for (int k = 0; k < 20; ++k) world.step(+1);
  const farm::observation top = world.step(+1).observation;
  CHECK(top.workers == 32);
  CHECK(top.applied_delta == 0);
  CHECK(top.blocked_s == 0);
  world.replay();
  for (int k = 0; k < 11; ++k) world.step(-1);
  const farm::observation bottom = world.step(-1).observation;
  CHECK(bottom.workers == 1);
  CHECK(bottom.applied_delta == 0);
  CHECK(bottom.blocked_s == 0);
}

TEST_CASE("no request is lost or invented at any step") {
  for (std::uint64_t seed = 20; seed < 30; ++seed) {
    farm::environment world(seed);
    double before = world.reset().time_s;
    const auto t = generated(world);
    const std::size_t n = t.size();
    double enqueued = 0;
    engine random(seed);
    for (;;) {
      const auto [o, status] = world.step(static_cast<int>(random.below(5)) - 2);
      const double in_service = o.enqueued_total - o.worker_queue - o.result_queue - o.output_queue;
      REQUIRE(in_service >= 0);
      REQUIRE(in_service <= o.workers);  // those that left have finished what they had
      REQUIRE(o.unfinished == static_cast<double>(n) - o.output_queue);
      REQUIRE(o.enqueued_total == generated_before(t, o.time_s - 0.008));  // a hop after they were generated
      REQUIRE(o.arrival_rate == Approx((o.enqueued_total - enqueued) / (o.time_s - before)).epsilon(1e-12));
      double ahead = 0;
      for (const double start : world.requests().phase_start_s) {
        const auto& times = world.requests().time_s;
        const auto i = static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), start) - times.begin());
        ahead += t[i] > o.time_s;
      }
      REQUIRE(o.input_queue == ahead);
      enqueued = o.enqueued_total;
      before = o.time_s;
      if (status != episode::ongoing) break;
    }
  }
}

TEST_CASE("the arrival rate of the first step counts every request since the start") {
  farm::environment world(42);
  const farm::observation first = world.reset();
  const auto t = generated(world);
  const double early = generated_before(t, first.time_s - 0.008);
  REQUIRE(early > 0);  // else this would show nothing
  const farm::observation o = world.step(0).observation;
  const double all = generated_before(t, o.time_s - 0.008);
  CHECK(o.arrival_rate == Approx(all / (o.time_s - first.time_s)).epsilon(1e-12));
  CHECK(o.arrival_rate > (all - early) / (o.time_s - first.time_s));
}

TEST_CASE("arrivals in the steps within a phase are those of its flat rate") {
  const double requests[4] = {90, 450, 300, 300};
  double counted[4] = {};
  double expected[4] = {};
  for (std::uint64_t seed = 300; seed < 400; ++seed) {
    farm::environment world(seed);
    double before = world.reset().time_s;
    const auto& workload = world.requests();
    for (int k = 0; k < 26; ++k) {
      const farm::observation o = world.step(0).observation;
      for (std::size_t p = 0; p < 4; ++p) {
        const double from = workload.phase_start_s[p];
        const double to = p < 3 ? workload.phase_start_s[p + 1] : workload.end_s;
        // The first step also counts what came before it. The generator is 0.6 s late, and up to 240 windows of 3 ms.
        if (k == 0 || before < from + 1.5 || o.time_s > to + 0.6) continue;
        counted[p] += o.arrival_rate * (o.time_s - before);
        expected[p] += requests[p] / (to - from) * (o.time_s - before);
      }
      before = o.time_s;
    }
  }
  // Four deviations of a Poisson count, though the generator scatters less: it always makes all its requests.
  for (int p = 0; p < 4; ++p) {
    CHECK(expected[p] > 0);
    CHECK(std::abs(counted[p] - expected[p]) < 4 * std::sqrt(expected[p]));
  }
}

TEST_CASE("an episode terminates when everything is done, and is truncated when time is up") {
  farm::environment world(42, {.initial_workers = 32});
  world.reset();
  int steps = 0;
  step_result<farm::observation> last;
  do {
    last = world.step(0);
    ++steps;
    CHECK(last.status == last.observation.status);
    const bool done = last.observation.output_queue == 1140;
    CHECK((last.status == episode::terminated) == done);
  } while (last.status == episode::ongoing);
  CHECK(last.status == episode::terminated);
  CHECK(steps >= 26);
  CHECK(steps < 30);
  CHECK(last.observation.unfinished == 0);
  CHECK(last.observation.input_queue + last.observation.worker_queue + last.observation.result_queue == 0);

  const auto limit = static_cast<std::size_t>(steps);
  const auto end_with = [&](std::size_t max_steps) {
    farm::environment same(42, {.initial_workers = 32, .max_steps = max_steps});
    same.reset();
    for (std::size_t k = 1;; ++k) {
      const auto result = same.step(0);
      if (result.status != episode::ongoing) return std::pair{k, result.status};
    }
  };
  CHECK(end_with(limit) == std::pair{limit, episode::terminated});  // done in the last step is done
  CHECK(end_with(limit - 1) == std::pair{limit - 1, episode::truncated});
  CHECK(end_with(1) == std::pair{std::size_t{1}, episode::truncated});
}

namespace {

// What a longer step would have seen, with a window that looks back over everything: an independent way to the counts
// after a drain.
farm::observation seen_after(double seconds, const farm::options& options, const arrival_source& source,
                             int delta = 0) {
  farm::options longer = options;
  longer.step_s = seconds;
  longer.window_s = 1e6;
  farm::environment world(5, longer, source);
  world.reset();
  return world.step(delta).observation;
}

}  // namespace

TEST_CASE("after the end the queues drain for 0, 5 or 10 s, and not a request in service is waited for") {
  // One worker, n requests at once: the queue is empty once n - 1 are done, about 1.5 s each.
  const farm::options options{.initial_workers = 1, .max_workers = 1, .max_steps = 1};
  int waits_seen[3] = {};
  for (std::size_t n = 1; n <= 20; ++n) {
    const arrival_source source = at(std::vector<double>(n, 0.0));
    farm::environment world(5, options, source);
    world.reset();
    const auto [end, status] = world.step(0);
    if (status == episode::terminated) continue;
    const farm::observation now = seen_after(8, options, source);
    const farm::observation after_5 = seen_after(13, options, source);
    const farm::observation after_10 = seen_after(18, options, source);
    const auto queued = [](const farm::observation& o) { return o.worker_queue + o.result_queue > 0; };
    const int waits = !queued(now) ? 0 : !queued(after_5) ? 1 : 2;
    const farm::observation& last = waits == 0 ? now : waits == 1 ? after_5 : after_10;
    INFO(n << " requests, " << waits << " waits");
    CHECK(end.output_queue == now.output_queue);  // the observation is from before the drain
    CHECK(end.final_qos == last.qos_rate);
    CHECK(end.final_qos_all == Approx(last.qos_rate * last.output_queue / static_cast<double>(n)).epsilon(1e-14));
    ++waits_seen[waits];
  }
  for (const int seen : waits_seen) CHECK(seen > 0);
}

TEST_CASE("final_qos leaves out what was not collected, final_qos_all does not") {
  // Three requests of constant service on one worker: the first waits for nothing, the second for the first, and the
  // third is in service when the episode ends 2.87 s after the second began, so that no queue holds anything.
  farm::image_service constant_service;
  constant_service.side_min = constant_service.side_max = 4096;  // 2.870404 s
  farm::environment world(5, {.initial_workers = 1, .max_workers = 1, .max_steps = 1, .service = constant_service},
                          at({0, 0, 0}));
  world.reset();
  const auto [o, status] = world.step(0);
  REQUIRE(status == episode::truncated);
  REQUIRE(world.service_times() == std::vector<double>(3, constant_service.seconds(4096)));
  CHECK(o.output_queue == 2);
  CHECK(o.worker_queue + o.result_queue == 0);
  CHECK(o.unfinished == 1);
  CHECK(o.final_qos == 0.5);  // the second waited longer than its own service time
  CHECK(o.final_qos_all == 1.0 / 3);
}

TEST_CASE("while the episode goes on there is no final figure") {
  farm::environment world(42);
  world.reset();
  for (int k = 0; k < 20; ++k) {
    const farm::observation o = world.step(0).observation;
    REQUIRE(o.final_qos == 0);
    REQUIRE(o.final_qos_all == 0);
  }
}

namespace {

// One request an episode, in a farm of twelve idle workers.
struct single {
  double service_s;
  double latency_s;
  double qos;
};
std::vector<single> singles(const farm::options& options, std::size_t n) {
  farm::environment world(1, options, at({1.0}));
  std::vector<single> list;
  for (std::size_t k = 0; k < n; ++k) {
    world.reset();
    const farm::observation o = world.step(0).observation;
    REQUIRE(o.output_queue == 1);
    REQUIRE(o.average_latency == o.maximum_latency);
    REQUIRE((o.qos_rate == 0 || o.qos_rate == 1));
    list.push_back({world.service_times()[0], o.average_latency, o.qos_rate});
  }
  return list;
}

}  // namespace

TEST_CASE("without load a request takes its service time and 0.06 to 0.1 s") {
  // Three hops of 8 ms, the first of twelve workers to look (0.116 / 13 s on average), half a collector's cycle of
  // 0.116 s.
  double sum = 0;
  const std::size_t n = 1000;
  for (const single& s : singles({}, n)) {
    const double more = s.latency_s - s.service_s;
    REQUIRE(more >= 0.024 - 1e-9);
    REQUIRE(more <= 0.024 + 0.116 + 0.116 + 1e-9);
    sum += more;
  }
  const double mean = sum / static_cast<double>(n);
  CHECK(mean > 0.06);
  CHECK(mean < 0.1);
  // Deviation: that of a uniform cycle, 0.116 / sqrt(12), and a little of the workers'.
  CHECK(std::abs(mean - (0.024 + 0.116 / 13 + 0.058)) < 4 * 0.036 / std::sqrt(static_cast<double>(n)));
}

TEST_CASE("a deadline is a multiple of the service time, within two bounds") {
  const auto check = [](const farm::options& options) {
    int in_time = 0;
    for (const single& s : singles(options, 200)) {
      const double deadline =
          std::clamp(options.deadline_factor * s.service_s, options.deadline_min_s, options.deadline_max_s);
      REQUIRE(s.qos == (s.latency_s <= deadline ? 1 : 0));
      in_time += s.qos == 1;
    }
    return in_time;
  };
  const auto some = [&](const farm::options& options) {
    const int n = check(options);
    return n > 0 && n < 200;
  };
  CHECK(check({.deadline_min_s = 0.6}) == 200);  // no request takes more than 0.256 s more than its service time
  CHECK(some({}));                               // the shortest ones come too late even so
  CHECK(check({.deadline_factor = 1}) == 0);
  CHECK(some({.deadline_factor = 1.06}));
  CHECK(some({.deadline_max_s = 1.5}));
  CHECK(some({.deadline_factor = 0.01, .deadline_min_s = 1.5}));
}

TEST_CASE("two policies that do the same at step k meet the same scaling duration at step k") {
  for (std::uint64_t seed = 60; seed < 70; ++seed) {
    farm::environment idle(seed);
    farm::environment busy(seed);
    double idle_before = idle.reset().time_s;
    double busy_before = busy.reset().time_s;
    CHECK(idle_before == busy_before);
    for (int k = 0; k < 12; ++k) {
      const bool same = k % 2 == 1;
      const farm::observation a = idle.step(same ? +1 : 0).observation;
      const farm::observation b = busy.step(same ? +1 : -1).observation;
      const double a_took = a.time_s - idle_before;
      const double b_took = b.time_s - busy_before;
      if (same) {
        REQUIRE(a.workers != b.workers);  // they did part ways before
        REQUIRE(a.blocked_s == Approx(b.blocked_s).epsilon(1e-12));
        REQUIRE(a_took == Approx(b_took).epsilon(1e-12));
      }
      idle_before = a.time_s;
      busy_before = b.time_s;
    }
  }
}

TEST_CASE("different steps and different seeds meet different durations") {
  farm::environment world(60);
  world.reset();
  std::vector<double> durations;
  for (int k = 0; k < 10; ++k) durations.push_back(world.step(+1).observation.blocked_s);
  farm::environment other(61);
  other.reset();
  durations.push_back(other.step(+1).observation.blocked_s);
  std::sort(durations.begin(), durations.end());
  for (std::size_t i = 1; i < durations.size(); ++i) CHECK(durations[i] - durations[i - 1] > 1e-9);
}

TEST_CASE("several workers are started one after the other, and the first takes as long as it would alone") {
  for (std::uint64_t seed = 80; seed < 90; ++seed) {
    farm::environment world(seed);
    double before = world.reset().time_s;
    double last = 0;
    for (int n = 1; n <= 4; ++n) {
      before = world.replay().time_s;
      const farm::observation o = world.step(n).observation;
      CHECK(o.applied_delta == n);
      CHECK(o.workers == 12 + n);
      CHECK(o.blocked_s - last >= 4.5 - 1e-9);
      CHECK(o.blocked_s - last < 15);
      CHECK(o.time_s - before >= std::max(8.0, o.blocked_s + 0.2) - 1e-9);
      last = o.blocked_s;
    }
    CHECK(last >= 4 * 4.5);
    last = 0;
    for (int n = 1; n <= 4; ++n) {
      world.replay();
      const farm::observation o = world.step(-n).observation;
      CHECK(o.workers == 12 - n);
      CHECK(o.blocked_s - last >= 1.2 - 1e-9);
      last = o.blocked_s;
    }
  }
}

TEST_CASE("a new worker is of use 1.6 s before its scaling call returns") {
  // Requests without end and of one length on one worker: what a second one takes more can be counted.
  farm::image_service constant_service;
  constant_service.side_min = constant_service.side_max = 4096;
  const farm::options options{.initial_workers = 1, .service = constant_service};
  const double cycle = constant_service.seconds(4096) + 0.008;
  int different = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    farm::environment alone(seed, options, at(std::vector<double>(100, 0.0)));
    farm::environment helped(seed, options, at(std::vector<double>(100, 0.0)));
    const double begin = alone.reset().time_s;
    helped.reset();
    const farm::observation a = alone.step(0).observation;
    const farm::observation b = helped.step(+1).observation;
    if (b.time_s > a.time_s + 1e-9) continue;  // a slow call, a longer step
    const double ready = begin + b.blocked_s - 1.6;
    const double more = std::floor((b.time_s - ready) / cycle) + 1;
    CHECK(a.worker_queue - b.worker_queue == more);
    different += more != 2;
  }
  CHECK(different > 0);  // one or two: the test tells them apart
}

TEST_CASE("a scale-down waits for a busy worker, a whole second at a time") {
  // All workers took a request of 2.878 s at 0.608 to 0.618 s and the step begins at 0.65 to 0.75 s, so the first of
  // them reads its acknowledgement 2.7 to 2.9 s later: two polls of a second more than an idle one needs.
  farm::image_service constant_service;
  constant_service.side_min = constant_service.side_max = 4096;
  const farm::options options{.initial_workers = 3, .polling = {.worker_poll_s = 0.01}, .service = constant_service};
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    farm::environment busy(seed, options, at(std::vector<double>(100, 0.0)));
    farm::environment idle(seed, options, at({1000}));
    busy.reset();
    idle.reset();
    CHECK(busy.step(-1).observation.blocked_s == Approx(idle.step(-1).observation.blocked_s + 2).epsilon(1e-12));
  }
}

TEST_CASE("scaling beside the step takes no time, comes to the same workers, and does not look ahead") {
  const farm::options options{.initial_workers = 20, .block_on_scaling = false};
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    farm::environment world(seed, options);
    double before = world.reset().time_s;
    const auto t = generated(world);
    engine random(seed);
    double workers = 20;
    for (;;) {
      const int delta = static_cast<int>(random.below(25)) - 12;
      const auto [o, status] = world.step(delta);
      REQUIRE(o.blocked_s == 0);
      REQUIRE(o.time_s - before >= 8 - 1e-9);
      REQUIRE(o.time_s - before < 8.1 + 1e-9);
      workers = std::clamp(workers + delta, 1.0, 32.0);
      REQUIRE(o.workers == workers);
      REQUIRE(o.enqueued_total == generated_before(t, o.time_s - 0.008));
      const double in_service = o.enqueued_total - o.worker_queue - o.result_queue - o.output_queue;
      REQUIRE(in_service >= 0);
      REQUIRE(in_service <= o.workers);
      before = o.time_s;
      if (status != episode::ongoing) break;
    }
  }
}

TEST_CASE("without blocking, workers asked for together come together") {
  // Each is ready 2.9 to 13.4 s after it was asked for; eight in a row would take half a minute at least.
  farm::image_service constant_service;
  constant_service.side_min = constant_service.side_max = 4096;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    farm::environment world(seed, {.initial_workers = 1, .block_on_scaling = false, .service = constant_service},
                            at(std::vector<double>(200, 0.0)));
    world.reset();
    world.step(+8);
    const farm::observation o = world.step(0).observation;
    CHECK(o.workers == 9);
    CHECK(o.enqueued_total - o.worker_queue - o.result_queue - o.output_queue == 9);  // after 16 s all are at work
  }
}

TEST_CASE("a farm takes any workload, and asks for it once an episode with the seed of the episode") {
  std::vector<std::uint64_t> seeds;
  const poisson_arrivals steady{constant_load{3}, {.duration_s = 100}};
  farm::environment world(11, {}, [&](std::uint64_t seed, arrivals& out) {
    seeds.push_back(seed);
    steady(seed, out);
  });
  for (int k = 0; k < 3; ++k) {
    const farm::observation first = world.reset();
    arrivals expected;
    steady(world.seed(), expected);
    CHECK(world.requests().time_s == expected.time_s);
    CHECK(first.unfinished == static_cast<double>(expected.size()));
    const auto seen = play(world, first);
    CHECK(seen.back()[3] ==
          static_cast<double>(expected.size()));  // output_queue: 300 requests are done within 30 steps
    world.replay();
  }
  CHECK(seeds == std::vector<std::uint64_t>{11, 12, 13});
}

TEST_CASE("the documented workload is another one, of the same number of requests") {
  farm::environment executed(42);
  farm::environment documented(42, {}, farm::environment::published(farm::phase_mode::documented));
  executed.reset();
  documented.reset();
  CHECK(executed.requests().size() == 1140);
  CHECK(documented.requests().size() == 1140);
  CHECK(executed.requests().time_s != documented.requests().time_s);
  CHECK(documented.requests().phase_start_s == std::vector<double>{0, 60, 120, 180});
  const farm::phases only_one(std::vector<farm::phase>{farm::phase{.name = "only", .multiplier = 1, .duration_s = 10}});
  farm::environment small(42, {}, farm::environment::published(farm::phase_mode::executed, only_one));
  CHECK(small.reset().unfinished == 50);
}

TEST_CASE("an episode without requests ends at once, with numbers that are numbers") {
  for (const std::vector<double>& phases : {std::vector<double>{}, std::vector<double>{0}}) {
    farm::environment world(1, {}, at({}, phases));
    const farm::observation first = world.reset();
    CHECK(first.unfinished == 0);
    CHECK(first.input_queue == 0);
    const auto [o, status] = world.step(+1);
    CHECK(status == episode::terminated);
    CHECK(o.final_qos == 0);
    CHECK(o.final_qos_all == 0);
    CHECK(o.qos_rate == 1);
    CHECK(o.average_latency == 1.5);
    CHECK(o.arrival_rate == 0);
    for (const double v : numbers(o)) CHECK(std::isfinite(v));
  }
}

TEST_CASE("a phase without requests still counts until it begins") {
  farm::environment world(1, {}, at({0, 1}, {0, 20}));
  CHECK(world.reset().input_queue == 1);
  CHECK(world.step(0).observation.input_queue == 1);
  CHECK(world.step(0).status == episode::ongoing);  // all requests are done, the last phase is yet to come
  const auto [o, status] = world.step(0);
  CHECK(o.input_queue == 0);
  CHECK(status == episode::terminated);
}

TEST_CASE("impossible farms are refused") {
  const auto refusal = [](auto change) {
    farm::options o;
    change(o);
    try {
      farm::environment world(1, o);
    } catch (const std::invalid_argument& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  using o = farm::options;
  CHECK(refusal([](o&) {}) == "accepted");
  CHECK(refusal([](o& x) { x.min_workers = 0; }) == "farm: min_workers is 0, must be at least 1");
  CHECK(refusal([](o& x) { x.max_workers = 0; }) == "farm: max_workers is 0, must be from min_workers to 4096");
  CHECK(refusal([](o& x) { x.max_workers = 4097; }) == "farm: max_workers is 4097, must be from min_workers to 4096");
  CHECK(refusal([](o& x) { x.initial_workers = 33; }) ==
        "farm: initial_workers is 33, must be from min_workers to max_workers");
  CHECK(refusal([](o& x) { x.initial_workers = 0; }) ==
        "farm: initial_workers is 0, must be from min_workers to max_workers");
  CHECK(refusal([](o& x) { x.max_steps = 0; }) == "farm: max_steps is 0, must be at least 1");
  CHECK(refusal([](o& x) { x.step_s = 0; }) == "farm: step_s is 0, must be positive and finite");
  CHECK(refusal([](o& x) { x.step_s = unknown; }) == "farm: step_s is nan, must be positive and finite");
  CHECK(refusal([](o& x) { x.window_s = -1; }) == "farm: window_s is -1, must be positive and finite");
  CHECK(refusal([](o& x) { x.deadline_factor = 0; }) == "farm: deadline_factor is 0, must be positive and finite");
  CHECK(refusal([](o& x) { x.deadline_min_s = -1; }) == "farm: deadline_min_s is -1, must be zero or more, and finite");
  CHECK(refusal([](o& x) { x.deadline_max_s = 0.05; }) ==
        "farm: deadline_max_s is 0.05, must not be below deadline_min_s");
  CHECK(refusal([](o& x) { x.first_request_s = -1; }) ==
        "farm: first_request_s is -1, must be zero or more, and finite");
  CHECK(refusal([](o& x) { x.window_drift_s = -1; }) == "farm: window_drift_s is -1, must be zero or more, and finite");
  CHECK(refusal([](o& x) { x.ready_lead_s = -1; }) == "farm: ready_lead_s is -1, must be zero or more, and finite");
  CHECK(refusal([](o& x) { x.settle_s = -1; }) == "farm: settle_s is -1, must be zero or more, and finite");
  CHECK(refusal([](o& x) { x.polling.worker_poll_s = 0; }) ==
        "farm: polling.worker_poll_s is 0, must be positive and finite");
  CHECK(refusal([](o& x) { x.polling.collector_poll_s = 0; }) ==
        "farm: polling.collector_poll_s is 0, must be positive and finite");
  CHECK(refusal([](o& x) { x.polling.hop_s = -1; }) == "farm: polling.hop_s is -1, must be zero or more, and finite");
  CHECK(refusal([](o& x) { x.service.shape = 0; }) == "farm: service.shape is 0, must be positive and finite");
  CHECK(refusal([](o& x) { x.service.mean_s = -1; }) == "farm: service.mean_s is -1, must be positive and finite");
  CHECK(refusal([](o& x) { x.service.quadratic_s = 0; }) ==
        "farm: service.quadratic_s is 0, must be positive and finite");
  CHECK(refusal([](o& x) { x.service.constant_s = -1; }) ==
        "farm: service.constant_s is -1, must be zero or more, and finite");
  CHECK(refusal([](o& x) { x.service.side_min = 0; }) == "farm: service.side_min is 0, must be positive and finite");
  CHECK(refusal([](o& x) { x.service.side_max = 100; }) ==
        "farm: service.side_max is 100, must not be below side_min, and below 1e9");
}

TEST_CASE("a farm takes no memory in its steps, and none in its resets after the first few") {
  farm::environment world(1);
  const auto one_episode = [&] {
    world.reset();
    for (int k = 0; k < 30; ++k) {
      if (world.step(k % 3 - 1).status != episode::ongoing) break;
    }
  };
  for (int k = 0; k < 3; ++k) one_episode();
  CHECK(allocations_in([&] {
          for (int k = 0; k < 50; ++k) one_episode();
          world.replay();
          world.step(0);
        }) == 0);
  farm::environment fresh(1);
  fresh.reset();
  CHECK(allocations_in([&] {
          for (int k = 0; k < 30; ++k) {
            if (fresh.step(k % 3 - 1).status != episode::ongoing) break;
          }
        }) == 0);
}

TEST_CASE("check_environment finds nothing wrong with the farm") {
  using o = farm::observation;
  for (const bool blocking : {true, false}) {
    const auto findings = check_environment(
        [&] { return farm::environment(42, {.block_on_scaling = blocking}); }, {0, 1, -1, 1, 1, 0, -1, 4, -4}, {},
        &o::input_queue, &o::worker_queue, &o::result_queue, &o::output_queue, &o::workers, &o::average_latency,
        &o::maximum_latency, &o::arrival_rate, &o::qos_rate, &o::time_s, &o::enqueued_total, &o::requested_delta,
        &o::applied_delta, &o::blocked_s, &o::unfinished, &o::final_qos, &o::final_qos_all, &o::status);
    CHECK(findings == std::vector<std::string>{});
  }
}

// The published results, within the tolerances of the specification.

TEST_CASE("published: reactive_average, seeds 42 to 51, 50.9 % in time with 10.79 workers") {
  const outcome r = score(farm::reactive_average{}, 42, 10);
  CHECK(std::abs(r.qos.mean - 50.9) <= 3);
  CHECK(std::abs(r.workers.mean - 10.79) <= 0.15);
}

TEST_CASE("published: reactive_maximum, seeds 52 to 61, 65.6 % in time with 13.92 workers") {
  const outcome r = score(farm::reactive_maximum{}, 52, 10);
  CHECK(std::abs(r.qos.mean - 65.6) <= 3.5);
  CHECK(std::abs(r.workers.mean - 13.92) <= 0.2);
}

TEST_CASE("published earlier: reactive_average, seeds 42 to 51, 97.0 % in time with 17.4 workers") {
  const outcome r =
      score(farm::reactive_average{{.horizon_s = 10, .formula = farm::reactive_formula::earlier}}, 42, 10);
  CHECK(std::abs(r.qos.mean - 97.0) <= 2.5);
  CHECK(std::abs(r.workers.mean - 17.4) <= 0.2);
}

TEST_CASE("published earlier: reactive_maximum, seeds 52 to 61, 99.95 % in time with 24.5 workers") {
  const outcome r =
      score(farm::reactive_maximum{{.horizon_s = 10, .formula = farm::reactive_formula::earlier}}, 52, 10);
  CHECK(std::abs(r.qos.mean - 99.95) <= 0.1);
  CHECK(std::abs(r.workers.mean - 24.5) <= 0.3);
}

TEST_CASE("specified: constant 12, 14 and 16 on seeds 1000 to 1199") {
  CHECK(std::abs(score(always(12), 1000, 200).qos.mean - 86.7) <= 1);
  CHECK(std::abs(score(always(14), 1000, 200).qos.mean - 97.4) <= 1);
  CHECK(std::abs(score(always(16), 1000, 200).qos.mean - 99.4) <= 1);
}

TEST_CASE("specified: targets 16, 17, 13, 12 by phase on seeds 1000 to 1199") {
  const outcome r = score(scheduled{{16, 17, 13, 12},
                                    [](const farm::observation& o) { return 3 - o.input_queue; },
                                    &farm::observation::workers,
                                    replica_limits{.maximum = 32, .max_up = 1, .max_down = 1}},
                          1000, 200);
  CHECK(std::abs(r.qos.mean - 99.3) <= 0.3);
  CHECK(std::abs(r.workers.mean - 14.4) <= 0.1);
}
