// expect first: learn_on: the environment's action_type must have ==
// An executed action is looked up in the menu, so actions are compared.
#include <utility>

#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/types.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/policies/learner.hpp>

using namespace headroom;

struct sample {
  double queue = 0;
};
struct move_by {
  int replicas = 0;
#ifdef HEADROOM_ACCEPT
  friend bool operator==(const move_by&, const move_by&) = default;
#endif
};
struct pool {
  using observation_type = sample;
  using action_type = move_by;
  sample reset() { return {}; }
  step_result<sample> step(move_by) { return {{}, episode::ongoing}; }
};
struct no_cost {
  double operator()(const sample&, move_by, const sample&) const { return 0; }
};

void use() {
  bins see{cut{&sample::queue, {1}}};
  actions menu{move_by{0}, move_by{1}};
  sarsa agent{see.size(), menu.size(), {.discount = 0.9}, 1};
  (void)learn_on<pool>(see, std::move(agent), no_cost{}, menu);
}
