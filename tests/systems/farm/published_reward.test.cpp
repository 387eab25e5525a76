#include <headroom/systems/farm/published_reward.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>
#include <headroom/systems/farm/environment.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Reward<farm::published_reward, farm::observation, int>);

namespace {

farm::observation seen(double worker_queue, double qos_rate, double workers, int applied_delta,
                       episode status = episode::ongoing, double unfinished = 0) {
  farm::observation o;
  o.worker_queue = worker_queue;
  o.qos_rate = qos_rate;
  o.workers = workers;
  o.applied_delta = applied_delta;
  o.status = status;
  o.unfinished = unfinished;
  return o;
}

double head(const farm::observation& next) {
  return farm::published_reward{farm::reward_options::dqn_row()}(farm::observation{}, 0, next);
}
double sarsa_row(const farm::observation& next) {
  return farm::published_reward{farm::reward_options::sarsa_row()}(farm::observation{}, 0, next);
}
// Each side is at most eight operations on numbers below 2048, each wrong by half a unit in the last place of such a
// number.
auto about(double value) { return Approx(value).margin(2 * 8 * 2048 * 0x1.0p-53).epsilon(0); }

}  // namespace

TEST_CASE("farm::published_reward: the DQN row's weights, term by term") {
  CHECK(farm::published_reward{}.options().qos == 36);  // the default is this set
  // A healthy step: 36 * 0.05 + 0.1 * 36.
  CHECK(head(seen(0, 1, 14, 0)) == about(5.4));
  CHECK(head(seen(0, 1, 1, 0)) == about(5.4));
  // Workers above 14 cost 0.05 each, but only while at most 8 requests wait and quality holds.
  CHECK(head(seen(8, 1, 20, 0)) == about(5.4 - 0.3));
  CHECK(head(seen(8.5, 1, 20, 0)) == about(5.4));
  CHECK(head(seen(0, 0.9, 20, 0)) == about(36 * -0.05));
  // The bonus of 3.6 ends at half of the target of 30.
  CHECK(head(seen(15, 1, 14, 0)) == about(5.4));
  CHECK(head(seen(15.5, 1, 14, 0)) == about(1.8));
  // The objective itself is healthy, and brings nothing else.
  CHECK(head(seen(0, 0.95, 14, 0)) == about(3.6));
  // Beyond 30 waiting requests the square of the excess counts.
  CHECK(head(seen(30, 1, 14, 0)) == about(1.8));
  CHECK(head(seen(60, 0.5, 14, 0)) == about(36 * -0.45 - 2.5));
  CHECK(head(seen(90, 0.5, 14, 0)) == about(36 * -0.45 - 2.5 * 4));
}

TEST_CASE("farm::published_reward: the DQN row's rewards for scaling") {
  // Up while overloaded, by the queue or by quality, pays 5.5 a worker; any scaling costs 0.08 a worker.
  CHECK(head(seen(60, 1, 14, +1)) == about(1.8 - 2.5 - 0.08 + 5.5));
  CHECK(head(seen(0, 0.9, 14, +1)) == about(-1.8 - 0.08 + 5.5));
  CHECK(head(seen(0, 0.9, 14, +2)) == about(-1.8 - 0.16 + 11));
  CHECK(head(seen(0, 1, 14, +1)) == about(5.4 - 0.08));   // not overloaded: only the cost
  CHECK(head(seen(30, 1, 14, +1)) == about(1.8 - 0.08));  // a load of exactly 1 is no overload
  // Down while not overloaded pays 0.1 a worker.
  CHECK(head(seen(0, 1, 14, -1)) == about(5.4 - 0.08 + 0.1));
  CHECK(head(seen(0, 1, 14, -3)) == about(5.4 - 0.24 + 0.3));
  CHECK(head(seen(0, 0.9, 14, -1)) == about(-1.8 - 0.08));
}

TEST_CASE("farm::published_reward: the DQN row's terminal terms") {
  CHECK(head(seen(0, 1, 14, 0, episode::terminated)) == about(5.4 + 8));
  CHECK(head(seen(0, 1, 14, 0, episode::truncated, 0)) == about(5.4));
  CHECK(head(seen(0, 1, 14, 0, episode::truncated, 7)) == about(5.4 - 14));
  CHECK(head(seen(0, 1, 14, 0, episode::truncated, 30)) == about(5.4 - 60));
  CHECK(head(seen(0, 1, 14, 0, episode::truncated, 500)) == about(5.4 - 60));
  // While it goes on, and when it is all done, what is unfinished does not count.
  CHECK(head(seen(0, 1, 14, 0, episode::ongoing, 500)) == about(5.4));
  CHECK(head(seen(0, 1, 14, 0, episode::terminated, 500)) == about(5.4 + 8));
}

