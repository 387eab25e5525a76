#include <headroom/systems/farm/polling_farm.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// All times are eighths of a second, so that what is computed by hand is exact.
constexpr farm::polling_farm::options eighths{.worker_poll_s = 1, .collector_poll_s = 0.5, .hop_s = 0.125};

// The same farm, played eighth by eighth: slow, and too simple to be wrong.
class tick_farm {
 public:
  tick_farm(std::vector<double> generated, std::vector<double> service, const std::vector<double>& ready)
      : generated_(std::move(generated)), service_(std::move(service)), next_look_(ready) {}

  void tick(double now) {
    while (enqueued < generated_.size() && generated_[enqueued] + eighths.hop_s <= now) ++enqueued;
    for (double& look : next_look_) {
      if (look != now) continue;
      if (popped_ == enqueued) {
        look = now + eighths.worker_poll_s;
      } else {
        look = now + service_[popped_] + eighths.hop_s;
        results_.push_back({look, popped_++});
      }
    }
    std::stable_sort(results_.begin(), results_.end(),
                     [](const result& a, const result& b) { return a.pushed < b.pushed; });
    pushed = static_cast<std::size_t>(
        std::count_if(results_.begin(), results_.end(), [&](const result& r) { return r.pushed <= now; }));
    if (hop_ends_ == now) {
      latency.push_back(now - generated_[results_[latency.size()].request]);
      hop_ends_ = -1;
      collector_look_ = now;
    }
    if (collector_look_ != now) return;
    if (latency.size() < pushed)
      hop_ends_ = now + eighths.hop_s;
    else
      collector_look_ = now + eighths.collector_poll_s;
  }

  [[nodiscard]] std::size_t waiting() const { return enqueued - popped_; }

  std::size_t enqueued = 0;
  std::size_t pushed = 0;
  std::vector<double> latency;  // of the collected, in order

 private:
  struct result {
    double pushed;
    std::size_t request;
  };
  std::vector<double> generated_;
  std::vector<double> service_;
  std::vector<double> next_look_;
  std::vector<result> results_;
  std::size_t popped_ = 0;
  double collector_look_ = 0;
  double hop_ends_ = -1;
};

}  // namespace

TEST_CASE("one request, by hand") {
  const std::vector<double> generated{0.5};
  const std::vector<double> service{2};
  const std::vector<double> deadline{3.125};
  farm::polling_farm farm(eighths, 1);
  farm.reset(generated, service, deadline);
  farm.add_worker(0.25);  // looks at 0.25, 1.25, 2.25, ...

  farm.advance(0.5);
  CHECK(farm.enqueued() == 0);
  farm.advance(0.625);  // 0.5 and a hop
  CHECK(farm.enqueued() == 1);
  CHECK(farm.waiting() == 1);
  farm.advance(1.125);
  CHECK(farm.waiting() == 1);
  farm.advance(1.25);  // taken at the next look
  CHECK(farm.waiting() == 0);
  CHECK(farm.uncollected() == 0);
  farm.advance(3.25);
  CHECK(farm.uncollected() == 0);
  farm.advance(3.375);  // 1.25 + 2 and a hop
  CHECK(farm.uncollected() == 1);
  farm.advance(3.5);  // the collector looks at 3.5, and has it a hop later
  CHECK(farm.collected() == 0);
  farm.advance(3.625);
  CHECK(farm.collected() == 1);
  CHECK(farm.uncollected() == 0);
  CHECK(farm.in_time() == 1);  // a latency of exactly the deadline is in time
  const auto seen = farm.look_back(4, 1);
  CHECK(seen.count == 1);
  CHECK(seen.mean_latency_s == 3.125);
  CHECK(seen.max_latency_s == 3.125);
  CHECK(seen.in_time == 1);
}

