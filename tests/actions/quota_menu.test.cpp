#include <headroom/actions/quota_menu.hpp>

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
static_assert(MaskedActionSet<quota_menu, quota_action, sample>);

bool may(quota_action a, const sample& o) { return quota_menu{}.legal(o, action_index{static_cast<std::size_t>(a)}); }

}  // namespace

TEST_CASE("the menu has hold first, then the published classes") {
  CHECK(quota_menu::size() == 5);
  CHECK(quota_menu{}[action_index{0}] == quota_action::hold);
  CHECK(quota_menu{}[action_index{4}] == quota_action::scale_down);
}

TEST_CASE("what could not be done is masked, and hold never is") {
  for (std::size_t a = 0; a < quota_menu::size(); ++a) CHECK(quota_menu{}.legal(sample{}, action_index{a}));
  CHECK_FALSE(may(quota_action::scale_down, {.replicas = 1}));
  CHECK_FALSE(may(quota_action::scale_up, {.room = false}));
  CHECK(may(quota_action::migrate, {.room = false}));
  CHECK_FALSE(may(quota_action::migrate, {.room_elsewhere = false}));
  CHECK(may(quota_action::scale_up, {.room_elsewhere = false}));
  CHECK_FALSE(may(quota_action::apply, {.applied_cpu = 1}));
  CHECK(may(quota_action::apply, {.applied_cpu = 1, .applied_memory = 200}));
  CHECK(may(quota_action::hold, {.replicas = 1, .applied_cpu = 1, .room = false, .room_elsewhere = false}));
}
