#include <headroom/systems/farm/score.hpp>

#include <array>
#include <cstddef>
#include <string_view>

#include <headroom/baselines/constant.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/run/run.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr auto queue_and_action = [](const farm::observation& before, int action, const farm::observation& next) {
  return 100 * before.worker_queue + 10 * action + next.worker_queue;
};

template <class S>
double figure(const S& score, std::string_view name) {
  std::size_t m = 0;
  while (S::names.at(m) != name) ++m;
  return score.values()[m];
}

farm::observation seen(double workers, int requested, int applied, double queue) {
  farm::observation o;
  o.workers = workers;
  o.requested_delta = requested;
  o.applied_delta = applied;
  o.worker_queue = queue;
  return o;
}

}  // namespace

TEST_CASE("the farm's figures, by hand") {
  farm::score score{queue_and_action};
  static_assert(Score<decltype(score)>);
  for (int round = 0; round < 2; ++round) {  // the second forgets the first
    const farm::observation first = seen(12, 0, 0, 1);
    score.on_start(first);
    for (const double v : score.values()) CHECK(v == 0);
    const farm::observation a = seen(13, 1, 1, 2);  // one more
    const farm::observation b = seen(13, 1, 0, 4);  // asked for, and clipped
    const farm::observation c = seen(13, 0, 0, 0);  // nothing
    farm::observation d = seen(11, -2, -2, 8);
    d.final_qos = 0.75;
    d.final_qos_all = 0.5;
    d.unfinished = 3;
    const auto step = [&](const farm::observation& before, int action, const farm::observation& next) {
      score.on_step(step_record<farm::observation, int>{before, action, next});
    };
    step(first, 1, a);
    step(a, 1, b);
    step(b, 0, c);
    step(c, -2, d);
    CHECK(figure(score, "final_qos") == 0.75);
    CHECK(figure(score, "final_qos_all") == 0.5);
    CHECK(figure(score, "mean_workers") == (13 + 13 + 13 + 11) / 4.0);  // without the initial 12
    CHECK(figure(score, "max_workers") == 13);
    CHECK(figure(score, "scaling_actions") == 2);
    CHECK(figure(score, "requested_actions") == 3);
    CHECK(figure(score, "noop_actions") == 1);
    CHECK(figure(score, "total_reward") == (100 + 10 + 2) + (200 + 10 + 4) + (400 + 0 + 0) + (0 - 20 + 8));
    CHECK(figure(score, "unfinished_tasks") == 3);
  }
}

TEST_CASE("the initial number of workers counts neither in the mean nor in the maximum") {
  farm::score score{queue_and_action};
  const farm::observation first = seen(20, 0, 0, 0);
  const farm::observation next = seen(19, -1, -1, 0);
  score.on_start(first);
  score.on_step(step_record<farm::observation, int>{first, -1, next});
  CHECK(figure(score, "mean_workers") == 19);
  CHECK(figure(score, "max_workers") == 19);
}

TEST_CASE("the farm's figures of a real episode agree with what its observations say") {
  farm::environment world(42);
  constant policy{14, &farm::observation::workers, {.maximum = 32, .max_up = 1, .max_down = 1}};
  farm::score score{farm::published_reward{}};
  struct {
    double reward = 0;
    farm::observation last;
    farm::published_reward published{};
    void on_step(const step_record<farm::observation, int>& r) {
      reward += published(r.observation, r.action, r.next);
      last = r.next;
    }
  } tally;
  const run_result done = run_episodes(world, policy, 1, score, tally);
  CHECK(figure(score, "scaling_actions") == 2);
  CHECK(figure(score, "requested_actions") == 2);
  CHECK(figure(score, "noop_actions") == static_cast<double>(done.steps) - 2);
  CHECK(figure(score, "max_workers") == 14);
  CHECK(figure(score, "mean_workers") ==
        Approx(14 - 1.0 / static_cast<double>(done.steps)).epsilon(1e-14));  // one step at 13
  CHECK(figure(score, "total_reward") == tally.reward);
  CHECK(figure(score, "final_qos") == tally.last.final_qos);
  CHECK(figure(score, "final_qos_all") == tally.last.final_qos_all);
  CHECK(figure(score, "unfinished_tasks") == tally.last.unfinished);
  CHECK(figure(score, "final_qos") > 0);
}

TEST_CASE("scoring takes no memory") {
  farm::score score{farm::published_reward{}};
  const farm::observation o = seen(12, 0, 0, 1);
  CHECK(allocations_in([&] {
          score.on_start(o);
          for (int k = 0; k < 100; ++k) score.on_step(step_record<farm::observation, int>{o, 0, o});
          static_cast<void>(score.values());
        }) == 0);
}

TEST_CASE("a mean over steps counts a long step once, a mean by time for as long as it takes") {
  farm::observation before;
  farm::observation quick;
  quick.time_s = 8;
  quick.workers = 10;
  farm::observation slow = quick;
  slow.time_s = 32;
  slow.workers = 14;
  farm::score score{farm::published_reward{}};
  score.on_start(before);
  score.on_step(step_record<farm::observation, int>{before, 0, quick});
  score.on_step(step_record<farm::observation, int>{quick, 4, slow});
  CHECK(figure(score, "mean_workers") == 12);
  CHECK(figure(score, "mean_workers_by_time") == Approx(13).epsilon(1e-15));  // 8 s of 10, 24 s of 14
}
