#include "training.hpp"

#include "recipes.hpp"

#include <algorithm>

#include <headroom/core/check.hpp>

namespace contestants {

training_seeds seeds_of(std::string_view name, std::uint64_t train_seed, std::uint64_t episodes) {
  if (name.ends_with("-published")) return {42 + 10'000 * (train_seed - 1), episodes, false};
  if (kind_of(name) == "cem") return {10'000'000 * train_seed, episodes, false};
  return {10'000'000 * train_seed, std::min<std::uint64_t>(episodes, recipes::training_workloads), true};
}

std::unique_ptr<any_training> training(const plan& p, const scenario& where) {
  if (kind_of(p.policy).ends_with("-published")) {
    require(p.moves == std::vector<int>{1}, "--policies: " + p.policy, "the largest move of --actions", p.moves.back(),
            "be 1, as published");
  }
  if (kind_of(p.policy) == "cem") return search_training_of(p, where);
  return p.policy.starts_with("dqn") ? network_training(p, where) : table_training(p, where);
}

void write_plan(const plan& p, checkpoint& to) {
  to.set("policy", p.policy);
  to.set("workload", p.workload);
  to.set("actions", p.actions());
  to.set("train_seed", p.train_seed);
  to.set("train_episodes", p.train_episodes);
}

/// Throws file_error.
void save_model(const plan& p, const any_training& done, const std::filesystem::path& file) {
  checkpoint c;
  write_plan(p, c);
  done.write_model(c);
  save(c, file);
}
void save_partial(const plan& p, const any_training& unfinished, const std::filesystem::path& file) {
  checkpoint c;
  write_plan(p, c);
  unfinished.write_partial(c);
  save(c, file);
}

}  // namespace contestants
