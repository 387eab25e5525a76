#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <string_view>  // std::string_view
#include <vector>       // std::vector

namespace tool {

/// One episode of one policy, step by step: a column of numbers for each thing that was seen, and the moves.
/// The system that recorded it keeps its observations in a type of its own, derived from this.
class recorded_episode {
 public:
  virtual ~recorded_episode() = default;

  std::uint64_t seed = 0;
  /// "time_s", "load" in requests a second, "replicas", "backlog", "latency_s", "in_time" and others; then the terms of
  /// the reward as "reward.NAME". The first four are seen before the move, the rest of a row is what came of it.
  std::vector<std::string_view> columns{};
  std::vector<std::vector<double>> values{};  ///< by column: a number for each step, NaN where it is not known
  std::vector<int> moves{};                   ///< what was done at each step, replicas more or less

  [[nodiscard]] std::size_t steps() const { return moves.size(); }
  /// A column by its name; null where the system has none such.
  [[nodiscard]] const std::vector<double>* column(std::string_view name) const {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (columns[c] == name) return &values[c];
    }
    return nullptr;
  }

 protected:
  recorded_episode() = default;
  recorded_episode(const recorded_episode&) = default;
  recorded_episode& operator=(const recorded_episode&) = default;
};

}  // namespace tool
