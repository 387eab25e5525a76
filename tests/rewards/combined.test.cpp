#include <headroom/rewards/combined.hpp>

#include <string>

#include <headroom/io/state.hpp>
#include <headroom/rewards/terms.hpp>
#include <headroom/rewards/weighted.hpp>

#include "catch.hpp"
#include "rewards/bounded.hpp"

using namespace small_rewards;

namespace {

// A reward of which only the bounds matter.
struct ranged {
  double from;
  double to;
  template <class Observation, class Action>
  double operator()(const Observation&, const Action&, const Observation&) const {
    return from;
  }
  [[nodiscard]] double lowest() const { return from; }
  [[nodiscard]] double highest() const { return to; }
};

}  // namespace

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

TEST_CASE("product: its bounds are those of all four products of bounds, wherever zero lies") {
  const struct {
    double a[2];
    double b[2];
    double lowest;
    double highest;
  } cases[] = {{{-2, 3}, {-5, 7}, -15, 21},  {{-3, 2}, {-7, 5}, -15, 21},  {{-3, 2}, {-5, 7}, -21, 15},
               {{-2, 3}, {-7, 5}, -21, 15},  {{-8, 3}, {-1, 7}, -56, 21},  {{-3, 8}, {-7, 1}, -56, 21},
               {{2, 3}, {5, 7}, 10, 21},     {{-3, -2}, {-7, -5}, 10, 21}, {{-3, -2}, {5, 7}, -21, -10},
               {{2, 3}, {-7, -5}, -21, -10}, {{2, 3}, {-5, 7}, -15, 21},   {{0.5, 0.75}, {4, 8}, 2, 6}};
  for (const auto& [a, b, lowest, highest] : cases) {
    const product both{ranged{a[0], a[1]}, ranged{b[0], b[1]}};
    INFO(a[0] << ' ' << a[1] << " times " << b[0] << ' ' << b[1]);
    CHECK(both.lowest() == lowest);
    CHECK(both.highest() == highest);
  }
}

TEST_CASE("a checkpoint says of what a combined reward is made, and refuses another") {
  const auto stored_as = [](const auto& from, auto into) -> std::string {
    headroom::checkpoint c;
    headroom::store(from, c, "reward");
    try {
      headroom::restore(into, c, "reward");
    } catch (const headroom::checkpoint_error& e) {
      return e.what();
    }
    return {};
  };
  const minmax seen{&sample::latency, 0, 10};
  const minmax wider{&sample::latency, 0, 20};
  CHECK(stored_as(finite_or{-0.5, seen}, finite_or{-0.5, seen}).empty());
  CHECK(stored_as(if_refused{-5, seen}, if_refused{-5, seen}).empty());
  CHECK(stored_as(finite_or{-0.5, seen}, finite_or{-0.25, seen}) ==
        "checkpoint: reward: value is -0.5 in the file, here -0.25");
  CHECK(stored_as(if_refused{-5, seen}, if_refused{-4, seen}) ==
        "checkpoint: reward: value is -5 in the file, here -4");
  CHECK(stored_as(finite_or{-0.5, seen}, if_refused{-0.5, seen}) ==
        "checkpoint: reward: kind is \"finite_or\" in the file, here \"if_refused\"");
  CHECK(stored_as(if_refused{-0.5, seen}, finite_or{-0.5, seen}) ==
        "checkpoint: reward: kind is \"if_refused\" in the file, here \"finite_or\"");
  CHECK(stored_as(finite_or{-5, seen}, finite_or{-5, wider}) ==
        "checkpoint: reward.of: high is 10 in the file, here 20");
  CHECK(stored_as(if_refused{-5, seen}, if_refused{-5, wider}) ==
        "checkpoint: reward.of: high is 10 in the file, here 20");
  CHECK(stored_as(product{seen, seen}, product{seen, wider}) ==
        "checkpoint: reward.second: high is 10 in the file, here 20");
  CHECK(stored_as(product{seen, seen}, product{wider, seen}) ==
        "checkpoint: reward.first: high is 10 in the file, here 20");
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
