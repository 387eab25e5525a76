#include <headroom/live/pipeline.hpp>

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/random.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/io/journal.hpp>
#include <headroom/io/journal_reader.hpp>
#include <headroom/io/state.hpp>
#include <headroom/live/stop_signals.hpp>
#include <headroom/policies/flap_budget.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/policies/shadow.hpp>

#include "catch.hpp"
#include "live_world.hpp"
#include "scratch.hpp"

using namespace headroom;
using namespace live_world;

namespace {

using moves = std::vector<std::pair<int, int>>;
using is_outcome = decision_outcome;

const pipeline_options small_pipeline{.limits = {.minimum = 1, .maximum = 10}, .interval_s = 10, .patience_s = 60};

std::uint64_t held_by(const pipeline_health& h, hold_reason why) { return h.held[static_cast<std::size_t>(why)]; }

}  // namespace

TEST_CASE("live.pipeline: a decision is read, made, written down and applied") {
  const scratch_folder folder;
  const auto file = folder / "decisions.jsonl";
  small_service world;
  scripted::diary diary;
  {
    pipeline_options options = small_pipeline;
    options.run = "first";
    options.model = "script 1";
    pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock, journal{file}},
                  &small_sample::replicas, options};
    diary.wish = +2;
    REQUIRE(host.next(never));
    diary.wish = 0;
    REQUIRE(host.next(never));
    diary.wish = -1;
    REQUIRE(host.next(never));
    CHECK(host.health().by_policy == 3);
    CHECK(host.health().outcomes[static_cast<std::size_t>(is_outcome::applied)] == 2);
    CHECK(host.health().foreign_changes == 0);
    host.finish();
  }
  CHECK(world.scaled == moves{{4, 6}, {6, 5}});
  CHECK(diary.starts == 1);
  CHECK(diary.steps == 2);
  CHECK(diary.told.empty());  // nothing was overridden
  CHECK(diary.stops == std::vector{episode::ongoing});
  const auto all = journal_records(file);
  REQUIRE(all.size() == 3);
  CHECK(all[0].run == "first");
  CHECK(all[0].model == "script 1");
  CHECK(all[0].time_s == 1'795'310'000);
  CHECK(all[1].time_s == 1'795'310'010);
  CHECK(all[0].decided_by == "policy");
  CHECK(all[0].fields[1] == journal_field{"load", 100, 0, ""});
  CHECK(all[0].wished == 2);
  CHECK(all[0].from == 4);
  CHECK(all[0].to == 6);
  CHECK(all[0].outcome == is_outcome::applied);
  CHECK(all[1].outcome == is_outcome::held);
  CHECK(all[2].to == 5);
}

TEST_CASE("live.pipeline: shadow is a switch at the last arrow") {
  std::vector<std::vector<journal_record>> both;
  for (const bool shadow : {false, true}) {
    const scratch_folder folder;
    const auto file = folder / "decisions.jsonl";
    small_service world;
    scripted::diary diary;
    pipeline_options options = small_pipeline;
    options.shadow = shadow;
    pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock, journal{file}},
                  &small_sample::replicas, options};
    diary.wish = +2;
    host.decide();
    CHECK(world.scaled.size() == (shadow ? 0 : 1));
    diary.wish = 0;
    world.replicas = 7;  // somebody else scales
    host.decide();
    CHECK(diary.told == (shadow ? std::vector<int>{+3} : std::vector<int>{}));
    CHECK(host.health().foreign_changes == (shadow ? 0 : 1));
    both.push_back(journal_records(file));
  }
  CHECK(both[0][0].outcome == is_outcome::applied);
  CHECK(both[1][0].outcome == is_outcome::shadow);
  both[1][0].outcome = is_outcome::applied;
  CHECK(both[0][0] == both[1][0]);  // all the rest is the same
  CHECK(both[0][1] == both[1][1]);
}

