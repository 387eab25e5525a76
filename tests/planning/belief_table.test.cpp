#include <headroom/planning/belief_table.hpp>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/environments/service.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/planning/fifo_steps.hpp>
#include <headroom/planning/fit_rate_chain.hpp>
#include <headroom/workloads/diurnal.hpp>
#include <headroom/workloads/poisson.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

service_options believed_service() {
  return {.interval_s = 10,
          .service_time = duration::exponential(1),
          .objective_s = 3,
          .start_delay = duration::constant(10),
          .initial_replicas = 3,
          .max_replicas = 8,
          .scrape_s = 10,
          .window_s = 10};
}
struct view_of_service {
  belief_view operator()(const service_observation& o, bool) const {
    return {o.load * 10, 10, o.ready, o.starting, o.in_flight + o.backlog};
  }
};
using believed = belief_table<service_observation, view_of_service>;
static_assert(Policy<believed, service_observation, int>);

struct believed_model {
  replica_moves moves = replica_moves::starting(1, 8, {-2, -1, 1, 2}, 1);
  step_table table = [] {
    fifo_steps model(believed_service(), 8);
    return step_table(step_grid::logarithmic(0.3, 6, 9), step_grid::counts(20, 60), model, {.samples = 60});
  }();
  rate_chain law;
  step_values plan{table, moves};

  explicit believed_model(rate_chain l) : law(std::move(l)) { plan.solve(law.next, {.late = 1, .move = 0.1}); }
  [[nodiscard]] believed policy() const { return {plan, law, 0.1, view_of_service{}}; }
};

// Each rate stays, or the next is any other.
rate_chain chain_of(double stays) {
  rate_chain c{std::vector<double>(9, 1.0 / 9), std::vector<double>(81, (1 - stays) / 8)};
  for (std::size_t k = 0; k < 9; ++k) c.next[k * 9 + k] = stays;
  return c;
}

