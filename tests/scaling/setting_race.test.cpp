#include "scaling/setting_race.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "scaling/known_costs.hpp"

// Which settings of autoscalers are worth a last look, where what each costs and keeps is known.

namespace {

using race = tool::setting_race<known::service, known::cost>;
using race_plan = tool::setting_race_plan<known::service, known::cost>;
using asked = std::vector<known::question>;

// Two points more in time for each replica: what 30 keep is 95 %, and 33 keep everything.
double rising(int replicas, std::uint64_t) { return std::min(1.0, 0.35 + 0.02 * replicas); }

struct field {
  std::shared_ptr<asked> all = std::make_shared<asked>();
  race_plan plan{};

  explicit field(known::service::law law = rising) {
    plan.make = known::named;
    plan.beside = [](const std::string&) { return std::vector<std::string>{}; };
    plan.open = [all = all, law](std::uint64_t seed, std::size_t n) { return known::service(seed, law, all, n); };
    plan.cost = [] { return known::cost{}; };
    plan.level = 0.95;
    plan.train_seed = 3;
    plan.first_look = 4;
    plan.last_look = 100;
  }
  [[nodiscard]] std::vector<std::string> worth() const {
    auto names = race(plan).worth_a_last_look([] { return false; });
    REQUIRE(names.has_value());
    return *names;
  }
};

std::vector<std::string> rules(int from, int to) {
  std::vector<std::string> names;
  for (int k = from; k <= to; ++k) names.push_back("rule:" + std::to_string(k));
  return names;
}

}  // namespace

TEST_CASE("setting_race: who keeps the level comes first, then who needs fewer replicas") {
  const race r(field().plan);
  CHECK(r.better({"a", 0.95, 10}, {"b", 0.90, 5}));  // keeps it
  CHECK_FALSE(r.better({"b", 0.90, 5}, {"a", 0.95, 10}));
  CHECK(r.better({"a", 0.99, 9}, {"b", 0.95, 10}));    // both keep it
  CHECK(r.better({"a", 0.95, 9.9}, {"b", 0.99, 10}));  // and more than the level is worth nothing
  CHECK(r.better({"a", 0.91, 90}, {"b", 0.90, 1}));    // neither keeps it: the nearest
  CHECK_FALSE(r.better({"a", 0.95, 10}, {"a", 0.95, 10}));
}

TEST_CASE("setting_race: a hair less than the level still keeps it, and is paid for") {
  const race r(field().plan);
  CHECK(r.better({"a", 0.9496, 10}, {"b", 0.94, 5}));
  CHECK_FALSE(r.better({"a", 0.9494, 10}, {"b", 0.95, 20}));
  CHECK(r.better({"b", 0.95, 10}, {"a", 0.9496, 10}));
  // 0.04 points are 0.0084 of the log-odds, and a third of that in replicas.
  CHECK(r.better({"b", 0.95, 10.02}, {"a", 0.9496, 10}));
  CHECK(r.better({"a", 0.9496, 10}, {"b", 0.95, 10.03}));
}

TEST_CASE("setting_race: of many settings those around the cheapest that keeps the level are left") {
  field f;
  f.plan.autoscalers = rules(1, 90);
  const auto left = f.worth();
  REQUIRE(left.size() == 6);
  CHECK(left.front() == "rule:30");
  for (const auto& name : {"rule:29", "rule:31", "rule:32"})
    CHECK(std::find(left.begin(), left.end(), name) != left.end());
}

TEST_CASE("setting_race: the better third goes on, on three times as many episodes, from the same first seed") {
  field f;
  f.plan.autoscalers = rules(1, 90);
  static_cast<void>(f.worth());
  std::vector<std::size_t> plays(91);
  std::set<std::uint64_t> seeds;
  for (const known::question& q : *f.all) {
    ++plays[static_cast<std::size_t>(q.replicas)];
    seeds.insert(q.seed);
  }
  CHECK(std::count(plays.begin(), plays.end(), 4) == 60);
  CHECK(std::count(plays.begin(), plays.end(), 4 + 12) == 20);
  CHECK(std::count(plays.begin(), plays.end(), 4 + 12 + 36) == 10);  // 108 would be more than the last look
  CHECK(*seeds.begin() == 37'000'000);  // seven million after the first of the third training
  CHECK(*seeds.rbegin() == 37'000'035);
}

TEST_CASE("setting_race: the best turn their other knobs, twice") {
  field f;
  f.plan.autoscalers = {"rule:36/0", "rule:45/0"};
  int turned = 0;
  f.plan.beside = [&turned](const std::string& name) {
    ++turned;
    const auto values = tool::settings_in(name);
    std::vector<std::string> names;
    for (const int other : {-4, -2, 0}) {
      if (other != values[1])
        names.push_back("rule:" + std::to_string(static_cast<int>(values[0])) + '/' + std::to_string(other));
    }
    for (const int first : {34, 36, 45}) {
      if (first != values[0])
        names.push_back("rule:" + std::to_string(first) + '/' + std::to_string(static_cast<int>(values[1])));
    }
    return names;
  };
  const auto left = f.worth();
  // Two turns away from 36/0, in two knobs: exactly the thirty replicas that are needed.
  CHECK(left.front() == "rule:34/-4");
  CHECK(turned == 2 + 3);
  CHECK(std::set<std::string>(left.begin(), left.end()).size() == left.size());
}

