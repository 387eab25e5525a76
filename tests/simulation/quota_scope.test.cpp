#include <headroom/simulation/quota_scope.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

quota_agent agent(quota_scope scope, const char* space, const char* deployment, const char* node) {
  quota_agent a;
  a.name = "a";
  a.scope = scope;
  a.space = space;
  a.deployment = deployment;
  a.node = node;
  return a;
}

const quota_agent one = agent(quota_scope::deployment, "shop", "cart", "");
const quota_agent all = agent(quota_scope::space, "shop", "", "");
const quota_agent node = agent(quota_scope::node, "ops", "", "n2");

}  // namespace

TEST_CASE("a scope holds its deployment, its namespace, or whatever has a pod on its node") {
  const quota_target cart{"shop", "cart", {"n1", "n2"}};
  const quota_target till{"shop", "till", {"n1"}};
  const quota_target other{"bank", "cart", {"n2"}};
  CHECK(covers(one, cart));
  CHECK_FALSE(covers(one, till));
  CHECK_FALSE(covers(one, other));
  CHECK(covers(all, cart));
  CHECK(covers(all, till));
  CHECK_FALSE(covers(all, other));
  CHECK(covers(node, cart));
  CHECK_FALSE(covers(node, till));
  CHECK(covers(node, other));  // in whichever namespace
}

TEST_CASE("overlaps are the pairs that meet, target by target") {
  const std::vector<quota_agent> agents{all, node, one};
  const std::vector<quota_target> there{
      {"shop", "cart", {"n1", "n2"}}, {"shop", "till", {"n1"}}, {"bank", "cart", {"n2"}}, {"shop", "desk", {"n2"}}};
  CHECK(overlaps(agents, there) == std::vector<quota_overlap>{{0, 1, 0}, {0, 2, 0}, {1, 2, 0}, {0, 1, 3}});
  CHECK(overlaps({}, there).empty());
  CHECK(overlaps(agents, {}).empty());
}

TEST_CASE("published names, of which two targets can have the same") {
  CHECK(published_name(one) == "deployment-shop-cart");
  CHECK(published_name(all) == "namespace-shop");
  CHECK(published_name(node) == "node-n2");
  CHECK(published_name(agent(quota_scope::deployment, "a", "b-c", "")) ==
        published_name(agent(quota_scope::deployment, "a-b", "c", "")));
}

TEST_CASE("declarations that cannot be meant are refused") {
  quota_agent a = one;
  a.factors.memory = 10.5;
  CHECK_THROWS_WITH(checked(a), "quota_agent: memory factor of a is 10.5, must be in (0, 10]");
  a = one;
  a.factors.cpu = std::nan("");
  CHECK_THROWS_WITH(checked(a), "quota_agent: cpu factor of a is nan, must be in (0, 10]");
  a = one;
  a.weight = 0;
  CHECK_THROWS_WITH(checked(a), "quota_agent: weight of a is 0, must be positive and finite");
  a = one;
  a.deployment = "";
  CHECK_THROWS_WITH(checked(a), "quota_agent: deployment of a is nothing, must be named, its scope asks for it");
  a = node;
  a.node = "";
  CHECK_THROWS_WITH(checked(a), "quota_agent: node of a is nothing, must be named, its scope asks for it");
  a = all;
  a.space = "";
  CHECK_THROWS_WITH(checked(a), "quota_agent: namespace of a is nothing, must be named, its scope asks for it");
  a.name = "";
  CHECK_THROWS_WITH(checked(a), "quota_agent: name is nothing, must be a name");
  a = node;
  a.space = "";
  CHECK_NOTHROW(checked(a));
}