TEST_CASE("live.pipeline: nothing is decided on what is not known, and the reason is told by name") {
  for (const unknown_why why :
       {unknown_why::failed, unknown_why::empty, unknown_why::not_finite, unknown_why::several}) {
    small_service world;
    scripted::diary diary;
    pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock},
                  &small_sample::replicas, small_pipeline};
    diary.wish = -1;
    host.decide();
    CHECK(world.scaled == moves{{4, 3}});
    world.load = reading::none(why);
    const journal_record& r = host.decide();
    CHECK(r.decided_by == "hold");
    CHECK(r.why == "not known: load " + std::string(to_text(why)));
    CHECK(std::isnan(r.fields[1].value));
    CHECK(r.from == 3);
    CHECK(r.to == 3);
    CHECK(world.scaled.size() == 1);
    CHECK(diary.stops == std::vector{episode::ongoing});  // the gap is not learned from
    CHECK(host.health().unknown_fields[static_cast<std::size_t>(why)] == 1);
    CHECK(held_by(host.health(), hold_reason::unknown_input) == 1);
    world.replicas.reset();
    CHECK(host.decide().why == "not known: load " + std::string(to_text(why)) + ", replicas failed");
    CHECK(!host.record().from);
    CHECK(!host.record().to);
    world.replicas = 3;
    world.load = reading::of(50);
    host.decide();
    CHECK(world.scaled == moves{{4, 3}, {3, 2}});
    CHECK(diary.starts == 1);
    CHECK(diary.loads == std::vector<double>{100, 50});
    CHECK(diary.stops.size() == 1);
  }
}

TEST_CASE("live.pipeline: after a stated time without an observation the fallback decides on what is vital") {
  small_service world;
  scripted::diary diary;
  scripted::diary safe;
  pipeline host{
      pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock, no_journal{}, scripted{&safe}},
      &small_sample::replicas, small_pipeline};
  safe.wish = +1;
  (void)host.next(never);
  world.load = reading::none(unknown_why::failed);
  for (int k = 0; k < 5; ++k) {
    (void)host.next(never);
    CHECK(host.record().decided_by == "hold");
  }
  (void)host.next(never);  // 60 s after the last complete observation
  CHECK(host.record().decided_by == "fallback");
  CHECK(host.record().why == "not known: load failed");
  CHECK(host.health().fallback_active);
  CHECK(host.health().unknown_s == 60);
  CHECK(world.scaled == moves{{4, 5}});
  CHECK(std::isnan(safe.loads.back()));  // missing is never zero
  world.replicas.reset();
  (void)host.next(never);
  CHECK(host.record().decided_by == "hold");  // not even the fallback decides without replicas
  world.replicas = 5;
  (void)host.next(never);
  CHECK(safe.starts == 1);
  CHECK(safe.steps == 1);
  world.load = reading::of(10);
  (void)host.next(never);
  CHECK(host.record().decided_by == "policy");
  CHECK(!host.health().fallback_active);
  CHECK(safe.stops == std::vector{episode::truncated});
  CHECK(host.health().by_fallback == 2);
  CHECK(host.health().unknown_s == 0);
}

TEST_CASE("live.pipeline: it starts in hold until the windows are full, and again after a long outage") {
  small_service world;
  scripted::diary diary;
  pipeline_options options = small_pipeline;
  options.warm_up_s = 30;
  pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock},
                &small_sample::replicas, options};
  diary.wish = +1;
  std::vector<std::string> by;
  const auto moments = [&](int n) {
    by.clear();
    for (int k = 0; k < n; ++k) {
      (void)host.next(never);
      by.push_back(host.record().decided_by);
    }
  };
  moments(4);
  CHECK(by == std::vector<std::string>{"hold", "hold", "hold", "policy"});
  CHECK(diary.told == std::vector<int>{0, 0, 0});
  CHECK(diary.steps == 3);  // it saw them
  CHECK(held_by(host.health(), hold_reason::warming_up) == 3);
  world.load = reading::none(unknown_why::stale);
  moments(2);
  world.load = reading::of(1);
  moments(1);
  CHECK(by == std::vector<std::string>{"policy"});  // a short gap empties no window
  world.load = reading::none(unknown_why::stale);
  moments(5);
  world.load = reading::of(1);
  moments(4);
  CHECK(by == std::vector<std::string>{"hold", "hold", "hold", "policy"});
  CHECK(diary.starts == 1);
}

