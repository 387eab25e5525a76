#include <headroom/telemetry/erlang.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// B and C as the books write them: sums of a^k / k!, in logarithms.
struct textbook {
  double b = 0;
  double c = 0;
};
textbook sums(double load, int servers) {
  const auto term = [load](int k) { return std::exp(k * std::log(load) - load - log_factorial(k)); };
  double below = 0;
  for (int k = 0; k < servers; ++k) below += term(k);
  const double last = term(servers);
  const double waiting = last * servers / (servers - load);
  return {last / (below + last), waiting / (below + waiting)};
}

// M/M/c first come, first served: the fraction that waits longer than the bound.
double simulated(double load, int servers, double bound, std::size_t requests, engine& random) {
  std::vector<double> free(static_cast<std::size_t>(servers), 0.0);
  double now = 0;
  std::size_t late = 0;
  for (std::size_t k = 0; k < requests + 10'000; ++k) {
    now += exponential(random, 1 / load);
    const auto first = std::min_element(free.begin(), free.end());
    const double start = std::max(now, *first);
    *first = start + exponential(random, 1.0);
    if (k >= 10'000 && start - now > bound) ++late;
  }
  return static_cast<double>(late) / static_cast<double>(requests);
}

}  // namespace

TEST_CASE("Erlang B is what its tables say") {
  // Offered erlangs at a blocking of 1 % and 2 %, three decimals as printed (Rappaport, Wireless Communications, 2nd
  // ed., table 3.4 and its larger relatives).
  struct row {
    int servers;
    double one_percent;
    double two_percent;
  };
  for (const row& r : {row{1, 0.0101, 0.0204}, row{2, 0.153, 0.223}, row{5, 1.361, 1.657}, row{10, 4.461, 5.084},
                       row{15, 8.108, 9.010}, row{20, 12.03, 13.18}, row{30, 20.34, 21.93}, row{50, 37.90, 40.26},
                       row{100, 84.06, 87.97}}) {
    CAPTURE(r.servers);
    const double digits = r.servers == 1 ? 1e-4 : r.servers < 20 ? 1e-3 : 1e-2;
    CHECK(erlang_b(r.one_percent - digits, r.servers) < 0.01);
    CHECK(erlang_b(r.one_percent + digits, r.servers) > 0.01);
    CHECK(erlang_b(r.two_percent - digits, r.servers) < 0.02);
    CHECK(erlang_b(r.two_percent + digits, r.servers) > 0.02);
  }
  CHECK(erlang_b(10, 10) == Approx(0.2146).margin(5e-5));
  CHECK(erlang_b(1, 1) == 0.5);
  CHECK(erlang_b(2, 2) == Approx(0.4));
  CHECK(erlang_b(3, 0) == 1);
  CHECK(erlang_b(0, 0) == 1);
  CHECK(erlang_b(0, 3) == 0);
}

TEST_CASE("Erlang C is what its formula says, and everybody waits where there is no steady state") {
  CHECK(erlang_c(0.5, 1) == Approx(0.5));    // M/M/1: the load itself
  CHECK(erlang_c(1, 2) == Approx(1.0 / 3));  // 2 rho^2 / (1 + rho)
  CHECK(erlang_c(2, 3) == Approx(4.0 / 9));  // Gross and Harris' clinic: 0.444
  CHECK(erlang_c(8, 10) == Approx(0.409).margin(5e-4));
  CHECK(erlang_c(3, 3) == 1);
  CHECK(erlang_c(4, 3) == 1);
  CHECK(erlang_c(0, 0) == 1);
  CHECK(erlang_c(0, 2) == 0);
  for (const double load : {0.01, 0.7, 4.2, 30.0, 143.0}) {
    for (const double spare : {0.3, 1.0, 5.0, 20.0}) {
      const int servers = static_cast<int>(std::ceil(load + spare));
      CAPTURE(load, servers);
      CHECK(erlang_b(load, servers) == Approx(sums(load, servers).b).epsilon(1e-9));
      CHECK(erlang_c(load, servers) == Approx(sums(load, servers).c).epsilon(1e-9));
    }
  }
}

