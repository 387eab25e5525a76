#include <headroom/live/live.hpp>

#include <stdexcept>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"
#include "live_world.hpp"

using namespace headroom;
using namespace live_world;

namespace {

struct delta_actuator {
  small_service* world;
  void apply(int delta) const {
    world->scaled.emplace_back(*world->replicas, *world->replicas + delta);
    world->replicas = *world->replicas + delta;
  }
};

}  // namespace

TEST_CASE("live.live: a live service is an environment, so run drives it, and an observer stops it") {
  small_service world;
  scripted::diary diary;
  scripted policy{&diary};
  live host{world.source(), delta_actuator{&world}, world.clock, {.interval_s = 10, .patience_s = 60}};
  static_assert(Environment<decltype(host)>);
  diary.wish = +1;
  struct until_7 {
    bool on_step(const step_record<small_sample, int>& r) const { return r.next.replicas == 7; }
  };
  const run_result done = run(host, policy, run_limits{}, until_7{});
  CHECK(done.steps == 3);
  CHECK(done.stopped);
  CHECK(*world.replicas == 7);
  CHECK(to_seconds(world.clock.now()) == 30);
  CHECK(diary.stops == std::vector{episode::truncated});
}

TEST_CASE("live.live: without an observation nothing is done, and after a while the episode is cut") {
  small_service world;
  live host{world.source(), delta_actuator{&world}, world.clock, {.interval_s = 10, .patience_s = 60}};
  CHECK(host.reset().replicas == 4);
  world.load = reading::none(unknown_why::failed);
  const auto cut = host.step(+1);
  CHECK(cut.status == episode::truncated);
  CHECK(cut.observation.replicas == 4);  // the last that was known, and no zeros
  CHECK(cut.observation.load == 100);
  CHECK(host.held() == 6);
  CHECK(to_seconds(world.clock.now()) == 60);
  CHECK(world.scaled.size() == 1);
  CHECK_THROWS_WITH(host.reset(), "live: there was no observation for 60 s");
  world.load = reading::of(3);
  CHECK(host.reset().load == 3);
}

TEST_CASE("live.live: in shadow nothing is applied") {
  small_service world;
  live host{world.source(), delta_actuator{&world}, world.clock, {.interval_s = 10, .shadow = true}};
  (void)host.reset();
  CHECK(host.step(+1).observation.replicas == 4);
  CHECK(world.scaled.empty());
  CHECK_THROWS_WITH((live{world.source(), delta_actuator{&world}, world.clock, {.interval_s = -1}}),
                    "live: interval_s is -1, must be positive and finite");
}