TEST_CASE("live.pipeline: a clock that runs backwards does not put off the fallback") {
  small_service world;
  scripted::diary diary;
  scripted::diary safe;
  world.clock.advance(1000);
  pipeline host{
      pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock, no_journal{}, scripted{&safe}},
      &small_sample::replicas, small_pipeline};
  (void)host.next(never);
  world.load = reading::none(unknown_why::failed);
  world.clock.jump_now(-600);
  for (int k = 0; k < 7; ++k) (void)host.next(never);
  CHECK(host.record().decided_by == "fallback");
}

TEST_CASE("live.pipeline: a clock that runs backwards does not stretch the warm-up") {
  small_service world;
  scripted::diary diary;
  pipeline_options options = small_pipeline;
  options.warm_up_s = 30;
  world.clock.advance(1000);
  pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock},
                &small_sample::replicas, options};
  (void)host.next(never);
  world.clock.jump_now(-600);  // seeds 33 and 90 of the simulation of faults found this
  for (int k = 0; k < 4; ++k) (void)host.next(never);
  CHECK(host.record().decided_by == "policy");
}

TEST_CASE(
    "live.pipeline: a refusal, a conflict and no answer are not sent again, and the policy learns what happened") {
  small_service world;
  scripted::diary diary;
  pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock},
                &small_sample::replicas, small_pipeline};
  diary.wish = +2;
  world.answer = is_outcome::refused;
  host.decide();
  CHECK(diary.told == std::vector<int>{0});
  world.answer = is_outcome::conflict;
  host.decide();
  world.replicas = 9;  // by the other writer
  world.answer = is_outcome::unknown;
  diary.wish = -3;
  host.decide();
  CHECK(diary.told == std::vector<int>{0, +5});
  world.obeys = false;
  host.decide();
  CHECK(diary.told == std::vector<int>{0, +5, -3});
  host.decide();
  CHECK(diary.told == std::vector<int>{0, +5, -3, 0});
  CHECK(world.scaled == moves{{4, 6}, {4, 6}, {9, 6}, {6, 3}, {6, 3}});  // one request a decision
  CHECK(host.health().outcomes == std::array<std::uint64_t, 6>{0, 0, 0, 1, 1, 3});
}

TEST_CASE("live.pipeline: the limits have the last word, and 0 replicas are an operator's") {
  small_service world;
  scripted::diary diary;
  pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock},
                &small_sample::replicas, small_pipeline};
  diary.wish = +100;
  host.decide();
  CHECK(world.scaled.back() == std::pair{4, 10});
  CHECK(host.record().guards == std::vector<journal_guard>{{"limits", "the limits of the host", 100, 6}});
  CHECK(diary.told == std::vector<int>{6});
  diary.wish = -100;
  host.decide();
  CHECK(world.scaled.back() == std::pair{10, 1});
  world.replicas = 40;  // somebody went beyond the limits: a hold stays a hold
  diary.wish = 0;
  host.decide();
  CHECK(world.scaled.size() == 2);
  diary.wish = +1;
  host.decide();
  CHECK(world.scaled.back() == std::pair{40, 10});
  world.replicas = 0;
  host.decide();
  CHECK(world.scaled.size() == 3);
  CHECK(host.record().decided_by == "hold");
  CHECK(host.record().why == "the service is switched off: 0 replicas");
  CHECK(held_by(host.health(), hold_reason::switched_off) == 1);
  CHECK(host.health().by_policy == 4);
  CHECK(diary.told.back() == 0);
}

TEST_CASE("live.pipeline: nothing is decided on a read that was too slow, and the phase is kept") {
  small_service world;
  scripted::diary diary;
  pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock},
                &small_sample::replicas, small_pipeline};
  diary.wish = +1;
  (void)host.next(never);
  world.read_takes_s = 12;
  (void)host.next(never);
  CHECK(host.record().why == "the read took too long");
  CHECK(world.scaled.size() == 1);
  world.read_takes_s = 0;
  (void)host.next(never);
  CHECK(to_seconds(world.clock.now()) == 30);
  CHECK(host.health().missed == 1);
  CHECK(world.scaled.size() == 2);
  CHECK(held_by(host.health(), hold_reason::slow_read) == 1);
}

namespace {

// A journal on a disk that is full.
struct full_journal {
  const bool* full;
  std::vector<journal_record>* kept;
  void decided(const journal_record& r, bool) const {
    if (*full) throw std::runtime_error("no space left on device");
    kept->push_back(r);
  }
  void became(const journal_record& r) const {
    if (*full) throw std::runtime_error("no space left on device");
    kept->back().outcome = r.outcome;
  }
};

}  // namespace

