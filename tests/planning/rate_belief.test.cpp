#include <headroom/planning/rate_belief.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

const step_grid three_rates(std::vector<double>{1, 4, 16});
const rate_chain slow_chain{{0.5, 0.25, 0.25}, {0.9, 0.1, 0, 0.05, 0.9, 0.05, 0, 0.1, 0.9}};

double poisson_of(double k, double mean) {
  double p = std::exp(-mean);
  for (double i = 1; i <= k; ++i) p *= mean / i;
  return p;
}

}  // namespace

TEST_CASE("planning.rate_belief: it is Bayes' rule over every path that the rate may have taken") {
  rate_belief b(three_rates, slow_chain);
  const std::vector<double> counts{2, 7, 11};
  b.begin();
  for (const double k : counts) b.see(k, 2);
  // All 27 paths, and one step ahead.
  std::vector<double> next(3);
  double all = 0;
  for (std::size_t x = 0; x < 3; ++x) {
    for (std::size_t y = 0; y < 3; ++y) {
      for (std::size_t z = 0; z < 3; ++z) {
        const double p = slow_chain.start[x] * poisson_of(2, 2 * three_rates[x]) * slow_chain.next[x * 3 + y] *
                         poisson_of(7, 2 * three_rates[y]) * slow_chain.next[y * 3 + z] *
                         poisson_of(11, 2 * three_rates[z]);
        all += p;
        for (std::size_t k = 0; k < 3; ++k) next[k] += p * slow_chain.next[z * 3 + k];
      }
    }
  }
  for (std::size_t k = 0; k < 3; ++k) CHECK(b.now()[k] == Approx(next[k] / all));
  CHECK(b.mean() == Approx((next[0] + 4 * next[1] + 16 * next[2]) / all));
  b.begin();
  for (std::size_t k = 0; k < 3; ++k) CHECK(b.now()[k] == slow_chain.start[k]);
}

TEST_CASE("planning.rate_belief: a count that is not known moves the chain on, and nothing else") {
  rate_belief b(three_rates, slow_chain);
  b.begin();
  b.see(std::numeric_limits<double>::quiet_NaN(), 2);
  CHECK(b.now()[0] == Approx(0.5 * 0.9 + 0.25 * 0.05));
  CHECK(b.now()[2] == Approx(0.25 * 0.05 + 0.25 * 0.9));
  b.see(-1, 2);
  b.see(3, 0);
  CHECK(b.refused() == 3);
}

TEST_CASE("planning.rate_belief: a count that no rate could bring leaves a belief that sums to 1") {
  rate_belief b(three_rates, rate_chain{{1, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}});
  b.begin();
  b.see(1e7, 1);
  CHECK(b.now()[0] == Approx(1));
  rate_belief mixed(three_rates, slow_chain);
  mixed.begin();
  for (const double k : {1e6, 0.0, 5e5}) {
    mixed.see(k, 1);
    CHECK(mixed.now()[0] + mixed.now()[1] + mixed.now()[2] == Approx(1));
  }
}

TEST_CASE("planning.rate_belief: a count does not allocate") {
  rate_belief b(three_rates, slow_chain);
  CHECK(allocations_in([&] {
          b.begin();
          for (int k = 0; k < 50; ++k) b.see(k, 3);
        }) == 0);
}

TEST_CASE("planning.rate_belief: a stored law comes back, and goes into no other grid") {
  checkpoint file;
  store(rate_belief(three_rates, slow_chain), file, "belief");
  rate_belief back(three_rates, rate_chain{{1, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}});
  restore(back, file, "belief");
  CHECK(back.law().next == slow_chain.next);
  CHECK(back.law().start == slow_chain.start);
  rate_belief other(step_grid(std::vector<double>{1, 4, 17}), slow_chain);
  CHECK_THROWS_AS(restore(other, file, "belief"), checkpoint_error);
}

TEST_CASE("planning.rate_belief: what is no chain over these rates is refused") {
  CHECK_THROWS_WITH(rate_belief(three_rates, rate_chain{{1, 0}, slow_chain.next}),
                    "rate_chain: size of start is 2, must be 3");
  CHECK_THROWS_AS(rate_belief(three_rates, rate_chain{slow_chain.start, {1, 0}}), std::invalid_argument);
  CHECK_THROWS_WITH(rate_belief(three_rates, rate_chain{{0.5, 0.25, 0.5}, slow_chain.next}),
                    "rate_chain: sum of start is 1.25, must be 1");
  CHECK_THROWS_AS(rate_belief(three_rates, rate_chain{{1.5, -0.5, 0}, slow_chain.next}), std::invalid_argument);
  CHECK_THROWS_AS(rate_belief(step_grid(std::vector<double>{0, 4, 16}), slow_chain), std::invalid_argument);
}
