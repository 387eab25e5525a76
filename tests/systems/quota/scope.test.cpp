#include <headroom/systems/quota/scope.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

quota::agent agent(quota::scope scope, const char* space, const char* deployment, const char* node) {
  quota::agent a;
  a.name = "a";
  a.scope = scope;
  a.space = space;
  a.deployment = deployment;
  a.node = node;
  return a;
}

const quota::agent one = agent(quota::scope::deployment, "shop", "cart", "");
const quota::agent all = agent(quota::scope::space, "shop", "", "");
const quota::agent node = agent(quota::scope::node, "ops", "", "n2");

}  // namespace

TEST_CASE("a scope holds its deployment, its namespace, or whatever has a pod on its node") {
  const quota::target cart{"shop", "cart", {"n1", "n2"}};
  const quota::target till{"shop", "till", {"n1"}};
  const quota::target other{"bank", "cart", {"n2"}};
  CHECK(quota::covers(one, cart));
  CHECK_FALSE(quota::covers(one, till));
  CHECK_FALSE(quota::covers(one, other));
  CHECK(quota::covers(all, cart));
  CHECK(quota::covers(all, till));
  CHECK_FALSE(quota::covers(all, other));
  CHECK(quota::covers(node, cart));
  CHECK_FALSE(quota::covers(node, till));
  CHECK(quota::covers(node, other));  // in whichever namespace
}

TEST_CASE("overlaps are the pairs that meet, target by target") {
  const std::vector<quota::agent> agents{all, node, one};
  const std::vector<quota::target> there{
      {"shop", "cart", {"n1", "n2"}}, {"shop", "till", {"n1"}}, {"bank", "cart", {"n2"}}, {"shop", "desk", {"n2"}}};
  CHECK(quota::overlaps(agents, there) == std::vector<quota::overlap>{{0, 1, 0}, {0, 2, 0}, {1, 2, 0}, {0, 1, 3}});
  CHECK(quota::overlaps({}, there).empty());
  CHECK(quota::overlaps(agents, {}).empty());
}

TEST_CASE("published names, of which two targets can have the same") {
  CHECK(quota::published_name(one) == "deployment-shop-cart");
  CHECK(quota::published_name(all) == "namespace-shop");
  CHECK(quota::published_name(node) == "node-n2");
  CHECK(quota::published_name(agent(quota::scope::deployment, "a", "b-c", "")) ==
        quota::published_name(agent(quota::scope::deployment, "a-b", "c", "")));
}

TEST_CASE("declarations that cannot be meant are refused") {
  quota::agent a = one;
  a.factors.memory = 10.5;
  CHECK_THROWS_WITH(checked(a), "quota::agent: memory factor of a is 10.5, must be in (0, 10]");
  a = one;
  a.factors.cpu = std::nan("");
  CHECK_THROWS_WITH(checked(a), "quota::agent: cpu factor of a is nan, must be in (0, 10]");
  a = one;
  a.weight = 0;
  CHECK_THROWS_WITH(checked(a), "quota::agent: weight of a is 0, must be positive and finite");
  a = one;
  a.deployment = "";
  CHECK_THROWS_WITH(checked(a), "quota::agent: deployment of a is nothing, must be named, its scope asks for it");
  a = node;
  a.node = "";
  CHECK_THROWS_WITH(checked(a), "quota::agent: node of a is nothing, must be named, its scope asks for it");
  a = all;
  a.space = "";
  CHECK_THROWS_WITH(checked(a), "quota::agent: namespace of a is nothing, must be named, its scope asks for it");
  a.name = "";
  CHECK_THROWS_WITH(checked(a), "quota::agent: name is nothing, must be a name");
  a = node;
  a.space = "";
  CHECK_NOTHROW(checked(a));
}
