#include "systems/farm/candidates.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <headroom/run/run.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/score.hpp>

#include "systems/farm/episode_cost.hpp"

namespace tool {

using namespace headroom;

namespace {

using farm_figures = farm::score<farm::published_reward>;

// The level comes first: any policy that keeps it is better than any that does not.
double cheapness(farm::environment& validation, farm_policy& policy, double level, std::string_view workers_metric) {
  const auto place = static_cast<std::size_t>(
      std::find(farm_figures::names.begin(), farm_figures::names.end(), workers_metric) - farm_figures::names.begin());
  double qos = 0;
  double workers = 0;
  farm_figures score{farm::published_reward{}};
  for (std::size_t k = 0; k < validation_episodes; ++k) {
    run_episodes(validation, policy, 1, score);
    const auto values = score.values();
    qos += values[0] / static_cast<double>(validation_episodes);
    workers += values[place] / static_cast<double>(validation_episodes);
  }
  return qos >= level ? -workers : qos - 1e6;
}

double spent(farm::environment& validation, farm_policy& policy, double price, double step_s) {
  episode_cost total{price, step_s};
  run_episodes(validation, policy, validation_episodes, total);
  return total.sum();
}

}  // namespace

candidate_choice<farm::environment> choose_on_validation(const farm_training& t, double level) {
  if (t.episodes < 2 * validation_episodes) return {};
  const auto validation =
      std::make_shared<farm::environment>(t.load.make_training(first_validation_seed, validation_episodes));
  candidate_choice<farm::environment> choice;
  choice.candidates = std::clamp<std::uint64_t>(t.episodes / validation_episodes, 1, 40);
  if (t.price) {
    choice.judge = [validation, price = *t.price, step_s = t.wide() ? t.load.farm.step_s : 0](farm_policy& policy) {
      return -spent(*validation, policy, price, step_s);
    };
  } else {
    const std::string_view workers = t.wide() ? "mean_workers_by_time" : "mean_workers";
    choice.judge = [validation, level, workers](farm_policy& policy) {
      return cheapness(*validation, policy, level, workers);
    };
  }
  return choice;
}

}  // namespace tool