TEST_CASE("two requests and one worker, by hand: the second waits for the first") {
  const std::vector<double> generated{0.5, 0.75};
  const std::vector<double> service{2, 1};
  const std::vector<double> deadline{3, 4};
  farm::polling_farm farm(eighths, 1);
  farm.reset(generated, service, deadline);
  farm.add_worker(0.25);
  farm.advance(3.25);
  CHECK(farm.waiting() == 1);
  farm.advance(3.375);  // a worker that has just finished looks at once
  CHECK(farm.waiting() == 0);
  farm.advance(4.625);
  CHECK(farm.collected() == 1);
  farm.advance(4.75);  // pushed at 4.5; the collector, free since 3.625, looks at 4.125 and 4.625
  CHECK(farm.collected() == 2);
  CHECK(farm.look_back(4.75, 1).mean_latency_s == 4.0);
  CHECK(farm.look_back(4.75, 2).mean_latency_s == (3.125 + 4.0) / 2);
  CHECK(farm.in_time() == 1);  // 3.125 was late for 3
}

TEST_CASE("three requests and two workers, by hand: first in, first out of the queue, results as they finish") {
  const std::vector<double> generated{0, 0, 0};
  const std::vector<double> service{3, 0.5, 1};
  const std::vector<double> deadline{10, 2, 10};
  farm::polling_farm farm(eighths, 2);
  farm.reset(generated, service, deadline);
  farm.add_worker(0);
  farm.add_worker(0.25);
  farm.advance(0.25);  // the second worker takes request 0 and is gone until 3.375
  CHECK(farm.waiting() == 2);
  farm.advance(1);  // the first takes request 1, until 1.625
  CHECK(farm.waiting() == 1);
  farm.advance(1.625);  // and request 2, until 2.75
  CHECK(farm.waiting() == 0);
  farm.advance(2.125);
  CHECK(farm.look_back(2.125, 1).max_latency_s == 2.125);  // request 1 comes out first
  farm.advance(3.25);
  CHECK(farm.collected() == 2);
  farm.advance(3.875);
  CHECK(farm.collected() == 3);
  CHECK(farm.in_time() == 2);

  const auto both = farm.look_back(4, 1);  // collected at 3.25 and at 3.875
  CHECK(both.count == 2);
  CHECK(both.mean_latency_s == (3.25 + 3.875) / 2);
  CHECK(both.max_latency_s == 3.875);
  CHECK(farm.look_back(4, 0.75).count == 1);  // the far end is open
  CHECK(farm.look_back(4, 0.875).count == 2);
  CHECK(farm.look_back(4, 0.125).count == 0);
}

TEST_CASE("an idle worker leaves at its next look") {
  farm::polling_farm farm(eighths, 2);
  farm.reset({}, {}, {});
  farm.add_worker(0.25);
  farm.add_worker(0.75);
  farm.advance(2.5);
  CHECK(farm.remove_worker(2.5) == 2.75);
  CHECK(farm.workers() == 1);
  CHECK(farm.remove_worker(2.5) == 3.25);
  CHECK(farm.workers() == 0);
}

TEST_CASE("a busy worker leaves after finishing, and an idle one before it") {
  const std::vector<double> generated{0, 3};
  const std::vector<double> service{2, 1};
  const std::vector<double> deadline{9, 9};
  farm::polling_farm farm(eighths, 2);
  farm.reset(generated, service, deadline);
  farm.add_worker(0.25);  // busy from 0.25 to 2.375
  farm.advance(1);
  farm.add_worker(1.5);
  CHECK(farm.remove_worker(1) == 1.5);    // the new one, which looks first
  CHECK(farm.remove_worker(1) == 2.375);  // the busy one, whose request is not lost
  farm.advance(10);
  CHECK(farm.collected() == 1);
  CHECK(farm.waiting() == 1);
  farm.add_worker(12);  // takes what had waited
  farm.advance(12);
  CHECK(farm.waiting() == 0);
  farm.advance(14);
  CHECK(farm.collected() == 2);
}

