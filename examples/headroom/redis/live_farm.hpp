#pragma once

#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <optional>    // std::optional
#include <string>      // std::string

/// What `headroom farm` needs of hiredis; without_redis.cpp stands in where it is not installed.
namespace tool {

class command;

struct farm_run_options {
  std::string policy{};
  std::filesystem::path model{};
  std::string redis{};  ///< empty: one of its own is started
  double speed = 10;
  std::uint64_t seed = 42;
  std::uint64_t episodes = 1;
  bool reliable = false;
};
/// Of `farm --live`: several policies, beside the simulator.
struct farm_live_options {
  std::string policies = "constant:12,constant:14,constant:16,scheduled:16/17/13/12,reactive-average,sarsa,dqn";
  std::filesystem::path models = "farm-models";  ///< folder of what the learners learned, NAME.model
  std::optional<std::uint64_t> train_episodes{};
  std::filesystem::path out{};
};
struct farm_part_options {
  std::string role{};
  std::string name{};
  std::string redis{};
  double speed = 1;
  std::uint64_t seed = 42;
  bool reliable = false;
};

/// Plays episodes of the farm with real processes, and prints them beside the simulator's. Throws
/// std::invalid_argument, file_error, checkpoint_error, and std::runtime_error for an episode that broke off.
int run_farm(const farm_run_options& o);
/// Plays every policy on the same episodes, with real processes and in the simulator, and prints both with the paired
/// difference. A learner that has no file in `models` yet is trained first. Throws the same.
int compare_live_farm(const farm_run_options& o, const farm_live_options& live, const command& said);
/// One program of it.
int run_farm_part(const farm_part_options& o);

}  // namespace tool