TEST_CASE("live.pipeline: what cannot be written down is not sent, unless the host says so") {
  for (const bool act : {false, true}) {
    small_service world;
    scripted::diary diary;
    bool full = true;
    std::vector<journal_record> kept;
    pipeline_options options = small_pipeline;
    options.act_without_journal = act;
    pipeline host{
        pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock, full_journal{&full, &kept}},
        &small_sample::replicas, options};
    diary.wish = +1;
    host.decide();
    CHECK(world.scaled.size() == (act ? 1 : 0));
    CHECK(diary.told == (act ? std::vector<int>{} : std::vector<int>{0}));
    CHECK(host.health().journal_failures == 1);
    CHECK(held_by(host.health(), hold_reason::no_journal) == (act ? 0 : 1));
    full = false;
    host.decide();
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].outcome == is_outcome::applied);
  }
}

TEST_CASE("live.pipeline: in shadow a scaler may be asked whether the service would take the change") {
  struct rehearsing {
    small_service* world;
    moves* rehearsed;
    decision_outcome scale(int from, int to) { return scaler_of{world}.scale(from, to); }
    void rehearse(int from, int to) {
      rehearsed->push_back({from, to});
      throw std::runtime_error("no answer");  // nothing depends on it
    }
  };
  for (const bool shadow : {false, true}) {
    small_service world;
    scripted::diary diary;
    moves rehearsed;
    pipeline_options options = small_pipeline;
    options.shadow = shadow;
    pipeline host{pipeline_parts{world.source(), scripted{&diary}, rehearsing{&world, &rehearsed}, world.clock},
                  &small_sample::replicas, options};
    diary.wish = 0;
    REQUIRE(host.next(never));
    diary.wish = +2;
    REQUIRE(host.next(never));
    CHECK(rehearsed == (shadow ? moves{{4, 6}} : moves{}));
    CHECK(world.scaled == (shadow ? moves{} : moves{{4, 6}}));
    CHECK(host.record().outcome == (shadow ? is_outcome::shadow : is_outcome::applied));
  }
}

TEST_CASE("live.pipeline: what the service said to a rehearsal stands in the journal") {
  struct asking {
    small_service* world;
    decision_outcome scale(int from, int to) { return scaler_of{world}.scale(from, to); }
    static rehearsal rehearse(int, int to) {
      if (to > 6) return {decision_outcome::refused, "a quota"};
      return decision_outcome::applied;
    }
  };
  struct keeps_both {
    std::vector<journal_record>* kept;
    std::vector<journal_record>* answers;
    void decided(const journal_record& r, bool) { kept->push_back(r); }
    void became(const journal_record& r) { answers->push_back(r); }
  };
  small_service world;
  scripted::diary diary;
  std::vector<journal_record> kept;
  std::vector<journal_record> answers;
  pipeline_options options = small_pipeline;
  options.shadow = true;
  pipeline host{
      pipeline_parts{world.source(), scripted{&diary}, asking{&world}, world.clock, keeps_both{&kept, &answers}},
      &small_sample::replicas, options};
  for (const int wish : {0, +2, +4}) {
    diary.wish = wish;
    host.decide();
  }
  REQUIRE(kept.size() == 3);
  REQUIRE(answers.size() == 2);  // where nothing was to be done, nothing was asked
  CHECK(!kept[1].rehearsed);     // the line of a decision comes before the answer
  CHECK(answers[0].rehearsed == decision_outcome::applied);
  CHECK(answers[0].outcome == decision_outcome::shadow);
  CHECK(answers[1].rehearsed == decision_outcome::refused);
  CHECK(answers[1].rehearsed_why == "a quota");
  CHECK(world.scaled.empty());
}

