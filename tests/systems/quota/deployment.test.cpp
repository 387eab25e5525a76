#include <headroom/systems/quota/deployment.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// Two pods on node 1, one on node 3; 3 cores in use of 6, 750 MiB of 1200, of which a pod needs 50 + 0.25 * 200.
quota::deployment three() {
  quota::deployment d;
  d.capacity_per_pod = 0.5;
  d.cpu_per_load = 3;
  d.cpu_need = 0.25;
  d.memory_per_pod_mib = 50;
  d.memory_per_load_mib = 600;
  d.memory_need = 0.25;
  d.squeeze = 0.4;
  d.cpu_limit = 2;
  d.memory_limit_mib = 400;
  d.pods = {0, 2, 0, 1};
  return d;
}

}  // namespace

TEST_CASE("usage is all that it takes, and never more than its limits") {
  quota::deployment d = three();
  CHECK(d.replicas() == 3);
  CHECK(d.main_node() == 1);
  CHECK(d.cpu_usage() == 3);
  CHECK(d.memory_usage_mib() == 750);
  d.load = 2;
  CHECK(d.cpu_usage() == 6);
  CHECK(d.memory_usage_mib() == 1200);  // 1350 if it could
  d.cpu_limit = 0.5;
  CHECK(d.cpu_usage() == 1.5);
}

TEST_CASE("a limit below the working set kills, one at it does not") {
  quota::deployment d = three();
  CHECK(d.working_set_mib() == 100);
  d.memory_limit_mib = 100;
  CHECK_FALSE(d.killed());
  CHECK(d.killed(1.01));
  d.memory_limit_mib = 99.9;
  CHECK(d.killed());
  d.pods[1] = 5;  // the data of 3 pods spread over 6
  CHECK(d.working_set_mib() == 75);
  CHECK_FALSE(d.killed());
}

TEST_CASE("three reasons make it slow, and they multiply") {
  quota::deployment d = three();
  CHECK(d.stretch() == 1);
  d.load = 1.5;
  CHECK(d.stretch() == 1);  // what three pods can take
  d.load = 3;
  CHECK(d.stretch() == Approx(2 * (1 + 0.4 * (250.0 / 450) * (250.0 / 450))));  // a cache of 450, 250 of it missing
  d.load = 1;
  d.cpu_limit = 0.25;
  CHECK(d.stretch() == 1);  // the quarter that it needs
  d.cpu_limit = 0.125;
  CHECK(d.stretch() == 2);
  d.memory_limit_mib = 175;  // half of a cache of 150
  CHECK(d.stretch() == Approx(2 * 1.1));
  d.memory_limit_mib = 20;
  CHECK(d.stretch() == Approx(2 * 1.4));
}
