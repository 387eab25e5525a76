#include <headroom/systems/quota/rules.hpp>

#include <array>
#include <limits>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("quota::rules: each line by hand, and what comes first") {
  const quota::rules rules;
  const auto says = [&](double replicas, double cpu, double cpu_now, double memory, double memory_now, double latency,
                        double latency_now) {
    return rules(std::array{replicas, cpu, cpu_now, memory, memory_now, latency, latency_now});
  };
  CHECK(says(1, 1, 1, 200, 200, 20, 20) == 0);
  CHECK(says(1, 1, 0.5, 200, 150, 20, 20) == 0);
  CHECK(says(1, 1, 1, 200, 200, 20, 21.2) == 0);  // 6 % slower
  CHECK(says(1, 1, 1, 200, 200, 20, 21.4) == 1);  // 7 %
  CHECK(says(1, 1, 1, 200, 200, 20, -1) == 1);    // could not be measured
  CHECK(says(4, 1, 2, 200, 300, 20, 40) == 1);    // slower, before all else
  CHECK(says(1, 1, 1.1, 200, 200, 20, 20) == 2);
  CHECK(says(4, 1, 0.5, 200, 201, 20, 20) == 2);  // more of the one, before less of the other
  CHECK(says(1, 1, 0.16, 200, 200, 20, 20) == 1);
  CHECK(says(1, 1, 0.17, 200, 200, 20, 20) == 0);
  CHECK(says(1, 1, 1, 200, 32, 20, 20) == 1);
  CHECK(says(2, 1, 0.1, 200, 200, 20, 20) == 3);  // one replica less does it
  CHECK(says(2, 1, 1, 200, 199, 20, 20) == 3);
  CHECK(says(2, 1, 1, 200, 200, 20, 20) == 0);
  for (std::size_t i = 0; i < 7; ++i) {
    std::array<double, 7> x{1, 1, 1, 200, 200, 20, 20};
    x[i] = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(rules(x));
  }
}

TEST_CASE("quota::rules as a policy: the class becomes an action, and where nothing is named it holds") {
  struct sample {
    double replicas = 1, initial_cpu = 1, applied_cpu = 0.5, initial_memory = 200, applied_memory = 200;
    double initial_latency = 20, latest_latency = 20;
  };
  static_assert(Policy<quota::rules, sample, quota::action>);
  quota::rules rules;
  CHECK(rules.start(sample{}) == quota::action::apply);
  CHECK(rules.step(sample{.applied_cpu = 0.1}) == quota::action::migrate);
  CHECK(rules.step(sample{.applied_cpu = 1.5}) == quota::action::scale_up);
  CHECK(rules.step(sample{.replicas = 2}) == quota::action::scale_down);
  CHECK(rules.step(sample{.latest_latency = std::numeric_limits<double>::quiet_NaN()}) == quota::action::hold);
}

TEST_CASE("quota::rules refuses what is no fraction") {
  CHECK_THROWS_WITH(quota::rules({.starved = 1.5}), "quota::rules: starved is 1.5, must be in [0, 1]");
  CHECK_THROWS_WITH(quota::rules({.latency_growth = -1}),
                    "quota::rules: latency_growth is -1, must be zero or more, and finite");
}
