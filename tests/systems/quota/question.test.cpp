#include <headroom/systems/quota/question.hpp>

#include <limits>

#include <headroom/core/concepts.hpp>
#include <headroom/systems/quota/environment.hpp>
#include <headroom/systems/quota/features.hpp>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("quota::question: its cells are those of an observation, without the limits") {
  const auto see = quota::question_cells<quota::question>();
  static_assert(DiscreteEncoder<std::remove_cvref_t<decltype(see)>, quota::question>);
  CHECK(see.size() == 2250);
  auto world_sees = quota::question_cells<quota::observation>();
  auto all = quota::features<quota::observation>();
  CHECK(world_sees.size() == see.size());
  CHECK(all.size() == 4 * see.size());
  quota::environment world(7);
  quota::observation o = world.reset();
  for (int k = 0; k < 40; ++k) {
    const quota::question q{o.replicas,       o.initial_cpu,     o.applied_cpu,   o.initial_memory,
                            o.applied_memory, o.initial_latency, o.latest_latency};
    CHECK(see(q) == world_sees(o));
    CHECK(to_size(all(o)) / 4 == to_size(see(q)));  // the two features that are left out run fastest
    o = world.step(quota::action::hold).observation;
  }
}

TEST_CASE("quota::question: the numbers in the published order, and no cell without a use") {
  const quota::question q{1, 2, 3, 4, 5, 6, 7};
  CHECK(q.numbers() == std::array<double, 7>{1, 2, 3, 4, 5, 6, 7});
  const auto see = quota::question_cells<quota::question>();
  CHECK(see(quota::question{1, 0, 0, 200, 200, 10, 10}) == no_state);
  CHECK(see(quota::question{1, 1, 1, 200, 200, 10, 10}) != no_state);
  // A latency that was not measured has a cell of its own.
  CHECK(see(quota::question{1, 1, 1, 200, 200, 10, -1}) != see(quota::question{1, 1, 1, 200, 200, 10, 10}));
}
