#include "redis/played_policies.hpp"

#include <stdexcept>

#include <headroom/io/checkpoint.hpp>

#include "commands/saved_training.hpp"
#include "support/files.hpp"
#include "systems/farm/farm.hpp"
#include "systems/policy_names.hpp"

namespace tool {

using namespace headroom;

farm_policy played_farm_policy(const std::string& name) {
  if (find_farm_learner(name) != nullptr) {
    throw std::invalid_argument("--policy: " + in_quotes(name) +
                                " learns: train it first, and name its file with --model");
  }
  const farm_system system(farm_options{});
  return system.autoscaler_named(name);
}

farm_policy played_farm_model(const std::filesystem::path& model) {
  const checkpoint c = load(model);
  if (!c.has("environment") || c.text("environment") != "farm")
    throw checkpoint_error(model, "was not trained on the farm (train --environment farm)");
  const std::string workload = c.text("workload");
  if (workload == "trace")
    throw checkpoint_error(model, "was trained on a farm under a recorded load, which is of another size");
  farm_options asked;
  asked.load.workload = workload;
  asked.actions = c.text("actions");
  const farm_system system(asked);
  if (workload != "executed")
    note(model.string() + " was trained under the workload " + workload + ", and plays executed");
  const training_plan p = training_plan::read(c, system);
  return system.learner_named(p.policy, p.train_seed, p.train_episodes)->policy_in(c);
}

}  // namespace tool
