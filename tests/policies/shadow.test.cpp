#include <headroom/policies/shadow.hpp>

#include <headroom/io/state.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/guarded.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

namespace {

// Wishes the same always, and writes down what it is told.
struct constant_wish {
  int wish;
  std::vector<int> told{};
  std::vector<episode> stops{};

  int start(const sample&) { return wish; }
  int step(const sample&) { return wish; }
  void stop(const sample&, episode end) { stops.push_back(end); }
  void executed(int delta) { told.push_back(delta); }
};

// Replicas that were paid for, had this action been taken; activity is 0 where nothing can be told.
double replicas_paid(int action, int, const sample& o, const sample& next) {
  return next.activity > 0 ? o.replicas + action : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

TEST_CASE("policies.shadow: the incumbent decides, and candidates are told what was executed") {
  auto policy = shadow_on<sample>(wisher{}, std::vector<constant_wish>{{+1}, {-1}}, {"up", "down"}, replicas_paid);
  static_assert(CorrectablePolicy<decltype(policy), sample, int>);
  CHECK(policy.start({0, 4, +1}) == +1);
  CHECK(policy.step({1, 5, 0}) == 0);
  CHECK(policy.candidates()[0].told == std::vector<int>{0});  // it agreed with the first
  CHECK(policy.candidates()[1].told == std::vector<int>{1, 0});
  CHECK(policy.incumbent().told.empty());
  policy.executed(-2);  // something outside overrode it
  CHECK(policy.incumbent().told == std::vector<int>{-2});
  CHECK(policy.candidates()[0].told == std::vector<int>{0, -2});
  std::vector<std::string> said;
  tell_shadows(policy, [&](std::string_view name, int delta) { said.push_back(std::string(name) + to_text(delta)); });
  CHECK(said == std::vector<std::string>{"up1", "down-1"});
  CHECK(policy.scores()[0].decisions == 2);
  CHECK(policy.scores()[0].agreed == 1);
  CHECK(policy.scores()[1].agreed == 0);
}

TEST_CASE("policies.shadow: candidates and incumbent are scored on the same intervals") {
  auto policy = shadow_on<sample>(wisher{}, std::vector<constant_wish>{{+1}, {-1}}, {"up", "down"}, replicas_paid);
  (void)policy.start({0, 4, 0});
  (void)policy.step({1, 4, +2});               // up paid 5, down 3, the incumbent 4
  policy.executed(0);                          // overridden
  (void)policy.step({2, 6, 0});                // 5, 3, 4: what was executed counts, not what was wished
  (void)policy.step({3, 8, 0, 0});             // nothing can be told
  policy.stop({4, 2, 0}, episode::truncated);  // 9, 7, 8
  const shadow_score& up = policy.scores()[0];
  CHECK(up.scored == 3);
  CHECK(up.refused == 1);
  CHECK(up.mean_cost == Approx(19 / 3.0));
  CHECK(up.mean_incumbent == Approx(16 / 3.0));
  CHECK(policy.scores()[1].mean_cost == Approx(13 / 3.0));
}

TEST_CASE("policies.shadow: an interval with a gap is not judged, and episodes do not touch") {
  auto policy = shadow_on<sample>(wisher{}, std::vector<constant_wish>{{+1}}, {"up"}, replicas_paid);
  (void)policy.start({0, 4, 0});
  policy.stop({0, 4, 0}, episode::ongoing);
  (void)policy.step({60, 4, 0});
  CHECK(policy.scores()[0].scored == 0);
  (void)policy.start({0, 4, 0});
  CHECK(policy.scores()[0].scored == 0);
  CHECK(policy.candidates()[0].stops == std::vector{episode::ongoing});
  CHECK(policy.incumbent().stops == 1);
}

TEST_CASE("policies.shadow: candidates of different types, and the guards of the incumbent") {
  std::vector<any_policy<sample, int>> others;
  others.emplace_back(stubborn{});
  others.emplace_back(constant_wish{-3});
  const auto never_up = [](const sample&, int wish) { return wish > 0 ? 0 : wish; };
  auto policy = shadow_on<sample>(guarded{wisher{}, never_up}, std::move(others), {"a", "b"}, replicas_paid);
  CHECK(policy.start({0, 4, +1}) == 0);
  std::vector<guard_note> notes;
  explain(policy, [&](const guard_note& n) { notes.push_back(n); });
  CHECK(notes == std::vector<guard_note>{{"guarded", "", 1, 0}});
}

TEST_CASE("policies.shadow: it allocates nothing, and every candidate has a name of its own") {
  auto policy = shadow_on<sample>(stubborn{}, std::vector<stubborn>(3), {"a", "b", "c"}, replicas_paid);
  (void)policy.start({0, 4, 0});
  CHECK(allocations_in([&] {
          for (int k = 1; k < 100; ++k) (void)policy.step({k * 1.0, 4, k % 3});
        }) == 0);
  const auto named = [](std::vector<std::string> names) {
    return shadow_on<sample>(stubborn{}, std::vector<stubborn>(2), std::move(names), replicas_paid);
  };
  CHECK_THROWS_WITH(named({"a"}), "shadowed: number of names is 1, must be that of the candidates, 2");
  CHECK_THROWS_WITH(named({"a", "a"}), "shadowed: name is a, must be given once");
}

TEST_CASE("policies.shadow: the scores of the candidates go on in a process that is started anew") {
  const auto make = [](std::vector<std::string> names) {
    return shadow_on<sample>(stubborn{}, std::vector<stubborn>(2), std::move(names), replicas_paid);
  };
  auto first = make({"a", "b"});
  (void)first.start({0, 4, 1});
  for (int k = 1; k < 20; ++k) (void)first.step({k * 1.0, 4, k % 3 - 1});
  checkpoint c;
  store(first, c);
  auto second = make({"a", "b"});
  restore(second, c);
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(first.scores()[k].scored > 10);
    CHECK(second.scores()[k].decisions == first.scores()[k].decisions);
    CHECK(second.scores()[k].agreed == first.scores()[k].agreed);
    CHECK(second.scores()[k].scored == first.scores()[k].scored);
    CHECK(second.scores()[k].refused == first.scores()[k].refused);
    CHECK(second.scores()[k].mean_cost == first.scores()[k].mean_cost);
    CHECK(second.scores()[k].mean_incumbent == first.scores()[k].mean_incumbent);
  }
  auto of_others = make({"a", "c"});
  CHECK_THROWS_WITH(restore(of_others, c), Catch::Contains("candidate_1_name"));
}
