#pragma once

#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

/// What `headroom farm` needs of hiredis; without_redis.cpp stands in where it is not installed.
namespace tool {

struct farm_run_options {
  std::string policy{};
  std::filesystem::path model{};
  std::string redis{};
  double speed = 10;
  std::uint64_t seed = 42;
  std::uint64_t episodes = 1;
  bool reliable = false;
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
/// One program of it.
int run_farm_part(const farm_part_options& o);

}  // namespace tool
