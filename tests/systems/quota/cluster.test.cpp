#include <headroom/systems/quota/cluster.hpp>

#include <array>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

// A deployment of pods of 2 cores and 400 MiB.
quota::deployment pods_on(std::array<int, quota::nodes_max> pods) {
  quota::deployment d;
  d.cpu_per_load = 2;
  d.memory_per_pod_mib = 50;
  d.memory_per_load_mib = 300;
  d.pods = pods;
  return d;
}
quota::cluster cluster(std::vector<quota::node> nodes, std::vector<quota::deployment> deployments, bool capacity = true,
                       bool limit_from_sum = false) {
  quota::cluster c(capacity, limit_from_sum, 4);
  c.begin(nodes, deployments);
  return c;
}

}  // namespace

TEST_CASE("what is reserved is the limits of the pods, node by node") {
  const quota::cluster c = cluster({{8, 4'000}, {16, 1'000}}, {pods_on({1, 1}), pods_on({2, 0})});
  CHECK(c.reserved()[0].cpu == 6);
  CHECK(c.reserved()[0].memory_mib == 1'200);
  CHECK(c.pressure(0) == 0.75);  // of CPU
  CHECK(c.pressure(1) == 0.4);   // of memory
  CHECK(c.reserved_part() == Approx(0.5 * (8.0 / 24 + 1'600.0 / 5'000)));
}

TEST_CASE("a new pod goes to the least reserved node that has room") {
  quota::cluster c = cluster({{8, 4'000}, {16, 1'000}, {8, 4'000}}, {pods_on({1, 1, 0}), pods_on({0, 0, 3})});
  CHECK(c.roomiest(c.deployments()[0]) == 0);  // 0.25, against 0.4 and 0.75
  CHECK(c.roomiest(c.deployments()[0], 0) == 1);
  CHECK(c.act(0, quota::action::scale_up, {}));
  CHECK(c.deployments()[0].pods[0] == 2);
  CHECK(c.reserved()[0].cpu == 4);
  CHECK(c.act(0, quota::action::scale_down, {}));
  CHECK(c.deployments()[0].pods[0] == 1);
  CHECK(c.reserved()[0].cpu == 2);
}

TEST_CASE("no more replicas than the maximum, and no fewer than one") {
  quota::cluster c = cluster({{80, 40'000}}, {pods_on({4}), pods_on({1})});
  CHECK_FALSE(c.act(0, quota::action::scale_up, {}));
  CHECK_FALSE(c.act(1, quota::action::scale_down, {}));
}

TEST_CASE("a migration moves all pods of the main node, or none") {
  quota::cluster c = cluster({{8, 4'000}, {4, 4'000}, {2, 4'000}}, {pods_on({3})});
  CHECK(c.act(0, quota::action::migrate, {}));
  CHECK(c.deployments()[0].pods == std::array<int, quota::nodes_max>{0, 2, 1});
  CHECK(c.reserved()[0].cpu == 0);

  quota::cluster tight = cluster({{8, 4'000}, {4, 4'000}}, {pods_on({3})});
  CHECK_FALSE(tight.act(0, quota::action::migrate, {}));
  CHECK(tight.deployments()[0].pods == std::array<int, quota::nodes_max>{3});
  CHECK(tight.reserved()[0].cpu == 6);
  CHECK(tight.reserved()[1].cpu == 0);

  quota::cluster endless = cluster({{8, 4'000}, {4, 4'000}}, {pods_on({3})}, false);
  CHECK(endless.act(0, quota::action::migrate, {}));
  CHECK(endless.pressure(1) == 1.5);
}

TEST_CASE("apply sets what the factors are not 1 for, of each pod, rounded up") {
  quota::cluster c = cluster({{16, 4'000}}, {pods_on({3})});  // in use: 2 cores, 450 MiB
  CHECK(c.act(0, quota::action::apply, {0.5, 1}));
  CHECK(c.deployments()[0].cpu_limit == 0.334);
  CHECK(c.deployments()[0].memory_limit_mib == 400);
  CHECK(c.act(0, quota::action::apply, {1, 0.75}));
  CHECK(c.deployments()[0].memory_limit_mib == 113);
  CHECK(c.reserved()[0].memory_mib == 339);
  CHECK_FALSE(c.act(0, quota::action::apply, {1, 1}));

  quota::cluster sum = cluster({{16, 4'000}}, {pods_on({3})}, true, true);
  CHECK(sum.act(0, quota::action::apply, {1, 0.75}));
  CHECK(sum.deployments()[0].memory_limit_mib == 338);
}

TEST_CASE("limits that would not fit are not set") {
  quota::cluster c = cluster({{8, 1'300}}, {pods_on({3})});
  CHECK_FALSE(c.act(0, quota::action::apply, {1, 10}));  // 1500 a pod
  CHECK(c.deployments()[0].memory_limit_mib == 400);
  CHECK(c.reserved()[0].memory_mib == 1'200);
}

TEST_CASE("pods that were killed come back with the limits they had at first, or with what they need") {
  quota::cluster c = cluster({{8, 4'000}}, {pods_on({1})});
  CHECK(c.act(0, quota::action::apply, {0.5, 0.1}));
  c.restart(0);
  CHECK(c.deployments()[0].cpu_limit == 2);
  CHECK(c.deployments()[0].memory_limit_mib == 400);
  CHECK(c.reserved()[0].memory_mib == 400);

  quota::deployment grown = pods_on({1});
  grown.memory_need = 1;
  grown.load = 2;
  quota::cluster larger = cluster({{8, 4'000}}, {grown});
  larger.restart(0);
  CHECK(larger.deployments()[0].memory_limit_mib == Approx(1.05 * 650));
}

TEST_CASE("load is multiplied, up to twice what the pods can take") {
  quota::cluster c = cluster({{8, 4'000}}, {pods_on({1})});
  c.change_load(0, 1.5);
  CHECK(c.deployments()[0].load == 1.5);
  c.change_load(0, 1.5);
  CHECK(c.deployments()[0].load == 2);
  c.change_load(0, 0);
  CHECK(c.deployments()[0].load == 0.05);
}
