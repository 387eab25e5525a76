#include "scaling/selected.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "scaling/known_costs.hpp"

// What a selection takes and says, where what each policy costs and keeps is known.

namespace {

using selection = tool::selected_search<known::service, known::cost>;
using select_plan = tool::select_plan<known::service, known::cost>;
using asked = std::vector<known::question>;

double rising(int replicas, std::uint64_t) { return std::min(1.0, 0.8 + 0.005 * replicas); }

// Takes so many episodes to learn that it is to stand at so many replicas.
class pupil final : public tool::learner<known::policy> {
 public:
  pupil(int replicas, std::uint64_t episodes) : replicas_(replicas), of_(episodes) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override {
    while (!finished()) {
      if (pause(++done_)) return;
    }
  }
  [[nodiscard]] bool finished() const override { return done_ == of_; }
  [[nodiscard]] std::uint64_t episodes() const override { return done_; }
  [[nodiscard]] known::policy best() const override { return known::policy(known::always{replicas_}); }
  [[nodiscard]] known::policy as_it_stands() const override { return best(); }
  void write_model(headroom::checkpoint& to) const override { to.set("replicas", replicas_); }
  void write_partial(headroom::checkpoint& to) const override { to.set("done", done_); }
  void read_partial(const headroom::checkpoint& from) override { done_ = from.setting<std::uint64_t>("done"); }
  [[nodiscard]] known::policy policy_in(const headroom::checkpoint& from) const override {
    return known::policy(known::always{from.setting<int>("replicas")});
  }

 private:
  int replicas_;
  std::uint64_t of_;
  std::uint64_t done_ = 0;
};

struct choice {
  std::shared_ptr<asked> all = std::make_shared<asked>();
  select_plan plan{};

  // At 95 %, which thirty replicas keep.
  choice(int first, int second, std::vector<std::string> autoscalers, known::service::law law = rising) {
    plan.learners.push_back({"first:95%", 3, [first] { return std::make_unique<pupil>(first, 3); }});
    plan.learners.push_back({"second:95%", 2, [second] { return std::make_unique<pupil>(second, 2); }});
    plan.race.autoscalers = std::move(autoscalers);
    plan.race.make = known::named;
    plan.race.beside = [](const std::string&) { return std::vector<std::string>{}; };
    plan.race.open = [all = all, law](std::uint64_t seed, std::size_t n) { return known::service(seed, law, all, n); };
    plan.race.cost = [] { return known::cost{}; };
    plan.race.level = 0.95;
    plan.race.first_look = 2;
    plan.race.last_look = 6;
  }
  [[nodiscard]] selection trained() const {
    selection s(plan);
    s.go_on([](std::uint64_t) { return false; });
    REQUIRE(s.finished());
    return s;
  }
};

// Where a policy stands.
int stands(known::policy p) { return p.start({}); }
headroom::checkpoint model_of(const selection& s) {
  headroom::checkpoint c;
  s.write_model(c);
  return c;
}

}  // namespace

TEST_CASE("selected: it keeps the learner that needs fewer replicas at the level") {
  CHECK(stands(choice(40, 32, {"rule:50"}).trained().best()) == 32);
  CHECK(stands(choice(32, 40, {"rule:50"}).trained().best()) == 32);
  CHECK(stands(choice(40, 28, {"rule:50"}).trained().best()) == 40);  // 28 keep 94 %
}

TEST_CASE("selected: the autoscaler that needs fewer replicas decides, if it needs fewer by more than 1 %") {
  CHECK(stands(choice(40, 41, {"rule:35", "rule:38"}).trained().best()) == 35);
  CHECK(stands(choice(200, 220, {"rule:199"}).trained().best()) == 200);
  CHECK(stands(choice(200, 220, {"rule:197"}).trained().best()) == 197);
  CHECK(stands(choice(40, 41, {"rule:29"}).trained().best()) == 40);  // keeps less than the level
}

TEST_CASE("selected: a later learner must need fewer replicas by more than 1 %") {
  CHECK(stands(choice(200, 199, {"rule:300"}).trained().best()) == 200);
  CHECK(stands(choice(200, 197, {"rule:300"}).trained().best()) == 197);
}

TEST_CASE("selected: learners and autoscalers meet the same episodes in the last look") {
  const choice c(40, 41, {"rule:35"});
  static_cast<void>(c.trained());
  std::vector<std::uint64_t> of[3];
  for (const known::question& q : *c.all) of[q.replicas == 40 ? 0 : q.replicas == 41 ? 1 : 2].push_back(q.seed);
  REQUIRE(of[0].size() == 6);
  CHECK(of[0] == of[1]);
  REQUIRE(of[2].size() == 2 + 6);  // its first look, and the last
  CHECK(std::equal(of[0].begin(), of[0].end(), of[2].begin() + 2));
}

TEST_CASE("selected: the outcome says what decides, what it kept, and what the others needed") {
  const selection s = choice(32, 40, {"rule:50"}).trained();
  CHECK(s.outcome() ==
        "decides by first:95%, which kept 96 % in time with 32 replicas on 6 episodes of the training part; there "
        "first:95% 96 % with 32, second:95% 100 % with 40, the best autoscaler rule:50 100 % with 50");
  CHECK(s.troubles().empty());
}

TEST_CASE("selected: where nothing keeps the level the nearest decides, and it is said") {
  const selection s = choice(20, 28, {"rule:25"}).trained();
  CHECK(stands(s.best()) == 28);
  CHECK(s.troubles() ==
        "nothing that it tried kept the level: second:95% came nearest, with 94 % of its training, where 95 % was "
        "wanted");
}

