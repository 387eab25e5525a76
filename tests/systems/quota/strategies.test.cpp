#include <headroom/systems/quota/strategies.hpp>

#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

quota::agent agent(const char* name, double created_s, int priority = 0, quota::factors f = {}, double weight = 1) {
  quota::agent a;
  a.name = name;
  a.created_s = created_s;
  a.priority = priority;
  a.factors = f;
  a.weight = weight;
  return a;
}
quota::ruling rule(const quota::strategy& strategy, const std::vector<quota::agent>& agents) {
  std::vector<const quota::agent*> contenders;
  for (const quota::agent& a : agents) contenders.push_back(&a);
  return strategy(contenders);
}

}  // namespace

TEST_CASE("the youngest yields, and of one age the last name") {
  CHECK(rule(quota::youngest_yields{}, {agent("a", 1), agent("b", 3), agent("c", 2)}).yields == 1);
  CHECK(rule(quota::youngest_yields{}, {agent("c", 1), agent("a", 1), agent("b", 1)}).yields == 0);
}

TEST_CASE("the lowest priority yields, and of one priority the youngest") {
  CHECK(rule(quota::priority_wins{}, {agent("a", 1, 2), agent("b", 3, 3), agent("c", 2, -1)}).yields == 2);
  const quota::ruling r = rule(quota::priority_wins{}, {agent("a", 1, 2), agent("b", 3, 2), agent("c", 9, 7)});
  CHECK(r.yields == 1);
  CHECK(r.reason == "it is the youngest of those with the lowest priority, 2");
}

TEST_CASE("the tightest factor of each resource, whoever it is of") {
  const quota::ruling r = rule(quota::tightest_wins{}, {agent("a", 1, 0, {0.5, 1}), agent("b", 1, 0, {0.8, 0.7})});
  CHECK(r.yields == quota::ruling::nobody);
  CHECK(r.together == quota::factors{0.5, 0.7});
}

TEST_CASE("the mean of the factors by weight") {
  const quota::ruling r =
      rule(quota::weighted_share{}, {agent("a", 1, 0, {0.5, 1}, 3), agent("b", 1, 0, {1.5, 0.5}, 1)});
  CHECK(r.yields == quota::ruling::nobody);
  CHECK(r.together == quota::factors{0.75, 0.875});
}
