#include <headroom/rewards/combined.hpp>

#include <headroom/rewards/terms.hpp>
#include <headroom/rewards/weighted.hpp>

#include "catch.hpp"
#include "rewards/bounded.hpp"

using namespace small_rewards;

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
