#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <optional>    // std::optional
#include <string>      // std::string

#include "commands/saved_training.hpp"

/// `headroom train --from-log`: the part of the command that needs no environment.
namespace tool {

class command;

struct from_log_options {
  std::filesystem::path file{};
  std::uint64_t passes = 0;  ///< 0: the learner's own number
  double discount = 0.95;
  std::size_t states = 0;   ///< 0: as many as the log shows
  std::size_t actions = 0;  ///< 0: as many as the log shows

  void declare(command& to);
  /// Refuses all of it, where nothing is learned from a log. Throws std::invalid_argument.
  void require_none(const command& given) const;
};

struct train_from_log_options {
  std::string policy{};
  std::uint64_t train_seed = 1;
  training_output output{};
  from_log_options log{};
};
/// `begun`: what --resume names, if anything. Returns the exit code.
int train_from_log_command(train_from_log_options o, const command& given,
                           const std::optional<headroom::checkpoint>& begun);

}  // namespace tool
