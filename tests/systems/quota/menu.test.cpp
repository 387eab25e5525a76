#include <headroom/systems/quota/menu.hpp>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double replicas = 2;
  double initial_cpu = 1;
  double applied_cpu = 0.5;
  double initial_memory = 100;
  double applied_memory = 100;
  bool room = true;
  bool room_elsewhere = true;
};
static_assert(MaskedActionSet<quota::menu, quota::action, sample>);

bool may(quota::action a, const sample& o) { return quota::menu{}.legal(o, action_index{static_cast<std::size_t>(a)}); }

}  // namespace

TEST_CASE("the menu has hold first, then the published classes") {
  CHECK(quota::menu::size() == 5);
  CHECK(quota::menu{}[action_index{0}] == quota::action::hold);
  CHECK(quota::menu{}[action_index{4}] == quota::action::scale_down);
}

TEST_CASE("what could not be done is masked, and hold never is") {
  for (std::size_t a = 0; a < quota::menu::size(); ++a) CHECK(quota::menu{}.legal(sample{}, action_index{a}));
  CHECK_FALSE(may(quota::action::scale_down, {.replicas = 1}));
  CHECK_FALSE(may(quota::action::scale_up, {.room = false}));
  CHECK(may(quota::action::migrate, {.room = false}));
  CHECK_FALSE(may(quota::action::migrate, {.room_elsewhere = false}));
  CHECK(may(quota::action::scale_up, {.room_elsewhere = false}));
  CHECK_FALSE(may(quota::action::apply, {.applied_cpu = 1}));
  CHECK(may(quota::action::apply, {.applied_cpu = 1, .applied_memory = 200}));
  CHECK(may(quota::action::hold, {.replicas = 1, .applied_cpu = 1, .room = false, .room_elsewhere = false}));
}
