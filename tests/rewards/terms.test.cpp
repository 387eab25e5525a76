#include <headroom/rewards/terms.hpp>

#include <cmath>

#include <headroom/rewards/weighted.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "rewards/bounded.hpp"

using namespace small_rewards;

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

TEST_CASE("a composition of terms allocates nothing") {
  const if_refused all{-1, finite_or{0, weighted{term{"served", 0.5, ratio_clip{&sample::done, &sample::asked}},
                                                 term{"moved", 0.5, switching{&sample::cpu, 8}}}}};
  CHECK(allocations_in([&] { (void)after(all, {1, 2, 3, 4, false}); }) == 0);
}