TEST_CASE("setting_race: it is stopped between two settings, and then has no answer") {
  field f;
  f.plan.autoscalers = rules(1, 90);
  int asks = 0;
  CHECK_FALSE(race(f.plan).worth_a_last_look([&asks] { return ++asks == 7; }).has_value());
  CHECK(f.all->size() == 7 * 4);
}

TEST_CASE("setting_race: everybody meets the same episodes, whether they begin again by themselves or are opened") {
  for (const bool in_turn : {false, true}) {
    field f;
    f.plan.in_turn = in_turn;
    int opened = 0;
    f.plan.open = [all = f.all, in_turn, &opened](std::uint64_t seed, std::size_t n) {
      ++opened;
      return known::service(seed, rising, all, in_turn ? n : 0);
    };
    const race r(f.plan);
    auto on = r.on(5);
    const auto one = on.play("rule:30");
    static_cast<void>(on.play("rule:20"));
    CHECK(one.name == "rule:30");
    CHECK(one.level == Approx(0.95));
    CHECK(one.replicas == 30);
    REQUIRE(f.all->size() == 10);
    for (std::size_t k = 0; k < 5; ++k) CHECK((*f.all)[k].seed == (*f.all)[k + 5].seed);
    CHECK(opened == (in_turn ? 1 : 3));
  }
}

TEST_CASE("setting_race: the level is that of the whole training part or of its newest piece, whichever is lower") {
  // Of the newest piece, from other seeds on, each policy keeps four points less.
  const auto later = [](int replicas, std::uint64_t seed) { return rising(replicas, seed) - 0.04; };
  for (const bool in_turn : {false, true}) {
    field f;
    f.plan.in_turn = in_turn;
    int opened = 0;
    f.plan.open_newest = [all = f.all, later, &opened](std::uint64_t seed, std::size_t n) {
      ++opened;
      return known::service(seed, later, all, n);
    };
    const race r(f.plan);
    auto on = r.on(5);
    const auto one = on.play("rule:32");
    CHECK(one.level == Approx(0.95));
    CHECK(one.replicas == 32);
    REQUIRE(f.all->size() == 10);
    for (std::size_t k = 0; k < 5; ++k) CHECK((*f.all)[k] == (*f.all)[k + 5]);
    static_cast<void>(on.play("rule:20"));
    CHECK(opened == (in_turn ? 1 : 3));
    f.plan.autoscalers = rules(1, 90);
    CHECK(f.worth().front() == "rule:32");
  }
  // A load that is easier at its end than before is kept as a whole.
  field f;
  f.plan.open_newest = [all = f.all](std::uint64_t seed, std::size_t n) {
    return known::service(
        seed, [](int, std::uint64_t) { return 1.0; }, all, n);
  };
  CHECK(race(f.plan).on(5).play("rule:30").level == Approx(0.95));
}

TEST_CASE("setting_race: one that keeps next to nothing is not promising because it needs next to nothing") {
  // Log-odds that rise evenly: three replicas keep 8 %, thirty 95 %.
  const auto even = [](int replicas, std::uint64_t) { return 1 / (1 + std::exp(-(replicas - 15) / 5.0)); };
  field f(even);
  f.plan.autoscalers = rules(1, 90);
  const auto left = f.worth();
  CHECK(left.front() == "rule:30");
  CHECK(std::find(left.begin(), left.end(), "rule:1") == left.end());
}

TEST_CASE("setting_race: replicas are the mean of those on the whole training part and on its newest piece") {
  field f;
  // On the newest piece each action makes twice as many.
  f.plan.open_newest = [all = f.all](std::uint64_t seed, std::size_t n) {
    return known::service(seed, rising, all, n, 2);
  };
  CHECK(race(f.plan).on(3).play("rule:10").replicas == 15);
}

TEST_CASE("setting_race: what is kept by luck does not count") {
  // Six episodes, three good and three bad ones: 95 % on the average, and a deviation of 4.38 points.
  const auto shaky = [](int replicas, std::uint64_t seed) {
    return replicas == 30 ? (seed % 2 == 0 ? 0.91 : 0.99) : rising(replicas, seed);
  };
  const race r(field(shaky).plan);
  auto on = r.on(6);
  const tool::tried_setting lucky = on.play("rule:30");
  CHECK(lucky.level == Approx(0.95));
  CHECK(lucky.counted == Approx(0.95 - 1.476 * 0.04382 / std::sqrt(6.0) + 0.01).margin(1e-4));
  CHECK_FALSE(r.keeps(lucky));
  CHECK(r.keeps(on.play("rule:31")));
  CHECK(r.better(on.play("rule:31"), lucky));
}

TEST_CASE("setting_race: what was kept in turns counts less than what was kept throughout") {
  // In the order of time the first half of the training part is bad and the second good; its newest piece is as good.
  static constexpr std::uint64_t first = 37'000'000;
  const auto halves = [](int, std::uint64_t seed) { return seed < first + 10 ? 0.93 : 0.98; };
  const auto mixed = [](int, std::uint64_t seed) { return seed % 2 == 0 ? 0.93 : 0.98; };
  const auto counted = [](known::service::law law) {
    field f(law);
    f.plan.open_newest = [all = f.all](std::uint64_t seed, std::size_t n) {
      return known::service(
          seed, [](int, std::uint64_t) { return 0.98; }, all, n);
    };
    return race(f.plan).on(20).play("rule:30").counted;
  };
  CHECK(counted(mixed) == Approx(0.955));
  CHECK(counted(halves) < 0.945);
}
