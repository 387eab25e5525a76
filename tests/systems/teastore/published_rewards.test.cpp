#include <headroom/systems/teastore/published_rewards.hpp>

#include <cmath>
#include <limits>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double out_tps = 0;
  double cost = 0;
  double requests = 0;
  double users = 1;
  double rate = 8;
  double expected = 1;
  double response_ms = 20;
  double replica = 1;
  double cpu = 5;
  double heap = 5;
  double cpu_used = 0;
  double memory_used = 0;
  bool refused_move = false;
};

struct features {
  double sample::*out_tps = &sample::out_tps;
  double sample::*cost = &sample::cost;
  double sample::*requests = &sample::requests;
  double sample::*users = &sample::users;
  double sample::*rate = &sample::rate;
  double sample::*expected = &sample::expected;
  double sample::*response_ms = &sample::response_ms;
  double sample::*replica = &sample::replica;
  double sample::*cpu = &sample::cpu;
  double sample::*heap = &sample::heap;
  double sample::*cpu_used = &sample::cpu_used;
  double sample::*memory_used = &sample::memory_used;
};

// 60 of 80 requests per second of 10 users in 40 ms, by half a core of 0.5 and 0.4 GiB of a heap of 0.8.
sample served() {
  sample s;
  s.requests = 60;
  s.users = 10;
  s.expected = 80;
  s.response_ms = 40;
  s.cpu_used = 0.25;
  s.memory_used = 0.4;
  s.heap = 8;
  return s;
}

template <class R>
double of(const R& reward, const sample& next) {
  static_assert(Reward<R, sample, std::size_t>);
  return reward(next, std::size_t{0}, next);  // from the same place, so that nothing was switched
}
template <class R>
double refused(const R& reward) {
  sample s = served();
  s.refused_move = true;
  return of(reward, s);
}

}  // namespace

TEST_CASE("TeaStore R1: throughput less cost, as parts of the largest measured") {
  const auto r = teastore::r1(features{});
  sample s;
  s.out_tps = 879.900;  // the first row of the log
  s.cost = 0.0326;
  CHECK(of(r, s) == Approx(879.9 / 7252.733 - 0.0326 / 0.2692).epsilon(1e-14));
  s.out_tps = 7252.733;
  s.cost = 0.2692;
  CHECK(of(r, s) == 0);
  s.cost = 0;
  CHECK(of(r, s) == 1);
  s.out_tps = std::numeric_limits<double>::quiet_NaN();
  CHECK(of(r, s) == 0);
  CHECK(refused(r) == -5);
  CHECK(r.lowest() == -5);
  CHECK(r.highest() == 1);
}

TEST_CASE("TeaStore R2: the same with the cost in 27 steps, and a move off the grid at 100") {
  const auto r = teastore::r2(features{});
  sample s;
  s.out_tps = 725.3;
  s.cost = 0.0326;
  CHECK(of(r, s) == Approx(0.1 - 0.03 / 0.27).epsilon(1e-14));
  s.cost = 0.0374;
  CHECK(of(r, s) == Approx(0.1 - 0.04 / 0.27).epsilon(1e-14));
  CHECK(refused(r) == -100);
}

TEST_CASE("TeaStore R3: use is not clipped, so a heap too small is paid for") {
  const auto r = teastore::r3(features{});
  sample s = served();
  CHECK(of(r, s) == Approx(0.9 * 60 / 80 + 0.1 * (0.5 * 0.5 + 0.5 * 0.5)).epsilon(1e-14));
  s.heap = 1;  // 0.4 GiB of 0.1
  CHECK(of(r, s) == Approx(0.9 * 60 / 80 + 0.1 * (0.5 * 0.5 + 0.5 * 4)).epsilon(1e-14));
  s.requests = 96;
  CHECK(of(r, s) == Approx(0.9 * 1.2 + 0.1 * (0.5 * 0.5 + 0.5 * 4)).epsilon(1e-14));
  CHECK(of(r, s) > 1.24);  // beyond the largest that was published
  CHECK(refused(r) == -1);
}

TEST_CASE("TeaStore R4 to R6 differ in what full performance of a user is") {
  sample s = served();
  const double use = 0.5 * (0.5 + 0.5);
  CHECK(of(teastore::r4(features{}), s) == Approx(0.6 * 60 / 90 + 0.4 * use).epsilon(1e-14));
  CHECK(of(teastore::r5(features{}), s) == Approx(0.8 * 1 + 0.2 * use).epsilon(1e-14));
  CHECK(of(teastore::r6(features{}), s) == Approx(0.8 * 60 / 80 + 0.2 * use).epsilon(1e-14));
  s.heap = 1;  // use is clipped here
  CHECK(of(teastore::r6(features{}), s) == Approx(0.8 * 60 / 80 + 0.2 * (0.5 * 0.5 + 0.5)).epsilon(1e-14));
  for (const double at :
       {refused(teastore::r4(features{})), refused(teastore::r5(features{})), refused(teastore::r6(features{}))}) {
    CHECK(at == -1);
  }
}

