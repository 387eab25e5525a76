#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <CLI/CLI.hpp>

#include <headroom/io/checkpoint.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/systems/scheduler/features.hpp>

/// The policies of the scheduler: the same objects live, served and in the queueing model.
namespace live_scheduler {

using observation = headroom::scheduler::observation;
/// Decides a number of replicas; below 1: leave it.
using policy = headroom::any_policy<observation, int>;

/// What is scaled, as the policies must know it. A network was trained for one of these, and its ranges are made of it.
struct scaled_service {
  double service_s = 0.2;    ///< demand of a request
  double limit_s = 0.5;      ///< response time at which the pressure is 1
  int maximum = 6;           ///< replicas
  double workload_max = 20;  ///< requests per second, the largest that is trained for
  double interval_s = 10;    ///< between two decisions

  [[nodiscard]] headroom::scheduler::ranges ranges() const { return {0, 1.0 * maximum, 3, 10, 1, workload_max}; }
  /// The world of the training, and of `simulate`: an action meets the load that comes after it, as it does live.
  [[nodiscard]] headroom::scheduler::environment world(std::uint64_t seed, std::size_t steps,
                                                       headroom::scheduler::load_episodes load) const;
};

/// The same as options of a command. What is not given is not said, so that a model can say it.
struct service_flags {
  std::optional<double> service_s{};
  std::optional<double> limit_s{};
  std::optional<int> maximum{};
  std::optional<double> workload_max{};
  std::optional<double> interval_s{};

  void declare(CLI::App& to);
  /// Throws std::invalid_argument.
  [[nodiscard]] scaled_service known() const;
};

/// Trains a network in the queueing model and saves it with what it was trained for. Returns its mean reward over held
/// out episodes.
double train_model(const scaled_service& s, std::uint64_t seed, std::uint64_t episodes,
                   const std::filesystem::path& file);

/// What a model was trained for. What the flags say otherwise is refused: ranges travel with the model. Throws
/// checkpoint_error.
[[nodiscard]] scaled_service service_of(const headroom::checkpoint& model, const service_flags& said);
/// The network of a file, which decides and does not learn.
[[nodiscard]] policy policy_of(const headroom::checkpoint& model, const scaled_service& s);

/// levels-published, levels, steps-published, steps, hpa or hpa:0.6, constant:N. Throws std::invalid_argument.
[[nodiscard]] policy policy_named(const std::string& name, const scaled_service& s);
inline constexpr std::string_view policy_names =
    "levels-published (the first rule), levels, steps-published (the second), steps, hpa:TARGET, constant:N";

}  // namespace live_scheduler
