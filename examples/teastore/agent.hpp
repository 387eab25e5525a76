#pragma once

#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <map>         // std::map
#include <memory>      // std::shared_ptr
#include <mutex>       // std::mutex
#include <string>      // std::string

#include <headroom/ext/policy_server.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/tables/table.hpp>

#include "teastore/knobs.hpp"
#include "teastore/shop_table.hpp"

namespace live_teastore {

using move_policy = headroom::any_policy<headroom::table_observation, std::size_t>;

struct agent_options {
  std::string policy = "q-learning";  ///< or ppo, optimum, hold, random
  std::uint64_t seed = 1;             ///< of the training, and of random moves
  std::size_t episodes = 0;           ///< of the training; 0: 20000 of Q-learning, 6000 of PPO
};

/// Trains on the table, with the moves off the grid masked, or makes what does not learn. Throws std::invalid_argument.
[[nodiscard]] move_policy trained(const shop_table& table, const agent_options& o);
/// Learns from the steps that `tune --log` wrote: what was tried and paid there is done again, and where nothing better
/// is known it holds. Its name is from-log. Throws headroom::file_error, and std::invalid_argument for a file without
/// steps.
[[nodiscard]] move_policy learned_from(const shop_table& table, const std::filesystem::path& steps);

/// Writes a policy with what it means: how it was made, and the axes and the number of rows of its table. `how.policy`
/// is from-log where it learned from one. Throws std::invalid_argument for one that did not learn, and
/// headroom::file_error.
void save_policy(const move_policy& policy, const agent_options& how, const shop_table& table,
                 const std::filesystem::path& file);

/// A policy from a file, and its name.
struct loaded_policy {
  std::string name;
  move_policy policy;
};
/// Throws headroom::checkpoint_error for a file that is damaged, or of another table.
[[nodiscard]] loaded_policy load_policy(const shop_table& table, const std::filesystem::path& file);

/// Serves moves by the five verbs of an environment that asks from outside, over JSON. An action is the number of a
/// move. What leads off the grid is masked: it has no probability.
///
///     POST /v1/episodes/start        {"episode_id":"a"}                                   200 {"episode_id":"a"}
///     POST /v1/episodes/get_action   {"episode_id":"a","observation":{"replicas":9,"heap":100,"cpu":100}}
///                                                       200 {"action":2,"replicas":8,"heap":100,"cpu":100,"masked":3}
///     POST /v1/episodes/log_action   the same and "action": the environment acted itself   200 {"action":2}
///     POST /v1/episodes/log_returns  {"episode_id":"a","reward":0.5}                       200 {"total":0.5}
///     POST /v1/episodes/end          {"episode_id":"a"}                                    200 {"episode_id":"a"}
///
/// A configuration that was never measured is answered with 409: no move is made up. Rewards are summed and not
/// learned; the log of the client trains the next policy.
class agent {
 public:
  agent(std::shared_ptr<const shop_table> table, move_policy policy)
      : table_(std::move(table)), policy_(std::move(policy)) {}

  void add_to(headroom::policy_server& server);

 private:
  struct running {
    double total = 0;
    std::size_t steps = 0;
  };
  static constexpr std::size_t most_episodes = 10'000;

  headroom::server_reply start(const std::string& id);
  headroom::server_reply get_action(running& of, const headroom::internal::config_node& observation);
  headroom::server_reply answered(const std::string& verb, const std::string& body);

  std::shared_ptr<const shop_table> table_;
  move_policy policy_;
  std::mutex mutex_{};
  std::map<std::string, running> episodes_{};
  double decided_ = 0;
  double masked_ = 0;
};

}  // namespace live_teastore