TEST_CASE("farm::published_reward: the SARSA row's weights") {
  // 33 * 0.05 + 3.3
  CHECK(sarsa_row(seen(0, 1, 12, 0)) == about(4.95));
  CHECK(sarsa_row(seen(5, 1, 15, 0)) == about(4.95 - 1.6 * 3));
  CHECK(sarsa_row(seen(5.5, 1, 15, 0)) == about(4.95));
  CHECK(sarsa_row(seen(6.5, 1, 12, 0)) == about(4.95));  // half of 13
  CHECK(sarsa_row(seen(7, 1, 12, 0)) == about(1.65));
  CHECK(sarsa_row(seen(26, 0.75, 12, 0)) == about(33 * -0.2 - 12));
  CHECK(sarsa_row(seen(39, 0.75, 12, 0)) == about(33 * -0.2 - 12 * 4));
  CHECK(sarsa_row(seen(26, 0.75, 12, +1)) == about(33 * -0.2 - 12 - 1.1 + 6.5));
  CHECK(sarsa_row(seen(0, 1, 12, -1)) == about(4.95 - 1.1 + 5.5));
  CHECK(sarsa_row(seen(0, 1, 12, 0, episode::terminated)) == about(4.95 + 6));
  CHECK(sarsa_row(seen(0, 1, 12, 0, episode::truncated, 10)) == about(4.95 - 25));
  CHECK(sarsa_row(seen(0, 1, 12, 0, episode::truncated, 31)) == about(4.95 - 75));
}

TEST_CASE("farm::published_reward: the other published sets, by one observation that touches every term but the ends") {
  // load 2 or more, quality 0.9, one worker up
  const auto o = seen(100, 0.9, 20, +1);
  const auto with = [&](const farm::reward_options& options) {
    return farm::published_reward{options}(farm::observation{}, 0, o);
  };
  CHECK(with(farm::reward_options::queue_of_10()) == about(35 * -0.05 - 22 * 81 - 0.3 + 10));
  CHECK(with(farm::reward_options::queue_of_40()) == about(38 * -0.05 - 7 * 2.25 - 0.7 + 5));
  CHECK(with(farm::reward_options::queue_of_50()) == about(20 * -0.05 - 0.3 - 0.3 + 2));
  // and by its opposite: idle, healthy, one worker down, ended
  const auto idle = seen(0, 1, 20, -1, episode::terminated);
  const auto at_rest = [&](const farm::reward_options& options) {
    return farm::published_reward{options}(farm::observation{}, 0, idle);
  };
  CHECK(at_rest(farm::reward_options::queue_of_10()) == about(35 * 0.05 + 3.5 - 0.3 - 0.1 * 8 + 1 + 6));
  CHECK(at_rest(farm::reward_options::queue_of_40()) == about(38 * 0.05 + 3.8 - 0.7 - 0.5 * 8 + 1.5 + 6));
  CHECK(at_rest(farm::reward_options::queue_of_50()) == about(20 * 0.05 + 2 - 0.3 - 0.5 * 7 + 1.5 + 10));
}

TEST_CASE("farm::published_reward: a queue target below 1 counts as 1") {
  farm::reward_options o;
  o.queue_target = 0;
  CHECK(farm::published_reward{o}(farm::observation{}, 0, seen(2, 1, 14, 0)) == about(1.8 - 2.5));
}

TEST_CASE("farm::published_reward: it reads the applied action and not the requested one, and nothing of before") {
  const farm::published_reward r;
  const auto next = seen(0, 1, 14, 0);
  CHECK(r(seen(500, 0, 32, 1), +1, next) == r(farm::observation{}, 0, next));
}

TEST_CASE("farm::published_reward: impossible weights are refused") {
  farm::reward_options o;
  o.target_qos = 1.5;
  CHECK_THROWS_WITH(farm::published_reward{o}, "farm::published_reward: target_qos is 1.5, must be in [0, 1]");
  for (double farm::reward_options::*weight :
       {&farm::reward_options::queue_target, &farm::reward_options::balanced_workers, &farm::reward_options::idle_queue,
        &farm::reward_options::unfinished, &farm::reward_options::completion, &farm::reward_options::qos,
        &farm::reward_options::backlog, &farm::reward_options::scaling, &farm::reward_options::efficiency,
        &farm::reward_options::scale_up, &farm::reward_options::scale_down}) {
    farm::reward_options bad;
    bad.*weight = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(farm::published_reward{bad}, "farm::published_reward: a weight is nan, must be finite");
    bad.*weight = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(farm::published_reward{bad}, "farm::published_reward: a weight is inf, must be finite");
  }
}
