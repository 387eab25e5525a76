#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <map>      // std::map
#include <string>   // std::string
#include <utility>  // std::pair
#include <vector>   // std::vector

#include "reports/json.hpp"
#include "reports/recorded_episode.hpp"

namespace tool::report {

/// What policies do at which load and backlog, counted over recorded episodes. A cell tells two things apart: what a
/// policy did where it came itself, and what it says it would do where another policy came.
class behaviour_map {
 public:
  /// The loads are divided into twelve equal parts up to `most_load`, the backlogs into parts that double.
  behaviour_map(double most_load, double most_backlog);

  /// A policy's own episode.
  void add_own(const std::string& policy, const recorded_episode& e);
  /// Moves that it would have made along the episode of another.
  void add_asked(const std::string& policy, const recorded_episode& of_other, const std::vector<int>& moves);
  /// {"load_edges", "backlog_edges", "policies": [{"name", "cells": [[load, backlog, steps, mean move, asked steps,
  /// mean move asked]]}]}: a cell by the numbers of its part, its means null where the count is 0.
  [[nodiscard]] json as_json() const;

 private:
  struct cell {
    std::uint64_t steps = 0;
    double moves = 0;  // sum
    std::uint64_t asked = 0;
    double would = 0;  // sum
  };
  using cells = std::map<std::pair<std::size_t, std::size_t>, cell>;

  [[nodiscard]] cells& of(const std::string& policy);
  [[nodiscard]] std::pair<std::size_t, std::size_t> place(double load, double backlog) const;

  std::vector<double> load_edges_{};
  std::vector<double> backlog_edges_{};
  std::vector<std::pair<std::string, cells>> policies_{};
};

}  // namespace tool::report