TEST_CASE("Erlang's formulas stand thousands of servers and far more servers than load") {
  CHECK(erlang_b(5000, 5000) == Approx(std::sqrt(2 / 3.14159265358979 / 5000)).epsilon(0.01));  // its asymptote
  CHECK(erlang_b(5000, 5150) == Approx(sums(5000, 5150).b).epsilon(1e-7));
  CHECK(erlang_c(5000, 5150) == Approx(sums(5000, 5150).c).epsilon(1e-7));
  CHECK(erlang_b(1, 100'000) == 0);
  CHECK(erlang_c(1, 100'000) == 0);
  CHECK(erlang_c(1e-300, 1000) == 0);
}

TEST_CASE("the tail and the mean of the wait fit together") {
  const double load = 8;
  const double service = 0.25;
  CHECK(wait_beyond(load, 10, service, 0) == erlang_c(load, 10));
  CHECK(wait_beyond(load, 10, service, 0.25) == Approx(erlang_c(load, 10) * std::exp(-2.0)));
  CHECK(wait_beyond(load, 8, service, 1) == 1);
  CHECK(mean_wait_s(load, 8, service) == infinite);
  CHECK(mean_wait_s(0.5, 1, 2) == Approx(2));  // M/M/1: rho / (1 - rho) service
  for (const double scv : {0.0, 0.3, 1.0, 4.0}) {
    CAPTURE(scv);
    CHECK(mean_wait_s(0.5, 1, 2, scv) == Approx(1 + scv));  // Pollaczek and Khinchine: rho s (1 + scv) / (2 (1 - rho))
    double area = 0;                                        // the mean is the integral of the tail
    const double step = 1e-4;
    for (double t = step / 2; t < 5; t += step) area += step * wait_beyond(load, 10, service, t, scv);
    CHECK(area == Approx(mean_wait_s(load, 10, service, scv)).epsilon(1e-6));
  }
}

TEST_CASE("an M/M/c queue waits as long as Erlang says") {
  engine random(20'260'214);
  const std::size_t requests = 400'000;
  for (const double bound : {0.0, 0.3, 1.0}) {
    // 20 batches, and their standard error: the requests of a queue are no independent sample.
    double mean = 0;
    double squares = 0;
    const int batches = 20;
    for (int b = 0; b < batches; ++b) {
      const double x = simulated(5, 7, bound, requests / batches, random);
      mean += x / batches;
      squares += x * x / batches;
    }
    const double error = std::sqrt((squares - mean * mean) / (batches - 1));
    const double exact = wait_beyond(5, 7, 1, bound);
    CAPTURE(bound, mean, error, exact);
    CHECK(std::abs(mean - exact) < 2.86 * error);  // 99 % of a t distribution with 19 degrees of freedom
    CHECK(error < 0.05 * exact);
  }
}

TEST_CASE("the fewest servers keep the promise and one less does not") {
  for (const double bound : {0.0, 0.05, 0.3, 2.0}) {
    for (const double probability : {0.5, 0.9, 0.99, 0.9999}) {
      for (const double scv : {0.0, 1.0, 5.0}) {
        const waiting_slo slo{bound, probability, scv};
        double before = 0;
        for (const double rate : {0.001, 0.4, 3.0, 17.5, 60.0, 900.0}) {
          CAPTURE(bound, probability, scv, rate);
          const double n = fewest_servers(rate, 0.3, slo);
          CHECK(n > rate * 0.3);
          CHECK(n >= before);
          CHECK(wait_beyond(rate * 0.3, static_cast<int>(n), 0.3, bound, scv) <= 1 - probability);
          CHECK(wait_beyond(rate * 0.3, static_cast<int>(n) - 1, 0.3, bound, scv) > 1 - probability);
          before = n;
        }
      }
    }
  }
  // The call centres' usual worked example: 200 calls an hour of 3 minutes, 80 % within 20 s. 14 agents, with whom
  // 17.4 % wait, 88.8 % are served within 20 s, and the mean wait is 7.8 s.
  const double calls = 200.0 / 3600;
  CHECK(fewest_servers(calls, 180, {20, 0.8}) == 14);
  CHECK(erlang_c(10, 14) == Approx(0.1741).margin(5e-5));
  CHECK(1 - wait_beyond(10, 14, 180, 20) == Approx(0.8883).margin(1e-4));
  CHECK(mean_wait_s(10, 14, 180) == Approx(7.8).margin(0.05));
  CHECK(fewest_servers(0, 1, {}) == 0);
  CHECK(fewest_servers(1e308, 1e308, {}) == infinite);
}

TEST_CASE("beyond the exact load the servers err by too many, and by few") {
  const waiting_slo slo{0, 0.99};
  const double at = fewest_servers(erlang_exact_load, 1, slo);
  CHECK(fewest_servers(erlang_exact_load * (1 + 1e-12), 1, slo) - at <= 1);
  const double four = fewest_servers(4 * erlang_exact_load, 1, slo);
  CHECK(four == std::ceil(4 * erlang_exact_load + 2 * (at - erlang_exact_load)));
  CHECK(wait_beyond(4 * erlang_exact_load, static_cast<int>(four), 1, 0) <= 0.01);
  CHECK(wait_beyond(4 * erlang_exact_load, static_cast<int>(four) - 12, 1, 0) > 0.01);
}

TEST_CASE("a table of servers answers as the recursion does") {
  for (const waiting_slo& slo : {waiting_slo{0, 0.99}, waiting_slo{0.1, 0.95, 0.2}, waiting_slo{1, 0.8, 3}}) {
    const server_table table(0.3, slo, 200);
    for (double rate = 0.01; rate < 450; rate *= 1.013) {
      CAPTURE(rate, slo.bound_s);
      CHECK(table(rate) == fewest_servers(rate, 0.3, slo));
    }
    CHECK(table(0) == 0);
    CHECK(table(-1) == 0);
    CHECK(table(unknown) == 0);
    for (const int n : {1, 2, 57, 200}) {
      CAPTURE(n);
      CHECK(table(table.most_arrivals_per_s(n) * (1 - 1e-9)) == n);
      CHECK(table(table.most_arrivals_per_s(n) * (1 + 1e-9)) == n + 1);
    }
    CHECK(table.most_arrivals_per_s(0) == 0);
  }
}

TEST_CASE("a table ends where it must, errs upwards beyond and never comes down") {
  const waiting_slo slo{0.1, 0.99};
  const server_table table(1, slo, std::numeric_limits<int>::max());
  CHECK_NOTHROW(table.most_arrivals_per_s(server_table::longest));
  CHECK_THROWS(table.most_arrivals_per_s(server_table::longest + 1));
  double before = 0;
  for (double load = 300; load < 20'000; load *= 1.02) {
    const double exact = fewest_servers(load, 1, slo);
    CAPTURE(load, exact);
    CHECK(table(load) >= exact);
    CHECK(table(load) <= exact * 1.015);
    CHECK(table(load) >= before);
    before = table(load);
  }
  CHECK(table(infinite) == infinite);
}

TEST_CASE("a question takes no memory") {
  const server_table table(1, {0.1, 0.99}, 64);
  double sum = 0;
  CHECK(allocations_in([&] {
          for (int k = 0; k < 100; ++k) sum += table(0.9 * k) + fewest_servers(0.9 * k, 1, {0.1, 0.99});
        }) == 0);
  CHECK(sum > 0);
}

TEST_CASE("impossible promises are refused") {
  CHECK_THROWS_WITH(checked(waiting_slo{-1}), "waiting_slo: bound_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(checked(waiting_slo{0, 0}), "waiting_slo: probability is 0, must be in (0, 1)");
  CHECK_THROWS_WITH(checked(waiting_slo{0, 1}), "waiting_slo: probability is 1, must be in (0, 1)");
  CHECK_THROWS_WITH(checked(waiting_slo{0, unknown}), "waiting_slo: probability is nan, must be in (0, 1)");
  CHECK_THROWS_WITH(checked(waiting_slo{0, 0.9, -0.1}), "waiting_slo: scv is -0.1, must be zero or more, and finite");
  CHECK_THROWS_WITH(server_table(0, {}, 3), "server_table: service_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(server_table(1, {}, 0), "server_table: largest is 0, must be at least 1");
  CHECK_THROWS_WITH(server_table(1, {.probability = 2}, 3), "waiting_slo: probability is 2, must be in (0, 1)");
}
