#include <headroom/systems/quota/features.hpp>

#include <limits>
#include <set>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/systems/quota/environment.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

quota::observation usual() {
  quota::observation o;
  o.initial_cpu = o.applied_cpu = 1;
  o.initial_memory = o.applied_memory = 300;
  o.initial_latency = o.latest_latency = 10;
  o.cpu_limit = 2;
  o.memory_limit = 600;
  return o;
}

}  // namespace

TEST_CASE("each thing that a decision turns on makes another state") {
  const auto see = quota::features<quota::observation>();
  static_assert(DiscreteEncoder<decltype(quota::features<quota::observation>()), quota::observation>);
  CHECK(see.size() == 9'000);
  std::vector<quota::observation> all(9, usual());
  all[1].applied_memory = 100;
  all[2].applied_cpu = 0.5;
  all[3].initial_memory = all[3].applied_memory = 100;
  all[4].latest_latency = 13;
  all[5].latest_latency = -1;
  all[6].replicas = 2;
  all[7].memory_limit = 300;
  all[8].cpu_limit = 1;
  std::set<std::size_t> states;
  for (const quota::observation& o : all) states.insert(to_size(see(o)));
  CHECK(states.size() == 9);
  CHECK(*states.rbegin() < see.size());
}

TEST_CASE("an observation that is no number is refused") {
  const auto see = quota::features<quota::observation>();
  quota::observation o = usual();
  o.latest_latency = std::numeric_limits<double>::quiet_NaN();
  CHECK(see(o) == no_state);
}
