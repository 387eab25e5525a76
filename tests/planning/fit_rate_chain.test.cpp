#include <headroom/planning/fit_rate_chain.hpp>

#include <cmath>
#include <vector>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

const step_grid fitted_rates(std::vector<double>{1, 3, 9});
const rate_chain true_chain{{0.2, 0.3, 0.5}, {0.8, 0.2, 0, 0.1, 0.7, 0.2, 0.05, 0.05, 0.9}};

std::size_t drawn(std::span<const double> law, engine& random) {
  double u = random.uniform();
  std::size_t k = 0;
  while (k + 1 < law.size() && u >= law[k]) u -= law[k++];
  return k;
}

std::vector<std::vector<rate_count>> episodes_of(const rate_chain& law, std::size_t episodes, std::size_t length,
                                                 std::uint64_t seed) {
  engine random(seed);
  std::vector<std::vector<rate_count>> all(episodes);
  for (auto& one : all) {
    std::size_t i = drawn(law.start, random);
    for (std::size_t t = 0; t < length; ++t) {
      const double seconds = 4 + random.uniform();
      one.push_back({poisson(random, fitted_rates[i] * seconds), seconds});
      i = drawn(std::span(law.next).subspan(i * 3, 3), random);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("planning.fit_rate_chain: it finds the chain that the counts were drawn from") {
  const auto seen = episodes_of(true_chain, 600, 40, 1);
  const rate_fit fit = fit_rate_chain(fitted_rates, seen, {.rounds = 30});
  for (std::size_t k = 0; k < 9; ++k) CHECK(fit.law.next[k] == Approx(true_chain.next[k]).margin(0.03));
  for (std::size_t k = 0; k < 3; ++k) CHECK(fit.law.start[k] == Approx(true_chain.start[k]).margin(0.05));
}

TEST_CASE("planning.fit_rate_chain: every round makes the counts likelier, or nearly so") {
  const auto seen = episodes_of(true_chain, 100, 20, 2);
  double before = -1e300;
  for (const std::size_t rounds : {1U, 2U, 4U, 8U, 16U}) {
    const double now = fit_rate_chain(fitted_rates, seen, {.rounds = rounds, .doubt = 1e-6}).log_likelihood;
    CHECK(now >= before - 1e-9);
    before = now;
  }
}

TEST_CASE("planning.fit_rate_chain: where nothing was seen, it is what was believed before") {
  std::vector<std::vector<rate_count>> calm(5, std::vector<rate_count>(10, rate_count{5, 5}));
  const rate_fit fit = fit_rate_chain(fitted_rates, calm, {.jump = 0.06});
  CHECK(fit.law.next[2 * 3 + 2] == Approx(0.96).margin(0.01));  // nobody was ever at the highest rate
  CHECK(fit.law.next[2 * 3 + 0] == Approx(0.02).margin(0.005));
  CHECK(fit.worth[2] == Approx(1).margin(0.02));
  CHECK(checked(fit.law, 3).start.size() == 3);
}

TEST_CASE("planning.fit_rate_chain: a request of a calm episode weighs more, where each episode counts the same") {
  // Half of the episodes have nine times the requests of the others.
  std::vector<std::vector<rate_count>> all;
  engine random(4);
  for (int k = 0; k < 200; ++k) {
    const double rate = k % 2 == 0 ? 1 : 9;
    std::vector<rate_count> one;
    for (int t = 0; t < 30; ++t) one.push_back({poisson(random, 5 * rate), 5});
    all.push_back(one);
  }
  const rate_fit fit = fit_rate_chain(fitted_rates, all, {.doubt = 1});
  CHECK(fit.worth[0] == Approx(5).epsilon(0.05));  // the mean has 5, these have 1
  CHECK(fit.worth[2] == Approx(5.0 / 9).epsilon(0.05));
}

TEST_CASE("planning.fit_rate_chain: bad input is refused") {
  const std::vector<std::vector<rate_count>> none(3);
  CHECK_THROWS_WITH(fit_rate_chain(fitted_rates, none), "fit_rate_chain: number of counts is 0, must be at least 1");
  const auto fit = [](rate_count c) {
    const std::vector<std::vector<rate_count>> one{{c}};
    return fit_rate_chain(fitted_rates, one);
  };
  CHECK_THROWS_AS(fit({-1, 5}), std::invalid_argument);
  CHECK_THROWS_AS(fit({1, 0}), std::invalid_argument);
  const std::vector<std::vector<rate_count>> good{{{1, 1}}};
  CHECK_THROWS_AS(fit_rate_chain(fitted_rates, good, {.rounds = 0}), std::invalid_argument);
  CHECK_THROWS_AS(fit_rate_chain(fitted_rates, good, {.spread = 0}), std::invalid_argument);
  CHECK_THROWS_AS(fit_rate_chain(fitted_rates, good, {.jump = 1}), std::invalid_argument);
  CHECK_THROWS_AS(fit_rate_chain(fitted_rates, good, {.doubt = 0}), std::invalid_argument);
  CHECK_THROWS_AS(fit_rate_chain(step_grid(std::vector<double>{0, 1}), good), std::invalid_argument);
}