TEST_CASE("TeaStore R5 is the same for half the throughput: it has saturated") {
  sample s = served();
  const double full = of(teastore::r5(features{}), s);
  s.requests = 30;
  CHECK(of(teastore::r5(features{}), s) == full);
  CHECK(of(teastore::r6(features{}), s) < of(teastore::r6(features{}), served()));
}

TEST_CASE("TeaStore R7 and R9: half of performance is answering in 20 ms") {
  const sample s = served();
  const double performance = 0.5 * 60 / 80 + 0.5 * 20 / 40;
  CHECK(of(teastore::r7(features{}), s) == Approx(0.8 * performance + 0.2 * 0.5).epsilon(1e-14));
  CHECK(of(teastore::r7(features{}, 0.5), s) == Approx(0.5 * performance + 0.5 * 0.5).epsilon(1e-14));
  sample tight = s;
  tight.heap = 5;  // 0.8 of the memory
  CHECK(of(teastore::r7(features{}), tight) == of(teastore::r7(features{}), s));
  CHECK(of(teastore::r9(features{}), tight) ==
        Approx(0.8 * performance + 0.2 * (0.5 * 0.5 + 0.5 * 0.8)).epsilon(1e-14));
  CHECK(refused(teastore::r7(features{})) == -1);
  CHECK(refused(teastore::r9(features{})) == -1);
}

TEST_CASE("TeaStore R8 charges each limit that moved") {
  const auto r = teastore::r8(features{});
  const sample before = served();
  sample next = before;
  const double still = 0.5 * 60 / 80 + 0.3 * 0.5;
  CHECK(r(before, std::size_t{0}, next) == Approx(still).epsilon(1e-14));
  next.replica += 2;
  CHECK(r(before, std::size_t{1}, next) == Approx(still - 0.2 * 0.4 * 2 / 8).epsilon(1e-14));
  next = before;
  next.cpu = 4;  // 0.25 of 0.4 cores, and one place moved
  CHECK(r(before, std::size_t{4}, next) ==
        Approx(0.5 * 60 / 80 + 0.15 * 0.625 + 0.15 * 0.5 - 0.2 * 0.2 / 8).epsilon(1e-14));
  next = before;
  next.heap = 4;
  CHECK(r(before, std::size_t{6}, next) ==
        Approx(0.5 * 60 / 80 + 0.15 * 0.5 + 0.15 * 1 - 0.2 * 0.4 * 4 / 8).epsilon(1e-14));
  CHECK(r.lowest() == -1);
  CHECK(r.inner().lowest() == Approx(-0.2).epsilon(1e-14));
  CHECK(r.highest() == Approx(0.8).epsilon(1e-14));
}

TEST_CASE("TeaStore R8, soft: halves at 60 ms and at a use of 0.8") {
  const auto r = teastore::r8_soft(features{});
  sample s = served();
  s.response_ms = 60;
  s.cpu_used = 0.4;  // of 0.5
  CHECK(of(r, s) == Approx(0.25 + 0.15).epsilon(1e-14));
  s.response_ms = 60 + 10 * std::log(3.0);
  s.cpu_used = 0.5 * (0.8 + 0.1 * std::log(3.0));
  CHECK(of(r, s) == Approx(0.5 / 4 + 0.3 * 3 / 4).epsilon(1e-14));
}

TEST_CASE("the later rewards, with the load in the state") {
  sample s = served();
  CHECK(of(teastore::use_times_requests(features{}), s) == Approx(0.5 * 60 / 80).epsilon(1e-14));
  s.response_ms = 20;
  const auto r = teastore::use_requests_response(features{});
  CHECK(of(r, s) == Approx(0.2 * 0.5 + 0.6 * 60 / 80 + 0.2 * 0.5).epsilon(1e-14));
  s.response_ms = 21;
  CHECK(of(r, s) == Approx(0.2 * 0.5 + 0.6 * 60 / 80 + 0.1 * (1 + std::tanh(-1.0))).epsilon(1e-14));
  CHECK(refused(r) == -2);
}

TEST_CASE("every part of a published reward can be read by name") {
  const auto parts = teastore::r9(features{}).inner();
  const sample s = served();
  const auto shares = parts.breakdown(s, std::size_t{0}, s);
  CHECK(shares[0].name == "requests");
  CHECK(shares[0].value == Approx(0.3).epsilon(1e-14));
  CHECK(shares[1].name == "response");
  CHECK(shares[1].value == Approx(0.2).epsilon(1e-14));
  CHECK(shares[3].name == "memory");
  CHECK(shares[3].value == Approx(0.05).epsilon(1e-14));
}
