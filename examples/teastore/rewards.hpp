#pragma once

#include <cstddef>      // std::size_t
#include <functional>   // std::function
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <limits>       // std::numeric_limits
#include <vector>       // std::vector

#include "teastore/knobs.hpp"

namespace live_teastore {

/// What was measured of a running shop, under the names that the published rewards have (published_rewards.hpp). NaN is
/// what nobody asked for.
struct measured_shop {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  double replica = unknown;      ///< pods
  double heap = unknown;         ///< 100 MB
  double cpu = unknown;          ///< 100 millicores
  double out_tps = unknown;      ///< packets sent per second and pod
  double cpu_used = unknown;     ///< cores of a pod
  double memory_used = unknown;  ///< GiB of a pod
  double cost = unknown;         ///< $/h of all pods
  double requests = unknown;     ///< answered per second
  double expected = unknown;     ///< sent per second
  double users = unknown;
  double rate = unknown;  ///< requests per second of a user
  double response_ms = unknown;
  bool refused_move = false;
};

/// The names of what can be asked for, and where each is kept.
struct measured_name {
  std::string_view name;
  double measured_shop::*place;
};
[[nodiscard]] const std::vector<measured_name>& measured_names();

/// A reward of an experiment, by its name: r1 to r9.
struct named_reward {
  std::string name;
  std::vector<std::string> needs;  ///< names of what must be measured
  std::function<double(const measured_shop& before, const measured_shop& after)> value;
};
/// Throws std::invalid_argument for a name that is none.
[[nodiscard]] named_reward reward_of(const std::string& name);

/// $/h of all pods, by the published prices of memory and CPU.
[[nodiscard]] double published_cost(const measured_shop& m);

}  // namespace live_teastore
