#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <functional>  // std::function
#include <optional>    // std::optional
#include <string>      // std::string
#include <vector>      // std::vector

#include <headroom/io/checkpoint.hpp>

#include "scenario.hpp"

/// What the tool can be asked for, and the commands that answer. Each of them throws std::invalid_argument or
/// file_error on what it refuses, and returns the exit code.

inline constexpr int exit_refused = 2;
inline constexpr int exit_interrupted = 130;

struct arguments {
  std::string environment = "farm";
  scenario_options load;
  std::filesystem::path data;            ///< what the environment is made of, where that is a file
  std::optional<std::size_t> start_row;  ///< of a table: what each episode begins with; none: any
  std::string policies;
  std::string policy = "sarsa";
  std::string actions = "1";
  std::size_t episodes = 200;
  std::uint64_t seed = 1000;
  std::uint64_t train_seed = 1;
  std::optional<std::uint64_t> train_episodes;  ///< none: the policy's own number
  std::uint64_t train_seeds = 3;
  std::size_t checkpoints = 0;
  std::filesystem::path json;
  std::filesystem::path csv;
  std::filesystem::path out;
  std::filesystem::path resume;
  double checkpoint_every_s = 10;
  std::filesystem::path from_log;
  std::uint64_t passes = 0;  ///< 0: the policy's own number
  double discount = 0.95;
  std::size_t log_states = 0;  ///< 0: as many as the log shows
  std::size_t log_actions = 0;
  std::filesystem::path model;
  bool no_bound = false;
  std::string prices = "2,3,3.5,4.5,7,12,30";
  double level = 0.99;
  std::size_t tune_episodes = 200;
  std::filesystem::path svg;
  std::filesystem::path churn_svg;
};

int frontier_command(const arguments& a);
/// `given`: whether an option stood on the command line.
int compare_command(const arguments& a, const std::function<bool(const char*)>& given);
int train_command(arguments a, const std::function<bool(const char*)>& given);
/// The part of it that needs no environment; `begun` is what --resume names, if anything.
int train_from_log(arguments a, const std::function<bool(const char*)>& given, const headroom::checkpoint* begun);
int evaluate_command(arguments a);
int policies_command(const std::string& environment);

/// "1,2,4", also with the ± that people write.
[[nodiscard]] std::vector<int> moves_of(const std::string& text);
/// "±1, ±2".
[[nodiscard]] std::string moves_text(const std::vector<int>& moves);
/// The names in a list of --policies, each once.
[[nodiscard]] std::vector<std::string> names_in(const std::string& list);
