#include <headroom/rewards/weighted.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/rewards/cost.hpp>
#include <headroom/rewards/missed.hpp>
#include <headroom/rewards/slo.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "first_failure.hpp"

using namespace headroom;

namespace {

struct sample {
  double p95_s = 0;
  double replicas = 0;
  double in_time = 1;
  double finished = 0;
};

auto objective() {
  return weighted{term{"slo", 10, slo{&sample::p95_s, good_when::below, 0.5, 2.5}},
                  term{"replicas", 0.3, cost{&sample::replicas, 32}}, term{"churn", -0.7, churn{4}},
                  term{"late", 3, missed{&sample::in_time, &sample::finished, 100}}};
}

// Bounds that are not [-1, 0], to see that both ends count.
struct profit {
  double operator()(const sample&, int, const sample& next) const { return next.replicas; }
  [[nodiscard]] double lowest() const { return low; }
  [[nodiscard]] double highest() const { return high; }
  double low = -2;
  double high = 5;
};

}  // namespace

TEST_CASE("weighted: the sum of its terms, each times its weight") {
  const auto r = objective();
  static_assert(Reward<decltype(r), sample, int>);
  const sample before{0, 0, 1, 1000};
  const sample next{1.5, 8, 0.5, 1040};
  // 10 * -0.5, 0.3 * -0.25, -0.7 * -0.5, 3 * -0.2
  CHECK(r(before, 2, next) == Approx(-5 - 0.075 + 0.35 - 0.6).epsilon(1e-15));
}

TEST_CASE("weighted: the breakdown names each term, in order, and sums to the value") {
  const auto r = objective();
  const auto parts = r.breakdown(sample{0, 0, 1, 1000}, 2, sample{1.5, 8, 0.5, 1040});
  REQUIRE(parts.size() == 4);
  CHECK(parts[0].name == "slo");
  CHECK(parts[0].value == -5);
  CHECK(parts[1].name == "replicas");
  CHECK(parts[1].value == 0.3 * -0.25);
  CHECK(parts[2].name == "churn");
  CHECK(parts[2].value == -0.7 * -0.5);
  CHECK(parts[3].name == "late");
  CHECK(parts[3].value == Approx(-0.6).epsilon(1e-15));

  engine random(1);
  for (int i = 0; i < 10'000; ++i) {
    const sample o{0, 0, 1, uniform(random, 0, 1000)};
    const sample next{uniform(random, 0, 3), uniform(random, 0, 40), random.uniform(), uniform(random, 0, 2000)};
    const int delta = static_cast<int>(random.below(9)) - 4;
    double sum = 0;
    for (const auto& part : r.breakdown(o, delta, next)) sum += part.value;
    // Two orders of adding the same four numbers, 14 at most in sum: each of three additions errs by half a unit in the
    // last place.
    REQUIRE(std::abs(sum - r(o, delta, next)) <= 2 * 3 * 14 * 0x1.0p-53);
  }
}

TEST_CASE("weighted: every value lies within the bounds, and both are reached") {
  const auto r = objective();
  CHECK(r.lowest() == -10 - 0.3 - 3);  // a negative weight turns its term's bounds around
  CHECK(r.highest() == 0.7);
  engine random(2);
  first_failure inside;
  for (int i = 0; i < 100'000; ++i) {
    const sample o{normal(random, 0, 10), normal(random, 0, 100), normal(random), normal(random, 0, 1000)};
    const sample next{normal(random, 0, 10), normal(random, 0, 100), normal(random), normal(random, 0, 1000)};
    const double value = r(o, static_cast<int>(random.below(101)) - 50, next);
    inside.holds(value >= r.lowest() && value <= r.highest(), value);  // rounding is monotone: no margin
  }
  CHECK(inside.report() == "");
  CHECK(r(sample{}, 0, sample{1e9, 1e9, 0, 1e9}) == r.lowest());
  CHECK(r(sample{}, 100, sample{0, 0, 1, 0}) == r.highest());

  const weighted both{term{"plus", 2, profit{}}, term{"minus", -1, profit{}}};
  CHECK(both.lowest() == 2 * -2 - 5);
  CHECK(both.highest() == 2 * 5 + 2);
  const weighted nested{term{"all", 2, both},
                        term{"one", 1, profit{}}};  // a weighted reward states its bounds, so it is a term
  CHECK(nested.lowest() == 2 * -9 - 2);
  CHECK(nested(sample{}, 0, sample{0, 3, 1, 0}) == 2 * 3 + 3);
}

TEST_CASE("weighted: a weight of zero silences a term") {
  const weighted r{term{"silent", 0, profit{}}, term{"heard", 1, cost{&sample::replicas, 4}}};
  CHECK(r(sample{}, 0, sample{0, 1, 1, 0}) == -0.25);
  CHECK(r.lowest() == -1);
  CHECK(r.highest() == 0);
}

TEST_CASE("weighted: a weight that is not finite, or bounds the wrong way round, are refused") {
  const auto with = [](double weight, profit p) {
    return weighted{term{"good", 1, churn{}}, term{"income", weight, p}};
  };
  CHECK_THROWS_WITH(with(std::numeric_limits<double>::quiet_NaN(), profit{}),
                    "weighted: weight of income is nan, must be finite");
  CHECK_THROWS_WITH(with(std::numeric_limits<double>::infinity(), profit{}),
                    "weighted: weight of income is inf, must be finite");
  CHECK_THROWS_WITH(with(1, profit{2, 1}), "weighted: lowest of income is 2, must not be above highest");
}

TEST_CASE("weighted: neither the value nor the breakdown allocates") {
  const auto r = objective();
  CHECK(allocations_in([&] {
          (void)r(sample{}, 1, sample{});
          (void)r.breakdown(sample{}, 1, sample{});
        }) == 0);
}