TEST_CASE("live.pipeline: guards, shadows and what describes a decision stand in the record") {
  small_service world;
  scripted::diary diary;
  scripted::diary candidate;
  const auto cautious = [](const small_sample&, int wish) { return wish > 1 ? 1 : wish; };
  auto policy = shadow_on<small_sample>(
      guarded{scripted{&diary}, cautious}, std::vector<scripted>{{&candidate}}, {"other"},
      [](int move, int, const small_sample&, const small_sample& next) { return next.replicas + move; });
  std::vector<int> befores;
  const auto describe = [&](journal_record& r, const small_sample* before, int executed, const small_sample& now) {
    befores.push_back(before == nullptr ? -1 : executed);
    if (before != nullptr) r.reward.push_back({"replicas", -1.0 * now.replicas});
    r.state = 5;
  };
  pipeline host{pipeline_parts{world.source(), std::move(policy), scaler_of{&world}, world.clock, no_journal{},
                               hold_policy{}, describe},
                &small_sample::replicas, small_pipeline};
  diary.wish = +3;
  candidate.wish = -2;
  host.decide();
  CHECK(host.record().wished == 3);
  CHECK(host.record().guards == std::vector<journal_guard>{{"guarded", "", 3, 1}});
  CHECK(host.record().shadows == std::vector<journal_shadow>{{"other", -2}});
  CHECK(host.record().reward.empty());
  CHECK(host.record().state == 5U);
  host.decide();
  CHECK(host.record().reward == std::vector<journal_number>{{"replicas", -5}});
  world.load = reading::none(unknown_why::failed);
  host.decide();
  world.load = reading::of(1);
  host.decide();
  CHECK(befores == std::vector<int>{-1, +1, -1});  // an interval with a gap is not judged
  CHECK(host.health().guarded == 3);
}

namespace {

// Names the types for learn_on.
struct small_world {
  using observation_type = small_sample;
  using action_type = int;
  static small_sample reset() { return {}; }
  static step_result<small_sample> step(int) { return {}; }
};

}  // namespace

TEST_CASE("live.pipeline: a learner in it is driven in the right order, gaps and all") {
  small_service world;
  bins see{cut{&small_sample::load, {50, 100, 150}}};
  limited menu{actions{0, -1, +1}, &small_sample::replicas, {.minimum = 1, .maximum = 10}};
  sarsa agent{see.size(), menu.size(), {.discount = 0.9}, 3};
  const auto cost = [](const small_sample&, int, const small_sample& next) { return -1.0 * next.replicas; };
  pipeline_options options = small_pipeline;
  options.warm_up_s = 20;
  pipeline host{pipeline_parts{world.source(), learn_on<small_world>(see, std::move(agent), cost, menu),
                               scaler_of{&world}, world.clock},
                &small_sample::replicas, options};
  engine random(8);
  for (int episode_number = 0; episode_number < 3; ++episode_number) {
    for (int k = 0; k < 300; ++k) {
      world.load = random.uniform() < 0.2 ? reading::none(unknown_why::empty) : reading::of(200 * random.uniform());
      world.answer = static_cast<decision_outcome>(2 + random.below(4));
      world.obeys = random.uniform() < 0.5;
      if (random.uniform() < 0.05) world.replicas = 1 + static_cast<int>(random.below(10));
      (void)host.next(never);
    }
    host.finish();
  }
  const auto health = host.all().policy.health();
  CHECK(health.misused.steps_without_start == 0);
  CHECK(health.misused.repeated_stops == 0);
  CHECK(health.misused.starts_within == 0);
  CHECK(health.refused.observations == 0);
  CHECK(host.health().by_policy > 500);
}

TEST_CASE("live.pipeline: a signal ends the loop after the decision, and the policy is stopped") {
  small_service world;
  scripted::diary diary;
  pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock},
                &small_sample::replicas, small_pipeline};
  const stop_signals stop;
  int asked = 0;
  const pipeline_health& h = host.run([&] {
    if (++asked == 25) std::raise(SIGTERM);
    return stop();
  });
  CHECK(stop.signal() == SIGTERM);
  CHECK(h.decisions == 3);
  CHECK(h.missed == 0);
  CHECK(diary.stops == std::vector{episode::ongoing});
}

TEST_CASE("live.pipeline: two processes have two names in the journal") {
  small_service world;
  scripted::diary diary;
  std::vector<std::string> runs;
  for (int process = 0; process < 2; ++process) {
    pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock},
                  &small_sample::replicas, small_pipeline};
    runs.push_back(host.decide().run);
    world.clock.advance(0.001);
  }
  CHECK(runs[0] == "1795310000");
  CHECK(runs[1] != runs[0]);
}

