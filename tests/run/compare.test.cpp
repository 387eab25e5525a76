#include <headroom/run/compare.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <headroom/baselines/constant.hpp>
#include <headroom/systems/farm/reactive_average.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/score.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

using any_farm_policy = any_policy<farm::observation, int>;

// Writes down what was really played.
struct watched_farm {
  using observation_type = farm::observation;
  using action_type = int;
  farm::environment inner;
  std::vector<std::vector<double>>* arrivals;
  std::vector<std::vector<double>>* services;
  farm::observation reset() {
    const farm::observation o = inner.reset();
    arrivals->push_back(inner.requests().time_s);
    services->push_back(inner.service_times());
    return o;
  }
  step_result<farm::observation> step(int delta) { return inner.step(delta); }
};

constexpr auto make = [](std::uint64_t seed) { return farm::environment(seed); };
auto score() { return farm::score{farm::published_reward{}}; }

std::vector<named<any_farm_policy>> contenders() {
  std::vector<named<any_farm_policy>> list;
  list.push_back({"fourteen", constant{14, &farm::observation::workers, {.maximum = 32, .max_up = 1, .max_down = 1}}});
  list.push_back({"reactive", farm::reactive_average{}});
  return list;
}

}  // namespace

TEST_CASE("every policy of a comparison meets the same episodes") {
  std::vector<std::vector<double>> arrivals;
  std::vector<std::vector<double>> services;
  auto policies = contenders();
  const auto seeds = seed_range(500, 3);
  const comparison c = compare(
      [&](std::uint64_t seed) {
        return watched_farm{farm::environment(seed), &arrivals, &services};
      },
      std::span(policies), seeds, score());
  REQUIRE(arrivals.size() == 6);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(arrivals[k].size() == 1140);
    CHECK(arrivals[k] == arrivals[k + 3]);
    CHECK(services[k] == services[k + 3]);
  }
  CHECK(arrivals[0] != arrivals[1]);
  CHECK(services[0] != services[1]);
  CHECK(c.of("fourteen").result.seeds == seeds);
  CHECK(c.of("reactive").result.seeds == seeds);
  CHECK_FALSE(c.stopped);
}

TEST_CASE("a comparison says of each policy what an evaluation of it alone says") {
  auto policies = contenders();
  const auto seeds = seed_range(500, 3);
  const comparison c = compare(make, std::span(policies), seeds, score());
  REQUIRE(c.contenders.size() == 2);
  CHECK(c.contenders[0].name == "fourteen");
  CHECK(c.contenders[1].name == "reactive");
  for (auto& one : policies) {
    const evaluation alone = evaluate(make, one.policy, seeds, score());
    CHECK(c.of(one.name).result.values == alone.values);
  }
}

TEST_CASE("the paired difference is taken seed by seed") {
  comparison c;
  c.contenders = {{"a", {{"cost"}, {1, 2, 3}, {{10, 20, 33}}, false}},
                  {"b", {{"cost"}, {1, 2, 3}, {{9, 18, 30}}, false}}};
  const summary d = c.difference("a", "b", "cost");  // 1, 2, 3: the spread of the seeds is gone
  CHECK(d.count == 3);
  CHECK(d.mean == 2);
  CHECK(d.deviation == 1);
  CHECK(c.difference("b", "a", "cost").mean == -2);
  CHECK(c.difference("a", "a", "cost").deviation == 0);
  CHECK(c.of("a").result.summarized("cost").deviation > 11);
}

TEST_CASE("what cannot be compared is refused with a sentence") {
  comparison c;
  c.contenders = {{"a", {{"cost"}, {1, 2}, {{10, 20}}, false}}, {"b", {{"cost"}, {1}, {{9}}, true}}};
  CHECK_THROWS_WITH(c.difference("a", "b", "cost"), "comparison: number of episodes of b is 1, must equal 2");
  CHECK_THROWS_WITH(c.difference("a", "c", "cost"), "comparison: contender is c, must be one that was compared");
  CHECK_THROWS_WITH(c.difference("a", "b", "joy"), "evaluation: metric is joy, must be one of the score's names");
  auto policies = contenders();
  CHECK_THROWS_WITH(compare(make, std::span(policies), std::vector<std::uint64_t>{}, score()),
                    "evaluate: number of seeds is 0, must be at least 1");
}

TEST_CASE("a difference is only paired when the seeds are the same ones") {
  comparison c;
  c.contenders = {{"a", {{"cost"}, {1, 2}, {{10, 20}}, false}}, {"b", {{"cost"}, {1, 3}, {{9, 9}}, false}}};
  CHECK_THROWS_WITH(c.difference("a", "b", "cost"), "comparison: seed 1 of b is 3, must equal 2");
}

TEST_CASE("a stopped comparison keeps what is complete and begins nothing new") {
  auto policies = contenders();
  const auto seeds = seed_range(500, 3);
  struct breaker {
    int at;
    int n = 0;
    bool on_stop(const farm::observation&, episode) { return ++n == at; }
  };
  const comparison first = compare(make, std::span(policies), seeds, score(), breaker{2});
  CHECK(first.stopped);
  REQUIRE(first.contenders.size() == 1);
  CHECK(first.contenders[0].result.seeds == std::vector<std::uint64_t>{500, 501});
  const comparison second = compare(make, std::span(policies), seeds, score(), breaker{4});
  CHECK(second.stopped);
  REQUIRE(second.contenders.size() == 2);
  CHECK(second.contenders[0].result.seeds.size() == 3);
  CHECK(second.contenders[1].result.seeds == std::vector<std::uint64_t>{500});
}

TEST_CASE("names come from literals and from strings") {
  const named literal{"twelve", 12};
  const named text{std::string("thirteen"), 13};
  CHECK(literal.name == "twelve");
  CHECK(text.name == "thirteen");
}