struct believed_cost {
  double replicas = 0;
  double late = 0;
};
const poisson_arrivals tide{diurnal_load{{.mean_per_s = 3, .period_s = 900}}, {.duration_s = 30'000}};

// The law of the load, from what came in another episode of it.
rate_chain fitted_law() {
  arrivals requests;
  tide(99, requests);
  std::vector<std::vector<rate_count>> counts(1, std::vector<rate_count>(3'000, rate_count{0, 10}));
  for (const double t_s : requests.time_s) counts[0][static_cast<std::size_t>(t_s / 10)].requests += 1;
  return fit_rate_chain(step_grid::logarithmic(0.3, 6, 9), counts).law;
}

template <class P>
believed_cost cost_of_believed(P policy) {
  service world(5, believed_service(), tide);
  service_observation o = world.reset();
  int delta = policy.start(o);
  believed_cost c;
  for (;;) {
    o = world.step(delta).observation;
    c.replicas += o.replicas;
    if (o.status != episode::ongoing) break;
    delta = policy.step(o);
  }
  c.late = world.totals().late;
  return c;
}
struct standing_still {
  int wanted;
  int start(const service_observation& o) const { return wanted - o.replicas; }
  int step(const service_observation& o) const { return wanted - o.replicas; }
};

}  // namespace

TEST_CASE("planning.belief_table: on a load that comes and goes it costs less than every constant") {
  const believed_model m(fitted_law());
  const believed_cost learned = cost_of_believed(m.policy());
  double best = std::numeric_limits<double>::infinity();
  for (int wanted = 1; wanted <= 8; ++wanted) {
    const believed_cost c = cost_of_believed(standing_still{wanted});
    best = std::min(best, c.replicas + c.late);
  }
  CAPTURE(learned.replicas, learned.late, best);
  CHECK(learned.replicas + learned.late < 0.93 * best);
}

TEST_CASE("planning.belief_table: where the belief is certain it does what the plan does") {
  rate_chain certain = chain_of(1);
  certain.start.assign(9, 0.0);
  certain.start[6] = 1;
  const believed_model m(certain);
  believed policy = m.policy();
  const std::size_t width = m.table.in_system().size();
  int moved = 0;
  for (int ready = 1; ready <= 8; ++ready) {
    for (const int in_system : {0, 3, 9, 20}) {
      service_observation o;
      o.ready = ready;
      o.in_flight = in_system;
      const auto choices = m.plan.choices().subspan(6 * m.moves.choices() * width, m.moves.choices() * width);
      const std::size_t x = m.moves.index_of(ready, 0);
      const auto best = m.plan.best(choices, x, static_cast<std::size_t>(in_system), 0.1);
      CHECK(policy.start(o) == m.moves.options(x)[best.option].delta);
      moved += policy.start(o) != 0 ? 1 : 0;
    }
  }
  CHECK(moved > 5);
}

TEST_CASE("planning.belief_table: requests that come raise what it asks for, a new episode forgets them") {
  const believed_model m(chain_of(0.95));
  believed policy = m.policy();
  service_observation o;
  o.ready = 4;
  policy.start(o);
  const double before = policy.belief().mean();
  o.load = 6;
  for (int k = 0; k < 3; ++k) policy.step(o);
  CHECK(policy.belief().mean() > 2 * before);
  CHECK(policy.step(o) == 2);
  o.load = 0.3;
  o.ready = 8;
  for (int k = 0; k < 4; ++k) policy.step(o);
  CHECK(policy.step(o) < 0);
  policy.start(o);
  CHECK(policy.belief().mean() == Approx(before));
}

TEST_CASE("planning.belief_table: what cannot be seen is held, and counted") {
  const believed_model m(chain_of(0.9));
  believed policy = m.policy();
  service_observation o;
  o.ready = 1;
  o.in_flight = 15;
  CHECK(policy.start(o) > 0);
  o.load = std::numeric_limits<double>::quiet_NaN();
  CHECK(policy.step(o) > 0);  // the load is not needed: the belief moves on
  CHECK(policy.belief().refused() == 1);
  o.in_flight = std::numeric_limits<double>::quiet_NaN();
  CHECK(policy.step(o) == 0);
  CHECK(policy.refused() == 1);
}

TEST_CASE("planning.belief_table: a decision does not allocate") {
  const believed_model m(chain_of(0.9));
  believed policy = m.policy();
  service_observation o;
  o.ready = 3;
  o.load = 2;
  CHECK(allocations_in([&] {
          policy.start(o);
          for (int k = 0; k < 20; ++k) policy.step(o);
        }) == 0);
}

TEST_CASE("planning.belief_table: a stored policy decides alike, and is no other's") {
  const believed_model m(chain_of(0.9));
  const believed_model n(chain_of(0.5));
  believed one = m.policy();
  believed other = n.policy();
  checkpoint file;
  store(one, file, "policy");
  restore(other, file, "policy");
  service_observation o;
  for (int k = 0; k < 200; ++k) {
    o.ready = 1 + k % 8;
    o.load = 0.5 * (k % 11);
    o.in_flight = k % 30;
    CHECK(one.step(o) == other.step(o));
  }
  believed empty(m.table.rates(), m.table.in_system(), m.moves, 0.1, view_of_service{});
  restore(empty, file, "policy");
  one.start(o);
  empty.start(o);
  for (int k = 0; k < 50; ++k) {
    o.ready = 1 + k % 8;
    o.in_flight = k % 30;
    CHECK(one.step(o) == empty.step(o));
  }
  believed dear(m.plan, m.law, 0.2, view_of_service{});
  CHECK_THROWS_AS(restore(dear, file, "policy"), checkpoint_error);
}

TEST_CASE("planning.belief_table: what does not fit the plan is refused") {
  const believed_model m(chain_of(0.9));
  CHECK_THROWS_WITH(believed(m.plan, rate_chain{{1}, {1}}, 0.1, view_of_service{}),
                    "rate_chain: size of start is 1, must be 9");
  CHECK_THROWS_AS(believed(m.plan, m.law, -1, view_of_service{}), std::invalid_argument);
}
