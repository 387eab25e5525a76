#include <headroom/policies/pausable.hpp>

#include <limits>
#include <string_view>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

TEST_CASE("policies.pausable: an operator's order holds for as long as it stands") {
  pause_order order{};
  int asked = 0;
  pausable policy{wisher{}, &sample::replicas, [&] { return ++asked, order; }};
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  const auto why = [&] {
    std::string_view text;
    policy.explain([&](const guard_note& n) { text = n.why; });
    return text;
  };
  CHECK(policy.start(sample{0, 4, +2}) == +2);
  CHECK(why().empty());
  order.kind = pause_kind::hold;
  CHECK(policy.step(sample{1, 6, +2}) == 0);
  CHECK(why() == "an operator paused scaling");
  CHECK(policy.step(sample{2, 6, -2}) == 0);
  order.kind = pause_kind::no_down;
  CHECK(policy.step(sample{3, 6, -2}) == 0);
  CHECK(why() == "an operator allows no scale-down");
  CHECK(policy.step(sample{4, 6, +2}) == +2);
  order.kind = pause_kind::no_up;
  CHECK(policy.step(sample{5, 8, +2}) == 0);
  CHECK(why() == "an operator allows no scale-up");
  CHECK(policy.step(sample{6, 8, -2}) == -2);
  order = {pause_kind::at, 10};
  CHECK(policy.step(sample{7, 6, -2}) == +4);
  CHECK(why() == "an operator set the number of replicas");
  CHECK(policy.step(sample{8, 10, -2}) == 0);
  CHECK(policy.step(sample{9, std::numeric_limits<double>::quiet_NaN(), -2}) == 0);
  order = {};
  CHECK(policy.step(sample{10, 10, -2}) == -2);
  CHECK(asked == 11);
  CHECK(policy.inner().told == std::vector<int>{0, 0, 0, 0, 4, 0, 0});
  CHECK(policy.inner().steps == 10);
}