TEST_CASE("selected: its model is that of what it chose") {
  const choice c(32, 40, {"rule:50"});
  const selection s = c.trained();
  CHECK(model_of(s).text("chosen") == "first:95%");
  CHECK(model_of(s).part("chosen.").setting<int>("replicas") == 32);
  CHECK(stands(selection(c.plan).policy_in(model_of(s))) == 32);

  const choice of_rule(40, 41, {"rule:35"});
  const headroom::checkpoint rule = model_of(of_rule.trained());
  CHECK(rule.text("chosen") == "rule:35");
  CHECK(rule.part("chosen.").settings().empty());
  CHECK(stands(selection(c.plan).policy_in(rule)) == 35);

  headroom::checkpoint nobody;
  nobody.set("chosen", "nobody");
  CHECK_THROWS_WITH(selection(c.plan).policy_in(nobody), Catch::Contains("nobody: must have a number"));
  headroom::checkpoint early;
  CHECK_THROWS_WITH(selection(c.plan).write_model(early), Catch::Contains("must be more: nothing is chosen yet"));
}

TEST_CASE("selected: stopped after any episode and read again, it goes on as if it never was") {
  const choice c(32, 40, {"rule:50", "rule:31"});
  for (std::uint64_t at = 1; at <= 5; ++at) {
    selection s(c.plan);
    std::uint64_t last = 0;
    s.go_on([&](std::uint64_t done) {
      CHECK(done >= last);
      last = done;
      return done == at;
    });
    CHECK(s.episodes() == at);
    CHECK_FALSE(s.finished());
    headroom::checkpoint half;
    s.write_partial(half);
    CHECK(half.setting<int>("kept") == (at < 3 ? 0 : at < 5 ? 1 : 2));
    CHECK(stands(selection(c.plan).policy_in(half)) == 32);  // of the first learner, as far as it is
    selection again(c.plan);
    again.read_partial(half);
    CHECK(again.episodes() == at);
    again.go_on([](std::uint64_t) { return false; });
    REQUIRE(again.finished());
    CHECK(again.episodes() == 5);
    CHECK(stands(again.best()) == 31);
  }
}

TEST_CASE("selected: a partial of another training is refused, and this one stays as it was") {
  const choice c(32, 40, {"rule:50"});
  selection s(c.plan);
  s.go_on([](std::uint64_t done) { return done == 4; });
  headroom::checkpoint half;
  s.write_partial(half);
  headroom::checkpoint other = half;
  other.set("training.selection.of_episodes", 6);
  CHECK_THROWS_WITH(s.read_partial(other), Catch::Contains("is a training of 6 episodes, must be one of 5"));
  other = half;
  other.set("kept", 3);
  CHECK_THROWS_WITH(s.read_partial(other), Catch::Contains("has 3 trained learners, must have at most 2"));
  CHECK(s.episodes() == 4);
}

TEST_CASE("selected: it must have a learner") {
  CHECK_THROWS_WITH(selection(select_plan{}), "select: the number of learners is 0, must be positive");
}

namespace {

// Where all of them stand, in groups of three digits: who goes on together, in which order.
known::policy all_of(std::vector<known::policy> policies) {
  int digits = 0;
  for (known::policy& one : policies) digits = 1'000 * digits + one.start({});
  return known::policy(known::always{digits});
}

}  // namespace

TEST_CASE("selected: those that keep the level and need at most a fifth more than the best go on together") {
  choice c(40, 32, {"rule:50", "rule:31", "rule:33", "rule:29"});  // 29 keep less than the level
  c.plan.blend = all_of;
  const selection s = c.trained();
  CHECK(stands(s.best()) == 31'032'033);
  CHECK_THAT(s.outcome(),
             Catch::Contains("chooses from step to step among rule:31, second:95%, rule:33; the best alone "
                             "is rule:31, which kept "));
  CHECK(stands(choice(40, 32, {"rule:50", "rule:31", "rule:33", "rule:29"}).trained().best()) == 31);
}

TEST_CASE("selected: at most three go on beside the best, the cheapest ones") {
  choice c(34, 33, {"rule:31", "rule:32", "rule:35", "rule:36"});
  c.plan.blend = [](std::vector<known::policy> policies) {
    return known::policy(known::always{static_cast<int>(policies.size())});
  };
  CHECK(stands(c.trained().best()) == 4);
  CHECK_THAT(c.trained().outcome(), Catch::Contains("among rule:31, rule:32, second:95%, first:95%;"));
}

TEST_CASE("selected: a model of several has each of them, and a damaged one is refused") {
  choice c(40, 32, {"rule:50", "rule:31", "rule:33"});
  c.plan.blend = all_of;
  const headroom::checkpoint model = model_of(c.trained());
  CHECK(model.setting<int>("advisers") == 3);
  CHECK(model.text("adviser.1.name") == "second:95%");
  CHECK(model.part("adviser.1.").setting<int>("replicas") == 32);
  CHECK(stands(selection(c.plan).policy_in(model)) == 31'032'033);
  for (const int count : {0, 5}) {
    headroom::checkpoint bad = model;
    bad.set("advisers", count);
    CHECK_THROWS_WITH(selection(c.plan).policy_in(bad), Catch::Contains("advisers, must have from 1 to 4"));
  }
  headroom::checkpoint stranger = model;
  stranger.set("adviser.2.name", "nobody");
  CHECK_THROWS_WITH(selection(c.plan).policy_in(stranger), Catch::Contains("nobody: must have a number"));
}
