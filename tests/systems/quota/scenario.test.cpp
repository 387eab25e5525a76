#include <headroom/systems/quota/scenario.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

quota::scenario drawn(std::uint64_t seed, const quota::scenario_options& options = {}) {
  quota::scenario s;
  quota::draw_scenario(seed, options, s);
  return s;
}

}  // namespace

TEST_CASE("the published rules at the ends of their ranges") {
  using namespace quota::internal;
  CHECK(reduced_cpu(1, 0) == 0.8);
  CHECK(reduced_cpu(1, 1) == Approx(0.99));
  CHECK(reduced_cpu(2, 0) == 0.1);
  CHECK(reduced_cpu(8, 1) == Approx(0.99));
  CHECK(reduced_memory(199, 0) == 0.8);
  CHECK(reduced_memory(200, 0) == 0.5);
  CHECK(reduced_memory(800, 0) == 0.1);
  CHECK(reduced_memory(2'000, 1) == Approx(0.99));
  CHECK(changed_load(1, true, 0) == Approx(1.9));
  CHECK(changed_load(1, true, 1) == Approx(1.45));
  CHECK(changed_load(2, false, 0.3) == Approx(0.55));
  CHECK(changed_load(6, true, 0) == Approx(1.15));
  CHECK(changed_load(6, false, 1) == Approx(0.55));
  CHECK(starved(0) == 0.01);
  CHECK(starved(1) == Approx(0.15));
  CHECK(unrelated(0) == 0.5);
  CHECK(unrelated(1) == Approx(1.99));
}

TEST_CASE("one seed, one scenario, another seed, another one") {
  const quota::scenario a = drawn(7);
  const quota::scenario b = drawn(7);
  const quota::scenario c = drawn(8);
  REQUIRE(a.requests.size() == 40);
  CHECK(a.deployments.size() == 6);
  CHECK(a.nodes.size() == 4);
  bool differs = false;
  for (std::size_t k = 0; k < 40; ++k) {
    CHECK(a.requests[k].cpu == b.requests[k].cpu);
    CHECK(a.requests[k].peak == b.requests[k].peak);
    differs |= a.requests[k].cpu != c.requests[k].cpu;
  }
  CHECK(differs);
}

TEST_CASE("a scenario begins in good order: nothing is killed, slow or overbooked") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const quota::scenario s = drawn(seed, {.node_cpu = 4, .node_memory_mib = 512});
    std::vector<quota::node> taken(s.nodes.size(), quota::node{0, 0});
    for (const quota::deployment& d : s.deployments) {
      REQUIRE(d.replicas() >= 1);
      REQUIRE(d.replicas() <= 6);
      REQUIRE_FALSE(d.killed(1.05));
      REQUIRE(d.stretch() == 1);
      REQUIRE(d.cpu_usage() < d.replicas() * d.cpu_limit);
      REQUIRE(d.memory_usage_mib() < d.replicas() * d.memory_limit_mib);
      for (std::size_t n = 0; n < taken.size(); ++n) {
        taken[n].cpu += d.pods[n] * d.cpu_limit;
        taken[n].memory_mib += d.pods[n] * d.memory_limit_mib;
      }
    }
    for (std::size_t n = 0; n < taken.size(); ++n) {
      REQUIRE(taken[n].cpu <= s.nodes[n].cpu * (1 + 1e-12));
      REQUIRE(taken[n].memory_mib <= s.nodes[n].memory_mib * (1 + 1e-12));
    }
  }
}

TEST_CASE("requests come in the proportions of the published rows") {
  const std::size_t n = 120'000;
  const quota::scenario s = drawn(3, {.requests = n});
  std::array<double, 4> reasons{};
  std::array<double, 3> about{};
  double unmeasured = 0;
  double false_alarms = 0;
  double rising = 0;
  for (const quota::request& r : s.requests) {
    ++reasons[static_cast<std::size_t>(r.reason)];
    ++about[r.on_cpu && r.on_memory ? 0U : r.on_memory ? 1U : 2U];
    REQUIRE((r.on_cpu || r.on_memory));
    REQUIRE((r.reason == quota::reason::noise) == (r.noise > 1));
    REQUIRE((r.noise == 1 || (r.noise >= 1.08 && r.noise <= 2)));
    unmeasured += r.unmeasured ? 1 : 0;
    false_alarms += r.true_alarm ? 0 : 1;
    rising += r.rises ? 1 : 0;
  }
  // Five deviations of a count of n p.
  const auto near = [](double count, double p) {
    const double mean = static_cast<double>(n) * p;
    return std::abs(count - mean) < 5 * std::sqrt(mean * (1 - p));
  };
  CHECK(near(reasons[0], 2.0 / 12));
  CHECK(near(reasons[1], 3.0 / 12));
  CHECK(near(reasons[2], 5.0 / 12));
  CHECK(near(reasons[3], 2.0 / 12));
  for (const double count : about) CHECK(near(count, 1.0 / 3));
  CHECK(near(unmeasured, 0.25 * 0.1));
  CHECK(near(false_alarms, 0.1));
  CHECK(near(rising, 2'935.0 / 5'000));
}

TEST_CASE("quota::scenario refuses clusters that cannot be") {
  CHECK_THROWS_WITH(checked(quota::scenario_options{.deployments = 0}),
                    "quota::scenario: deployments is 0, must be from 1 to 10000");
  CHECK_THROWS_WITH(checked(quota::scenario_options{.nodes = 9}), "quota::scenario: nodes is 9, must be from 1 to 8");
  CHECK_THROWS_WITH(checked(quota::scenario_options{.requests = 0}),
                    "quota::scenario: requests is 0, must be from 1 to 10000000");
  CHECK_THROWS_WITH(checked(quota::scenario_options{.replicas_max = 1}),
                    "quota::scenario: replicas_max is 1, must be from 2 to 1000");
  CHECK_THROWS_WITH(checked(quota::scenario_options{.node_cpu = 0}),
                    "quota::scenario: node_cpu is 0, must be positive and finite");
  CHECK_THROWS_WITH(checked(quota::scenario_options{.false_alarms = 1.5}),
                    "quota::scenario: false_alarms is 1.5, must be in [0, 1]");
}

TEST_CASE("quota::scenario: a pod comes to the node that keeps most free, as a fraction of its smaller resource") {
  const std::vector<quota::node> nodes{{10, 1000}, {20, 1000}, {10, 1000}};
  quota::deployment d;
  d.cpu_limit = 2;
  d.memory_limit_mib = 100;
  const auto place = [&](const std::vector<quota::node>& reserved) {
    return quota::internal::emptiest(nodes, reserved, d);
  };
  CHECK(place({{0, 0}, {0, 0}, {0, 0}}) == 1);      // 0.8, 0.9 of both, 0.8
  CHECK(place({{0, 0}, {0, 200}, {0, 0}}) == 0);    // 0.8, 0.7 of the memory, 0.8: the first of equals
  CHECK(place({{1, 0}, {8, 0}, {0.5, 100}}) == 2);  // 0.7, 0.5, 0.75
}