TEST_CASE("live.pipeline: what cannot work is refused by name") {
  small_service world;
  scripted::diary diary;
  const auto make = [&](const pipeline_options& options) {
    pipeline host{pipeline_parts{world.source(), scripted{&diary}, scaler_of{&world}, world.clock},
                  &small_sample::replicas, options};
  };
  CHECK_THROWS_WITH(make({.interval_s = 0}), "pipeline: interval_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(make({.warm_up_s = -1}), "pipeline: warm_up_s is -1, must be zero or more, and finite");
  CHECK_THROWS_AS(make({.limits = {.minimum = 3, .maximum = 2}}), std::invalid_argument);
}

TEST_CASE("live.pipeline: a process that is started anew goes on with the guards, and notices who scaled meanwhile") {
  struct as_told {
    int* wish;
    int start(const small_sample&) { return *wish; }
    int step(const small_sample&) { return *wish; }
    void stop(const small_sample&, episode) {}
  };
  small_service world;
  int wish = 0;
  const signals<small_sample> see{.time_s = &small_sample::time_s, .replicas = &small_sample::replicas};
  pipeline_options options = small_pipeline;
  // The time of the observation goes on over the processes.
  const auto begun = [&] {
    return pipeline{
        pipeline_parts{
            sense<small_sample>{{&small_sample::time_s, [&] { return reading::of(to_seconds(world.clock.now())); }},
                                {&small_sample::replicas, [&] { return reading::of(*world.replicas); }}},
            flap_budget{as_told{&wish}, see, {.changes = 2, .window_s = 1e4}}, scaler_of{&world}, world.clock},
        &small_sample::replicas, options};
  };
  checkpoint saved;
  {
    auto host = begun();
    for (const int one : {+1, -1, +1, 0}) {
      wish = one;
      REQUIRE(host.next(never));
    }
    CHECK(host.health().outcomes[static_cast<std::size_t>(is_outcome::applied)] == 3);
    wish = +2;
    REQUIRE(host.next(never));
    store(host, saved);
  }
  CHECK(world.replicas == 7);
  world.replicas = 9;  // while nobody looked
  options.warm_up_s = 15;
  auto host = begun();
  restore(host, saved);
  wish = -1;
  REQUIRE(host.next(never));
  CHECK(host.record().decided_by == "hold");
  CHECK(host.record().why == to_text(hold_reason::warming_up));
  CHECK(host.health().foreign_changes == 1);
  REQUIRE(host.next(never));
  REQUIRE(host.next(never));
  CHECK(host.record().decided_by == "policy");
  REQUIRE(host.record().guards.size() == 1);  // the budget of the process before is used up
  CHECK(host.record().guards[0].guard == "flap_budget");
  CHECK(world.replicas == 9);
  auto without = begun();
  for (int k = 0; k < 3; ++k) REQUIRE(without.next(never));
  CHECK(world.replicas == 8);
  CHECK(without.health().foreign_changes == 0);
}

TEST_CASE("live.pipeline: the state and the action values of a learner stand in the journal") {
  const scratch_folder folder;
  const auto file = folder / "decisions.jsonl";
  small_service world;
  struct small_world {
    using observation_type = small_sample;
    using action_type = int;
    small_sample reset() { return {}; }
    step_result<small_sample> step(int) { return {{}, episode::ongoing}; }
  };
  bins parts{cut{&small_sample::load, {50, 150}}};
  auto learner = learn_on<small_world>(
      parts, sarsa{parts.size(), 2, {}, 1}, [](const small_sample&, int, const small_sample&) { return 0.0; },
      actions{0, +1});
  {
    pipeline host{pipeline_parts{world.source(), frozen{learner}, scaler_of{&world}, world.clock, journal{file}},
                  &small_sample::replicas, small_pipeline};
    REQUIRE(host.next(never));
    world.load = reading::of(200);
    REQUIRE(host.next(never));
  }
  const auto all = journal_records(file);
  REQUIRE(all.size() == 2);
  CHECK(all[0].state == 1U);
  CHECK(all[1].state == 2U);
  CHECK(all[1].action == 0U);
  CHECK(all[1].values == std::vector<double>{0, 0});
  CHECK(all[1].legal.empty());
}
