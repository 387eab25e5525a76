#include "systems/service/learners.hpp"

#include <cmath>        // std::isfinite
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "systems/policy_names.hpp"
#include "systems/service/planning.hpp"

namespace tool {

using namespace headroom;

namespace {

// What stands behind the colon: `cem:99.5%` is a level, `sarsa:20` the price of a late request, in times of what a
// request takes of a replica.
void set(service_training& t, const std::string& name) {
  if (name == kind_of(name)) return;
  const std::string who = "--policies: " + name;
  const auto text = std::string_view(name).substr(kind_of(name).size() + 1);
  if (text.ends_with('%')) {
    const auto percent = from_text<double>(text.substr(0, text.size() - 1));
    require(percent && *percent > 0 && *percent < 100, who, "the level", text, "be above 0 % and below 100 %");
    t.level = *percent / 100;
    return;
  }
  require(kind_of(name) != "select" && kind_of(name) != "hedged", who, "the setting", text,
          "be a level, as in " + std::string(kind_of(name)) + ":99%: what it chooses among has no price");
  const auto list = settings_in(name);
  require(list.size() == 1, who, "number of prices", list.size(), "be 1");
  require(std::isfinite(list[0]) && list[0] > 0 && list[0] <= 1e6, who, "the price of a late request", list[0],
          "be positive, and at most a million times what a request takes of a replica");
  t.price = list[0];
}

}  // namespace

const std::vector<offered_service_learner>& service_learners() {
  static const std::vector<offered_service_learner> all{
      {"cem", "cross-entropy search for the nine numbers of a square-root staffing rule; keeps the objective's level",
       2e8, search_for_staffing},
      {"sarsa", "SARSA(0.9) on a table; sees the load, the replicas and the backlog", 4e8, sarsa_on_service},
      {"dqn", "a deep Q-network; sees the load and its past, the replicas, the backlog and the utilisation", 2e8,
       dqn_on_service},
      {"belief",
       "a filter of the arrival rate over a plan of one queue with slots; sees no clock; keeps the objective's level",
       1e8, plan_service_on_belief},
      {"select",
       "trains cem and belief, tries the autoscalers, and keeps what needs the fewest replicas at the objective's "
       "level "
       "on further episodes of the training part",
       3e8, select_on_service},
      {"hedged",
       "trains as select does, and keeps up to four of what it tried: Hedge chooses one of them by what each would "
       "have "
       "cost of late",
       3e8, hedge_on_service},
      {"linucb",
       "a contextual bandit (LinUCB) over numbers of replicas; sees what dqn sees, and looks one interval ahead", 1e7,
       linucb_on_service},
  };
  return all;
}

std::unique_ptr<service_learner> make_service_learner(const offered_service_learner& one, const service_world& w,
                                                      const std::string& name, std::uint64_t train_seed,
                                                      std::uint64_t episodes) {
  service_training t{.world = w, .train_seed = train_seed, .episodes = episodes, .level = w.plan.wanted.level};
  set(t, name);
  return one.make(t);
}

}  // namespace tool