TEST_CASE("reset forgets an episode") {
  const std::vector<double> one{0};
  const std::vector<double> service{1};
  farm::polling_farm farm(eighths, 1);
  for (int episode = 0; episode < 2; ++episode) {
    farm.reset(one, service, service);
    CHECK(farm.workers() == 0);
    CHECK(farm.enqueued() + farm.collected() + farm.uncollected() + farm.waiting() + farm.in_time() == 0);
    farm.add_worker(0.5);
    farm.advance(10);
    CHECK(farm.look_back(10, 10).mean_latency_s == 2.125);  // 0.5 + 1 + hop = 1.625, collected at 2 and a hop
  }
}

TEST_CASE("the farm agrees with one that is played tick by tick") {
  engine random(1);
  const auto eighth = [&](std::size_t most) { return static_cast<double>(random.below(most)) / 8; };
  for (int round = 0; round < 20; ++round) {
    std::vector<double> generated;
    std::vector<double> service;
    double t = 0;
    for (int i = 0; i < 60; ++i) {
      generated.push_back(t += eighth(6));
      service.push_back(eighth(16) + 0.125);
    }
    const std::vector<double> deadline(60, 3.0);
    std::vector<double> ready;
    for (std::size_t i = 0; i < 1 + random.below(5); ++i) ready.push_back(eighth(8));

    tick_farm slow(generated, service, ready);
    farm::polling_farm fast(eighths, ready.size());
    fast.reset(generated, service, deadline);
    for (const double r : ready) fast.add_worker(r);
    int wrong = 0;
    for (int k = 0; k < 8 * 200; ++k) {
      const double now = k / 8.0;
      slow.tick(now);
      if (k % (1 + round) != 0) continue;  // however rarely it is asked
      fast.advance(now);
      wrong += fast.enqueued() != slow.enqueued || fast.waiting() != slow.waiting() ||
               fast.collected() != slow.latency.size() || fast.uncollected() != slow.pushed - slow.latency.size();
    }
    INFO("round " << round << ", " << ready.size() << " workers");
    CHECK(wrong == 0);
    CHECK(slow.latency.size() == 60);
    double sum = 0;
    std::size_t in_time = 0;
    for (const double l : slow.latency) {
      sum += l;
      in_time += l <= 3.0 ? 1U : 0U;
    }
    CHECK(fast.look_back(200, 300).mean_latency_s == sum / 60);
    CHECK(fast.in_time() == in_time);
  }
}

TEST_CASE("nothing is lost while workers come and go") {
  engine random(2);
  std::vector<double> generated;
  std::vector<double> service;
  double t = 0;
  for (int i = 0; i < 500; ++i) {
    generated.push_back(t += exponential(random, 0.2));
    service.push_back(exponential(random, 1.0));
  }
  const std::vector<double> deadline(500, 2.0);
  farm::polling_farm farm({}, 40);
  farm.reset(generated, service, deadline);
  for (int i = 0; i < 3; ++i) farm.add_worker(0.03 * i);
  std::vector<double> leaving;
  for (int k = 1; k <= 500; ++k) {
    const double now = k * 0.5;
    farm.advance(now);
    if (k % 3 == 0 && farm.workers() < 40) farm.add_worker(now + 0.2);
    if (k % 4 == 0 && farm.workers() > 1) leaving.push_back(farm.remove_worker(now));
    const auto still_here =
        static_cast<std::size_t>(std::count_if(leaving.begin(), leaving.end(), [&](double l) { return l > now; }));
    const std::size_t elsewhere = farm.waiting() + farm.uncollected() + farm.collected();
    REQUIRE(elsewhere <= farm.enqueued());
    REQUIRE(farm.enqueued() - elsewhere <= farm.workers() + still_here);  // in service
  }
  CHECK(farm.enqueued() == 500);
  CHECK(farm.collected() == 500);
  CHECK(farm.look_back(250, 300).count == 500);
}
