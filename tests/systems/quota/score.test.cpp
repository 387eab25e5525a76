#include <headroom/systems/quota/score.hpp>

#include <headroom/systems/quota/environment.hpp>
#include <headroom/systems/quota/published_reward.hpp>
#include <headroom/run/evaluate.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// One step of a run, as an observer sees it.
struct record {
  quota::observation observation;
  quota::action action;
  quota::observation next;
};
quota::observation outcome(double kills, double ratio, double reserved, bool refused) {
  quota::observation o;
  o.oom_kills = kills;
  o.latency_ratio = ratio;
  o.reserved = reserved;
  o.refused = refused;
  o.saving = 0.25;
  return o;
}

}  // namespace

static_assert(Score<quota::score<quota::saving>>);

TEST_CASE("the figures of three decisions") {
  quota::score score{quota::saving{}};
  score.on_step(record{{}, quota::action::apply, outcome(2, 1, 0.5, false)});
  score.on_start(quota::observation{});
  score.on_step(record{{}, quota::action::apply, outcome(3, 1.2, 0.5, false)});
  score.on_step(record{{}, quota::action::apply, outcome(0, -1, 0.4, true)});
  score.on_step(record{{}, quota::action::scale_down, outcome(1, 1.19, 0.3, false)});
  const auto v = score.values();
  CHECK(v[0] == 0.75);
  CHECK(v[1] == 4);
  CHECK(v[2] == 2);
  CHECK(v[3] == Approx(0.4));
  CHECK(v[4] == 1);
  CHECK(v[5] == 0);
  CHECK(v[6] == 2);
  CHECK(v[9] == 1);
  CHECK(score.names[9] == "scale_down");
}
