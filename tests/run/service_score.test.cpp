#include <headroom/run/service_score.hpp>

#include <cmath>

#include <headroom/environments/service_observation.hpp>
#include <headroom/run/evaluate.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct step {
  const service_observation& observation;
  int action;
  const service_observation& next;
};
struct bill {
  double operator()(const service_observation&, int, const service_observation& next) const { return -next.late; }
};
service_observation seen(double time_s, int replicas, int applied) {
  service_observation o;
  o.time_s = time_s;
  o.replicas = replicas;
  o.applied = applied;
  return o;
}

}  // namespace

TEST_CASE("service_score: every figure of a short episode, by hand") {
  service_score score{bill{}};
  static_assert(Score<decltype(score)>);
  const auto of = [&](std::string_view name) {
    for (std::size_t k = 0; k < score.names.size(); ++k) {
      if (score.names[k] == name) return score.values()[k];
    }
    return std::nan("");
  };
  const service_observation a = seen(0, 2, 0);
  service_observation b = seen(10, 4, +2);
  b.starting = 2;
  b.late = 3;
  service_observation c = seen(40, 3, -1);
  c.late = 1;
  c.in_time = 0.75;
  score.on_start(a);
  score.on_step(step{a, +2, b});
  CHECK(std::isnan(of("in_time")));
  score.on_step(step{b, -1, c});
  CHECK(of("in_time") == 0.75);
  CHECK(of("mean_replicas") == Approx((10 * 4 + 30 * 3) / 40.0));
  CHECK(of("max_replicas") == 4);
  CHECK(of("scaling_actions") == 2);
  CHECK(of("turns") == 1);
  CHECK(of("mean_starting") == Approx(10 * 2 / 40.0));
  CHECK(of("late") == 4);
  CHECK(of("total_reward") == -4);

  score.on_start(a);  // a new episode forgets the one before
  score.on_step(step{a, 0, seen(10, 2, 0)});
  CHECK(of("turns") == 0);
  CHECK(of("late") == 0);
  CHECK(of("mean_replicas") == 2);
}
