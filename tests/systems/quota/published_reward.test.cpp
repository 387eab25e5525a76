#include <headroom/systems/quota/published_reward.hpp>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct outcome {
  double oom_kills = 0;
  double latency_ratio = 1;
  double saving = 0;
};
static_assert(Reward<quota::published_reward, outcome, int>);
static_assert(Reward<quota::saving, outcome, int>);

double of(const auto& reward, const outcome& next) { return reward(outcome{}, 0, next); }

}  // namespace

TEST_CASE("the published feedback: 20 % cost 1, 200 % and killed pods 10, less than 20 % nothing") {
  const quota::published_reward r;
  CHECK(of(r, {0, 1}) == 0);
  CHECK(of(r, {0, 0.5}) == 0);
  CHECK(of(r, {0, 1.19}) == 0);
  CHECK(of(r, {0, 1.2}) == Approx(-1));
  CHECK(of(r, {0, 1.5}) == -2.5);
  CHECK(of(r, {0, 3}) == -10);
  CHECK(of(r, {0, 9}) == -10);
  CHECK(of(r, {1, 1}) == -10);
  CHECK(of(r, {6, 1, 1}) == -10);
  CHECK(of(r, {0, -1}) == -5);
  CHECK(of(quota::published_reward{quota::reward_options::published()}, {0, -1}) == 0);
  CHECK(r.lowest() == -10);
  CHECK(r.highest() == 0);
}

TEST_CASE("the objective adds what was saved, by name") {
  const auto r = quota::objective(2);
  CHECK(of(r, {0, 1.5, 0.25}) == -2.0);
  const auto parts = r.breakdown(outcome{}, 0, outcome{0, 1.5, 0.25});
  CHECK(parts[0].name == "service");
  CHECK(parts[0].value == -2.5);
  CHECK(parts[1].name == "saving");
  CHECK(parts[1].value == 0.5);
  CHECK(r.lowest() == -12);
  CHECK(r.highest() == 2);
}

TEST_CASE("quota::published_reward refuses a reward that makes no sense") {
  CHECK_THROWS_WITH(quota::published_reward({.oom = 0}),
                    "quota::published_reward: oom is 0, must be positive and finite");
  CHECK_THROWS_WITH(quota::published_reward({.threshold = 0.9}),
                    "quota::published_reward: threshold is 0.9, must be at least 1");
  CHECK_THROWS_WITH(quota::published_reward({.per_percent = 0}),
                    "quota::published_reward: per_percent is 0, must be positive and finite");
  CHECK_THROWS_WITH(quota::published_reward({.unmeasured = 11}),
                    "quota::published_reward: unmeasured is 11, must be from 0 to oom, 10");
}
