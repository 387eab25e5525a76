#include <headroom/rewards/terms.hpp>

#include <cmath>
#include <limits>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/rewards/weighted.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double done = 0;
  double asked = 1;
  double latency = 0;
  double cpu = 0;
  bool refused_move = false;
};
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

template <class R>
double after(const R& reward, const sample& next) {
  static_assert(Reward<R, sample, int>);
  return reward(sample{}, 0, next);
}

// Over a sample that is wider than any range here: within the bounds that the reward states.
template <class R>
bool bounded(const R& reward) {
  engine random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto any = [&] { return normal(random, 0, 300); };
    const sample o{any(), any(), any(), any(), false};
    const double r = reward(o, 0, sample{any(), any(), any(), any(), random.below(2) == 0});
    if (!(r >= reward.lowest() && r <= reward.highest())) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("ratio_clip: one feature in proportion to another, up to a limit") {
  const ratio_clip served{&sample::done, &sample::asked};
  CHECK(after(served, {30, 40}) == 0.75);
  CHECK(after(served, {50, 40}) == 1);
  CHECK(after(served, {-1, 40}) == 0);
  CHECK(after(served, {1, 0}) == 1);
  CHECK(std::isnan(after(served, {0, 0})));
  CHECK(std::isnan(after(served, {nan_value, 40})));
  const ratio_clip wide{&sample::done, &sample::asked, 3};
  CHECK(after(wide, {50, 40}) == 1.25);
  CHECK(after(wide, {500, 40}) == 3);
  CHECK(wide.lowest() == 0);
  CHECK(wide.highest() == 3);
  CHECK(bounded(wide));
  CHECK_THROWS_WITH((ratio_clip{&sample::done, &sample::asked, 0}),
                    "ratio_clip: most is 0, must be positive and finite");
}

TEST_CASE("within_reference: 1 up to the reference, falling as its inverse beyond") {
  const within_reference fast{&sample::latency, 20};
  CHECK(after(fast, {0, 1, 5}) == 1);
  CHECK(after(fast, {0, 1, 20}) == 1);
  CHECK(after(fast, {0, 1, 80}) == 0.25);
  CHECK(after(fast, {0, 1, infinity}) == 0);
  CHECK(bounded(fast));
  CHECK_THROWS_WITH((within_reference{&sample::latency, -1}),
                    "within_reference: reference is -1, must be positive and finite");
}

TEST_CASE("minmax: a known range to [0, 1], clamped") {
  const minmax m{&sample::latency, 10, 50};
  CHECK(after(m, {0, 1, 10}) == 0);
  CHECK(after(m, {0, 1, 20}) == 0.25);
  CHECK(after(m, {0, 1, 50}) == 1);
  CHECK(after(m, {0, 1, 60}) == 1);
  CHECK(after(m, {0, 1, -60}) == 0);
  CHECK(std::isnan(after(m, {0, 1, nan_value})));
  CHECK(bounded(m));
  CHECK_THROWS_WITH((minmax{&sample::latency, 1, 1}), "minmax: high is 1, must be finite and above low");
  CHECK_THROWS_WITH((minmax{&sample::latency, nan_value, 1}), "minmax: low is nan, must be finite");
}

TEST_CASE("soft limits are a half at their centre, and the tanh is the sigmoid at half the width") {
  const tanh_limit t{&sample::latency, 20, 4};
  const sigmoid_limit s{&sample::latency, 20, 2};
  CHECK(after(t, {0, 1, 20}) == 0.5);
  CHECK(after(s, {0, 1, 20}) == 0.5);
  CHECK(after(sigmoid_limit{&sample::latency, 20, 1}, {0, 1, 20 - std::log(3.0)}) == Approx(0.75).epsilon(1e-14));
  for (const double x : {-10.0, 0.0, 13.0, 19.0, 21.0, 40.0}) {
    CHECK(after(t, {0, 1, x}) == Approx(after(s, {0, 1, x})).epsilon(1e-12));
    CHECK(after(tanh_limit{&sample::latency, 20, -4}, {0, 1, x}) == Approx(1 - after(t, {0, 1, x})).margin(1e-15));
  }
  CHECK(after(s, {0, 1, infinity}) == 0);
  CHECK(after(s, {0, 1, -infinity}) == 1);
  CHECK(after(t, {0, 1, infinity}) == 0);
  CHECK(bounded(t));
  CHECK(bounded(s));
  CHECK_THROWS_WITH((tanh_limit{&sample::latency, 20, 0}), "tanh_limit: width is 0, must be finite and not 0");
  CHECK_THROWS_WITH((sigmoid_limit{&sample::latency, infinity, 1}), "sigmoid_limit: centre is inf, must be finite");
}

TEST_CASE("switching: how far a feature went, as a part of its range") {
  const switching moved{&sample::cpu, 8};
  const sample at_two{0, 1, 0, 2};
  CHECK(moved(at_two, 0, sample{0, 1, 0, 4}) == -0.25);
  CHECK(moved(at_two, 0, sample{0, 1, 0, 1}) == -0.125);
  CHECK(moved(at_two, 0, at_two) == 0);
  CHECK(moved(at_two, 0, sample{0, 1, 0, 40}) == -1);
  CHECK(bounded(moved));
  CHECK_THROWS_WITH((switching{&sample::cpu, 0}), "switching: range is 0, must be positive and finite");
}

TEST_CASE("product: each is worth something only with the other, whatever the signs of their bounds") {
  const ratio_clip served{&sample::done, &sample::asked};
  const product both{served, minmax{&sample::latency, 0, 100}};
  CHECK(after(both, {30, 40, 50}) == 0.375);
  CHECK(after(both, {0, 40, 50}) == 0);
  CHECK(both.lowest() == 0);
  CHECK(both.highest() == 1);
  const product mixed{weighted{term{"up", 2, served}, term{"down", -3, minmax{&sample::latency, 0, 1}}},
                      weighted{term{"moved", 5, switching{&sample::cpu, 1}}}};
  CHECK(mixed.lowest() == -10);  // [-3, 2] times [-5, 0]
  CHECK(mixed.highest() == 15);
  CHECK(bounded(mixed));
}

TEST_CASE("finite_or replaces what cannot be told, if_refused what did not happen") {
  const finite_or safe{-0.5, minmax{&sample::latency, 0, 10}};
  CHECK(after(safe, {0, 1, 5}) == 0.5);
  CHECK(after(safe, {0, 1, nan_value}) == -0.5);
  CHECK(safe.lowest() == -0.5);
  CHECK(safe.highest() == 1);
  const if_refused paid{-5, safe};
  CHECK(after(paid, {0, 1, 5, 0, true}) == -5);
  CHECK(after(paid, {0, 1, 5, 0, false}) == 0.5);
  CHECK(after(paid, {0, 1, nan_value, 0, true}) == -5);
  CHECK(paid.lowest() == -5);
  CHECK(paid.highest() == 1);
  CHECK(if_refused{3, safe}.highest() == 3);
  CHECK(bounded(paid));
  CHECK(paid.inner().inner().highest() == 1);
  CHECK_THROWS_WITH((finite_or{nan_value, safe}), "finite_or: value is nan, must be finite");
  CHECK_THROWS_WITH((if_refused{infinity, safe}), "if_refused: value is inf, must be finite");
}

TEST_CASE("a composition of terms allocates nothing") {
  const if_refused all{-1, finite_or{0, weighted{term{"served", 0.5, ratio_clip{&sample::done, &sample::asked}},
                                                 term{"moved", 0.5, switching{&sample::cpu, 8}}}}};
  CHECK(allocations_in([&] { (void)after(all, {1, 2, 3, 4, false}); }) == 0);
}
