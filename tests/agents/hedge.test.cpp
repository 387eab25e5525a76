#include <headroom/agents/hedge.hpp>

#include <algorithm>
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

struct played {
  double expected = 0;
  double best = 0;
  double switches = 0;
};

// Plays `steps` losses that `next(hedge, t, losses)` chooses, who may look at the probabilities.
template <class Next>
played play(hedge& choice, int steps, Next&& next) {
  std::vector<double> losses(choice.size());
  std::vector<double> sums(choice.size());
  played p;
  for (int t = 0; t < steps; ++t) {
    next(choice, t, losses);
    for (std::size_t k = 0; k < losses.size(); ++k) {
      p.expected += choice.probabilities()[k] * losses[k];
      sums[k] += losses[k];
    }
    choice.tell(losses);
  }
  p.best = *std::min_element(sums.begin(), sums.end());
  p.switches = static_cast<double>(choice.switches());
  return p;
}

}  // namespace

TEST_CASE("the probabilities of Hedge fall by exp(-eta loss)") {
  hedge choice(3, {.horizon = 100, .rate = 0.5}, 1);
  for (const double p : choice.probabilities()) CHECK(p == Approx(1 / 3.0));
  choice.tell(std::vector<double>{0, 1, 0.5});
  choice.tell(std::vector<double>{0, 1, 2});  // 2 counts as 1
  const double sum = 1 + std::exp(-1.0) + std::exp(-0.75);
  CHECK(choice.probabilities()[0] == Approx(1 / sum));
  CHECK(choice.probabilities()[1] == Approx(std::exp(-1.0) / sum));
  CHECK(choice.probabilities()[2] == Approx(std::exp(-0.75) / sum));
  CHECK(choice.expected_loss() ==
        Approx(0.5 + (std::exp(-0.5) + std::exp(-0.25)) / (1 + std::exp(-0.5) + std::exp(-0.25))));
}

TEST_CASE("the regret against the best single adviser stays below its bound, whoever chooses the losses") {
  const int steps = 2000;
  engine random(4, stream::noise);
  for (const std::size_t n : {2U, 5U, 30U}) {
    const hedge_options options{.horizon = steps + 1.0};
    const double bound = std::sqrt((steps + 1) * std::log(static_cast<double>(n)) / 2);
    const auto check = [&](const char* who, auto&& next) {
      hedge choice(n, options, 7);
      CHECK(choice.regret_bound(steps + 1) == Approx(bound));
      const played p = play(choice, steps, next);
      INFO(who << " " << n << ": regret " << p.expected - p.best << " of " << bound);
      CHECK(p.expected - p.best <= bound);
      CHECK(choice.expected_loss() == Approx(p.expected));
      return p.expected - p.best;
    };
    check("random", [&](const hedge&, int, std::vector<double>& l) {
      for (double& x : l) x = random.uniform();
    });
    check("one is better", [&](const hedge&, int, std::vector<double>& l) {
      for (double& x : l) x = random.uniform() < 0.5 ? 1 : 0;
      l[0] = random.uniform() < 0.4 ? 1 : 0;
    });
    check("an enemy of the heaviest", [&](const hedge& c, int, std::vector<double>& l) {
      const auto p = c.probabilities();
      const auto top = std::max_element(p.begin(), p.end()) - p.begin();
      std::fill(l.begin(), l.end(), 0.0);
      l[static_cast<std::size_t>(top)] = 1;
    });
    check("the best changes", [&](const hedge&, int t, std::vector<double>& l) {
      for (std::size_t k = 0; k < l.size(); ++k) l[k] = (static_cast<std::size_t>(t) / 500) % l.size() == k ? 0 : 1;
    });
    // Coins of all advisers: the bound cannot be much smaller than this regret.
    const double coins = check("coins", [&](const hedge&, int, std::vector<double>& l) {
      for (double& x : l) x = random.uniform() < 0.5 ? 1 : 0;
    });
    if (n == 30) CHECK(coins > bound / 4);
  }
}

TEST_CASE("the leader is drawn with the probabilities of Hedge at every step, though it is lazy") {
  const int runs = 4000;
  const int steps = 30;
  int led[3] = {0, 0, 0};
  double expected[3] = {0, 0, 0};
  double switches = 0;
  double suffered = 0;
  const double rate = 0.3;
  for (int k = 0; k < runs; ++k) {
    hedge choice(3, {.horizon = 1000, .rate = rate}, static_cast<std::uint64_t>(k));
    for (int t = 0; t < steps; ++t) {
      const std::vector<double> losses{t % 2 * 0.8, 0.5, t < 15 ? 0.1 : 0.9};
      suffered += losses[choice.leader()] / runs;
      choice.tell(losses);
    }
    ++led[choice.leader()];
    for (std::size_t i = 0; i < 3; ++i) expected[i] = choice.probabilities()[i];
    switches += static_cast<double>(choice.switches()) / runs;
    CHECK(choice.switch_bound(steps) == Approx(rate * steps));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i, led[i], expected[i]);
    const double deviation = std::sqrt(expected[i] * (1 - expected[i]) / runs);
    CHECK(std::abs(led[i] / static_cast<double>(runs) - expected[i]) < 4 * deviation);
  }
  CAPTURE(switches, suffered);
  CHECK(switches <= rate * suffered);
  CHECK(switches > 0.3 * rate * suffered);  // and it does switch
}

TEST_CASE("after an epoch only new losses count, and the leader stays until something speaks against it") {
  hedge choice(2, {.horizon = 50, .rate = 1}, 3);
  for (int t = 0; t < 49; ++t) choice.tell(std::vector<double>{1, 0});
  CHECK(choice.leader() == 1);
  CHECK(choice.probabilities()[1] > 0.999);
  choice.tell(std::vector<double>{1, 0});
  CHECK(choice.probabilities()[1] == 0.5);
  CHECK(choice.leader() == 1);
  for (int t = 0; t < 30; ++t) choice.tell(std::vector<double>{0, 1});
  CHECK(choice.leader() == 0);
}

TEST_CASE("Hedge ignores a step with a loss that is not finite, is stored, and allocates on construction only") {
  hedge one(2, {}, 5);
  CHECK_FALSE(one.tell(std::vector<double>{0, std::numeric_limits<double>::quiet_NaN()}));
  CHECK(one.steps() == 0);
  CHECK_THROWS_WITH(one.tell(std::vector<double>{0}), "hedge: number of losses is 1, must be that of the advisers, 2");
  const std::vector<double> losses{0.2, 0.9};
  CHECK(allocations_in([&] { one.tell(losses); }) == 0);
  checkpoint c;
  store(one, c, "hedge");
  hedge two(2, {}, 99);
  restore(two, c, "hedge");
  for (int t = 0; t < 500; ++t) {
    one.tell(losses);
    two.tell(losses);
    CHECK(one.leader() == two.leader());
  }
  CHECK(one.switches() == two.switches());
  CHECK_THROWS_WITH(hedge(0, {}, 1), "hedge: number of advisers is 0, must be from 1 to 1000000");
  CHECK_THROWS(hedge(2, {.horizon = 0}, 1));
}
