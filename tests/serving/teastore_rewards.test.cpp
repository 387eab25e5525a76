#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "teastore/rewards.hpp"

// The rewards that `teastore tune` knows by name, over what it measures. Their formulas are tested in
// tests/systems/teastore; here, which measurement each of them takes.

namespace {

using live_teastore::measured_shop;

const std::vector<std::string> published{"r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"};

// A shop of two pods with 0.4 cores and 0.5 GB each, that answers 90 of 100 requests.
measured_shop shop_with(const std::vector<std::string>& names) {
  measured_shop all;
  all.out_tps = 3626.5;
  all.cpu_used = 0.3;
  all.memory_used = 0.2;
  all.cost = 0.1346;
  all.requests = 90;
  all.expected = 100;
  all.users = 20;
  all.rate = 5;
  all.response_ms = 40;
  measured_shop m;
  m.replica = 2;
  m.heap = 5;
  m.cpu = 4;
  for (const auto& known : live_teastore::measured_names()) {
    for (const std::string& name : names) {
      if (known.name == name) m.*known.place = all.*known.place;
    }
  }
  return m;
}

}  // namespace

TEST_CASE("teastore_rewards: what a reward says that it needs is enough, and nothing of it is left out") {
  for (const std::string& name : published) {
    INFO(name);
    const auto reward = live_teastore::reward_of(name);
    CHECK(reward.name == name);
    const measured_shop m = shop_with(reward.needs);
    const double value = reward.value(m, m);
    CHECK(std::isfinite(value));
    for (std::size_t missing = 0; missing < reward.needs.size(); ++missing) {
      INFO("without " + reward.needs[missing]);
      auto fewer = reward.needs;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(missing));
      const measured_shop less = shop_with(fewer);
      const double without = reward.value(less, less);
      if (name == "r1") {
        CHECK(without == 0);  // as published: what was not measured pays nothing
      } else {
        CHECK(std::isnan(without));
      }
    }
  }
}

TEST_CASE("teastore_rewards: each has the value of its formula at a shop that was made up") {
  const auto value = [](const std::string& name, bool refused = false) {
    const auto reward = live_teastore::reward_of(name);
    measured_shop m = shop_with(reward.needs);
    m.refused_move = refused;
    return reward.value(m, m);
  };
  // CPU: 0.3 of 0.4 cores; memory: 0.2 of 0.5.
  CHECK(value("r1") == Approx(3626.5 / 7252.733 - 0.5));
  CHECK(value("r2") == Approx(0.5 - 0.13 / 0.27));
  CHECK(value("r3") == Approx(0.9 * 0.9 + 0.05 * 0.75 + 0.05 * 0.4));
  CHECK(value("r4") == Approx(0.6 * 90 / 180 + 0.2 * 0.75 + 0.2 * 0.4));
  CHECK(value("r5") == Approx(0.8 + 0.1 * 0.75 + 0.1 * 0.4));
  CHECK(value("r6") == Approx(0.8 * 90 / 160 + 0.1 * 0.75 + 0.1 * 0.4));
  CHECK(value("r7") == Approx(0.4 * 0.9 + 0.4 * 0.5 + 0.2 * 0.75));
  CHECK(value("r8") == Approx(0.5 * 0.9 + 0.15 * 0.75 + 0.15 * 0.4));
  CHECK(value("r9") == Approx(0.4 * 0.9 + 0.4 * 0.5 + 0.1 * 0.75 + 0.1 * 0.4));
  CHECK(value("r1", true) == -5);
  CHECK(value("r2", true) == -100);
  CHECK(value("r9", true) == -1);
}

TEST_CASE("teastore_rewards: a change costs in r8 alone, and a name that is none is refused") {
  for (const std::string& name : published) {
    INFO(name);
    const auto reward = live_teastore::reward_of(name);
    const measured_shop after = shop_with(reward.needs);
    measured_shop before = after;
    before.replica = 6;
    CHECK((reward.value(before, after) < reward.value(after, after)) == (name == "r8"));
  }
  CHECK_THROWS_WITH(live_teastore::reward_of("r10"), Catch::Contains("r10") && Catch::Contains("r1 to r9"));
}
