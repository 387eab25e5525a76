#include <headroom/policies/quota_strategies.hpp>

#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

quota_agent agent(const char* name, double created_s, int priority = 0, quota_factors f = {}, double weight = 1) {
  quota_agent a;
  a.name = name;
  a.created_s = created_s;
  a.priority = priority;
  a.factors = f;
  a.weight = weight;
  return a;
}
quota_ruling rule(const quota_strategy& strategy, const std::vector<quota_agent>& agents) {
  std::vector<const quota_agent*> contenders;
  for (const quota_agent& a : agents) contenders.push_back(&a);
  return strategy(contenders);
}

}  // namespace

TEST_CASE("the youngest yields, and of one age the last name") {
  CHECK(rule(youngest_yields{}, {agent("a", 1), agent("b", 3), agent("c", 2)}).yields == 1);
  CHECK(rule(youngest_yields{}, {agent("c", 1), agent("a", 1), agent("b", 1)}).yields == 0);
}

TEST_CASE("the lowest priority yields, and of one priority the youngest") {
  CHECK(rule(priority_wins{}, {agent("a", 1, 2), agent("b", 3, 3), agent("c", 2, -1)}).yields == 2);
  const quota_ruling r = rule(priority_wins{}, {agent("a", 1, 2), agent("b", 3, 2), agent("c", 9, 7)});
  CHECK(r.yields == 1);
  CHECK(r.reason == "it is the youngest of those with the lowest priority, 2");
}

TEST_CASE("the tightest factor of each resource, whoever it is of") {
  const quota_ruling r = rule(tightest_wins{}, {agent("a", 1, 0, {0.5, 1}), agent("b", 1, 0, {0.8, 0.7})});
  CHECK(r.yields == quota_ruling::nobody);
  CHECK(r.together == quota_factors{0.5, 0.7});
}

TEST_CASE("the mean of the factors by weight") {
  const quota_ruling r = rule(weighted_share{}, {agent("a", 1, 0, {0.5, 1}, 3), agent("b", 1, 0, {1.5, 0.5}, 1)});
  CHECK(r.yields == quota_ruling::nobody);
  CHECK(r.together == quota_factors{0.75, 0.875});
}
