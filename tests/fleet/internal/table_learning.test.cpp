#include <headroom/fleet/internal/table_learning.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include <headroom/agents/q_learning.hpp>
#include <headroom/encoders/bins.hpp>

#include "catch.hpp"

// One service at a time, by hand; whole fleets beside whole learners are in tests/fleet/table_fleet.test.cpp.

using namespace headroom;

namespace {

struct hand_sample {
  double load = 0;
};
struct hand_world {
  using observation_type = hand_sample;
  using action_type = int;
  hand_sample reset() { return {}; }
  step_result<hand_sample> step(int) { return {}; }
};
struct hand_cost {
  double operator()(const hand_sample& o, int, const hand_sample& next) const { return next.load - 3 * o.load; }
};
auto hand_learner(double trace_decay = 0) {
  return learn_on<hand_world>(bins{cut{&hand_sample::load, {10}}},
                              q_learning{2, 3, {.learning_rate = 0.5, .discount = 0, .trace_decay = trace_decay}, 1},
                              hand_cost{}, actions{-1, 0, 1});
}
template <class Observation, class Organs>
struct hand_fleet : internal::table_learning<Observation, Organs> {
  using base = internal::table_learning<Observation, Organs>;
  hand_fleet(const learner<Observation, Organs>& l, std::size_t n) : base(l, n, {}) {
    while (base::slots_.size() < n) base::slots_.join();
  }
  using base::counts_;
  using base::learn;
  using base::seats_;
  using base::stop;
  using base::table_at;
};
template <class Observation, class Organs>
hand_fleet(const learner<Observation, Organs>&, std::size_t) -> hand_fleet<Observation, Organs>;

}  // namespace

TEST_CASE("table_learning: a service learns the value of its action in its own table alone") {
  hand_fleet all{hand_learner(), 2};
  const int first = all.learn(1, {4}, state_index{0});
  CHECK(all.seats_[1].done.steps == 0);
  all.learn(1, {20}, state_index{1});  // reward 20 - 12
  const auto ours = all.table_at(1);
  CHECK(ours[static_cast<std::size_t>(first + 1)] == 4);
  CHECK(std::count(ours.begin(), ours.end(), 0.0) == 5);
  const auto other = all.table_at(0);
  CHECK(std::count(other.begin(), other.end(), 0.0) == 6);
  CHECK(all.seats_[1].done.steps == 1);
  CHECK(all.seats_[0].done.steps == 0);

  // What cannot be encoded is answered with the neutral action, counted, and taught to nobody.
  CHECK(all.learn(1, {5}, no_state) == 0);
  CHECK(all.counts_[1].refused.observations == 1);
  CHECK(all.seats_[1].done.steps == 1);
  all.learn(1, {1}, state_index{0});
  CHECK(all.seats_[1].done.steps == 1);  // nobody knows what the neutral action did
  const int last = all.learn(1, {2}, state_index{0});
  CHECK(all.seats_[1].done.steps == 2);
  const double before = all.table_at(1)[static_cast<std::size_t>(last + 1)];
  all.stop(1, {8}, episode::terminated);  // reward 8 - 6
  CHECK(all.table_at(1)[static_cast<std::size_t>(last + 1)] == before + 0.5 * (2 - before));
  CHECK(all.seats_[1].done.episodes == 1);
  CHECK(all.seats_[1].now == internal::table_phase::idle);
}

TEST_CASE("table_learning: refuses an agent with traces") {
  CHECK_THROWS_AS((hand_fleet{hand_learner(0.5), 1}), std::invalid_argument);
}
